//! `demo` walks the whole page by itself and leaves nothing behind.

use hallpass_testbed::World;

#[test]
fn demo_shows_every_step_and_ends_well() {
    let world = World::new();
    let variables = [
        ("HALLPASS_EMULATOR_HOST", ""),
        ("CLOUDSDK_CONFIG", ""),
        ("HALLPASS_CONFIG", ""),
        ("BROWSER", "false"),
    ];
    let text = world.run_with(&["demo"], &variables).stdout();
    for word in [
        "client_secret.json",
        "hallpass login",
        "hallpass print-access-token",
        "models/gemini-2.5-flash",
    ] {
        assert!(text.contains(word), "{word} in: {text}");
    }
    assert!(!text.contains('\u{1b}'), "no colour without a terminal");
    assert_eq!(world.files(), ["client_secret.json"], "the user's folders are as they were");
}

#[test]
#[cfg_attr(windows, ignore = "the README shows Unix's modes")]
fn readme_shows_what_demo_prints() {
    let readme = include_str!("../../../../README.md");
    let (_, shown) = readme.split_once("<!-- demo: begin -->\n```text\n").expect("begin");
    let (shown, _) = shown.split_once("```\n<!-- demo: end -->").expect("end");
    let printed = World::new().run(&["demo"]).stdout();
    assert_eq!(without_duration(shown), without_duration(&printed));
}

/// The last line says how long it took.
fn without_duration(text: &str) -> String {
    let (before, after) = text.split_once(" steps in ").expect("a duration");
    let (_, after) = after.split_once(';').expect("a duration");
    format!("{before} steps in [TIME];{after}")
}

#[test]
fn demo_is_deaf_to_the_users_own_settings() {
    let world = World::signed_in();
    let before = world.read(world.adc());
    let requests = world.emulator.requests().len();
    world
        .run_with(
            &["demo"],
            &[
                ("GOOGLE_APPLICATION_CREDENTIALS", "nowhere.json"),
                ("GOOGLE_CLOUD_QUOTA_PROJECT", "x"),
            ],
        )
        .done();
    assert_eq!(world.read(world.adc()), before);
    assert_eq!(world.emulator.requests().len(), requests);
}

#[test]
fn demo_keeps_its_files_where_it_is_told_to() {
    let world = World::new();
    let text = world.run(&["demo", "--keep", "kept"]).stdout();
    assert!(text.contains("kept"), "{text}");
    assert_eq!(
        world.json("kept/gcloud/application_default_credentials.json")["type"],
        "authorized_user"
    );
    #[cfg(unix)]
    assert_eq!(world.mode("kept/gcloud/application_default_credentials.json"), 0o600);
    assert!(world.path("kept/client_secret.json").exists());
    assert!(world.path("kept/token.json").exists());
}

/// A bare chroot or an unpacked root: the system does not say whose the browser is.
#[cfg(target_os = "linux")]
#[test]
fn demo_ends_well_where_proc_is_not_mounted() {
    let world = World::new();
    let script = "mount -t tmpfs none /proc\nexec timeout 60 \"$1\" demo";
    let hallpass = env!("CARGO_BIN_EXE_hallpass");
    let words = ["--map-root-user", "--mount", "sh", "-euc", script, "sh", hallpass];
    let run = world.command_of("unshare", &words).output().expect("unshare (util-linux)");
    assert!(world.finish(run).stdout().contains("nothing is left behind"));
}
