//! `hallpass print-access-token`: a valid access token, alone on standard output.
//!
//! In: the saved sign-in. Out: the token. While the saved token is fresh nothing else is started: no
//! network, no runtime, no certificates.
//! Not here: the refresh (`saved`, and `source` of the library).

use crate::args::Format;
use crate::context::Context;
use crate::failure::Outcome;
use crate::render;
use crate::saved::Saved;
use serde_json::json;
use std::path::PathBuf;

/// Print a valid access token, refreshed if need be
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Use this token.json instead of Application Default Credentials
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// The form of the result
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
}

pub(crate) fn run(args: &Args, context: &mut Context) -> Outcome {
    let saved = Saved::find(context, args.token_file.as_deref())?;
    let token = saved.access_token(context)?;
    let text = match args.format {
        Format::Text => token.expose().to_owned(),
        Format::Json => render::document(&json!({
            "access_token": token.expose(),
            "expires_at": render::time(token.expires_at()),
            "token_type": "Bearer",
        })),
    };
    context.data(&text)
}
