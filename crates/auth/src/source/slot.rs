//! One place in a store, as a refresh reads and writes it.
//!
//! In: what is kept under a key. Out: the same with a newer token. The rule for a refresh token that the server
//! has replaced (RFC 6749, section 6): it is kept where the one that it replaces still is, and nowhere else, so
//! that it never undoes a new sign-in.
//! Not here: the request (`cached`).

use crate::error::{Error, ErrorKind};
use crate::secret::Secret;
use crate::store::{GrantKey, GrantStore, Lease, Saved, StoredGrant, Version};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

/// Another writer comes between a few times; one that always does is a store out of order.
const TRIES: u32 = 8;

pub(super) struct Slot {
    store: Arc<dyn GrantStore>,
    key: GrantKey,
    /// What counts where the store holds nothing, or a record without the sign-in itself.
    first: Option<StoredGrant>,
    /// A refresh token that could not be kept, and the one it replaces: the server takes the new one alone.
    unsaved: Mutex<Option<(Secret, Secret)>>,
}

/// A grant with its refresh token, at one version.
pub(super) struct Loaded {
    pub(super) grant: StoredGrant,
    /// The one to send: the store's, or a newer one that could not be kept.
    pub(super) refresh_token: Secret,
    stored: Secret,
    version: Version,
}

impl Slot {
    pub(super) fn new(
        store: Arc<dyn GrantStore>,
        key: GrantKey,
        first: Option<StoredGrant>,
    ) -> Self {
        Self { store, key, first, unsaved: Mutex::default() }
    }

    pub(super) fn key(&self) -> &GrantKey {
        &self.key
    }

    fn unsaved(&self) -> MutexGuard<'_, Option<(Secret, Secret)>> {
        self.unsaved.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) async fn lock(&self, wait: Duration) -> Result<Option<Lease>, Error> {
        self.store.lock(&self.key, wait).await
    }

    pub(super) async fn load(&self) -> Result<Loaded, Error> {
        let (mut grant, version) = match self.store.load(&self.key).await? {
            Some(stored) => (stored.grant, stored.version),
            None => (self.first.clone().unwrap_or_default(), Version::NOTHING),
        };
        if let (None, Some(first)) = (&grant.refresh_token, &self.first) {
            grant.refresh_token.clone_from(&first.refresh_token);
            grant.client_id.clone_from(&first.client_id);
            grant.client_secret.clone_from(&first.client_secret);
            grant.auth_uri = grant.auth_uri.or_else(|| first.auth_uri.clone());
            grant.token_uri = grant.token_uri.or_else(|| first.token_uri.clone());
        }
        let stored = grant.refresh_token.clone().ok_or_else(|| {
            let what = format!("there is no sign-in under `{}` in the store", self.key);
            Error::new(ErrorKind::NoCredential, what)
        })?;
        let newer = self.unsaved().clone().filter(|(old, _)| old.ct_eq(stored.expose()));
        let refresh_token = newer.map_or_else(|| stored.clone(), |(_, new)| new);
        Ok(Loaded { grant, refresh_token, stored, version })
    }

    /// Keeps what a refresh has brought. A store that cannot be written costs the caller nothing, unless the
    /// refresh token is a new one.
    pub(super) async fn keep(
        &self,
        mut loaded: Loaded,
        rotated: Option<Secret>,
        change: impl Fn(StoredGrant) -> StoredGrant,
    ) -> Result<(), Error> {
        let newest = rotated.unwrap_or_else(|| loaded.refresh_token.clone());
        let must = !loaded.stored.ct_eq(newest.expose());
        if must {
            *self.unsaved() = Some((loaded.stored.clone(), newest.clone()));
        }
        for _ in 0..TRIES {
            let grant = change(StoredGrant { refresh_token: Some(newest.clone()), ..loaded.grant });
            match self.store.save(&self.key, &grant, &loaded.version).await {
                Ok(Saved::Written(_)) => break,
                Ok(Saved::Changed) if !must => {
                    tracing::debug!("another process has saved a newer token");
                    return Ok(());
                }
                Ok(Saved::Changed) => {}
                Err(error) if !must => {
                    tracing::warn!(%error, "the access token is not saved");
                    return Ok(());
                }
                Err(error) => return Err(error),
            }
            let (before, was_there) = (loaded.stored, loaded.version != Version::NOTHING);
            loaded = match self.load().await {
                Ok(now) if now.stored.ct_eq(before.expose()) => now,
                Err(error) if *error.kind() != ErrorKind::NoCredential => return Err(error),
                _ => {
                    tracing::debug!("the user has signed in again or out meanwhile");
                    break;
                }
            };
            if was_there && loaded.version == Version::NOTHING {
                break;
            }
        }
        *self.unsaved() = None;
        Ok(())
    }

    /// Takes the access token out of a grant that the server has refused, so that no process hands it out again, and
    /// keeps when that was.
    pub(super) async fn forget_token(&self, loaded: Loaded, now: SystemTime) {
        if loaded.grant.access_token.is_none() && loaded.grant.refused_at.is_some() {
            return;
        }
        let grant = StoredGrant { access_token: None, refused_at: Some(now), ..loaded.grant };
        match self.store.save(&self.key, &grant, &loaded.version).await {
            Ok(Saved::Written(_)) => {}
            Ok(Saved::Changed) => tracing::debug!("another process has saved a newer token"),
            Err(error) => tracing::warn!(%error, "the access token is not removed"),
        }
    }
}
