//! Keeps the access token of one grant and refreshes it early.
//!
//! In: a grant. Out: a token that lasts at least five minutes, if one can be had. One refresh at a time in
//! this process and across processes; the old token through a passing fault; a grant that has ended is
//! never asked for twice.
//! Specification: RFC 6749, section 6. Facts on margins: Google's clients refresh 3:45 to 5 minutes early.

use super::{TokenFuture, TokenSource};
use crate::client_secret::OAuthClient;
use crate::clock::{Clock, SystemClock};
use crate::error::{Error, ErrorKind};
use crate::grant::GrantId;
use crate::http::HttpClient;
use crate::secret::Secret;
use crate::store::{GrantRecord, StoreLock, TokenStore};
use crate::token::{AccessToken, TokenSet};
use crate::token_endpoint::TokenEndpoint;
use std::fmt::{self, Debug};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};
use tokio::time::sleep;

/// A request that passes through a fault is tried this often.
const ATTEMPTS: u32 = 3;

/// The first pause between attempts; the second is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(200);

/// How often a process looks whether another one has finished its refresh.
const LOCK_POLL: Duration = Duration::from_millis(20);

/// A process that holds the lock for longer than three timeouts is stopped; Google does not rotate refresh
/// tokens, so a second refresh does no harm.
const LOCK_WAIT: Duration = Duration::from_secs(60);

/// With a token in hand that is still good, nobody waits for another process longer than a refresh takes.
const SHORT_LOCK_WAIT: Duration = Duration::from_secs(2);

/// After a failed refresh with a token that is still good, the server is left alone this long.
const COOL_DOWN: Duration = Duration::from_secs(30);

/// Keeps the access token of one grant, here and in a store, and refreshes it early.
pub struct CachedSource {
    endpoint: TokenEndpoint,
    store: Arc<dyn TokenStore>,
    clock: Arc<dyn Clock>,
    on_rotation: Option<OnRotation>,
    state: Mutex<State>,
    /// Held over each refresh.
    flight: tokio::sync::Mutex<()>,
}

type OnRotation = Box<dyn Fn(&Secret) -> Result<(), Error> + Send + Sync>;

