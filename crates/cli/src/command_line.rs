//! The whole command line, for what stands below it: the manual, completion, hints, the demo.
//!
//! In: how a line is parsed and run; `main` says so once. Out: the same.
//! Not here: which commands there are (`args`); a command that imported that would be imported by what it imports.

use crate::context::Context;
use crate::failure::Outcome;
use std::sync::OnceLock;

/// How a line is parsed and run.
pub(crate) struct CommandLine {
    pub(crate) parser: fn() -> clap::Command,
    #[cfg_attr(not(feature = "emulator"), expect(dead_code, reason = "for `demo`"))]
    pub(crate) run: fn(&[&str], &mut Context) -> Outcome,
}

static COMMAND_LINE: OnceLock<CommandLine> = OnceLock::new();

/// Says what the command line is; the first word counts.
pub(crate) fn set(command_line: CommandLine) {
    let _ = COMMAND_LINE.set(command_line);
}

fn get() -> &'static CommandLine {
    COMMAND_LINE.get().expect("`main` says what the command line is before anything else")
}

/// Returns the parser of every command.
pub(crate) fn parser() -> clap::Command {
    (get().parser)()
}

/// Parses a line, the name of the program included, and runs it.
#[cfg(feature = "emulator")]
pub(crate) fn run(words: &[&str], context: &mut Context) -> Outcome {
    (get().run)(words, context)
}
