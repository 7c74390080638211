//! The same promises in the ordinary suite: a few hundred inputs each, always the same ones.
//!
//! Not here: long runs, and inputs found by coverage (`fuzz/`).

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, RngSeed, TestError, TestRunner};
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
fn holds(target: &str, cases: u32, promise: fn(&[u8])) {
    let seeds = seeds(target);
    seeds.iter().for_each(|seed| promise(seed));
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
        Ok(())
    });
    match outcome {
        Ok(()) => {}
        Err(TestError::Fail(why, input)) => panic!("{target}: {why}: {}", input.escape_ascii()),
        Err(TestError::Abort(why)) => panic!("{target}: {why}"),
    }
}

macro_rules! promises {
    ($($name:ident: $target:ident, $cases:expr;)+) => {
        $(#[test]
        fn $name() {
            holds(stringify!($target), $cases, super::$target);
        })+

        #[test]
        fn every_fuzz_target_of_this_crate_is_tried_here_too() {
            let manifest = include_str!("../../../../fuzz/Cargo.toml");
            for target in manifest.lines().filter_map(|line| line.strip_prefix("name = \"")) {
                let target = target.trim_end_matches('"');
                let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/targets");
                let source = std::fs::read_to_string(source.join(format!("{target}.rs")));
                if source.is_ok_and(|source| source.contains(" hallpass::")) {
                    assert!([$(stringify!($target)),+].contains(&target), "{target}");
                }
            }
        }
    };
}

#[cfg(feature = "workload")]
promises! {
    accepted_client_files_name_addresses_that_secrets_may_go_to: client_secret, 400;
    user_files_survive_reading_and_writing: authorized_user, 400;
    token_files_survive_reading_and_writing: token_file, 400;
    credential_files_become_sources_or_plain_errors: credential_file, 300;
    side_records_survive_reading_and_writing: grant_record, 100;
    pending_sign_ins_survive_reading_and_writing: pending_sign_in, 300;
    only_a_get_of_our_path_on_this_machine_is_a_redirect: redirect_request, 400;
    codes_are_believed_beside_our_state_alone: redirect, 400;
    pasted_codes_are_believed_beside_our_state_alone: pasted, 400;
    bootstrap_addresses_lead_back_to_our_port: bootstrap_address, 400;
    token_replies_give_tokens_that_can_be_sent: token_reply, 400;
    accounts_of_id_tokens_are_plain: id_token, 400;
    metadata_replies_are_believed_with_googles_header_alone: metadata_reply, 300;
    subject_replies_give_a_token_or_a_plain_reason: subject_reply, 300;
    commands_are_split_as_they_are_quoted: executable_command, 400;
    secrets_go_to_https_or_to_this_machine: client_address, 400;
    credential_files_name_believed_hosts_alone: credential_address, 400;
    scopes_survive_reading_and_writing: scopes, 400;
}
