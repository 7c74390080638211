//! Where a grant's side record rests: what is worth keeping that Google's files have no place for.
//!
//! In: a grant's name. Out: its record, or none. A read never writes; an unreadable record is an error
//! with a path, and nothing is ever deleted to get round it.
//! Not here: refresh tokens. They are in Google's own files (`adc`, `token_json`) and nowhere twice.

mod file;
#[cfg(feature = "keyring")]
mod keyring;
mod memory;
mod token_file;

pub use crate::files::{remove_private, write_private};
pub use file::FileStore;
#[cfg(feature = "keyring")]
pub use keyring::KeyringStore;
pub use memory::MemoryStore;
pub use token_file::TokenFileStore;

use crate::error::Error;
use crate::grant::{Grant, GrantId};
use crate::scope::Scopes;
use crate::token::AccessToken;
use sha2::{Digest, Sha256};
use std::any::Any;
use std::fmt::Debug;
use std::time::SystemTime;

/// What is kept beside Google's own file.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct GrantRecord {
    /// What was granted, if it is known.
    pub scopes: Option<Scopes>,
    /// The authorization endpoint of the client file.
    pub auth_uri: Option<String>,
    /// The token endpoint of the client file: a grant goes back to the server that gave it.
    pub token_uri: Option<String>,
    /// The e-mail address, if it is known.
    pub account: Option<String>,
    /// When the user gave consent.
    pub issued_at: Option<SystemTime>,
    /// When the refresh token ends, if the server said so.
    pub refresh_token_expires_at: Option<SystemTime>,
    /// The access token in use.
    pub access_token: Option<AccessToken>,
    /// What the store held when this was read: a save replaces that alone. `None` replaces anything.
    pub version: Option<Version>,
}

impl GrantRecord {
    /// Returns a record that may be saved only where there is none.
    pub(crate) fn first() -> Self {
        Self { version: Some(Version::of(None)), ..Self::default() }
    }
}

impl From<&Grant> for GrantRecord {
    fn from(grant: &Grant) -> Self {
        Self {
            scopes: Some(grant.scopes.clone()),
            auth_uri: Some(grant.client.auth_uri().to_owned()),
            token_uri: Some(grant.client.token_uri().to_owned()),
            account: grant.account.clone(),
            issued_at: Some(grant.issued_at),
            refresh_token_expires_at: grant.refresh_token_expires_at,
            access_token: Some(grant.access_token.clone()),
            version: None,
        }
    }
}

/// What a store held at one time; equal when it held the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version(Option<[u8; 32]>);

impl Version {
    /// Returns the version of these bytes, or of nothing.
    #[must_use]
    pub fn of(held: Option<&[u8]>) -> Self {
        Self(held.map(|bytes| Sha256::digest(bytes).into()))
    }
}

/// How a save ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Saved {
    /// The record is kept.
    Written,
    /// Somebody else has changed what was there: theirs stays.
    Changed,
}

/// Keeps records by the names of their grants.
///
/// The lock spares the server a second refresh. The version spares a record that another process has saved
/// without the lock, because there was none to be had.
pub trait TokenStore: Debug + Send + Sync {
    /// Returns the record of a grant, if there is one.
    ///
    /// # Errors
    ///
    /// A record that is there and cannot be read.
    fn load(&self, id: &GrantId) -> Result<Option<GrantRecord>, Error>;

    /// Keeps a record in place of the one it was made from ([`GrantRecord::version`]), whole or not at all.
    ///
    /// # Errors
    ///
    /// What stood in the way; the older record is still there.
    fn save(&self, id: &GrantId, record: &GrantRecord) -> Result<Saved, Error>;

    /// Forgets a record; one that is not there is no error.
    ///
    /// # Errors
    ///
    /// What stood in the way.
    fn remove(&self, id: &GrantId) -> Result<(), Error>;

    /// Takes the lock of a grant, so that one process at a time refreshes it; `None` while another holds it.
    ///
    /// # Errors
    ///
    /// There can be no lock here.
    fn try_lock(&self, id: &GrantId) -> Result<Option<StoreLock>, Error>;
}

/// The lock of a grant, until it is dropped.
pub struct StoreLock(#[expect(dead_code, reason = "held for its drop")] Box<dyn Any + Send>);

impl StoreLock {
    /// Wraps whatever lets the lock go when it is dropped.
    #[must_use]
    pub fn new(held: impl Any + Send) -> Self {
        Self(Box::new(held))
    }
}

impl Debug for StoreLock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("StoreLock")
    }
}

#[cfg(test)]
mod tests;
