//! The one place where time is read.
//!
//! In: the system's wall clock, or a clock that a test moves. Out: `SystemTime`.
//! Not here: waiting; that is the runtime's timer.
#![expect(clippy::disallowed_methods, reason = "this is the module that reads the time")]

use std::fmt::Debug;
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

/// Tells the time.
pub trait Clock: Debug + Send + Sync {
    /// Returns the time of day.
    fn now(&self) -> SystemTime;

    /// Returns the time since the machine was started, suspended or not: it cannot be set. A clock that
    /// has none stands still at zero, and then [`Clock::now`] alone counts.
    fn uptime(&self) -> Duration {
        Duration::ZERO
    }

    /// Returns the name of this run of this machine, where it has one: [`Clock::uptime`] of another run
    /// says nothing about a time of this one.
    fn boot_id(&self) -> Option<&str> {
        None
    }
}

/// The wall clock of this machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> SystemTime {
        SystemTime::now()
    }

    fn uptime(&self) -> Duration {
        uptime()
    }

    fn boot_id(&self) -> Option<&str> {
        static BOOT_ID: LazyLock<Option<String>> = LazyLock::new(|| {
            if !cfg!(target_os = "linux") {
                return None;
            }
            let id = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
            Some(id.trim().to_owned()).filter(|id| !id.is_empty())
        });
        BOOT_ID.as_deref()
    }
}

/// Linux counts suspended hours in this clock alone; macOS counts them in `Monotonic`.
#[cfg(unix)]
fn uptime() -> Duration {
    use rustix::time::{ClockId, clock_gettime};

    #[cfg(target_os = "linux")]
    let clock = ClockId::Boottime;
    #[cfg(not(target_os = "linux"))]
    let clock = ClockId::Monotonic;
    Duration::try_from(clock_gettime(clock)).unwrap_or_default()
}

#[cfg(not(unix))]
fn uptime() -> Duration {
    use std::time::Instant;

    static FIRST_LOOK: LazyLock<Instant> = LazyLock::new(Instant::now);
    FIRST_LOOK.elapsed()
}

/// A clock that stands still until it is moved, for tests.
#[derive(Debug)]
pub struct ManualClock(Mutex<(SystemTime, Duration)>);

impl ManualClock {
    /// Returns a clock that shows this time.
    #[must_use]
    pub fn new(now: SystemTime) -> Self {
        Self(Mutex::new((now, Duration::ZERO)))
    }

    /// Moves the clock forward.
    pub fn advance(&self, by: Duration) {
        let mut times = self.times();
        *times = (times.0 + by, times.1 + by);
    }

    /// Sets the time of day alone, as a person or a time server does.
    pub fn set(&self, now: SystemTime) {
        self.times().0 = now;
    }

    fn times(&self) -> MutexGuard<'_, (SystemTime, Duration)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clock for ManualClock {
    fn now(&self) -> SystemTime {
        self.times().0
    }

    fn uptime(&self) -> Duration {
        self.times().1
    }
}
