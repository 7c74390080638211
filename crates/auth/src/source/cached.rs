//! Keeps the access token of one grant and refreshes it early.
//!
//! In: a store and a key, or a grant. Out: a token that lasts at least five minutes, if one can be had. One
//! refresh at a time in this process and across processes; the old token through a passing fault; a new sign-in
//! of another process is picked up at the next refresh.
//! Specification: RFC 6749, section 6. Facts on margins: Google's clients refresh 3:45 to 5 minutes early.
//! Not here: the place in the store (`slot`).

use super::flight::{self, Early, Flight, Refresher, Refreshing};
use super::slot::{Loaded, Slot};
use super::{TokenFuture, TokenSource};
use crate::clock::{Clock, SystemClock};
use crate::endpoints::Endpoints;
use crate::error::{Error, ErrorKind};
use crate::formats::client_secret::OAuthClient;
use crate::grant::GrantId;
use crate::http::HttpClient;
use crate::secret::Secret;
use crate::store::{Claim, GrantKey, GrantStore, Lease, SavedToken, StoredGrant};
use crate::token::{AccessToken, TokenSet};
use crate::token_endpoint::TokenEndpoint;
use std::fmt::{self, Debug};
use std::sync::Arc;
use std::time::Duration;
use tracing::Span;

/// A process that holds the lease for longer than three timeouts is stopped; Google does not rotate refresh
/// tokens, so a second refresh does no harm.
const LEASE_WAIT: Duration = Duration::from_secs(60);

/// While the old token is still good, another process is waited for no longer than a refresh takes.
const SHORT_LEASE_WAIT: Duration = Duration::from_secs(2);

/// Keeps the access token of one grant, here and in a store, and refreshes it early.
pub struct CachedSource(Arc<Inner>);

struct Inner {
    slot: Slot,
    http: HttpClient,
    client: Option<OAuthClient>,
    endpoints: Option<Endpoints>,
    flight: Flight,
}

/// Sets up a [`CachedSource`].
#[must_use]
pub struct CachedSourceBuilder {
    store: Arc<dyn GrantStore>,
    key: GrantKey,
    grant: Option<StoredGrant>,
    http: HttpClient,
    client: Option<OAuthClient>,
    endpoints: Option<Endpoints>,
    clock: Arc<dyn Clock>,
    early: Early,
}

impl CachedSourceBuilder {
    /// Begins with this grant where the store holds none under the key.
    pub fn grant(self, grant: StoredGrant) -> Self {
        Self { grant: Some(grant), ..self }
    }

    /// Sends requests through this client.
    pub fn http(self, http: HttpClient) -> Self {
        Self { http, ..self }
    }

    /// Takes secret and addresses of this OAuth client while the grant is this client's.
    pub fn client(self, client: OAuthClient) -> Self {
        Self { client: Some(client), ..self }
    }

    /// Talks to these servers in the place of those that the grant names.
    pub fn endpoints(self, endpoints: Endpoints) -> Self {
        Self { endpoints: Some(endpoints), ..self }
    }

    /// Reads the time from this clock.
    pub fn clock(self, clock: Arc<dyn Clock>) -> Self {
        Self { clock, ..self }
    }

    /// Chooses whether callers wait for a refresh while the old token is still good for minutes.
    pub fn early(self, early: Early) -> Self {
        Self { early, ..self }
    }

    /// Returns the source; nothing is read or sent before the first token is asked for.
    #[must_use]
    pub fn build(self) -> CachedSource {
        CachedSource(Arc::new(Inner {
            slot: Slot::new(self.store, self.key, self.grant),
            http: self.http,
            client: self.client,
            endpoints: self.endpoints,
            flight: Flight::new(self.clock, self.early),
        }))
    }
}

impl CachedSource {
    /// A token with less time left is refreshed.
    pub const MARGIN: Duration = flight::MARGIN;

    /// Sets up a source for the grant that a store holds under this key.
    pub fn builder(
        store: impl GrantStore + 'static,
        key: impl Into<GrantKey>,
    ) -> CachedSourceBuilder {
        CachedSourceBuilder {
            store: Arc::new(store),
            key: key.into(),
            grant: None,
            http: HttpClient::default(),
            client: None,
            endpoints: None,
            clock: Arc::new(SystemClock),
            early: Early::default(),
        }
    }

    /// Makes a source for a grant whose client and refresh token are at hand. The store keeps it under its
    /// [`GrantId`], with its access token.
    #[must_use]
    pub fn new(
        client: OAuthClient,
        refresh_token: Secret,
        http: HttpClient,
        store: impl GrantStore + 'static,
    ) -> Self {
        let key = GrantId::of(client.client_id(), &refresh_token);
        let grant = StoredGrant::new(&client, refresh_token);
        Self::builder(store, key).grant(grant).client(client).http(http).build()
    }
}

