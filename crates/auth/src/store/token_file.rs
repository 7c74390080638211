//! A `token.json` as a store: the file holds its own access token, as Python programs expect.

use super::file::locked;
use super::{GrantRecord, Saved, StoreLock, TokenStore, Version};
use crate::error::{Error, ErrorKind};
use crate::files::{read_private, remove_private, swap_private};
use crate::formats::token_json::TokenFile;
use crate::grant::GrantId;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// Keeps the access token of one grant in its `token.json`.
#[derive(Clone, Debug)]
pub struct TokenFileStore {
    path: PathBuf,
}

impl TokenFileStore {
    /// Names the file.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// Returns the file, if it (still) holds this grant.
    fn file(&self, id: &GrantId) -> Result<Option<(TokenFile, Version)>, Error> {
        let bytes = read_private(&self.path, ErrorKind::CredentialFileUnreadable)?;
        let Some(bytes) = bytes.map(Zeroizing::new) else { return Ok(None) };
        let file = TokenFile::parse(&bytes, &format!("`{}`", self.path.display()))?;
        let version = Version::of(Some(&bytes));
        Ok(Some((file, version)).filter(|(file, _)| file.grant_id() == *id))
    }
}

impl TokenStore for TokenFileStore {
    fn load(&self, id: &GrantId) -> Result<Option<GrantRecord>, Error> {
        let Some((file, version)) = self.file(id)? else { return Ok(None) };
        Ok(Some(GrantRecord {
            scopes: file.scopes(),
            token_uri: Some(file.client()?.token_uri().to_owned()),
            account: file.account().map(str::to_owned),
            access_token: file.access_token(),
            version: Some(version),
            ..GrantRecord::default()
        }))
    }

    /// Writes the access token; the rest of the file is as its writer left it. A file that holds another
    /// sign-in by now is left alone.
    fn save(&self, id: &GrantId, record: &GrantRecord) -> Result<Saved, Error> {
        let Some((file, version)) = self.file(id)? else { return Ok(Saved::Changed) };
        if record.version.as_ref().is_some_and(|expected| *expected != version) {
            return Ok(Saved::Changed);
        }
        let file = match &record.access_token {
            Some(token) => file.with_access_token(token),
            None => file.without_access_token(),
        };
        swap_private(&self.path, file.to_json().expose().as_bytes(), Some(&version))
    }

    fn remove(&self, id: &GrantId) -> Result<(), Error> {
        if self.file(id)?.is_some() { remove_private(&self.path) } else { Ok(()) }
    }

    /// Locks the folder: a lock file of ours beside the user's files would surprise, and a lock on the file
    /// itself ends when it is replaced. Windows cannot lock folders; refreshes there may come twice.
    fn try_lock(&self, _: &GrantId) -> Result<Option<StoreLock>, Error> {
        let parent = self.path.parent().filter(|parent| !parent.as_os_str().is_empty());
        let folder = parent.unwrap_or(Path::new("."));
        if cfg!(unix) {
            locked(std::fs::File::open(folder), folder)
        } else {
            Ok(Some(StoreLock::new(())))
        }
    }
}
