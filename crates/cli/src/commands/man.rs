//! `hallpass man [COMMAND]`: the manual, for `man`.

use crate::args;
use crate::commands::completions;
use crate::context::Context;
use crate::exit::Case;
use crate::failure::{Failure, Outcome};
use crate::selection::{hidden_profile, hidden_token_file};
use clap::CommandFactory;
use clap_mangen::Man;

/// Print a page of the manual
#[derive(Debug, clap::Args)]
#[command(arg = hidden_profile(), arg = hidden_token_file())]
#[command(after_help = "\
Examples:
  hallpass man | man -l -
  hallpass man login > ~/.local/share/man/man1/hallpass-login.1")]
pub(crate) struct Args {
    /// The words of a command; none for the page of hallpass itself
    #[arg(value_name = "COMMAND", num_args = 0.., add = completions::commands())]
    command: Vec<String>,
}

pub(crate) fn run(args: &Args, context: &mut Context) -> Outcome {
    let mut root = args::Args::command();
    root.build();
    let mut command = &root;
    for word in &args.command {
        command = command.find_subcommand(word).ok_or_else(|| {
            Failure::new(Case::NoSuchPage, format!("there is no command `{word}`")).about(word)
        })?;
    }
    let mut page = Vec::new();
    Man::new(command.clone())
        .render(&mut page)
        .map_err(|error| Failure::new(Case::Output, "cannot write the page").because(error))?;
    context.data(String::from_utf8_lossy(&page).trim_end().lines())
}
