//! Side records in memory: for one process, for machines without a home, for tests.

use super::{GrantRecord, StoreLock, TokenStore};
use crate::error::Error;
use crate::grant::GrantId;
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Keeps records until it is dropped.
#[derive(Debug, Default)]
pub struct MemoryStore(Mutex<HashMap<GrantId, GrantRecord>>);

impl MemoryStore {
    fn records(&self) -> MutexGuard<'_, HashMap<GrantId, GrantRecord>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl TokenStore for MemoryStore {
    fn load(&self, id: &GrantId) -> Result<Option<GrantRecord>, Error> {
        Ok(self.records().get(id).cloned())
    }

    fn save(&self, id: &GrantId, record: &GrantRecord) -> Result<(), Error> {
        self.records().insert(id.clone(), record.clone());
        Ok(())
    }

    fn remove(&self, id: &GrantId) -> Result<(), Error> {
        self.records().remove(id);
        Ok(())
    }

    /// There is no other process here, and `CachedSource` refreshes one at a time by itself.
    fn try_lock(&self, _: &GrantId) -> Result<Option<StoreLock>, Error> {
        Ok(Some(StoreLock::new(())))
    }
}
