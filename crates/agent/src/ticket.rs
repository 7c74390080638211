//! Tickets: what a program holds in the place of a credential, good at one agent alone.
//!
//! In: a name, a credential, a lifetime. Out: 256 random bits as text, given out once; the agent keeps their hash.
//! A ticket that is presented is compared with all of them, in a time that does not depend on where they differ.
//! Not here: where a request carries it (`caller`), and what it opens (`proxy`, `oauth`).

use crate::metrics::{Counted, Metrics};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hallpass::Credential;
use hallpass::http::Signer;
use hallpass::oauth::{Endpoints, Secret};
use hallpass::time::Clock;
use sha2::{Digest, Sha256};
use std::fmt;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::sync::watch;

/// How every ticket begins, so that people and scanners of secrets can tell what it is.
pub const PREFIX: &str = "hpt_";

/// Every request is compared with all of them.
const MOST: usize = 1024;

/// The SHA-256 of a ticket's text.
pub(crate) type Fingerprint = [u8; 32];

/// A ticket that was just made: the one time that its text is known.
#[derive(Clone, Debug)]
pub struct Ticket {
    id: String,
    secret: Secret,
}

impl Ticket {
    /// Returns the name under which it is listed and revoked; no secret.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Returns the text that a program presents.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.secret.expose()
    }

    /// Returns the SHA-256 of the text in hexadecimal: enough to know the ticket again, and not to present it.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        fingerprint(self.expose()).iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// A ticket in the making.
#[derive(Clone, Debug)]
#[must_use]
pub struct NewTicket {
    name: String,
    credential: Credential,
    expires_at: Option<SystemTime>,
    profile: Option<String>,
    scopes: Option<String>,
}

impl NewTicket {
    /// Opens what this credential opens, under a name that people read in lists.
    pub fn new(name: impl Into<String>, credential: Credential) -> Self {
        Self { name: name.into(), credential, expires_at: None, profile: None, scopes: None }
    }

    /// Ends at this time; without this call it lives as long as the agent.
    pub fn expires_at(self, expires_at: SystemTime) -> Self {
        Self { expires_at: Some(expires_at), ..self }
    }

    /// Says in lists whose sign-in the credential is of; without this call, the default one's.
    pub fn profile(self, profile: impl Into<String>) -> Self {
        Self { profile: Some(profile.into()), ..self }
    }

    /// Says in lists that the credential has these scopes alone; it is the credential that keeps to them.
    pub fn scopes(self, scopes: impl Into<String>) -> Self {
        Self { scopes: Some(scopes.into()), ..self }
    }
}

/// What is known of a ticket, but for its text.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TicketInfo {
    /// The name under which it is listed and revoked: eight hexadecimal digits.
    pub id: String,
    /// The name that it was given.
    pub name: String,
    /// Whose sign-in it is of, where it is not the default one's.
    pub profile: Option<String>,
    /// Its scopes, where they are fewer than the sign-in's.
    pub scopes: Option<String>,
    /// When it was made.
    pub created_at: SystemTime,
    /// When it ends, if it does before the agent.
    pub expires_at: Option<SystemTime>,
    /// When it was last presented.
    pub last_use: Option<SystemTime>,
    /// How often it was presented while it was good.
    pub uses: u64,
    /// Whether it was revoked.
    pub revoked: bool,
}

/// Why a text opens nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoTicket {
    Missing,
    Unknown,
    Revoked,
    Expired,
}

/// All tickets of one agent.
pub struct Tickets {
    all: RwLock<Vec<Arc<Held>>>,
    clock: Arc<dyn Clock>,
    endpoints: Endpoints,
    /// Where new access tokens are counted.
    metrics: Option<Arc<Metrics>>,
}

/// A ticket as the agent keeps it.
pub(crate) struct Held {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) credential: Credential,
    pub(crate) signer: Signer,
    fingerprint: Fingerprint,
    profile: Option<String>,
    scopes: Option<String>,
    created_at: SystemTime,
    expires_at: Option<SystemTime>,
    /// Seconds since 1970; none is 0.
    last_use: AtomicU64,
    uses: AtomicU64,
    revoked: watch::Sender<bool>,
}

impl Held {
    /// Waits until the ticket is revoked.
    pub(crate) async fn revoked(&self) {
        let mut revoked = self.revoked.subscribe();
        // The sender is in `self`, so it cannot be gone.
        let _ = revoked.wait_for(|revoked| *revoked).await;
    }

    pub(crate) fn is_revoked(&self) -> bool {
        *self.revoked.borrow()
    }

    pub(crate) fn is_good(&self, now: SystemTime) -> Result<(), NoTicket> {
        if self.is_revoked() {
            return Err(NoTicket::Revoked);
        }
        if self.expires_at.is_some_and(|end| end <= now) {
            return Err(NoTicket::Expired);
        }
        Ok(())
    }

    /// Notes a use.
    pub(crate) fn count(&self, now: SystemTime) {
        let seconds = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        self.last_use.store(seconds, Ordering::Relaxed);
        self.uses.fetch_add(1, Ordering::Relaxed);
    }

