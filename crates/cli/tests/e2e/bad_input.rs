//! What users get wrong: a clear error, the exit code of the contract, nothing lost.

use hallpass_emulator::{Approval, Config, Emulator};
use hallpass_testbed::World;
use snapbox::{assert_data_eq, str};

fn login_with(file: &str) -> String {
    let world = World::new();
    world.write("file.json", file);
    let requests = world.emulator.requests().len();
    let words = world.run(&["login", "--client-id-file", "file.json"]).failed_with(2);
    assert_eq!(world.emulator.requests().len(), requests, "no browser was opened");
    words
}

#[test]
fn client_file_that_is_not_there() {
    let words = World::new().run(&["login", "--client-id-file", "nowhere.json"]).failed_with(2);
    assert_data_eq!(
        words,
        str![[r#"
using the emulator at 127.0.0.1:[PORT], not Google
error: `nowhere.json` is not there
hint: download it in the Cloud console (Google Auth platform, Clients) and name it with `--client-id-file`

"#]]
    );
}

#[test]
fn client_file_that_is_not_json() {
    assert_data_eq!(
        login_with("<html>"),
        str![[r#"
using the emulator at 127.0.0.1:[PORT], not Google
error: `file.json` is not a JSON object
  caused by: not JSON at line 1, column 1
hint: download it again in the Cloud console (Google Auth platform, Clients)

"#]]
    );
}

#[test]
fn client_file_without_a_secret() {
    let file = r#"{"installed":{"client_id":"c","auth_uri":"https://accounts.google.com/o/oauth2/auth",
        "token_uri":"https://oauth2.googleapis.com/token"}}"#;
    assert_data_eq!(
        login_with(file),
        str![[r#"
using the emulator at 127.0.0.1:[PORT], not Google
error: `file.json` has no `client_secret`
hint: download it again in the Cloud console (Google Auth platform, Clients)

"#]]
    );
}

#[test]
fn client_file_that_is_a_service_account_key() {
    let file = r#"{"type":"service_account","client_email":"a@b","private_key":"k"}"#;
    assert_data_eq!(
        login_with(file),
        str![[r#"
using the emulator at 127.0.0.1:[PORT], not Google
error: `file.json` is a service-account key, not an OAuth client of type "Desktop app"
hint: in the Cloud console, create a client of type "Desktop app" and download its file

"#]]
    );
}

#[test]
fn client_file_that_is_an_api_key() {
    assert_data_eq!(
        login_with("AIzaSyA0000000000000000000000000000000000"),
        str![[r#"
using the emulator at 127.0.0.1:[PORT], not Google
error: `file.json` is an API key, not an OAuth client of type "Desktop app"
hint: in the Cloud console, create a client of type "Desktop app" and download its file

"#]]
    );
}

#[test]
fn client_file_of_a_web_client() {
    let file =
        r#"{"web":{"client_id":"c","client_secret":"s","redirect_uris":["https://example.com"]}}"#;
    assert_data_eq!(
        login_with(file),
        str![[r#"
using the emulator at 127.0.0.1:[PORT], not Google
error: `file.json` is an OAuth client of type "Web application", not an OAuth client of type "Desktop app"
hint: in the Cloud console, create a client of type "Desktop app" and download its file

"#]]
    );
}

#[test]
fn client_file_that_is_a_saved_sign_in() {
    let file =
        r#"{"type":"authorized_user","client_id":"c","client_secret":"s","refresh_token":"r"}"#;
    assert_data_eq!(
        login_with(file),
        str![[r#"
using the emulator at 127.0.0.1:[PORT], not Google
error: `file.json` is a saved sign-in (Application Default Credentials), not an OAuth client of type "Desktop app"
hint: in the Cloud console, create a client of type "Desktop app" and download its file

"#]]
    );
}

#[test]
fn client_file_with_an_insecure_address() {
    let file = r#"{"installed":{"client_id":"c","client_secret":"s",
        "auth_uri":"http://example.com/auth","token_uri":"https://oauth2.googleapis.com/token"}}"#;
    let world = World::new();
    world.write("file.json", file);
    let run = world
        .run_with(&["login", "--client-id-file", "file.json"], &[("HALLPASS_EMULATOR_HOST", "")]);
    assert_data_eq!(
        run.failed_with(2),
        str![[r#"
error: `http://example.com/auth` is neither an https address nor on this machine
hint: use an https:// address

"#]]
    );
}

#[test]
fn login_without_any_client() {
    assert_data_eq!(
        World::new().run(&["login"]).failed_with(2),
        str![[r#"
using the emulator at 127.0.0.1:[PORT], not Google
error: no OAuth client is known to sign in with
hint: run `hallpass login --client-id-file client_secret.json`, or `hallpass setup` if you have no client file yet

"#]]
    );
}

#[test]
fn unknown_scope_word() {
    let world = World::new();
    let login = |scopes| {
        world
            .run(&["login", "--client-id-file", "client_secret.json", "--scopes", scopes])
            .failed_with(2)
    };
    assert_data_eq!(
        login("retreiver"),
        str![[r#"
using the emulator at 127.0.0.1:[PORT], not Google
error: `retreiver` is not a scope
hint: write `retriever`

"#]]
    );
    assert_data_eq!(
        login("generative-language,zzzzzzzz"),
        str![[r#"
using the emulator at 127.0.0.1:[PORT], not Google
error: `generative-language` is not a scope
hint: write `cloud-platform`, `retriever`, `tuning`, or a whole https:// address

"#]]
    );
    assert_eq!(world.emulator.requests().len(), 0);
}

#[test]
fn port_in_use() {
    let world = World::new();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("port");
    let port = taken.local_addr().expect("address").port().to_string();
    let words = world
        .run(&["login", "--client-id-file", "client_secret.json", "--port", &port])
        .failed_with(2);
    assert_data_eq!(
        words,
        str![[r#"
using the emulator at 127.0.0.1:[PORT], not Google
error: cannot wait for the browser on port [PORT]
  caused by: the port is in use
hint: leave out `--port` to take any free one

"#]]
    );
}

#[test]
#[cfg(unix)]
fn denied_consent() {
    let world = World::signed_in();
    let kept = world.read(world.adc());
    // The browser of a user who presses Cancel: it answers the redirect itself.
    let words = world.run_with(&["login"], &[("BROWSER", &denying_browser(&world))]).failed_with(3);
    assert_data_eq!(
        words,
        str![[r#"
using the emulator at 127.0.0.1:[PORT], not Google
asking for
  https://www.googleapis.com/auth/cloud-platform
  https://www.googleapis.com/auth/generative-language.retriever
your browser was sent to

  http://127.0.0.1:[PORT]/o/oauth2/v2/auth?response_type=code&client_id=710000000001-hallpassemulatorquickstartdeskto.apps.googleusercontent.com&redirect_uri=http%3A%2F%2F127.0.0.1%3A[PORT]%2Fcallback&scope=https%3A%2F%2Fwww.googleapis.com%2Fauth%2Fcloud-platform+https%3A%2F%2Fwww.googleapis.com%2Fauth%2Fgenerative-language.retriever&state=[RANDOM]&code_challenge=[RANDOM]&code_challenge_method=S256&access_type=offline&prompt=consent

error: the sign-in was denied in the browser
  caused by: access_denied
hint: run the same command again; on Google's page, tick the boxes (Select all) and press Continue

"#]]
    );
    assert_eq!(world.read(world.adc()), kept);
}

#[test]
#[cfg(unix)]
fn forged_state_is_waited_past() {
    let world = World::new();
    let browser = forging_browser(&world);
    world.login_with(&[("BROWSER", &browser)]).done();
    assert!(world.run(&["models", "list"]).stdout().contains("gemini"));
}

#[test]
#[cfg_attr(windows, ignore = "the browser is `true`, a program of Unix")]
fn a_browser_that_never_comes_back() {
    let world = World::new();
    let words = world
        .run_with(
            &["login", "--client-id-file", "client_secret.json", "--timeout", "1"],
            &[("BROWSER", "true")],
        )
        .failed_with(1);
    assert_data_eq!(
        words,
        str![[r#"
using the emulator at 127.0.0.1:[PORT], not Google
asking for
  https://www.googleapis.com/auth/cloud-platform
  https://www.googleapis.com/auth/generative-language.retriever
your browser was sent to

  http://127.0.0.1:[PORT]/o/oauth2/v2/auth?response_type=code&client_id=710000000001-hallpassemulatorquickstartdeskto.apps.googleusercontent.com&redirect_uri=http%3A%2F%2F127.0.0.1%3A[PORT]%2Fcallback&scope=https%3A%2F%2Fwww.googleapis.com%2Fauth%2Fcloud-platform+https%3A%2F%2Fwww.googleapis.com%2Fauth%2Fgenerative-language.retriever&state=[RANDOM]&code_challenge=[RANDOM]&code_challenge_method=S256&access_type=offline&prompt=consent

error: the browser did not come back within 1 s
hint: look at Google's page: if it said "Access blocked", add the account under Test users (https://console.cloud.google.com/auth/audience); if it said "deleted_client", create a new client (https://console.cloud.google.com/auth/clients); then run the same command again

"#]]
    );
}

#[test]
fn fewer_scopes_than_asked_for() {
    let world = World::around(one_scope_emulator());
    world.write("gcloud/application_default_credentials.json", "{\"kept\":true}");
    let words = world.login().failed_with(3);
    assert_data_eq!(
        words,
        str![[r#"
using the emulator at 127.0.0.1:[PORT], not Google
asking for
  https://www.googleapis.com/auth/cloud-platform
  https://www.googleapis.com/auth/generative-language.retriever
your browser was sent to

  http://127.0.0.1:[PORT]/o/oauth2/v2/auth?response_type=code&client_id=710000000001-hallpassemulatorquickstartdeskto.apps.googleusercontent.com&redirect_uri=http%3A%2F%2F127.0.0.1%3A[PORT]%2Fcallback&scope=https%3A%2F%2Fwww.googleapis.com%2Fauth%2Fcloud-platform+https%3A%2F%2Fwww.googleapis.com%2Fauth%2Fgenerative-language.retriever&state=[RANDOM]&code_challenge=[RANDOM]&code_challenge_method=S256&access_type=offline&prompt=consent

error: Google granted less than was asked for
  caused by: missing: https://www.googleapis.com/auth/generative-language.retriever
hint: run `hallpass login` again and tick every box, or ask for less with `--scopes`

"#]]
    );
    assert_eq!(world.read(world.adc()), "{\"kept\":true}");
}

#[test]
fn adc_file_that_is_half_written() {
    let world = World::signed_in();
    let whole = world.read(world.adc());
    world.write("gcloud/application_default_credentials.json", &whole[..whole.len() / 2]);
    assert_data_eq!(
        world.run(&["print-access-token"]).failed_with(4),
        str![[r#"
using the emulator at 127.0.0.1:[PORT], not Google
error: `[PATH]/gcloud/application_default_credentials.json` is not a JSON object
  caused by: not JSON at line 5, column 12
hint: run `hallpass login --client-id-file client_secret.json` to write a new one

"#]]
    );
    assert_eq!(world.read(world.adc()), whole[..whole.len() / 2], "reading changes nothing");
}

#[test]
#[cfg_attr(windows, ignore = "the hint names a command of Unix")]
fn adc_that_cannot_be_read() {
    let world = World::new();
    // A folder in the file's place: unreadable for every user, root included.
    world.write("gcloud/application_default_credentials.json/file", "");
    assert_data_eq!(
        world.run(&["print-access-token"]).failed_with(2),
        str![[r#"
using the emulator at 127.0.0.1:[PORT], not Google
error: `[PATH]/gcloud/application_default_credentials.json` cannot be read
  caused by: it is not a plain file
hint: look at its owner and mode with `ls -l`

"#]]
    );
}

#[test]
#[cfg_attr(windows, ignore = "the hint names a command of Unix")]
fn adc_of_another_type() {
    let world = World::new();
    world.write("key.json", r#"{"type":"gdch_service_account","name":"a","private_key":"k"}"#);
    let key = world.path("key.json").display().to_string();
    let run = world.run_with(&["token"], &[("GOOGLE_APPLICATION_CREDENTIALS", &key)]);
    assert_data_eq!(
        run.failed_with(2),
        str![[r#"
using the emulator at 127.0.0.1:[PORT], not Google
error: `[PATH]/key.json` is a credential of type `gdch_service_account`
hint: run `unset GOOGLE_APPLICATION_CREDENTIALS` to use the default sign-in, or name another file with it

"#]]
    );
}

#[test]
#[cfg_attr(windows, ignore = "the hint names a command of Unix")]
fn credential_variable_that_names_no_file() {
    let world = World::signed_in();
    let run = world.run_with(&["token"], &[("GOOGLE_APPLICATION_CREDENTIALS", "nowhere.json")]);
    assert_data_eq!(
        run.failed_with(2),
        str![[r#"
using the emulator at 127.0.0.1:[PORT], not Google
error: `nowhere.json`, which GOOGLE_APPLICATION_CREDENTIALS names, is not there
hint: run `unset GOOGLE_APPLICATION_CREDENTIALS` to use the default sign-in, or name another file with it

"#]]
    );
}

#[test]
fn token_file_that_is_not_there() {
    let world = World::new();
    assert_data_eq!(
        world.run(&["token", "--token-file", "token.json"]).failed_with(2),
        str![[r#"
using the emulator at 127.0.0.1:[PORT], not Google
error: `token.json` is not there
hint: run `hallpass login --token-file token.json --client-id-file client_secret.json` to make the file, or correct the path

"#]]
    );
}

#[test]
fn no_sign_in_yet() {
    let world = World::new();
    for command in [&["print-access-token"][..], &["header"], &["models", "list"]] {
        assert_data_eq!(
            world.run(command).failed_with(4),
            str![[r#"
using the emulator at 127.0.0.1:[PORT], not Google
error: no sign-in was found: there are no Application Default Credentials
  caused by: `[PATH]/gcloud/application_default_credentials.json` is not there
hint: run `hallpass login --client-id-file client_secret.json`, or `hallpass setup` if you have no client file yet

"#]]
        );
    }
}

#[test]
#[cfg_attr(windows, ignore = "the hint names a command of Unix")]
fn emulator_on_another_machine() {
    let world = World::new();
    let run = world.run_with(&["models", "list"], &[("HALLPASS_EMULATOR_HOST", "example.com:80")]);
    assert_data_eq!(
        run.failed_with(2),
        str![[r#"
error: `HALLPASS_EMULATOR_HOST` is `example.com:80`, not an address of this machine
hint: set it to what `hallpass emulator` prints, such as `127.0.0.1:[PORT]`, or unset it

"#]]
    );
}

#[test]
fn log_level_that_is_none() {
    let run = World::new().run_with(&["status"], &[("HALLPASS_LOG", "loud")]);
    assert_data_eq!(
        run.failed_with(2),
        str![[r#"
error: `HALLPASS_LOG` is `loud`, not a level
hint: set it to `error`, `warn`, `info`, `debug` or `trace`

"#]]
    );
}

#[test]
#[cfg_attr(windows, ignore = "the hint names a variable of Unix")]
fn no_home_folder() {
    let world = World::new();
    let run = world
        .run_with(&["status"], &[("HALLPASS_CONFIG", ""), ("CLOUDSDK_CONFIG", ""), ("HOME", "")]);
    assert_data_eq!(
        run.failed_with(2),
        str![[r#"
using the emulator at 127.0.0.1:[PORT], not Google
error: no folder for Application Default Credentials is known
hint: set HOME, or both CLOUDSDK_CONFIG and HALLPASS_CONFIG

"#]]
    );
}

/// Answers the redirect with `error=access_denied` and the true state.
#[cfg(unix)]
fn denying_browser(world: &World) -> String {
    script(
        world,
        "address=$(curl -s -o /dev/null -w '%{redirect_url}' \"$1\")
redirect=$(printf %s \"$address\" | sed 's/.*redirect_uri=\\([^&]*\\).*/\\1/; s/%3A/:/g; s/%2F/\\//g')
state=$(printf %s \"$address\" | sed 's/.*[?&]state=\\([^&]*\\).*/\\1/')
exec curl -s -o /dev/null \"$redirect?error=access_denied&state=$state\"",
    )
}

/// Another page calls first, with a code and state of its own; then comes the true redirect.
#[cfg(unix)]
fn forging_browser(world: &World) -> String {
    script(
        world,
        "address=$(curl -s -o /dev/null -w '%{redirect_url}' \"$1\")
redirect=$(printf %s \"$address\" | sed 's/.*redirect_uri=\\([^&]*\\).*/\\1/; s/%3A/:/g; s/%2F/\\//g')
curl -s -o /dev/null \"$redirect?code=forged&state=forged\"
curl -s -o /dev/null \"${redirect%/callback}/favicon.ico\"
exec curl -sL -o /dev/null \"$1\"",
    )
}

#[cfg(unix)]
fn script(world: &World, body: &str) -> String {
    world.write("bin/browser", &format!("#!/bin/sh\n{body}\n"));
    world.make_executable("bin/browser");
    format!("{} %s &", world.path("bin/browser").display())
}

/// Ada leaves one box unticked.
fn one_scope_emulator() -> Emulator {
    let mut approval = Approval::by("ada@example.com");
    approval.untick.push("https://www.googleapis.com/auth/generative-language.retriever".into());
    let mut config = Config::default();
    config.approve = Some(approval);
    Emulator::builder().config(config).start().expect("emulator")
}

#[test]
fn a_command_line_that_cannot_be_understood_is_one_document_for_programs() {
    let world = World::new();
    for words in
        [&["status", "--format", "json", "--bogus"][..], &["models", "get", "--format=json"]]
    {
        let run = world.run(words);
        assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""), "{run:?}");
        let document: serde_json::Value = serde_json::from_str(&run.stderr).expect("one document");
        assert_eq!(document["error"]["kind"], "usage", "{run:?}");
    }
    for (words, wanted) in [
        (&["login", "--timeout", "0"][..], "0 is not in 1"),
        (&["login", "--account", ""], "a value is required"),
        (&["exec", "--env", "PATH", "--", "true"], "cannot be the name"),
        (&["exec", "--env", "LD_PRELOAD", "--", "true"], "cannot be the name"),
    ] {
        let run = world.run(words);
        assert_eq!(run.code, Some(2), "{run:?}");
        assert!(run.words.contains(wanted), "{run:?}");
    }
}
