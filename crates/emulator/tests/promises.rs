//! What every fuzz target promises, tried on a few hundred inputs.
//!
//! The seeds are outside this crate, so the published package leaves this file out.

#[path = "../../../fuzz/seeded.rs"]
mod seeded;

use hallpass_emulator::fuzzing::{
    SIGNED_IN, connect_request, emulator_config, emulator_request, emulator_state,
};

mod tried {
    use super::seeded;

    seeded::promises! {
        no_request_makes_the_emulator_panic: emulator_request, 300;
        tunnels_lead_to_googles_hosts_alone: connect_request, 200;
        configurations_survive_reading_and_writing: emulator_config, 300;
        states_survive_reading_and_writing: emulator_state, 300;
    }
}

#[test]
fn state_of_the_targets_is_one_of_the_seeds() {
    assert_eq!(include_str!("../../../fuzz/seeds/emulator_state/signed_in"), SIGNED_IN);
}
