//! The command line: which commands there are, and what all of them share.
//!
//! In: the words after `hallpass`. Out: one `Command`. A word it does not know ends the process with
//! exit code 2 before anything else happens.
//! Not here: each command's own flags (`commands/`).

use crate::commands::{
    completions, curl, doctor, exec, gcloud, header, login, logout, man, models, profile,
    quota_project, scopes, setup, status, token, transfer,
};
#[cfg(feature = "emulator")]
use crate::commands::{demo, emulator};
use crate::context::Context;
use crate::exit::{Case, Exit};
use crate::failure::Failure;
use crate::render;
use clap::{Parser, Subcommand, ValueEnum};
use std::ffi::OsString;
use std::process::ExitCode;
use std::sync::LazyLock;

/// What every command's `--help` leads to.
const AFTER_HELP: &str = "\
Exit codes:
  0 done · 1 failed · 2 wrong arguments or settings · 3 Google refused
  4 sign-in needed · 5 try again later · 130 interrupted

Environment:
  GOOGLE_APPLICATION_CREDENTIALS  the credential file to use, before any other
  CLOUDSDK_CONFIG                 the folder of application_default_credentials.json
  GOOGLE_CLOUD_QUOTA_PROJECT      the quota project, before the one in the file
  GOOGLE_GEMINI_BASE_URL          another address of the Gemini API
  HTTPS_PROXY, NO_PROXY           the way to the network
  SSL_CERT_FILE                   certificates to trust instead of the system's
  BROWSER                         the command that opens the browser; %s is the address
  NO_COLOR                        no colour
  HALLPASS_CONFIG                 hallpass's own folder, else ~/.config/hallpass
  HALLPASS_PROFILE                the profile to use, where no --profile is given
  HALLPASS_EMULATOR_HOST          host:port of an emulator; every command talks to it alone
  HALLPASS_LOG                    error, warn, info, debug or trace, on standard error";

/// What `--version` says: enough for a report.
static BUILD: LazyLock<String> = LazyLock::new(|| {
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
#[command(name = "hallpass", version, long_version = BUILD.as_str(), after_help = AFTER_HELP, max_term_width = 100)]
#[command(disable_help_subcommand = true)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,
    /// The sign-in of this name, instead of Application Default Credentials
    #[arg(long, value_name = "NAME", global = true, add = completions::profiles())]
    pub(crate) profile: Option<String>,
}

impl Args {
    /// Reads any line. Help and what is wrong with the line are the parser's own words, but for a script that
    /// reads JSON: it gets the one document that every failure is.
    pub(crate) fn read(words: Vec<OsString>, context: &mut Context) -> Result<Self, ExitCode> {
        let json = words.iter().any(|word| word == "--format=json")
            || words.windows(2).any(|pair| pair[0] == "--format" && pair[1] == "json");
        Self::try_parse_from(&words).map_err(|error| {
            if json && error.use_stderr() {
                let text = error.to_string();
                let what = text.lines().next().unwrap_or_default().trim_start_matches("error: ");
                let failure = Failure::new(Case::Usage, what);
                context.note(&render::failure(&failure, Format::Json));
                return ExitCode::from(failure.exit() as u8);
            }
            // Nobody is left to be told where even this fails.
            let _ = error.print();
            ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(Exit::Settings as u8))
        })
    }

    /// Reads the lines that scripts and prompts run all day: telling the parser of all the others takes as
    /// long as these commands do.
    pub(crate) fn at_once(words: &[OsString]) -> Option<Self> {
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
        Some(Self { command, profile: None })
    }
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
    #[cfg(feature = "emulator")]
    Emulator(emulator::Args),
    Gcloud(gcloud::Args),
    Completions(completions::Args),
    Man(man::Args),
}

impl Command {
    /// Returns the form in which a failure is reported.
    pub(crate) fn format(&self) -> Format {
        match self {
            Self::PrintAccessToken(args) => args.format(),
            Self::Header(args) => args.format,
            Self::Status(args) => args.format,
            Self::Setup(args) => args.format,
            Self::Doctor(args) => args.format,
            Self::Models(args) => args.format(),
            Self::Profile(args) => args.format(),
            Self::Scopes(args) => args.format,
            _ => Format::Text,
        }
    }

    /// Says whether it is an emulator itself, and so talks to no other.
    pub(crate) fn is_emulator(&self) -> bool {
        #[cfg(feature = "emulator")]
        return matches!(self, Self::Demo(_) | Self::Emulator(_));
        #[cfg(not(feature = "emulator"))]
        false
    }

    /// Says whether it needs neither Google nor an emulator, nor anybody's sign-in.
    pub(crate) fn needs_nobody(&self) -> bool {
        self.is_emulator() || matches!(self, Self::Scopes(_) | Self::Completions(_) | Self::Man(_))
    }
}

/// The form of what is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people, and for `$(…)`
    #[default]
    Text,
    /// One JSON document; errors too, on standard error
    Json,
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
    fn what_is_read_at_once_is_what_the_parser_reads() {
        let mut read = 0;
        for command in Args::command().get_subcommands() {
            for name in command.get_name_and_visible_aliases() {
                let words = ["hallpass".into(), OsString::from(name)];
                if let Some(args) = Args::at_once(&words) {
                    let parsed = Args::try_parse_from(&words).expect(name);
                    assert_eq!(format!("{args:?}"), format!("{parsed:?}"));
                    read += 1;
                }
            }
        }
        assert_eq!(read, 3);
        assert!(Args::at_once(&["hallpass".into(), "status".into(), "--check".into()]).is_none());
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
