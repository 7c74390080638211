//! The interactions that are kept, for those that go on from them.

use crate::gemini::resources::work::Work;
use crate::ledger::Ledger;
use serde::{Deserialize, Serialize};
use serde_json::Value;

const MAX_INTERACTIONS: usize = 1_000;
/// Of all conversations together, as JSON.
const MAX_BYTES: usize = 64 * 1024 * 1024;

/// The interactions that were stored.
#[derive(Debug)]
pub(crate) struct Interactions(pub(super) Ledger<Stored>);

impl Default for Interactions {
    fn default() -> Self {
        Self(Ledger::of_bytes(MAX_INTERACTIONS, MAX_BYTES))
    }
}

impl Interactions {
    /// Adds an interaction under its id, which no other has.
    pub(super) fn add(&mut self, stored: Stored) {
        let size = stored.done.to_string().len()
            + stored.history.iter().map(|content| content.to_string().len()).sum::<usize>();
        self.0.insert_sized(stored.id.clone(), stored, size);
    }

    /// Those that are not deleted, the oldest first.
    pub(crate) fn saved(&self) -> Vec<Stored> {
        let all = self.0.entries().into_iter().map(|(_, stored)| stored);
        all.filter(|stored| !stored.is_deleted).collect()
    }

    /// The interactions of a saved state.
    ///
    /// # Errors
    /// Why there cannot be such interactions.
    pub(crate) fn restored(saved: Vec<Stored>) -> Result<Self, &'static str> {
        let mut interactions = Self::default();
        for stored in saved {
            if interactions.0.get(&stored.id).is_some() {
                return Err("an interaction comes twice");
            }
            interactions.add(stored);
        }
        Ok(interactions)
    }
}

/// One interaction, with what the next one goes on from.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Stored {
    pub(super) project: String,
    pub(super) id: String,
    /// As it is shown once it is done.
    pub(super) done: Value,
    /// The contents of the conversation, its answer included.
    pub(super) history: Vec<Value>,
    /// Work in the background; none for one that was waited for.
    pub(super) work: Option<Work>,
    pub(super) is_cancelled: bool,
    #[serde(skip)]
    pub(super) is_deleted: bool,
}
