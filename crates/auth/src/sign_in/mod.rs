//! The whole sign-in as two calls: start, which yields the address to open, and finish.
//!
//! In: an OAuth client and scopes. Out: a `Grant`, with everything that was asked for and a refresh token,
//! or an error; and a page in the browser that says which.
//! Specification: RFC 8252.
//! Not here: opening the browser, and keeping the grant.

pub(crate) mod authorize;
pub(crate) mod loopback;
mod parameters;
mod pkce;
pub mod remote;

use crate::clock::{Clock, SystemClock};
use crate::error::{Error, ErrorKind};
use crate::formats::client_secret::OAuthClient;
use crate::grant::Grant;
use crate::http::HttpClient;
use crate::scope::Scopes;
use crate::sign_in::authorize::{AuthorizationCode, AuthorizationRequest};
use crate::sign_in::loopback::Loopback;
use crate::sign_in::remote::RemoteSignIn;
use crate::token_endpoint::TokenEndpoint;
use std::pin::pin;
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
    port: Option<u16>,
    timeout: Duration,
    login_hint: Option<String>,
}

impl SignIn {
    /// Asks for these scopes, on any free port, within five minutes.
    #[must_use]
    pub fn new(client: OAuthClient, scopes: Scopes, http: HttpClient) -> Self {
        let clock = Arc::new(SystemClock);
        Self { client, scopes, http, clock, port: None, timeout: WAIT, login_hint: None }
    }

    /// Waits on this port.
    #[must_use]
    pub fn with_port(self, port: Option<u16>) -> Self {
        Self { port, ..self }
    }

    /// Waits this long for the browser.
    #[must_use]
    pub fn with_timeout(self, timeout: Duration) -> Self {
        Self { timeout, ..self }
    }

    /// Names the account that is to sign in: the page suggests it, and another one is an error where the
    /// scopes tell the account (`openid`, `email`).
    #[must_use]
    pub fn with_login_hint(self, login_hint: Option<String>) -> Self {
        Self { login_hint, ..self }
    }

    /// Reads the time from this clock.
    #[must_use]
    pub fn with_clock(self, clock: Arc<dyn Clock>) -> Self {
        Self { clock, ..self }
    }

    /// Begins a sign-in whose browser is on another machine.
    #[must_use]
    pub fn start_remote(self) -> RemoteSignIn {
        RemoteSignIn::new(self)
    }

    pub(crate) fn client(&self) -> &OAuthClient {
        &self.client
    }

    pub(crate) fn login_hint(&self) -> Option<&str> {
        self.login_hint.as_deref()
    }

    pub(crate) fn request(&self, redirect_uri: String) -> AuthorizationRequest {
        // Without `prompt=consent` Google may leave the refresh token out of a second sign-in's reply.
        let request =
            AuthorizationRequest::new(&self.client, &self.scopes, redirect_uri).with_consent();
        match &self.login_hint {
            Some(account) => request.with_login_hint(account),
            None => request,
        }
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
}

/// A sign-in that waits for the browser.
#[derive(Debug)]
pub struct PendingSignIn {
    settings: SignIn,
    loopback: Loopback,
    request: AuthorizationRequest,
}

impl PendingSignIn {
    /// Returns the address to open in a browser.
    #[must_use]
    pub fn url(&self) -> String {
        self.request.url()
    }

    /// Returns the address that the browser will come back to.
    #[must_use]
    pub fn redirect_uri(&self) -> &str {
        self.request.redirect_uri()
    }

    /// Waits for the browser, trades the code, and shows in the browser what came of it.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::RedirectTimeout`], [`ErrorKind::AccessDenied`], [`ErrorKind::ScopesNotGranted`],
    /// [`ErrorKind::MissingRefreshToken`], or as [`TokenEndpoint::exchange`]. A grant is whole or an error.
    pub async fn finish(self) -> Result<Grant, Error> {
        self.finish_or_pasted(async |_| std::future::pending().await).await
    }

    /// The same, and takes what a person pastes meanwhile: the address at which the browser ended, on
    /// whatever machine, or the bare code. Whichever comes first counts.
    ///
    /// `paste` waits for a text. After one that is no address and no code, that belongs to another sign-in, or that Google
    /// does not know as a code, it is called again with what was wrong: [`ErrorKind::RemoteAddress`],
    /// [`ErrorKind::StateMismatch`], [`ErrorKind::InvalidGrant`].
    ///
    /// # Errors
    ///
    /// As [`PendingSignIn::finish`].
    pub async fn finish_or_pasted(
        self,
        mut paste: impl AsyncFnMut(Option<Error>) -> String,
    ) -> Result<Grant, Error> {
        let Self { settings, loopback, request } = self;
        let mut receiving = pin!(loopback.receive(&request, settings.timeout));
        let mut wrong = None;
        let received = loop {
            let text = tokio::select! {
                received = &mut receiving => break received,
                text = paste(wrong.take()) => text,
            };
            let ended = match request.accept_pasted(&text) {
                Ok(code) => settings.grant(&code, &request).await,
                Err(error) => Err(error),
            };
            match ended {
                Err(error) if can_be_pasted_again(&error) => wrong = Some(error),
                ended => return ended,
            }
        };
        let (answer, tab) = received?;
        let grant = match answer {
            Ok(code) => settings.grant(&code, &request).await,
            Err(error) => Err(error),
        };
        match &grant {
            Ok(_) => {
                let sentence =
                    "The program that sent you here has your consent. You may close this window.";
                tab.show("Signed in", sentence).await;
            }
            Err(error) => {
                let sentence = format!(
                    "Nothing has changed: {error}. The program that sent you here says more."
                );
                tab.show("Not signed in", &sentence).await;
            }
        }
        grant
    }
}

/// A slip of the hand: any word could be a code, and the true one is still good after a wrong one.
fn can_be_pasted_again(error: &Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::RemoteAddress | ErrorKind::StateMismatch | ErrorKind::InvalidGrant { .. }
    )
}

impl SignIn {
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
            return Err(Error::new(
                ErrorKind::ScopesNotGranted(missing.into_iter().collect()),
                what,
            )
            .because(cause));
        }
        // What the page was asked to suggest is what is meant.
        if let (Some(wanted), Some(account)) = (&self.login_hint, &tokens.account)
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
