//! `hallpass completions SHELL`: a script that completes commands, flags and the names of profiles.
//! The script asks this very command what could stand next, so that it knows profiles made a minute ago.

use crate::args;
use crate::context::Context;
use crate::exit::Case;
use crate::failure::{Failure, Outcome};
use crate::profile;
use crate::selection::{hidden_profile, hidden_token_file};
use clap::CommandFactory;
use clap_complete::engine::{ArgValueCandidates, ArgValueCompleter, CompletionCandidate};
use clap_complete::env::{CompleteEnv, Shells};
use hallpass::Scopes;
use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};

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
    context.data(String::from_utf8_lossy(&script).trim_end().lines())
}

/// Answers a script that asks, and says whether one did.
pub(crate) fn answered(words: &[OsString], context: &Context) -> bool {
    if context.variable(VARIABLE).is_none() {
        return false;
    }
    let env = CompleteEnv::with_factory(args::Args::command).var(VARIABLE);
    let folder = std::env::current_dir().ok();
    env.try_complete(words.to_vec(), folder.as_deref()).unwrap_or(true)
}

/// The short names of scopes, after the last comma of what is there.
pub(crate) fn scope_list() -> ArgValueCompleter {
    ArgValueCompleter::new(|text: &OsStr| {
        let text = text.to_string_lossy();
        let (before, last) = text
            .rsplit_once(',')
            .map_or(("", &*text), |(_, last)| (&text[..text.len() - last.len()], last));
        let words = Scopes::catalogue().map(|(word, _)| word).filter(|word| word.starts_with(last));
        words.map(|word| CompletionCandidate::new(format!("{before}{word}"))).collect()
    })
}

/// The programs in PATH.
pub(crate) fn programs() -> ArgValueCompleter {
    ArgValueCompleter::new(|text: &OsStr| {
        let text = text.to_string_lossy();
        let path = Context::of_this_process().variable("PATH").unwrap_or_default();
        let files = std::env::split_paths(&path).filter_map(|folder| folder.read_dir().ok());
        let names =
            files.flatten().flatten().map(|file| file.file_name().to_string_lossy().into_owned());
        let names: BTreeSet<String> = names.filter(|name| name.starts_with(&*text)).collect();
        names.into_iter().map(CompletionCandidate::new).collect()
    })
}

/// The short names of scopes.
pub(crate) fn scopes() -> ArgValueCandidates {
    ArgValueCandidates::new(|| {
        Scopes::catalogue().map(|(word, _)| CompletionCandidate::new(word)).collect()
    })
}

/// The commands that have a page of the manual.
pub(crate) fn commands() -> ArgValueCandidates {
    ArgValueCandidates::new(|| {
        let root = args::Args::command();
        root.get_subcommands().map(|command| CompletionCandidate::new(command.get_name())).collect()
    })
}

/// The names of the profiles that there are now.
pub(crate) fn profiles() -> ArgValueCandidates {
    ArgValueCandidates::new(|| {
        let names = profile::names(&Context::of_this_process()).unwrap_or_default();
        let names = names.into_iter().chain([profile::DEFAULT.to_owned()]);
        names.map(CompletionCandidate::new).collect()
    })
}
