//! The hermetic tests of all crates, built for another platform and run here.
//!
//! In: a target. Out: counts; the tests that are left out there are named with their reason, and counted.
//! wine runs Windows programs; the kernel hands arm64 programs to qemu, in a namespace of its own (Linux 6.7).

use super::target::{self, Runs, Target};
use super::{PACKAGES, install, wine};
use crate::counts::Counts;
use crate::private_network;
use crate::shell::{self, Outcome};
use std::path::Path;
use std::process::Command;

/// A test that cannot pass on a platform as it is run here, with its modules, and why.
type LeftOut = (&'static str, &'static str);

const SMALL_PIECES: &str = "each turn of the runtime asks wine's server: with thousands of small pieces, the time is up first";
const UNDER_WINE: &[LeftOut] = &[
    (
        "store::tests::windows::files_and_folders_are_the_users_alone_wherever_they_are",
        "wine adds a folder's access list to each that is set below it, protected or not",
    ),
    (
        "library::journal_is_bounded_in_bytes",
        "each wait for a socket is a call of wine's server: a megabyte takes longer than the emulator waits",
    ),
    ("hostile::a_body_without_end_is_left_after_a_quarter_of_a_mebibyte", SMALL_PIECES),
    ("hostile::headers_without_end_are_left_after_64_kibibytes", SMALL_PIECES),
];
const UNDER_QEMU: &[LeftOut] = &[
    (
        "agent::another_user_gets_nothing_from_the_port_and_nothing_from_a_socket_with_wide_rights",
        "the namespace in which the kernel knows qemu has no other user",
    ),
    (
        "secrets::a_running_command_cannot_be_looked_into",
        "qemu's own process is looked into, and qemu does not forbid it",
    ),
    (
        "library::journal_is_bounded_in_bytes",
        "reading a megabyte takes longer than the emulator waits",
    ),
];

/// How the tests of one platform ended. Each that did not run is in the list above, or says in its own line why.
pub(crate) struct Verdict {
    counts: Counts,
    /// Tests that are in the list above, counted by the programs that left them out.
    named: u64,
}

/// Runs everything that a target's programs can be asked here, of some packages.
pub(crate) fn run(target: &Target, folder: &str, packages: &[&str]) -> Outcome<Verdict> {
    // What runs the programs comes first: where that is not possible, nobody waits for a build.
    let (runner, left_out) = match target.runs {
        Runs::Natively => (None, &[][..]),
        Runs::UnderWine => (Some(wine::program()?), UNDER_WINE),
        Runs::UnderQemu => (Some(arm()?), UNDER_QEMU),
        Runs::Nowhere => return Err("its programs cannot be run here".to_owned()),
    };
    let mut tests = target::cargo_for_tests(&[target], "test", folder)?;
    // Without examples in documentation: rustdoc would have to be of the same compiler.
    tests.args(packages).arg("--tests").env("RUST_BACKTRACE", "0");
    let mut build = private_network::rebuilt(Command::new(tests.get_program()), &tests);
    shell::run({
        build.arg("--no-run");
        build
    })?;
    tests.args(["--no-fail-fast", "--", "--exact"]);
    match runner {
        Some(wine) if target.runs == Runs::UnderWine => {
            let name = target.triple.replace('-', "_").to_uppercase();
            tests.env(format!("CARGO_TARGET_{name}_RUNNER"), wine);
        }
        Some(inside) => {
            let mut inside = Command::new(inside);
            inside.arg(tests.get_program());
            tests = private_network::rebuilt(inside, &tests);
        }
        None => {}
    }
    for (name, reason) in left_out {
        println!("left out: {name}: {reason}");
        tests.args(["--skip", name]);
    }
    let ran = shell::run_and_keep(private_network::wrap(&tests));
    if target.runs == Runs::UnderWine {
        wine::end()?;
    }
    let (mut ended_well, output) = ran?;
    let mut verdict = Verdict { counts: Counts::read(&output), named: filtered_out(&output) };
    if target.runs == Runs::UnderWine && packages.contains(&"hallpass-cli") {
        let built = shell::root().join(folder).join(target.triple).join("debug/hallpass.exe");
        let (is_good, output) = from_outside(&built)?;
        verdict.counts.add(&Counts::read(&output));
        ended_well &= is_good;
    }
    println!("\n{}: {verdict}", target.triple);
    if packages.starts_with(&PACKAGES) && verdict.named != left_out.len() as u64 {
        return Err(format!("{verdict}, but {} are named: some names are old", left_out.len()));
    }
    match ended_well && verdict.counts.passed > 0 {
        true => Ok(verdict),
        false => Err(format!("the tests failed: {verdict}")),
    }
}

