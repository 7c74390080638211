//! The command line: which commands there are, and what all of them share.
//!
//! In: the words after `hallpass`. Out: one `Command`. A word it does not know ends the process with
//! exit code 2 before anything else happens.
//! Not here: each command's own flags (`commands/`).

use crate::commands::{
    agent, chat, completions, count_tokens, curl, doctor, embed, exec, file_search, files, gcloud,
    generate, header, login, logout, man, models, profile, quota_project, scopes, setup, status,
    token, transfer,
};
#[cfg(feature = "emulator")]
use crate::commands::{demo, emulator};
use crate::context::Context;
use crate::environment::environment;
use crate::exit::{Case, Exit, exit_codes};
use crate::failure::{self, Failure};
use crate::hint;
use crate::render::Format;
use crate::selection::{Selection, Takes, hidden_profile, hidden_token_file};
use clap::{Parser, Subcommand};
use std::ffi::OsString;
use std::process::ExitCode;
use std::sync::LazyLock;

/// What stands below the list of commands.
const AFTER_HELP: &str = concat!(
    "Examples:\n  hallpass demo\n  hallpass setup\n  hallpass login --client-id-file client_secret.json\n  \
     hallpass generate \"Why is the sky blue?\"\n\nExit codes:\n",
    exit_codes!(),
    "\n\nEnvironment:\n",
    environment!()
);

/// What `--version` says: enough for a report.
pub(crate) static BUILD: LazyLock<String> = LazyLock::new(|| {
    format!(
        "{}\nfor {} on {}\ncommit {}\nTLS: rustls with ring; roots: the system's",
        env!("CARGO_PKG_VERSION"),
        std::env::consts::OS,
        std::env::consts::ARCH,
        option_env!("HALLPASS_COMMIT").unwrap_or("not recorded"),
    )
});

/// Sign in to Google and call the Gemini API.
///
/// Start with `hallpass demo`: the whole way against an offline Google, no account needed.
#[derive(Debug, Parser)]
#[command(name = "hallpass", bin_name = "hallpass", version, long_version = BUILD.as_str(), after_help = AFTER_HELP, max_term_width = 100)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,
    #[command(flatten)]
    pub(crate) everywhere: Everywhere,
}

/// The flags that stand before or after any command.
#[derive(Debug, Default, clap::Args)]
pub(crate) struct Everywhere {
    #[command(flatten)]
    pub(crate) selection: Selection,
    /// The form of the result, and of an error on standard error
    #[arg(long, global = true, value_enum, default_value_t)]
    pub(crate) format: Format,
}

impl Args {
    /// Reads a command line. Help and what is wrong with the line are the parser's own words; a script that reads
    /// JSON gets the one document that every failure is.
    pub(crate) fn read(words: &[OsString], context: &mut Context) -> Result<Self, ExitCode> {
        if let Some(args) = Self::without_a_parser(words) {
            return Ok(args);
        }
        let json = words.iter().any(|word| word == "--format=json")
            || words.windows(2).any(|pair| pair[0] == "--format" && pair[1] == "json");
        Self::try_parse_from(words).map_err(|error| {
            let code = u8::try_from(error.exit_code()).unwrap_or(Exit::Settings as u8);
            if !error.use_stderr() {
                // Where even this fails there is no other place to say so.
                let _ = error.print();
            } else if json {
                let failure = Failure::new(Case::Usage, failure::of_the_parser(&error));
                context.format = Format::Json;
                hint::report(failure, context);
            } else {
                error.to_string().trim_end().lines().for_each(|line| context.note(line));
                let word = words.get(1).and_then(|word| word.to_str());
                if let Some(hint) = word.and_then(name_here) {
                    context.note(format!("hint: use {hint}"));
                }
            }
            ExitCode::from(code)
        })
    }

    /// Reads the lines without a flag that scripts and prompts run all day: building a parser for them takes 0.1 ms,
    /// and one for all commands 0.2 ms, of the millisecond that they last.
    fn without_a_parser(words: &[OsString]) -> Option<Self> {
        let words: Option<Vec<&str>> = words.iter().skip(1).map(|word| word.to_str()).collect();
        let command = match words?[..] {
            ["print-access-token" | "token"]
            | ["gcloud", "auth", "print-access-token"]
            | ["gcloud", "auth", "application-default", "print-access-token"] => {
                Command::PrintAccessToken(token::Args::default())
            }
            ["status"] => Command::Status(status::Args::default()),
            _ => return None,
        };
        Some(Self { command, everywhere: Everywhere::default() })
    }
}

