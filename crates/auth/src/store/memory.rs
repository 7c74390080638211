//! Grants in memory: for one process, for machines without a home, for tests.

use super::{GrantKey, Lease, Saved, Stored, StoredGrant, SyncGrantStore, Version};
use crate::error::Error;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Keeps grants until it is dropped; its clones hold the same.
#[derive(Clone, Debug, Default)]
pub struct MemoryStore {
    grants: Arc<Mutex<Grants>>,
    leases: Arc<Leases>,
}

#[derive(Debug, Default)]
struct Grants {
    by_key: HashMap<GrantKey, Stored>,
    saves: u64,
}

#[derive(Debug, Default)]
struct Leases {
    held: Mutex<HashSet<GrantKey>>,
    given_back: Condvar,
}

impl MemoryStore {
    fn grants(&self) -> MutexGuard<'_, Grants> {
        self.grants.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl SyncGrantStore for MemoryStore {
    fn load(&self, key: &GrantKey) -> Result<Option<Stored>, Error> {
        Ok(self.grants().by_key.get(key).cloned())
    }

    fn save(
        &self,
        key: &GrantKey,
        grant: &StoredGrant,
        expected: &Version,
    ) -> Result<Saved, Error> {
        let mut grants = self.grants();
        if grants.by_key.get(key).map_or(&Version::NOTHING, |held| &held.version) != expected {
            return Ok(Saved::Changed);
        }
        grants.saves += 1;
        let version = Version::from_bytes(grants.saves.to_be_bytes());
        grants.by_key.insert(key.clone(), Stored::new(grant.clone(), version.clone()));
        Ok(Saved::Written(version))
    }

    fn remove(&self, key: &GrantKey, expected: &Version) -> Result<Saved, Error> {
        let mut grants = self.grants();
        if grants.by_key.get(key).map_or(&Version::NOTHING, |held| &held.version) != expected {
            return Ok(Saved::Changed);
        }
        grants.by_key.remove(key);
        Ok(Saved::Written(Version::NOTHING))
    }

    fn lock(&self, key: &GrantKey, wait: Duration) -> Result<Option<Lease>, Error> {
        let held = self.leases.held.lock().unwrap_or_else(PoisonError::into_inner);
        let waited =
            self.leases.given_back.wait_timeout_while(held, wait, |held| held.contains(key));
        let (mut held, _) = waited.unwrap_or_else(PoisonError::into_inner);
        let free = held.insert(key.clone());
        let mine = || Mine { key: key.clone(), leases: Arc::clone(&self.leases) };
        Ok(free.then(|| Lease::until_dropped(mine())))
    }
}

/// Gives a lease back when it is dropped.
struct Mine {
    key: GrantKey,
    leases: Arc<Leases>,
}

impl Drop for Mine {
    fn drop(&mut self) {
        self.leases.held.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.key);
        self.leases.given_back.notify_all();
    }
}
