//! What every fuzz target promises, tried on a few hundred inputs.
//!
//! The seeds are outside this crate, so the published package leaves this file out.

#[path = "../../../fuzz/seeded.rs"]
mod seeded;

use hallpass_agent::openai::fuzzing::{openai_answer, openai_request};

mod tried {
    use super::seeded;

    seeded::promises! {
        requests_in_openais_dialect_are_refused_or_sound: openai_request, 400;
        answers_and_streams_are_openais_over_any_cut: openai_answer, 400;
    }
}
