//! `logout` revokes at Google, then deletes here.

use crate::elsewhere::Talk;
use hallpass_testbed::World;
use snapbox::{assert_data_eq, str};

#[test]
fn logout_revokes_then_deletes_file_and_side_record() {
    let world = World::signed_in();
    let run = world.run(&["logout"]).done();
    assert_data_eq!(
        run.words,
        str![[r#"
using the emulator at 127.0.0.1:[PORT], not Google
revoked at Google
deleted [PATH]/gcloud/application_default_credentials.json

"#]]
    );
    assert!(!world.adc().exists());
    assert!(world.side_records().is_empty());
    let revocation = world.emulator.requests().pop().expect("a request");
    assert_eq!((revocation.method.as_str(), revocation.path.as_str()), ("POST", "/revoke"));
    assert_eq!(revocation.query.len(), 0, "the token travels in the body");
}

#[test]
fn a_grant_that_is_already_revoked_is_deleted_here_all_the_same() {
    let world = World::signed_in();
    world.revoke_at_google();
    let run = world.run(&["logout"]).done();
    assert_data_eq!(
        run.words,
        str![[r#"
using the emulator at 127.0.0.1:[PORT], not Google
Google had already ended this sign-in
deleted [PATH]/gcloud/application_default_credentials.json

"#]]
    );
    assert!(!world.adc().exists());
}

#[test]
fn when_google_cannot_be_reached_the_sign_in_stays() {
    let world = World::signed_in();
    world.move_side_record("http://127.0.0.1:1");
    let closed = [("HALLPASS_EMULATOR_HOST", "127.0.0.1:1")];
    assert_data_eq!(
        world.run_with(&["logout"], &closed).failed_with(5),
        str![[r#"
using the emulator at 127.0.0.1:[PORT], not Google
error: the sign-in was not revoked, so it was not deleted
  caused by: cannot reach `127.0.0.1:[PORT]`
hint: run `hallpass logout` again later, or `hallpass logout --keep-remote` to delete it here alone

"#]]
    );
    assert!(world.adc().exists());

    let run = world.run_with(&["logout", "--keep-remote"], &closed).done();
    assert_data_eq!(
        run.words,
        str![[r#"
using the emulator at 127.0.0.1:[PORT], not Google
not revoked: Google goes on accepting copies of this sign-in
deleted [PATH]/gcloud/application_default_credentials.json

"#]]
    );
    assert!(!world.adc().exists());
}

#[test]
fn nothing_to_do_is_done() {
    let world = World::new();
    let run = world.run(&["revoke"]).done();
    assert_data_eq!(
        run.words,
        str![[r#"
using the emulator at 127.0.0.1:[PORT], not Google
there is no sign-in here; nothing to do

"#]]
    );
}

#[test]
fn all_forgets_older_sign_ins_too() {
    let world = World::signed_in();
    // As an older version left it, or a sign-in that another program has replaced.
    let older = format!("hallpass/grants/{}.json", "0".repeat(64));
    world.write(&older, "{}");
    world.run(&["logout", "--all"]).done();
    assert!(world.side_records().is_empty());
}

#[test]
#[cfg_attr(windows, ignore = "needs a terminal, which `script` makes")]
fn what_else_ends_at_google_is_said_before_and_keep_remote_spares_it() {
    let world = World::signed_in();
    let login = ["login", "--profile", "work"];
    assert_eq!(world.run(&login).code, Some(0));
    // On a terminal, the answer decides.
    let mut logout = Talk::on_terminal(&world, "logout --profile work");
    logout.says("n");
    logout.until("this also ends other sign-ins of the same account and project: default");
    logout.until("`hallpass logout --keep-remote --profile work`");
    assert_eq!(logout.end(&world).code, Some(130));
    assert_eq!(world.run(&["status", "--check"]).code, Some(0), "nothing was revoked");
    let run = world.run(&["logout", "--profile", "work", "--keep-remote"]);
    assert_eq!(run.code, Some(0), "{run:?}");
    assert!(!run.words.contains("also ends"), "{run:?}");
    assert_eq!(world.run(&["status", "--check"]).code, Some(0));
    // Without a terminal there is nothing to wait for; the result says it, too.
    assert_eq!(world.run(&login).code, Some(0));
    let run = world.run(&["logout", "--profile", "work", "--format", "json"]);
    let result: serde_json::Value = serde_json::from_str(&run.stdout).expect("one document");
    assert_eq!(result["ended_with_it"], serde_json::json!(["default"]), "{run:?}");
    assert!(run.words.contains("also ends other sign-ins"), "{run:?}");
}

#[test]
#[cfg_attr(windows, ignore = "needs a terminal, which `script` makes")]
fn without_a_yes_nothing_is_revoked() {
    let world = World::signed_in();
    world.run(&["login", "--profile", "work"]).done();
    // Ctrl-D, the end of input, is no answer.
    for answer in ["\u{4}", "", "n", "yess"] {
        let mut logout = Talk::on_terminal(&world, "logout --profile work");
        logout.until("`hallpass logout --keep-remote --profile work`");
        logout.says(answer);
        let run = logout.end(&world);
        assert_eq!(run.code, Some(130), "{answer:?}: {run:?}");
        assert!(run.stderr.contains("nothing was revoked or deleted"), "{answer:?}: {run:?}");
    }
    world.run(&["status", "--check", "--profile", "work"]).done();
    world.run(&["status", "--check"]).done();
}

#[test]
fn a_token_file_is_revoked_and_deleted_too() {
    let world = World::new();
    let login = ["login", "--client-id-file", "client_secret.json", "--token-file", "t.json"];
    assert_eq!(world.run(&login).code, Some(0));
    let status = world.run(&["status", "--token-file", "t.json"]).stdout();
    assert!(status.contains("found through  --token-file"), "{status}");
    assert_eq!(world.run(&["doctor", "--token-file", "t.json"]).code, Some(0));
    let run = world.run(&["logout", "--token-file", "t.json"]);
    assert_eq!(run.code, Some(0), "{run:?}");
    assert!(run.words.contains("revoked at Google"), "{run:?}");
    assert!(!world.path("t.json").exists());
    assert_eq!(world.emulator.requests().pop().expect("a request").path, "/revoke");
}

#[test]
fn the_variables_file_is_named_where_it_is_still_there() {
    let world = World::signed_in();
    let adc = world.adc().display().to_string();
    world.write("robot.json", "{}");
    let other = world.path("robot.json").display().to_string();
    let variable = |path| [("GOOGLE_APPLICATION_CREDENTIALS", path)];
    let run = world.run_with(&["logout", "--keep-remote"], &variable(adc.as_str())).done();
    assert!(!run.words.contains("still names"), "it was deleted: {}", run.words);
    let run = world.run_with(&["logout"], &variable(other.as_str())).done();
    let expected = "GOOGLE_APPLICATION_CREDENTIALS still names `[PATH]/robot.json`";
    assert!(run.words.contains(expected), "{}", run.words);
}
