//! `cargo xtask test`: installs Google's clients, then runs every test with loopback as the only
//! network, and ends with one line of counts.

use crate::clients::{self, Clients};
use crate::counts::Counts;
use crate::private_network;
use crate::shell::{self, Outcome};
use std::process::Command;

/// Runs all tests.
pub(crate) fn everything() -> Outcome {
    let clients = clients::install()?;
    // Built first, outside the private network: a fresh checkout still has crates to download.
    shell::run(shell::cargo(&["test", "--workspace", "--no-run"]))?;
    build_interop()?;
    let mut total = Counts::default();
    let mut bad = Vec::new();
    for (name, command) in [
        ("hermetic tests", shell::cargo(&["test", "--workspace", "--no-fail-fast"])),
        ("interop tests", interop(&clients)),
    ] {
        if let Err(error) = part(name, &command, &mut total) {
            bad.push(error);
        }
    }
    verdict(&total, &bad)
}

/// Runs the tests against Google's own clients, and no others.
pub(crate) fn interop_alone() -> Outcome {
    let clients = clients::install()?;
    build_interop()?;
    let mut total = Counts::default();
    let bad: Vec<String> =
        part("interop tests", &interop(&clients), &mut total).err().into_iter().collect();
    verdict(&total, &bad)
}

/// The whole workspace is named so that its dependencies are built once, with one set of features.
const INTEROP: &[&str] =
    &["test", "--workspace", "--features", "hallpass-cli/interop", "--test", "interop"];

fn interop(clients: &Clients) -> Command {
    let mut command = shell::cargo(INTEROP);
    command
        .env("HALLPASS_TEST_PYTHON", &clients.python)
        .env("HALLPASS_TEST_NODE_FOLDER", &clients.node_folder);
    command
}

fn part(name: &str, command: &Command, total: &mut Counts) -> Outcome {
    let (ended_well, output) = shell::run_and_keep(private_network::wrap(command))?;
    let counts = Counts::read(&output);
    println!("\n{name}: {counts}");
    total.add(&counts);
    if !ended_well {
        return Err(format!("the {name} failed"));
    }
    if counts.passed == 0 {
        return Err(format!("the {name} ran no test"));
    }
    if counts.skipped > 0 {
        return Err(format!(
            "the {name} left out {} tests; nothing may be skipped",
            counts.skipped
        ));
    }
    Ok(())
}

fn verdict(total: &Counts, bad: &[String]) -> Outcome {
    println!("\n{total}");
    if bad.is_empty() { Ok(()) } else { Err(bad.join("; ")) }
}

fn build_interop() -> Outcome {
    let mut command = shell::cargo(INTEROP);
    command.arg("--no-run");
    shell::run(command)
}
