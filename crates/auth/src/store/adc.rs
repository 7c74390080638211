//! gcloud's file as a store of one grant, with a record beside it.
//!
//! In: Application Default Credentials of a user, and a store of records. Out: one grant under any key. The file
//! has gcloud's keys and no others: client, refresh token, account, quota project. Everything else is in the
//! *side record*, under the hash of client and refresh token, so that it can never serve another sign-in.
//! Not here: the text of the file (`formats::authorized_user`), and finding it (`adc`).

use super::{Claim, GrantKey, Lease, Saved, Stored, StoredGrant, SyncGrantStore, Version};
use crate::error::{Error, ErrorKind};
use crate::files::lock::{Locks, Purpose};
use crate::files::read_private;
use crate::files::swap::Swap;
use crate::formats::authorized_user::AuthorizedUser;
use crate::formats::file::name;
use crate::grant::GrantId;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// Keeps a user's sign-in in `application_default_credentials.json`, and what else is known in another store.
#[derive(Clone, Debug)]
pub struct AdcStore {
    path: PathBuf,
    records: Arc<dyn SyncGrantStore>,
    locks: Locks,
}

/// What [`AdcStore::edit`] does with the file.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Edit {
    /// It holds this sign-in from now on.
    Write(AuthorizedUser),
    /// It goes.
    Remove,
    /// It stays as it is.
    Keep,
}

impl AdcStore {
    /// Names the file, and where side records are; lock files are hidden ones beside the file.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>, records: Arc<dyn SyncGrantStore>) -> Self {
        Self { path: path.into(), records, locks: Locks::Beside }
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

    /// Returns the sign-in in the file, without its side record; none where there is no file.
    ///
    /// # Errors
    ///
    /// The file cannot be read, or holds something else.
    pub fn user(&self) -> Result<Option<AuthorizedUser>, Error> {
        let bytes = read_private(&self.path, ErrorKind::CredentialFileUnreadable)?;
        self.parse(bytes.as_ref().map(|bytes| bytes.as_slice()))
    }

    /// Changes the file: `change` sees what is there, and no other program of ours comes between.
    ///
    /// # Errors
    ///
    /// What `change` returns; the file cannot be written.
    pub fn edit<E: From<Error>>(
        &self,
        change: impl FnOnce(Result<Option<AuthorizedUser>, Error>) -> Result<Edit, E>,
    ) -> Result<(), E> {
        let swap = self.swap()?;
        let ended = match change(self.parse(swap.there()))? {
            Edit::Keep => return Ok(()),
            Edit::Remove => swap.remove()?,
            Edit::Write(user) => swap.write(user.to_json().expose().as_bytes())?,
        };
        match ended {
            Saved::Written(_) => Ok(()),
            Saved::Changed => {
                let what = "was written by another program at the same moment";
                Err(Error::file(ErrorKind::StoreWrite, &self.path, what).into())
            }
        }
    }

    /// Puts a new sign-in in the place of whatever is there, and returns the older one. `quota_project` sees the
    /// older one and says which project is charged.
    ///
    /// # Errors
    ///
    /// The file or the record cannot be written.
    pub fn replace(
        &self,
        grant: &StoredGrant,
        quota_project: impl FnOnce(Option<&AuthorizedUser>) -> Option<String>,
    ) -> Result<Option<AuthorizedUser>, Error> {
        let mut older = None;
        self.edit(|there| {
            older = there.ok().flatten();
            let quota_project = quota_project(older.as_ref());
            let grant = StoredGrant { quota_project, ..grant.clone() };
            let user = AuthorizedUser::of(&grant, None).ok_or_else(incomplete)?;
            // The record first: a file without one would lose the token endpoint.
            let record = self.record_version(&user.grant_id())?;
            let _record = self.save_record(&user.grant_id(), &grant, &record)?;
            Ok::<_, Error>(Edit::Write(user))
        })?;
        Ok(older)
    }

    fn parse(&self, bytes: Option<&[u8]>) -> Result<Option<AuthorizedUser>, Error> {
        let name = name(&self.path);
        bytes.map(|bytes| AuthorizedUser::parse(bytes, &name)).transpose()
    }

    fn swap(&self) -> Result<Swap, Error> {
        Swap::begin(&self.path, &self.locks.of(&self.path, Purpose::Write))
    }

    fn record(&self, id: &GrantId) -> Result<Option<Stored>, Error> {
        self.records.load(&id.into())
    }

    /// Puts file and record together.
    fn stored(&self, bytes: &[u8], user: &AuthorizedUser) -> Result<Stored, Error> {
        let record = self.record(&user.grant_id())?;
        let version = version(bytes, record.as_ref().map(|record| &record.version));
        let grant = of_both(user, record.map(|record| record.grant).unwrap_or_default());
        Ok(Stored::new(grant, version))
    }

    fn save_record(
        &self,
        id: &GrantId,
        grant: &StoredGrant,
        expected: &Version,
    ) -> Result<Saved, Error> {
        self.records.save(&id.into(), &side_record(grant), expected)
    }

    /// Returns the version of a record, whatever is in it.
    fn record_version(&self, id: &GrantId) -> Result<Version, Error> {
        Ok(self.record(id)?.map_or(Version::NOTHING, |record| record.version))
    }

    /// Takes the access token out of the record of a replaced refresh token. The rest stays: another file may
    /// hold that refresh token, which is to go to no other server.
    fn retire(&self, id: &GrantId) {
        let retired = self.record(id).and_then(|record| match record {
            Some(Stored { grant, version }) => {
                let grant = StoredGrant { access_token: None, ..grant };
                self.save_record(id, &grant, &version).map(drop)
            }
            None => Ok(()),
        });
        if let Err(error) = retired {
            tracing::warn!(%error, "the record of a replaced refresh token is left as it is");
        }
    }
}

