//! The saved sign-in that wins, together with its side record.
//!
//! In: the environment, or `--token-file`. Out: which file it is, an access token, a credential.
//! One resolver for every command, so that `status` tells the truth about the others. A fresh saved
//! token is handed out without network, runtime or certificates.
//! Not here: writing a new sign-in (`login`).

use crate::context::{Context, block_on};
use crate::exit::{Case, Failure, Outcome};
use hallpass::{
    AccessToken, Adc, AuthorizedUser, CachedSource, Credential, GrantId, GrantRecord, OAuthClient, Origin,
    RefreshSource, TokenFile, TokenSource, TokenStore,
};
use std::path::{Path, PathBuf};
use std::sync::Arc;
