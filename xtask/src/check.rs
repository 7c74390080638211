//! `cargo xtask check`: what CI asks of a change besides its tests.

use crate::package;
use crate::shell::{self, Outcome, cargo, run};
use crate::supply;

/// Formatting, lints, documentation, and who may use whom.
pub(crate) fn everything() -> Outcome {
    run(cargo(&["fmt", "--all", "--check"]))?;
    run(cargo(&[
        "clippy",
        "--workspace",
        "--all-targets",
        "--all-features",
        "--",
        "-D",
        "warnings",
    ]))?;
    let smallest =
        ["clippy", "-p", "hallpass-cli", "--no-default-features", "--", "-D", "warnings"];
    run(cargo(&smallest))?;
    let mut documentation = cargo(&["doc", "--workspace", "--no-deps", "--document-private-items"]);
    documentation.env("RUSTDOCFLAGS", "-D warnings");
    run(documentation)?;
    emulator_stands_alone()?;
    supply::everything()?;
    package::everything()?;
    bench_knows_our_dependencies()
}

/// The bench of the library is outside the workspace, so nothing else would notice that its lock file is old.
fn bench_knows_our_dependencies() -> Outcome {
    let manifest = "benches/credentials/Cargo.toml";
    run(cargo(&["update", "--workspace", "--locked", "--manifest-path", manifest])).map_err(
        |error| {
            format!("{error}; `cargo update --workspace --manifest-path {manifest}` writes it anew")
        },
    )
}

/// The emulator stands for Google: it may use no crate of ours, not even in tests.
fn emulator_stands_alone() -> Outcome {
    let tree = shell::output(cargo(&[
        "tree",
        "--package",
        "hallpass-emulator",
        "--edges",
        "normal,build,dev",
        "--prefix",
        "none",
    ]))?;
    let ours = tree
        .lines()
        .filter(|line| line.starts_with("hallpass") && !line.starts_with("hallpass-emulator "))
        .collect::<Vec<_>>();
    if ours.is_empty() {
        println!("\nthe emulator uses no crate of ours");
        return Ok(());
    }
    Err(format!("the emulator may use no crate of ours, but uses {}", ours.join(", ")))
}

/// What the command is made of, as CycloneDX, in `target/hallpass.cdx.json`.
#[expect(clippy::disallowed_methods, reason = "a task moves what another program wrote")]
pub(crate) fn sbom() -> Outcome {
    let mut sbom = shell::command(shell::tool("cargo-cyclonedx", "0.5.9")?);
    sbom.args(["cyclonedx", "--manifest-path", "crates/cli/Cargo.toml", "--format", "json"]);
    sbom.args(["--describe", "binaries", "--target", "all"]);
    // Without it, each run would have a number and a time of its own.
    let time = shell::output(shell::command_of("git", &["log", "-1", "--format=%ct"]))?;
    sbom.env("SOURCE_DATE_EPOCH", time.trim());
    run(sbom)?;
    // It writes beside each manifest of the workspace; the one that is wanted is the command's.
    let (root, written) = (shell::root(), "crates/cli/hallpass_bin.cdx.json");
    std::fs::rename(root.join(written), root.join("target/hallpass.cdx.json"))
        .map_err(|error| format!("{written}: {error}"))?;
    let list = ["ls-files", "--others", "--exclude-standard", "--", "*_bin.cdx.json"];
    for other in shell::output(shell::command_of("git", &list))?.lines() {
        std::fs::remove_file(root.join(other)).map_err(|error| format!("{other}: {error}"))?;
    }
    println!("\ntarget/hallpass.cdx.json");
    Ok(())
}
