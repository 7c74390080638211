//! The command `hallpass`: parses, runs, exits.

mod args;
mod browser;
mod commands;
mod context;
mod emulator_clock;
mod exit;
mod failure;
mod profile;
mod render;
mod saved;

use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    let args = args::Args::parse();
    let mut context = context::Context::of_this_process();
    let outcome = context
        .start_logging()
        .and_then(|()| context.choose_profile(args.profile.as_deref()))
        .and_then(|()| commands::run(&args.command, &mut context));
    let code = match outcome {
        Ok(()) => exit::Exit::Done,
        Err(failure) => {
            let format = args.command.format();
            context.note(&render::failure(&failure, format));
            failure.exit()
        }
    };
    ExitCode::from(code as u8)
}
