//! A source made from a file, made anew when it fails and the file has changed.
//!
//! In: a way to make a source from a file's bytes. Out: a source that outlives a new sign-in, a rotated key
//! or a replaced file without a restart of the program: the first call after the change works.
//! Not here: watching the file; it is read when a token cannot be had, and at no other time.

use super::{TokenFuture, TokenSource};
use crate::error::{Error, ErrorKind};
use crate::store::read_private;
use crate::token::AccessToken;
use arc_swap::ArcSwap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use zeroize::Zeroizing;

pub(crate) struct Reloading {
    path: PathBuf,
    make: Make,
    current: ArcSwap<Made>,
    /// Held while the file is read, so that everybody who failed reads it once.
    reading: Mutex<()>,
}

type Make = Box<dyn Fn(&[u8]) -> Result<Arc<dyn TokenSource>, Error> + Send + Sync>;

/// A source and the bytes it was made from.
struct Made {
    bytes: Zeroizing<Vec<u8>>,
    source: Arc<dyn TokenSource>,
}

impl Reloading {
    pub(crate) fn new(
        path: &Path,
        make: impl Fn(&[u8]) -> Result<Arc<dyn TokenSource>, Error> + Send + Sync + 'static,
    ) -> Result<Self, Error> {
        let bytes = read(path)?;
        let current = ArcSwap::from_pointee(Made { source: make(&bytes)?, bytes });
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
        let bytes = read(&self.path).ok().filter(|bytes| *bytes != current.bytes)?;
        match (self.make)(&bytes) {
            Ok(source) => {
                let made = Arc::new(Made { source, bytes });
                self.current.store(Arc::clone(&made));
                Some(made)
            }
            Err(error) => {
                tracing::warn!(%error, "the credential file has changed and cannot be used");
                None
            }
        }
    }
}

fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>, Error> {
    let bytes = read_private(path, ErrorKind::CredentialFileUnreadable)?;
    let missing = || Error::file(ErrorKind::CredentialFileNotFound, path, "is not there");
    bytes.map(Zeroizing::new).ok_or_else(missing)
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

    fn reject(&self, token: &AccessToken) {
        self.current.load().source.reject(token);
    }
}

impl fmt::Debug for Reloading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let source = &self.current.load().source;
        f.debug_struct("Reloading").field("path", &self.path).field("source", source).finish()
    }
}
