//! `hallpass emulator`: the offline Google, until Ctrl-C.
//!
//! In: where to listen and who signs in. Out: one JSON line when ready, then the server runs.
//! Not here: the server itself (`hallpass-emulator`).

use crate::context::Context;
use crate::exit::{Case, Failure, Outcome};
use hallpass_emulator::{Config, Emulator};
use std::net::SocketAddr;
use std::path::PathBuf;

/// Run an offline Google for tests: OAuth server, consent pages and Gemini API
///
/// When it is ready it prints one JSON line with its address, the client file, and the variables that
/// aim other programs at it. It listens on this machine only, and ends with Ctrl-C.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Where to listen; a loopback address, port 0 for any free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:9099")]
    listen: SocketAddr,
    /// The folder for client_secret.json and env.sh; a temporary one if left out
    #[arg(long)]
    dir: Option<PathBuf>,
    /// Answer consent by itself, as this account; without it, pages in the browser ask
    #[arg(long, value_name = "EMAIL")]
    approve: Option<String>,
    /// Projects, clients, users and switches, as JSON
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}
