//! `hallpass emulator`: the offline Google, until Ctrl-C.
//!
//! In: where to listen and who signs in. Out: one JSON line when ready, then the server runs.
//! Not here: the server itself (`hallpass-emulator`).

use crate::context::{self, Context};
use crate::exit::Case;
use crate::failure::{Failure, Outcome};
use crate::selection::{hidden_profile, hidden_token_file};
use hallpass_emulator::{Config, Emulator, StartError};
use std::error::Error;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Run an offline Google for tests: OAuth server, consent pages and Gemini API
///
/// When it is ready it prints one JSON line with its address, the client file, and the variables that
/// aim other programs at it. It listens on this machine only, and ends with Ctrl-C.
#[derive(Debug, clap::Args)]
#[command(arg = hidden_profile(), arg = hidden_token_file())]
pub(crate) struct Args {
    /// Where to listen; a loopback address, port 0 for any free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:9099")]
    listen: SocketAddr,
    /// Where to listen as an HTTPS proxy for unmodified clients; they have to trust DIR/ca.pem
    #[arg(long, value_name = "ADDRESS")]
    proxy: Option<SocketAddr>,
    /// A host, not one of Google's, to which the proxy passes connections through; may be repeated
    #[arg(long, value_name = "HOST", requires = "proxy")]
    forward: Vec<String>,
    /// The folder for client_secret.json, env.sh, ca.pem and what clients store; a temporary one if left out
    #[arg(long)]
    dir: Option<PathBuf>,
    /// Answer consent by itself, as this account; without it, pages in the browser ask
    #[arg(long, value_name = "EMAIL")]
    approve: Option<String>,
    /// Add a client of the type "Web application" and write its file: NUMBER-NAME.apps.googleusercontent.com
    #[arg(long, value_name = "NAME", requires = "redirect_uri", value_parser = web_client_name)]
    web_client: Option<String>,
    /// A redirect URI of the web client, exactly as the program sends it; may be repeated
    #[arg(long, value_name = "URI", requires = "web_client")]
    redirect_uri: Vec<String>,
    /// Projects, clients, users and switches, as JSON
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

/// Letters, digits and dashes, as the console makes them.
fn web_client_name(name: &str) -> Result<String, String> {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if name.is_empty() || !name.bytes().all(plain) {
        return Err("a name has lower-case letters, digits and dashes".to_owned());
    }
    Ok(name.to_owned())
}

pub(crate) fn run(args: &Args, context: &mut Context) -> Outcome {
    let temporary = match &args.dir {
        Some(_) => None,
        None => Some(tempfile::tempdir().map_err(|error| {
            Failure::new(Case::StoreWrite, "cannot make a folder for the emulator").because(error)
        })?),
    };
    let folder = args.dir.as_deref().or(temporary.as_ref().map(tempfile::TempDir::path));
    let mut builder = Emulator::builder().listen(args.listen);
    if let Some(folder) = folder {
        builder = builder.dir(context.path(folder));
    }
    if let Some(address) = args.proxy {
        builder = builder.proxy(address);
    }
    for host in &args.forward {
        builder = builder.forward(host);
    }
    if let Some(name) = &args.web_client {
        builder = builder.web_client(name, &args.redirect_uri);
    }
    if let Some(email) = &args.approve {
        builder = builder.approve(email);
    }
    if let Some(path) = &args.config {
        let config = Config::from_file(context.path(path)).map_err(|error| {
            let what = format!("cannot use `{}` as the emulator's settings", path.display());
            Failure::new(Case::EmulatorSettings, what).because(error)
        })?;
        builder = builder.config(config);
    }
    let emulator = builder.start().map_err(|error| {
        let why = error.source().map_or(String::new(), |source| format!(": {source}"));
        let case = match error {
            StartError::Config(_) => Case::EmulatorSettings,
            _ => Case::EmulatorStart,
        };
        Failure::new(case, "the emulator cannot start").because(format!("{error}{why}"))
    })?;
    let serve = async {
        context.data([emulator.ready_json()])?;
        context.note(format!("the console is at {}/ until Ctrl-C", emulator.url()));
        std::future::pending().await
    };
    // Ctrl-C is the way to end it, so it is no failure.
    match context::block_on(serve) {
        Err(failure) if failure.is(Case::Interrupted) => Ok(()),
        ended => ended,
    }
}
