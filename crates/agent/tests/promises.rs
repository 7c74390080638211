//! What every fuzz target promises, tried on a few hundred inputs.
//!
//! The seeds are outside this crate, so the published package leaves this file out.

#[path = "../../../fuzz/seeded.rs"]
mod seeded;

use hallpass_agent::fuzzing::{agent_guard, agent_headers, agent_path};
use hallpass_agent::openai::fuzzing::{openai_answer, openai_request};

mod tried {
    use super::seeded;

    seeded::promises! {
        who_is_let_through_is_who_the_rules_say: agent_guard, 2000;
        no_credential_of_the_caller_goes_on_and_no_reply_leads_past_the_agent: agent_headers, 2000;
        a_path_that_goes_on_is_the_apis_and_reads_in_one_way: agent_path, 2000;
        requests_in_openais_dialect_are_refused_or_sound: openai_request, 400;
        answers_and_streams_are_openais_over_any_cut: openai_answer, 400;
    }
}
