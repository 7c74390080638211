//! What the agent was asked: when, by which ticket, and how it ended.
//!
//! In: one entry for each request, when the head of its reply is ready. Out: the latest ones, and each one to a
//! program that wants to write it down.
//! Never in an entry: a body, a query, a header, a ticket or a token.

use hallpass::time::Clock;
use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

/// Enough for a page; a program that wants more writes them down.
const KEPT: usize = 256;

/// A path with a long name of a model in it is cut.
const LONGEST_PATH: usize = 200;

/// One request.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Entry {
    /// When the head of the reply was ready.
    pub time: SystemTime,
    /// The ID and the name of the ticket, where a good one was presented.
    pub ticket: Option<(String, String)>,
    /// The method of HTTP.
    pub method: String,
    /// The path as it came, without its query.
    pub path: String,
    /// The status of HTTP.
    pub status: u16,
    /// The agent's own reason, where it refused: such as `TICKET_UNKNOWN`.
    pub refused: Option<&'static str>,
}

/// What takes each entry.
pub type Writer = Box<dyn Fn(&Entry) + Send + Sync>;

/// The latest entries.
pub struct Journal {
    clock: Arc<dyn Clock>,
    latest: Mutex<VecDeque<Entry>>,
    writer: Mutex<Option<Writer>>,
}

impl Journal {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, latest: Mutex::default(), writer: Mutex::new(None) }
    }

    /// Returns the latest 256 entries, the oldest first.
    #[must_use]
    pub fn latest(&self) -> Vec<Entry> {
        self.latest.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }

    /// Has every entry from now on written down.
    pub fn write_by(&self, writer: Writer) {
        *self.writer.lock().unwrap_or_else(PoisonError::into_inner) = Some(writer);
    }

    pub(crate) fn note(&self, entry: Entry) {
        if let Some(writer) = &*self.writer.lock().unwrap_or_else(PoisonError::into_inner) {
            writer(&entry);
        }
        let mut latest = self.latest.lock().unwrap_or_else(PoisonError::into_inner);
        if latest.len() >= KEPT {
            latest.pop_front();
        }
        latest.push_back(entry);
    }

    pub(crate) fn now(&self) -> SystemTime {
        self.clock.now()
    }
}

/// Returns the part of a path that an entry keeps.
pub(crate) fn shortened(path: &str) -> &str {
    if path.len() <= LONGEST_PATH {
        return path;
    }
    path.char_indices().nth(LONGEST_PATH).map_or(path, |(end, _)| &path[..end])
}

impl fmt::Debug for Journal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.latest()).finish()
    }
}
