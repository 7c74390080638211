//! Starts the agent of one program, and says what that program's environment gets.
//!
//! On Unix it is a process beside the program (`commands::agent::private`), which `exec` becomes; on Windows it is in
//! this process, which waits for the program.

use crate::commands::agent::More;
use crate::context::Context;
#[cfg(unix)]
use crate::exit::Case;
#[cfg(unix)]
use crate::failure::Failure;
use crate::failure::Outcome;
use crate::saved::Saved;

/// The address that programs reach the agent at.
const LOOPBACK: &str = "127.0.0.1";

/// An agent for the life of one program.
pub(crate) struct Private {
    variables: Vec<(String, String)>,
    #[cfg(windows)]
    _here: (crate::commands::agent::Lent, tokio::runtime::Runtime),
}

impl Private {
    /// Returns what the program's environment gets.
    pub(crate) fn variables(&self, context: &Context) -> Vec<(String, String)> {
        let mut variables = self.variables.clone();
        let proxies = ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"];
        if proxies.iter().any(|name| context.variable(name).is_some()) {
            // A proxy must not be shown the ticket, and could not reach this machine.
            for name in ["NO_PROXY", "no_proxy"] {
                let listed = context.variable(name);
                let listed =
                    listed.map_or(LOOPBACK.to_owned(), |listed| format!("{listed},{LOOPBACK}"));
                variables.push((name.to_owned(), listed));
            }
        }
        variables
    }

    /// Starts the agent of this process, which is about to become the program.
    #[cfg(unix)]
    pub(crate) fn start(more: More, _saved: &Saved, context: &mut Context) -> Outcome<Self> {
        use std::io::{BufRead, BufReader, Read};
        use std::os::unix::process::CommandExt;
        use std::process::{Command, Stdio};

        let start = || -> std::io::Result<(String, String)> {
            let mut command = Command::new(std::env::current_exe()?);
            command.arg0("hallpass");
            if let Some(profile) = context.profile() {
                command.args(["--profile", profile]);
            }
            if let Some(file) = context.token_file() {
                command.arg("--token-file").arg(file);
            }
            command.args(["agent", "private", &std::process::id().to_string()]);
            let flags = [
                (more.openai, "--openai"),
                (more.metadata, "--metadata"),
                (more.accept_empty_key, "--accept-empty-key"),
            ];
            for (wanted, flag) in flags {
                if wanted {
                    command.arg(flag);
                }
            }
            command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
            let mut first = command.spawn()?;
            let (mut line, mut words) = (String::new(), String::new());
            if let Some(stdout) = first.stdout.take() {
                BufReader::new(stdout).read_line(&mut line)?;
            }
            if line.is_empty()
                && let Some(mut stderr) = first.stderr.take()
            {
                stderr.read_to_string(&mut words)?;
            }
            first.wait()?;
            Ok((line, words))
        };
        let failed = || Failure::new(Case::AgentStart, "cannot start the agent for this program");
        let (line, words) = start().map_err(|error| failed().because(error))?;
        let read: Option<serde_json::Map<String, serde_json::Value>> =
            serde_json::from_str(&line).ok();
        let Some(read) = read else {
            let told = words.lines().find_map(|line| line.strip_prefix("error: "));
            return Err(failed().because(told.unwrap_or("it ended without a word")));
        };
        let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
        Ok(Self {
            variables: read.iter().map(|(name, value)| (name.clone(), text(value))).collect(),
        })
    }

    /// Starts the agent in this process.
    #[cfg(windows)]
    pub(crate) fn start(more: More, saved: &Saved, context: &mut Context) -> Outcome<Self> {
        use crate::commands::agent::Lent;

        let runtime = crate::context::background_runtime()?;
        let entered = runtime.enter();
        let lent = Lent::start(more, saved, context)?;
        drop(entered);
        let variables = lent.variables.iter();
        let variables =
            variables.map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        Ok(Self { variables, _here: (lent, runtime) })
    }
}
