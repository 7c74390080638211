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
use target::{Runs, Target};

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

/// What no program of ours uses.
const KEYRING: [&str; 2] = ["--package", "hallpass-keyring"];

/// What is compiled.
#[derive(Clone, Copy)]
enum What {
    /// Libraries and programs: what users get.
    Programs,
    WithTests,
}

/// One step of a run.
struct Step {
    name: String,
    cost: Cost,
    words: String,
    is_good: bool,
}

/// Compiles everything, tests too, for these platforms or all; a warning is an error.
pub(crate) fn check(only: &[&str]) -> Outcome {
    report(&checks(What::WithTests, |target| is_named(target, only)))
}

/// Runs the hermetic tests on every platform whose programs run here, or on those that are named; of all packages, or
/// of those that are named.
pub(crate) fn run(words: &[&str]) -> Outcome {
    let (packages, only): (Vec<&str>, Vec<&str>) =
        words.iter().partition(|word| word.starts_with("hallpass"));
    let packages: Vec<&str> =
        packages.into_iter().flat_map(|package| ["--package", package]).collect();
    report(&runs(|target| is_named(target, &only), &packages))
}

/// What every change has to pass: it compiles on every platform, tests too for a Mac, and on Windows the tests run.
pub(crate) fn of_a_change() -> Outcome {
    let is_windows = |target: &Target| target.runs == Runs::UnderWine;
    let is_mac = |target: &Target| target.triple == target::MACS[0].triple;
    let mut steps = checks(What::Programs, |target| !is_windows(target) && !is_mac(target));
    steps.extend(checks(What::WithTests, is_mac));
    steps.extend(runs(is_windows, &[]));
    report(&steps)
}

/// Runs what can be run here, and compiles the rest.
pub(crate) fn everything() -> Outcome {
    let mut steps = checks(What::WithTests, |target| target.runs == Runs::Nowhere);
    steps.extend(runs(|_| true, &[]));
    report(&steps)
}

/// Says whether a platform is among those that were named; all are where none is.
fn is_named(target: &Target, only: &[&str]) -> bool {
    only.is_empty() || only.iter().any(|word| target.triple.contains(word))
}

/// Compiles for all of them at once, so that what builds is built once and no core waits for a last crate; where that
/// fails, each is asked alone, so that the table names those that are to blame.
fn checks(what: What, wanted: impl Fn(&Target) -> bool) -> Vec<Step> {
    let wanted = target::all().filter(|target| wanted(target));
    let (with_library, without): (Vec<_>, Vec<_>) =
        wanted.partition(|target| target.has_library().unwrap_or(false));
    let groups = [with_library, without].into_iter().filter(|group| !group.is_empty());
    groups
        .flat_map(|group| {
            let together = step("check", &group, || check_these(what, &group));
            if together.is_good || group.len() == 1 {
                return vec![together];
            }
            group
                .iter()
                .map(|target| step("check", &[target], || check_these(what, &[target])))
                .collect()
        })
        .collect()
}

fn check_these(what: What, targets: &[&Target]) -> Outcome<String> {
    let mut check = target::cargo_for_tests(targets, "check", FOLDER)?;
    check.args(PACKAGES).args(KEYRING).arg("--keep-going");
    if let What::WithTests = what {
        check.arg("--all-targets");
    }
    shell::run(check)?;
    Ok(match what {
        What::WithTests => "compiles, tests too, without a warning".to_owned(),
        What::Programs => "compiles without a warning".to_owned(),
    })
}

/// Runs the tests of some packages, or of all. What is built for that has to be without a warning, too.
fn runs(wanted: impl Fn(&Target) -> bool, packages: &[&str]) -> Vec<Step> {
    let run = |target: &Target| {
        let mut packages = packages.to_vec();
        if packages.is_empty() {
            packages.extend(PACKAGES);
            // Its tests are for Linux's keyring; of Windows' there is more than Linux compiles.
            packages.extend(KEYRING.iter().filter(|_| target.runs == Runs::UnderWine));
        }
        Ok(suites::run(target, FOLDER, &packages)?.to_string())
    };
    let wanted = target::all().filter(|target| target.runs != Runs::Nowhere && wanted(target));
    wanted.map(|target| step("test", &[target], || run(target))).collect()
}

fn step(what: &str, targets: &[&Target], work: impl FnOnce() -> Outcome<String>) -> Step {
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
