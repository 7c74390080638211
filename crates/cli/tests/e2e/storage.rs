//! Where a sign-in rests: it is stored or it is no sign-in, and nothing that lies about is taken for one.

use hallpass_testbed::World;

#[test]
fn login_that_cannot_store_says_so_before_the_browser_opens() {
    let world = World::new();
    // A file stands where the folder should be; permissions would not stop root.
    world.write("gcloud", "in the way");
    let requests = world.emulator.requests().len();
    let words = world.login().failed_with(1);
    assert!(words.contains("application_default_credentials.json"), "{words}");
    assert!(!words.contains("signed in"), "{words}");
    assert_eq!(world.emulator.requests().len(), requests, "nobody was asked to consent");
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
fn a_link_in_the_place_of_the_sign_in_is_named_before_anybody_is_asked() {
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
