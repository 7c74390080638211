//! `cargo xtask trust`: attacks everything that docs/threat-model.md promises, and prints one table.
//!
//! In: the rows of that page, and the tests that they name. Out: for each promise, how often it was attacked
//! in this run and how often it broke. The servers, worlds and property runners below a test count what it tried;
//! a test without one of them is one attempt. A test that did not run is a failure.
//! Not here: whether the rows name tests that exist (`documented`, with the normal tests).

use crate::debian;
use crate::private_network;
use crate::shell::{self, Outcome};
use crate::table;
use std::collections::BTreeMap;
use std::fs;

/// How long the crowd of processes stays.
const SECONDS: &str = "60";

/// One row of the page.
struct Promise {
    number: String,
    words: String,
    tests: Vec<String>,
}

/// What became of the tests of one name.
#[derive(Default)]
struct Ended {
    attempts: u64,
    failures: u64,
}

pub(crate) fn everything() -> Outcome {
    debian::need("strace", &["strace"])?;
    let page = fs::read_to_string(shell::root().join("docs/threat-model.md"));
    let promises = promises(&page.map_err(|error| error.to_string())?);
    let features = ["--features", "hallpass-cli/siege"];
    shell::run(shell::cargo(&[&["test", "--workspace", "--no-run"], &features[..]].concat()))?;
    let mut tests = shell::cargo(&["test", "--workspace", "--no-fail-fast"]);
    let counted = shell::root().join("target/attempts");
    let _ = fs::File::options().write(true).truncate(true).open(&counted);
    tests.args(features).env("HALLPASS_TEST_SECONDS", SECONDS);
    tests.env("HALLPASS_TEST_ATTEMPTS", &counted);
    let (_, output) = shell::run_and_keep(private_network::wrap(&tests))?;
    let ended = ended(&output, &fs::read_to_string(&counted).unwrap_or_default());
    let (mut attempts, mut failures) = (0, 0);
    println!("\n| # | promise | attempts | failures |\n|---|---|---:|---:|");
    for promise in &promises {
        let row = promise.judged(&ended);
        println!(
            "| {} | {} | {} | {} |",
            promise.number, promise.words, row.attempts, row.failures
        );
        (attempts, failures) = (attempts + row.attempts, failures + row.failures);
    }
    println!("| | together | {attempts} | {failures} |");
    if failures == 0 { Ok(()) } else { Err(format!("{failures} attacks got through")) }
}

impl Promise {
    fn judged(&self, ended: &BTreeMap<String, Ended>) -> Ended {
        let mut row = Ended::default();
        for test in &self.tests {
            match ended.get(test) {
                Some(of_test) => {
                    row.attempts += of_test.attempts;
                    row.failures += of_test.failures;
                }
                None => {
                    println!("{}: `{test}` did not run", self.number);
                    row.failures += 1;
                }
            }
        }
        row
    }
}

/// The rows `| T7 | threat | promise | tests | fails when |`.
fn promises(page: &str) -> Vec<Promise> {
    let rows = table::rows(page).into_iter().filter_map(|cells| {
        let [number, _, words, tests, ..] = &cells[..] else { return None };
        number.starts_with('T').then(|| Promise {
            number: number.clone(),
            words: words.clone(),
            tests: table::tests(tests).into_iter().map(|test| last(&test)).collect(),
        })
    });
    rows.collect()
}

/// The last part of a test's name: it is a sentence, and no two are the same.
fn last(path: &str) -> String {
    path.rsplit("::").next().unwrap_or(path).to_owned()
}

/// Reads what the test programs print, and the file of counts with its lines `TEST NUMBER`.
fn ended(output: &str, counts: &str) -> BTreeMap<String, Ended> {
    let mut ended: BTreeMap<String, Ended> = BTreeMap::new();
    for line in output.lines() {
        if let Some((path, how)) =
            line.strip_prefix("test ").and_then(|rest| rest.split_once(" ... "))
        {
            let of_test = ended.entry(last(path)).or_default();
            of_test.failures += u64::from(how != "ok");
        }
    }
    for (path, number) in counts.lines().filter_map(|line| line.rsplit_once(' ')) {
        if let Some(of_test) = ended.get_mut(&last(path)) {
            of_test.attempts += number.parse::<u64>().unwrap_or_default();
        }
    }
    for of_test in ended.values_mut() {
        of_test.attempts = of_test.attempts.max(1);
    }
    ended
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "\
| # | threat | promise | tests |
|---|---|---|---|
| T1 | another user reads | no user reads | `a/src/x.rs::no_user_reads`, `b/tests/y.rs::nor_writes` |
| T2 | a crowd | one refresh | `b/tests/y.rs::crowd` |
";

    #[test]
    fn table_counts_what_the_tests_say_and_misses_what_did_not_run() {
        let promises = promises(PAGE);
        assert_eq!(promises.len(), 2);
        let output = "\
test x::no_user_reads ... ok
test deep::down::nor_writes ... FAILED
";
        let ended = ended(output, "x::no_user_reads 600\nx::no_user_reads 400\nelsewhere 7\n");
        let first = promises[0].judged(&ended);
        assert_eq!((first.attempts, first.failures), (1001, 1));
        let second = promises[1].judged(&ended);
        assert_eq!((second.attempts, second.failures), (0, 1));
    }
}
