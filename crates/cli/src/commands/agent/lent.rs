//! A running agent with one ticket, and the files and variables by which one program finds it.
//!
//! In: a sign-in. Out: variables; a credential file in a folder that is the user's alone. All of it ends when this
//! is dropped.

use crate::commands::agent::More;
use crate::context::Context;
use crate::exit::Case;
use crate::failure::{Failure, Outcome};
use crate::saved::Saved;
use hallpass_agent::{Agent, NewTicket};
use std::io;
#[cfg(unix)]
use std::io::Write;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// The name of the file in its folder.
const CREDENTIALS: &str = "credentials.json";

/// An agent at work for one program.
pub(crate) struct Lent {
    pub(crate) variables: Vec<(&'static str, String)>,
    _agent: Agent,
    _file: Kept,
    _folder: TempDir,
}

/// What removes the credential file before its folder goes.
#[cfg(unix)]
type Kept = tempfile::TempPath;
#[cfg(windows)]
type Kept = ();

impl Lent {
    /// Starts an agent in the runtime that this is called in.
    pub(crate) fn start(more: More, saved: &Saved, context: &mut Context) -> Outcome<Self> {
        let credential = saved.lasting_credential(context)?;
        let builder = Agent::builder().endpoints(context.endpoints()?).http(context.http());
        let agent = builder.clock(context.clock()).start().map_err(failed)?;
        let ticket = agent.tickets().issue(NewTicket::new("exec", credential)).map_err(failed)?;
        let quota_project = saved.quota_project(context).map(|(project, _)| project);
        let folder = private_folder().map_err(failed)?;
        let text = agent.credential_file(&ticket, quota_project.as_deref());
        let (file, kept) = credential_file(folder.path(), &text)?;
        let mut variables = agent.variables(&ticket);
        if more.openai {
            variables.extend(agent.openai_variables(&ticket));
        }
        if more.accept_empty_key {
            agent.accept_empty_key(&ticket).map_err(failed)?;
        }
        if more.metadata {
            let any = (Ipv4Addr::LOCALHOST, 0).into();
            let address = agent.serve_metadata(any, &ticket).map_err(failed)?;
            variables.extend(agent.metadata_variables(address));
        }
        let file = file.into_os_string().into_string().map_err(|_| {
            failed(io::Error::other("the folder for temporary files has a name that is not text"))
        })?;
        variables.push(("GOOGLE_APPLICATION_CREDENTIALS", file));
        Ok(Self { variables, _agent: agent, _file: kept, _folder: folder })
    }
}

/// Makes a folder that nobody else can look into, and that goes with this process.
fn private_folder() -> io::Result<TempDir> {
    let mut builder = tempfile::Builder::new();
    builder.prefix("hallpass-");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
    builder.tempdir()
}

/// Writes a file that the user alone can read. It is not flushed to the disk, which takes longer than all else here: the
/// ticket in it is good as long as this process lives.
#[cfg(unix)]
fn credential_file(folder: &Path, text: &str) -> Outcome<(PathBuf, Kept)> {
    let write = || -> io::Result<_> {
        // 0600 from its first byte.
        let mut file =
            tempfile::Builder::new().prefix(CREDENTIALS).rand_bytes(0).tempfile_in(folder)?;
        file.write_all(text.as_bytes())?;
        Ok((file.path().to_owned(), file.into_temp_path()))
    };
    write().map_err(failed)
}

/// Writes a file with an access list for the user alone.
#[cfg(windows)]
fn credential_file(folder: &Path, text: &str) -> Outcome<(PathBuf, Kept)> {
    let file = folder.join(CREDENTIALS);
    hallpass::store::write_new_private(&file, text.as_bytes())?;
    Ok((file, ()))
}

fn failed(error: io::Error) -> Failure {
    Failure::new(Case::AgentStart, "cannot start the agent").because(error)
}
