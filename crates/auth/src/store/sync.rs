//! Stores whose calls block: they run on threads where blocking is right.
//!
//! In: a `SyncGrantStore`. Out: a `GrantStore`. Calls run on the runtime's threads for blocking work, never on
//! its workers; waiting for a lease runs on a thread of its own, so that it does not keep a runtime from ending.

use super::{GrantKey, GrantStore, Lease, Saved, StoreFuture, Stored, StoredGrant, Version};
use crate::error::{Error, ErrorKind};
use std::fmt::Debug;
use std::panic::resume_unwind;
use std::sync::Arc;
use std::thread;
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::oneshot;

/// A [`GrantStore`] whose calls block: a file, a database client without `async`.
pub trait SyncGrantStore: Debug + Send + Sync {
    /// As [`GrantStore::load`].
    ///
    /// # Errors
    ///
    /// What is there cannot be read.
    fn load(&self, key: &GrantKey) -> Result<Option<Stored>, Error>;

    /// As [`GrantStore::save`].
    ///
    /// # Errors
    ///
    /// What stood in the way; the older grant is still there.
    fn save(&self, key: &GrantKey, grant: &StoredGrant, expected: &Version)
    -> Result<Saved, Error>;

    /// As [`GrantStore::remove`].
    ///
    /// # Errors
    ///
    /// What stood in the way.
    fn remove(&self, key: &GrantKey, expected: &Version) -> Result<Saved, Error>;

    /// As [`GrantStore::lock`]; it is tried first with no time to wait.
    ///
    /// # Errors
    ///
    /// There can be no lease here.
    fn lock(&self, key: &GrantKey, wait: Duration) -> Result<Option<Lease>, Error>;
}

/// Makes a [`GrantStore`] of a [`SyncGrantStore`].
#[derive(Clone, Debug)]
pub struct SyncStore<S: ?Sized>(Arc<S>);

impl<S: SyncGrantStore> SyncStore<S> {
    /// Wraps a store.
    #[must_use]
    pub fn new(store: S) -> Self {
        Self(Arc::new(store))
    }
}

impl<S: SyncGrantStore + ?Sized> From<Arc<S>> for SyncStore<S> {
    fn from(store: Arc<S>) -> Self {
        Self(store)
    }
}

impl<S: SyncGrantStore + ?Sized + 'static> GrantStore for SyncStore<S> {
    fn load<'a>(&'a self, key: &'a GrantKey) -> StoreFuture<'a, Option<Stored>> {
        let (store, key) = (Arc::clone(&self.0), key.clone());
        Box::pin(blocking(move || store.load(&key)))
    }

    fn save<'a>(
        &'a self,
        key: &'a GrantKey,
        grant: &'a StoredGrant,
        expected: &'a Version,
    ) -> StoreFuture<'a, Saved> {
        let (store, key) = (Arc::clone(&self.0), key.clone());
        let (grant, expected) = (grant.clone(), expected.clone());
        Box::pin(blocking(move || store.save(&key, &grant, &expected)))
    }

    fn remove<'a>(&'a self, key: &'a GrantKey, expected: &'a Version) -> StoreFuture<'a, Saved> {
        let (store, key, expected) = (Arc::clone(&self.0), key.clone(), expected.clone());
        Box::pin(blocking(move || store.remove(&key, &expected)))
    }

    fn lock<'a>(&'a self, key: &'a GrantKey, wait: Duration) -> StoreFuture<'a, Option<Lease>> {
        Box::pin(async move {
            let (store, name) = (Arc::clone(&self.0), key.clone());
            let free = blocking(move || store.lock(&name, Duration::ZERO)).await?;
            if free.is_some() || wait.is_zero() {
                return Ok(free);
            }
            let (store, key) = (Arc::clone(&self.0), key.clone());
            let (done, locked) = oneshot::channel();
            thread::Builder::new()
                .name("hallpass-lease".to_owned())
                // A lease that comes too late is dropped with the channel.
                .spawn(move || drop(done.send(store.lock(&key, wait))))
                .map_err(|error| {
                    Error::new(ErrorKind::StoreWrite, "cannot wait for a lease").because(error)
                })?;
            locked.await.unwrap_or_else(|_| panic!("the store's `lock` panicked"))
        })
    }
}

async fn blocking<T: Send + 'static>(
    call: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    let Ok(runtime) = Handle::try_current() else { return call() };
    match runtime.spawn_blocking(call).await {
        Ok(ended) => ended,
        Err(error) if error.is_panic() => resume_unwind(error.into_panic()),
        Err(_) => Err(Error::new(ErrorKind::Connect, "the runtime is ending")),
    }
}

/// What makes a type with blocking calls, and cheap to clone, a [`GrantStore`] by itself.
macro_rules! also_async {
    ($store:ty) => {
        impl GrantStore for $store {
            fn load<'a>(&'a self, key: &'a GrantKey) -> StoreFuture<'a, Option<Stored>> {
                let store = SyncStore::new(self.clone());
                Box::pin(async move { store.load(key).await })
            }
            fn save<'a>(
                &'a self,
                key: &'a GrantKey,
                grant: &'a StoredGrant,
                expected: &'a Version,
            ) -> StoreFuture<'a, Saved> {
                let store = SyncStore::new(self.clone());
                Box::pin(async move { store.save(key, grant, expected).await })
            }
            fn remove<'a>(
                &'a self,
                key: &'a GrantKey,
                expected: &'a Version,
            ) -> StoreFuture<'a, Saved> {
                let store = SyncStore::new(self.clone());
                Box::pin(async move { store.remove(key, expected).await })
            }
            fn lock<'a>(
                &'a self,
                key: &'a GrantKey,
                wait: Duration,
            ) -> StoreFuture<'a, Option<Lease>> {
                let store = SyncStore::new(self.clone());
                Box::pin(async move { store.lock(key, wait).await })
            }
        }
    };
}

also_async!(super::FileStore);
also_async!(super::AdcStore);
also_async!(super::TokenFileStore);
