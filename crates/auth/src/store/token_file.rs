//! A `token.json` as a store of one grant, in the form of Google's Python programs.
//!
//! In: the file. Out: its grant under any key. What the file has no key for (endpoints but the token's, times,
//! the quota project) is not kept; keys that are not known stay.

use super::file::lease;
use super::{GrantKey, Lease, Saved, SavedToken, Stored, StoredGrant, SyncGrantStore, Version};
use crate::error::{Error, ErrorKind};
use crate::files::lock::{Locks, Purpose};
use crate::files::read_private;
use crate::files::swap::Swap;
use crate::formats::file::name;
use crate::formats::token_json::TokenFile;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Keeps one grant in a `token.json`.
#[derive(Clone, Debug)]
pub struct TokenFileStore {
    path: PathBuf,
    locks: Locks,
}

impl TokenFileStore {
    /// Names the file; lock files are hidden ones beside it.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), locks: Locks::Beside }
    }

    /// Keeps the lock files in this folder, which should be the user's alone.
    #[must_use]
    pub fn with_locks(self, folder: impl Into<PathBuf>) -> Self {
        Self { locks: Locks::In(folder.into()), ..self }
    }

    /// Returns the file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Says whether a sign-in may be put here: nothing is there, or an older one.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::CredentialFileUnsupported`] or [`ErrorKind::CredentialFileMalformed`]: what is there is
    /// another file.
    pub fn check(&self) -> Result<(), Error> {
        let bytes = read_private(&self.path, ErrorKind::CredentialFileUnreadable)?;
        self.check_bytes(bytes.as_ref().map(|bytes| bytes.as_slice()))
    }

    fn check_bytes(&self, bytes: Option<&[u8]>) -> Result<(), Error> {
        // What a killed writer of another program has left holds nothing.
        match self.parse(bytes.filter(|bytes| !bytes.trim_ascii().is_empty())) {
            Err(error) if *error.kind() != ErrorKind::MissingRefreshToken => Err(error),
            _ => Ok(()),
        }
    }

    /// Puts a new sign-in in the place of an older one.
    ///
    /// # Errors
    ///
    /// Those of [`TokenFileStore::check`]; the file cannot be written.
    pub fn replace(&self, file: &TokenFile) -> Result<(), Error> {
        let swap = self.swap()?;
        self.check_bytes(swap.there())?;
        swap.write(file.to_json().expose().as_bytes()).map(drop)
    }

    pub(crate) fn read(&self) -> Result<Option<(TokenFile, Version)>, Error> {
        let bytes = read_private(&self.path, ErrorKind::CredentialFileUnreadable)?;
        let bytes = bytes.as_ref().map(|bytes| bytes.as_slice());
        Ok(self.parse(bytes)?.map(|file| (file, Version::of(bytes))))
    }

    fn parse(&self, bytes: Option<&[u8]>) -> Result<Option<TokenFile>, Error> {
        let name = name(&self.path);
        bytes.map(|bytes| TokenFile::parse(bytes, &name)).transpose()
    }

    fn swap(&self) -> Result<Swap, Error> {
        Swap::begin(&self.path, &self.locks.of(&self.path, Purpose::Write))
    }
}

impl SyncGrantStore for TokenFileStore {
    fn load(&self, _: &GrantKey) -> Result<Option<Stored>, Error> {
        let Some((file, version)) = self.read()? else { return Ok(None) };
        Ok(Some(Stored::new(grant(&file)?, version)))
    }

    fn save(&self, _: &GrantKey, grant: &StoredGrant, expected: &Version) -> Result<Saved, Error> {
        let swap = self.swap()?;
        if swap.version() != *expected {
            return Ok(Saved::Changed);
        }
        let file = match self.parse(swap.there())? {
            Some(file) => file.with_grant(grant),
            None => TokenFile::of(grant).ok_or_else(|| {
                let what = "a `token.json` needs a client and a refresh token";
                Error::new(ErrorKind::MissingRefreshToken, what)
            })?,
        };
        swap.write(file.to_json().expose().as_bytes())
    }

    fn remove(&self, _: &GrantKey, expected: &Version) -> Result<Saved, Error> {
        let swap = self.swap()?;
        if swap.version() != *expected {
            return Ok(Saved::Changed);
        }
        swap.remove()
    }

    fn lock(&self, _: &GrantKey, wait: Duration) -> Result<Option<Lease>, Error> {
        lease(&self.locks.of(&self.path, Purpose::Refresh), wait)
    }
}

/// Returns what the file says.
pub(crate) fn grant(file: &TokenFile) -> Result<StoredGrant, Error> {
    let mut grant = StoredGrant::new(&file.client()?, file.refresh_token().clone());
    grant.auth_uri = None;
    grant.scopes = file.scopes();
    grant.account = file.account().map(str::to_owned);
    grant.access_token = file.access_token().map(SavedToken::undated);
    grant.other = file.other();
    Ok(grant)
}