    fn info(&self) -> TicketInfo {
        let last_use = self.last_use.load(Ordering::Relaxed);
        TicketInfo {
            id: self.id.clone(),
            name: self.name.clone(),
            profile: self.profile.clone(),
            scopes: self.scopes.clone(),
            created_at: self.created_at,
            expires_at: self.expires_at,
            last_use: (last_use > 0).then(|| UNIX_EPOCH + Duration::from_secs(last_use)),
            uses: self.uses.load(Ordering::Relaxed),
            revoked: *self.revoked.borrow(),
        }
    }
}

impl fmt::Debug for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.info().fmt(f)
    }
}

impl Tickets {
    pub(crate) fn new(
        clock: Arc<dyn Clock>,
        endpoints: Endpoints,
        metrics: Option<Arc<Metrics>>,
    ) -> Self {
        Self { all: RwLock::default(), clock, endpoints, metrics }
    }

    /// Makes a ticket.
    ///
    /// # Errors
    ///
    /// The system has no randomness, or there are 1024 tickets already.
    pub fn issue(&self, new: NewTicket) -> io::Result<Ticket> {
        let mut random = [0; 32];
        getrandom::fill(&mut random).map_err(io::Error::other)?;
        let secret = Secret::from(format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(random)));
        let held = self.held(fingerprint(secret.expose()), new, self.clock.now());
        let id = held.id.clone();
        self.add(held)?;
        Ok(Ticket { id, secret })
    }

    /// Takes over a ticket that an earlier agent made, by its [`Ticket::fingerprint`]; returns its ID.
    ///
    /// # Errors
    ///
    /// A text that is no fingerprint, or there are 1024 tickets already.
    pub fn adopt(
        &self,
        fingerprint: &str,
        new: NewTicket,
        created_at: SystemTime,
    ) -> io::Result<String> {
        let invalid = || io::Error::new(io::ErrorKind::InvalidData, "not the SHA-256 of a ticket");
        let mut bytes = Fingerprint::default();
        if fingerprint.len() != 64 || !fingerprint.is_ascii() {
            return Err(invalid());
        }
        for (at, byte) in bytes.iter_mut().enumerate() {
            let digits = &fingerprint[2 * at..2 * at + 2];
            *byte = u8::from_str_radix(digits, 16).map_err(|_| invalid())?;
        }
        let held = self.held(bytes, new, created_at);
        let id = held.id.clone();
        self.add(held)?;
        Ok(id)
    }

    fn add(&self, held: Held) -> io::Result<()> {
        let mut all = self.all.write().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= MOST {
            all.retain(|held| !*held.revoked.borrow());
        }
        if all.len() >= MOST {
            return Err(io::Error::other(format!("there are {MOST} tickets already")));
        }
        all.push(Arc::new(held));
        Ok(())
    }

    fn held(&self, fingerprint: Fingerprint, new: NewTicket, created_at: SystemTime) -> Held {
        let id = fingerprint[..4].iter().map(|byte| format!("{byte:02x}")).collect();
        let credential = match &self.metrics {
            Some(metrics) => Counted::credential(new.credential, metrics),
            None => new.credential,
        };
        let signer = Signer::new(credential.clone()).with_endpoints(self.endpoints.clone());
        Held {
            id,
            name: new.name,
            credential,
            signer,
            fingerprint,
            profile: new.profile,
            scopes: new.scopes,
            created_at,
            expires_at: new.expires_at,
            last_use: AtomicU64::new(0),
            uses: AtomicU64::new(0),
            revoked: watch::Sender::new(false),
        }
    }

    /// Returns all of them, the oldest first.
    #[must_use]
    pub fn list(&self) -> Vec<TicketInfo> {
        self.read().iter().map(|held| held.info()).collect()
    }

    /// Ends the ticket of this ID, and the replies that are on their way to it; says whether there was one.
    pub fn revoke(&self, id: &str) -> bool {
        // An ID may stand for two by chance: both end.
        self.read().iter().filter(|held| held.id == id && !held.revoked.send_replace(true)).count()
            > 0
    }

    /// Ends all of them; returns how many there were.
    pub fn revoke_all(&self) -> usize {
        let all = self.read();
        all.iter().filter(|held| !held.revoked.send_replace(true)).count()
    }

    /// Finds the ticket of a text and counts its use.
    pub(crate) fn find(&self, text: &str) -> Result<Arc<Held>, NoTicket> {
        let presented = fingerprint(text);
        let mut found = None;
        for held in self.read().iter() {
            let differing =
                held.fingerprint.iter().zip(presented).fold(0, |bits, (a, b)| bits | (a ^ b));
            if differing == 0 {
                found = Some(Arc::clone(held));
            }
        }
        let held = found.ok_or(NoTicket::Unknown)?;
        let now = self.clock.now();
        held.is_good(now)?;
        held.count(now);
        Ok(held)
    }

    /// Returns a ticket that is listed.
    pub(crate) fn by_id(&self, id: &str) -> Option<Arc<Held>> {
        self.read().iter().rev().find(|held| held.id == id).map(Arc::clone)
    }

    fn read(&self) -> std::sync::RwLockReadGuard<'_, Vec<Arc<Held>>> {
        self.all.read().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Tickets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.list()).finish()
    }
}

fn fingerprint(text: &str) -> Fingerprint {
    Sha256::digest(text.as_bytes()).into()
}
