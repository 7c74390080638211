//! The list of tickets that is kept for the next start, while the agent runs.
//!
//! In: tickets that are made and revoked, by a command or on the page. Out: the list, on disk after each change.
//! Not here: the tickets that count now (`hallpass_agent::Tickets`), and the form on disk (`state`).

use crate::commands::agent::state::{Kept, State};
use crate::failure::Outcome;
use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The tickets of a standing agent.
#[derive(Debug)]
pub(crate) struct List {
    state: State,
    all: Mutex<Vec<Kept>>,
}

impl List {
    /// Keeps these, which are on disk already.
    pub(crate) fn new(state: State, all: Vec<Kept>) -> Self {
        Self { state, all: Mutex::new(all) }
    }

    pub(crate) fn all(&self) -> Vec<Kept> {
        self.lock().clone()
    }

    pub(crate) fn add(&self, kept: Kept) -> Outcome {
        let mut all = self.lock();
        all.push(kept);
        self.state.keep_tickets(&all)
    }

    /// Takes tickets off the list, and their credential files away; returns their IDs, and whether the list is written.
    pub(crate) fn remove(&self, goes: impl Fn(&Kept) -> bool) -> (Vec<String>, Outcome) {
        let mut all = self.lock();
        let (gone, left): (Vec<Kept>, Vec<Kept>) = all.drain(..).partition(goes);
        *all = left;
        let saved = self.state.keep_tickets(&all);
        for kept in &gone {
            let _ = hallpass::store::remove_private(self.state.credential_file(&kept.id));
        }
        (gone.into_iter().map(|kept| kept.id).collect(), saved)
    }

    /// Takes a ticket off the list that was revoked on the page.
    pub(crate) fn forget(&self, id: &str) -> io::Result<()> {
        let (_, saved) = self.remove(|kept| kept.id == id);
        saved.map_err(|failure| io::Error::other(failure.what().to_owned()))
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Kept>> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
