//! `cargo xtask bench gemini` and `bench agent`: the client, the emulator and the agent beside their peers
//! (`benches/gemini`), in one run on this machine.
//!
//! In: the peers' lists in `benches/gemini/peers`. Out: tables with ratios.
//! Not here: a verdict; a benchmark prints, tests do not assert times.

use crate::clients;
use crate::debian;
use crate::shell::{self, Outcome, cargo, run};

const MANIFEST: &str = "benches/gemini/Cargo.toml";
/// A workspace of its own, because of the crates that the peers bring.
const TARGET: &str = "target/bench-gemini";

/// The client beside Rust's other clients and Google's SDKs; the emulator's own figures.
pub(crate) fn client() -> Outcome {
    run(cargo(&["build", "--release", "--package", "hallpass-cli"]))?;
    let (python, node) = clients::bench_gemini()?;
    let mut bench = bench(&[])?;
    let hallpass = shell::root().join("target/release/hallpass");
    bench.arg("gemini").args([python, node, hallpass]);
    run(bench)
}

/// The agent beside nginx and LiteLLM's proxy.
pub(crate) fn agent() -> Outcome {
    run(cargo(&["build", "--release", "--package", "hallpass-cli"]))?;
    debian::need("nginx", &["nginx-light"])?;
    let litellm = clients::bench_litellm()?;
    let mut bench = bench(&["--no-default-features"])?;
    let hallpass = shell::root().join("target/release/hallpass");
    bench.arg("agent").args([litellm, hallpass]);
    run(bench)
}

/// Builds the program with these flags and returns it; the other clients are a feature of it.
fn bench(flags: &[&str]) -> Outcome<std::process::Command> {
    let mut build = cargo(&["build", "--release", "--locked"]);
    build.args(["--manifest-path", MANIFEST, "--target-dir", TARGET]).args(flags);
    run(build)?;
    Ok(shell::command(shell::root().join(TARGET).join("release/gemini-bench")))
}
