//! A `token.json` as a store: the file holds its own access token, as Python programs expect.

use super::file::locked;
use super::private::{remove_private, write_private};
use super::{GrantRecord, StoreLock, TokenStore};
use crate::error::{Error, ErrorKind};
use crate::grant::GrantId;
use crate::token_json::TokenFile;
use std::path::{Path, PathBuf};

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
    fn file(&self, id: &GrantId) -> Result<Option<TokenFile>, Error> {
        match TokenFile::from_file(&self.path) {
            Ok(file) => Ok(Some(file).filter(|file| file.grant_id() == *id)),
            Err(error) if *error.kind() == ErrorKind::CredentialFileNotFound => Ok(None),
            Err(error) => Err(error),
        }
    }
}

impl TokenStore for TokenFileStore {
    fn load(&self, id: &GrantId) -> Result<Option<GrantRecord>, Error> {
        let Some(file) = self.file(id)? else { return Ok(None) };
        Ok(Some(GrantRecord {
            scopes: file.scopes(),
            token_uri: Some(file.client()?.token_uri().to_owned()),
            account: file.account().map(str::to_owned),
            access_token: file.access_token(),
            ..GrantRecord::default()
        }))
    }

    /// Writes the access token; the rest of the file is as its writer left it. A file that holds another
    /// sign-in by now is left alone.
    fn save(&self, id: &GrantId, record: &GrantRecord) -> Result<(), Error> {
        let Some(file) = self.file(id)? else { return Ok(()) };
        let file = match &record.access_token {
            Some(token) => file.with_access_token(token),
            None => file.without_access_token(),
        };
        write_private(&self.path, file.to_json().expose().as_bytes())
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
