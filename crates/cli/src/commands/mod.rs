//! The commands: a file each, with its flags, what it does, and its tests.

pub(crate) mod curl;
pub(crate) mod demo;
pub(crate) mod doctor;
pub(crate) mod emulator;
pub(crate) mod gcloud;
pub(crate) mod header;
pub(crate) mod login;
pub(crate) mod logout;
pub(crate) mod models;
pub(crate) mod profile;
pub(crate) mod quota_project;
pub(crate) mod setup;
pub(crate) mod status;
pub(crate) mod token;

use crate::args::Command;
use crate::context::Context;
use crate::exit::Case;
use crate::failure::{Failure, Outcome};

/// Runs one command.
pub(crate) fn run(command: &Command, context: &mut Context) -> Outcome {
    let without_profiles =
        matches!(command, Command::Demo(_) | Command::Emulator(_) | Command::Profile(_));
    if without_profiles && context.profile_flag() {
        return Err(Failure::new(Case::ProfileNotHere, "this command has no profiles"));
    }
    // The two commands that are an emulator talk to no other.
    // `doctor` reports a wrong address among the rest.
    if !matches!(command, Command::Demo(_) | Command::Doctor(_) | Command::Emulator(_)) {
        context.emulator()?;
    }
    match command {
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
        Command::Gcloud(args) => gcloud::run(args, context),
        Command::Logout(args) => logout::run(args, context),
        Command::Models(args) => models::run(args, context),
        Command::Emulator(args) => emulator::run(args, context),
    }
}
