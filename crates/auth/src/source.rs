//! Hands out access tokens: endpoint → retry → cache.
//!
//! In: a grant. Out: a token that lasts at least five minutes, if one can be had. Early, one refresh at a
//! time in this process and across processes, the old token through a passing fault.
//! Specification: RFC 6749, section 6. Facts on margins: Google's clients refresh 3:45 to 5 minutes early.
//! Not here: the form of the request (`token_endpoint`) and of the header (`header`).

use crate::client_secret::OAuthClient;
use crate::clock::{Clock, SystemClock};
use crate::error::Error;
use crate::grant::GrantId;
use crate::http::HttpClient;
use crate::secret::Secret;
use crate::store::{GrantRecord, StoreLock, TokenStore};
use crate::token::{AccessToken, TokenSet};
use crate::token_endpoint::TokenEndpoint;
use std::fmt::{self, Debug};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};
use tokio::time::sleep;

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

/// A request that passes through a fault is tried this often.
const ATTEMPTS: u32 = 3;

/// The first pause between attempts; the second is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(200);

/// How often a process looks whether another one has finished its refresh.
const LOCK_POLL: Duration = Duration::from_millis(20);

/// A process that holds the lock for longer than three timeouts is stopped; Google does not rotate refresh
/// tokens, so a second refresh does no harm.
const LOCK_WAIT: Duration = Duration::from_secs(60);

/// After a failed refresh with a token that is still good, the server is left alone this long.
const COOL_DOWN: Duration = Duration::from_secs(30);

/// Keeps the access token of one grant, here and in a store, and refreshes it early.
pub struct CachedSource {
    endpoint: TokenEndpoint,
    id: GrantId,
    refresh_token: Secret,
    store: Arc<dyn TokenStore>,
    clock: Arc<dyn Clock>,
    on_rotation: Option<OnRotation>,
    state: Mutex<State>,
    flight: tokio::sync::Mutex<()>,
}

type OnRotation = Box<dyn Fn(&Secret) -> Result<(), Error> + Send + Sync>;

#[derive(Default)]
struct State {
    current: Option<Arc<AccessToken>>,
    rejected: Option<Arc<AccessToken>>,
    quiet_until: Option<SystemTime>,
}

impl CachedSource {
    /// A token with less time left is refreshed: Node's client, the earliest of Google's, asks again below
    /// five minutes.
    pub const MARGIN: Duration = Duration::from_secs(5 * 60);

    /// Makes a source for one grant; nothing is read or sent before the first token is asked for.
    #[must_use]
    pub fn new(
        client: OAuthClient,
        refresh_token: Secret,
        http: HttpClient,
        store: Arc<dyn TokenStore>,
    ) -> Self {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        Self {
            id: GrantId::of(client.client_id(), &refresh_token),
            endpoint: TokenEndpoint::new(http, client, Arc::clone(&clock)),
            refresh_token,
            store,
            clock,
            on_rotation: None,
            state: Mutex::default(),
            flight: tokio::sync::Mutex::default(),
        }
    }

