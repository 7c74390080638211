//! Where grants are kept: one trait, and the stores of this crate.
//!
//! In: a key. Out: the grant under it and its version. A save replaces the version that it was made from and
//! nothing newer, so a lost lease never loses a sign-in. A read never writes; what cannot be read is an
//! error, and nothing is deleted to get round it.
//! Not here: when to refresh (`source`).

mod adc;
mod claim;
#[cfg(any(test, feature = "conformance"))]
pub mod conformance;
mod file;
mod lease;
mod memory;
mod stored;
mod sync;
mod token_file;

pub use crate::files::access::other_reader;
pub use crate::files::exposure::{Exposure, exposure};
pub use crate::files::{make_private_folder, remove_private, write_new_private, write_private};
pub use adc::{AdcStore, Edit};
pub use claim::Claim;
pub use file::FileStore;
pub use lease::{Hold, Lease, Renewed};
pub use memory::MemoryStore;
pub(crate) use stored::Unknown;
pub use stored::{SavedToken, StoredGrant};
pub use sync::{SyncGrantStore, SyncStore};
pub use token_file::TokenFileStore;

use crate::error::{Error, ErrorKind};
use crate::grant::GrantId;
use sha2::{Digest, Sha256};
use std::fmt::{self, Debug};
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use zeroize::Zeroizing;

/// Reads a file of the user's: not a pipe or device, and at most 1 MiB. `None` where there is none.
///
/// # Errors
///
/// [`ErrorKind::CredentialFileUnreadable`].
pub fn read_private(path: &Path) -> Result<Option<Zeroizing<Vec<u8>>>, Error> {
    crate::files::read_private(path, ErrorKind::CredentialFileUnreadable)
}

/// What the calls of a [`GrantStore`] return.
pub type StoreFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T, Error>> + Send + 'a>>;

/// Keeps grants, each under a key.
///
/// The version keeps one sign-in from being undone by an older one. The lease only spares the server a second
/// refresh: a program whose lease was lost may go on.
///
/// [`conformance`](crate::store) is a suite of tests that every store should pass (feature `conformance`).
/// A store whose calls block implements [`SyncGrantStore`] instead.
pub trait GrantStore: Debug + Send + Sync {
    /// Returns what is kept under a key, if there is something.
    ///
    /// # Errors
    ///
    /// What is there cannot be read.
    fn load<'a>(&'a self, key: &'a GrantKey) -> StoreFuture<'a, Option<Stored>>;

    /// Keeps a grant in the place of that version, whole or not at all.
    ///
    /// # Errors
    ///
    /// What stood in the way; the older grant is still there.
    fn save<'a>(
        &'a self,
        key: &'a GrantKey,
        grant: &'a StoredGrant,
        expected: &'a Version,
    ) -> StoreFuture<'a, Saved>;

    /// Removes that version.
    ///
    /// # Errors
    ///
    /// What stood in the way.
    fn remove<'a>(&'a self, key: &'a GrantKey, expected: &'a Version) -> StoreFuture<'a, Saved>;

    /// Takes the lease of a key, so that one process at a time refreshes it; `None` when another has held it for
    /// so long.
    ///
    /// # Errors
    ///
    /// There can be no lease here.
    fn lock<'a>(&'a self, key: &'a GrantKey, wait: Duration) -> StoreFuture<'a, Option<Lease>>;
}

/// A grant and its version, as a store holds them.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Stored {
    /// The grant.
    pub grant: StoredGrant,
    /// What a save or a removal has to name.
    pub version: Version,
}

impl Stored {
    /// Puts the two together.
    #[must_use]
    pub fn new(grant: StoredGrant, version: Version) -> Self {
        Self { grant, version }
    }
}

/// Names what a store held at one time, in the store's own way: a counter, a time stamp, a hash.
#[derive(Clone, PartialEq, Eq)]
pub struct Version(Option<Vec<u8>>);

impl Version {
    /// The version of a key under which nothing is kept.
    pub const NOTHING: Self = Self(None);

    /// Returns the version that is these bytes.
    #[must_use]
    pub fn from_bytes(bytes: impl Into<Vec<u8>>) -> Self {
        Self(Some(bytes.into()))
    }

    /// Returns the bytes; `None` for [`Version::NOTHING`].
    #[must_use]
    pub fn as_bytes(&self) -> Option<&[u8]> {
        self.0.as_deref()
    }

    /// Returns the version of a store that has no other one: a hash of what it holds.
    #[must_use]
    pub fn of(held: Option<&[u8]>) -> Self {
        Self(held.map(|bytes| Sha256::digest(bytes).to_vec()))
    }
}

impl Debug for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(bytes) = &self.0 else { return f.write_str("Version(nothing)") };
        f.write_str("Version(")?;
        bytes.iter().take(8).try_for_each(|byte| write!(f, "{byte:02x}"))?;
        f.write_str(")")
    }
}

/// How a save or a removal ended.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
#[non_exhaustive]
pub enum Saved {
    /// It is done, and this is the version now.
    Written(Version),
    /// Another version is there: it stays, and nothing was done.
    Changed,
}

/// Names a place in a store: a word of the program's choice, such as `ada@example.com`, or a [`GrantId`].
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct GrantKey(String);

impl GrantKey {
    /// Returns the text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for GrantKey {
    fn from(name: &str) -> Self {
        Self(name.to_owned())
    }
}

impl From<String> for GrantKey {
    fn from(name: String) -> Self {
        Self(name)
    }
}

impl From<&GrantId> for GrantKey {
    fn from(id: &GrantId) -> Self {
        Self(id.as_str().to_owned())
    }
}

impl From<GrantId> for GrantKey {
    fn from(id: GrantId) -> Self {
        Self::from(&id)
    }
}

impl fmt::Display for GrantKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whatever leads to a store is one.
macro_rules! store_behind {
    ($($pointer:ty),*) => {$(
        impl<S: GrantStore + ?Sized> GrantStore for $pointer {
            fn load<'a>(&'a self, key: &'a GrantKey) -> StoreFuture<'a, Option<Stored>> {
                (**self).load(key)
            }
            fn save<'a>(
                &'a self,
                key: &'a GrantKey,
                grant: &'a StoredGrant,
                expected: &'a Version,
            ) -> StoreFuture<'a, Saved> {
                (**self).save(key, grant, expected)
            }
            fn remove<'a>(&'a self, key: &'a GrantKey, expected: &'a Version) -> StoreFuture<'a, Saved> {
                (**self).remove(key, expected)
            }
            fn lock<'a>(&'a self, key: &'a GrantKey, wait: Duration) -> StoreFuture<'a, Option<Lease>> {
                (**self).lock(key, wait)
            }
        }
    )*};
}

store_behind!(Arc<S>, Box<S>, &S);

#[cfg(test)]
mod tests;
