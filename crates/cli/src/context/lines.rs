//! Lines of standard input where nothing says whether one is there before it is read: on Windows.
//!
//! In: a way to read a line, which may wait for ever. Out: the line for whoever asks while it comes. A read that was
//! begun and is no longer wanted goes on, and the next question gets its line: it is never read and forgotten.

use std::io;
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

/// A line; none at the end of input.
pub(super) type Read = io::Result<Option<String>>;

/// How soon somebody who no longer waits is noticed.
const MOMENT: Duration = Duration::from_millis(50);

/// Who asks for lines.
pub(super) struct Lines {
    read: fn() -> Read,
    begun: Mutex<Option<Receiver<Read>>>,
}

impl Lines {
    pub(super) const fn new(read: fn() -> Read) -> Self {
        Self { read, begun: Mutex::new(None) }
    }

    /// Waits for the next line.
    pub(super) fn next(&self) -> Read {
        loop {
            if let Some(read) = self.soon(|| true) {
                return read;
            }
        }
    }

    /// Waits a moment for a line; one that comes when it is no longer wanted is for the next who asks.
    pub(super) fn soon(&self, wanted: impl Fn() -> bool) -> Option<Read> {
        let mut begun = self.begun.lock().unwrap_or_else(PoisonError::into_inner);
        let receiver = begun.take().unwrap_or_else(|| self.begin());
        match receiver.recv_timeout(MOMENT) {
            Ok(read) if wanted() => Some(read),
            Ok(read) => {
                let (sender, receiver) = sync_channel(1);
                let _ = sender.send(read);
                *begun = Some(receiver);
                None
            }
            Err(RecvTimeoutError::Timeout) => {
                *begun = Some(receiver);
                None
            }
            Err(RecvTimeoutError::Disconnected) => Some(Err(io::ErrorKind::Other.into())),
        }
    }

    fn begin(&self) -> Receiver<Read> {
        let ((sender, receiver), read) = (sync_channel(1), self.read);
        thread::spawn(move || sender.send(read()));
        receiver
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    /// Typed while nobody waits any longer.
    #[test]
    fn a_line_that_comes_too_late_for_one_question_answers_the_next() {
        static TYPED: AtomicUsize = AtomicUsize::new(0);
        let lines = Lines::new(|| {
            let nth = TYPED.fetch_add(1, Ordering::SeqCst);
            Ok(["first", "second"].get(nth).map(|line| (*line).to_owned()))
        });
        while TYPED.load(Ordering::SeqCst) == 0 {
            assert!(lines.soon(|| false).is_none());
        }
        assert!(lines.soon(|| false).is_none(), "it is kept, however often it is not wanted");
        assert_eq!(lines.next().expect("line").as_deref(), Some("first"));
        assert_eq!(lines.next().expect("line").as_deref(), Some("second"));
        assert_eq!(lines.next().expect("end"), None);
        assert_eq!(TYPED.load(Ordering::SeqCst), 3, "and nothing was read twice");
    }

    #[test]
    fn a_read_that_has_begun_is_not_begun_again() {
        static BEGUN: AtomicUsize = AtomicUsize::new(0);
        let lines = Lines::new(|| {
            BEGUN.fetch_add(1, Ordering::SeqCst);
            loop {
                thread::park();
            }
        });
        for _ in 0..3 {
            assert!(lines.soon(|| true).is_none());
        }
        assert_eq!(BEGUN.load(Ordering::SeqCst), 1);
    }
}