/// Adds up the tests that programs left out: nothing but names in the list keeps them from running any.
fn filtered_out(output: &str) -> u64 {
    let results = output.lines().filter(|line| line.contains("test result: "));
    let numbers = results.filter_map(|line| {
        line.split(';')
            .find_map(|part| part.trim().strip_suffix(" filtered out")?.parse::<u64>().ok())
    });
    numbers.sum::<u64>()
}

impl std::fmt::Display for Verdict {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Counts { passed, failed, skipped } = self.counts;
        write!(f, "{passed} passed, {failed} failed, {} left out by name", self.named + skipped)
    }
}

/// A console, and a story around the program: what tests that run under wine themselves cannot do.
pub(crate) fn from_outside(program: &Path) -> Outcome<(bool, String)> {
    let folder = install::folder().join("console");
    let _ = std::fs::remove_dir_all(&folder);
    install::make_folder(&folder)?;
    let mut make_private = shell::command_of("chmod", &["700"]);
    make_private.arg(&folder);
    shell::output(make_private)?;
    let mut console = shell::command_of("python3", &["-c", include_str!("windows/console.py")]);
    console.arg(wine::program()?).arg(program).arg(folder);
    wine::end()?;
    let ran = shell::run_and_keep(private_network::wrap(&console));
    wine::end()?;
    ran
}

/// Returns a program that runs a command where the kernel hands arm64 programs to qemu.
pub(crate) fn arm() -> Outcome<std::path::PathBuf> {
    const SCRIPT: &str = r#"#!/bin/sh
exec unshare --user --map-root-user --mount sh -ec '
mount -t binfmt_misc binfmt_misc /proc/sys/fs/binfmt_misc
printf %s ":arm64:M::\\x7fELF\\x02\\x01\\x01\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x02\\x00\\xb7\\x00:\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\x00\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xfe\\xff\\xff\\xff:QEMU:F" >/proc/sys/fs/binfmt_misc/register
exec "$@"' sh "$@"
"#;
    let qemu = install::qemu()?;
    let program = install::program("arm64", &SCRIPT.replace("QEMU", &qemu.display().to_string()))?;
    let mut probe = shell::command(&program);
    probe.arg("true");
    let needs = "arm64 programs run here on Linux 6.7 or newer, where users may make namespaces";
    shell::output(probe).map_err(|error| format!("{needs}: {error}"))?;
    Ok(program)
}

#[cfg(test)]
mod tests {
    use super::{Verdict, filtered_out};
    use crate::counts::Counts;

    #[test]
    fn tests_that_were_left_out_are_counted_by_what_ran_them() {
        let output = "test result: ok. 2 passed; 0 failed; 0 ignored; 0 measured; 1 filtered out; finished in 0.00s\n\
            test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 7 filtered out; finished in 1.20s\n\
            test result: ok. 9 passed; 0 failed; 0 ignored\n";
        let verdict = Verdict { counts: Counts::read(output), named: filtered_out(output) };
        assert_eq!(verdict.to_string(), "14 passed, 0 failed, 9 left out by name");
    }
}
