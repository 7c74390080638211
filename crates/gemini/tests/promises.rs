//! What every fuzz target promises, tried on a few hundred inputs.
//!
//! The seeds are outside this crate, so the published package leaves this file out.

#[path = "../../../fuzz/seeded.rs"]
mod seeded;

use hallpass_gemini::fuzzing::{api_error, gemini_events, model_name, models_page};

mod tried {
    use super::seeded;

    seeded::promises! {
        words_of_gemini_cannot_steer_a_terminal: api_error, 400;
        models_survive_reading_and_writing: models_page, 400;
        events_are_the_same_over_any_cut: gemini_events, 400;
        names_of_models_are_one_segment_of_a_path: model_name, 400;
    }
}
