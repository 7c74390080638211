//! No secret reaches a log, an error or a terminal, even at the highest log level.

use crate::bad_servers::server;
use hallpass_testbed::{LOGIN, World, json};
use serde_json::Value;

#[test]
fn no_command_shows_a_secret_at_the_highest_log_level() {
    let world = World::new();
    let mut heard = String::new();
    let mut hear = |arguments: &[&str]| {
        let run = world.run_with(arguments, &[("HALLPASS_LOG", "trace")]);
        heard.push_str(&run.stderr);
        run
    };
    hear(&LOGIN);
    let first = hear(&["print-access-token"]).stdout;
    hear(&["header"]);
    hear(&["status", "--check"]);
    hear(&["models", "list"]);
    hear(&["models", "get", "no-such-model"]);
    hear(&["generate", "x"]);
    hear(&["generate", "-m", "no-such-model", "x"]);
    hear(&["files", "list"]);
    hear(&["file-search", "ask", "docs", "x"]);
    hear(&["embed", "x"]);
    hear(&["set-quota-project", "another-users-project"]);
    hear(&["models", "list"]);
    let adc = world.json(world.adc());
    world.expire_access_token();
    let second = hear(&["print-access-token"]).stdout;
    world.revoke_at_google();
    world.expire_access_token();
    hear(&["print-access-token"]);
    hear(&["doctor", "--online"]);
    hear(&["gcloud", "auth", "list"]);
    hear(&["gcloud", "config", "list"]);
    hear(&["exec", "--env", "TOKEN", "--", "true"]);
    hear(&["export", "--out", "carried.json"]);
    hear(&["import", "carried.json"]);
    hear(&["curl", "https://generativelanguage.googleapis.com/v1beta/models"]);
    hear(&["login", "--step", "1"]);
    hear(&["login", "--step", "2", "http://127.0.0.1:1/?state=forged&code=4/0Aforged"]);
    hear(&["login", "--profile", "work"]);
    hear(&["profile", "list"]);
    hear(&["profile", "use", "work"]);
    hear(&["token", "info"]);
    hear(&["status"]);
    let third = world.run(&["print-access-token"]).stdout();
    let of_work = world.json(world.adc());
    hear(&["logout"]);

    assert!(heard.contains("DEBUG") || heard.contains("TRACE"), "the log was on: {heard}");
    assert_ne!(first, second);
    let secrets = [
        adc["client_secret"].as_str().expect("secret"),
        adc["refresh_token"].as_str().expect("token"),
        first.trim_end(),
        second.trim_end(),
        third.trim_end(),
        of_work["refresh_token"].as_str().expect("token"),
        "4/0Aforged",
    ];
    for secret in secrets {
        assert!(secret.len() > 8 && !heard.contains(secret), "{secret} in: {heard}");
    }
}

#[test]
fn code_and_verifier_of_a_failed_exchange_are_not_shown() {
    let world = World::new();
    let server = server(&json("400 Bad Request", r#"{"error":"invalid_grant"}"#));
    world.use_token_uri(&server.url("/token"));
    let run = world.login_with(&[("HALLPASS_LOG", "trace"), ("HALLPASS_EMULATOR_HOST", "")]);
    assert_eq!(run.code, Some(1), "{run:?}");
    let form = server.last_form();
    for name in ["code", "code_verifier", "client_secret"] {
        let value = form.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
        let value = value.unwrap_or_else(|| panic!("{name} was sent: {form:?}"));
        assert!(value.len() > 8 && !run.stderr.contains(value), "{name} in: {}", run.stderr);
    }
}

#[test]
fn json_status_holds_no_secret() {
    let world = World::signed_in();
    let status: Value =
        serde_json::from_str(&world.run(&["status", "--format", "json"]).stdout()).expect("JSON");
    let adc = world.json(world.adc());
    for key in ["client_secret", "refresh_token"] {
        assert!(!status.to_string().contains(adc[key].as_str().expect(key)), "{key}");
    }
}

/// The system gives `/proc/PID` of a process that may not be dumped to root: the user's other programs read nothing.
#[test]
#[cfg(target_os = "linux")]
fn a_running_command_cannot_be_looked_into() {
    use std::fs::Permissions;
    use std::io::Read;
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    use std::os::unix::process::CommandExt;
    use std::process::Stdio;

    let world = World::new();
    let home = world.path("").metadata().expect("home");
    // Root may look everywhere; another user is one who runs programs.
    let user = if home.uid() == 0 { 65_534 } else { home.uid() };
    // `bin/` is what is not searched for secrets.
    world.write("bin/hallpass", "");
    let binary = world.path("bin/hallpass");
    std::fs::copy(env!("CARGO_BIN_EXE_hallpass"), &binary).expect("copy");
    std::fs::set_permissions(world.path(""), Permissions::from_mode(0o755)).expect("mode");
    let mut command = world.command_of(&binary, &["emulator", "--listen", "127.0.0.1:0"]);
    if home.uid() == 0 {
        command.uid(user);
    }
    let mut child = command.stdout(Stdio::piped()).spawn().expect("start");
    let mut ready = [0];
    child.stdout.take().expect("a pipe").read_exact(&mut ready).expect("it is ready");
    let owner = std::fs::metadata(format!("/proc/{}/environ", child.id())).expect("it runs").uid();
    child.kill().expect("kill");
    child.wait().expect("end");
    assert_eq!(owner, 0, "of uid {user}, it would belong to that user");
}