impl Inner {
    /// Takes over the token of a grant, unless a server has refused that very token.
    fn adopt(&self, grant: &StoredGrant, margin: Duration) -> Option<Arc<AccessToken>> {
        if let Some(token) = self.flight.in_hand(margin) {
            return Some(token);
        }
        let saved = grant.access_token.as_ref()?;
        let left = saved.left(self.flight.clock.as_ref());
        if left <= margin || self.flight.is_spent(saved.token()) {
            return None;
        }
        let token = Arc::new(saved.token().clone());
        self.flight.hold(&token, left);
        Some(token)
    }

    /// Returns a token that is good now, however little of it is left.
    fn still_good(&self, grant: &StoredGrant) -> Option<Arc<AccessToken>> {
        self.adopt(grant, Duration::ZERO)
    }

    async fn adopt_or_refresh(&self) -> Result<Arc<AccessToken>, Error> {
        let loaded = self.slot.load().await?;
        if let Some(token) = self.adopt(&loaded.grant, flight::MARGIN) {
            return Ok(token);
        }
        let old = self.still_good(&loaded.grant);
        let wait = if old.is_some() { SHORT_LEASE_WAIT } else { LEASE_WAIT };
        let lease = match self.slot.lock(wait).await {
            Ok(Some(lease)) => lease,
            Ok(None) => {
                tracing::warn!("another process holds the lease of this grant");
                if let Some(old) = old {
                    self.flight.cool_down();
                    return Ok(old);
                }
                Lease::until_dropped(())
            }
            // A read-only home must not cost the caller its token: two refreshes do no harm.
            Err(error) => {
                tracing::warn!(%error, "the refresh goes on without a lease");
                Lease::until_dropped(())
            }
        };
        let ended = lease.during(self.refresh_now()).await;
        if let Err(error) = lease.release().await {
            tracing::debug!(%error, "the lease is not given back");
        }
        ended
    }

    async fn refresh_now(&self) -> Result<Arc<AccessToken>, Error> {
        // Another process may have refreshed while we waited.
        let mut loaded = self.slot.load().await?;
        loop {
            if let Some(token) = self.adopt(&loaded.grant, flight::MARGIN) {
                return Ok(token);
            }
            let endpoint = self.endpoint(&loaded)?;
            let used = loaded.refresh_token.clone();
            match flight::patiently(|| endpoint.refresh(&used, None)).await {
                Ok(tokens) => return self.keep(loaded, tokens).await,
                Err(error) if error.is_transient() => {
                    self.flight.cool_down();
                    return self.still_good(&loaded.grant).ok_or(error);
                }
                Err(error) => {
                    if !matches!(error.kind(), ErrorKind::InvalidGrant { .. }) {
                        return Err(error);
                    }
                    self.flight.let_go();
                    self.slot.forget_token(loaded, self.flight.clock.now()).await;
                    // The user may have signed in again meanwhile.
                    loaded = self.slot.load().await?;
                    if loaded.refresh_token.ct_eq(used.expose()) {
                        return Err(error);
                    }
                }
            }
        }
    }

    fn endpoint(&self, loaded: &Loaded) -> Result<TokenEndpoint, Error> {
        let stored = loaded.grant.client().ok_or_else(|| {
            let what = "the store holds a sign-in without its OAuth client";
            Error::new(ErrorKind::CredentialFileMalformed, what)
        })?;
        let known = self.client.as_ref().filter(|it| it.client_id() == stored.client_id());
        let client = known.cloned().unwrap_or(stored);
        let client = match &self.endpoints {
            Some(endpoints) => client.with_endpoints(endpoints),
            None => client,
        };
        Ok(TokenEndpoint::new(self.http.clone(), client, Arc::clone(&self.flight.clock)))
    }

    async fn keep(&self, loaded: Loaded, tokens: TokenSet) -> Result<Arc<AccessToken>, Error> {
        let clock = self.flight.clock.as_ref();
        let token = Arc::new(tokens.access_token.clone());
        let left = token.expires_at().duration_since(clock.now()).unwrap_or_default();
        self.flight.hold(&token, left);
        let saved = SavedToken::new(tokens.access_token, clock);
        let rotated = tokens.refresh_token.filter(|new| !loaded.refresh_token.ct_eq(new.expose()));
        let end = tokens.refresh_token_expires_at;
        let confirmed = [
            (Claim::Account, tokens.account.is_some()),
            (Claim::Scopes, tokens.scopes.is_some()),
            (Claim::RefreshTokenExpiresAt, end.is_some()),
        ];
        let change = move |mut grant: StoredGrant| {
            grant.claimed.retain(|claim| !confirmed.contains(&(*claim, true)));
            StoredGrant {
                scopes: tokens.scopes.clone().or(grant.scopes),
                account: tokens.account.clone().or(grant.account),
                refresh_token_expires_at: end.or(grant.refresh_token_expires_at),
                refused_at: None,
                access_token: Some(saved.clone()),
                ..grant
            }
        };
        self.slot.keep(loaded, rotated, change).await?;
        Ok(token)
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
        tracing::debug_span!("refresh", grant = self.slot.key().as_str())
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
        f.debug_struct("CachedSource").field("key", self.0.slot.key()).finish_non_exhaustive()
    }
}

impl Debug for CachedSourceBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CachedSourceBuilder").field("key", &self.key).finish_non_exhaustive()
    }
}
