//! The grant ends at Google's side; commands say what to do.

use hallpass_testbed::World;
use snapbox::{assert_data_eq, str};

#[test]
fn after_a_revocation_the_next_command_asks_for_a_new_sign_in() {
    let world = World::signed_in();
    world.revoke_at_google();
    world.expire_access_token();
    for command in [&["print-access-token"][..], &["models", "list"], &["header"]] {
        assert_data_eq!(
            world.run(command).failed_with(4),
            str![[r#"
using the emulator at 127.0.0.1:[PORT], not Google
error: Google no longer accepts the saved sign-in
  caused by: invalid_grant
hint: run `hallpass login`; the sign-in was revoked: in the Google Account, by a logout of the same account and client, or by a new password

"#]]
        );
    }
    assert!(world.adc().exists(), "reading never deletes");
}

#[test]
fn the_same_failure_as_json_is_one_document_on_standard_error() {
    let world = World::signed_in();
    world.revoke_at_google();
    world.expire_access_token();
    let words = world.run_with(&["print-access-token", "--format", "json"], &[]).failed_with(4);
    let (announcement, document) = words.split_once('\n').expect("two parts");
    assert_eq!(announcement, "using the emulator at 127.0.0.1:[PORT], not Google");
    let error: serde_json::Value = serde_json::from_str(document).expect("JSON");
    assert_eq!(error["error"]["kind"], "invalid_grant");
    assert_eq!(error["error"]["exit_code"], 4);
}
