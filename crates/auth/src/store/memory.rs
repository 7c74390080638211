//! Side records in memory: for one process, for machines without a home, for tests.

use super::{GrantRecord, Saved, StoreLock, TokenStore, Version};
use crate::error::Error;
use crate::grant::GrantId;
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Keeps records until it is dropped.
#[derive(Debug, Default)]
pub struct MemoryStore(Mutex<Records>);

#[derive(Debug, Default)]
struct Records {
    by_grant: HashMap<GrantId, GrantRecord>,
    saves: u64,
}

impl MemoryStore {
    fn records(&self) -> MutexGuard<'_, Records> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl TokenStore for MemoryStore {
    fn load(&self, id: &GrantId) -> Result<Option<GrantRecord>, Error> {
        Ok(self.records().by_grant.get(id).cloned())
    }

    fn save(&self, id: &GrantId, record: &GrantRecord) -> Result<Saved, Error> {
        let mut records = self.records();
        let held = records.by_grant.get(id).and_then(|held| held.version.clone());
        if record.version.as_ref().is_some_and(|version| *version != held.unwrap_or(Version(None)))
        {
            return Ok(Saved::Changed);
        }
        records.saves += 1;
        let version = Some(Version::of(Some(&records.saves.to_be_bytes())));
        records.by_grant.insert(id.clone(), GrantRecord { version, ..record.clone() });
        Ok(Saved::Written)
    }

    fn remove(&self, id: &GrantId) -> Result<(), Error> {
        self.records().by_grant.remove(id);
        Ok(())
    }

    /// There is no other process here, and `CachedSource` refreshes one at a time by itself.
    fn try_lock(&self, _: &GrantId) -> Result<Option<StoreLock>, Error> {
        Ok(Some(StoreLock::new(())))
    }
}
