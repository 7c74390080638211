//! The manual and the shell completions, as the program prints them.
//!
//! In: the binary that runs here. Out: `man1/*.1` and a completion script for each shell, in one folder.

use super::{Release, make_folder, write};
use crate::shell::{self, Outcome};
use std::path::{Path, PathBuf};

/// A shell and the name that its own tools look for.
pub(crate) const COMPLETIONS: [(&str, &str); 4] = [
    ("bash", "hallpass.bash"),
    ("fish", "hallpass.fish"),
    ("powershell", "hallpass.ps1"),
    ("zsh", "_hallpass"),
];

/// Writes all of them and returns their folder.
pub(crate) fn write_all(release: &Release) -> Outcome<PathBuf> {
    let here = if cfg!(target_os = "macos") { "apple" } else { "x86_64-unknown-linux" };
    let binary = release.binaries.iter().find(|binary| binary.is_for(here));
    let binary = &binary.ok_or("no binary of this release runs here")?.path;
    let folder = release.work.join("pages");
    make_folder(&folder.join("man1"))?;
    manual(binary, &folder.join("man1"), &[])?;
    for (shell, name) in COMPLETIONS {
        write(&folder.join("completions").join(name), &asked(binary, &["completions", shell])?)?;
    }
    Ok(folder)
}

/// A page, and the pages of the commands that it lists.
fn manual(binary: &Path, folder: &Path, words: &[&str]) -> Outcome {
    let page = asked(binary, &[&["man"], words].concat())?;
    let name = [&["hallpass"], words].concat().join("-");
    write(&folder.join(format!("{name}.1")), &page)?;
    let prefix = format!("{}\\-", name.replace('-', "\\-"));
    let listed = page.lines().filter_map(|line| line.strip_prefix(&prefix)?.strip_suffix("(1)"));
    for command in listed.map(|name| name.replace('\\', "")).filter(|name| name != "help") {
        manual(binary, folder, &[words, &[&command]].concat())?;
    }
    Ok(())
}

fn asked(binary: &Path, words: &[&str]) -> Outcome<String> {
    let mut command = shell::command(binary);
    command.args(words).env_clear();
    shell::output(command)
}
