//! The body of a reply, piece by piece, within its limits of time.
//!
//! In: the body of a transport's reply. Out: a stream of pieces; a cut, a silence or the end of the time is its
//! last item. Dropped before its end, it closes the connection.
//! Not here: the head of the reply.

use super::body::Body;
use super::failures;
use super::limits::Timeouts;
use crate::error::{Error, ErrorKind};
use bytes::{Bytes, BytesMut};
use futures_core::Stream;
use http::uri::Authority;
use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::task::unconstrained;
use tokio::time::{Instant, Sleep, sleep_until};

/// The body of a reply as it comes.
pub struct BodyStream {
    /// None after the end.
    body: Option<Body>,
    limits: Limits,
    /// Made at the first wait; to move its end is cheaper than to make another.
    timer: Option<Pin<Box<Sleep>>>,
    /// The program waits for a piece, and the timer ends this wait.
    waits: bool,
}

/// What one request may take, and whose reply it is.
#[derive(Clone, Debug)]
pub(super) struct Limits {
    host: Option<Authority>,
    pub(super) timeouts: Timeouts,
    /// When the time for the whole is over.
    pub(super) end: Option<Instant>,
}

impl Limits {
    pub(super) fn new(host: Option<Authority>, timeouts: Timeouts) -> Self {
        // A time-out that overflows the clock is none.
        let end = timeouts.whole.and_then(|whole| Instant::now().checked_add(whole));
        Self { host, timeouts, end }
    }

    /// Returns the host, and perhaps its port.
    pub(super) fn host(&self) -> &str {
        self.host.as_ref().map_or("", Authority::as_str)
    }

    /// Returns when a wait that begins now and may last so long is over.
    pub(super) fn until(&self, from: Instant, wait: Duration) -> Option<Instant> {
        let until = from.checked_add(wait);
        until.into_iter().chain(self.end).min()
    }

    /// The time for the whole is over, or else that of one wait.
    pub(super) fn late(&self, what: &str, wait: Duration) -> Error {
        let host = self.host();
        let why = match (self.end, self.timeouts.whole) {
            (Some(end), Some(whole)) if Instant::now() >= end => {
                format!("not finished after {}", in_words(whole))
            }
            _ => format!("silence for {}", in_words(wait)),
        };
        Error::new(ErrorKind::Timeout, format!("`{host}` {what}")).with_source(why)
    }
}

impl BodyStream {
    pub(super) fn new(body: Body, limits: Limits) -> Self {
        Self { body: Some(body), limits, timer: None, waits: false }
    }

    /// Returns the next piece; none at the end of the body.
    ///
    /// # Errors
    ///
    /// A cut connection and too long a silence, both transient. Nothing comes after them.
    pub async fn next(&mut self) -> Option<Result<Bytes, Error>> {
        poll_fn(|context| self.poll_piece(context)).await
    }

    /// Returns all that is left of the body, which must be at most `limit` bytes.
    ///
    /// # Errors
    ///
    /// Those of [`BodyStream::next`], and [`ErrorKind::TooLarge`].
    pub async fn collect(mut self, limit: usize) -> Result<Bytes, Error> {
        let mut first = Bytes::new();
        let mut all = BytesMut::new();
        while let Some(piece) = self.next().await {
            let piece = piece?;
            if first.len() + all.len() + piece.len() > limit {
                let host = self.limits.host();
                let what = format!("the reply of `{host}` is larger than {} KiB", limit / 1024);
                return Err(Error::new(ErrorKind::TooLarge, what));
            }
            // Most replies are one piece, which needs no copy.
            if first.is_empty() && all.is_empty() {
                first = piece;
                continue;
            }
            all.extend_from_slice(&std::mem::take(&mut first));
            all.extend_from_slice(&piece);
        }
        Ok(if all.is_empty() { first } else { all.freeze() })
    }

    fn poll_piece(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, Error>>> {
        let Some(body) = &mut self.body else { return Poll::Ready(None) };
        let ended = match body.poll_next(context) {
            Poll::Ready(Some(Ok(piece))) if !self.is_over() => {
                self.waits = false;
                return Poll::Ready(Some(Ok(piece)));
            }
            Poll::Ready(None) => None,
            Poll::Ready(Some(Err(error))) => Some(failures::cut(error, self.limits.host())),
            Poll::Pending if self.poll_timer(context).is_pending() => return Poll::Pending,
            _ => Some(self.limits.late("stopped within its reply", self.limits.timeouts.silence)),
        };
        self.body = None;
        Poll::Ready(ended.map(Err))
    }

    fn is_over(&self) -> bool {
        self.limits.end.is_some_and(|end| Instant::now() >= end)
    }

    fn poll_timer(&mut self, context: &mut Context<'_>) -> Poll<()> {
        if !self.waits {
            self.waits = true;
            let until = self.limits.until(Instant::now(), self.limits.timeouts.silence);
            match (&mut self.timer, until) {
                (Some(timer), Some(until)) => timer.as_mut().reset(until),
                (timer, until) => *timer = until.map(|until| Box::pin(sleep_until(until))),
            }
        }
        match &mut self.timer {
            // Also where a server whose next bytes are always there has taken all of the task's turn.
            Some(timer) => pin!(unconstrained(timer)).poll(context),
            None => Poll::Pending,
        }
    }
}

impl Stream for BodyStream {
    type Item = Result<Bytes, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_piece(context)
    }
}

impl fmt::Debug for BodyStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BodyStream").field("limits", &self.limits).finish_non_exhaustive()
    }
}

/// `20 seconds`, `1 second`, `300 milliseconds`, `1.5 seconds`.
fn in_words(time: Duration) -> String {
    let (number, unit) = match time.as_millis() {
        1000 => return "1 second".to_owned(),
        milliseconds @ 0..1000 => (milliseconds.to_string(), "milliseconds"),
        _ => (time.as_secs_f64().to_string(), "seconds"),
    };
    format!("{number} {unit}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_in_the_unit_that_fits() {
        for (milliseconds, words) in [
            (0, "0 milliseconds"),
            (300, "300 milliseconds"),
            (1000, "1 second"),
            (1500, "1.5 seconds"),
            (20_000, "20 seconds"),
        ] {
            assert_eq!(in_words(Duration::from_millis(milliseconds)), words);
        }
    }
}
