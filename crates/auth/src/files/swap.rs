//! Looking at a file and replacing it, with no other writer of ours between the two.
//!
//! In: a file and its lock file. Out: what is there, and then another content or none. Programs that take no
//! lock, such as Google's, may still write between the look and the rename.

use super::lock::lock_within;
use super::{Place, not_written, read_private, remove_private, replace};
use crate::error::{Error, ErrorKind};
use crate::store::{Saved, Version};
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;
use zeroize::Zeroizing;

/// A swap takes milliseconds; a process that needs seconds is stopped.
const WAIT: Duration = Duration::from_secs(5);

/// A file that no other swap changes meanwhile.
pub(crate) struct Swap {
    path: PathBuf,
    there: Option<Zeroizing<Vec<u8>>>,
    _lock: Option<File>,
}

impl Swap {
    /// Locks and reads a file.
    pub(crate) fn begin(path: &Path, lock: &Path) -> Result<Self, Error> {
        let lock = match lock_within(lock, WAIT) {
            Ok(Some(lock)) => Some(lock),
            Ok(None) => {
                let error = io::Error::other("another process keeps it locked");
                return Err(not_written(path, error));
            }
            // Where no lock file can be made, the file itself may still be written.
            Err(error) => {
                tracing::warn!(%error, "a file is compared and written without a lock");
                None
            }
        };
        let there = read_private(path, ErrorKind::CredentialFileUnreadable)?;
        Ok(Self { path: path.to_owned(), there, _lock: lock })
    }

    /// Returns what is in the file; nothing where there is none.
    pub(crate) fn there(&self) -> Option<&[u8]> {
        self.there.as_ref().map(|bytes| bytes.as_slice())
    }

    pub(crate) fn version(&self) -> Version {
        Version::of(self.there())
    }

    /// Puts this in the place of what was there; a file that a program without a lock has made meanwhile stays.
    pub(crate) fn write(self, bytes: &[u8]) -> Result<Saved, Error> {
        let place = if self.there.is_some() { Place::Taken } else { Place::Free };
        match replace(&self.path, bytes, place) {
            Ok(()) => Ok(Saved::Written(Version::of(Some(bytes)))),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(Saved::Changed),
            Err(error) => Err(not_written(&self.path, error)),
        }
    }

    pub(crate) fn remove(self) -> Result<Saved, Error> {
        remove_private(&self.path).map(|()| Saved::Written(Version::NOTHING))
    }
}
