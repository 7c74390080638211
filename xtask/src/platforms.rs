//! `cargo xtask platforms`: the platforms that this machine is not: compiles for them, and runs there what it can.
//!
//! In: a clean checkout on Debian. Out: every step with its verdict and what it cost, as one table; docs/platforms.md
//! says what that proves. Everything is installed under `target/platforms`; a second run finds it there.
//! Not here: what is given to users (`dist`).

mod cost;
pub(crate) mod install;
pub(crate) mod suites;
pub(crate) mod target;
pub(crate) mod wine;

use crate::shell::{self, Outcome};
use cost::Cost;

/// cargo's folder for all of them, beside the one of the machine's own builds.
pub(crate) const FOLDER: &str = "target/platforms/build";

/// What users get. The rest is for other programs' clients, whose authors look after their platforms.
pub(crate) const PACKAGES: [&str; 10] = [
    "--package",
    "hallpass",
    "--package",
    "hallpass-gemini",
    "--package",
    "hallpass-agent",
    "--package",
    "hallpass-emulator",
    "--package",
    "hallpass-cli",
];

/// One step of a run.
struct Step {
    name: String,
    cost: Cost,
    words: String,
    is_good: bool,
}

/// Compiles everything, tests too, for these platforms or all; a warning is an error.
pub(crate) fn check(only: &[&str]) -> Outcome {
    report(&checks(only))
}

/// Runs the hermetic tests on every platform whose programs run here, or on those that are named; of all packages, or
/// of those that are named.
pub(crate) fn run(words: &[&str]) -> Outcome {
    let (packages, only): (Vec<&str>, Vec<&str>) =
        words.iter().partition(|word| word.starts_with("hallpass"));
    let packages: Vec<&str> =
        packages.into_iter().flat_map(|package| ["--package", package]).collect();
    report(&runs(&only, if packages.is_empty() { &PACKAGES } else { &packages }))
}

/// What every change has to pass, in minutes: everything compiles, and what users see of Windows runs.
pub(crate) fn of_a_change() -> Outcome {
    let mut steps = checks(&[]);
    steps.extend(runs(&["windows"], &["--package", "hallpass", "--package", "hallpass-cli"]));
    report(&steps)
}

pub(crate) fn everything() -> Outcome {
    let mut steps = checks(&[]);
    steps.extend(runs(&[], &PACKAGES));
    report(&steps)
}

/// Says whether a platform is among those that were named; all are where none is.
fn is_named(target: &target::Target, only: &[&str]) -> bool {
    only.is_empty() || only.iter().any(|word| target.triple.contains(word))
}

/// Compiles for all of them at once, so that what builds is built once and no core waits for a last crate; where that
/// fails, each is asked alone, so that the table names those that are to blame.
fn checks(only: &[&str]) -> Vec<Step> {
    let wanted = target::all().filter(|target| is_named(target, only));
    let (with_library, without): (Vec<_>, Vec<_>) =
        wanted.partition(|target| target.has_library().unwrap_or(false));
    let groups = [with_library, without].into_iter().filter(|group| !group.is_empty());
    groups
        .flat_map(|group| {
            let together = step("check", &group, || check_these(&group));
            if together.is_good || group.len() == 1 {
                return vec![together];
            }
            group.iter().map(|target| step("check", &[target], || check_these(&[target]))).collect()
        })
        .collect()
}

fn check_these(targets: &[&target::Target]) -> Outcome<String> {
    let mut check = target::cargo_for_tests(targets, "check", FOLDER)?;
    check.args(PACKAGES).args(["--package", "hallpass-keyring", "--all-targets", "--keep-going"]);
    check.args(["-Z", "warnings", "--config", "build.warnings=\"deny\""]);
    check.env("RUSTC_BOOTSTRAP", "1");
    shell::run(check)?;
    Ok("compiles, tests too, without a warning".to_owned())
}

fn runs(only: &[&str], packages: &[&str]) -> Vec<Step> {
    let wanted =
        |target: &&target::Target| target.runs != target::Runs::Nowhere && is_named(target, only);
    let run = |target: &target::Target| Ok(suites::run(target, FOLDER, packages)?.to_string());
    target::all().filter(wanted).map(|target| step("test", &[target], || run(target))).collect()
}

fn step(what: &str, targets: &[&target::Target], work: impl FnOnce() -> Outcome<String>) -> Step {
    let (cost, outcome) = cost::of(work);
    let (is_good, words) = match outcome {
        Ok(words) => (true, words),
        Err(error) => (false, error),
    };
    let triples: Vec<&str> = targets.iter().map(|target| target.triple).collect();
    Step { name: format!("{what} {}", triples.join(" ")), cost, words, is_good }
}

fn report(steps: &[Step]) -> Outcome {
    println!("\n{:>9}{:>11}  step: outcome", "seconds", "processor");
    for step in steps {
        println!("{}  {}: {}", step.cost, step.name, step.words);
    }
    match steps.iter().filter(|step| !step.is_good).count() {
        0 => Ok(()),
        bad => Err(format!("{bad} of {} steps failed", steps.len())),
    }
}
