//! `hallpass man [COMMAND]`: the manual, for `man`.
//!
//! In: a command. Out: its page in roff, with the sections that man-pages(7) names.

use crate::command_line;
use crate::completion;
use crate::context::Context;
use crate::environment::ENVIRONMENT;
use crate::exit::{Case, EXIT_CODES};
use crate::failure::{Failure, Outcome};
use crate::line::Line;
use crate::render::{self, Format};
use crate::selection::{hidden_profile, hidden_token_file};
use clap_mangen::Man;
use serde_json::json;
use std::io::{self, Write as _};

/// Print a page of the manual
#[derive(Debug, clap::Args)]
#[command(arg = hidden_profile(), arg = hidden_token_file())]
#[command(after_help = "\
Examples:
  hallpass man | man -l -
  hallpass man login | man -l -
  hallpass man > ~/.local/share/man/man1/hallpass.1")]
pub(crate) struct Args {
    /// The words of a command; none for the page of hallpass itself
    #[arg(value_name = "COMMAND", num_args = 0.., add = completion::commands())]
    command: Vec<String>,
}

pub(crate) fn run(args: &Args, context: &mut Context) -> Outcome {
    let mut root = command_line::parser();
    root.build();
    let mut command = &root;
    for word in &args.command {
        command = command.find_subcommand(word).ok_or_else(|| {
            Failure::new(Case::NoSuchPage, format!("there is no command `{word}`")).about(word)
        })?;
    }
    let page = page(command.clone(), args.command.is_empty())
        .map_err(|error| Failure::new(Case::Output, "cannot write the page").because(error))?;
    let page = String::from_utf8_lossy(&page);
    let page = page.trim_end();
    context.data(match context.format {
        Format::Text => page.lines().map(Line::from).collect(),
        Format::Json => {
            render::document(&json!({ "command": args.command.join(" "), "page": page }))
        }
    })
}

/// The sections in the order of man-pages(7).
fn page(mut command: clap::Command, is_root: bool) -> io::Result<Vec<u8>> {
    let usage = command.render_usage().to_string();
    let usage = usage.trim_start_matches("Usage: ").replace('-', "\\-");
    let after = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    let name = command.get_display_name().unwrap_or(command.get_name()).replace(' ', "-");
    let has_commands = command.has_subcommands();
    let man = Man::new(command)
        .title(name)
        .source(concat!("hallpass ", env!("CARGO_PKG_VERSION")))
        .manual("hallpass");
    let mut page = Vec::new();
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    writeln!(page, ".SH SYNOPSIS\n.nf\n{usage}\n.fi")?;
    man.render_description_section(&mut page)?;
    man.render_options_section(&mut page)?;
    if has_commands {
        man.render_subcommands_section(&mut page)?;
    }
    if is_root {
        section(
            &mut page,
            "EXIT STATUS",
            EXIT_CODES.split('·').filter_map(|one| one.trim().split_once(' ')),
        )?;
        let variables = ENVIRONMENT.lines().filter_map(|line| line.trim().split_once("  "));
        section(&mut page, "ENVIRONMENT", variables)?;
        section(&mut page, "FILES", FILES.iter().copied())?;
    }
    if let Some((_, examples)) = after.split_once("Examples:\n") {
        writeln!(page, ".SH EXAMPLES\n.nf\n{}\n.fi", escaped(examples))?;
    }
    writeln!(page, ".SH SEE ALSO\nhallpass(1); each command has a page: hallpass man COMMAND")?;
    Ok(page)
}

/// Where sign-ins rest.
const FILES: &[(&str, &str)] = &[
    (
        "~/.config/gcloud/application_default_credentials.json",
        "the sign-in that every Google client finds; $CLOUDSDK_CONFIG names another folder",
    ),
    ("~/.config/hallpass/profiles/NAME/", "the sign-in of a profile"),
    ("~/.config/hallpass/grants/", "access tokens, and what else is known beside a sign-in"),
];

fn section<'a>(
    page: &mut Vec<u8>,
    title: &str,
    entries: impl Iterator<Item = (&'a str, &'a str)>,
) -> io::Result<()> {
    writeln!(page, ".SH {title}")?;
    for (name, text) in entries {
        writeln!(page, ".TP\n.B {}\n{}", escaped(name), escaped(text.trim()))?;
    }
    Ok(())
}

/// A backslash and a dash mean something to roff, and a dot at the beginning of a line.
fn escaped(text: &str) -> String {
    let text = text.replace('\\', "\\e").replace('-', "\\-");
    text.lines()
        .map(|line| if line.starts_with('.') { format!("\\&{line}") } else { line.to_owned() })
        .collect::<Vec<_>>()
        .join("\n")
}
