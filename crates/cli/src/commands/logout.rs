//! `hallpass logout`: ends the sign-in at Google, then here.
//!
//! In: the ADC file and its side record. Out: neither. The refresh token travels in the body of a POST
//! to the server that gave it. While Google cannot be told, the file stays, so that it can be told later.
//! Not here: credentials that other programs wrote elsewhere (`GOOGLE_APPLICATION_CREDENTIALS`).

use crate::context::{self, Context};
use crate::exit::{Case, Exit, Failure, Outcome};
use crate::saved;
use hallpass::{AuthorizedUser, GrantId, Revoked, TokenStore};

/// Revoke the saved sign-in at Google and delete it here
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Delete it here alone; Google goes on accepting copies of it
    #[arg(long)]
    keep_remote: bool,
    /// Forget what is known of older sign-ins too
    #[arg(long)]
    all: bool,
}
