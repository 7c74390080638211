//! `hallpass emulator` in one shell, `hallpass` in another.

use hallpass_testbed::World;
use serde_json::Value;
use std::io::{BufRead, BufReader};

#[test]
#[cfg(unix)]
fn emulator_prints_one_json_line_and_ends_cleanly_with_ctrl_c() {
    let world = World::new();
    let mut emulator = world.start(
        &["emulator", "--listen", "127.0.0.1:0", "--approve", "ada@example.com", "--dir", "google"],
        &[],
    );
    let mut stdout = BufReader::new(emulator.stdout.take().expect("stdout"));
    let mut line = String::new();
    stdout.read_line(&mut line).expect("line");
    let ready: Value = serde_json::from_str(&line).expect("JSON");
    let url = ready["url"].as_str().expect("url");
    let host = url.strip_prefix("http://").expect("plain http");
    assert!(world.path("google/client_secret.json").exists());

    let variables = [("HALLPASS_EMULATOR_HOST", host)];
    let login = ["login", "--client-id-file", "google/client_secret.json"];
    world.run_with(&login, &variables).done();
    assert!(world.run_with(&["models", "list"], &variables).stdout().contains("gemini"));

    let id = emulator.id().to_string();
    assert!(
        std::process::Command::new("kill").args(["-INT", &id]).status().expect("kill").success()
    );
    assert_eq!(emulator.wait().expect("end").code(), Some(0));
    let mut rest = String::new();
    stdout.read_line(&mut rest).expect("rest");
    assert_eq!(rest, "", "one line and no more");
}

#[test]
fn sign_in_under_the_emulators_variables_leaves_the_users_own_alone() {
    let world = World::signed_in();
    let (adc, records) = (world.read(world.adc()), world.files());
    let arguments = ["emulator", "--listen", "127.0.0.1:0", "--approve", "ada@example.com"];
    let web = ["--web-client", "shop", "--redirect-uri", "http://localhost:3000/cb"];
    let arguments = [&arguments[..], &["--dir", "google"], &web].concat();
    let mut emulator = world.start(&arguments, &[]);
    let mut line = String::new();
    let stdout = emulator.stdout.take().expect("stdout");
    BufReader::new(stdout).read_line(&mut line).expect("line");
    let ready: Value = serde_json::from_str(&line).expect("JSON");
    let env = ready["env"].as_object().expect("variables");
    let variables: Vec<(&str, &str)> =
        env.iter().map(|(name, value)| (name.as_str(), value.as_str().expect("text"))).collect();
    let file = world.json("google/client_secret.json");
    assert_eq!(file["web"]["client_id"], "710000000001-shop.apps.googleusercontent.com");
    world.write(
        "desktop.json",
        &world
            .emulator
            .client_secret_json()
            .replace(&world.emulator.url(), ready["url"].as_str().expect("url")),
    );
    let run = world.run_with(&["login", "--client-id-file", "desktop.json"], &variables);
    assert_eq!(run.code, Some(0), "{run:?}");
    assert!(world.path("google/gcloud/application_default_credentials.json").exists());
    assert_eq!(world.read(world.adc()), adc, "the user's own sign-in is as it was");
    let now = world.files();
    let own = now.iter().filter(|file| !file.starts_with("google/") && *file != "desktop.json");
    assert!(own.eq(records.iter()), "no other file came or went: {now:?}");
    emulator.kill().expect("end");
    emulator.wait().expect("end");
}

#[test]
#[cfg(unix)]
fn emulator_that_the_system_ends_takes_its_temporary_folder_along() {
    let world = World::new();
    world.write("tmp/kept", "");
    let folder = world.path("tmp").display().to_string();
    let mut emulator =
        world.start(&["emulator", "--listen", "127.0.0.1:0"], &[("TMPDIR", folder.as_str())]);
    let mut line = String::new();
    let stdout = emulator.stdout.take().expect("stdout");
    BufReader::new(stdout).read_line(&mut line).expect("line");
    let of_the_emulator =
        || world.files().iter().filter(|file| file.starts_with("tmp/")).count() - 1;
    assert_ne!(of_the_emulator(), 0, "it has its files there: {:?}", world.files());
    let id = emulator.id().to_string();
    assert!(std::process::Command::new("kill").arg(&id).status().expect("kill").success());
    assert_eq!(emulator.wait().expect("end").code(), Some(0));
    assert_eq!(of_the_emulator(), 0, "{:?}", world.files());
}

#[test]
#[cfg(unix)]
fn login_ends_with_130_when_interrupted() {
    let world = World::new();
    let arguments = ["login", "--client-id-file", "client_secret.json", "--no-launch-browser"];
    let mut login = world.start(&arguments, &[]);
    // When the address stands on the screen, the wait has begun.
    let mut stderr = BufReader::new(login.stderr.take().expect("stderr"));
    let mut line = String::new();
    while !line.contains("http://") {
        line.clear();
        assert_ne!(stderr.read_line(&mut line).expect("line"), 0);
    }
    let id = login.id().to_string();
    assert!(
        std::process::Command::new("kill").args(["-INT", &id]).status().expect("kill").success()
    );
    assert_eq!(login.wait().expect("end").code(), Some(130));
    let (_, port) = line.split_once("127.0.0.1%3A").expect("the redirect's address");
    let port: u16 = port.split('%').next().expect("a port").parse().expect("a number");
    let closed = std::net::TcpStream::connect(("127.0.0.1", port)).expect_err("nothing listens");
    assert_eq!(closed.kind(), std::io::ErrorKind::ConnectionRefused);
}

#[test]
fn emulator_listens_on_this_machine_alone() {
    let world = World::new();
    let words = world.run(&["emulator", "--listen", "0.0.0.0:0"]).failed_with(2);
    snapbox::assert_data_eq!(
        words,
        snapbox::str![[r#"
error: the emulator cannot start
  caused by: cannot listen on `0.0.0.0:0`: it is not a loopback address, and anyone who reaches the emulator can sign in as anyone
hint: choose a free address of this machine with `--listen` (port [PORT] is any), and a folder of yours with `--dir`

"#]]
    );
}

#[test]
fn emulator_says_what_is_wrong_with_its_settings() {
    let world = World::new();
    let approve = ["emulator", "--listen", "127.0.0.1:0", "--approve", "bob@example.com"];
    snapbox::assert_data_eq!(
        world.run(&approve).failed_with(2),
        snapbox::str![[r#"
error: the emulator cannot start
  caused by: cannot use the configuration: `bob@example.com` is not one of the accounts (ada@example.com, eve@example.com)
hint: correct what is named; accounts are the `users` of a file for `--config`

"#]]
    );
    world.write("settings.json", r#"{"user": []}"#);
    let words = world.run(&["emulator", "--config", "settings.json"]).failed_with(2);
    assert!(
        words.starts_with(
            "error: cannot use `settings.json` as the emulator's settings\n  caused by: `settings.json`: unknown field `user`, "
        ) && words.contains("\nhint: correct what is named; "),
        "{words}"
    );
}
