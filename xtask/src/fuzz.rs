//! `cargo xtask fuzz`: runs each fuzz target for a while, and prints one table.
//!
//! In: `fuzz/`, with its targets and seeds; the nightly toolchain, which has to be there; cargo-fuzz,
//! installed under `target/tools`. Out: executions and crashes by target; a crash is a failure, and its
//! input is kept under `target/fuzz/crashes`.
//! No AddressSanitizer: there is no unsafe code here for it to watch, and it halves the speed.
//! Not here: what a target promises; that stands beside the parser, in each crate's `fuzzing`.

use crate::shell::{self, Outcome, command, command_of, run};
use std::fs;
use std::path::Path;

const CARGO_FUZZ: &str = "0.13.2";
const SECONDS: u32 = 10;
/// An input that takes longer than this, in seconds, counts as a crash.
const LONGEST_INPUT: &str = "-timeout=10";

/// What to run, and how its table is printed.
#[derive(Debug, PartialEq)]
struct Order {
    seconds: u32,
    markdown: bool,
    targets: Vec<String>,
}

/// Runs what the words say: `[--seconds N] [--markdown] [TARGET…]`.
pub(crate) fn some(words: &[&str]) -> Outcome {
    let order = order(words, &targets()?)?;
    let host = host()?;
    let cargo_fuzz = shell::tool("cargo-fuzz", CARGO_FUZZ)?;
    let built = shell::root().join("target/fuzz");
    let mut build = command_of("rustup", &["run", "nightly"]);
    build.arg(cargo_fuzz).args(["build", "--sanitizer", "none", "--fuzz-dir", "fuzz"]);
    build.arg("--target-dir").arg(&built);
    // Named by the `cargo` that runs this task, and not the nightly one.
    build.env_remove("CARGO");
    if let [one] = &order.targets[..] {
        build.arg(one);
    }
    run(build)?;
    let binaries = built.join(host).join("release");
    let rows = order.targets.iter().map(|target| row(target, &binaries, order.seconds));
    let rows = rows.collect::<Outcome<Vec<_>>>()?;
    println!("\n{}", table(&rows, order.markdown));
    let crashed: Vec<&str> =
        rows.iter().filter(|row| row.crashed).map(|row| row.target.as_str()).collect();
    if crashed.is_empty() {
        return Ok(());
    }
    Err(format!("inputs that break a promise of {} are in target/fuzz/crashes", crashed.join(", ")))
}

fn order(words: &[&str], known: &[String]) -> Outcome<Order> {
    let mut order = Order { seconds: SECONDS, markdown: false, targets: Vec::new() };
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match *word {
            "--markdown" => order.markdown = true,
            "--seconds" => {
                let number = words.next().and_then(|word| word.parse().ok());
                order.seconds = number.ok_or("`--seconds` is followed by a number")?;
            }
            target if known.iter().any(|one| one == target) => order.targets.push(target.into()),
            other => {
                return Err(format!("no fuzz target `{other}`; there are: {}", known.join(", ")));
            }
        }
    }
    if order.targets.is_empty() {
        order.targets = known.to_vec();
    }
    Ok(order)
}

/// The names of `fuzz/targets/*.rs`.
fn targets() -> Outcome<Vec<String>> {
    let entries = fs::read_dir(shell::root().join("fuzz/targets"));
    let paths = entries.map_err(|error| format!("fuzz/targets: {error}"))?.map_while(Result::ok);
    let mut names: Vec<String> = paths
        .filter_map(|entry| entry.file_name().to_str()?.strip_suffix(".rs").map(str::to_owned))
        .collect();
    names.sort();
    Ok(names)
}

/// The platform of the nightly compiler, which names the folder of what it builds.
fn host() -> Outcome<String> {
    let words = ["run", "nightly", "rustc", "--version", "--verbose"];
    let told = shell::output(command_of("rustup", &words)).map_err(|error| {
        let hint = "rustup toolchain install nightly --profile minimal";
        format!("fuzzing needs the nightly toolchain; install it: {hint}\n{error}")
    })?;
    let host = told.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned).ok_or("the nightly compiler does not name its host".to_owned())
}

/// How one target's run ended.
struct Row {
    target: String,
    executions: u64,
    seconds: u64,
    crashed: bool,
}