/// Returns the name here of what other tools call a command.
fn name_here(word: &str) -> Option<&'static str> {
    Some(match word {
        "auth" => {
            "`hallpass login`, `hallpass status` or `hallpass logout`; gcloud's own words follow `hallpass gcloud`"
        }
        "whoami" | "info" => "`hallpass status`",
        "signin" | "sign-in" | "init" | "configure" => {
            "`hallpass login`, or `hallpass setup` to begin from nothing"
        }
        "signout" | "sign-out" => "`hallpass logout`",
        _ => return None,
    })
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    #[cfg(feature = "emulator")]
    Demo(demo::Args),
    Setup(setup::Args),
    Login(login::Args),
    #[command(visible_alias = "token")]
    PrintAccessToken(token::Args),
    Header(header::Args),
    Curl(curl::Args),
    Exec(exec::Args),
    Agent(agent::Args),
    Status(status::Args),
    Doctor(doctor::Args),
    SetQuotaProject(quota_project::Args),
    Profile(profile::Args),
    Scopes(scopes::Args),
    Export(transfer::Export),
    Import(transfer::Import),
    #[command(visible_alias = "revoke")]
    Logout(logout::Args),
    Models(models::Args),
    Generate(generate::Args),
    Chat(chat::Args),
    FileSearch(file_search::Args),
    Files(files::Args),
    CountTokens(count_tokens::Args),
    Embed(embed::Args),
    #[cfg(feature = "emulator")]
    Emulator(emulator::Args),
    Gcloud(gcloud::Args),
    Completions(completions::Args),
    Man(man::Args),
    /// Print the version
    #[command(arg = hidden_profile(), arg = hidden_token_file())]
    Version,
}

impl Command {
    /// Returns which of the flags that name a sign-in it takes.
    pub(crate) fn takes(&self) -> Takes {
        match self {
            #[cfg(feature = "emulator")]
            Self::Demo(_) | Self::Emulator(_) => Takes::None,
            Self::Profile(_)
            | Self::Scopes(_)
            | Self::Completions(_)
            | Self::Man(_)
            | Self::Version => Takes::None,
            Self::SetQuotaProject(_)
            | Self::Setup(_)
            | Self::Export(_)
            | Self::Import(_)
            | Self::Gcloud(_) => Takes::Profile,
            Self::Login(_)
            | Self::PrintAccessToken(_)
            | Self::Header(_)
            | Self::Curl(_)
            | Self::Exec(_)
            | Self::Agent(_)
            | Self::Status(_)
            | Self::Doctor(_)
            | Self::Logout(_)
            | Self::Models(_)
            | Self::Generate(_)
            | Self::Chat(_)
            | Self::FileSearch(_)
            | Self::Files(_)
            | Self::CountTokens(_)
            | Self::Embed(_) => Takes::Both,
        }
    }

    /// Says whether it looks for a sign-in where Google's clients do, at the variable first.
    pub(crate) fn follows_the_variable(&self) -> bool {
        let writes = matches!(self, Self::Login(_) | Self::Logout(_) | Self::SetQuotaProject(_))
            || matches!(self, Self::Setup(_) | Self::Import(_));
        self.takes() != Takes::None && !writes
    }

    /// Says whether it asks Google, or the emulator in its place, or names it.
    pub(crate) fn asks_google(&self) -> bool {
        matches!(self, Self::Profile(_)) || self.takes() != Takes::None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Args::command().debug_assert();
    }

    #[test]
    fn what_is_read_without_a_parser_is_what_the_parser_reads() {
        let words = |line: &str| -> Vec<OsString> { line.split(' ').map(Into::into).collect() };
        for line in ["hallpass token", "hallpass print-access-token", "hallpass status"] {
            let read = Args::without_a_parser(&words(line)).expect(line);
            let parsed = Args::try_parse_from(words(line)).expect(line);
            assert_eq!(format!("{read:?}"), format!("{parsed:?}"));
        }
        for line in ["hallpass status --check", "hallpass --profile x token", "hallpass models"] {
            assert!(Args::without_a_parser(&words(line)).is_none(), "{line}");
        }
    }

    #[test]
    fn an_unknown_flag_is_refused_by_every_command() {
        for command in Args::command().get_subcommands() {
            let name = command.get_name().to_owned();
            if name != "curl" && name != "gcloud" {
                assert!(Args::try_parse_from(["hallpass", &name, "--nonsense"]).is_err(), "{name}");
            }
        }
    }
}
