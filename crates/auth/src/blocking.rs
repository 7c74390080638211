//! The same as calls that wait, for programs without an async runtime.
//!
//! In: what the asynchronous calls take. Out: what they yield. One thread of its own runs them all, from the
//! first call to the end of the process; background refreshes go on there, too.
//! Inside asynchronous code each call is an error: it would stop the other tasks.

use crate::error::{Error, ErrorKind};
use crate::{Grant, HttpClient, Scopes, SignIn};
use http::HeaderMap;
use std::path::Path;
use std::sync::{Arc, OnceLock, mpsc};
use std::thread;
use tokio::runtime::{Builder, Handle};

/// Signs requests; cheap to clone.
#[derive(Clone, Debug)]
pub struct Credential(crate::Credential);

impl Credential {
    /// Waits for what this credential yields.
    #[must_use]
    pub fn new(credential: crate::Credential) -> Self {
        Self(credential)
    }

    /// Returns the headers of a request: [`crate::Credential::headers`].
    ///
    /// # Errors
    ///
    /// Those of that call, and [`ErrorKind::NoBlocking`].
    pub fn headers(&self) -> Result<Arc<HeaderMap>, Error> {
        let credential = self.0.clone();
        wait(async move { credential.headers().await })
    }
}

/// Signs in: `open` is handed the address for the browser.
///
/// # Errors
///
/// Those of [`SignIn::start`] and [`PendingSignIn::finish`](crate::PendingSignIn::finish), and
/// [`ErrorKind::NoBlocking`].
pub fn sign_in(sign_in: SignIn, open: impl FnOnce(&str)) -> Result<Grant, Error> {
    let pending = wait(sign_in.start())?;
    open(&pending.url());
    wait(pending.finish())
}

/// Returns a credential from `token_file`, or from a new sign-in: [`crate::load_creds()`].
///
/// # Errors
///
/// Those of that call, and [`ErrorKind::NoBlocking`].
pub fn load_creds(
    client_file: &Path,
    token_file: &Path,
    scopes: &Scopes,
    http: HttpClient,
    open: impl FnOnce(&str) + Send + 'static,
) -> Result<Credential, Error> {
    let (client_file, token_file) = (client_file.to_owned(), token_file.to_owned());
    let scopes = scopes.clone();
    wait(async move { crate::load_creds(&client_file, &token_file, &scopes, http, open).await })
        .map(Credential)
}

fn wait<T: Send + 'static>(
    call: impl Future<Output = Result<T, Error>> + Send + 'static,
) -> Result<T, Error> {
    if Handle::try_current().is_ok() {
        let cause = "use the call of the same name outside `hallpass::blocking`";
        return Err(no_blocking("a blocking call was made inside asynchronous code").because(cause));
    }
    static RUNTIME: OnceLock<Result<Handle, Error>> = OnceLock::new();
    let runtime = RUNTIME.get_or_init(start).as_ref().map_err(Clone::clone)?;
    let (done, ended) = mpsc::sync_channel(1);
    runtime.spawn(async move {
        let _ = done.send(call.await);
    });
    ended.recv().unwrap_or_else(|_| Err(no_blocking("a blocking call ended in a panic")))
}

fn start() -> Result<Handle, Error> {
    let cannot = |error| no_blocking("no thread for blocking calls can be started").because(error);
    let runtime = Builder::new_current_thread().enable_all().build().map_err(cannot)?;
    let handle = runtime.handle().clone();
    let run = move || runtime.block_on(std::future::pending::<()>());
    thread::Builder::new().name("hallpass".to_owned()).spawn(run).map_err(cannot)?;
    Ok(handle)
}

fn no_blocking(what: &str) -> Error {
    Error::new(ErrorKind::NoBlocking, what)
}
