//! The interactions that are kept, for those that go on from them.

use crate::gemini::resources::work::Work;
use crate::ledger::Ledger;
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

/// One interaction, with what the next one goes on from.
#[derive(Debug)]
pub(crate) struct Stored {
    pub(super) project: String,
    /// As it is shown once it is done.
    pub(super) done: Value,
    /// The contents of the conversation, its answer included.
    pub(super) history: Vec<Value>,
    /// Work in the background; none for one that was waited for.
    pub(super) work: Option<Work>,
    pub(super) is_cancelled: bool,
    pub(super) is_deleted: bool,
}
