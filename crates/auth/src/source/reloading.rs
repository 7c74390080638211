//! A source made from a file, made anew when it fails and the file has changed.
//!
//! In: a way to make a source from a file's bytes, and what in them counts. Out: a source that outlives a
//! new sign-in, a rotated key or a replaced file: the first call after the change works, without a restart.
//! Not here: watching the file; it is read when a token cannot be had, and at no other time.

use super::{TokenFuture, TokenSource};
use crate::error::Error;
use crate::formats::file::Purpose;
use crate::token::AccessToken;
use arc_swap::ArcSwap;
use sha2::{Digest, Sha256};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

pub(crate) struct Reloading {
    path: PathBuf,
    make: Make,
    current: ArcSwap<Made>,
    /// Held while the file is read, so that all who failed read it once.
    reading: Mutex<()>,
}

type Make = Box<dyn Fn(&[u8]) -> Result<Made, Error> + Send + Sync>;

/// A source, and what of the file it was made from.
pub(crate) struct Made {
    pub(crate) source: Arc<dyn TokenSource>,
    /// Equal when the file says the same; a saved access token, for one, is nothing new.
    pub(crate) mark: Mark,
    /// The project that the file charges.
    pub(crate) quota_project: Option<Arc<str>>,
}

/// A hash of what counts in a file.
#[derive(PartialEq, Eq)]
pub(crate) struct Mark(Vec<u8>);

impl Mark {
    pub(crate) fn of(bytes: impl AsRef<[u8]>) -> Self {
        Self(Sha256::digest(bytes).to_vec())
    }
}

impl Reloading {
    pub(crate) fn new(
        path: &Path,
        make: impl Fn(&[u8]) -> Result<Made, Error> + Send + Sync + 'static,
    ) -> Result<Self, Error> {
        let current = ArcSwap::from_pointee(make(&Purpose::Credential.read(path)?)?);
        let (path, make) = (path.to_owned(), Box::new(make));
        Ok(Self { path, make, current, reading: Mutex::default() })
    }

    /// Returns the source of the changed file; none where nothing has changed or the new file is no good.
    fn newer(&self, failed: &Arc<Made>) -> Option<Arc<Made>> {
        let _reading = self.reading.lock().unwrap_or_else(PoisonError::into_inner);
        let current = self.current.load_full();
        if !Arc::ptr_eq(&current, failed) {
            return Some(current);
        }
        match Purpose::Credential.read(&self.path).and_then(|bytes| (self.make)(&bytes)) {
            Ok(made) if made.mark == current.mark => None,
            Ok(made) => {
                let made = Arc::new(made);
                self.current.store(Arc::clone(&made));
                Some(made)
            }
            Err(error) => {
                tracing::warn!(%error, "the credential file cannot be used any more");
                None
            }
        }
    }
}

impl TokenSource for Reloading {
    fn token(&self) -> TokenFuture<'_> {
        Box::pin(async {
            let made = self.current.load_full();
            let error = match made.source.token().await {
                Err(error) if !error.is_transient() => error,
                ended => return ended,
            };
            match self.newer(&made) {
                Some(newer) => newer.source.token().await,
                None => Err(error),
            }
        })
    }

    fn ready(&self) -> Option<Arc<AccessToken>> {
        self.current.load().source.ready()
    }

    fn is_ready(&self, token: &Arc<AccessToken>) -> bool {
        self.current.load().source.is_ready(token)
    }

    fn reject(&self, token: &AccessToken) {
        self.current.load().source.reject(token);
    }

    fn quota_project(&self) -> Option<Arc<str>> {
        self.current.load().quota_project.clone()
    }
}

impl fmt::Debug for Reloading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let source = &self.current.load().source;
        f.debug_struct("Reloading").field("path", &self.path).field("source", source).finish()
    }
}
