//! The quickstart's credential manager: use the file, else refresh, else sign in, then save.
//!
//! In: a client file, a `token.json`, scopes. Out: a `Credential` that goes on refreshing and saving.
//! Better than the page's: a dead refresh token, a file without one, another client's file and a wider
//! choice of scopes sign in again; a failed or partial sign-in never overwrites a good file.
//! Not here: opening the browser; the caller is handed the address.

use crate::credential::Credential;
use crate::error::{Error, ErrorKind};
use crate::files::write_private;
use crate::formats::client_secret::OAuthClient;
use crate::formats::token_json::TokenFile;
use crate::http::HttpClient;
use crate::scope::Scopes;
use crate::sign_in::SignIn;
use crate::source::reloading::{Made, Mark, Reloading};
use crate::source::{CachedSource, TokenSource};
use crate::store::TokenFileStore;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

/// Returns a credential for these scopes, from `token_file` if it can be, by a new sign-in otherwise.
///
/// `open` is handed the address for the browser, if one is needed. The client file is needed for a new
/// sign-in alone; where it is there, a token file of another client does not count.
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
    let client = OAuthClient::from_file(client_file);
    if let Some(client) = usable(token_file, &client, scopes)? {
        let source = source(client, token_file, http.clone())?;
        match source.token().await {
            Ok(_) => return Ok(Credential::new(source)),
            Err(error) if error.needs_sign_in() => {}
            Err(error) => return Err(error),
        }
    }
    let client = client?;
    let pending = SignIn::new(client.clone(), scopes.clone(), http.clone()).start().await?;
    open(&pending.url());
    let file = TokenFile::from(&pending.finish().await?);
    write_private(token_file, file.to_json().expose().as_bytes())?;
    Ok(Credential::new(source(client, token_file, http)?))
}

/// Returns the client of the file, if it is this client's and for these scopes at least.
///
/// The client file's endpoints count, not the token file's, where both are there.
fn usable(
    path: &Path,
    client: &Result<OAuthClient, Error>,
    scopes: &Scopes,
) -> Result<Option<OAuthClient>, Error> {
    let file = match TokenFile::from_file(path) {
        Ok(file) => file,
        Err(error) => match error.kind() {
            ErrorKind::CredentialFileNotFound | ErrorKind::MissingRefreshToken => return Ok(None),
            _ => return Err(error),
        },
    };
    if !file.scopes().is_none_or(|granted| granted.covers(scopes)) {
        return Ok(None);
    }
    match client {
        Ok(client) if client.client_id() == file.client_id() => Ok(Some(client.clone())),
        Ok(_) => Ok(None),
        Err(error) if *error.kind() == ErrorKind::ClientFileNotFound => file.client().map(Some),
        Err(error) => Err(error.clone()),
    }
}

/// Makes a source of the file, and another one when the file has changed and this one no longer works:
/// a program beside us has signed in again.
fn source(client: OAuthClient, path: &Path, http: HttpClient) -> Result<Reloading, Error> {
    let name = path.to_owned();
    Reloading::new(path, move |bytes| {
        let file = TokenFile::parse(bytes, &format!("`{}`", name.display()))?;
        let client = match client.client_id() == file.client_id() {
            true => client.clone(),
            false => file.client()?,
        };
        let source = Arc::new(cached(&file, client, &name, http.clone()));
        Ok(Made { source, mark: Mark::of(file.grant_id().as_str()), quota_project: None })
    })
}

fn cached(file: &TokenFile, client: OAuthClient, path: &Path, http: HttpClient) -> CachedSource {
    let store = Arc::new(TokenFileStore::new(path));
    let (path, last) = (path.to_owned(), Mutex::new(file.grant_id()));
    CachedSource::new(client, file.refresh_token().clone(), http, store).with_rotation(move |new| {
        let mut last = last.lock().unwrap_or_else(PoisonError::into_inner);
        let file = TokenFile::from_file(&path)?;
        // A program beside us may have signed in again meanwhile.
        if file.grant_id() == *last {
            let file = file.with_refresh_token(new.clone());
            write_private(&path, file.to_json().expose().as_bytes())?;
            *last = file.grant_id();
        }
        Ok(())
    })
}