    /// Reads the time from this clock.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.endpoint = self.endpoint.with_clock(Arc::clone(&clock));
        Self { clock, ..self }
    }

    /// Calls this when the server replaces the refresh token (RFC 6749, section 6), so that its owner writes
    /// the new one down. Google does not do that.
    #[must_use]
    pub fn with_rotation(
        self,
        keep: impl Fn(&Secret) -> Result<(), Error> + Send + Sync + 'static,
    ) -> Self {
        Self { on_rotation: Some(Box::new(keep)), ..self }
    }

    /// Returns the token in hand or in the store, if it lasts long enough: no network, no runtime.
    ///
    /// # Errors
    ///
    /// A record that is there and cannot be read.
    pub fn cached(&self) -> Result<Option<Arc<AccessToken>>, Error> {
        if let Some(token) = self.in_hand(Self::MARGIN) {
            return Ok(Some(token));
        }
        Ok(self.adopt(self.store.load(&self.id)?.as_ref(), Self::MARGIN))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn in_hand(&self, margin: Duration) -> Option<Arc<AccessToken>> {
        let current = self.state().current.clone()?;
        current.is_fresh(self.clock.now(), margin).then_some(current)
    }

    /// Takes over the token of a record, unless a server has refused that very token.
    fn adopt(&self, record: Option<&GrantRecord>, margin: Duration) -> Option<Arc<AccessToken>> {
        let token = record?.access_token.as_ref()?;
        let mut state = self.state();
        let refused = state.rejected.as_ref().is_some_and(|old| old.expose() == token.expose());
        if refused || !token.is_fresh(self.clock.now(), margin) {
            return None;
        }
        let token = Arc::new(token.clone());
        state.current = Some(Arc::clone(&token));
        Some(token)
    }

    async fn token_or_refresh(&self) -> Result<Arc<AccessToken>, Error> {
        if let Some(token) = self.in_hand(Self::MARGIN) {
            return Ok(token);
        }
        let _one_at_a_time = self.flight.lock().await;
        if let Some(token) = self.in_hand(Self::MARGIN).or_else(|| self.good_through_a_fault()) {
            return Ok(token);
        }
        let _lock = self.lock().await?;
        let record = self.store.load(&self.id)?;
        if let Some(token) = self.adopt(record.as_ref(), Self::MARGIN) {
            return Ok(token);
        }
        match self.refresh().await {
            Ok(tokens) => self.keep(record.unwrap_or_default(), tokens),
            Err(error) if error.is_transient() => {
                let old = self.in_hand(Duration::ZERO);
                let old = old.or_else(|| self.adopt(record.as_ref(), Duration::ZERO));
                self.state().quiet_until = Some(self.clock.now() + COOL_DOWN);
                old.ok_or(error)
            }
            Err(error) => Err(error),
        }
    }

    /// Within the cool-down, a token that is still good is better than another failed refresh.
    fn good_through_a_fault(&self) -> Option<Arc<AccessToken>> {
        let quiet = self.state().quiet_until.is_some_and(|until| self.clock.now() < until);
        if quiet { self.in_hand(Duration::ZERO) } else { None }
    }

    /// Waits for the lock of the grant; a holder that is stopped does not stop everybody.
    async fn lock(&self) -> Result<Option<StoreLock>, Error> {
        for _ in 0..LOCK_WAIT.as_millis() / LOCK_POLL.as_millis() {
            if let Some(lock) = self.store.try_lock(&self.id)? {
                return Ok(Some(lock));
            }
            sleep(LOCK_POLL).await;
        }
        tracing::warn!(
            "another process has held the lock of this grant for a minute; going on without"
        );
        Ok(None)
    }

    async fn refresh(&self) -> Result<TokenSet, Error> {
        let mut pause = FIRST_PAUSE;
        for _ in 1..ATTEMPTS {
            match self.endpoint.refresh(&self.refresh_token, None).await {
                Err(error) if error.is_transient() => {
                    tracing::debug!(kind = ?error.kind(), "the refresh will be tried again");
                    sleep(spread(pause)).await;
                    pause *= 2;
                }
                ended => return ended,
            }
        }
        self.endpoint.refresh(&self.refresh_token, None).await
    }

    fn keep(&self, record: GrantRecord, tokens: TokenSet) -> Result<Arc<AccessToken>, Error> {
        let mut id = self.id.clone();
        if let Some(rotated) =
            tokens.refresh_token.filter(|new| !new.is(self.refresh_token.expose()))
        {
            if let Some(keep) = &self.on_rotation {
                keep(&rotated)?;
            }
            id = GrantId::of(self.endpoint.client_id(), &rotated);
        }
        let record = GrantRecord {
            scopes: tokens.scopes.or(record.scopes),
            account: tokens.account.or(record.account),
            refresh_token_expires_at: tokens
                .refresh_token_expires_at
                .or(record.refresh_token_expires_at),
            access_token: Some(tokens.access_token.clone()),
            ..record
        };
        // A full disk or a read-only home must not cost the caller the token in hand.
        if let Err(error) = self.store.save(&id, &record) {
            tracing::warn!(%error, "the new access token is not saved");
        }
        let token = Arc::new(tokens.access_token);
        *self.state() = State { current: Some(Arc::clone(&token)), ..State::default() };
        Ok(token)
    }
}

impl TokenSource for CachedSource {
    fn token(&self) -> TokenFuture<'_> {
        Box::pin(self.token_or_refresh())
    }

    fn reject(&self, token: &AccessToken) {
        let mut state = self.state();
        if state.current.as_ref().is_some_and(|current| current.expose() == token.expose()) {
            state.rejected = state.current.take();
        }
    }
}

impl Debug for CachedSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CachedSource").field("id", &self.id).finish_non_exhaustive()
    }
}

/// Between half of a pause and all of it, so that many processes do not come back together.
fn spread(pause: Duration) -> Duration {
    let fraction = getrandom::u32().map_or(0.5, |number| f64::from(number) / f64::from(u32::MAX));
    pause.mul_f64(0.5 + fraction / 2.0)
}

#[cfg(test)]
mod tests;
