//! Servers that a sign-in does not belong to: nothing secret is sent there, and nothing is deleted.

use crate::bad_servers::server;
use hallpass_testbed::{LOGIN, Run, Server, World, json as answer};
use serde_json::json;
use snapbox::{assert_data_eq, str};

/// All that a server has heard.
fn heard(server: &Server) -> String {
    server.requests().join("\n")
}

fn address(server: &Server) -> &str {
    server.origin().trim_start_matches("http://")
}

/// What an emulator says of itself, and what Google says of a grant that has ended: a stranger can say both.
const LIKE_AN_EMULATOR: &str = r#"{"status":"ok","version":"0.1.0","now":"2027-01-15T08:00:00Z"}"#;
const INVALID_TOKEN: &str = r#"{"error":"invalid_token"}"#;

/// Everything that uses a sign-in.
const COMMANDS: [&[&str]; 8] = [
    &["models", "list"],
    &["print-access-token"],
    &["header"],
    &["token", "info"],
    &["logout"],
    &["logout", "--keep-remote"],
    &["status", "--check"],
    &["curl", "https://generativelanguage.googleapis.com/v1/models", "-s"],
];

/// Runs every command with a sign-in of Google's, its access token fresh and then expired, towards this server.
fn every_command(world: &World, address: &str) -> Vec<Run> {
    world.move_side_record("https://oauth2.googleapis.com");
    let (file, record) = (world.read(world.adc()), world.side_records()[0].clone());
    let variables = [("HALLPASS_EMULATOR_HOST", address)];
    let mut runs = Vec::new();
    for age in ["fresh", "expired"] {
        if age == "expired" {
            world.expire_access_token();
        }
        let before = world.read(&record);
        for arguments in COMMANDS {
            let run = world.run_with(arguments, &variables);
            assert!(matches!(run.code, Some(2 | 4)), "{age} {arguments:?}: {run:?}");
            assert!(!run.stdout.contains("ya29."), "{age} {arguments:?}: {run:?}");
            assert!(world.adc().exists(), "{age} {arguments:?}: {run:?}");
            assert_eq!(world.read(world.adc()), file, "{age} {arguments:?}");
            assert_eq!(world.read(&record), before, "{age} {arguments:?}");
            runs.push(run);
        }
        world.run_with(&["doctor", "--online"], &variables);
    }
    runs
}

#[test]
fn a_stranger_in_the_emulators_place_hears_nothing_of_a_sign_in_of_googles() {
    for (answer, said) in [
        (answer("200 OK", "{}"), "is not an emulator"),
        (answer("400 Bad Request", INVALID_TOKEN), "is not an emulator"),
        (answer("200 OK", LIKE_AN_EMULATOR), "was made at `https://oauth2.googleapis.com/token`"),
    ] {
        let (world, sniffer) = (World::signed_in(), server(&answer));
        let secrets = secrets(&world);
        for run in every_command(&world, address(&sniffer)) {
            assert!(run.stderr.contains(said), "{run:?}");
        }
        let heard = heard(&sniffer);
        for line in heard.lines().filter(|line| line.contains(" HTTP/1.1")) {
            let asked = line.trim_end();
            let harmless = ["GET /emulator/v1/health HTTP/1.1", "GET /token HTTP/1.1"];
            assert!(harmless.contains(&asked), "{asked}");
        }
        for secret in secrets {
            assert!(!heard.contains(&secret), "{heard}");
        }
    }
}

fn secrets(world: &World) -> Vec<String> {
    let file = world.json(world.adc());
    let record = world.json(&world.side_records()[0]);
    let of = |value: &serde_json::Value| value.as_str().expect("text").to_owned();
    vec![of(&file["refresh_token"]), of(&file["client_secret"]), of(&record["access_token"])]
}

