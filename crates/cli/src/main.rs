//! The command `hallpass`: parses, runs, exits.

mod args;
mod browser;
mod commands;
mod context;
mod emulator_clock;
mod exit;
mod failure;
mod place;
mod profile;
mod render;
mod saved;

use std::ffi::OsString;
use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    keep_out_of_core_dumps();
    let mut context = context::Context::of_this_process();
    if commands::completions::answered(words(), &context) {
        return ExitCode::SUCCESS;
    }
    let words = words();
    context.in_gclouds_place = words.get(1).is_some_and(|word| word == "gcloud");
    let args =
        args::Args::at_once(&words).map_or_else(|| args::Args::read(words, &mut context), Ok);
    let args = match args {
        Ok(args) => args,
        Err(code) => return code,
    };
    let outcome = context
        .start_logging()
        .and_then(|()| match args.command.needs_nobody() && args.profile.is_none() {
            true => Ok(()),
            false => context.choose_profile(args.profile.as_deref()),
        })
        .and_then(|()| commands::run(&args.command, &mut context));
    let code = match outcome {
        Ok(()) => exit::Exit::Done,
        Err(failure) => {
            let silent = context.silent_emulator().filter(|_| failure.is(exit::Case::Connect));
            let failure = silent.unwrap_or(failure);
            let format = args.command.format();
            context.note(&render::failure(&failure, format));
            failure.exit()
        }
    };
    ExitCode::from(code as u8)
}

/// Under the name `gcloud`, everything is gcloud's.
fn words() -> Vec<OsString> {
    let mut words: Vec<OsString> = std::env::args_os().collect();
    let name = words.first().and_then(|name| Path::new(name).file_stem().map(ToOwned::to_owned));
    if name.is_some_and(|name| name == "gcloud") {
        words.insert(1, "gcloud".into());
    }
    words
}

/// A dump of this process would hold somebody's account; nor may another of the user's programs look into it.
fn keep_out_of_core_dumps() {
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{DumpableBehavior, set_dumpable_behavior};
        // Where the system refuses, everything works as before.
        let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use rustix::process::{DumpableBehavior, dumpable_behavior};

    #[test]
    fn a_crash_leaves_no_dump() {
        super::keep_out_of_core_dumps();
        let behavior = dumpable_behavior().expect("to ask");
        assert!(matches!(behavior, DumpableBehavior::NotDumpable));
    }
}
