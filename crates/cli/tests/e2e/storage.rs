//! Where a sign-in rests: it is stored or it is no sign-in, and nothing that lies about is taken for one.

use crate::world::{SCOPES, World};

#[test]
fn login_that_cannot_store_says_so_before_the_browser_opens() {
    let world = World::new();
    // A file stands where the folder should be; permissions would not stop root.
    world.write("gcloud", "in the way");
    let requests = world.emulator.requests().len();
    let login = ["login", "--client-id-file", "client_secret.json", "--scopes", SCOPES];
    let words = world.run(&login).failed_with(1);
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
    world.run(&["login", "--client-id-file", "client_secret.json", "--scopes", SCOPES]);
    assert!(world.adc().exists());
    assert!(!world.path("elsewhere").exists());
}
