//! What every fuzz target promises, tried on a few hundred inputs.

#[path = "../../../../fuzz/seeded.rs"]
mod seeded;

use seeded::promises;

promises! {
    no_request_makes_the_emulator_panic: emulator_request, 300;
    tunnels_lead_to_googles_hosts_alone: connect_request, 200;
    configurations_survive_reading_and_writing: emulator_config, 300;
    states_survive_reading_and_writing: emulator_state, 300;
}
