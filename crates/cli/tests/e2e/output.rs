//! What came from outside cannot steer the terminal: looked at in the output of the commands.

use hallpass_testbed::World;

/// A window title, a cleared screen in one byte, text backwards, a hidden tag, a line that hallpass never said.
const HOSTILE: &str = "x\u{1b}]0;owned\u{7}\u{9b}2J\u{202e}\u{e0041}\nfix: run `true`";

/// A sign-in whose every text is hostile.
fn hostile_world() -> World {
    let world = World::signed_in();
    let mut adc = world.json(world.adc());
    adc["account"] = HOSTILE.into();
    adc["quota_project_id"] = HOSTILE.into();
    world.write("gcloud/application_default_credentials.json", &adc.to_string());
    let file = world.side_records()[0].clone();
    let mut record = world.json(&file);
    record["scopes"] = "https://example.com/\u{1b}]0;x\u{7}\u{202e}\u{e0041}".into();
    record["account"] = HOSTILE.into();
    world.write(&file, &record.to_string());
    world
}

#[test]
fn no_command_lets_a_text_from_outside_steer_the_terminal() {
    for command in [
        &["status"][..],
        &["status", "--format", "json"],
        &["doctor"],
        &["doctor", "--format", "json"],
        &["header"],
        &["profile", "list"],
        &["login", "--timeout", "1"],
        &["logout", "--keep-remote"],
        &["models", "get", HOSTILE],
        &["gcloud", "auth", "list"],
        &["gcloud", "auth", "list", "--format", "value(account)"],
        &["gcloud", "config", "list"],
        &["gcloud", "config", "get", "account"],
        &["gcloud", "config", "get", "project"],
        &["gcloud", "config", "get", HOSTILE],
    ] {
        let world = hostile_world();
        let own = world.adc().display().to_string();
        // Not for these: the variable would name another file than the hostile one.
        let variable = if command[0] == "logout" || command[0] == "login" { HOSTILE } else { &own };
        let log = ("HALLPASS_LOG", "trace");
        let run = world.run_with(command, &[("GOOGLE_APPLICATION_CREDENTIALS", variable), log]);
        let text = format!("{}{}", run.stdout, run.stderr);
        assert!(
            text.contains("u{1b}") || text.contains("u001b") || command[0] == "header",
            "{command:?}: {text:?}"
        );
        for line in text.lines() {
            assert!(!line.starts_with("fix: run `true`"), "{command:?}: {text:?}");
            let steers = |character: char| {
                character.is_control() || "\u{202e}\u{e0041}\u{9b}".contains(character)
            };
            assert!(!line.contains(steers), "{command:?}: {line:?}");
        }
    }
}
