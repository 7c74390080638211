//! The commands: a file each, with its flags, what it does, and its tests.

pub(crate) mod completions;
pub(crate) mod curl;
#[cfg(feature = "emulator")]
pub(crate) mod demo;
pub(crate) mod doctor;
#[cfg(feature = "emulator")]
pub(crate) mod emulator;
pub(crate) mod exec;
pub(crate) mod gcloud;
pub(crate) mod header;
pub(crate) mod login;
pub(crate) mod logout;
pub(crate) mod man;
pub(crate) mod models;
pub(crate) mod profile;
pub(crate) mod quota_project;
pub(crate) mod scopes;
pub(crate) mod setup;
pub(crate) mod status;
pub(crate) mod token;
pub(crate) mod transfer;

use crate::args::{Args, BUILD, Command};
use crate::context::Context;
use crate::failure::Outcome;

/// Runs one command with the sign-in that its flags choose.
pub(crate) fn run(args: &Args, context: &mut Context) -> Outcome {
    let command = &args.command;
    context.format = args.everywhere.format;
    context.follows_the_variable = command.follows_the_variable();
    context.select(&args.everywhere.selection, command.takes())?;
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
        Command::Scopes(args) => scopes::run(args, context),
        Command::Export(args) => transfer::export(args, context),
        Command::Import(args) => transfer::import(args, context),
        Command::Completions(args) => completions::run(args, context),
        Command::Man(args) => man::run(args, context),
        Command::Version => context.data(format!("hallpass {}", *BUILD).lines()),
        Command::Gcloud(args) => gcloud::run(args, context),
        Command::Logout(args) => logout::run(args, context),
        Command::Models(args) => models::run(args, context),
        #[cfg(feature = "emulator")]
        Command::Emulator(args) => emulator::run(args, context),
    }
}
