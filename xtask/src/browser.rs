//! Finds Chromium and its driver for the browser tests; installs them where that is possible.
//!
//! In: `PATH`, or the variables that the tests read. Out: two paths. On Debian and as root the packages are
//! installed; anywhere else the sentence says what is missing.
#![expect(clippy::disallowed_methods, reason = "a task looks where programs are")]

use crate::shell::{self, Outcome};
use std::env;
use std::path::{Path, PathBuf};

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
    if Path::new("/etc/debian_version").exists() && is_root() {
        shell::run(shell::command_of("apt-get", &["update"]))?;
        let install = ["install", "-y", "--no-install-recommends", "chromium", "chromium-driver"];
        let mut install = shell::command_of("apt-get", &install);
        install.env("DEBIAN_FRONTEND", "noninteractive");
        shell::run(install)?;
    }
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
    let folders: Vec<PathBuf> = env::split_paths(&env::var_os("PATH")?).collect();
    let paths =
        programs.iter().flat_map(|program| folders.iter().map(move |one| one.join(program)));
    paths.into_iter().find(|path| path.is_file())
}

fn is_root() -> bool {
    shell::output(shell::command_of("id", &["-u"])).is_ok_and(|id| id.trim() == "0")
}
