//! How long a request may take, and how much it may bring: the numbers and their reasons.
//!
//! Not here: keeping them (`mod`, `streams`, `connector`).

use std::time::Duration;

/// A server on another continent answers a SYN in a third of a second.
const CONNECT: Duration = Duration::from_secs(5);

/// An OAuth server answers within a second; one that takes longer than this is in trouble.
const OAUTH: Duration = Duration::from_secs(20);

/// The deadline that Google publishes for `generateContent`.
const MODEL: Duration = Duration::from_secs(600);

/// Between two pieces of a stream a model may think or start a tool.
const MODEL_SILENCE: Duration = Duration::from_secs(300);

/// Routers forget a quiet connection after minutes, and then it swallows a request.
pub(super) const IDLE: Duration = Duration::from_secs(30);

/// Idle connections of one client: enough for what a program does at once, and a few MiB with TLS.
pub(super) const MOST_IDLE: usize = 64;

/// Token replies are under 20 KiB even with the longest tokens.
pub(crate) const OAUTH_REPLY: usize = 256 * 1024;

/// More than any real reply's headers.
pub(super) const HEADER_BUFFER: usize = 64 * 1024;

/// How long each part of a request may take.
///
/// The default is for an OAuth server: 5 seconds to connect, 20 for the whole of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Timeouts {
    /// Until one address takes the connection; the lookup of the name, a proxy and TLS may take as long again.
    pub connect: Duration,
    /// Until the head of the reply has come, from the request or the last piece of it that was sent.
    pub first_byte: Duration,
    /// Between two pieces of the reply's body, while the program waits for the next.
    pub silence: Duration,
    /// For the request with its reply; none is for replies that last as long as a model speaks.
    pub whole: Option<Duration>,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self { connect: CONNECT, first_byte: OAUTH, silence: OAUTH, whole: Some(OAUTH) }
    }
}

impl Timeouts {
    /// Returns those for a model that thinks: 600 seconds for the first byte, 300 of silence, no limit for the whole.
    #[must_use]
    pub fn model() -> Self {
        Self { connect: CONNECT, first_byte: MODEL, silence: MODEL_SILENCE, whole: None }
    }

    /// Gives a connection this long.
    #[must_use]
    pub fn connect(self, connect: Duration) -> Self {
        Self { connect, ..self }
    }

    /// Gives the head of the reply this long.
    #[must_use]
    pub fn first_byte(self, first_byte: Duration) -> Self {
        Self { first_byte, ..self }
    }

    /// Gives the next piece of the reply this long.
    #[must_use]
    pub fn silence(self, silence: Duration) -> Self {
        Self { silence, ..self }
    }

    /// Gives the request with its reply this long; `None` is for ever.
    #[must_use]
    pub fn whole(self, whole: impl Into<Option<Duration>>) -> Self {
        Self { whole: whole.into(), ..self }
    }
}
