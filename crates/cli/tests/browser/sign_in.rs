//! Signing in by hand: the pages in Google's order, and every way to leave them.

use crate::chrome::{Chrome, Screen};
use hallpass_emulator::{ClientKind, Emulator, Publishing};
use hallpass_testbed::{Run, SCOPES, World};
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ChildStderr};

/// A `hallpass login` that waits for the browser.
pub(crate) struct Login {
    process: Child,
    stderr: BufReader<ChildStderr>,
    said: String,
    pub(crate) address: String,
}

impl Login {
    pub(crate) fn start(world: &World, more: &[&str]) -> Self {
        let login = ["login", "--client-id-file", "client_secret.json", "--no-launch-browser"];
        Self::of(world, &[&login[..], more].concat())
    }

    /// Any command that signs in.
    pub(crate) fn of(world: &World, arguments: &[&str]) -> Self {
        let mut process = world.start(arguments, &[("BROWSER", "true")]);
        let mut stderr = BufReader::new(process.stderr.take().expect("stderr"));
        let (mut said, mut address) = (String::new(), None);
        while address.is_none() {
            let mut line = String::new();
            assert_ne!(stderr.read_line(&mut line).expect("a line"), 0, "no address: {said}");
            address = Some(line.trim().to_owned()).filter(|line| line.contains("/o/oauth2/"));
            said.push_str(&line);
        }
        Self { process, stderr, said, address: address.expect("found") }
    }

    /// Waits for the next address that `demo` sends the browser to.
    fn of_demo(&mut self) -> String {
        loop {
            let mut line = String::new();
            let read = self.stderr.read_line(&mut line).expect("a line");
            assert_ne!(read, 0, "no address: {}", self.said);
            self.said.push_str(&line);
            if let Some(address) = line.trim().strip_prefix("http://127.0.0.1:") {
                return format!("http://127.0.0.1:{address}");
            }
        }
    }

    pub(crate) fn end(mut self, world: &World) -> Run {
        self.stderr.read_to_string(&mut self.said).expect("the rest");
        let mut output = self.process.wait_with_output().expect("the end");
        output.stderr = self.said.into_bytes();
        world.finish(output)
    }
}

