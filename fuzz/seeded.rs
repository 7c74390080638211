//! The fuzz targets' promises in the ordinary suite: seeds, changed seeds and arbitrary bytes.
//!
//! In: a target and its promise. Out: a verdict on a few hundred inputs, always the same ones. The tests of
//! each crate with targets include this file.
//! Not here: long runs, and inputs found by coverage (`cargo xtask fuzz`).

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, RngSeed, TestError, TestRunner};
use std::cell::Cell;
use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;

/// One change of an input: where, and what happens there.
#[derive(Clone, Debug)]
enum Change {
    Flip(u8),
    Insert(Vec<u8>),
    Cut(usize),
    Repeat(usize),
    Nest(usize),
}

/// Texts that mean something in one of the formats.
const WORDS: [&str; 14] = [
    "\"",
    "\\u202e",
    "\\u0000",
    "\u{1b}[2J",
    "\u{202e}",
    "18446744073709551615",
    "-1e308",
    "{\"a\":",
    "&state=marked-state",
    "&redirect_uri=x",
    "#",
    "%00",
    "\r\nHost: localhost:8085",
    "@",
];

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        any::<u8>().prop_map(Change::Flip),
        vec(any::<u8>(), 1..4).prop_map(Change::Insert),
        (0..WORDS.len()).prop_map(|word| Change::Insert(WORDS[word].into())),
        (1usize..20).prop_map(Change::Cut),
        (1usize..20).prop_map(Change::Repeat),
        (1usize..200).prop_map(Change::Nest),
    ]
}

fn changed(mut input: Vec<u8>, changes: &[(prop::sample::Index, Change)]) -> Vec<u8> {
    for (at, change) in changes {
        let at = at.index(input.len() + 1);
        let upto = |length: &usize| (at + length).min(input.len());
        match change {
            Change::Flip(bits) => input.iter_mut().skip(at).take(1).for_each(|byte| *byte ^= bits),
            Change::Insert(bytes) => drop(input.splice(at..at, bytes.iter().copied())),
            Change::Cut(length) => drop(input.drain(at..upto(length))),
            Change::Repeat(length) => {
                let part = input[at..upto(length)].to_vec();
                drop(input.splice(at..at, part));
            }
            Change::Nest(depth) => {
                input.splice(at..at, std::iter::repeat_n(b'[', *depth));
            }
        }
    }
    input
}

/// The seeds of a fuzz target, in the order of their names.
fn seeds(target: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/seeds").join(target);
    let entries = std::fs::read_dir(&folder).unwrap_or_else(|_| panic!("no seeds of `{target}`"));
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    assert!(!paths.is_empty(), "no seeds of `{target}`");
    paths.iter().map(|path| std::fs::read(path).expect("a seed")).collect()
}

/// Tries the seeds as they are, then changed ones and arbitrary bytes.
pub(crate) fn holds(target: &str, cases: u32, promise: fn(&[u8])) {
    let seeds = seeds(target);
    seeds.iter().for_each(|seed| promise(seed));
    let tried = Cell::new(seeds.len());
    let config = Config {
        cases,
        failure_persistence: None,
        rng_algorithm: RngAlgorithm::ChaCha,
        rng_seed: RngSeed::Fixed(1),
        ..Config::default()
    };
    let from_seed =
        (prop::sample::select(seeds), vec((any::<prop::sample::Index>(), change()), 1..4))
            .prop_map(|(seed, changes)| changed(seed, &changes));
    let input = prop_oneof![9 => from_seed, 1 => vec(any::<u8>(), 0..300)];
    let outcome = TestRunner::new(config).run(&input, |input| {
        promise(&input);
        tried.set(tried.get() + 1);
        Ok(())
    });
    count(tried.get());
    match outcome {
        Ok(()) => {}
        Err(TestError::Fail(why, input)) => panic!("{target}: {why}: {}", input.escape_ascii()),
        Err(TestError::Abort(why)) => panic!("{target}: {why}"),
    }
}

/// Tells `cargo xtask trust` how many inputs this test tried.
#[expect(clippy::disallowed_methods, reason = "the task names the file")]
fn count(tried: usize) {
    let Some(file) = std::env::var_os("HALLPASS_TEST_ATTEMPTS") else { return };
    let test = std::thread::current().name().unwrap_or_default().to_owned();
    let mut file = OpenOptions::new().create(true).append(true).open(file).expect("the file");
    file.write_all(format!("{test} {tried}\n").as_bytes()).expect("a line");
}

/// One test for each line; one more says whether a target of this crate has none.
macro_rules! promises {
    ($($name:ident: $target:ident, $cases:expr;)+) => {
        $(#[test]
        fn $name() {
            seeded::holds(stringify!($target), $cases, super::$target);
        })+

        #[test]
        fn every_fuzz_target_of_this_crate_is_tried_here_too() {
            let tried = [$(stringify!($target)),+];
            for target in seeded::targets(&format!(" {}::", env!("CARGO_PKG_NAME").replace('-', "_"))) {
                assert!(tried.contains(&target.as_str()), "{target}");
            }
        }
    };
}
pub(crate) use promises;

/// The names of the fuzz targets whose source has this in it.
pub(crate) fn targets(call: &str) -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/targets");
    let entries = std::fs::read_dir(folder).expect("the fuzz targets");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let ours = paths.filter(|path| std::fs::read_to_string(path).expect("a target").contains(call));
    let ours =
        ours.filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned())).collect::<Vec<_>>();
    assert!(!ours.is_empty(), "no target calls `{call}`");
    ours
}
