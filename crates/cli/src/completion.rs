//! What completion offers as values: scopes, programs, commands, profiles.
//!
//! Not here: the script that asks (`commands/completions`).

use crate::command_line;
use crate::context::Context;
use crate::profile;
use clap_complete::engine::{ArgValueCandidates, ArgValueCompleter, CompletionCandidate};
use hallpass::Scopes;
use std::collections::BTreeSet;
use std::ffi::OsStr;

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
        let root = command_line::parser();
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
