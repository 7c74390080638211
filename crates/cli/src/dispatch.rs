//! Runs the command that a line names, with the sign-in that its flags choose.

use crate::args::{Args, BUILD, Command};
use crate::commands::{
    agent, chat, completions, count_tokens, curl, doctor, embed, exec, file_search, files, gcloud,
    generate, header, login, logout, man, models, profile, quota_project, scopes, setup, status,
    token, transfer,
};
#[cfg(feature = "emulator")]
use crate::commands::{demo, emulator};
use crate::context::Context;
use crate::exit::Case;
use crate::failure::{Failure, Outcome};
use crate::line::Line;
use crate::render::{self, Format};
use clap::Parser as _;
use serde_json::json;

/// Parses a line, the name of the program included, and runs it.
pub(crate) fn run_line(words: &[&str], context: &mut Context) -> Outcome {
    let args = Args::try_parse_from(words)
        .map_err(|error| Failure::new(Case::Unexpected, "cannot read this line").because(error))?;
    run(&args, context)
}

/// Runs one command with the sign-in that its flags choose.
pub(crate) fn run(args: &Args, context: &mut Context) -> Outcome {
    let command = &args.command;
    context.format = args.everywhere.format;
    context.follows_the_variable = command.follows_the_variable();
    args.everywhere.selection.choose(command.takes(), context)?;
    // `doctor` reports a wrong address among the rest.
    if command.asks_google() && !matches!(command, Command::Doctor(_)) {
        context.emulator()?;
    }
    match command {
        #[cfg(feature = "emulator")]
        Command::Demo(args) => demo::run(args, context),
        Command::Login(args) => login::run(args, context),
        Command::PrintAccessToken(args) => token::run(args, context),
        Command::Header(args) => header::run(args, context),
        Command::Curl(args) => curl::run(args, context),
        Command::Status(args) => status::run(args, context),
        Command::Doctor(args) => doctor::run(args, context),
        Command::Setup(args) => setup::run(args, context),
        Command::SetQuotaProject(args) => quota_project::run(args, context),
        Command::Profile(args) => profile::run(args, context),
        Command::Exec(args) => exec::run(args, context),
        Command::Agent(args) => agent::run(args, context),
        Command::Scopes(args) => scopes::run(args, context),
        Command::Export(args) => transfer::export(args, context),
        Command::Import(args) => transfer::import(args, context),
        Command::Completions(args) => completions::run(args, context),
        Command::Man(args) => man::run(args, context),
        Command::Version => version(context),
        Command::Gcloud(args) => gcloud::run(args, context),
        Command::Logout(args) => logout::run(args, context),
        Command::Models(args) => models::run(args, context),
        Command::Generate(args) => generate::run(args, context),
        Command::Chat(args) => chat::run(args, context),
        Command::FileSearch(args) => file_search::run(args, context),
        Command::Files(args) => files::run(args, context),
        Command::CountTokens(args) => count_tokens::run(args, context),
        Command::Embed(args) => embed::run(args, context),
        #[cfg(feature = "emulator")]
        Command::Emulator(args) => emulator::run(args, context),
    }
}

/// Says what a report of a fault has to say.
fn version(context: &mut Context) -> Outcome {
    context.data(match context.format {
        Format::Text => format!("hallpass {}", *BUILD).lines().map(Line::from).collect(),
        Format::Json => render::document(&json!({
            "version": env!("CARGO_PKG_VERSION"),
            "os": std::env::consts::OS,
            "arch": std::env::consts::ARCH,
            "commit": option_env!("HALLPASS_COMMIT"),
        })),
    })
}
