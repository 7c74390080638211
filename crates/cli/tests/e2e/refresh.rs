//! Time passes, and the next command refreshes once.

use hallpass_emulator::{Fault, FaultKind};
use hallpass_testbed::World;
use std::time::Duration;

const TWO_HOURS: Duration = Duration::from_secs(2 * 60 * 60);

#[test]
fn two_hours_later_the_next_command_refreshes_once_and_succeeds() {
    for command in [&["print-access-token"][..], &["models", "list"], &["status", "--check"]] {
        let world = World::signed_in();
        let before = world.run(&["print-access-token"]).stdout();
        world.emulator.advance(TWO_HOURS);
        world.run(command).stdout();
        let after = world.run(&["print-access-token"]).stdout();
        assert_ne!(after, before, "{command:?}");
        assert_eq!(world.token_requests("refresh_token"), 1, "{command:?}");
    }
}

#[test]
fn a_token_that_google_ended_early_is_refreshed_once_after_a_401() {
    let world = World::signed_in();
    let (headers, body) = (Default::default(), r#"{"error":{"code":401}}"#.to_owned());
    world
        .emulator
        .fault(Fault::once("/v1beta/models", FaultKind::Respond { status: 401, headers, body }));
    assert!(world.run(&["models", "list"]).stdout().contains("gemini"));
    assert_eq!(world.token_requests("refresh_token"), 1);
}

#[test]
fn many_commands_at_once_make_one_refresh() {
    let world = World::signed_in();
    world.expire_access_token();
    let commands: Vec<_> = (0..8).map(|_| world.start(&["print-access-token"], &[])).collect();
    let mut tokens: Vec<String> = commands
        .into_iter()
        .map(|child| world.finish(child.wait_with_output().expect("run")).stdout())
        .collect();
    tokens.dedup();
    assert_eq!(tokens.len(), 1, "all print the same token");
    assert_eq!(world.token_requests("refresh_token"), 1);
}

#[test]
fn an_older_adc_file_without_side_record_is_refreshed_and_then_remembered() {
    let world = World::signed_in();
    world.forget_side_records();
    let token = world.run(&["print-access-token"]).stdout();
    assert_eq!(world.run(&["print-access-token"]).stdout(), token);
    assert_eq!(world.token_requests("refresh_token"), 1);
}