fn row(target: &str, binaries: &Path, seconds: u32) -> Outcome<Row> {
    let (corpus, crashes) = (format!("target/fuzz/corpus/{target}"), "target/fuzz/crashes");
    for folder in [corpus.as_str(), crashes] {
        fs::create_dir_all(shell::root().join(folder)).map_err(|error| error.to_string())?;
    }
    let mut fuzz = command(binaries.join(target));
    fuzz.arg(format!("-max_total_time={seconds}"));
    fuzz.arg(format!("-artifact_prefix={crashes}/{target}-"));
    fuzz.args(["-print_final_stats=1", LONGEST_INPUT]);
    // What is found goes into the first folder, the second is only read.
    fuzz.args([corpus, format!("fuzz/seeds/{target}")]);
    println!("{target}, {seconds} s");
    let ended = fuzz.output().map_err(|error| format!("{target}: {error}"))?;
    let words = String::from_utf8_lossy(&ended.stderr);
    if !ended.status.success() {
        eprintln!("{words}");
    }
    let (executions, seconds) = counted(&words);
    Ok(Row { target: target.to_owned(), executions, seconds, crashed: !ended.status.success() })
}

/// What libFuzzer counted: executions, and whole seconds where it got to the end.
fn counted(words: &str) -> (u64, u64) {
    let number = |before: &str, after: &str| {
        let rest = words.lines().find_map(|line| line.strip_prefix(before)?.strip_suffix(after));
        rest.and_then(|rest| rest.trim().parse().ok())
    };
    let done = words.lines().find_map(|line| {
        line.strip_prefix("Done ")?.strip_suffix(" second(s)")?.rsplit(' ').next()?.parse().ok()
    });
    (number("stat::number_of_executed_units:", "").unwrap_or_default(), done.unwrap_or_default())
}

fn table(rows: &[Row], markdown: bool) -> String {
    let head = ["target", "executions", "per second", "seconds", "crashes"].map(str::to_owned);
    let cells = rows.iter().map(|row| {
        [
            row.target.clone(),
            row.executions.to_string(),
            row.executions.checked_div(row.seconds).map_or("-".to_owned(), |rate| rate.to_string()),
            row.seconds.to_string(),
            u8::from(row.crashed).to_string(),
        ]
    });
    let line = |cells: [String; 5]| match markdown {
        true => format!("| {} |", cells.join(" | ")),
        false => format!(
            "{:<20}{:>14}{:>12}{:>9}{:>9}",
            cells[0], cells[1], cells[2], cells[3], cells[4]
        ),
    };
    let mut lines = vec![line(head)];
    if markdown {
        lines.push("|---|---:|---:|---:|---:|".to_owned());
    }
    lines.extend(cells.map(line));
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_choose_targets_seconds_and_form() {
        let known = ["a".to_owned(), "b".to_owned()];
        let all = Order { seconds: 10, markdown: false, targets: known.to_vec() };
        assert_eq!(order(&[], &known), Ok(all));
        let one = Order { seconds: 600, markdown: true, targets: vec!["b".to_owned()] };
        assert_eq!(order(&["--seconds", "600", "b", "--markdown"], &known), Ok(one));
        for bad in [&["c"][..], &["--seconds"], &["--seconds", "x"], &["--help"]] {
            assert!(order(bad, &known).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn counts_are_those_of_libfuzzer() {
        let words = "#9\tDONE cov: 1\nDone 184995 runs in 9 second(s)\n\
                     stat::number_of_executed_units: 184995\nstat::peak_rss_mb: 1";
        assert_eq!(counted(words), (184_995, 9));
        assert_eq!(counted("==1== ERROR: libFuzzer: deadly signal"), (0, 0));
    }

    #[test]
    fn table_is_text_or_markdown() {
        let row = Row { target: "a".to_owned(), executions: 90, seconds: 9, crashed: false };
        assert_eq!(
            table(&[row], true),
            "| target | executions | per second | seconds | crashes |\n\
             |---|---:|---:|---:|---:|\n| a | 90 | 10 | 9 | 0 |"
        );
        let row = Row { target: "b".to_owned(), executions: 7, seconds: 0, crashed: true };
        assert!(table(&[row], false).ends_with("-        0        1"));
    }

    #[test]
    fn every_target_has_seeds_and_a_place_in_the_manifest() {
        let manifest = fs::read_to_string(shell::root().join("fuzz/Cargo.toml")).expect("it");
        let targets = targets().expect("targets");
        assert_eq!(manifest.matches("[[bin]]").count(), targets.len());
        for target in targets {
            assert!(manifest.contains(&format!("name = \"{target}\"")), "{target}");
            let seeds = shell::root().join("fuzz/seeds").join(&target);
            assert!(fs::read_dir(seeds).is_ok_and(|seeds| seeds.count() > 1), "{target}");
        }
    }
}
