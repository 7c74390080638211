//! `cargo xtask bench command`: the command beside `true`, curl and gcloud, by hyperfine; its size, and what a start
//! touches.
//!
//! In: the command as a release gives it to people (static, where this machine can build that), as `cargo install`
//! makes it, and without the emulator; hyperfine, from Debian. Out: tables of medians and ratios; what is compared
//! is run in turn, round after round. Not here: a verdict; a benchmark prints, tests do not assert times.

mod rounds;
mod world;

use crate::debian;
use crate::platforms::target::{RELEASED, Runs};
use crate::shell::{self, Outcome, cargo, run};
use rounds::Times;
use std::fs;
use std::path::PathBuf;
use world::World;

/// 300 runs of each program, as one measurement had before; in ten rounds.
const QUICK: Times = Times { rounds: 10, runs: 30 };
/// gcloud takes half a second and more.
const OF_GCLOUD: Times = Times { rounds: 3, runs: 3 };

const INSTALLED: &str = "target/release/hallpass";
const WITHOUT_EMULATOR: &str = "target/without-emulator/release/hallpass";

/// A release binary, and the name that the tables give it.
struct Binary {
    name: &'static str,
    path: String,
}

pub(crate) fn everything() -> Outcome {
    debian::need("hyperfine", &["hyperfine"])?;
    debian::need("time", &["time"])?;
    debian::need("readelf", &["binutils"])?;
    run(cargo(&["build", "--release", "--package", "hallpass-cli"]))?;
    let mut small = cargo(&["build", "--release", "--package", "hallpass-cli"]);
    small.args(["--no-default-features", "--target-dir", "target/without-emulator"]);
    run(small)?;
    let installed = Binary { name: "cargo install's", path: absolute(INSTALLED) };
    let released = match released() {
        Ok(path) => Binary { name: "the release's, static", path },
        Err(why) => {
            println!("no static binary can be built here ({why})");
            Binary { name: "cargo install's", path: absolute(INSTALLED) }
        }
    };
    let world = World::start(&released.path)?;
    starts(&world, &released, &installed)?;
    refreshes(&world, &released)?;
    touched(&world, &[&released, &installed])?;
    sizes(&[&released, &installed])
}

/// Builds what a Linux user downloads.
fn released() -> Outcome<String> {
    let target = RELEASED.iter().find(|target| target.runs == Runs::Natively);
    let target = target.ok_or("no target of a release runs here")?;
    run(target.release(crate::dist::BUILD)?)?;
    let path = shell::root().join(crate::dist::BUILD).join(target.triple).join("release/hallpass");
    Ok(path.display().to_string())
}

fn absolute(path: &str) -> String {
    shell::root().join(path).display().to_string()
}

fn hyperfine() -> PathBuf {
    debian::program("hyperfine").unwrap_or_else(|| "hyperfine".into())
}

/// Commands that send nothing, beside `/bin/true`.
fn starts(world: &World, released: &Binary, installed: &Binary) -> Outcome {
    let mut lines = vec![("/bin/true".to_owned(), "/bin/true".to_owned())];
    for binary in [released, installed] {
        for words in ["print-access-token", "status", "doctor"] {
            let line = format!("{} {words}", binary.path);
            lines.push((format!("{words} ({})", binary.name), line));
        }
    }
    compare(world, "no request: a saved token, and facts", QUICK, None, &lines)?;
    if debian::program("gcloud").is_none() {
        println!("gcloud is not installed here");
        return Ok(());
    }
    let lines = [
        ("print-access-token".to_owned(), format!("{} print-access-token", released.path)),
        (
            "gcloud, the same token".to_owned(),
            "gcloud auth application-default print-access-token".to_owned(),
        ),
    ];
    compare(world, "the same beside gcloud", OF_GCLOUD, None, &lines)
}

/// The one request that a token costs, beside curl's.
fn refreshes(world: &World, released: &Binary) -> Outcome {
    let prepare = world.forget_token()?;
    let lines = [
        ("curl".to_owned(), format!("curl -s -o /dev/null -d @form {}", world.token_uri)),
        (
            format!("print-access-token ({})", released.name),
            format!("{} print-access-token", released.path),
        ),
    ];
    compare(world, "a refresh, over loopback", QUICK, Some(&prepare), &lines)
}

/// Prints one table; ratios are those to its first line.
fn compare(
    world: &World,
    title: &str,
    times: Times,
    prepare: Option<&str>,
    lines: &[(String, String)],
) -> Outcome {
    let words: Vec<String> = lines.iter().map(|(_, words)| words.clone()).collect();
    let medians = rounds::medians(world, &hyperfine(), times, prepare, &words)?;
    let Times { rounds, runs } = times;
    println!("\n{title}; median of {rounds} rounds' medians of {runs} runs (hyperfine -N)");
    println!("{:<52}{:>10}{:>10}", "", "ms", "ratio");
    for ((name, _), median) in lines.iter().zip(&medians) {
        println!("{name:<52}{median:>10.3}{:>9.2}x", median / medians[0]);
    }
    Ok(())
}

/// Prints what a start has to touch: pages of memory, and places that are filled in at a start.
fn touched(world: &World, binaries: &[&Binary]) -> Outcome {
    println!("\n{:<52}{:>10}{:>13}", "", "faults", "relocations");
    let nothing = Binary { name: "/bin/true", path: "/bin/true".to_owned() };
    for binary in [&[&nothing], binaries].concat() {
        let mut faults = Vec::new();
        for _ in 0..9 {
            let mut time = world.command("time");
            time.args(["--format=%R", "--output=faults", &binary.path, "print-access-token"]);
            shell::output(time)?;
            faults.push(world.read("faults")?.trim().parse().unwrap_or_default());
        }
        let faults = rounds::middle(faults).unwrap_or_default();
        let listed = shell::output(shell::command_of("readelf", &["-rW", &binary.path]))?;
        let relocations = listed.lines().filter(|line| line.contains(" R_")).count();
        let name = format!("print-access-token ({})", binary.name);
        println!("{name:<52}{faults:>10.0}{relocations:>13}");
    }
    Ok(())
}

fn sizes(binaries: &[&Binary]) -> Outcome {
    let small = Binary { name: "without the emulator", path: absolute(WITHOUT_EMULATOR) };
    println!("\n{:<52}{:>10}", "", "MiB");
    for binary in [binaries, &[&small]].concat() {
        let size = fs::metadata(&binary.path).map_err(|error| error.to_string())?.len();
        println!("{:<52}{:>10.2}", binary.name, size as f64 / 1024.0 / 1024.0);
    }
    Ok(())
}
