//! The quickstart's credential manager: use the file, else refresh, else sign in, then save.
//!
//! In: an OAuth client, a `token.json`, scopes. Out: a `Credential` that goes on refreshing and saving.
//! Better than the page's: a dead refresh token, a file without one, another client's file and a wider
//! choice of scopes sign in again; a failed or partial sign-in never overwrites a good file, and another
//! program's file is never overwritten.
//! Not here: opening the browser; the caller is handed the address.

use crate::clock::{Clock, SystemClock};
use crate::credential::Credential;
use crate::error::{Error, ErrorKind};
use crate::formats::client_secret::OAuthClient;
use crate::formats::token_json::TokenFile;
use crate::grant::Grant;
use crate::http::HttpClient;
use crate::saved::SavedSignIn;
use crate::scope::Scopes;
use crate::sign_in::SignIn;
use crate::source::{CachedSource, TokenSource};
use crate::store::{GrantStore, MemoryStore, StoredGrant, TokenFileStore};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// Returns a credential for these scopes, from `token_file` if it can be, by a new sign-in otherwise.
///
/// Requests go through the proxies that the environment names. `open` is handed the address for the browser, if
/// one is needed. The client file is needed for a new
/// sign-in alone; where it is there, a token file of another client does not count. More can be chosen with
/// [`UserCredential::from_client_file`].
///
/// # Errors
///
/// A client file or a token file that cannot be used, a sign-in that did not end well, no connection. A
/// token file that holds something else is an error and is not overwritten.
pub async fn load_creds(
    client_file: impl AsRef<Path>,
    token_file: impl AsRef<Path>,
    scopes: &Scopes,
    open: impl FnOnce(&str) + Send,
) -> Result<Credential, Error> {
    UserCredential::from_client_file(client_file)
        .token_file(token_file)
        .scopes(scopes.clone())
        .http(HttpClient::from_env())
        .open(open)
        .load()
        .await
}

/// A user's sign-in, kept in a `token.json`.
#[derive(Debug)]
pub struct UserCredential;

impl UserCredential {
    /// Begins with an OAuth client.
    pub fn builder<'a>(client: OAuthClient) -> UserCredentialBuilder<'a> {
        UserCredentialBuilder::new(Ok(client))
    }

    /// Begins with a client file. It is needed for a new sign-in alone: where it is not there, a token file
    /// is used as it is.
    pub fn from_client_file<'a>(path: impl AsRef<Path>) -> UserCredentialBuilder<'a> {
        UserCredentialBuilder::new(OAuthClient::from_file(path.as_ref()))
    }
}

type Open<'a> = Box<dyn FnOnce(&str) + Send + 'a>;

/// Chooses how [`UserCredentialBuilder::load`] signs in, and where the sign-in is kept.
#[must_use]
pub struct UserCredentialBuilder<'a> {
    client: Result<OAuthClient, Error>,
    token_file: Option<PathBuf>,
    scopes: Scopes,
    /// Empty for any account.
    account: String,
    /// 0 for any free one.
    port: u16,
    timeout: Option<Duration>,
    /// Empty for the client's own.
    quota_project: String,
    clock: Arc<dyn Clock>,
    http: HttpClient,
    open: Option<Open<'a>>,
}

impl<'a> UserCredentialBuilder<'a> {
    fn new(client: Result<OAuthClient, Error>) -> Self {
        Self {
            client,
            token_file: None,
            scopes: Scopes::quickstart(),
            account: String::new(),
            port: 0,
            timeout: None,
            quota_project: String::new(),
            clock: Arc::new(SystemClock),
            http: HttpClient::default(),
            open: None,
        }
    }

    /// Keeps the sign-in in this file; without one, it ends with the program.
    pub fn token_file(self, path: impl AsRef<Path>) -> Self {
        Self { token_file: Some(path.as_ref().to_owned()), ..self }
    }

    /// Asks for these scopes; the quickstart's unless told otherwise.
    pub fn scopes(self, scopes: Scopes) -> Self {
        Self { scopes, ..self }
    }

    /// Lets this account in and no other; a file of another one does not count. The scopes have to include
    /// `openid` and `email`, or the account is not known.
    pub fn account(self, email: impl Into<String>) -> Self {
        Self { account: email.into(), ..self }
    }

    /// Receives the browser on this port; any free one unless told otherwise.
    pub fn port(self, port: u16) -> Self {
        Self { port, ..self }
    }

    /// Waits at most so long for the browser.
    pub fn timeout(self, timeout: Duration) -> Self {
        Self { timeout: Some(timeout), ..self }
    }

    /// Charges this project for requests.
    pub fn quota_project(self, project: impl Into<String>) -> Self {
        Self { quota_project: project.into(), ..self }
    }

