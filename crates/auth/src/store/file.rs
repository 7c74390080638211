//! Side records as files: `FOLDER/grants/NAME.json`, and a lock file beside each.
//!
//! Not here: how a private file is written (`private`).

use super::{GrantRecord, Saved, StoreLock, TokenStore, Version};
use crate::error::{Error, ErrorKind};
use crate::files::{lock_file, read_private, remove_private, swap_private};
use crate::formats::client_secret::error_at;
use crate::grant::GrantId;
use crate::scope::Scopes;
use crate::token::AccessToken;
use serde::{Deserialize, Serialize};
use std::fs::TryLockError;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};
use zeroize::Zeroizing;

/// Keeps records in a folder of its own.
#[derive(Clone, Debug)]
pub struct FileStore {
    folder: PathBuf,
}

impl FileStore {
    /// Names the folder; it is made when the first record is saved.
    #[must_use]
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into().join("grants") }
    }

    /// Returns the file of a grant's record.
    #[must_use]
    pub fn path(&self, id: &GrantId) -> PathBuf {
        self.folder.join(format!("{id}.json"))
    }

    /// Forgets every record but those of `kept`, and says how many there were. The lock files stay: a lock on
    /// a name that is gone keeps nobody out.
    ///
    /// # Errors
    ///
    /// What stood in the way; the records that are left are whole.
    pub fn remove_all_but(&self, kept: &[GrantId]) -> Result<usize, Error> {
        let Ok(folder) = std::fs::read_dir(&self.folder) else { return Ok(0) };
        let paths = folder.filter_map(Result::ok).map(|entry| entry.path());
        let records = paths.filter(|path| path.extension().is_some_and(|end| end == "json"));
        let kept: Vec<PathBuf> = kept.iter().map(|id| self.path(id)).collect();
        let mut removed = 0;
        for path in records.filter(|path| !kept.contains(path)) {
            remove_private(&path)?;
            removed += 1;
        }
        Ok(removed)
    }
}

impl TokenStore for FileStore {
    fn load(&self, id: &GrantId) -> Result<Option<GrantRecord>, Error> {
        let path = self.path(id);
        let bytes = read_private(&path, ErrorKind::CredentialFileUnreadable)?;
        let Some(bytes) = bytes else { return Ok(None) };
        let record = from_json(&bytes).map_err(|error| {
            let what = "is not a side record of hallpass";
            Error::file(ErrorKind::CredentialFileMalformed, &path, what).because(error)
        })?;
        Ok(Some(GrantRecord { version: Some(Version::of(Some(&bytes))), ..record }))
    }

    fn save(&self, id: &GrantId, record: &GrantRecord) -> Result<Saved, Error> {
        swap_private(&self.path(id), &to_json(record), record.version.as_ref())
    }

    fn remove(&self, id: &GrantId) -> Result<(), Error> {
        remove_private(self.path(id))
    }

    fn try_lock(&self, id: &GrantId) -> Result<Option<StoreLock>, Error> {
        let path = self.folder.join(format!("{id}.lock"));
        locked(lock_file(&path), &path)
    }
}

/// Locks an opened file. It is never deleted: a lock on a name that is gone keeps nobody out.
pub(super) fn locked(
    file: std::io::Result<std::fs::File>,
    path: &Path,
) -> Result<Option<StoreLock>, Error> {
    let failed = |error: std::io::Error| {
        Error::file(ErrorKind::StoreWrite, path, "cannot be locked").because(error.to_string())
    };
    let file = file.map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(StoreLock::new(file))),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(failed(error)),
    }
}

pub(super) fn to_json(record: &GrantRecord) -> Zeroizing<Vec<u8>> {
    let text = serde_json::to_vec_pretty(&OnDisk::from(record)).expect("strings are JSON");
    Zeroizing::new(text)
}

/// Reads what [`to_json`] has written, or says where it is something else.
pub(super) fn from_json(bytes: &[u8]) -> Result<GrantRecord, String> {
    let record: OnDisk = serde_json::from_slice(bytes).map_err(|error| error_at(&error))?;
    Ok(record.into())
}

/// The record's form on disk; times are seconds since 1970.
#[derive(Serialize, Deserialize)]
struct OnDisk {
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scopes: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    auth_uri: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    token_uri: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    issued_at: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token_expires_at: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    access_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    access_token_expires_at: Option<u64>,
}

impl From<&GrantRecord> for OnDisk {
    fn from(record: &GrantRecord) -> Self {
        let token = record.access_token.as_ref();
        Self {
            account: record.account.clone(),
            scopes: record.scopes.as_ref().map(Scopes::join),
            auth_uri: record.auth_uri.clone(),
            token_uri: record.token_uri.clone(),
            issued_at: record.issued_at.map(seconds),
            refresh_token_expires_at: record.refresh_token_expires_at.map(seconds),
            access_token: token.map(|token| token.expose().to_owned()),
            access_token_expires_at: token.map(|token| seconds(token.expires_at())),
        }
    }
}

impl From<OnDisk> for GrantRecord {
    fn from(record: OnDisk) -> Self {
        let token = record.access_token.zip(record.access_token_expires_at.and_then(time));
        Self {
            scopes: record.scopes.as_deref().map(Scopes::from_response),
            auth_uri: record.auth_uri,
            token_uri: record.token_uri,
            account: record.account,
            issued_at: record.issued_at.and_then(time),
            refresh_token_expires_at: record.refresh_token_expires_at.and_then(time),
            access_token: token.and_then(|(text, end)| AccessToken::new(text, end).ok()),
            version: None,
        }
    }
}

fn seconds(time: SystemTime) -> u64 {
    time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs()
}

fn time(seconds: u64) -> Option<SystemTime> {
    SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds))
}
