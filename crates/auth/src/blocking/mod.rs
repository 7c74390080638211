//! The same as calls that wait, for programs without an async runtime.
//!
//! In: what the asynchronous calls take. Out: what they return. One thread of this module runs them all, from the
//! first call to the end of the process; background refreshes go on there, too.
//! Inside an asynchronous task each call is an error, since it would stop the other tasks of that thread; in
//! `spawn_blocking` it may wait.

mod sign_in;
mod thread;

pub use sign_in::{Cancellation, PendingSignIn, sign_in};

use crate::Scopes;
use crate::adc::Loader;
use crate::error::Error;
use crate::http::HttpClient;
use crate::load_creds::{UserCredential, UserCredentialBuilder};
use crate::secret::Secret;
use crate::token::AccessToken;
use crate::token_endpoint::Revoked;
use http::HeaderMap;
use std::path::Path;
use std::sync::Arc;
use thread::{may_wait, wait};

/// Signs requests; cheap to clone.
///
/// ```no_run
/// use hallpass::blocking::Credential;
///
/// let credential = Credential::application_default()?;
/// let headers = credential.headers()?; // authorization, x-goog-user-project
/// # Ok::<(), hallpass::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Credential(crate::Credential);

impl Credential {
    /// Makes the calls of this credential wait.
    #[must_use]
    pub fn new(credential: crate::Credential) -> Self {
        Self(credential)
    }

    /// Returns the credential that Google's clients would use on this machine.
    ///
    /// # Errors
    ///
    /// As [`Loader::load`], and [`ErrorKind::NoBlocking`](crate::ErrorKind::NoBlocking).
    pub fn application_default() -> Result<Self, Error> {
        Self::load(&Loader::from_env())
    }

    /// Returns the credential that this loader finds.
    ///
    /// # Errors
    ///
    /// As [`Credential::application_default`].
    pub fn load(loader: &Loader) -> Result<Self, Error> {
        let loader = loader.clone();
        wait(async move { loader.load().await }).map(|found| Self(found.credential))
    }

    /// Charges this project: [`crate::Credential::with_quota_project`].
    #[must_use]
    pub fn with_quota_project(self, quota_project: impl Into<String>) -> Self {
        Self(self.0.with_quota_project(quota_project))
    }

    /// Returns the credential for asynchronous code.
    #[must_use]
    pub fn into_async(self) -> crate::Credential {
        self.0
    }

    /// Returns a token that is good now: [`crate::Credential::token`].
    ///
    /// # Errors
    ///
    /// Those of that call, and [`ErrorKind::NoBlocking`](crate::ErrorKind::NoBlocking).
    pub fn token(&self) -> Result<Arc<AccessToken>, Error> {
        may_wait()?;
        if let Some(token) = self.0.source().ready() {
            return Ok(token);
        }
        let credential = self.0.clone();
        wait(async move { credential.token().await })
    }

    /// Returns a new token: [`crate::Credential::refresh_now`].
    ///
    /// # Errors
    ///
    /// As [`Credential::token`].
    pub fn refresh_now(&self) -> Result<Arc<AccessToken>, Error> {
        let credential = self.0.clone();
        wait(async move { credential.refresh_now().await })
    }

    /// Says that a server did not take this token: [`crate::Credential::reject`].
    pub fn reject(&self, token: &AccessToken) {
        self.0.reject(token);
    }

    /// Returns the headers of a request: [`crate::Credential::headers`].
    ///
    /// # Errors
    ///
    /// As [`Credential::token`].
    pub fn headers(&self) -> Result<Arc<HeaderMap>, Error> {
        may_wait()?;
        if let Some(headers) = self.0.ready() {
            return Ok(headers);
        }
        let credential = self.0.clone();
        wait(async move { credential.headers().await })
    }
}

/// Runs a call of a crate that builds on this one, and waits for its end.
///
/// # Errors
///
/// Those of the call, [`ErrorKind::NoBlocking`](crate::ErrorKind::NoBlocking) inside an asynchronous task, and
/// [`ErrorKind::Panicked`](crate::ErrorKind::Panicked).
pub fn run<T: Send + 'static, E: From<Error> + Send + 'static>(
    call: impl Future<Output = Result<T, E>> + Send + 'static,
) -> Result<T, E> {
    wait(async move { Ok(call.await) })?
}

/// Returns a credential from `token_file`, or from a new sign-in: [`crate::load_creds()`].
///
/// # Errors
///
/// Those of that call, and [`ErrorKind::NoBlocking`](crate::ErrorKind::NoBlocking).
pub fn load_creds(
    client_file: impl AsRef<Path>,
    token_file: impl AsRef<Path>,
    scopes: &Scopes,
    open: impl FnOnce(&str) + Send + 'static,
) -> Result<Credential, Error> {
    let user = UserCredential::from_client_file(client_file).token_file(token_file);
    load_user(user.scopes(scopes.clone()).open(open))
}

/// Returns a credential as this builder says: [`UserCredentialBuilder::load`].
///
/// # Errors
///
/// Those of that call, and [`ErrorKind::NoBlocking`](crate::ErrorKind::NoBlocking).
pub fn load_user(user: UserCredentialBuilder<'static>) -> Result<Credential, Error> {
    wait(user.load()).map(Credential)
}

/// Ends a grant at the server that gave it: [`crate::oauth::revoke`].
///
/// # Errors
///
/// Those of that call, and [`ErrorKind::NoBlocking`](crate::ErrorKind::NoBlocking).
pub fn revoke(http: &HttpClient, revoke_uri: &str, token: &Secret) -> Result<Revoked, Error> {
    let (http, uri, token) = (http.clone(), revoke_uri.to_owned(), token.clone());
    wait(async move { crate::oauth::revoke(&http, &uri, &token).await })
}
