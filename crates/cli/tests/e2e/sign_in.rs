//! A user signs in with the page's command and calls Gemini.

use hallpass::store::other_reader;
use hallpass_emulator::Emulator;
#[cfg(unix)]
use hallpass_testbed::SCOPES;
use hallpass_testbed::{LOGIN, World};
use snapbox::{assert_data_eq, str};

const PAGE_SCOPES: &str = "https://www.googleapis.com/auth/cloud-platform,\
    https://www.googleapis.com/auth/generative-language.retriever";

#[test]
fn login_shows_scopes_and_address_and_says_where_the_sign_in_rests() {
    let world = World::new();
    let run =
        world.run(&["login", "--client-id-file", "client_secret.json", "--scopes", PAGE_SCOPES]);
    assert_eq!(run.code, Some(0), "{run:?}");
    assert_eq!(run.stdout, "", "login prints no data");
    assert_data_eq!(
        run.words,
        str![[r#"
using the emulator at 127.0.0.1:[PORT], not Google
asking for
  https://www.googleapis.com/auth/cloud-platform
  https://www.googleapis.com/auth/generative-language.retriever
your browser was sent to

  http://127.0.0.1:[PORT]/o/oauth2/v2/auth?response_type=code&client_id=710000000001-hallpassemulatorquickstartdeskto.apps.googleusercontent.com&redirect_uri=http%3A%2F%2F127.0.0.1%3A[PORT]%2Fcallback&scope=https%3A%2F%2Fwww.googleapis.com%2Fauth%2Fcloud-platform+https%3A%2F%2Fwww.googleapis.com%2Fauth%2Fgenerative-language.retriever&state=[RANDOM]&code_challenge=[RANDOM]&code_challenge_method=S256&access_type=offline&prompt=consent

✓ signed in; account unknown, as `openid,email` is not among the scopes
saved to [PATH]/gcloud/application_default_credentials.json
this sign-in ends in 7 d: the consent screen is in "Testing"
next: `hallpass models list`

"#]]
    );
}

#[test]
fn adc_file_has_gclouds_keys_and_is_private() {
    let world = World::signed_in();
    let file = world.json(world.adc());
    let keys: Vec<&String> = file.as_object().expect("object").keys().collect();
    let expected =
        ["account", "client_id", "client_secret", "refresh_token", "type", "universe_domain"];
    assert_eq!(keys, expected);
    assert_eq!(file["type"], "authorized_user");
    for path in [world.adc(), world.path("hallpass")] {
        assert_eq!(other_reader(path).expect("who"), None);
    }
    #[cfg(unix)]
    assert_eq!((world.mode(world.adc()), world.mode("hallpass")), (0o600, 0o700));
    assert!(!world.read(world.adc()).ends_with('\n'), "gcloud writes no line end");
}

#[test]
fn token_headers_and_models_come_from_the_sign_in_without_another_request() {
    let world = World::signed_in();
    let token = world.run(&["print-access-token"]).stdout();
    assert!(token.starts_with("ya29."), "{token}");
    assert_eq!(token.lines().count(), 1);
    assert_eq!(world.run(&["token"]).stdout(), token, "the alias, and the same saved token");
    let header = world.run(&["header"]).stdout();
    assert_eq!(header, format!("Authorization: Bearer {token}"));
    assert!(world.run(&["models", "list"]).stdout().contains("models/gemini-2.5-flash"));
    assert_eq!(world.token_requests("authorization_code"), 1);
    assert_eq!(world.token_requests("refresh_token"), 0);
}

#[test]
fn token_file_takes_the_sign_in_instead_of_adc() {
    let world = World::new();
    world
        .run(&[
            "login",
            "--client-id-file",
            "client_secret.json",
            "--scopes",
            "retriever",
            "--token-file",
            "token.json",
        ])
        .done();
    assert!(!world.adc().exists());
    assert_eq!(other_reader(world.path("token.json")).expect("who"), None);
    let file = world.json("token.json");
    assert_eq!(file["scopes"][0], "https://www.googleapis.com/auth/generative-language.retriever");
    let token = world.run(&["print-access-token", "--token-file", "token.json"]).stdout();
    assert_eq!(token.trim_end(), file["token"].as_str().expect("token"));
    assert!(
        world.run(&["models", "list", "--token-file", "token.json"]).stdout().contains("gemini")
    );
}

#[test]
fn second_login_keeps_the_quota_project_and_needs_no_client_file() {
    let world = World::signed_in();
    world.run(&["set-quota-project", "demo-project"]).stdout();
    let before = world.json(world.adc());
    world.run(&["login"]).done();
    let after = world.json(world.adc());
    assert_eq!(after["quota_project_id"], "demo-project");
    assert_eq!(after["client_id"], before["client_id"]);
    assert_ne!(after["refresh_token"], before["refresh_token"]);
}

#[test]
#[cfg(unix)]
fn without_a_browser_the_address_is_printed_and_the_wait_goes_on() {
    let world = World::new();
    let mut login = world.start(&LOGIN, &[("BROWSER", "")]);
    let words = sign_in_by_hand(&mut login);
    assert_data_eq!(
        world.redact(&words),
        str![[r#"
using the emulator at 127.0.0.1:[PORT], not Google
asking for
  https://www.googleapis.com/auth/cloud-platform
  https://www.googleapis.com/auth/generative-language.retriever
there is no browser here ([..]); open this address in any browser that reaches this machine:

  http://127.0.0.1:[PORT]/o/oauth2/v2/auth?response_type=code&client_id=710000000001-hallpassemulatorquickstartdeskto.apps.googleusercontent.com&redirect_uri=http%3A%2F%2F127.0.0.1%3A[PORT]%2Fcallback&scope=https%3A%2F%2Fwww.googleapis.com%2Fauth%2Fcloud-platform+https%3A%2F%2Fwww.googleapis.com%2Fauth%2Fgenerative-language.retriever&state=[RANDOM]&code_challenge=[RANDOM]&code_challenge_method=S256&access_type=offline&prompt=consent

from another machine, first run there: ssh -L [PORT]:127.0.0.1:[PORT] HOST
✓ signed in; account unknown, as `openid,email` is not among the scopes
saved to [PATH]/gcloud/application_default_credentials.json
this sign-in ends in 7 d: the consent screen is in "Testing"
next: `hallpass models list`

"#]]
    );
}

#[test]
#[cfg(unix)]
fn no_launch_browser_prints_the_address_alone() {
    let world = World::new();
    let arguments = [
        "login",
        "--client-id-file",
        "client_secret.json",
        "--scopes",
        SCOPES,
        "--no-launch-browser",
    ];
    // Whatever is started instead of a browser leaves a file.
    world.write("bin/browser", "#!/bin/sh\necho \"$@\" > opened\n");
    world.make_executable("bin/browser");
    for name in ["xdg-open", "gio", "gnome-open", "kde-open", "wslview"] {
        std::os::unix::fs::symlink("browser", world.path(&format!("bin/{name}"))).expect("link");
    }
    let path = world.path_with("bin");
    let browsers = [("PATH", path.as_str()), ("BROWSER", "browser"), ("DISPLAY", ":0")];
    let mut login = world.start(&arguments, &browsers);
    let words = sign_in_by_hand(&mut login);
    assert!(!world.path("opened").exists(), "no program was started");
    assert_data_eq!(
        world.redact(&words),
        str![[r#"
using the emulator at 127.0.0.1:[PORT], not Google
asking for
  https://www.googleapis.com/auth/cloud-platform
  https://www.googleapis.com/auth/generative-language.retriever
open this address in a browser on this machine:

  http://127.0.0.1:[PORT]/o/oauth2/v2/auth?response_type=code&client_id=710000000001-hallpassemulatorquickstartdeskto.apps.googleusercontent.com&redirect_uri=http%3A%2F%2F127.0.0.1%3A[PORT]%2Fcallback&scope=https%3A%2F%2Fwww.googleapis.com%2Fauth%2Fcloud-platform+https%3A%2F%2Fwww.googleapis.com%2Fauth%2Fgenerative-language.retriever&state=[RANDOM]&code_challenge=[RANDOM]&code_challenge_method=S256&access_type=offline&prompt=consent

✓ signed in; account unknown, as `openid,email` is not among the scopes
saved to [PATH]/gcloud/application_default_credentials.json
this sign-in ends in 7 d: the consent screen is in "Testing"
next: `hallpass models list`

"#]]
    );
}

#[test]
fn account_is_checked_against_the_one_that_signed_in() {
    let world = World::new();
    let arguments = |account| {
        [
            "login",
            "--client-id-file",
            "client_secret.json",
            "--scopes",
            "retriever,openid,email",
            "--account",
            account,
        ]
    };
    world.run(&arguments("ada@example.com")).done();
    assert_eq!(world.json(world.adc())["account"], "ada@example.com");
    let kept = world.read(world.adc());
    assert_data_eq!(
        world.run(&arguments("bob@example.com")).failed_with(1),
        str![[r#"
using the emulator at 127.0.0.1:[PORT], not Google
asking for
  https://www.googleapis.com/auth/generative-language.retriever
  openid
  https://www.googleapis.com/auth/userinfo.email
your browser was sent to

  http://127.0.0.1:[PORT]/o/oauth2/v2/auth?response_type=code&client_id=710000000001-hallpassemulatorquickstartdeskto.apps.googleusercontent.com&redirect_uri=http%3A%2F%2F127.0.0.1%3A[PORT]%2Fcallback&scope=https%3A%2F%2Fwww.googleapis.com%2Fauth%2Fgenerative-language.retriever+openid+https%3A%2F%2Fwww.googleapis.com%2Fauth%2Fuserinfo.email&state=[RANDOM]&code_challenge=[RANDOM]&code_challenge_method=S256&access_type=offline&prompt=consent&login_hint=bob%40example.com

error: `ada@example.com` signed in, not `bob@example.com`; nothing was saved
hint: run `hallpass login` again and choose `bob@example.com`

"#]]
    );
    assert_eq!(world.read(world.adc()), kept, "the old sign-in is still there");
}

#[test]
fn a_credential_variable_that_shadows_the_new_sign_in_is_named() {
    let world = World::new();
    let run = world.login_with(&[("GOOGLE_APPLICATION_CREDENTIALS", "other.json")]).done();
    assert!(
        run.stderr.contains("GOOGLE_APPLICATION_CREDENTIALS"),
        "other programs go on using the other file: {}",
        run.stderr
    );
}

#[test]
fn quota_project_of_login_is_written() {
    let world = World::new();
    world.run(&[&LOGIN[..], &["--quota-project", "demo-project"]].concat()).done();
    assert_eq!(world.json(world.adc())["quota_project_id"], "demo-project");
}

#[test]
fn without_an_emulator_variable_the_addresses_of_the_client_file_are_used() {
    let world =
        World::around(Emulator::builder().approve("ada@example.com").start().expect("emulator"));
    world.login_with(&[("HALLPASS_EMULATOR_HOST", "")]).done();
    world.emulator.advance(std::time::Duration::from_secs(7200));
    world.run_with(&["status", "--check"], &[("HALLPASS_EMULATOR_HOST", "")]).done();
}

/// Reads the address from `login`'s words and opens it as a browser would; returns all words.
#[cfg(unix)]
fn sign_in_by_hand(login: &mut std::process::Child) -> String {
    use std::io::{BufRead, BufReader, Read};

    let mut stderr = BufReader::new(login.stderr.take().expect("stderr"));
    let mut words = String::new();
    let address = loop {
        let mut line = String::new();
        assert_ne!(stderr.read_line(&mut line).expect("line"), 0, "no address in: {words}");
        words.push_str(&line);
        if let Some(address) = line.split_whitespace().find(|word| word.starts_with("http://")) {
            break address.to_owned();
        }
    };
    let mut browser = std::process::Command::new("curl");
    let browser = browser.args(["-sL", "-o", "/dev/null", "--noproxy", "*"]).arg(address);
    assert!(browser.status().expect("curl").success());
    assert!(login.wait().expect("login").success(), "{words}");
    stderr.read_to_string(&mut words).expect("rest");
    words
}

#[test]
#[cfg(unix)]
fn the_address_of_a_sign_in_is_in_no_argument_list_and_its_page_is_for_this_user() {
    let world = World::new();
    // setpriv needs root; without it the second line is empty.
    let script = "#!/bin/sh
echo \"$1\" > argument
setpriv --reuid 65534 --clear-groups curl -s -o /dev/null -w '%{http_code}' \"$1\" > stranger 2> /dev/null
curl -s -o /dev/null -w '%{http_code}' \"${1}x\" > wrong
exec curl -sL -o /dev/null \"$1\"
";
    world.write("bin/browser", script);
    world.make_executable("bin/browser");
    let browser = format!("{} %s &", world.path("bin/browser").display());
    let login = ["login", "--client-id-file", "client_secret.json", "--timeout", "20"];
    let run = world.run_with(&login, &[("BROWSER", &browser)]);
    assert_eq!(run.code, Some(0), "{run:?}");
    let argument = world.read("argument");
    assert!(argument.starts_with("http://127.0.0.1:") && !argument.contains('?'), "{argument}");
    assert!(!argument.contains("state") && !argument.contains("challenge"), "{argument}");
    assert_eq!(world.read("wrong"), "403");
    assert!(["403", ""].contains(&&*world.read("stranger")), "another user is not sent on");
    assert!(run.stderr.contains("account unknown"), "{run:?}");
}
