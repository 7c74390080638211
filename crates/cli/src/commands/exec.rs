//! `hallpass exec -- CMD`: another program, with a fresh token in its environment.
//!
//! In: a command line. Out: the process becomes that program; its exit code and signals are its own.
//! The token is in the program's environment, which its children inherit: give it to programs you trust.
//! Not here: a token that outlives the hour; a long program asks again with `hallpass print-access-token`.

use crate::commands::completions;
use crate::context::Context;
use crate::exit::Case;
use crate::failure::{Failure, Outcome};
use crate::saved::Saved;
use std::ffi::OsString;
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
    #[arg(last = true, required = true, value_name = "CMD", add = completions::programs())]
    command: Vec<OsString>,
}

pub(crate) fn run(args: &Args, context: &mut Context) -> Outcome {
    let name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let of_the_system = [
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
    ]
    .contains(&&*args.env)
        || ["LD_", "DYLD_", "GIT_"].iter().any(|prefix| args.env.starts_with(prefix))
        || args.env.to_uppercase().ends_with("_PROXY");
    if args.env.is_empty()
        || of_the_system
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
    let mut command = Command::new(program);
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

/// Becomes the program; returns only when that is impossible.
#[cfg(unix)]
fn replace_process(mut command: Command) -> std::io::Result<u8> {
    use std::os::unix::process::CommandExt;

    Err(command.exec())
}

/// Runs the program to its end and returns its exit code; without one, 1.
#[cfg(not(unix))]
fn replace_process(mut command: Command) -> std::io::Result<u8> {
    let code = command.status()?.code();
    Ok(code.and_then(|code| u8::try_from(code).ok()).unwrap_or(1))
}
