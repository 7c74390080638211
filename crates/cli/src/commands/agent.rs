//! `hallpass agent`: lends a sign-in to programs by tickets.
//!
//! Not here: what an agent serves (`hallpass-agent`), and the one that `exec` starts for a program (`exec`).

mod lent;
mod private;

use crate::context::Context;
use crate::failure::Outcome;
pub(crate) use lent::Lent;

/// Lend the sign-in to programs by tickets, and keep it from them
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Serve one program until it ends
    #[command(hide = true)]
    Private(private::Args),
}

pub(crate) fn run(args: &Args, context: &mut Context) -> Outcome {
    match &args.action {
        Action::Private(args) => private::run(args, context),
    }
}