/// No account approves by itself here.
fn world() -> World {
    World::around(Emulator::builder().start().expect("emulator"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_user_signs_in_and_gets_a_token() {
    let world = world();
    let login = Login::start(&world, &["--scopes", SCOPES]);
    let chrome = Chrome::start(None, Screen::Light).await;
    chrome.open(&login.address).await;
    chrome.heading("Choose an account").await;
    chrome.picture("account").await;
    chrome.click("Ada Lovelace").await;
    chrome.heading("Google hasn’t verified this app").await;
    chrome.picture("testing").await;
    chrome.click("Continue").await;
    chrome.heading("wants access to your account").await;
    chrome.click("Select all").await;
    chrome.picture("consent").await;
    chrome.click("Continue").await;
    chrome.heading("Signed in").await;
    chrome.picture("signed-in").await;
    login.end(&world).done();
    assert!(world.adc().exists());
    assert!(world.run(&["models", "list"]).stdout().contains("models/gemini-2.5-flash"));
}

#[tokio::test(flavor = "multi_thread")]
async fn demo_in_the_browser_asks_twice_and_waits_for_nothing_else() {
    let world = World::new();
    let mut process = world.start(&["demo", "--browser"], &[("BROWSER", "true %s")]);
    let stderr = BufReader::new(process.stderr.take().expect("stderr"));
    let mut demo = Login { process, stderr, said: String::new(), address: String::new() };
    let chrome = Chrome::start(None, Screen::Light).await;
    for _ in 0..2 {
        let address = demo.of_demo();
        assert!(!address.contains("code_challenge"), "in an argument list: {address}");
        chrome.open(&address).await;
        chrome.click("Ada Lovelace").await;
        chrome.click("Continue").await;
        chrome.heading("wants access to your account").await;
        // One scope is asked for without a box.
        if chrome.text().await.contains("Select all") {
            chrome.click("Select all").await;
        }
        chrome.click("Continue").await;
        chrome.heading("Signed in").await;
    }
    let run = demo.end(&world);
    assert_eq!(run.stderr.matches("waiting for you in the browser").count(), 2, "{run:?}");
    assert!(run.stdout().contains(" steps; nothing is left behind"));
}

#[tokio::test(flavor = "multi_thread")]
async fn cancel_ends_the_wait_and_saves_nothing() {
    let world = world();
    let login = Login::start(&world, &["--scopes", SCOPES]);
    let chrome = Chrome::start(None, Screen::Light).await;
    chrome.open(&login.address).await;
    chrome.click("Ada Lovelace").await;
    chrome.click("Continue").await;
    chrome.heading("wants access").await;
    chrome.click("Cancel").await;
    chrome.heading("Not signed in").await;
    chrome.picture("not-signed-in").await;
    let run = login.end(&world);
    assert_eq!(run.code, Some(3), "{run:?}");
    assert!(!world.adc().exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_is_no_test_user_meets_googles_page() {
    let world = world();
    let login = Login::start(&world, &["--scopes", SCOPES, "--timeout", "4"]);
    let chrome = Chrome::start(None, Screen::Light).await;
    chrome.open(&login.address).await;
    chrome.click("Eve Outsider").await;
    chrome.heading("Access blocked").await;
    let text = chrome.text().await;
    assert!(text.contains("has not completed the Google verification process"), "{text}");
    assert!(text.contains("Error 403: access_denied"), "{text}");
    chrome.picture("no-test-user").await;
    let run = login.end(&world);
    assert_eq!(run.code, Some(1), "the browser never comes back: {run:?}");
    assert!(run.words.contains("add the account under Test users"), "{}", run.words);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_box_that_stays_empty_is_a_scope_less() {
    let world = world();
    let login = Login::start(&world, &["--scopes", SCOPES]);
    let chrome = Chrome::start(None, Screen::Light).await;
    chrome.open(&login.address).await;
    chrome.click("Ada Lovelace").await;
    chrome.click("Continue").await;
    chrome.heading("wants access").await;
    let first = chrome.page.find(fantoccini::Locator::Id("scope-0")).await.expect("a box");
    first.click().await.expect("to tick");
    chrome.click("Continue").await;
    let run = login.end(&world);
    assert_eq!(run.code, Some(3), "{run:?}");
    assert!(run.words.contains("generative-language.retriever"), "{}", run.words);
    assert!(!world.adc().exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_in_production_that_is_not_verified_warns_first() {
    let world = world();
    world.emulator.update_config(|config| {
        config.projects[0].consent_screen.publishing = Publishing::Production;
    });
    let login = Login::start(&world, &["--scopes", "cloud-platform"]);
    let chrome = Chrome::start(None, Screen::Light).await;
    chrome.open(&login.address).await;
    chrome.click("Eve Outsider").await;
    chrome.heading("Google hasn’t verified this app").await;
    chrome.click("Advanced").await;
    chrome.picture("unverified").await;
    chrome.click("(unsafe)").await;
    chrome.heading("wants access").await;
    chrome.click("Continue").await;
    chrome.heading("Signed in").await;
    assert_eq!(login.end(&world).code, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_keyboard_is_enough() {
    const TAB: char = '\u{e004}';
    const ENTER: char = '\u{e007}';
    let world = world();
    let login = Login::start(&world, &["--scopes", "retriever"]);
    let chrome = Chrome::start(None, Screen::Dark).await;
    chrome.open(&login.address).await;
    for (heading, words) in [
        ("Choose an account", "Ada Lovelace"),
        ("Google hasn’t verified this app", "Continue"),
        ("wants access", "Continue"),
    ] {
        chrome.heading(heading).await;
        let mut presses = 0;
        while !chrome.focused().await.contains(words) {
            chrome.press(TAB).await;
            presses += 1;
            assert!(presses < 20, "`{words}` cannot be reached");
        }
        if heading == "wants access" {
            chrome.picture("consent-dark").await;
        }
        chrome.press(ENTER).await;
    }
    chrome.heading("Signed in").await;
    assert_eq!(login.end(&world).code, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redirect_that_is_not_registered_is_an_error_page() {
    let world = world();
    world.emulator.update_config(|config| {
        config.projects[0].clients[0].kind = ClientKind::Web;
    });
    let login = Login::start(&world, &["--scopes", SCOPES, "--timeout", "3"]);
    let chrome = Chrome::start(None, Screen::Light).await;
    chrome.open(&login.address).await;
    chrome.heading("Access blocked").await;
    let text = chrome.text().await;
    assert!(text.contains("Error 400: redirect_uri_mismatch"), "{text}");
    chrome.picture("error").await;
    assert_eq!(login.end(&world).code, Some(1));
}