#[test]
#[cfg_attr(windows, ignore = "the hint names a command of Unix")]
fn the_emulator_itself_is_shown_no_sign_in_of_googles() {
    let world = World::signed_in();
    let address = world.emulator.address().to_string();
    let before = world.emulator.requests().len();
    every_command(&world, &address);
    let paths: Vec<String> =
        world.emulator.requests()[before..].iter().map(|request| request.path.clone()).collect();
    // `doctor` looks whether the token server is in reach.
    assert!(paths.iter().all(|path| path == "/token"), "{paths:?}");
    assert_eq!(world.token_requests("refresh_token"), 0);
    assert_data_eq!(
        world.run(&["logout"]).failed_with(2),
        str![[r#"
using the emulator at 127.0.0.1:[PORT], not Google
error: the saved sign-in was made at `https://oauth2.googleapis.com/token`, not at the emulator at 127.0.0.1:[PORT]
  caused by: HALLPASS_EMULATOR_HOST is set; a sign-in is sent only to the server that gave it
hint: run `unset HALLPASS_EMULATOR_HOST`, or sign in at the emulator with `hallpass login --profile emulator --client-id-file client_secret.json`

"#]]
    );
    // Both halves of the hint.
    let login = ["login", "--profile", "emulator", "--client-id-file", "client_secret.json"];
    world.run(&login).stdout();
    assert!(world.run(&["token", "--profile", "emulator"]).stdout().starts_with("ya29."));
    let run = world.run_with(&["token"], &[("HALLPASS_EMULATOR_HOST", "")]);
    assert_ne!(run.code, Some(2), "{run:?}");
}

#[test]
fn a_sign_in_that_says_nothing_of_its_server_needs_a_client_of_the_emulators() {
    let world = World::signed_in();
    world.forget_side_records();
    assert!(world.run(&["print-access-token"]).stdout().starts_with("ya29."));
    world.forget_side_records();
    let mut file = world.json(world.adc());
    file["client_id"] = "1-mine.apps.googleusercontent.com".into();
    world.write("gcloud/application_default_credentials.json", &file.to_string());
    let words = world.run(&["print-access-token"]).failed_with(2);
    assert!(words.contains("was not made at the emulator"), "{words}");
    // gcloud's client is known to everything that imitates Google.
    let gclouds = "764086051850-6qr4p6gpi6hn506pt8ejuq83di341hur.apps.googleusercontent.com";
    world.emulator.update_config(|config| {
        let mut client = config.projects[0].clients[0].clone();
        client.client_id = gclouds.to_owned();
        config.projects[0].clients.push(client);
    });
    let mut of_gcloud = file.clone();
    of_gcloud["client_id"] = gclouds.into();
    world.write("gcloud/application_default_credentials.json", &of_gcloud.to_string());
    assert!(world.run(&["header"]).failed_with(2).contains("was not made at the emulator"));
    assert!(world.run(&["logout"]).failed_with(2).contains("was not made at the emulator"));
    assert!(world.adc().exists());
    // Python writes Google's address into every token.json: it says nothing either.
    for (token_uri, why) in [
        ("https://oauth2.googleapis.com/token", "was not made at the emulator"),
        ("https://sso.example/token", "was made at `https://sso.example/token`"),
    ] {
        let token_file = json!({
            "refresh_token": "1//0MARKED", "client_id": file["client_id"], "client_secret": "x",
            "token": "ya29.mine", "expiry": "2999-01-01T00:00:00Z", "token_uri": token_uri,
        });
        world.write("token.json", &token_file.to_string());
        let arguments = ["print-access-token", "--token-file", "token.json"];
        let words = world.run(&arguments).failed_with(2);
        assert!(words.contains(why), "{words}");
    }
    world.login().done();
    let mut file = world.json(world.adc());
    file["token_uri"] = "https://oauth2.googleapis.com/token".into();
    world.write("token.json", &file.to_string());
    let token = world.run(&["print-access-token", "--token-file", "token.json"]).stdout();
    assert!(token.starts_with("ya29."), "{token}");
}

#[test]
fn a_client_file_of_two_servers_is_refused_before_a_browser_opens() {
    let world = World::new();
    let sniffer = server(&answer("200 OK", "{}"));
    let google = "https://accounts.google.com/o/oauth2/auth";
    for (auth_uri, token_uri, why) in [
        (google, sniffer.url("/token"), "`token_uri`"),
        (google, "https://evil.example/token".to_owned(), "`token_uri`"),
        (
            "https://evil.example/auth",
            "https://oauth2.googleapis.com/token".to_owned(),
            "`auth_uri`",
        ),
    ] {
        let mut file = world.json("client_secret.json");
        file["installed"]["auth_uri"] = auth_uri.into();
        file["installed"]["token_uri"] = token_uri.into();
        world.write("mixed.json", &file.to_string());
        let variables = [("HALLPASS_EMULATOR_HOST", ""), ("BROWSER", "touch opened %s")];
        let arguments = ["login", "--client-id-file", "mixed.json", "--timeout", "5"];
        let run = world.run_with(&arguments, &variables);
        let words = run.failed_with(2);
        assert!(words.contains("`mixed.json` names Google's") && words.contains(why), "{words}");
        assert!(words.contains("is not Google's"), "{words}");
        assert!(!world.path("opened").exists());
    }
    assert_eq!(heard(&sniffer), "");
}

#[test]
fn another_server_than_googles_is_named_before_the_browser_opens_and_afterwards() {
    let world = World::new();
    let variables = [("HALLPASS_EMULATOR_HOST", "")];
    let run = world.run_with(&LOGIN, &variables).done();
    let first = run.words.lines().next().unwrap_or_default();
    assert_eq!(first, "this sign-in goes to http://127.0.0.1:[PORT], not to Google");
    let status = world.redact(&world.run_with(&["status"], &variables).stdout());
    assert!(status.contains("made at        http://127.0.0.1:[PORT], not Google"), "{status}");
    let doctor = world.redact(&world.run_with(&["doctor"], &variables).stdout);
    assert!(doctor.contains("for sign-ins at http://127.0.0.1:[PORT], not at Google"), "{doctor}");
}

/// Files that lead elsewhere: the key, what it names, and how the subject token is taken from its file.
fn hostile_files(sniffer: &str) -> Vec<String> {
    let upload = "https://www.googleapis.com/upload/storage/v1/b/evil/o?uploadType=media&name=loot";
    let mut files: Vec<String> = [
        upload,
        "https://www.googleapis.com/oauth2/v4/token?alt=media",
        "https://www.googleapis.com/v1%2Ftoken",
        "https://www.googleapis.com/v1/token",
        "https://oauth2.googleapis.com/revoke",
        "https://sts.googleapis.com/v1/token?name=loot",
        "https://sts.googleapis.com/v1%2Ftoken",
        "https://sts.googleapis.com/upload",
        "https://sts.googleapis.com:8443/v1/token",
        "https://STS.googleapis.com/v1/token",
        "https://sts.googleapis.com./v1/token",
        "https://user@sts.googleapis.com/v1/token",
        "https://sts.googleapis.com@evil.example/v1/token",
        "https://evil.storage.googleapis.com/v1/token",
        "https://sts.storage.googleapis.com/v1/token",
        "https://iamcredentials.googleapis.com/v1/token",
        &format!("{sniffer}/v1/token"),
    ]
    .into_iter()
    .map(|token_url| external(token_url, "urn:ietf:params:oauth:token-type:access_token"))
    .collect();
    // The true address, and a text that is no token of the type.
    let (sts, types) = ("https://sts.googleapis.com/v1/token", "urn:ietf:params:oauth:token-type");
    files.push(external(sts, &format!("{types}:jwt")));
    files.push(external(sts, &format!("{types}:saml2")));
    files.push(external(sts, &format!("{types}:access_token")).replace("loot.json", "key"));
    files
}

fn external(token_url: &str, token_type: &str) -> String {
    json!({
        "type": "external_account", "audience": "//iam.googleapis.com/x", "token_url": token_url,
        "subject_token_type": token_type,
        "credential_source": {
            "file": "loot.json", "format": {"type": "json", "subject_token_field_name": "refresh_token"},
        },
    })
    .to_string()
}

#[test]
fn a_hostile_credential_file_carries_no_other_file_away() {
    let world = World::new();
    let proxy = server("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n");
    world.write("loot.json", r#"{"refresh_token":"1//0MARKED"}"#);
    world.write("key", "{\"refresh_token\":\"-----BEGIN PRIVATE KEY-----\\nMARKED\\n\"}");
    let variables = [
        ("HALLPASS_EMULATOR_HOST", ""),
        ("GOOGLE_APPLICATION_CREDENTIALS", "machine.json"),
        ("HTTPS_PROXY", proxy.origin()),
    ];
    let good = "https://sts.googleapis.com/v1/token";
    for file in hostile_files(proxy.origin()) {
        world.write("machine.json", &file);
        let run = world.run_with(&["print-access-token"], &variables);
        assert!(matches!(run.code, Some(1 | 2 | 4)), "{file}: {run:?}");
        assert_eq!(heard(&proxy), "", "{file}");
        // What it would do is to be seen before it is used.
        let doctor = world.run_with(&["doctor"], &variables);
        let refused = doctor.stdout.contains("broken   credential");
        assert!(refused || file.contains(good), "{file}: {}", doctor.stdout);
        let status = world.run_with(&["status"], &variables).stdout();
        assert!(status.contains("tokens from    http"), "{status}");
    }
    // The same file without malice asks for a way to the token service.
    world.write("machine.json", &external(good, "urn:ietf:params:oauth:token-type:access_token"));
    world.run_with(&["print-access-token"], &variables);
    assert!(heard(&proxy).contains("CONNECT sts.googleapis.com:443"), "{}", heard(&proxy));
}

#[test]
fn another_address_of_the_gemini_api_is_named() {
    let world = World::signed_in();
    let stranger = server(&answer("200 OK", r#"{"models":[]}"#));
    let address = stranger.origin();
    let variables = [("HALLPASS_EMULATOR_HOST", ""), ("GOOGLE_GEMINI_BASE_URL", address)];
    let run = world.run_with(&["models", "list"], &variables);
    assert_eq!(run.code, Some(0), "{run:?}");
    assert_eq!(
        run.words,
        "asking the Gemini API at http://127.0.0.1:[PORT] (GOOGLE_GEMINI_BASE_URL), not at Google\n"
    );
    assert!(heard(&stranger).contains("Bearer ya29."));
    let status = world.run_with(&["status"], &variables).stdout();
    assert!(status.contains(&format!("Gemini API     {address}")), "{status}");
    let doctor = world.run_with(&["doctor"], &variables).stdout;
    assert!(doctor.contains(&format!("tokens go to {address}, not to Google")), "{doctor}");
    // The user trusts the address by setting the variable, its port included.
    let proxy = server("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n");
    let address = "https://gateway.example:8443";
    let (own, through) = (("GOOGLE_GEMINI_BASE_URL", address), ("HTTPS_PROXY", proxy.origin()));
    world.run_with(&["models", "list"], &[("HALLPASS_EMULATOR_HOST", ""), own, through]);
    assert!(heard(&proxy).starts_with("CONNECT gateway.example:8443"), "{}", heard(&proxy));
    let google = [("HALLPASS_EMULATOR_HOST", ""), ("GOOGLE_GEMINI_BASE_URL", "")];
    assert!(!world.run_with(&["status"], &google).stdout().contains("Gemini API  "));
}

#[test]
fn refresh_tokens_in_files_of_machines_are_not_shown_to_an_emulator_either() {
    let world = World::new();
    let variables = [("GOOGLE_APPLICATION_CREDENTIALS", "machine.json")];
    let user = json!({
        "type": "authorized_user", "client_id": "c", "client_secret": "s", "refresh_token": "1//0MARKED",
    });
    for file in [
        json!({
            "type": "external_account_authorized_user", "audience": "//iam.googleapis.com/x",
            "client_id": "c", "client_secret": "s", "refresh_token": "1//0MARKED",
        }),
        json!({
            "type": "impersonated_service_account", "source_credentials": user,
            "service_account_impersonation_url": "https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/a@b.c:generateAccessToken",
        }),
    ] {
        world.write("machine.json", &file.to_string());
        let words = world.run_with(&["token"], &variables).failed_with(2);
        assert!(words.contains("was made at `https://"), "{words}");
        let asked = world.emulator.requests();
        assert!(asked.is_empty(), "{asked:?}");
    }
}

#[test]
fn characters_that_steer_a_terminal_come_into_no_file_and_make_no_code() {
    let world = World::signed_in();
    world.expire_access_token();
    let file = world.read(world.adc());
    let variables = [("HALLPASS_EMULATOR_HOST", "")];
    for refresh_token in ["1//0\\u001b[2J", "1//0\\u202e", "1//0\\n", "1//0 x", "1//0\\u00e9"] {
        let reply = format!(
            r#"{{"access_token":"ya29.b","expires_in":3599,"refresh_token":"{refresh_token}"}}"#
        );
        world.move_side_record(server(&answer("200 OK", &reply)).origin());
        let words = world.run_with(&["token"], &variables).failed_with(1);
        assert!(words.contains("a refresh token with characters that none has"), "{words}");
        assert_eq!(world.read(world.adc()), file);
    }
    for code in ["invalid_grant\\u001b]0;PWN\\u0007", "invalid_gr\\u202eant"] {
        let reply = format!(r#"{{"error":"{code}"}}"#);
        world.move_side_record(server(&answer("400 Bad Request", &reply)).origin());
        let words = world.run_with(&["token"], &variables).failed_with(3);
        assert!(words.contains("caused by: 400 unknown\n"), "{words}");
    }
}
