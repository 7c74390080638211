//! Finds Chromium and its driver for the browser tests; installs them where that is possible.
//!
//! In: `PATH`, or the variables that the tests read. Out: two paths. On Debian and as root the packages are
//! installed; anywhere else the sentence says what is missing.
#![expect(clippy::disallowed_methods, reason = "a task looks where programs are")]

use crate::debian;
use crate::shell::Outcome;
use std::env;
use std::path::PathBuf;

pub(crate) struct Browser {
    pub(crate) chromium: PathBuf,
    pub(crate) driver: PathBuf,
}

const CHROMIUM: &str = "HALLPASS_TEST_CHROMIUM";
const DRIVER: &str = "HALLPASS_TEST_CHROMEDRIVER";

/// Returns a browser and its driver.
pub(crate) fn find_or_install() -> Outcome<Browser> {
    if let Some(browser) = find() {
        return Ok(browser);
    }
    debian::install(&["chromium", "chromium-driver"])?;
    find().ok_or_else(|| {
        format!(
            "the browser tests need Chromium and chromedriver of the same version: \
             `apt-get install chromium chromium-driver` on Debian, or name them in {CHROMIUM} and {DRIVER}"
        )
    })
}

fn find() -> Option<Browser> {
    let chromium = named(CHROMIUM, &["chromium", "chromium-browser", "google-chrome"])?;
    Some(Browser { chromium, driver: named(DRIVER, &["chromedriver"])? })
}

fn named(variable: &str, programs: &[&str]) -> Option<PathBuf> {
    if let Some(path) = env::var_os(variable) {
        return Some(path.into());
    }
    programs.iter().find_map(|program| debian::program(program))
}
