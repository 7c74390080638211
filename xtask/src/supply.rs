//! Licences, sources, bans and known faults of the dependencies, the oldest Rust, and spelling.
//!
//! In: `deny.toml`, `typos.toml` and `rust-version`. Out: a verdict.
//! The tools come as wheels, pinned by hash in `xtask/tools.txt`: compiling them takes longer than the whole suite.
//! Not here: what a release breaks (`cargo semver-checks`); it needs a published version to compare with.

use crate::clients;
use crate::shell::{self, Outcome};

/// The Rust that is promised.
const PROMISED: &str = env!("CARGO_PKG_RUST_VERSION");

/// All of it.
pub(crate) fn everything() -> Outcome {
    spelling()?;
    deny()?;
    oldest_rust()
}

fn spelling() -> Outcome {
    shell::run(shell::command(clients::tool("typos")?))
}

/// Licences, sources and duplicates of the dependencies; advisories where their database can be had.
pub(crate) fn deny() -> Outcome {
    let tool = clients::tool("cargo-deny")?;
    let mut deny = shell::command(&tool);
    deny.args(["--log-level", "error", "check", "licenses", "bans", "sources"]);
    shell::run(deny)?;
    let mut advisories = shell::command(&tool);
    advisories.args(["check", "advisories"]);
    match shell::output(advisories) {
        Ok(_) => println!("\nno dependency has a known fault"),
        Err(error) if error.contains("failed to fetch advisory database") => {
            println!("\nadvisories were not looked at: their database cannot be fetched here");
        }
        Err(error) => return Err(error),
    }
    Ok(())
}

/// Builds with the Rust that `rust-version` promises, where it is installed; the lint `incompatible_msrv` looks at what
/// we call of the standard library in any case, and resolver 3 takes no dependency that needs a newer one.
fn oldest_rust() -> Outcome {
    let installed = shell::output(shell::command_of("rustup", &["toolchain", "list"]));
    if !installed.is_ok_and(|list| list.lines().any(|line| line.starts_with(PROMISED))) {
        println!("\nRust {PROMISED} is not installed: its promise is checked by lints alone");
        return Ok(());
    }
    let words = ["run", PROMISED, "cargo", "check", "--workspace", "--locked"];
    let mut check = shell::command_of("rustup", &words);
    check.args(["--target-dir", "target/oldest-rust"]);
    shell::run(check)
}
