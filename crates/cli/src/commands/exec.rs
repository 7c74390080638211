//! `hallpass exec -- CMD`: another program, which gets what a ticket of a private agent opens.
//!
//! In: a command line. Out: the process becomes that program; its exit code and signals are its own. The agent is a
//! process beside it that ends when it does. With `--env`, a bare token in a variable and no agent.
//! Not here: the agent (`private`), and what it serves (`hallpass-agent`).

mod private;

use crate::commands::agent::More;
use crate::completion;
use crate::context::Context;
use crate::exit::Case;
use crate::failure::{Failure, Outcome};
use crate::saved::Saved;
pub(crate) use private::Private;
use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::process::Command;

/// Run a program with tickets in the place of your credentials
///
/// A private agent serves the program, and ends with it. The program's environment aims Google's libraries and the
/// Gemini SDKs at that agent; in the place of an API key and of a refresh token they hold a ticket, which is good
/// there alone.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  hallpass exec -- python app.py
  hallpass exec --openai -- node chat.mjs
  hallpass exec --env TOKEN -- sh -c 'curl -H \"Authorization: Bearer $TOKEN\" …'")]
pub(crate) struct Args {
    /// Start no agent, and put a bare access token, which ends within the hour, into this variable
    #[arg(long, value_name = "NAME", conflicts_with_all = ["openai", "metadata", "accept_empty_key"])]
    env: Option<String>,
    #[command(flatten)]
    more: More,
    /// The program and its arguments
    #[arg(last = true, required = true, value_name = "CMD", add = completion::programs())]
    command: Vec<OsString>,
}

pub(crate) fn run(args: &Args, context: &mut Context) -> Outcome {
    if let Some(name) = &args.env {
        check_name(name)?;
    }
    let Some((program, arguments)) = args.command.split_first() else {
        return Err(Failure::new(Case::CommandMissing, "no program is named"));
    };
    let saved = Saved::find(context, None)?;
    // What is wrong with the sign-in is told here, and not by the program.
    let token = saved.access_token(context)?;
    let mut command = Command::new(found(program, context));
    command.args(arguments);
    if let Some((project, _)) = saved.quota_project(context) {
        command.env("GOOGLE_CLOUD_QUOTA_PROJECT", project);
    }
    let agent = match &args.env {
        Some(name) => {
            command.env(name, token.expose());
            None
        }
        None => Some(Private::start(args.more, &saved, context)?),
    };
    if let Some(agent) = &agent {
        command.envs(agent.variables(context));
    }
    context.exit_code = replace_process(command).map_err(|error| {
        let what = format!("cannot start `{}`", program.to_string_lossy());
        Failure::new(Case::CommandMissing, what).because(error)
    })?;
    Ok(())
}

fn check_name(name: &str) -> Outcome {
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    if name.is_empty()
        || is_the_systems(name)
        || !name.bytes().all(letter)
        || name.starts_with(|first: char| first.is_ascii_digit())
    {
        let what = format!("`{name}` cannot be the name of a variable");
        return Err(Failure::new(Case::VariableName, what));
    }
    Ok(())
}

/// Says whether the system, a shell or an interpreter reads a variable itself: a token in it would break the program,
/// or be run by it. On Windows, capitals make no difference.
fn is_the_systems(name: &str) -> bool {
    const NAMES: [&str; 13] = [
        "PATH",
        "IFS",
        "HOME",
        "ENV",
        "BASH_ENV",
        "SHELLOPTS",
        "NODE_OPTIONS",
        "PYTHONSTARTUP",
        "PERL5OPT",
        "RUBYOPT",
        "PATHEXT",
        "COMSPEC",
        "SYSTEMROOT",
    ];
    let upper = name.to_ascii_uppercase();
    let name = if cfg!(windows) { &upper } else { name };
    NAMES.contains(&name)
        || ["LD_", "DYLD_", "GIT_"].iter().any(|prefix| name.starts_with(prefix))
        || upper.ends_with("_PROXY")
}

/// Finds `tool.cmd` for `tool`, as Windows' own shell does; a name with an ending, or with a folder, stays.
fn found(program: &OsStr, context: &Context) -> OsString {
    let name = Path::new(program);
    if cfg!(windows) && name.extension().is_none() && name.components().count() == 1 {
        let folders = context.variable("PATH").unwrap_or_default();
        for folder in std::env::split_paths(&folders) {
            let mut with = ["exe", "com", "bat", "cmd"]
                .iter()
                .map(|end| folder.join(name).with_extension(end));
            if let Some(path) = with.find(|path| path.is_file()) {
                return path.into();
            }
        }
    }
    program.to_owned()
}

/// Becomes the program; returns only when that is impossible.
#[cfg(unix)]
fn replace_process(mut command: Command) -> std::io::Result<u8> {
    use std::os::unix::process::CommandExt;

    Err(command.exec())
}

/// Runs the program to its end and returns its exit code.
#[cfg(windows)]
fn replace_process(command: Command) -> std::io::Result<u8> {
    crate::context::run_to_its_end(command)
}
