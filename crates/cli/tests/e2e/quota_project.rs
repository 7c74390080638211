//! `set-quota-project` rewrites one line of the ADC file, offline.

use hallpass_testbed::World;
use snapbox::{assert_data_eq, str};

#[test]
fn quota_project_is_written_and_sent_and_nothing_else_changes() {
    let world = World::signed_in();
    let requests = world.emulator.requests().len();
    let mut expected = world.json(world.adc());
    expected["quota_project_id"] = "demo-project".into();
    assert_eq!(world.run(&["set-quota-project", "demo-project"]).stdout(), "");
    assert_eq!(world.json(world.adc()), expected);
    #[cfg(unix)]
    assert_eq!(world.mode(world.adc()), 0o600);
    assert_eq!(world.emulator.requests().len(), requests, "no server was asked");
    let header = world.run(&["header"]).stdout();
    assert!(header.ends_with("\nx-goog-user-project: demo-project\n"), "{header}");
}

#[test]
fn unknown_keys_of_the_file_are_kept() {
    let world = World::signed_in();
    let mut file = world.json(world.adc());
    file["trust_boundary"] = "0x0".into();
    world.write("gcloud/application_default_credentials.json", &file.to_string());
    world.run(&["set-quota-project", "demo-project"]).stdout();
    assert_eq!(world.json(world.adc())["trust_boundary"], "0x0");
}

#[test]
fn the_variable_comes_before_the_file() {
    let world = World::signed_in();
    world.run(&["set-quota-project", "demo-project"]).stdout();
    let header =
        world.run_with(&["header"], &[("GOOGLE_CLOUD_QUOTA_PROJECT", "from-variable")]).stdout();
    assert!(header.ends_with("\nx-goog-user-project: from-variable\n"), "{header}");
}

#[test]
fn a_text_that_is_no_project_id_changes_nothing() {
    let world = World::signed_in();
    let before = world.read(world.adc());
    let words = world.run(&["set-quota-project", "My Project"]).failed_with(2);
    assert_data_eq!(
        words,
        str![[r#"
using the emulator at 127.0.0.1:[PORT], not Google
error: `My Project` cannot be a project ID
  caused by: an ID has 6 to 30 lower-case letters, digits and dashes
hint: copy the ID (not the name) from the Cloud console's project list

"#]]
    );
    assert_eq!(world.read(world.adc()), before);
}

#[test]
fn without_a_sign_in_there_is_no_file_to_write() {
    let world = World::new();
    assert_data_eq!(
        world.run(&["set-quota-project", "demo-project"]).failed_with(4),
        str![[r#"
using the emulator at 127.0.0.1:[PORT], not Google
error: there are no Application Default Credentials to change
  caused by: `[PATH]/gcloud/application_default_credentials.json` is not there
hint: run `hallpass login --client-id-file client_secret.json`, or `hallpass setup` if you have no client file yet

"#]]
    );
    assert!(!world.adc().exists());
}
