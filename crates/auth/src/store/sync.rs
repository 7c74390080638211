//! Stores whose calls block: they run on threads where blocking is right.
//!
//! In: a `SyncGrantStore`. Out: a `GrantStore`. Calls run on the runtime's threads for blocking work, never on
//! its workers; waiting for a lease runs on a thread of its own, so that it does not keep a runtime from ending.

use super::{
    AdcStore, FileStore, GrantKey, GrantStore, Lease, MemoryStore, Saved, StoreFuture, Stored,
    StoredGrant, TokenFileStore, Version,
};
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

/// Makes an asynchronous store of a type: `$run` runs a call, `$shared` is the store that it runs on.
macro_rules! asynchronous {
    ($run:ident, [$($generics:tt)*] $store:ty, |$this:ident| $shared:expr) => {
        impl $($generics)* GrantStore for $store {
            fn load<'a>(&'a self, key: &'a GrantKey) -> StoreFuture<'a, Option<Stored>> {
                let $this = self;
                let (store, key) = ($shared, key.clone());
                Box::pin($run(move || SyncGrantStore::load(&*store, &key)))
            }

            fn save<'a>(
                &'a self,
                key: &'a GrantKey,
                grant: &'a StoredGrant,
                expected: &'a Version,
            ) -> StoreFuture<'a, Saved> {
                let $this = self;
                let (store, key) = ($shared, key.clone());
                let (grant, expected) = (grant.clone(), expected.clone());
                Box::pin($run(move || SyncGrantStore::save(&*store, &key, &grant, &expected)))
            }

            fn remove<'a>(
                &'a self,
                key: &'a GrantKey,
                expected: &'a Version,
            ) -> StoreFuture<'a, Saved> {
                let $this = self;
                let (store, key, expected) = ($shared, key.clone(), expected.clone());
                Box::pin($run(move || SyncGrantStore::remove(&*store, &key, &expected)))
            }

            fn lock<'a>(
                &'a self,
                key: &'a GrantKey,
                wait: Duration,
            ) -> StoreFuture<'a, Option<Lease>> {
                let $this = self;
                let (store, key) = ($shared, key.clone());
                Box::pin(async move {
                    let (same, name) = (Arc::clone(&store), key.clone());
                    match $run(move || SyncGrantStore::lock(&*same, &name, Duration::ZERO)).await? {
                        None if !wait.is_zero() => {
                            waiting(move || SyncGrantStore::lock(&*store, &key, wait)).await
                        }
                        lease => Ok(lease),
                    }
                })
            }
        }
    };
}

asynchronous!(blocking, [<S: SyncGrantStore + ?Sized + 'static>] SyncStore<S>, |this| Arc::clone(&this.0));
asynchronous!(blocking, [] FileStore, |this| Arc::new(this.clone()));
asynchronous!(blocking, [] AdcStore, |this| Arc::new(this.clone()));
asynchronous!(blocking, [] TokenFileStore, |this| Arc::new(this.clone()));
asynchronous!(at_once, [] MemoryStore, |this| Arc::new(this.clone()));

/// For calls that take no time.
async fn at_once<T>(call: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
    call()
}

/// Runs a call on a thread that the runtime has for such calls.
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

/// Runs a call that may take a minute on a thread of its own. What comes too late is dropped with the channel.
async fn waiting<T: Send + 'static>(
    call: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    let (done, ended) = oneshot::channel();
    thread::Builder::new()
        .name("hallpass-lease".to_owned())
        .spawn(move || drop(done.send(call())))
        .map_err(|error| {
            Error::new(ErrorKind::StoreWrite, "cannot wait for a lease").with_source(error)
        })?;
    ended.await.unwrap_or_else(|_| panic!("the store's `lock` panicked"))
}