/// What changes from refresh to refresh.
struct State {
    id: GrantId,
    refresh_token: Secret,
    current: Option<Arc<AccessToken>>,
    /// A server has refused this one.
    rejected: Option<Arc<AccessToken>>,
    quiet_until: Option<SystemTime>,
    /// How many refreshes have failed, and how the last one did: those who waited for it share its end.
    failures: u64,
    failure: Option<Error>,
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
        let state = State {
            id: GrantId::of(client.client_id(), &refresh_token),
            refresh_token,
            current: None,
            rejected: None,
            quiet_until: None,
            failures: 0,
            failure: None,
        };
        Self {
            endpoint: TokenEndpoint::new(http, client, Arc::clone(&clock)),
            store,
            clock,
            on_rotation: None,
            state: Mutex::new(state),
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
        let id = self.state().id.clone();
        Ok(self.adopt(self.store.load(&id)?.as_ref(), Self::MARGIN))
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

    /// Returns a token that is good now, however little of it is left.
    fn still_good(&self, record: Option<&GrantRecord>) -> Option<Arc<AccessToken>> {
        self.in_hand(Duration::ZERO).or_else(|| self.adopt(record, Duration::ZERO))
    }

    async fn token_or_refresh(&self) -> Result<Arc<AccessToken>, Error> {
        if let Some(token) = self.in_hand(Self::MARGIN) {
            return Ok(token);
        }
        let failures = self.state().failures;
        let _one_at_a_time = self.flight.lock().await;
        if let Some(token) = self.in_hand(Self::MARGIN).or_else(|| self.good_through_a_fault()) {
            return Ok(token);
        }
        if let Some(error) = self.failed_since(failures) {
            return Err(error);
        }
        let ended = self.adopt_or_refresh().await;
        if let Err(error) = &ended {
            let mut state = self.state();
            state.failures += 1;
            state.failure = Some(error.clone());
        }
        ended
    }

    /// Within the cool-down, a token that is still good is better than another failed refresh.
    fn good_through_a_fault(&self) -> Option<Arc<AccessToken>> {
        let quiet = self.state().quiet_until.is_some_and(|until| self.clock.now() < until);
        if quiet { self.in_hand(Duration::ZERO) } else { None }
    }

    /// A refresh that failed while somebody waited for it is not repeated for each of them.
    fn failed_since(&self, failures: u64) -> Option<Error> {
        let state = self.state();
        if state.failures == failures { None } else { state.failure.clone() }
    }

    fn cool_down(&self) {
        self.state().quiet_until = Some(self.clock.now() + COOL_DOWN);
    }

    async fn adopt_or_refresh(&self) -> Result<Arc<AccessToken>, Error> {
        let (id, refresh_token) = {
            let state = self.state();
            (state.id.clone(), state.refresh_token.clone())
        };
        let record = self.store.load(&id)?;
        if let Some(token) = self.adopt(record.as_ref(), Self::MARGIN) {
            return Ok(token);
        }
        let old = self.still_good(record.as_ref());
        let patience = if old.is_some() { SHORT_LOCK_WAIT } else { LOCK_WAIT };
        let lock = self.lock(&id, patience).await;
        if let (None, Some(old)) = (&lock, old) {
            self.cool_down();
            return Ok(old);
        }
        // Another process may have refreshed while we waited.
        let record = self.store.load(&id)?;
        if let Some(token) = self.adopt(record.as_ref(), Self::MARGIN) {
            return Ok(token);
        }
        match self.refresh(&refresh_token).await {
            Ok(tokens) => self.keep(id, &refresh_token, record.unwrap_or_default(), tokens),
            Err(error) if error.is_transient() => {
                self.cool_down();
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

    async fn refresh(&self, refresh_token: &Secret) -> Result<TokenSet, Error> {
        let mut pause = FIRST_PAUSE;
        for _ in 1..ATTEMPTS {
            match self.endpoint.refresh(refresh_token, None).await {
                Err(error) if error.is_transient() => {
                    tracing::debug!(kind = ?error.kind(), "the refresh will be tried again");
                    sleep(spread(pause)).await;
                    pause *= 2;
                }
                ended => return ended,
            }
        }
        self.endpoint.refresh(refresh_token, None).await
    }

    fn keep(
        &self,
        mut id: GrantId,
        old: &Secret,
        record: GrantRecord,
        tokens: TokenSet,
    ) -> Result<Arc<AccessToken>, Error> {
        let token = Arc::new(tokens.access_token.clone());
        let rotated = tokens.refresh_token.filter(|new| !new.is(old.expose()));
        {
            let mut state = self.state();
            (state.current, state.rejected) = (Some(Arc::clone(&token)), None);
            (state.quiet_until, state.failure) = (None, None);
            if let Some(rotated) = &rotated {
                id = GrantId::of(self.endpoint.client_id(), rotated);
                (state.id, state.refresh_token) = (id.clone(), rotated.clone());
            }
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
        self.state().current = None;
        if let Some(record) = record.filter(|record| record.access_token.is_some()) {
            self.save(id, &GrantRecord { access_token: None, ..record });
        }
    }

    /// A full disk or a read-only home must not cost the caller the token in hand.
    fn save(&self, id: &GrantId, record: &GrantRecord) {
        if let Err(error) = self.store.save(id, record) {
            tracing::warn!(%error, "the side record is not saved");
        }
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
        f.debug_struct("CachedSource").field("id", &self.state().id).finish_non_exhaustive()
    }
}

/// Between half of a pause and all of it, so that many processes do not come back together.
fn spread(pause: Duration) -> Duration {
    let fraction = getrandom::u32().map_or(0.5, |number| f64::from(number) / f64::from(u32::MAX));
    pause.mul_f64(0.5 + fraction / 2.0)
}
