//! Hands out access tokens: endpoint → retry → cache.
//!
//! In: a grant, or a token that another program got. Out: a token that is good now.
//! Not here: the form of the request (`token_endpoint`) and of the header (`header`).

mod cached;
mod flight;
mod in_memory;
pub(crate) mod reloading;
mod slot;

pub use cached::{CachedSource, CachedSourceBuilder};
pub use flight::Early;
pub use in_memory::InMemory;

use crate::error::Error;
use crate::token::AccessToken;
use std::fmt::Debug;
use std::pin::Pin;
use std::sync::Arc;

/// What [`TokenSource::token`] returns.
pub type TokenFuture<'a> =
    Pin<Box<dyn Future<Output = Result<Arc<AccessToken>, Error>> + Send + 'a>>;

/// Something that gives out access tokens.
pub trait TokenSource: Debug + Send + Sync {
    /// Returns a token that is good now.
    fn token(&self) -> TokenFuture<'_>;

    /// Returns the token in hand, if it is good for minutes: no waiting, no allocation.
    fn ready(&self) -> Option<Arc<AccessToken>> {
        None
    }

    /// Says whether [`TokenSource::ready`] would return this very token; sources that can tell without
    /// taking it into hand are faster on every request.
    fn is_ready(&self, token: &Arc<AccessToken>) -> bool {
        self.ready().is_some_and(|ready| Arc::ptr_eq(&ready, token))
    }

    /// Says that a server did not take this token, so that the next one is a new one.
    fn reject(&self, token: &AccessToken) {
        let _ = token;
    }

    /// Returns the project that is charged for requests with these tokens, where the source knows one.
    fn quota_project(&self) -> Option<Arc<str>> {
        None
    }
}

impl<S: TokenSource + ?Sized> TokenSource for Arc<S> {
    fn token(&self) -> TokenFuture<'_> {
        (**self).token()
    }

    fn ready(&self) -> Option<Arc<AccessToken>> {
        (**self).ready()
    }

    fn is_ready(&self, token: &Arc<AccessToken>) -> bool {
        (**self).is_ready(token)
    }

    fn reject(&self, token: &AccessToken) {
        (**self).reject(token);
    }

    fn quota_project(&self) -> Option<Arc<str>> {
        (**self).quota_project()
    }
}

/// What [`Fetch::fetch`] returns.
pub type FetchFuture<'a> = Pin<Box<dyn Future<Output = Result<AccessToken, Error>> + Send + 'a>>;

/// Gets a new token each time it is asked: what lies under a cache such as [`InMemory`].
pub trait Fetch: Debug + Send + Sync {
    /// Returns a new token, after one attempt.
    fn fetch(&self) -> FetchFuture<'_>;
}

/// One token, for as long as it lasts: from an environment variable, or in tests.
#[derive(Clone, Debug)]
pub struct StaticSource(Arc<AccessToken>);

impl StaticSource {
    /// Always gives out this token.
    #[must_use]
    pub fn new(token: AccessToken) -> Self {
        Self(Arc::new(token))
    }
}

impl TokenSource for StaticSource {
    fn token(&self) -> TokenFuture<'_> {
        Box::pin(async { Ok(Arc::clone(&self.0)) })
    }

    fn ready(&self) -> Option<Arc<AccessToken>> {
        Some(Arc::clone(&self.0))
    }

    fn is_ready(&self, token: &Arc<AccessToken>) -> bool {
        Arc::ptr_eq(&self.0, token)
    }
}
