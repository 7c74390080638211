//! The quickstart's credential manager: use the file, else refresh, else sign in, then save.
//!
//! In: a client file, a `token.json`, scopes. Out: a `Credential` that goes on refreshing and saving.
//! Better than the page's: a dead refresh token, a file without one, another client's file and a wider
//! choice of scopes sign in again; a failed or partial sign-in never overwrites a good file.
//! Not here: opening the browser; the caller is handed the address.

use crate::client_secret::OAuthClient;
use crate::credential::Credential;
use crate::error::{Error, ErrorKind};
use crate::http::HttpClient;
use crate::scope::Scopes;
use crate::sign_in::SignIn;
use crate::source::{CachedSource, TokenSource};
use crate::store::{TokenFileStore, write_private};
use crate::token_json::TokenFile;
use std::path::Path;
use std::sync::Arc;

/// Returns a credential for these scopes, from `token_file` if it can be, by a new sign-in otherwise.
///
/// `open` is handed the address for the browser, if one is needed.
///
/// # Errors
///
/// A client file or a token file that cannot be used, a sign-in that did not end well, no connection. A
/// token file that is not JSON is an error and is not overwritten: it may be somebody's other file.
pub async fn load_creds(
    client_file: &Path,
    token_file: &Path,
    scopes: &Scopes,
    http: HttpClient,
    open: impl FnOnce(&str),
) -> Result<Credential, Error> {
    let client = OAuthClient::from_file(client_file)?;
    if let Some(file) = usable(token_file, &client, scopes)? {
        let source = source(&file, client.clone(), token_file, http.clone());
        match source.token().await {
            Ok(_) => return Ok(Credential::new(source)),
            Err(error) if error.needs_sign_in() => {}
            Err(error) => return Err(error),
        }
    }
    let pending = SignIn::new(client.clone(), scopes.clone(), http.clone()).start().await?;
    open(&pending.url());
    let file = TokenFile::from(&pending.finish().await?);
    write_private(token_file, file.to_json().expose().as_bytes())?;
    Ok(Credential::new(source(&file, client, token_file, http)))
}

/// Returns the file if it is this client's, for these scopes at least.
fn usable(path: &Path, client: &OAuthClient, scopes: &Scopes) -> Result<Option<TokenFile>, Error> {
    match TokenFile::from_file(path) {
        Ok(file) => {
            let ours = file.client_id() == client.client_id();
            let enough = file.scopes().is_none_or(|granted| granted.covers(scopes));
            Ok(Some(file).filter(|_| ours && enough))
        }
        Err(error) => match error.kind() {
            ErrorKind::CredentialFileNotFound | ErrorKind::MissingRefreshToken => Ok(None),
            _ => Err(error),
        },
    }
}

/// The client file's endpoints count, not the token file's: only the first was chosen by the caller.
fn source(file: &TokenFile, client: OAuthClient, path: &Path, http: HttpClient) -> CachedSource {
    let store = Arc::new(TokenFileStore::new(path));
    let (kept, path) = (file.clone(), path.to_owned());
    CachedSource::new(client, file.refresh_token().clone(), http, store).with_rotation(move |new| {
        let file = kept.clone().with_refresh_token(new.clone());
        write_private(&path, file.to_json().expose().as_bytes())
    })
}
