//! `hallpass exec -- CMD`: another program, with a fresh token in its environment.
//!
//! In: a command line. Out: the process becomes that program; its exit code and signals are its own.
//! The token is in the program's environment, which its children inherit: give it to programs you trust.
//! Not here: a token that outlives the hour; a long program asks again with `hallpass print-access-token`.

use crate::completion;
use crate::context::Context;
use crate::exit::Case;
use crate::failure::{Failure, Outcome};
use crate::saved::Saved;
use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::process::Command;

/// Run a program with a fresh access token in its environment
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  hallpass exec -- terraform plan
  hallpass exec --env TOKEN -- sh -c 'curl -H \"Authorization: Bearer $TOKEN\" …'")]
pub(crate) struct Args {
    /// The variable that holds the token
    #[arg(long, value_name = "NAME", default_value = "GOOGLE_OAUTH_ACCESS_TOKEN")]
    env: String,
    /// The program and its arguments
    #[arg(last = true, required = true, value_name = "CMD", add = completion::programs())]
    command: Vec<OsString>,
}

pub(crate) fn run(args: &Args, context: &mut Context) -> Outcome {
    let name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    if args.env.is_empty()
        || is_the_systems(&args.env)
        || !args.env.bytes().all(name)
        || args.env.starts_with(|first: char| first.is_ascii_digit())
    {
        let what = format!("`{}` cannot be the name of a variable", args.env);
        return Err(Failure::new(Case::VariableName, what));
    }
    let Some((program, arguments)) = args.command.split_first() else {
        return Err(Failure::new(Case::CommandMissing, "no program is named"));
    };
    let saved = Saved::find(context, None)?;
    let token = saved.access_token(context)?;
    let mut command = Command::new(found(program, context));
    command.args(arguments).env(&args.env, token.expose());
    if let Some((project, _)) = saved.quota_project(context) {
        command.env("GOOGLE_CLOUD_QUOTA_PROJECT", project);
    }
    context.exit_code = replace_process(command).map_err(|error| {
        let what = format!("cannot start `{}`", program.to_string_lossy());
        Failure::new(Case::CommandMissing, what).because(error)
    })?;
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
