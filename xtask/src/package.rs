//! `cargo xtask package`: each published crate can be unpacked somewhere else and tested by itself.
//!
//! In: the workspace. Out: the crates as the registry would get them, in `target/package`, and a verdict on their
//! tests in a workspace of their own, where no other file of the repository is in reach.
//! Not here: publishing.

use crate::shell::{self, Outcome, cargo, run};
use std::fs;
use std::path::Path;
use std::process::Command;

/// The published crates, each after those that it uses.
pub(crate) const PUBLISHED: [&str; 7] = [
    "hallpass-emulator",
    "hallpass",
    "hallpass-gemini",
    "hallpass-agent",
    "hallpass-adapters",
    "hallpass-keyring",
    "hallpass-cli",
];

/// What every package carries beside its sources.
const CARRIED: [&str; 4] = ["LICENSE-APACHE", "LICENSE-MIT", "README.md", "Cargo.toml"];

/// Packs, unpacks, looks and tests.
#[expect(clippy::disallowed_methods, reason = "a task makes files under target/")]
pub(crate) fn everything() -> Outcome {
    run(pack())?;
    let unpacked = shell::root().join("target/unpacked");
    let _ = fs::remove_dir_all(&unpacked);
    let io = |error: std::io::Error| format!("target/unpacked: {error}");
    fs::create_dir_all(&unpacked).map_err(io)?;
    for name in PUBLISHED {
        unpack(name, &unpacked)?;
    }
    fs::write(unpacked.join("Cargo.toml"), workspace()?).map_err(io)?;
    fs::copy(shell::root().join("Cargo.lock"), unpacked.join("Cargo.lock")).map_err(io)?;
    run(test(&unpacked))
}

fn version() -> &'static str {
    env!("CARGO_PKG_VERSION")
}

fn pack() -> Command {
    let mut pack = cargo(&["package", "--no-verify", "--allow-dirty", "--offline"]);
    pack.args(PUBLISHED.iter().flat_map(|name| ["--package", name]));
    pack
}

fn unpack(name: &str, into: &Path) -> Outcome {
    let packed = format!("target/package/{name}-{}.crate", version());
    let mut tar = shell::command_of("tar", &["-xzf", &packed, "-C"]);
    tar.arg(into);
    shell::output(tar)?;
    let folder = into.join(format!("{name}-{}", version()));
    for file in CARRIED {
        let text = fs::read_to_string(folder.join(file)).unwrap_or_default();
        if text.trim().len() < 100 {
            return Err(format!("the package of {name} has no {file}"));
        }
        if file == "README.md" && text.lines().any(is_raw) {
            return Err(format!("{name}'s README does not read well on a registry"));
        }
    }
    Ok(())
}

/// What a registry shows as it stands: hidden lines of examples, and links that only rustdoc or the repository knows.
fn is_raw(line: &str) -> bool {
    line.starts_with("# ") && line.contains("(());") || line == "# }" || line.contains("](../")
}

/// A workspace of the unpacked crates alone, with the profiles of this one so that dependencies are built once.
fn workspace() -> Outcome<String> {
    let own = fs::read_to_string(shell::root().join("Cargo.toml")).map_err(|e| e.to_string())?;
    let profiles = own.find("[profile.").map_or("", |start| &own[start..]);
    let folders = PUBLISHED.map(|name| format!("{name}-{}", version()));
    let mut text = format!("[workspace]\nresolver = \"3\"\nmembers = {folders:?}\n\n");
    text.push_str("[patch.crates-io]\n");
    for (name, folder) in PUBLISHED.iter().zip(&folders) {
        text.push_str(&format!("{name} = {{ path = \"{folder}\" }}\n"));
    }
    Ok(format!("{text}\n{profiles}"))
}

/// The target folder is ours, where all dependencies are already.
fn test(unpacked: &Path) -> Command {
    let mut test = cargo(&["test", "--workspace", "--offline", "--all-features"]);
    test.current_dir(unpacked).env("CARGO_TARGET_DIR", shell::root().join("target"));
    test
}
