//! The quickstart's set-up by hand: from an empty console to a listed model.

use crate::chrome::{Chrome, NARROW, Screen};
use crate::sign_in::Login;
use hallpass_emulator::{Config, Emulator};
use hallpass_testbed::World;
use std::time::{Duration, Instant};

/// A download of a few hundred bytes from this machine.
const LIMIT: Duration = Duration::from_secs(20);

#[tokio::test(flavor = "multi_thread")]
async fn the_consoles_whole_set_up_ends_in_a_listed_model() {
    let mut config = Config::default();
    config.projects.clear();
    let world = World::around(Emulator::builder().config(config).start().expect("emulator"));
    world.write("Downloads/.keep", "");
    let downloads = world.path("Downloads").display().to_string();
    let chrome = Chrome::start(Some(&downloads), Screen::Light).await;
    chrome.page.set_window_size(1060, 780).await.expect("a size");
    chrome.open(&format!("{}/?project=my-project", world.emulator.url())).await;
    chrome.heading("Cloud console").await;
    chrome.click("Create project").await;
    chrome.click("Enable API").await;
    chrome.fill("App name", "My quickstart").await;
    chrome.fill("Support e-mail", "ada@example.com").await;
    chrome.click("Save consent screen").await;
    chrome.fill("E-mail", "ada@example.com").await;
    chrome.click("Add test user").await;
    chrome.click("Create Desktop client").await;
    chrome.button("Download JSON").await;
    chrome.page.execute("window.scrollTo(0, 0)", Vec::new()).await.expect("to scroll");
    chrome.picture("console").await;
    chrome.click("Download JSON").await;
    let file = downloaded(&world);

    let setup = ["setup", "--yes", "--project", "my-project", "--client-id-file", &file];
    let setup = Login::of(&world, &setup);
    chrome.open(&setup.address).await;
    chrome.click("Ada Lovelace").await;
    chrome.click("Continue").await;
    chrome.click("Select all").await;
    chrome.click("Continue").await;
    chrome.heading("Signed in").await;
    let run = setup.end(&world).done();
    assert!(run.words.contains("done  first-call"), "{}", run.words);
    assert!(world.run(&["models", "list"]).stdout().contains("models/gemini-2.5-flash"));

    chrome.open(&format!("{}/", world.emulator.url())).await;
    chrome.click("Revoke").await;
    chrome.shows("No sign-ins yet.").await;
    assert_eq!(world.run(&["models", "list"]).code, Some(4), "the sign-in has ended");
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_fit_a_telephones_screen() {
    let world = World::around(Emulator::builder().start().expect("emulator"));
    let client = "710000000001-hallpassemulatorquickstartdeskto.apps.googleusercontent.com";
    let asked = format!(
        "/o/oauth2/v2/auth?response_type=code&redirect_uri=http%3A%2F%2F127.0.0.1%3A1%2F&client_id={client}\
         &scope=https%3A%2F%2Fwww.googleapis.com%2Fauth%2Fcloud-platform&login_hint="
    );
    let chrome = Chrome::start(None, Screen::Narrow).await;
    let pages = [
        asked.clone() + "ada%40example.com",
        asked + "eve%40example.com",
        "/device".into(),
        "/".into(),
    ];
    for page in pages {
        chrome.open(&format!("{}{page}", world.emulator.url())).await;
        let script = "document.querySelectorAll('details').forEach(it => { it.open = true });
            return document.documentElement.scrollWidth";
        let width = chrome.page.execute(script, Vec::new()).await.expect("a width");
        assert_eq!(width, NARROW, "{page}");
    }
}

/// Waits until the browser has put the whole file there.
fn downloaded(world: &World) -> String {
    let begun = Instant::now();
    loop {
        let files = world.files();
        let file =
            files.iter().find(|file| file.contains("client_secret_") && file.ends_with(".json"));
        if let Some(file) = file {
            return file.clone();
        }
        assert!(begun.elapsed() < LIMIT, "no download: {files:?}");
        std::thread::sleep(Duration::from_millis(20));
    }
}