    /// Reads the time from this clock.
    pub fn clock(self, clock: Arc<dyn Clock>) -> Self {
        Self { clock, ..self }
    }

    /// Sends requests through this client.
    pub fn http(self, http: HttpClient) -> Self {
        Self { http, ..self }
    }

    /// Hands the address for the browser to this function, if a sign-in is needed. Without it, that is an error.
    pub fn open(self, open: impl FnOnce(&str) + Send + 'a) -> Self {
        Self { open: Some(Box::new(open)), ..self }
    }

    /// Uses the file, else refreshes, else signs in and saves.
    ///
    /// # Errors
    ///
    /// As [`load_creds()`]; [`ErrorKind::NoCredential`] where a sign-in is needed and there is no
    /// [`UserCredentialBuilder::open`].
    pub async fn load(mut self) -> Result<Credential, Error> {
        if let Some(source) = self.saved()? {
            match source.token().await {
                Ok(_) => return Ok(self.credential(source)),
                Err(error) if error.needs_sign_in() => {}
                Err(error) => return Err(error),
            }
        }
        let client = self.client.clone()?;
        let open = self.open.take().ok_or_else(|| {
            Error::new(ErrorKind::NoCredential, "a sign-in is needed, and no browser may be opened")
        })?;
        let pending = self.sign_in(client).start().await?;
        open(&pending.url());
        let grant = pending.finish().await?;
        let Some(path) = &self.token_file else {
            let quota_project = self.quota_project;
            let credential = grant.into_credential(self.http, MemoryStore::default());
            return Ok(credential.with_quota_project(quota_project));
        };
        TokenFileStore::new(path).replace(&TokenFile::from(&grant))?;
        let saved = SavedSignIn::open_token_file(path)?;
        let source = self.source(&saved);
        Ok(self.credential(source))
    }

    fn sign_in(&self, client: OAuthClient) -> SignIn {
        let sign_in = SignIn::new(client, self.scopes.clone(), self.http.clone())
            .with_clock(Arc::clone(&self.clock))
            .with_login_hint(&self.account)
            .with_port(self.port);
        match self.timeout {
            Some(timeout) => sign_in.with_timeout(timeout),
            None => sign_in,
        }
    }

    /// Returns a source of the file, if it is this client's and this account's, and for these scopes at least.
    fn saved(&self) -> Result<Option<CachedSource>, Error> {
        let Some(path) = &self.token_file else { return Ok(None) };
        let saved = match SavedSignIn::open_token_file(path) {
            Ok(saved) => saved,
            Err(error) => match error.kind() {
                ErrorKind::CredentialFileNotFound | ErrorKind::MissingRefreshToken => {
                    return Ok(None);
                }
                _ => return Err(error),
            },
        };
        let grant = saved.grant();
        let narrow = grant.scopes.as_ref().is_some_and(|granted| !granted.covers(&self.scopes));
        let known = grant.account.as_deref().filter(|account| !account.is_empty());
        let other = known.is_some_and(|account| !account.eq_ignore_ascii_case(&self.account));
        if narrow || (other && !self.account.is_empty()) {
            return Ok(None);
        }
        match &self.client {
            Ok(client) if client.client_id() == saved.client().client_id() => {}
            Err(error) if *error.kind() == ErrorKind::ClientFileNotFound => {}
            Ok(_) => return Ok(None),
            Err(error) => return Err(error.clone()),
        }
        Ok(Some(self.source(&saved)))
    }

    /// The client file's endpoints count, not the token file's, where both are there.
    fn source(&self, saved: &SavedSignIn) -> CachedSource {
        let source = match &self.client {
            Ok(client) => saved.clone().with_client(client.clone()).source(),
            Err(_) => saved.source(),
        };
        source.http(self.http.clone()).clock(Arc::clone(&self.clock)).build()
    }

    fn credential(self, source: CachedSource) -> Credential {
        Credential::new(source).with_quota_project(self.quota_project)
    }
}

impl fmt::Debug for UserCredentialBuilder<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("UserCredentialBuilder");
        debug.field("token_file", &self.token_file).field("scopes", &self.scopes);
        debug.finish_non_exhaustive()
    }
}

impl Grant {
    /// Returns a credential of this grant. The store keeps it under [`Grant::id`] from the first refresh on; to
    /// keep it under a name of your own, save a [`StoredGrant`] and use
    /// [`CachedSource::builder`](crate::source::CachedSource::builder).
    #[must_use]
    pub fn into_credential(self, http: HttpClient, store: impl GrantStore + 'static) -> Credential {
        let grant = StoredGrant::from(&self);
        Credential::new(CachedSource::builder(store, self.id()).grant(grant).http(http).build())
    }
}
