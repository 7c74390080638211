//! All that the Gemini API keeps for projects.
//!
//! It stands below the emulator's state, which has it; the methods that change it stand above.

use super::caches::cache::Caches;
use super::files::file::Files;
use super::stores::store::Stores;
use super::upload::session::Uploads;

/// Files, stores and caches, with what is being uploaded.
#[derive(Debug, Default)]
pub(crate) struct Resources {
    pub(crate) files: Files,
    pub(crate) stores: Stores,
    pub(crate) caches: Caches,
    pub(crate) uploads: Uploads,
}
