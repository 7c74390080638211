//! One refresh at a time, for all who wait; the token in hand, read without a lock.
//!
//! In: something that can refresh (`Refresher`). Out: the token in hand while it is good; near its end the
//! same, with a refresh in the background; after it, the end of the one refresh that is under way.
//! The refresh is a task of its own: a caller that goes away takes nothing from the others. If its runtime
//! goes away, the next caller begins anew on their own.
//! Not here: what a refresh does (`cached`, `in_memory`).

use crate::clock::Clock;
use crate::error::{Error, ErrorKind};
use crate::token::AccessToken;
use arc_swap::ArcSwapOption;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};
use tokio::sync::watch;
use tokio::time::sleep;
use tracing::{Instrument, Span};

/// A token with less time left is refreshed: Node's client, the earliest of Google's, asks again below
/// five minutes.
pub(super) const MARGIN: Duration = Duration::from_secs(5 * 60);

/// A token with less time left is not handed out while a refresh runs: Python's client, the latest of
/// Google's, asks again below this.
const LATEST: Duration = Duration::from_secs(3 * 60 + 45);

/// After a failed refresh with a token that is still good, the server is left alone this long.
const COOL_DOWN: Duration = Duration::from_secs(30);

/// A request that passes through a fault is tried this often.
const ATTEMPTS: u32 = 3;

/// The first pause between attempts; the second is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(200);

/// How often a refresh may vanish with its runtime before that is an error.
const RUNTIMES: u32 = 3;

/// Whether a caller waits for a refresh while the old token is still good for minutes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Early {
    /// The old token is handed out, and one refresh runs in the background: for programs that stay.
    #[default]
    InBackground,
    /// The caller waits: for commands, which end before a background refresh does.
    Wait,
}

/// Gets a token, puts it into the slot of its flight, and returns it.
pub(super) trait Refresher: Send + Sync + 'static {
    fn flight(&self) -> &Flight;
    fn refresh(self: Arc<Self>) -> Refreshing;
    /// Returns what stands around everything that a refresh logs.
    fn span(&self) -> Span;
}

pub(super) type Refreshing = Pin<Box<dyn Future<Output = Result<Arc<AccessToken>, Error>> + Send>>;

/// How a refresh ended; nothing while it is under way.
type Landed = Option<Result<Arc<AccessToken>, Error>>;

pub(super) struct Flight {
    slot: ArcSwapOption<Held>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) early: Early,
    state: Mutex<State>,
}

/// A token, and when it ends on the clock that cannot be set.
struct Held {
    token: Arc<AccessToken>,
    ends_at_uptime: Duration,
}

#[derive(Default)]
struct State {
    running: Option<watch::Receiver<Landed>>,
    /// A server has refused this one.
    rejected: Option<Arc<AccessToken>>,
    quiet_until: Option<SystemTime>,
}

