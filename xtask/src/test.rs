//! `cargo xtask test`: installs Google's clients and a browser, then runs every test with loopback as the only
//! network, and ends with one line of counts.

use crate::browser::{self, Browser};
use crate::clients::{self, Clients};
use crate::counts::Counts;
use crate::debian;
use crate::private_network;
use crate::shell::{self, Outcome};
use std::process::Command;

/// Runs all tests.
pub(crate) fn everything() -> Outcome {
    let clients = clients::install()?;
    let browser = browser::find_or_install()?;
    debian::need("strace", &["strace"])?;
    containers()?;
    debian::need("dbus-run-session", &["dbus"])?;
    debian::need("gnome-keyring-daemon", &["gnome-keyring"])?;
    // Built first, outside the private network: a fresh checkout still has crates to download.
    shell::run(shell::cargo(&[HERMETIC, &["--no-run"]].concat()))?;
    build(WITH_FEATURES)?;
    shell::run(shell::cargo(&[ECOSYSTEM, &["--no-run"]].concat()))?;
    let mut total = Counts::default();
    let mut bad = Vec::new();
    for (name, command) in [
        ("hermetic tests", shell::cargo(&[HERMETIC, &["--no-fail-fast"]].concat())),
        ("ecosystem tests", shell::cargo(ECOSYSTEM)),
        ("interop tests", interop(&clients)),
        ("browser tests", in_browser(&browser)),
        ("siege tests", siege()),
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
    containers()?;
    build(WITH_FEATURES)?;
    let mut total = Counts::default();
    let bad: Vec<String> =
        part("interop tests", &interop(&clients), &mut total).err().into_iter().collect();
    verdict(&total, &bad)
}

/// What the recipe for containers needs, which interop tests run.
fn containers() -> Outcome {
    debian::need("ip", &["iproute2"])?;
    debian::need("socat", &["socat"])
}

/// Runs the tests in a real browser, and no others.
pub(crate) fn browser_alone() -> Outcome {
    let browser = browser::find_or_install()?;
    build(WITH_FEATURES)?;
    let mut total = Counts::default();
    let bad: Vec<String> =
        part("browser tests", &in_browser(&browser), &mut total).err().into_iter().collect();
    verdict(&total, &bad)
}

/// Takes the pictures of the documentation.
pub(crate) fn pictures() -> Outcome {
    let browser = browser::find_or_install()?;
    build(WITH_FEATURES)?;
    let mut command = in_browser(&browser);
    command.env("HALLPASS_TEST_PICTURES", shell::root().join("docs/images"));
    shell::run(private_network::wrap(&command))
}

/// The whole workspace and all three features are named so that everything is built once.
const WITH_FEATURES: &[&str] = &[
    "test",
    "--workspace",
    "--exclude",
    "hallpass-examples",
    "--exclude",
    "hallpass-keyring",
    "--features",
    "hallpass-cli/interop,hallpass-cli/browser,hallpass-cli/siege",
];

/// Other crates with a credential of ours, and the desktop's keyring; on its own, so that their features
/// stay out of everything else.
const ECOSYSTEM: &[&str] = &[
    "test",
    "-p",
    "hallpass-adapters",
    "-p",
    "hallpass-examples",
    "-p",
    "hallpass-keyring",
    "--all-features",
];

/// Everything else.
const HERMETIC: &[&str] =
    &["test", "--workspace", "--exclude", "hallpass-examples", "--exclude", "hallpass-keyring"];

fn in_browser(browser: &Browser) -> Command {
    let mut command = shell::cargo(WITH_FEATURES);
    command
        .args(["--test", "browser"])
        .env("HALLPASS_TEST_CHROMIUM", &browser.chromium)
        .env("HALLPASS_TEST_CHROMEDRIVER", &browser.driver);
    command
}

/// Full disks, kills at every system call, a crowd of processes.
fn siege() -> Command {
    let mut command = shell::cargo(WITH_FEATURES);
    command.args(["--test", "e2e", "siege::"]);
    command
}

fn interop(clients: &Clients) -> Command {
    let mut command = shell::cargo(WITH_FEATURES);
    command
        .args(["--test", "interop"])
        .env("HALLPASS_TEST_PYTHON", &clients.python)
        .env("HALLPASS_TEST_NODE_FOLDER", &clients.node_folder)
        .env("HALLPASS_TEST_OPENAI_PYTHON", &clients.openai_python)
        .env("HALLPASS_TEST_OPENAI_NODE_FOLDER", &clients.openai_node_folder)
        .env("HALLPASS_TEST_LITELLM_PYTHON", &clients.litellm_python)
        .env("HALLPASS_TEST_GEMINI_CLI_FOLDER", &clients.gemini_cli_folder)
        .env("HALLPASS_TEST_GO_FOLDER", &clients.go_folder);
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

fn build(words: &[&str]) -> Outcome {
    let mut command = shell::cargo(words);
    command.args(["--test", "interop", "--test", "browser", "--test", "e2e", "--no-run"]);
    shell::run(command)
}
