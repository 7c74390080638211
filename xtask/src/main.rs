//! The project's own tasks: `cargo xtask test`, `check`, `interop`, `browser`, `bench`, `deny`,
//! `fuzz`, `platforms`, `dist`.
//!
//! In: a clean checkout. Out: what the tests need, installed under `target/`, and their verdict.
//! Not here: the tests themselves; they are plain `cargo test` targets of the crates.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a task talks to its terminal")]

mod bench;
mod bench_command;
mod bench_gemini;
mod bench_models;
mod browser;
mod check;
mod clients;
mod counts;
mod debian;
mod dist;
#[cfg(test)]
mod documented;
mod fuzz;
mod mutants;
mod package;
mod platforms;
mod private_network;
mod shell;
mod supply;
mod table;
mod test;
mod trust;

use std::process::ExitCode;

const USAGE: &str = "\
cargo xtask test      install what the tests need under target/, then run all of them
cargo xtask interop   only the tests against Google's own clients
cargo xtask browser   only the tests that click through the pages in Chromium
cargo xtask pictures  the same, and takes the pictures in docs/images anew
cargo xtask check     formatting, lints, documentation, spelling, dependencies, and the packages by themselves
cargo xtask bench     the emulator beside oauth2-mock-server, as one table
cargo xtask bench credentials
                      the library beside the crates that hand out Google credentials, as tables
cargo xtask bench command
                      the command beside true, curl and gcloud, by hyperfine; and its size
cargo xtask bench gemini
                      the client of the Gemini API beside others, uploads beside curl, the emulator; as tables
cargo xtask bench agent
                      the agent beside nginx and LiteLLM's proxy, as tables
cargo xtask trust     attacks every promise of docs/threat-model.md and counts, as one table (minutes)
cargo xtask package   packs every published crate, unpacks it elsewhere, and tests what came out
cargo xtask trust --mutants [WORD…]
                      breaks the code on purpose and expects these tests to fail (hours for all of them)
cargo xtask sbom      what the command is made of, as CycloneDX (installs cargo-cyclonedx)
cargo xtask deny      licences, sources, bans and advisories of the dependencies, by cargo-deny
cargo xtask fuzz [--seconds N] [--markdown] [TARGET…]
                      every fuzz target for ten seconds, as one table (needs the nightly toolchain)
cargo xtask platforms [check [TARGET…] | run [TARGET…] [PACKAGE…] | ci]
                      compiles for Windows, macOS, arm64 and musl; runs the tests under wine and qemu (Debian)
cargo xtask dist [--test | --again | --programs] [TARGET…]
                      what users download, in target/dist; --test installs and runs each package and asks others'
                      tools, --again builds the programs once more, elsewhere and from nothing, and compares;
                      --programs builds and does not pack
cargo xtask dist --stubs
                      links a debug program for a Mac against stubs of Apple's frameworks: a proof, no release
cargo xtask dist --on-windows FOLDER
                      runs install.ps1 on Windows, with the files of a release in FOLDER";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let outcome = match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["test"] => test::everything(),
        ["interop"] => test::interop_alone(),
        ["browser"] => test::browser_alone(),
        ["pictures"] => test::pictures(),
        ["check"] => check::everything(),
        ["bench"] => bench::everything(),
        ["bench", "credentials"] => bench::credentials(),
        ["bench", "gemini"] => bench_gemini::client(),
        ["bench", "agent"] => bench_gemini::agent(),
        ["bench", "command"] => bench_command::everything(),
        ["trust"] => trust::everything(),
        ["trust", "--mutants", words @ ..] => mutants::some(words),
        ["deny"] => supply::deny(),
        ["package"] => package::everything(),
        ["sbom"] => check::sbom(),
        ["platforms", "check", words @ ..] => platforms::check(words),
        ["platforms", "run", words @ ..] => platforms::run(words),
        ["platforms", "ci"] => platforms::of_a_change(),
        ["platforms"] | ["platforms", "all"] => platforms::everything(),
        ["dist", "--test", words @ ..] => dist::test(words),
        ["dist", "--again", words @ ..] => dist::again(words),
        ["dist", "--programs", words @ ..] => dist::programs(words),
        ["dist", "--on-windows", folder] => dist::on_windows(folder),
        ["dist", "--stubs"] => dist::stubs(),
        ["dist", words @ ..] if words.iter().all(|word| !word.starts_with('-')) => {
            dist::everything(words)
        }
        ["fuzz", words @ ..] => fuzz::some(words),
        [] | ["help" | "--help" | "-h"] => {
            println!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        _ => {
            eprintln!("error: no such task: {}\n\n{USAGE}", words.join(" "));
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
