//! One Chromium, driven over WebDriver by Debian's chromedriver, with a profile of its own.
//!
//! In: `HALLPASS_TEST_CHROMIUM` and `HALLPASS_TEST_CHROMEDRIVER`, which `cargo xtask test` sets. Both end
//! with the value.

use fantoccini::error::{CmdError, ErrorStatus};
use fantoccini::{Client, ClientBuilder, Locator, elements::Element};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::json;
use std::env;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// Everything on this machine; a page that takes longer is broken.
const LIMIT: Duration = Duration::from_secs(20);

/// A page is replaced once after a click.
const TRIES: usize = 5;

/// What the user looks at.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Screen {
    Light,
    Dark,
    /// A telephone's, [`NARROW`] pixels wide.
    Narrow,
}

pub(crate) const NARROW: u64 = 390;

pub(crate) struct Chrome {
    pub(crate) page: Client,
    driver: Child,
    _profile: tempfile::TempDir,
}

impl Chrome {
    /// Starts a browser; downloads go into the folder of that name, if one is given.
    pub(crate) async fn start(downloads: Option<&str>, screen: Screen) -> Self {
        let profile = tempfile::tempdir().expect("a profile");
        let mut driver = Command::new(variable("HALLPASS_TEST_CHROMEDRIVER"))
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("chromedriver");
        let mut lines = BufReader::new(driver.stdout.take().expect("stdout")).lines();
        let port = lines.by_ref().map_while(Result::ok).find_map(|line| {
            line.split("successfully on port ").nth(1)?.trim_end_matches('.').parse().ok()
        });
        let port: u16 = port.expect("chromedriver says its port");
        // A pipe that is not read would stop it.
        std::thread::spawn(move || lines.for_each(drop));
        let mut arguments = ARGUMENTS.map(str::to_owned).to_vec();
        arguments.push(format!("--user-data-dir={}", profile.path().display()));
        if screen == Screen::Dark {
            arguments.push("--blink-settings=preferredColorScheme=0".to_owned());
        }
        let mut options = json!({
            "binary": variable("HALLPASS_TEST_CHROMIUM"),
            "args": arguments,
            "prefs": { "download.default_directory": downloads.unwrap_or("/nonexistent") },
        });
        if screen == Screen::Narrow {
            let metrics = json!({ "width": NARROW, "height": 844, "pixelRatio": 1.0 });
            options["mobileEmulation"] = json!({ "deviceMetrics": metrics });
        }
        let capabilities = json!({ "goog:chromeOptions": options });
        let page = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities.as_object().expect("an object").clone())
            .connect(&format!("http://127.0.0.1:{port}"))
            .await
            .expect("a browser");
        page.set_window_size(900, 763).await.expect("a size");
        Self { page, driver, _profile: profile }
    }

    pub(crate) async fn open(&self, address: &str) {
        self.page.goto(address).await.expect("the page opens");
    }

    /// The button, link or summary with these words.
    pub(crate) async fn button(&self, words: &str) -> Element {
        let path = format!(
            "//*[self::button or self::a or self::summary][contains(normalize-space(.), \"{words}\")]"
        );
        let wait = self.page.wait().at_most(LIMIT);
        match wait.for_element(Locator::XPath(&path)).await {
            Ok(button) => button,
            Err(error) => panic!("no button `{words}` ({error}) on: {}", self.text().await),
        }
    }

    pub(crate) async fn click(&self, words: &str) {
        for _ in 0..TRIES {
            // The page that is on its way may replace the one the button was found on.
            match self.button(words).await.click().await {
                Err(CmdError::Standard(error))
                    if error.error == ErrorStatus::StaleElementReference => {}
                clicked => return clicked.expect("a click"),
            }
        }
        panic!("`{words}` is replaced again and again");
    }

    /// Waits for a page with this heading.
    pub(crate) async fn heading(&self, words: &str) {
        let path = format!("//h1[contains(normalize-space(.), \"{words}\")]");
        if let Err(error) = self.page.wait().at_most(LIMIT).for_element(Locator::XPath(&path)).await
        {
            panic!("no heading `{words}` ({error}) on: {}", self.text().await);
        }
    }

    /// Types into the field of that label.
    pub(crate) async fn fill(&self, label: &str, text: &str) {
        // By the label's `for`, as a screen reader finds it.
        let path = format!("//*[@id=//label[normalize-space(.)=\"{label}\"]/@for]");
        for _ in 0..TRIES {
            let wait = self.page.wait().at_most(LIMIT);
            let field = wait.for_element(Locator::XPath(&path)).await.expect("a field");
            let typing = async {
                field.clear().await?;
                field.send_keys(text).await?;
                field.prop("value").await
            };
            match typing.await {
                Ok(typed) if typed.as_deref() == Some(text) => return,
                // The page that is on its way has replaced the one the field was found on.
                Ok(_) => {}
                Err(CmdError::Standard(error))
                    if error.error == ErrorStatus::StaleElementReference => {}
                Err(error) => panic!("cannot type into `{label}`: {error}"),
            }
        }
        panic!("`{label}` is replaced again and again");
    }

    /// The page's words. One call: an element that is found first may be gone with its page at the second.
    pub(crate) async fn text(&self) -> String {
        let script = "return document.body.innerText";
        let words = self.page.execute(script, Vec::new()).await.expect("words");
        words.as_str().expect("text").to_owned()
    }

    /// Waits for a page with these words: the one that was left stays until the next is there.
    pub(crate) async fn shows(&self, words: &str) {
        let path = format!("//body[contains(normalize-space(.), \"{words}\")]");
        self.page.wait().at_most(LIMIT).for_element(Locator::XPath(&path)).await.expect("words");
    }

    /// Presses a key on whatever has the focus.
    pub(crate) async fn press(&self, key: char) {
        let focus = self.page.active_element().await.expect("a focus");
        focus.send_keys(&key.to_string()).await.expect("a key");
    }

    /// The words of what has the focus.
    pub(crate) async fn focused(&self) -> String {
        let focus = self.page.active_element().await.expect("a focus");
        // Nothing has the focus: the whole page has it.
        if focus.tag_name().await.expect("a name") == "body" {
            return String::new();
        }
        focus.text().await.expect("text")
    }

    /// Keeps a picture of the page for docs/images, when `cargo xtask pictures` asks for it.
    pub(crate) async fn picture(&self, name: &str) {
        let Some(folder) = env::var_os("HALLPASS_TEST_PICTURES") else { return };
        let png = self.page.screenshot().await.expect("a picture");
        let path = std::path::Path::new(&folder).join(format!("{name}.png"));
        std::fs::write(path, png).expect("to write the picture");
    }
}

impl Drop for Chrome {
    fn drop(&mut self) {
        // The browser first: the driver's end alone would leave it running. The limit holds for a stuck one.
        let close = tokio::time::timeout(LIMIT, self.page.clone().close());
        let _ = tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(close));
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

const ARGUMENTS: [&str; 11] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    // Stands in for the name server of a stranger, who has a name lead to this machine.
    "--host-resolver-rules=MAP *.test 127.0.0.1",
];

fn variable(name: &str) -> String {
    env::var(name).unwrap_or_else(|_| panic!("{name} is set by `cargo xtask test`"))
}
