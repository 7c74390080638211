//! Grants as files: `FOLDER/grants/KEY.json`, and a lock file beside each.
//!
//! In: a folder. Out: private files, replaced whole.
//! Not here: how a private file is written (`files`), and its text (`stored`).

use super::{GrantKey, Lease, Saved, Stored, StoredGrant, SyncGrantStore, Version};
use crate::error::{Error, ErrorKind};
use crate::files::lock::lock_within;
use crate::files::swap::Swap;
use crate::files::{read_private, remove_private};
use crate::formats::file::name;
use crate::grant::GrantId;
use sha2::{Digest, Sha256};
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A longer key is known by its hash: file systems take 255 bytes.
const LONGEST_NAME: usize = 200;

/// Keeps grants in a folder of its own.
#[derive(Clone, Debug)]
pub struct FileStore {
    folder: PathBuf,
}

impl FileStore {
    /// Names the folder; it is made when the first grant is saved.
    #[must_use]
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into().join("grants") }
    }

    /// Returns the file of a key.
    #[must_use]
    pub fn path(&self, key: &GrantKey) -> PathBuf {
        self.folder.join(format!("{}.json", file_name(key)))
    }

    /// Removes every file but those of `kept`, and says how many there were. The lock files stay: a lock on a name
    /// that is gone keeps no process out.
    ///
    /// # Errors
    ///
    /// What stood in the way; the files that are left are whole.
    pub fn remove_all_but(&self, kept: &[GrantId]) -> Result<usize, Error> {
        let Ok(folder) = std::fs::read_dir(&self.folder) else { return Ok(0) };
        let paths = folder.filter_map(Result::ok).map(|entry| entry.path());
        let files = paths.filter(|path| path.extension().is_some_and(|end| end == "json"));
        let kept: Vec<PathBuf> = kept.iter().map(|id| self.path(&id.into())).collect();
        let mut removed = 0;
        for path in files.filter(|path| !kept.contains(path)) {
            remove_private(&path)?;
            removed += 1;
        }
        Ok(removed)
    }

    fn swap(&self, key: &GrantKey) -> Result<Swap, Error> {
        Swap::begin(&self.path(key), &self.folder.join(".write.lock"))
    }
}

impl SyncGrantStore for FileStore {
    fn load(&self, key: &GrantKey) -> Result<Option<Stored>, Error> {
        let path = self.path(key);
        let Some(bytes) = read_private(&path, ErrorKind::CredentialFileUnreadable)? else {
            return Ok(None);
        };
        let grant = StoredGrant::parse(&bytes, &name(&path))?;
        Ok(Some(Stored::new(grant, Version::of(Some(&bytes)))))
    }

    fn save(
        &self,
        key: &GrantKey,
        grant: &StoredGrant,
        expected: &Version,
    ) -> Result<Saved, Error> {
        let swap = self.swap(key)?;
        if swap.version() != *expected {
            return Ok(Saved::Changed);
        }
        swap.write(grant.to_json().expose().as_bytes())
    }

    fn remove(&self, key: &GrantKey, expected: &Version) -> Result<Saved, Error> {
        let swap = self.swap(key)?;
        if swap.version() != *expected {
            return Ok(Saved::Changed);
        }
        swap.remove()
    }

    fn lock(&self, key: &GrantKey, wait: Duration) -> Result<Option<Lease>, Error> {
        lease(&self.folder.join(format!("{}.lock", file_name(key))), wait)
    }
}

/// Takes the lock of a file as a lease.
pub(super) fn lease(path: &Path, wait: Duration) -> Result<Option<Lease>, Error> {
    let locked = lock_within(path, wait).map_err(|error| {
        Error::file(ErrorKind::StoreWrite, path, "cannot be locked").with_source(error.to_string())
    })?;
    Ok(locked.map(Lease::until_dropped))
}

/// Keys may be any text. Capital letters are spelled out, since some file systems do not tell them from small
/// ones; a name never begins with a dot.
fn file_name(key: &GrantKey) -> String {
    let plain =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_@".contains(&byte);
    let mut name = String::new();
    for byte in key.as_str().bytes() {
        match byte {
            b'.' if !name.is_empty() => name.push('.'),
            byte if plain(byte) => name.push(char::from(byte)),
            byte => drop(write!(name, "%{byte:02x}")),
        }
    }
    if name.len() <= LONGEST_NAME {
        return name;
    }
    let hash = Sha256::digest(key.as_str());
    hash.iter().fold("%".to_owned(), |mut name, byte| {
        let _ = write!(name, "{byte:02x}");
        name
    })
}
