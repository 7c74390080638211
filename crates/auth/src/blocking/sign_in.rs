//! A sign-in for a program with threads: one waits, another may cancel.

use super::thread::wait;
use crate::error::{Error, ErrorKind};
use crate::oauth::{Grant, SignIn};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::watch;
use tokio::task::spawn_blocking;

/// Signs in: `open` gets the address for the browser.
///
/// # Errors
///
/// Those of [`PendingSignIn::start`] and [`PendingSignIn::finish`].
pub fn sign_in(sign_in: SignIn, open: impl FnOnce(&str)) -> Result<Grant, Error> {
    let pending = PendingSignIn::start(sign_in)?;
    open(pending.url());
    pending.finish()
}

/// A sign-in that waits for the browser: [`crate::oauth::PendingSignIn`].
///
/// ```no_run
/// use hallpass::blocking::PendingSignIn;
/// use hallpass::http::HttpClient;
/// use hallpass::oauth::SignIn;
/// use hallpass::{OAuthClient, Scopes};
///
/// let client = OAuthClient::from_file("client_secret.json")?;
/// let sign_in = SignIn::new(client, Scopes::quickstart(), HttpClient::default());
/// let pending = PendingSignIn::start(sign_in)?;
/// println!("open {}", pending.url());
/// let button = pending.cancellation(); // another thread may call `button.cancel()`
/// let grant = pending.finish()?;
/// # Ok::<(), hallpass::Error>(())
/// ```
#[derive(Debug)]
pub struct PendingSignIn {
    pending: crate::oauth::PendingSignIn,
    url: String,
    cancelled: watch::Sender<bool>,
}

impl PendingSignIn {
    /// Binds the port and makes the address to open.
    ///
    /// # Errors
    ///
    /// As [`SignIn::start`], and [`ErrorKind::NoBlocking`].
    pub fn start(sign_in: SignIn) -> Result<Self, Error> {
        let pending = wait(sign_in.start())?;
        Ok(Self { url: pending.url(), pending, cancelled: watch::Sender::new(false) })
    }

    /// Returns the address to open in a browser.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Returns what another thread can end the wait with.
    #[must_use]
    pub fn cancellation(&self) -> Cancellation {
        Cancellation(self.cancelled.clone())
    }

    /// Waits for the browser, trades the code, and shows in the browser what came of it.
    ///
    /// # Errors
    ///
    /// As [`crate::oauth::PendingSignIn::finish`], and [`ErrorKind::Cancelled`].
    pub fn finish(self) -> Result<Grant, Error> {
        let Self { pending, cancelled, .. } = self;
        wait(unless(cancelled, pending.finish()))
    }

    /// The same, and takes what a person pastes meanwhile: [`crate::oauth::PendingSignIn::finish_or_pasted`].
    ///
    /// `paste` may block; it runs on another thread, which is not waited for when the browser answers first.
    ///
    /// # Errors
    ///
    /// As [`PendingSignIn::finish`].
    pub fn finish_or_pasted(
        self,
        paste: impl FnMut(Option<Error>) -> String + Send + 'static,
    ) -> Result<Grant, Error> {
        let Self { pending, cancelled, .. } = self;
        let paste = Arc::new(Mutex::new(paste));
        let paste = move |wrong: Option<Error>| {
            let paste = Arc::clone(&paste);
            async move {
                let call = move || paste.lock().unwrap_or_else(PoisonError::into_inner)(wrong);
                match spawn_blocking(call).await {
                    Ok(text) => text,
                    // It has panicked; the browser may still come.
                    Err(_) => std::future::pending().await,
                }
            }
        };
        wait(unless(cancelled, pending.finish_or_pasted(paste)))
    }
}

async fn unless(
    cancelled: watch::Sender<bool>,
    sign_in: impl Future<Output = Result<Grant, Error>>,
) -> Result<Grant, Error> {
    let mut cancelled = cancelled.subscribe();
    tokio::select! {
        grant = sign_in => grant,
        _ = cancelled.wait_for(|cancelled| *cancelled) => {
            Err(Error::new(ErrorKind::Cancelled, "the sign-in was cancelled"))
        }
    }
}

/// Ends the wait of a [`PendingSignIn`] from another thread.
#[derive(Clone, Debug)]
pub struct Cancellation(watch::Sender<bool>);

impl Cancellation {
    /// Ends the wait, now or as soon as it begins; a sign-in that has finished is not undone.
    pub fn cancel(&self) {
        self.0.send_replace(true);
    }
}
