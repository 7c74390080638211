//! Packages of Debian that tests need; anywhere else, and without root, nothing is installed.
#![expect(clippy::disallowed_methods, reason = "a task looks where programs are")]

use crate::shell::{self, Outcome};
use std::env;
use std::path::{Path, PathBuf};

/// Debian's archive. Whoever answers there, what is used has the sum that is written in our list.
const ARCHIVE: &str = "http://deb.debian.org/debian/";

/// Installs packages, where that is possible.
pub(crate) fn install(packages: &[&str]) -> Outcome {
    if !Path::new("/etc/debian_version").exists() || !is_root() {
        return Ok(());
    }
    refresh_lists()?;
    let mut install = shell::command_of("apt-get", &["install", "-y", "--no-install-recommends"]);
    install.args(packages).env("DEBIAN_FRONTEND", "noninteractive");
    shell::run(install)
}

/// Reads the package lists anew, where that is possible.
pub(crate) fn refresh_lists() -> Outcome {
    if is_root() {
        shell::run(shell::command_of("apt-get", &["update", "--quiet"]))
    } else {
        Ok(())
    }
}

/// Installs what a program comes in, if it is not there.
pub(crate) fn need(program: &str, packages: &[&str]) -> Outcome {
    if self::program(program).is_none() {
        install(packages)?;
    }
    match self::program(program) {
        Some(_) => Ok(()),
        None => Err(format!("the tests need `{program}` (Debian: {})", packages.join(", "))),
    }
}

/// Returns where a program is.
pub(crate) fn program(name: &str) -> Option<PathBuf> {
    let folders = env::var_os("PATH")?;
    env::split_paths(&folders).map(|folder| folder.join(name)).find(|path| path.is_file())
}

/// Downloads a package by its address, and unpacks it into a folder if it has this SHA-256.
pub(crate) fn unpack(address: &str, sum: &str, folder: &Path) -> Outcome {
    let file = folder.join(address.rsplit('/').next().unwrap_or_default());
    let mut download = shell::command_of("curl", &["--silent", "--show-error", "--fail"]);
    download.arg("--output").arg(&file).arg(format!("{ARCHIVE}{address}"));
    shell::run(download)?;
    let mut told = shell::command("sha256sum");
    told.arg(&file);
    let told = shell::output(told)?;
    if told.split(' ').next() != Some(sum) {
        return Err(format!("{}: its SHA-256 is not {sum}", file.display()));
    }
    let mut unpack = shell::command_of("dpkg-deb", &["--extract"]);
    unpack.arg(&file).arg(folder);
    shell::run(unpack)
}

fn is_root() -> bool {
    shell::output(shell::command_of("id", &["-u"])).is_ok_and(|id| id.trim() == "0")
}
