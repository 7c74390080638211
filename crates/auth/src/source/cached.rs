//! Keeps the access token of one grant and refreshes it early.
//!
//! In: a grant. Out: a token that lasts at least five minutes, if one can be had. One refresh at a time in
//! this process and across processes; the old token through a passing fault; a grant that has ended is
//! never asked for twice.
//! Specification: RFC 6749, section 6. Facts on margins: Google's clients refresh 3:45 to 5 minutes early.

use super::flight::{self, Early, Flight, Refresher, Refreshing};
use super::{TokenFuture, TokenSource};
use crate::clock::{Clock, SystemClock};
use crate::error::{Error, ErrorKind};
use crate::formats::client_secret::OAuthClient;
use crate::grant::GrantId;
use crate::http::HttpClient;
use crate::secret::Secret;
use crate::store::{GrantRecord, Saved, StoreLock, TokenStore};
use crate::token::{AccessToken, TokenSet};
use crate::token_endpoint::TokenEndpoint;
use std::fmt::{self, Debug};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::sleep;
use tracing::Span;

/// How often a process looks whether another one has finished its refresh.
const LOCK_POLL: Duration = Duration::from_millis(20);

/// A process that holds the lock for longer than three timeouts is stopped; Google does not rotate refresh
/// tokens, so a second refresh does no harm.
const LOCK_WAIT: Duration = Duration::from_secs(60);

/// With a token in hand that is still good, nobody waits for another process longer than a refresh takes.
const SHORT_LOCK_WAIT: Duration = Duration::from_secs(2);

/// Keeps the access token of one grant, here and in a store, and refreshes it early.
pub struct CachedSource(Arc<Inner>);

struct Inner {
    endpoint: TokenEndpoint,
    store: Arc<dyn TokenStore>,
    on_rotation: Option<OnRotation>,
    flight: Flight,
    grant: Mutex<KnownGrant>,
}

type OnRotation = Box<dyn Fn(&Secret) -> Result<(), Error> + Send + Sync>;

/// Changes when the server replaces the refresh token.
#[derive(Clone)]
struct KnownGrant {
    id: GrantId,
    refresh_token: Secret,
}

impl CachedSource {
    /// A token with less time left is refreshed.
    pub const MARGIN: Duration = flight::MARGIN;

    /// Makes a source for one grant; nothing is read or sent before the first token is asked for.
    #[must_use]
    pub fn new(
        client: OAuthClient,
        refresh_token: Secret,
        http: HttpClient,
        store: Arc<dyn TokenStore>,
    ) -> Self {
        let flight = Flight::new(Arc::new(SystemClock), Early::default());
        let id = GrantId::of(client.client_id(), &refresh_token);
        let endpoint = TokenEndpoint::new(http, client, Arc::clone(&flight.clock));
        let grant = Mutex::new(KnownGrant { id, refresh_token });
        Self(Arc::new(Inner { endpoint, store, on_rotation: None, flight, grant }))
    }

    /// Reads the time from this clock.
    #[must_use]
    pub fn with_clock(self, clock: Arc<dyn Clock>) -> Self {
        self.with(|inner| {
            let endpoint = inner.endpoint.clone().with_clock(Arc::clone(&clock));
            (inner.endpoint, inner.flight.clock) = (endpoint, clock);
        })
    }

    /// Chooses whether callers wait for a refresh while the old token is still good for minutes.
    #[must_use]
    pub fn with_early(self, early: Early) -> Self {
        self.with(|inner| inner.flight.early = early)
    }

    /// Calls this when the server replaces the refresh token (RFC 6749, section 6), so that its owner writes
    /// the new one down. Google does not do that.
    #[must_use]
    pub fn with_rotation(
        self,
        keep: impl Fn(&Secret) -> Result<(), Error> + Send + Sync + 'static,
    ) -> Self {
        self.with(|inner| inner.on_rotation = Some(Box::new(keep)))
    }

    fn with(self, change: impl FnOnce(&mut Inner)) -> Self {
        let mut inner = Arc::into_inner(self.0).expect("a source is set up before it is used");
        change(&mut inner);
        Self(Arc::new(inner))
    }

    /// Returns the token in hand or in the store, if it lasts long enough: no network, no runtime.
    ///
    /// # Errors
    ///
    /// A record that is there and cannot be read.
    pub fn cached(&self) -> Result<Option<Arc<AccessToken>>, Error> {
        if let Some(token) = self.ready() {
            return Ok(Some(token));
        }
        let id = self.0.grant().id.clone();
        Ok(self.0.adopt(self.0.store.load(&id)?.as_ref(), Self::MARGIN))
    }
}

impl Inner {
    fn grant(&self) -> MutexGuard<'_, KnownGrant> {
        self.grant.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes over the token of a record, unless a server has refused that very token.
    fn adopt(&self, record: Option<&GrantRecord>, margin: Duration) -> Option<Arc<AccessToken>> {
        let token = record?.access_token.as_ref()?;
        if let Some(token) = self.flight.in_hand(margin) {
            return Some(token);
        }
        let fresh = token.is_fresh(self.flight.clock.now(), margin);
        if !fresh || self.flight.is_spent(token) {
            return None;
        }
        let token = Arc::new(token.clone());
        self.flight.hold(&token);
        Some(token)
    }