/// The versions of both: neither may change between a load and a save.
fn version(file: &[u8], record: Option<&Version>) -> Version {
    let mut bytes = Version::of(Some(file)).as_bytes().unwrap_or_default().to_vec();
    bytes.extend(record.and_then(Version::as_bytes).unwrap_or_default());
    Version::from_bytes(bytes)
}

/// Returns the record's part of such a version.
fn record_part(version: &Version) -> Version {
    let hash = Version::of(Some(b"")).as_bytes().map_or(0, <[u8]>::len);
    match version.as_bytes().and_then(|bytes| bytes.get(hash..)) {
        Some(bytes) if !bytes.is_empty() => Version::from_bytes(bytes),
        _ => Version::NOTHING,
    }
}

/// Returns what is known of the sign-in in a file, and from its record.
/// The account in the file is a claim of the file's, until the record holds what a server said.
fn of_both(user: &AuthorizedUser, mut record: StoredGrant) -> StoredGrant {
    let is_known = record.account.is_some() && !record.claimed.contains(&Claim::Account);
    if let Some(account) = user.account().filter(|_| !is_known) {
        record.account = Some(account.to_owned());
        record.claimed.insert(Claim::Account);
    }
    StoredGrant {
        client_id: Some(user.client_id().to_owned()),
        client_secret: Some(user.client().client_secret().clone()),
        refresh_token: Some(user.refresh_token().clone()),
        quota_project: user.quota_project_id().map(str::to_owned),
        ..record
    }
}

fn incomplete() -> Error {
    let what = "Application Default Credentials need a client and a refresh token";
    Error::new(ErrorKind::MissingRefreshToken, what)
}

/// Returns what of a grant goes into the side record.
fn side_record(grant: &StoredGrant) -> StoredGrant {
    StoredGrant {
        client_id: None,
        client_secret: None,
        refresh_token: None,
        quota_project: None,
        ..grant.clone()
    }
}

impl SyncGrantStore for AdcStore {
    fn load(&self, _: &GrantKey) -> Result<Option<Stored>, Error> {
        let bytes = read_private(&self.path, ErrorKind::CredentialFileUnreadable)?;
        let Some(bytes) = bytes else { return Ok(None) };
        let user = self.parse(Some(&bytes))?;
        user.map(|user| self.stored(&bytes, &user)).transpose()
    }

    /// The file is written where the sign-in is another one, or is charged to another project.
    fn save(&self, _: &GrantKey, grant: &StoredGrant, expected: &Version) -> Result<Saved, Error> {
        let bytes = read_private(&self.path, ErrorKind::CredentialFileUnreadable)?;
        let bytes = bytes.as_ref().map(|bytes| bytes.as_slice());
        let there = self.parse(bytes)?;
        let stored = bytes.zip(there.as_ref()).map(|(bytes, user)| self.stored(bytes, user));
        let stored = stored.transpose()?;
        if stored.as_ref().map_or(&Version::NOTHING, |stored| &stored.version) != expected {
            return Ok(Saved::Changed);
        }
        let user = AuthorizedUser::of(grant, there.as_ref()).ok_or_else(incomplete)?;
        let text = user.to_json();
        let same = there.as_ref().is_some_and(|there| there.to_json().ct_eq(text.expose()));
        if let (true, Some(bytes)) = (same, bytes) {
            return Ok(
                match self.save_record(&user.grant_id(), grant, &record_part(expected))? {
                    Saved::Written(record) => Saved::Written(version(bytes, Some(&record))),
                    Saved::Changed => Saved::Changed,
                },
            );
        }
        let swap = self.swap()?;
        if swap.version() != Version::of(bytes) {
            return Ok(Saved::Changed);
        }
        let older = there.map(|there| there.grant_id()).filter(|id| *id != user.grant_id());
        let record = match &older {
            None => record_part(expected),
            Some(_) => self.record_version(&user.grant_id())?,
        };
        // The record first: a file without one would lose the token endpoint.
        let Saved::Written(record) = self.save_record(&user.grant_id(), grant, &record)? else {
            return Ok(Saved::Changed);
        };
        if swap.write(text.expose().as_bytes())? == Saved::Changed {
            return Ok(Saved::Changed);
        }
        if let Some(older) = older {
            self.retire(&older);
        }
        Ok(Saved::Written(version(text.expose().as_bytes(), Some(&record))))
    }

    fn remove(&self, key: &GrantKey, expected: &Version) -> Result<Saved, Error> {
        let swap = self.swap()?;
        let stored = self.load(key)?;
        if stored.as_ref().map_or(&Version::NOTHING, |stored| &stored.version) != expected {
            return Ok(Saved::Changed);
        }
        let removed = swap.remove()?;
        if let Some(id) = stored.and_then(|stored| stored.grant.id()) {
            let _record = self.records.remove(&GrantKey::from(id), &record_part(expected))?;
        }
        Ok(removed)
    }

    /// Locks the grant, not the file: a profile's copy of the same sign-in is refreshed with it.
    fn lock(&self, key: &GrantKey, wait: Duration) -> Result<Option<Lease>, Error> {
        let id = self.user()?.map(|user| user.grant_id());
        self.records.lock(&id.map_or_else(|| key.clone(), GrantKey::from), wait)
    }
}
