//! The release binaries: what is in every package.
//!
//! In: the targets. Out: a file for each. A Mac builds its own two, with Apple's SDK; any other machine builds those
//! for Linux and Windows.

use crate::platforms::target::{self, Target};
use crate::shell::{self, Outcome};
use std::path::PathBuf;

/// Of its own: test builds have other flags.
pub(crate) const FOLDER: &str = "target/platforms/build-release";

/// One of them.
#[derive(Clone)]
pub(crate) struct Binary {
    pub(crate) triple: &'static str,
    pub(crate) path: PathBuf,
}

impl Binary {
    pub(crate) fn is_for(&self, system: &str) -> bool {
        self.triple.contains(system)
    }

    /// The file's name: what a user types, and what Windows adds.
    pub(crate) fn name(&self) -> &'static str {
        if self.is_for("windows") { "hallpass.exe" } else { "hallpass" }
    }
}

/// Builds those that this machine can build.
pub(crate) fn build(folder: &str) -> Outcome<Vec<Binary>> {
    let targets: &[Target] =
        if cfg!(target_os = "macos") { &target::MACS } else { &target::RELEASED };
    let build = |target: &Target| {
        shell::run(target.release(folder)?)?;
        let path = shell::root().join(folder).join(target.triple).join("release");
        let binary = Binary { triple: target.triple, path };
        Ok(Binary { path: binary.path.join(binary.name()), ..binary })
    };
    targets.iter().map(build).collect()
}
