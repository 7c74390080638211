//! The release binaries: what is in every package.
//!
//! In: the targets, or words of those that are wanted. Out: a file for each. A Mac builds its own two, with Apple's
//! SDK; any other machine builds those for Linux and Windows, and takes a Mac's two where they lie in the same
//! folder already: that is how the release workflow packs all of them at once.

use crate::platforms::target::{self, Target};
use crate::shell::{self, Outcome};
use std::path::{Path, PathBuf};

/// Of its own: test builds have other flags.
pub(crate) const FOLDER: &str = "target/platforms/build-release";

/// What a program may weigh, with everything in it.
pub(crate) const MOST: u64 = 10 * 1024 * 1024;

/// One of them.
#[derive(Clone)]
pub(crate) struct Binary {
    pub(crate) triple: &'static str,
    pub(crate) path: PathBuf,
}

impl Binary {
    /// The program of a target, in a folder that cargo built in.
    fn of(target: &Target, folder: &Path) -> Self {
        let folder = folder.join(target.triple).join("release");
        let binary = Self { triple: target.triple, path: folder };
        Self { path: binary.path.join(binary.name()), ..binary }
    }

    pub(crate) fn is_for(&self, system: &str) -> bool {
        self.triple.contains(system)
    }

    /// The file's name: what a user types, and what Windows adds.
    pub(crate) fn name(&self) -> &'static str {
        if self.is_for("windows") { "hallpass.exe" } else { "hallpass" }
    }

    pub(crate) fn size(&self) -> Outcome<u64> {
        let file = std::fs::metadata(&self.path);
        file.map(|file| file.len()).map_err(|error| format!("{}: {error}", self.path.display()))
    }
}

/// Builds those that this machine can build.
pub(crate) fn build(folder: &str, only: &[&str]) -> Outcome<Vec<Binary>> {
    let is_mac = cfg!(target_os = "macos");
    let targets: &[Target] = if is_mac { &target::MACS } else { &target::RELEASED };
    let is_wanted =
        |target: &&Target| only.is_empty() || only.iter().any(|word| target.triple.contains(word));
    let folder_of_all = shell::root().join(folder);
    let mut binaries = Vec::new();
    for target in targets.iter().filter(is_wanted) {
        shell::run(target.release(folder)?)?;
        binaries.push(Binary::of(target, &folder_of_all));
    }
    if !is_mac {
        binaries.extend(of_a_mac(&folder_of_all, &is_wanted)?);
    }
    if binaries.is_empty() {
        return Err(format!("this machine builds for no platform named `{}`", only.join("`, `")));
    }
    sizes(&binaries)?;
    Ok(binaries)
}

/// Returns the programs that a Mac has built and somebody has put here.
fn of_a_mac(folder: &Path, is_wanted: &dyn Fn(&&Target) -> bool) -> Outcome<Vec<Binary>> {
    let macs = target::MACS.iter().filter(is_wanted).map(|target| Binary::of(target, folder));
    let there: Vec<Binary> = macs.filter(|binary| binary.path.exists()).collect();
    for binary in &there {
        println!("{}: built elsewhere, taken from {}", binary.triple, binary.path.display());
        // What keeps the files between two jobs of a workflow forgets their modes.
        let mut allow = shell::command_of("chmod", &["755"]);
        allow.arg(&binary.path);
        shell::output(allow)?;
    }
    Ok(there)
}

fn sizes(binaries: &[Binary]) -> Outcome {
    println!("\n{:<32}{:>12}{:>8}", "program for", "bytes", "MiB");
    for binary in binaries {
        let size = binary.size()?;
        println!("{:<32}{size:>12}{:>8.2}", binary.triple, size as f64 / 1024.0 / 1024.0);
    }
    match binaries.iter().find(|binary| binary.size().is_ok_and(|size| size > MOST)) {
        Some(binary) => Err(format!("the program for {} is larger than 10 MiB", binary.triple)),
        None => Ok(()),
    }
}
