//! Which sign-in a command works with, and how that is repeated in a hint.
//!
//! In: `--profile`, `--token-file`, `HALLPASS_PROFILE`. Out: the choice, checked; a hint that can be pasted as it
//! is, because every command in it names the same choice.
//! Not here: where the sign-in rests (`place`, `profile`).

use crate::command_line;
use crate::completion;
use crate::context::Context;
use crate::exit::Case;
use crate::failure::{Failure, Outcome};
use crate::profile;
use clap::Arg;
use std::path::PathBuf;

/// The flags of every command that works with a sign-in.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct Selection {
    /// The sign-in of this name, instead of Application Default Credentials
    #[arg(long, value_name = "NAME", global = true, add = completion::profiles())]
    pub(crate) profile: Option<String>,
    /// The sign-in in this token.json, instead of Application Default Credentials
    #[arg(long, value_name = "FILE", global = true)]
    pub(crate) token_file: Option<PathBuf>,
}

/// The flag, without its line in the help of a command that refuses it.
pub(crate) fn hidden_profile() -> Arg {
    Arg::new("profile").long("profile").hide(true).global(true)
}

/// The same for `--token-file`.
pub(crate) fn hidden_token_file() -> Arg {
    let path = clap::value_parser!(PathBuf);
    Arg::new("token_file").long("token-file").value_parser(path).hide(true).global(true)
}

/// Which of the flags a command takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Takes {
    None,
    Profile,
    Both,
}

impl Takes {
    /// Returns what the command of this name takes, as its help says.
    pub(crate) fn of(name: &str) -> Self {
        let mut root = command_line::parser();
        root.build();
        let Some(command) = root.find_subcommand(name) else { return Self::None };
        let shows = |id: &str| {
            command.get_arguments().any(|flag| flag.get_id() == id && !flag.is_hide_set())
        };
        match (shows("profile"), shows("token_file")) {
            (_, true) => Self::Both,
            (true, false) => Self::Profile,
            (false, false) => Self::None,
        }
    }
}

impl Selection {
    /// Chooses the sign-in: by the flags, else by `HALLPASS_PROFILE`.
    pub(crate) fn choose(&self, takes: Takes, context: &mut Context) -> Outcome {
        self.check(takes)?;
        let variable = || context.variable("HALLPASS_PROFILE").filter(|_| takes != Takes::None);
        let name = self.profile.clone().or_else(variable);
        if let Some(name) = &name {
            profile::checked(name)?;
        }
        context.profile_flag = self.profile.is_some();
        context.choose(name.filter(|name| name != profile::DEFAULT), self.token_file.clone());
        Ok(())
    }

    /// Refuses flags that the command has no use for, and both at once.
    fn check(&self, takes: Takes) -> Outcome {
        if let Some(name) = &self.profile {
            profile::checked(name)?;
        }
        let (case, what) = match (takes, &self.profile, &self.token_file) {
            (Takes::None, Some(_), _) => {
                (Case::ProfileNotHere, "this command cannot be used with `--profile`")
            }
            (Takes::None | Takes::Profile, _, Some(_)) => {
                (Case::TokenFileNotHere, "this command cannot be used with `--token-file`")
            }
            (Takes::Both, Some(_), Some(_)) => {
                (Case::ProfileNotHere, "`--profile` cannot be combined with `--token-file`")
            }
            _ => return Ok(()),
        };
        Err(Failure::new(case, what))
    }
}
