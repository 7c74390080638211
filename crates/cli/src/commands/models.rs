//! `hallpass models`: which Gemini models there are.
//!
//! In: the saved sign-in. Out: names, or Google's description of one.
//! Not here: the requests (`hallpass-gemini`).

use crate::args::Format;
use crate::context::Context;
use crate::exit::Outcome;
use crate::render;
use crate::saved::Saved;
use futures_util::TryStreamExt;
use hallpass_gemini::Model;
use std::path::PathBuf;

/// List Gemini models, or describe one
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// List the models that the saved sign-in may use
    List(Options),
    /// Describe one model
    Get {
        /// Its name, such as gemini-2.5-flash
        name: String,
        #[command(flatten)]
        options: Options,
    },
}

#[derive(Debug, clap::Args)]
struct Options {
    /// Use this token.json instead of Application Default Credentials
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// The form of the result
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

impl Args {
    pub(crate) fn format(&self) -> Format {
        self.options().format
    }

    fn options(&self) -> &Options {
        match &self.action {
            Action::List(options) | Action::Get { options, .. } => options,
        }
    }
}