impl Flight {
    pub(super) fn new(clock: Arc<dyn Clock>, early: Early) -> Self {
        Self { slot: ArcSwapOption::empty(), clock, early, state: Mutex::default() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the token in hand, if it lasts that long by both clocks: the wall clock may be set back, and
    /// only the other one counts on through a suspended night.
    pub(super) fn in_hand(&self, margin: Duration) -> Option<Arc<AccessToken>> {
        let held = self.slot.load();
        let held = held.as_ref().filter(|held| self.lasts(held, margin))?;
        Some(Arc::clone(&held.token))
    }

    /// Says whether this very token is in hand and lasts that long.
    pub(super) fn is_in_hand(&self, token: &Arc<AccessToken>, margin: Duration) -> bool {
        let held = self.slot.load();
        held.as_ref()
            .is_some_and(|held| Arc::ptr_eq(&held.token, token) && self.lasts(held, margin))
    }

    fn lasts(&self, held: &Held, margin: Duration) -> bool {
        held.token.is_fresh(self.clock.now(), margin)
            && self.clock.uptime() + margin < held.ends_at_uptime
    }

    /// Takes a token into hand that lasts so long.
    pub(super) fn hold(&self, token: &Arc<AccessToken>, left: Duration) {
        let ends_at_uptime = self.clock.uptime() + left;
        self.slot.store(Some(Arc::new(Held { token: Arc::clone(token), ends_at_uptime })));
        let mut state = self.state();
        (state.rejected, state.quiet_until) = (None, None);
    }

    pub(super) fn let_go(&self) {
        self.slot.store(None);
    }

    pub(super) fn reject(&self, token: &AccessToken) {
        let held = self.slot.load_full();
        if let Some(held) = held.filter(|held| held.token.expose() == token.expose()) {
            self.let_go();
            self.state().rejected = Some(Arc::clone(&held.token));
        }
    }

    /// Says whether this token is known to be no good: a server has refused it, or it is the one in hand,
    /// which lasts no longer by any clock than by ours.
    pub(super) fn is_spent(&self, token: &AccessToken) -> bool {
        let same = |old: &AccessToken| old.expose() == token.expose();
        let held = self.slot.load();
        held.as_ref().is_some_and(|held| same(&held.token))
            || self.state().rejected.as_deref().is_some_and(same)
    }

    pub(super) fn cool_down(&self) {
        self.state().quiet_until = Some(self.clock.now() + COOL_DOWN);
    }

    fn is_quiet(&self) -> bool {
        self.state().quiet_until.is_some_and(|until| self.clock.now() < until)
    }
}

/// Returns a token that is good now.
pub(super) async fn token<R: Refresher>(refresher: &Arc<R>) -> Result<Arc<AccessToken>, Error> {
    let flight = refresher.flight();
    for _ in 0..RUNTIMES {
        if let Some(token) = flight.in_hand(MARGIN) {
            return Ok(token);
        }
        // Within the cool-down, a token that is still good is better than another failed refresh.
        if let Some(token) = flight.in_hand(Duration::ZERO).filter(|_| flight.is_quiet()) {
            return Ok(token);
        }
        let mut landing = join_or_start(refresher);
        if let Some(token) = flight.in_hand(LATEST).filter(|_| flight.early == Early::InBackground)
        {
            return Ok(token);
        }
        if let Ok(landed) = landing.wait_for(Option::is_some).await
            && let Some(ended) = landed.clone()
        {
            return ended;
        }
    }
    Err(Error::new(ErrorKind::Connect, "the refresh ended with the runtime it ran on"))
}

fn join_or_start<R: Refresher>(refresher: &Arc<R>) -> watch::Receiver<Landed> {
    let mut state = refresher.flight().state();
    if let Some(running) = &state.running
        && running.borrow().is_none()
        && running.has_changed().is_ok()
    {
        return running.clone();
    }
    let (landing, landed) = watch::channel(None);
    state.running = Some(landed.clone());
    let (refresh, span) = (Arc::clone(refresher).refresh(), refresher.span());
    // A task inside the task: its panic comes back as a value, and its runtime's end as another one.
    let refresh = refresh.instrument(span.clone());
    let landing = async move {
        let ended = match tokio::spawn(refresh).await {
            Ok(ended) => ended,
            Err(error) if error.is_panic() => Err(panicked()),
            Err(_) => return,
        };
        match &ended {
            Ok(_) => tracing::debug!("there is a token"),
            Err(error) => tracing::debug!(kind = ?error.kind(), "there is no token"),
        }
        landing.send_replace(Some(ended));
    };
    tokio::spawn(landing.instrument(span));
    landed
}

/// A fault in the program's own store or `Fetch`: trying again would only repeat it.
fn panicked() -> Error {
    Error::new(ErrorKind::Panicked, "the refresh ended in a panic of a store or a source")
}

/// Sends a request again, with pauses, while its failure may pass.
pub(super) async fn patiently<T, F>(mut attempt: impl FnMut() -> F) -> Result<T, Error>
where
    F: Future<Output = Result<T, Error>>,
{
    let mut pause = FIRST_PAUSE;
    for _ in 1..ATTEMPTS {
        match attempt().await {
            Err(error) if error.is_transient() => {
                tracing::debug!(kind = ?error.kind(), "the refresh will be tried again");
                sleep(spread(pause)).await;
                pause *= 2;
            }
            ended => return ended,
        }
    }
    attempt().await
}

/// Between half of a pause and all of it, so that many processes do not come back together.
fn spread(pause: Duration) -> Duration {
    let fraction = getrandom::u32().map_or(0.5, |number| f64::from(number) / f64::from(u32::MAX));
    pause.mul_f64(0.5 + fraction / 2.0)
}
