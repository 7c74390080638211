//! `hallpass agent`: lends a sign-in to programs by tickets, as a process that stands.
//!
//! In: words. Out: an agent that serves until it is stopped; tickets, and what a program needs to use one.
//! Not here: what an agent serves (`hallpass-agent`), and the one that `exec` starts for a program (`private`).

mod alone;
mod connection;
mod control;
mod kept;
mod lent;
mod private;
mod program;
mod standing;
mod state;
mod ticket;
mod unit;

use crate::context::Context;
use crate::exit::Case;
use crate::failure::{Failure, Outcome};
use crate::selection::hidden_token_file;
use hallpass::Scopes;
pub(crate) use lent::Lent;
use std::net::SocketAddr;

/// Lend the sign-in to programs by tickets, and keep it from them
///
/// The agent holds the sign-in; a program holds a ticket, which is good at this agent alone, can be listed and
/// revoked, and ends when you say. For one program and its life alone, use `hallpass exec`.
#[derive(Debug, clap::Args)]
#[command(arg = hidden_token_file())]
#[command(after_help = "\
Examples:
  hallpass agent start --detach
  hallpass agent env my-app > my-app.env
  hallpass agent ticket list")]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Action,
}

/// What a program may get beside a key and a credential file.
#[derive(Clone, Copy, Debug, clap::Args)]
pub(crate) struct More {
    /// Aim OpenAI's SDKs at the agent, too: OPENAI_BASE_URL and OPENAI_API_KEY
    #[arg(long)]
    pub(crate) openai: bool,
    /// Serve a metadata server, too, for programs that look for Google's machines; every program on this machine
    /// can ask it
    #[arg(long)]
    pub(crate) metadata: bool,
    /// Take requests with an empty key, too, as gemini-cli sends without a key; every program on this machine that finds the
    /// port, another user's too, can then use your sign-in at the Gemini API
    #[arg(long)]
    pub(crate) accept_empty_key: bool,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Serve until Ctrl-C or `hallpass agent stop`
    Start(Start),
    /// Stop the agent; its tickets are good again when it is started again
    Stop,
    /// Show whether an agent runs, what it has served, and the link of its page
    Status,
    /// Make, list and revoke tickets
    Ticket {
        #[command(subcommand)]
        action: Ticket,
    },
    /// Make a ticket and print the variables with which a program uses it
    Env {
        #[command(flatten)]
        new: New,
        /// The form of the variables
        #[arg(long = "for", value_name = "FORM", value_enum, default_value_t)]
        form: Form,
        /// Aim OpenAI's SDKs at the agent, too
        #[arg(long)]
        openai: bool,
    },
    /// Print a unit that starts the agent with your session
    Unit {
        /// Whose unit
        #[arg(value_enum, default_value_t)]
        manager: unit::Manager,
    },
    /// Serve one program until it ends
    #[command(hide = true)]
    Private(private::Args),
}

#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Start {
    /// Where to listen; a loopback address. Without it, the port of the last time
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
    /// Serve counters for a metrics scraper at /metrics, to who presents the link-token of the agent's page as a bearer
    #[arg(long)]
    metrics: bool,
    /// Go on in the background
    #[arg(long)]
    detach: bool,
    #[arg(long, hide = true)]
    alone: bool,
}

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Ticket {
    /// Make a ticket and print it: the one time that it is shown
    New(New),
    /// List the tickets, with their last use
    List,
    /// End a ticket, or all of them, with the replies that are on their way to it
    Revoke {
        /// The ticket's ID, as `list` shows it
        #[arg(value_name = "ID", required_unless_present = "all", conflicts_with = "all")]
        id: Option<String>,
        /// End all of them
        #[arg(long)]
        all: bool,
    },
}

/// What a ticket opens, and for how long.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct New {
    /// What the ticket is for, as lists and the journal show it
    #[arg(value_name = "NAME")]
    name: String,
    /// Let it open less than the sign-in does: scopes of the sign-in, with commas or spaces
    #[arg(long, value_name = "SCOPES", value_parser = scopes)]
    scopes: Option<String>,
    /// End it after this many hours
    #[arg(long, value_name = "HOURS")]
    hours: Option<u32>,
}

fn scopes(text: &str) -> Result<String, String> {
    Scopes::parse(text).map(|scopes| scopes.join()).map_err(|error| error.to_string())
}

/// Who reads the variables.
#[derive(Clone, Copy, Debug, Default, clap::ValueEnum)]
pub(crate) enum Form {
    /// Lines for `eval` in a shell
    #[cfg_attr(not(windows), default)]
    Shell,
    /// Lines for `Invoke-Expression` in PowerShell
    #[cfg_attr(windows, default)]
    Powershell,
    /// Lines of `NAME=value`: for `docker run --env-file`, Compose's `env_file` and systemd's `EnvironmentFile`
    File,
}

pub(crate) fn run(args: &Args, context: &mut Context) -> Outcome {
    // A standing agent serves several sign-ins, each by its profile.
    if context.token_file().is_some() && !matches!(args.action, Action::Private(_)) {
        let what = "`hallpass agent` works with profiles, and not with `--token-file`";
        return Err(Failure::new(Case::TokenFileNotHere, what));
    }
    match &args.action {
        Action::Private(args) => private::run(args, context),
        Action::Unit { manager } => unit::run(*manager, context),
        Action::Start(args) => standing::run(args, context),
        Action::Stop => ticket::stop(context),
        Action::Status => ticket::status(context),
        Action::Ticket { action } => ticket::run(action, context),
        Action::Env { new, form, openai } => program::run(new, *form, *openai, context),
    }
}
