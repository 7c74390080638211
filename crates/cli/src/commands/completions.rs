//! `hallpass completions SHELL`: a script that completes commands, flags and the names of profiles.
//! The script asks this very command what could stand next, so that it knows profiles made a minute ago.

use crate::command_line;
use crate::context::Context;
use crate::exit::Case;
use crate::failure::{Failure, Outcome};
use crate::line::Line;
use crate::render::{self, Format};
use crate::selection::{hidden_profile, hidden_token_file};
use clap_complete::env::{CompleteEnv, Shells};
use serde_json::json;
use std::ffi::OsString;

/// Set by the script when it asks.
const VARIABLE: &str = "HALLPASS_COMPLETE";

/// Print a completion script for a shell
#[derive(Debug, clap::Args)]
#[command(arg = hidden_profile(), arg = hidden_token_file())]
#[command(after_help = "\
Examples:
  hallpass completions bash > ~/.local/share/bash-completion/completions/hallpass
  hallpass completions zsh > ~/.zfunc/_hallpass
  hallpass completions fish > ~/.config/fish/completions/hallpass.fish
  hallpass completions powershell >> $PROFILE")]
pub(crate) struct Args {
    /// The shell
    #[arg(value_parser = ["bash", "elvish", "fish", "powershell", "zsh"])]
    shell: String,
}

pub(crate) fn run(args: &Args, context: &mut Context) -> Outcome {
    let mut script = Vec::new();
    let shells = Shells::builtins();
    let shell = shells.completer(&args.shell).expect("one of those that clap lets through");
    shell
        .write_registration(VARIABLE, "hallpass", "hallpass", "hallpass", &mut script)
        .map_err(|error| Failure::new(Case::Output, "cannot write the script").because(error))?;
    let script = String::from_utf8_lossy(&script);
    let script = script.trim_end();
    context.data(match context.format {
        Format::Text => script.lines().map(Line::from).collect(),
        Format::Json => render::document(&json!({ "shell": args.shell, "script": script })),
    })
}

/// Answers a script that asks, and says whether one did.
pub(crate) fn answered(words: &[OsString], context: &Context) -> bool {
    if context.variable(VARIABLE).is_none() {
        return false;
    }
    let env = CompleteEnv::with_factory(command_line::parser).var(VARIABLE);
    let folder = std::env::current_dir().ok();
    env.try_complete(words.to_vec(), folder.as_deref()).unwrap_or(true)
}
