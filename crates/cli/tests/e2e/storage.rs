//! Where a sign-in rests: it is stored or it is no sign-in, and nothing that lies about is taken for one.

use hallpass_testbed::{LOGIN, World};

#[test]
fn login_that_cannot_store_says_so_before_the_browser_opens() {
    let world = World::new();
    // A file stands where the folder should be; permissions would not stop root.
    world.write("gcloud", "in the way");
    let requests = world.emulator.requests().len();
    let words = world.login().failed_with(1);
    assert!(words.contains("application_default_credentials.json"), "{words}");
    assert!(!words.contains("signed in"), "{words}");
    assert_eq!(world.emulator.requests().len(), requests, "the user was not asked to consent");
}

#[test]
fn a_dotenv_file_is_not_read() {
    let world = World::new();
    world.write(
        ".env",
        "GOOGLE_APPLICATION_CREDENTIALS=client_secret.json\nHALLPASS_CONFIG=elsewhere\n",
    );
    let run = world.run(&["status", "--format", "json"]);
    assert!(!run.stdout.contains("client_secret.json"), "{run:?}");
    world.login();
    assert!(world.adc().exists());
    assert!(!world.path("elsewhere").exists());
}

#[test]
fn a_link_in_the_place_of_the_sign_in_is_named_before_a_person_is_asked() {
    let world = World::signed_in();
    world.link_the_sign_in();
    let before = world.emulator.requests().len();
    for words in [
        &["login"][..],
        &["logout"],
        &["logout", "--keep-remote"],
        &["set-quota-project", "demo-project"],
    ] {
        let words = world.run(words).failed_with(2);
        assert!(words.contains("is a link to"), "{words}");
    }
    assert_eq!(world.emulator.requests().len(), before);
    world.run(&["print-access-token"]).done();
    for target in ["/dev/null", ".", "no/such/folder/token.json"] {
        let login = ["login", "--token-file", target];
        assert_eq!(world.run(&login).code, Some(2), "{target}");
    }
    assert!(!world.path("no").exists(), "nothing is made for a slip of the hand");
    assert_eq!(world.emulator.requests().len(), before);
}

#[test]
fn a_damaged_side_record_is_named_and_what_is_printed_mends_it() {
    let world = World::signed_in();
    let record = world.side_records()[0].clone();
    let damage = || world.write(&record, "{");
    damage();
    let words = world.run(&["status"]).failed_with(2);
    let command = words.split('`').find(|word| word.starts_with("rm ")).expect("a command");
    let command = command.replace("[PATH]", &world.path("").display().to_string());
    assert!(world.command_of("sh", &["-c", &command]).status().expect("sh").success());
    world.run(&["models", "list"]).done();
    for way in [&["login"][..], &["logout"]] {
        damage();
        world.run(way).done();
        world.run(&["status"]).done();
    }
}

#[test]
fn a_pipe_in_the_place_of_any_file_is_not_waited_for() {
    for (file, arguments) in [
        ("gcloud/application_default_credentials.json", &["print-access-token"][..]),
        ("gcloud/application_default_credentials.json", &["status"]),
        ("gcloud/application_default_credentials.json", &["doctor"]),
        ("gcloud/application_default_credentials.json", &["logout"]),
        ("client_secret.json", &LOGIN),
        ("token.json", &["print-access-token", "--token-file", "token.json"]),
        ("carried.json", &["import", "carried.json"]),
        ("hallpass/pending/sign-in.json", &["login", "--step", "2", "4/0Acode"]),
    ] {
        let world = World::new();
        let path = world.path(file);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("folder");
        let script = format!("rm -f {file}; mkfifo {file}");
        let made = world.command_of("sh", &["-c", &script]).status().expect("mkfifo");
        assert!(made.success());
        let hallpass = env!("CARGO_BIN_EXE_hallpass");
        let output = world.command_of("timeout", &["20", hallpass]).args(arguments).output();
        let run = world.left_behind(output.expect("timeout"));
        assert_ne!(run.code, Some(124), "{arguments:?} waits for {file}");
        // What is searched at the end for secrets is read to its end.
        assert!(world.command_of("rm", &[file]).status().expect("rm").success());
    }
}