    /// Returns a token that is good now, however little of it is left.
    fn still_good(&self, record: Option<&GrantRecord>) -> Option<Arc<AccessToken>> {
        self.flight.in_hand(Duration::ZERO).or_else(|| self.adopt(record, Duration::ZERO))
    }

    async fn adopt_or_refresh(&self) -> Result<Arc<AccessToken>, Error> {
        let KnownGrant { id, refresh_token } = self.grant().clone();
        let record = self.store.load(&id)?;
        if let Some(token) = self.adopt(record.as_ref(), flight::MARGIN) {
            return Ok(token);
        }
        let old = self.still_good(record.as_ref());
        let patience = if old.is_some() { SHORT_LOCK_WAIT } else { LOCK_WAIT };
        let lock = self.lock(&id, patience).await;
        if let (None, Some(old)) = (&lock, old) {
            self.flight.cool_down();
            return Ok(old);
        }
        // Another process may have refreshed while we waited.
        let record = self.store.load(&id)?;
        if let Some(token) = self.adopt(record.as_ref(), flight::MARGIN) {
            return Ok(token);
        }
        match flight::patiently(|| self.endpoint.refresh(&refresh_token, None)).await {
            Ok(tokens) => {
                let record = record.unwrap_or_else(GrantRecord::first);
                self.keep(id, &refresh_token, record, tokens)
            }
            Err(error) if error.is_transient() => {
                self.flight.cool_down();
                self.still_good(record.as_ref()).ok_or(error)
            }
            Err(error) => {
                if matches!(error.kind(), ErrorKind::InvalidGrant { .. }) {
                    self.forget(&id, record);
                }
                Err(error)
            }
        }
    }

    /// Waits for the lock of the grant; `None` when another process has held it for too long.
    async fn lock(&self, id: &GrantId, patience: Duration) -> Option<StoreLock> {
        for _ in 0..patience.as_millis() / LOCK_POLL.as_millis() {
            match self.store.try_lock(id) {
                Ok(Some(lock)) => return Some(lock),
                Ok(None) => sleep(LOCK_POLL).await,
                // A read-only home must not cost the caller its token: two refreshes do no harm.
                Err(error) => {
                    tracing::warn!(%error, "the refresh goes on without a lock");
                    return Some(StoreLock::new(()));
                }
            }
        }
        tracing::warn!("another process holds the lock of this grant and does not let go");
        None
    }

    fn keep(
        &self,
        mut id: GrantId,
        old: &Secret,
        mut record: GrantRecord,
        tokens: TokenSet,
    ) -> Result<Arc<AccessToken>, Error> {
        let token = Arc::new(tokens.access_token.clone());
        let rotated = tokens.refresh_token.filter(|new| !new.is(old.expose()));
        self.flight.hold(&token);
        if let Some(rotated) = &rotated {
            id = GrantId::of(self.endpoint.client_id(), rotated);
            record.version = None;
            *self.grant() = KnownGrant { id: id.clone(), refresh_token: rotated.clone() };
        }
        // The new refresh token first: without it the next process would have to sign in.
        if let (Some(rotated), Some(keep)) = (&rotated, &self.on_rotation) {
            keep(rotated)?;
        }
        let record = GrantRecord {
            scopes: tokens.scopes.or(record.scopes),
            account: tokens.account.or(record.account),
            refresh_token_expires_at: tokens
                .refresh_token_expires_at
                .or(record.refresh_token_expires_at),
            access_token: Some(tokens.access_token),
            ..record
        };
        self.save(&id, &record);
        Ok(token)
    }

    /// A grant that has ended takes its access tokens with it: no process shall hand one out again.
    fn forget(&self, id: &GrantId, record: Option<GrantRecord>) {
        self.flight.let_go();
        if let Some(record) = record.filter(|record| record.access_token.is_some()) {
            self.save(id, &GrantRecord { access_token: None, ..record });
        }
    }

    /// A full disk or a read-only home must not cost the caller the token in hand.
    fn save(&self, id: &GrantId, record: &GrantRecord) {
        match self.store.save(id, record) {
            Ok(Saved::Written) => {}
            Ok(Saved::Changed) => tracing::debug!("another process has saved a newer token"),
            Err(error) => tracing::warn!(%error, "the side record is not saved"),
        }
    }
}

impl Refresher for Inner {
    fn flight(&self) -> &Flight {
        &self.flight
    }

    fn refresh(self: Arc<Self>) -> Refreshing {
        Box::pin(async move { self.adopt_or_refresh().await })
    }

    fn span(&self) -> Span {
        tracing::debug_span!("refresh", grant = self.grant().id.as_str())
    }
}

impl TokenSource for CachedSource {
    fn token(&self) -> TokenFuture<'_> {
        Box::pin(flight::token(&self.0))
    }

    fn ready(&self) -> Option<Arc<AccessToken>> {
        self.0.flight.in_hand(Self::MARGIN)
    }

    fn is_ready(&self, token: &Arc<AccessToken>) -> bool {
        self.0.flight.is_in_hand(token, Self::MARGIN)
    }

    fn reject(&self, token: &AccessToken) {
        self.0.flight.reject(token);
    }
}

impl Debug for CachedSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CachedSource").field("id", &self.0.grant().id).finish_non_exhaustive()
    }
}
