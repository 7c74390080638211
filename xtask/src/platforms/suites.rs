//! The hermetic tests of all crates, built for another platform and run here.
//!
//! In: a target. Out: counts; the tests that are left out there are named with their reason, and counted.
//! wine runs Windows programs; the kernel hands arm64 programs to qemu, in a namespace of its own (Linux 6.7).

use super::target::{Runs, Target};
use super::{install, wine};
use crate::counts::Counts;
use crate::private_network;
use crate::shell::{self, Outcome};
use std::path::Path;
use std::process::Command;

/// A test that cannot pass on a platform as it is run here, and why.
type LeftOut = (&'static str, &'static str);

const UNDER_WINE: &[LeftOut] = &[(
    "files_and_folders_are_the_users_alone_wherever_they_are",
    "wine adds a folder's access list to each that is set below it, protected or not",
)];
const UNDER_QEMU: &[LeftOut] = &[];

/// Runs everything that a target's programs can be asked here, of some packages.
pub(crate) fn run(target: &Target, folder: &str, packages: &[&str]) -> Outcome<Counts> {
    let mut tests = target.cargo_for_tests("test", folder)?;
    // Without examples in documentation: rustdoc would have to be of the same compiler.
    tests.args(packages).arg("--tests").env("RUST_BACKTRACE", "0");
    let mut build = private_network::rebuilt(Command::new(tests.get_program()), &tests);
    shell::run({
        build.arg("--no-run");
        build
    })?;
    tests.args(["--no-fail-fast", "--"]);
    let left_out = match target.runs {
        Runs::Natively => &[],
        Runs::UnderWine => {
            let variable =
                format!("CARGO_TARGET_{}_RUNNER", target.triple.replace('-', "_").to_uppercase());
            tests.env(variable, wine::program()?);
            UNDER_WINE
        }
        Runs::UnderQemu => {
            let mut inside = Command::new(arm()?);
            inside.arg(tests.get_program());
            tests = private_network::rebuilt(inside, &tests);
            UNDER_QEMU
        }
        Runs::Nowhere => return Ok(Counts::default()),
    };
    for (name, reason) in left_out {
        println!("left out: {name}: {reason}");
        tests.args(["--skip", name]);
    }
    let (mut ended_well, output) = shell::run_and_keep(private_network::wrap(&tests))?;
    let mut counts = Counts::read(&output);
    counts.skipped += left_out.len() as u64;
    if target.runs == Runs::UnderWine {
        let built = shell::root().join(folder).join(target.triple).join("debug/hallpass.exe");
        if packages.contains(&"hallpass-cli") {
            let (is_good, output) = from_outside(&built)?;
            counts.add(&Counts::read(&output));
            ended_well &= is_good;
        }
    }
    println!("\n{}: {counts}", target.triple);
    match ended_well && counts.passed > 0 {
        true => Ok(counts),
        false => Err(format!("the tests on {} failed", target.triple)),
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
    shell::run_and_keep(private_network::wrap(&console))
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
    install::program("arm64", &SCRIPT.replace("QEMU", &qemu.display().to_string()))
}
