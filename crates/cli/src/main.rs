//! The command `hallpass`: parses, runs, exits.

mod args;
mod browser;
mod client_file;
mod command_line;
mod commands;
mod completion;
mod context;
mod core_dump;
mod dispatch;
mod earlier;
mod emulator_clock;
mod environment;
mod exit;
mod failure;
mod gemini;
mod gemini_address;
mod given_ticket;
mod hint;
mod issuer;
mod line;
mod one_time_page;
mod output;
mod place;
mod profile;
mod progress;
mod render;
mod saved;
mod selection;

use clap::CommandFactory;
use command_line::CommandLine;
use std::ffi::OsString;
use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    core_dump::refuse();
    command_line::set(CommandLine { parser: args::Args::command, run: dispatch::run_line });
    let mut context = context::Context::of_this_process();
    let words = words();
    if commands::completions::answered(&words, &context) {
        return ExitCode::SUCCESS;
    }
    context.called_as_gcloud = words.get(1).is_some_and(|word| word == "gcloud");
    let args = match args::Args::read(&words, &mut context) {
        Ok(args) => args,
        Err(code) => return code,
    };
    context.format = args.everywhere.format;
    match context.start_logging().and_then(|()| dispatch::run(&args, &mut context)) {
        Ok(()) => ExitCode::from(context.exit_code),
        Err(failure) => ExitCode::from(hint::report(failure, &mut context) as u8),
    }
}

/// Under the name `gcloud`, every word is gcloud's.
fn words() -> Vec<OsString> {
    let mut words: Vec<OsString> = std::env::args_os().collect();
    let name = words.first().and_then(|name| Path::new(name).file_stem().map(ToOwned::to_owned));
    if name.is_some_and(|name| name.eq_ignore_ascii_case("gcloud")) {
        words.insert(1, "gcloud".into());
    }
    words
}
