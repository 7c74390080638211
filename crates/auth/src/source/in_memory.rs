//! Keeps the token of anything that can fetch one, in this process alone.
//!
//! In: a `Fetch`: a service account, a metadata server, another identity provider. Out: a `TokenSource`
//! with the same early refresh, single flight and patience as a user's sign-in has.
//! Not here: users' grants, which are shared with other processes (`cached`).

use super::flight::{self, Early, Flight, Refresher, Refreshing};
use super::{Fetch, TokenFuture, TokenSource};
use crate::clock::Clock;
use crate::token::AccessToken;
use std::sync::Arc;
use tracing::Span;

/// Keeps the token of a [`Fetch`] and refreshes it early.
pub struct InMemory(Arc<Inner>);

struct Inner {
    fetch: Box<dyn Fetch>,
    flight: Flight,
}

impl InMemory {
    /// Makes a source; nothing is sent before the first token is asked for.
    #[must_use]
    pub fn new(fetch: impl Fetch + 'static, clock: Arc<dyn Clock>, early: Early) -> Self {
        let flight = Flight::new(clock, early);
        Self(Arc::new(Inner { fetch: Box::new(fetch), flight }))
    }
}

impl Refresher for Inner {
    fn flight(&self) -> &Flight {
        &self.flight
    }

    fn refresh(self: Arc<Self>) -> Refreshing {
        Box::pin(async move {
            match flight::patiently(|| self.fetch.fetch()).await {
                Ok(token) => {
                    let token = Arc::new(token);
                    let now = self.flight.clock.now();
                    let left = token.expires_at().duration_since(now).unwrap_or_default();
                    self.flight.hold(&token, left);
                    // A metadata server gives out its own old token until four minutes before its end.
                    if self.flight.in_hand(flight::MARGIN).is_none() {
                        self.flight.cool_down();
                    }
                    Ok(token)
                }
                Err(error) if error.is_transient() => {
                    self.flight.cool_down();
                    self.flight.in_hand(std::time::Duration::ZERO).ok_or(error)
                }
                Err(error) => Err(error),
            }
        })
    }

    fn span(&self) -> Span {
        tracing::debug_span!("refresh", source = ?self.fetch)
    }
}

impl TokenSource for InMemory {
    fn token(&self) -> TokenFuture<'_> {
        Box::pin(flight::token(&self.0))
    }

    fn ready(&self) -> Option<Arc<AccessToken>> {
        self.0.flight.in_hand(flight::MARGIN)
    }

    fn is_ready(&self, token: &Arc<AccessToken>) -> bool {
        self.0.flight.is_in_hand(token, flight::MARGIN)
    }

    fn reject(&self, token: &AccessToken) {
        self.0.flight.reject(token);
    }
}

impl std::fmt::Debug for InMemory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("InMemory").field(&self.0.fetch).finish()
    }
}
