//! Hands out access tokens: endpoint → retry → cache.
//!
//! In: a grant, or a token that somebody else got. Out: a token that is good now.
//! Not here: the form of the request (`token_endpoint`) and of the header (`header`).

mod cached;

pub use cached::CachedSource;

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

    /// Says that a server did not take this token, so that the next one is a new one.
    fn reject(&self, token: &AccessToken) {
        let _ = token;
    }
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
}
