//! The whole sign-in as two calls: start, which returns the address to open, and finish.
//!
//! In: an OAuth client and scopes. Out: a `Grant`, with everything that was asked for and a refresh token,
//! or an error.
//! Specification: RFC 8252.
//! Not here: opening the browser, and keeping the grant.

pub(crate) mod authorize;
pub(crate) mod loopback;
mod parameters;
mod pending;
mod pkce;
pub mod remote;

pub use pending::PendingSignIn;

use crate::clock::{Clock, SystemClock};
use crate::error::{Error, ErrorKind};
use crate::formats::client_secret::OAuthClient;
use crate::grant::Grant;
use crate::http::HttpClient;
use crate::scope::Scopes;
use crate::sign_in::authorize::{AuthorizationCode, AuthorizationRequest};
use crate::sign_in::loopback::Loopback;
use crate::token_endpoint::TokenEndpoint;
use std::sync::Arc;
use std::time::Duration;

/// Long enough to find a password and a second factor.
const WAIT: Duration = Duration::from_secs(5 * 60);

/// A sign-in about to start.
///
/// ```no_run
/// use hallpass::http::HttpClient;
/// use hallpass::oauth::SignIn;
/// use hallpass::{OAuthClient, Scopes};
/// use std::time::Duration;
///
/// # async fn example() -> Result<(), hallpass::Error> {
/// let client = OAuthClient::from_file("client_secret.json")?;
/// let sign_in = SignIn::new(client, Scopes::quickstart(), HttpClient::from_env())
///     .with_timeout(Duration::from_secs(60));
/// let pending = sign_in.start().await?;
/// println!("open {}", pending.url());
/// let grant = pending.finish().await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct SignIn {
    client: OAuthClient,
    scopes: Scopes,
    http: HttpClient,
    clock: Arc<dyn Clock>,
    port: u16,
    timeout: Duration,
    /// Empty for any account.
    login_hint: String,
}

impl SignIn {
    /// Asks for these scopes, on any free port, within five minutes.
    #[must_use]
    pub fn new(client: OAuthClient, scopes: Scopes, http: HttpClient) -> Self {
        let clock = Arc::new(SystemClock);
        Self { client, scopes, http, clock, port: 0, timeout: WAIT, login_hint: String::new() }
    }

    /// Waits on this port; 0 is any free one.
    #[must_use]
    pub fn with_port(self, port: u16) -> Self {
        Self { port, ..self }
    }

    /// Waits this long for the browser.
    #[must_use]
    pub fn with_timeout(self, timeout: Duration) -> Self {
        Self { timeout, ..self }
    }

    /// Names the account that is to sign in: the page suggests it, and another one is an error where the
    /// scopes tell the account (`openid`, `email`). An empty name is any account.
    #[must_use]
    pub fn with_login_hint(self, account: impl Into<String>) -> Self {
        Self { login_hint: account.into(), ..self }
    }

    /// Reads the time from this clock.
    #[must_use]
    pub fn with_clock(self, clock: Arc<dyn Clock>) -> Self {
        Self { clock, ..self }
    }

    pub(crate) fn client(&self) -> &OAuthClient {
        &self.client
    }

    pub(crate) fn login_hint(&self) -> &str {
        &self.login_hint
    }

    pub(crate) fn request(&self, redirect_uri: String) -> AuthorizationRequest {
        // Without `prompt=consent` Google may leave the refresh token out of a second sign-in's reply.
        AuthorizationRequest::new(&self.client, &self.scopes, redirect_uri)
            .with_consent()
            .with_login_hint(&self.login_hint)
    }

    /// Binds the port and makes the address to open.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::PortInUse`].
    pub async fn start(self) -> Result<PendingSignIn, Error> {
        let loopback = Loopback::bind(self.port).await?;
        let request = self.request(loopback.redirect_uri());
        Ok(PendingSignIn { settings: self, loopback, request })
    }

    /// Trades the code, and refuses a grant that is less than what was asked for, or of another account.
    pub(crate) async fn grant(
        &self,
        code: &AuthorizationCode,
        request: &AuthorizationRequest,
    ) -> Result<Grant, Error> {
        let issued_at = self.clock.now();
        let endpoint =
            TokenEndpoint::new(self.http.clone(), self.client.clone(), Arc::clone(&self.clock));
        let tokens = endpoint.exchange(code, request).await?;
        // RFC 6749, section 5.1: a reply without `scope` means what was asked for.
        let scopes = tokens.scopes.unwrap_or_else(|| request.scopes().clone());
        let missing = request.scopes().missing_from(&scopes);
        if !missing.is_empty() {
            let what = "Google granted less than was asked for";
            let cause = format!("missing: {missing}");
            let kind = ErrorKind::ScopesNotGranted(missing.into_iter().collect());
            return Err(Error::new(kind, what).with_source(cause));
        }
        // What the page was asked to suggest is what is meant.
        let wanted = &self.login_hint;
        if let Some(account) = tokens.account.as_deref()
            && !wanted.is_empty()
            && !account.eq_ignore_ascii_case(wanted)
        {
            let what = format!("`{account}` signed in, not `{wanted}`");
            let wanted = wanted.clone();
            return Err(Error::new(ErrorKind::WrongAccount { wanted }, what));
        }
        let Some(refresh_token) = tokens.refresh_token else {
            let what = "Google sent no refresh token, so this sign-in would end within the hour";
            return Err(Error::new(ErrorKind::MissingRefreshToken, what));
        };
        Ok(Grant {
            client: self.client.clone(),
            refresh_token,
            access_token: tokens.access_token,
            scopes,
            account: tokens.account,
            issued_at,
            refresh_token_expires_at: tokens.refresh_token_expires_at,
        })
    }
}
