//! A sign-in that waits: for the browser, or for what a person pastes.
//!
//! In: a bound port and a request for consent. Out: a `Grant`, and a page in the browser that says how it ended.
//! Not here: what counts as a grant (`sign_in`), and reading the redirect (`loopback`).

use super::SignIn;
use super::authorize::AuthorizationRequest;
use super::loopback::{Loopback, Tab};
use crate::error::{Error, ErrorKind};
use crate::grant::Grant;
use std::pin::pin;

/// A sign-in that waits for the browser.
#[derive(Debug)]
pub struct PendingSignIn {
    pub(super) settings: SignIn,
    pub(super) loopback: Loopback,
    pub(super) request: AuthorizationRequest,
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
    /// [`ErrorKind::MissingRefreshToken`], or as [`TokenEndpoint::exchange`](crate::oauth::TokenEndpoint::exchange). A grant is whole or an error.
    pub async fn finish(self) -> Result<Grant, Error> {
        self.finish_or_pasted(async |_| std::future::pending().await).await
    }

    /// The same, and takes what a person pastes meanwhile: the address at which the browser ended, on
    /// whatever machine, or the bare code. Whichever comes first counts.
    ///
    /// `paste` waits for a text. After one that is no address and no code, that belongs to another sign-in, or
    /// that Google does not know as a code, it is called again with what was wrong:
    /// [`ErrorKind::RemoteAddress`], [`ErrorKind::StateMismatch`], [`ErrorKind::InvalidGrant`].
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
        show(tab, &grant).await;
        grant
    }
}

/// Says in the browser how the sign-in ended.
async fn show(tab: Tab, grant: &Result<Grant, Error>) {
    let (heading, sentence) = match grant {
        Ok(_) => (
            "Signed in",
            "The program that sent you here has your consent. You may close this window."
                .to_owned(),
        ),
        Err(error) => (
            "Not signed in",
            format!("Nothing has changed: {error}. The program that sent you here says more."),
        ),
    };
    tab.show(heading, &sentence).await;
}

/// Any word could be a code, and the true one is still good after a wrong one.
fn can_be_pasted_again(error: &Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::RemoteAddress | ErrorKind::StateMismatch | ErrorKind::InvalidGrant { .. }
    )
}
