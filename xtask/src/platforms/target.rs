//! The platforms, and how cargo is told to build for one of them.
//!
//! In: rows of triples. Out: a cargo command with the compilers, the linkers and the standard libraries for them.
//! The standard library is rustup's where it is installed for that target; else it is built with the program, from
//! Debian's source and by Debian's compiler, which `RUSTC_BOOTSTRAP` allows.
#![expect(clippy::disallowed_methods, reason = "a task hands its environment on")]

use super::install;
use crate::shell::{self, Outcome};
use std::env;
use std::path::Path;
use std::process::Command;

/// Where programs of a target can be run on this machine.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Runs {
    Natively,
    UnderWine,
    UnderQemu,
    Nowhere,
}

enum Compiler {
    Mingw,
    Zig(&'static str),
    /// Apple's on a Mac; elsewhere zig's, which has no SDK and so cannot link.
    Apple(&'static str),
}

const SELF_CONTAINED: &str = "-Clink-self-contained=no";

/// One platform.
pub(crate) struct Target {
    pub(crate) triple: &'static str,
    pub(crate) runs: Runs,
    compiler: Compiler,
}

/// What users get for Linux and Windows.
pub(crate) const RELEASED: [Target; 3] = [
    Target { triple: "x86_64-pc-windows-gnu", runs: Runs::UnderWine, compiler: Compiler::Mingw },
    Target {
        triple: "x86_64-unknown-linux-musl",
        runs: Runs::Natively,
        compiler: Compiler::Zig("x86_64-linux-musl"),
    },
    Target {
        triple: "aarch64-unknown-linux-musl",
        runs: Runs::UnderQemu,
        compiler: Compiler::Zig("aarch64-linux-musl"),
    },
];

/// Built for users on a Mac alone; elsewhere they are compiled and not linked.
pub(crate) const MACS: [Target; 2] = [
    Target {
        triple: "aarch64-apple-darwin",
        runs: Runs::Nowhere,
        compiler: Compiler::Apple("aarch64-macos"),
    },
    Target {
        triple: "x86_64-apple-darwin",
        runs: Runs::Nowhere,
        compiler: Compiler::Apple("x86_64-macos"),
    },
];

/// Another C library on arm64: what a Linux there builds for itself.
const ARM_GNU: [Target; 1] = [Target {
    triple: "aarch64-unknown-linux-gnu",
    runs: Runs::Nowhere,
    compiler: Compiler::Zig("aarch64-linux-gnu"),
}];

/// Returns all of them; the machine's own platform is what every other task builds for.
pub(crate) fn all() -> impl Iterator<Item = &'static Target> {
    RELEASED.iter().chain(&MACS).chain(&ARM_GNU)
}

/// Returns a command of cargo for tests on these targets: quick to build rather than quick to run; a warning is an
/// error. Either rustup has the standard library of all of them, or of none.
pub(crate) fn cargo_for_tests(targets: &[&Target], verb: &str, folder: &str) -> Outcome<Command> {
    let mut cargo = cargo(targets, verb, folder)?;
    for setting in ["debug=0", "incremental=false", "package.\"*\".opt-level=0"] {
        cargo.args(["--config", &format!("profile.dev.{setting}")]);
    }
    cargo.args(["-Z", "warnings", "--config", "build.warnings=\"deny\""]);
    cargo.env("RUSTC_BOOTSTRAP", "1");
    Ok(cargo)
}

/// Returns a command of cargo for these targets; its first word is the verb.
fn cargo(targets: &[&Target], verb: &str, folder: &str) -> Outcome<Command> {
    let mut cargo = shell::cargo(&[verb, "--target-dir", folder]);
    let mut build_library = false;
    for target in targets {
        cargo.args(["--target", target.triple]);
        target.add_compiler(&mut cargo)?;
        build_library |= !target.has_library()?;
    }
    if build_library {
        cargo.env("RUSTC", install::rustc()?).env("RUSTC_BOOTSTRAP", "1");
        cargo.args(["-Z", "build-std=std,panic_abort,panic_unwind"]);
    }
    Ok(cargo)
}

impl Target {
    /// Names the compiler and the linker of C.
    fn add_compiler(&self, cargo: &mut Command) -> Outcome {
        let name = self.triple.replace('-', "_");
        let compiler = match self.compiler {
            Compiler::Mingw => {
                let programs = install::mingw()?;
                cargo.env("PATH", with_path(&programs)?);
                "x86_64-w64-mingw32-gcc-win32".into()
            }
            Compiler::Apple(_) if cfg!(target_os = "macos") => return Ok(()),
            Compiler::Zig(target) | Compiler::Apple(target) => install::zig(target)?,
        };
        cargo.env(format!("CC_{name}"), &compiler);
        cargo.env(format!("CARGO_TARGET_{}_LINKER", name.to_uppercase()), &compiler);
        if self.triple.ends_with("musl") {
            // The start code and the C library are zig's.
            cargo.env(self.flags_variable(), SELF_CONTAINED);
        }
        Ok(())
    }

    /// Returns a command of cargo for what is given away: optimised, and without a path of this machine in it.
    pub(crate) fn release(&self, folder: &str) -> Outcome<Command> {
        let mut cargo = cargo(&[self], "build", folder)?;
        cargo.args(["--release", "--locked", "--package", "hallpass-cli"]);
        let home = env::var("CARGO_HOME").or_else(|_| Ok(env::var("HOME")? + "/.cargo"));
        let home = home.map_err(|error: env::VarError| error.to_string())?;
        let rust = install::folder().join("rust");
        let mut flags = format!(
            "--remap-path-prefix={}=/hallpass --remap-path-prefix={home}=/cargo --remap-path-prefix={}=/rust",
            shell::root().display(),
            rust.display()
        );
        if self.triple.ends_with("musl") {
            flags = format!("{flags} {SELF_CONTAINED}");
        }
        cargo.env(self.flags_variable(), flags);
        Ok(cargo)
    }

    fn flags_variable(&self) -> String {
        format!("CARGO_TARGET_{}_RUSTFLAGS", self.triple.replace('-', "_").to_uppercase())
    }

    /// Says whether rustup has this target's standard library.
    pub(crate) fn has_library(&self) -> Outcome<bool> {
        let words = ["--print", "target-libdir", "--target", self.triple];
        let folder = shell::output(shell::command_of("rustc", &words))?;
        Ok(Path::new(folder.trim()).exists())
    }
}

fn with_path(folder: &Path) -> Outcome<std::ffi::OsString> {
    let rest = env::var_os("PATH").unwrap_or_default();
    let folders = std::iter::once(folder.to_path_buf()).chain(env::split_paths(&rest));
    env::join_paths(folders).map_err(|error| error.to_string())
}
