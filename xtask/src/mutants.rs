//! `cargo xtask trust --mutants [WORD…]`: breaks the code on purpose, one line at a time, and expects the tests of the
//! promise to fail.
//!
//! In: `xtask/mutants.txt`: for each mutation the promise or subject, what is broken, the file, the tests, the old text
//! and the new. Out: a table; a mutation that every test survives is a failure, and so is one that no longer fits the code.
//! The mutations are made in a copy under `target/mutants`. Not here: mutations that are not in the list.

use crate::shell::{self, Outcome};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A test that hangs has failed; the first one of a crate is built within this time.
const LONGEST: Duration = Duration::from_secs(15 * 60);

/// One thing that is broken.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Mutation {
    pub(crate) promise: String,
    pub(crate) broken: String,
    file: String,
    tests: String,
    old: String,
    new: String,
}

/// Tries the mutations whose promise or text has one of these words; all of them without a word.
pub(crate) fn some(words: &[&str]) -> Outcome {
    let copy = shell::root().join("target/mutants");
    copy_to(&copy)?;
    let all = listed()?;
    let chosen = |mutation: &&Mutation| {
        words.is_empty()
            || words.iter().any(|word| mutation.promise == *word || mutation.broken.contains(word))
    };
    let mut table = String::new();
    let mut survivors = 0;
    for mutation in all.iter().filter(chosen) {
        let verdict = try_out(mutation, &copy)?;
        survivors += usize::from(verdict != "caught");
        let row = format!("| {} | {} | {verdict} |\n", mutation.promise, mutation.broken);
        print!("{row}");
        table.push_str(&row);
    }
    println!("\n| # | fails when | verdict |\n|---|---|---|\n{table}");
    if survivors == 0 { Ok(()) } else { Err(format!("{survivors} mutations were not caught")) }
}

/// Reads the list.
pub(crate) fn listed() -> Outcome<Vec<Mutation>> {
    let text = fs::read_to_string(shell::root().join("xtask/mutants.txt"));
    parse(&text.map_err(|error| format!("xtask/mutants.txt: {error}"))?)
}

fn parse(text: &str) -> Outcome<Vec<Mutation>> {
    let entries = text.split("\n== ").skip(1);
    entries.map(|entry| parse_one(entry).ok_or_else(|| format!("cannot read {entry:?}"))).collect()
}

/// `PROMISE: what is broken`, `file: …`, `tests: …`, then the two texts, each after its own line.
fn parse_one(entry: &str) -> Option<Mutation> {
    let (head, texts) = entry.split_once("\n-- old\n")?;
    let (old, new) = texts.split_once("-- new\n")?;
    let mut lines = head.lines();
    let (promise, broken) = lines.next()?.split_once(": ")?;
    let file = lines.next()?.strip_prefix("file: ")?;
    let tests = lines.next()?.strip_prefix("tests: ")?;
    let own = str::to_owned;
    Some(Mutation {
        promise: own(promise),
        broken: own(broken),
        file: own(file),
        tests: own(tests),
        old: own(old.trim_end_matches('\n')),
        new: own(new.trim_end_matches('\n')),
    })
}

/// Breaks, tests, mends.
#[expect(clippy::disallowed_methods, reason = "a task writes under target/")]
fn try_out(mutation: &Mutation, copy: &Path) -> Outcome<&'static str> {
    let path = copy.join(&mutation.file);
    let whole =
        fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    if whole.matches(&mutation.old).count() != 1 {
        return Ok("does not fit the code");
    }
    let write = |text: &str| fs::write(&path, text).map_err(|error| error.to_string());
    write(&whole.replacen(&mutation.old, &mutation.new, 1))?;
    let verdict = judge(mutation, copy);
    write(&whole)?;
    verdict
}

fn judge(mutation: &Mutation, copy: &Path) -> Outcome<&'static str> {
    let mut words = vec!["--kill-after=5".to_owned(), LONGEST.as_secs().to_string()];
    words.extend([env!("CARGO"), "test", "--offline"].map(str::to_owned));
    words.extend(mutation.tests.split(' ').map(str::to_owned));
    let mut test = shell::command("timeout");
    test.args(words).current_dir(copy).env("CARGO_TARGET_DIR", shell::root().join("target"));
    let (passed, output) = shell::run_and_keep(test)?;
    let ran = output.lines().any(|line| line.starts_with("test ") && line.contains(" ... "));
    Ok(match (passed, ran) {
        (false, true) => "caught",
        (true, true) => "survived",
        (true, false) => "ran no test",
        (false, false) => "does not compile, or hung",
    })
}

/// Copies what Git knows; a file whose text is the same keeps its time, so that it is not compiled again.
fn copy_to(copy: &Path) -> Outcome {
    let listed = shell::output(shell::command_of("git", &["ls-files"]))?;
    for name in listed.lines() {
        let (from, to) = (shell::root().join(name), copy.join(name));
        let Ok(bytes) = fs::read(&from) else { continue };
        if fs::read(&to).is_ok_and(|there| there == bytes) {
            continue;
        }
        let parent = to.parent().map(PathBuf::from).unwrap_or_default();
        fs::create_dir_all(parent)
            .and_then(|()| fs::copy(&from, &to))
            .map_err(|error| format!("{name}: {error}"))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mutation_fits_the_code_once_and_each_of_a_promise_stands_in_the_threat_model() {
        let page = fs::read_to_string(shell::root().join("docs/threat-model.md")).expect("page");
        let all = listed().expect("the list");
        assert!(all.len() > 20, "{}", all.len());
        for mutation in all {
            let path = shell::root().join(&mutation.file);
            let text = fs::read_to_string(path).expect(&mutation.file);
            assert_eq!(text.matches(&mutation.old).count(), 1, "{mutation:?}");
            let is_promise = mutation.promise.starts_with('T');
            assert!(
                !is_promise || page.contains(&mutation.broken),
                "not in the table: {mutation:?}"
            );
        }
    }
}
