//! `status` tells which sign-in wins, and whether it works.

use hallpass_testbed::World;
use serde_json::{Value, json};
use snapbox::{assert_data_eq, str};

#[test]
fn without_a_sign_in_status_says_so() {
    let world = World::new();
    let run = world.run(&["status"]).done();
    assert_data_eq!(
        world.redact(&run.stdout),
        str![[r#"
not signed in

"#]]
    );
    assert_data_eq!(
        world.run(&["status", "--check"]).words,
        str![[r#"
using the emulator at 127.0.0.1:[PORT], not Google
error: no sign-in was found: there are no Application Default Credentials
  caused by: `[PATH]/gcloud/application_default_credentials.json` is not there
hint: run `hallpass login --client-id-file client_secret.json`, or `hallpass setup` if you have no client file yet

"#]]
    );
    assert_eq!(world.run(&["status", "--check"]).code, Some(4));
}

#[test]
#[cfg_attr(windows, ignore = "has a row with the file's mode")]
fn status_shows_winner_scopes_and_quota_project() {
    let world = World::signed_in();
    world.run(&["set-quota-project", "demo-project"]).stdout();
    let requests = world.emulator.requests().len();
    let text = world.run(&["status"]).stdout();
    assert_data_eq!(
        world.redact(&text),
        str![[r#"
account unknown, project demo-project, sign-in ends in 7 d
credential     [PATH]/gcloud/application_default_credentials.json
found through  gcloud's well-known place
made at        http://127.0.0.1:[PORT], not Google
account        unknown: it was not asked for; `hallpass login --scopes cloud-platform,retriever,openid,email` does
scope          https://www.googleapis.com/auth/cloud-platform: Google Cloud; gcloud insists on it; does not open the Gemini API by itself
scope          https://www.googleapis.com/auth/generative-language.retriever: the Gemini API: models, generation, corpora
signed in      [..] ago
access token   good for [..] min
sign-in ends   in 7 d: the consent screen is in "Testing"
quota project  demo-project (from the file)
file mode      0600

"#]]
    );
    assert_eq!(world.emulator.requests().len(), requests, "no server was asked");
}

#[test]
fn status_as_json_is_one_document() {
    let world = World::signed_in();
    let text = world.run(&["status", "--format", "json", "--check"]).stdout();
    let status: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(status["path"], world.adc().display().to_string());
    assert_eq!(status["found_through"], "well_known_file");
    assert_eq!(status["usable"], true);
    assert_eq!(status["file_mode"], if cfg!(unix) { "0600".into() } else { Value::Null });
    assert_eq!(status["scopes"][0], "https://www.googleapis.com/auth/cloud-platform");
}

#[test]
fn the_variable_wins_and_the_well_known_file_is_named_as_shadowed() {
    let world = World::signed_in();
    world.write("other.json", &world.read(world.adc()));
    let other = world.path("other.json").display().to_string();
    let text = world
        .run_with(&["status", "--format", "json"], &[("GOOGLE_APPLICATION_CREDENTIALS", &other)])
        .stdout();
    let status: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(status["path"], other);
    assert_eq!(status["found_through"], "GOOGLE_APPLICATION_CREDENTIALS");
    assert_eq!(status["shadowed"], json!([world.adc().display().to_string()]));
    // A profile hides both.
    world.run(&["login", "--profile", "work"]);
    let variables =
        [("GOOGLE_APPLICATION_CREDENTIALS", other.as_str()), ("HALLPASS_PROFILE", "work")];
    let text = world.run_with(&["status", "--format", "json"], &variables).stdout();
    let status: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(status["shadowed"], json!([other, world.adc().display().to_string()]));
}

/// Writes a sign-in as `export` does, whose texts are of the file's own making, and takes it over.
fn import_made_up(world: &World, account: &str) {
    world.run(&["export", "--out", "file.json"]).done();
    world.run(&["logout", "--keep-remote"]).done();
    let mut file = world.json("file.json");
    file["account"] = account.into();
    file["hallpass"]["account"] = account.into();
    file["hallpass"]["issued_at"] = 1_700_000_000.into();
    world.write("made-up.json", &file.to_string());
    world.run(&["import", "made-up.json"]).done();
}

fn as_the_file_says(world: &World) -> Value {
    let text = world.run(&["status", "--format", "json"]).stdout();
    serde_json::from_str::<Value>(&text).expect("JSON")["as_the_file_says"].take()
}

#[test]
fn what_an_imported_file_says_is_marked_until_google_was_asked() {
    let world = World::signed_in();
    assert_eq!(as_the_file_says(&world), json!([]));
    import_made_up(&world, "ceo@corp.example");
    let text = world.run(&["status"]).stdout();
    for line in [
        "ceo@corp.example (as the file says), the OAuth client's project, sign-in ends in 7 d (as the file says)\n",
        "account        ceo@corp.example (as the file says)\n",
        "auth/cloud-platform (as the file says): Google Cloud; ",
        " ago (as the file says)\n",
        "\"Testing\" (as the file says)\n",
    ] {
        assert!(text.contains(line), "{line}: {text}");
    }
    assert_eq!(text.matches("as the file says").count(), 7, "{text}");
    assert_eq!(
        as_the_file_says(&world),
        json!(["account", "scopes", "issued_at", "sign_in_ends_at"])
    );
    let doctor = world.run(&["doctor"]).stdout;
    assert!(doctor.contains("ceo@corp.example (as the file says)"), "{doctor}");
    let list = world.run(&["profile", "list"]).stdout();
    assert!(list.contains("ceo@corp.example (as the file says)"), "{list}");
    // A refresh tells scopes and end; without `email`, Google does not say who it is.
    world.run(&["print-access-token"]).done();
    assert_eq!(as_the_file_says(&world), json!(["account", "issued_at"]));
}

#[test]
fn another_account_than_the_file_says_is_named_when_google_is_asked() {
    let world = World::new();
    world
        .run(&["login", "--client-id-file", "client_secret.json", "--scopes", "retriever,email"])
        .done();
    import_made_up(&world, "ceo@corp.example");
    let info = world.run(&["token", "info"]).done();
    assert!(info.stdout.starts_with("account   ada@example.com\n"), "{info:?}");
    assert!(
        info.words
            .contains("warning: the file says `ceo@corp.example`; Google says `ada@example.com`"),
        "{info:?}"
    );
    let status = world.run(&["status"]).stdout();
    assert!(status.starts_with("ada@example.com, "), "{status}");
    assert!(!world.run(&["token", "info"]).done().words.contains("warning"));
    assert_eq!(as_the_file_says(&world), json!(["issued_at"]));
    assert_eq!(world.json(world.adc())["account"], "ada@example.com");
}

#[test]
fn check_fails_when_google_revoked_the_grant() {
    let world = World::signed_in();
    // The saved access token still looks good, so Google is asked for another one, once.
    let before = world.token_requests("refresh_token");
    world.run(&["status", "--check"]).done();
    assert_eq!(world.token_requests("refresh_token"), before + 1);
    world.revoke_at_google();
    let run = world.run(&["status", "--check"]);
    assert_eq!(run.code, Some(4));
    assert_data_eq!(
        run.words,
        str![[r#"
using the emulator at 127.0.0.1:[PORT], not Google
error: Google no longer accepts the saved sign-in
  caused by: invalid_grant
hint: run `hallpass login`; the sign-in was revoked: in the Google Account, by a logout of the same account and client, or by a new password

"#]]
    );
}

#[test]
fn a_sign_in_that_google_has_refused_is_shown_as_such() {
    let world = World::signed_in();
    world.revoke_at_google();
    world.expire_access_token();
    assert_eq!(world.run(&["doctor"]).code, Some(0), "nothing here knows of it yet");
    assert_eq!(world.run(&["print-access-token"]).code, Some(4));
    let status = world.run(&["status"]).stdout();
    let first =
        "account unknown, the OAuth client's project, Google no longer accepts this sign-in\n";
    assert!(status.starts_with(first), "{status}");
    assert!(status.contains("s ago, by Google: run `hallpass login`\n"), "{status}");
    let document = world.run(&["status", "--format", "json"]).stdout();
    let document: Value = serde_json::from_str(&document).expect("JSON");
    assert!(document["refused_at"].as_str().expect("a time").ends_with('Z'), "{document}");
    let doctor = world.run(&["doctor"]);
    assert_eq!(doctor.code, Some(1), "{doctor:?}");
    assert!(doctor.stdout.contains("Google no longer accepts this sign-in"), "{doctor:?}");
    world.run(&["login"]).done();
    assert!(!world.run(&["status"]).stdout().contains("no longer"));
    assert_eq!(world.run(&["doctor"]).code, Some(0));
}
