//! The right to refresh alone, for a while.
//!
//! In: whatever a store holds for it. Out: renewal, release, and the news of a loss.
//! Not here: what a loss costs. Saves compare versions, so it costs one more refresh at most.

use super::StoreFuture;
use crate::error::Error;
use std::any::Any;
use std::fmt::{self, Debug};
use std::time::Duration;
use tokio::time::sleep;

/// Held by one process at a time; dropped, it is given back as well as its store can.
pub struct Lease(Held);

enum Held {
    UntilDropped(#[expect(dead_code, reason = "held for its drop")] Box<dyn Any + Send + Sync>),
    /// Nothing once it is released.
    Renewed(Option<Box<dyn Hold>>),
}

/// A lease that ends by itself unless it is renewed, as a store implements it.
pub trait Hold: Send + Sync {
    /// Returns how often it should be renewed: well before it ends.
    fn renew_every(&self) -> Duration;

    /// Makes it last longer, if it is still held.
    ///
    /// # Errors
    ///
    /// The store cannot be asked; that counts as a loss.
    fn renew(&self) -> StoreFuture<'_, Renewed>;

    /// Gives it back.
    ///
    /// # Errors
    ///
    /// The store cannot be told; the lease ends by itself later.
    fn release(self: Box<Self>) -> StoreFuture<'static, ()>;

    /// Gives it back without waiting, as well as that can be done: the program has dropped the lease.
    fn give_back(&self) {}
}

/// How a renewal ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
#[non_exhaustive]
pub enum Renewed {
    /// It lasts longer now.
    Held,
    /// It had ended, and another process may hold it.
    Lost,
}

impl Lease {
    /// Wraps a lease that has to be renewed.
    #[must_use]
    pub fn new(held: impl Hold + 'static) -> Self {
        Self(Held::Renewed(Some(Box::new(held))))
    }

    /// Wraps a lease that lasts until this value is dropped, such as the lock of a file.
    #[must_use]
    pub fn until_dropped(held: impl Any + Send + Sync) -> Self {
        Self(Held::UntilDropped(Box::new(held)))
    }

    /// Makes it last longer, if it is still held.
    ///
    /// # Errors
    ///
    /// The store cannot be asked.
    pub async fn renew(&self) -> Result<Renewed, Error> {
        match &self.0 {
            Held::Renewed(Some(held)) => held.renew().await,
            _ => Ok(Renewed::Held),
        }
    }

    /// Gives it back, and returns when the store knows.
    ///
    /// # Errors
    ///
    /// The store cannot be told.
    pub async fn release(mut self) -> Result<(), Error> {
        let held = match &mut self.0 {
            Held::Renewed(held) => held.take(),
            Held::UntilDropped(_) => None,
        };
        match held {
            Some(held) => held.release().await,
            None => Ok(()),
        }
    }

    /// Does this work and renews the lease meanwhile.
    pub(crate) async fn during<T>(&self, work: impl Future<Output = T>) -> T {
        let Held::Renewed(Some(held)) = &self.0 else { return work.await };
        let renewing = async {
            loop {
                sleep(held.renew_every()).await;
                match held.renew().await {
                    Ok(Renewed::Held) => {}
                    Ok(Renewed::Lost) => break tracing::warn!("the lease of this grant was lost"),
                    Err(error) => break tracing::warn!(%error, "the lease cannot be renewed"),
                }
            }
            std::future::pending::<T>().await
        };
        tokio::select! {
            biased;
            done = work => done,
            done = renewing => done,
        }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if let Held::Renewed(Some(held)) = &self.0 {
            held.give_back();
        }
    }
}

impl Debug for Lease {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Lease")
    }
}
