//! What a configuration can say about work that Google does in its own time.

use serde::{Deserialize, Serialize};

/// How long files are processed and documents indexed, and what of it fails.
///
/// Work is done when `seconds` have passed on the virtual clock or once `polls` questions were answered with "not
/// yet", whichever is first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Processing {
    /// How long work takes, in seconds of the virtual clock.
    pub seconds: u32,
    /// How many questions are answered with "not yet" at most; none: only the clock counts.
    pub polls: Option<u32>,
    /// Beginnings of the types whose files are processed; others are active at once.
    pub types: Vec<String>,
    /// Display names, or beginnings of types, of files that cannot be processed and documents that cannot be indexed.
    pub fail: Vec<String>,
}

impl Default for Processing {
    fn default() -> Self {
        // That only media are processed for a while is remembered.
        let types = ["video/", "audio/"].map(str::to_owned).into();
        Self { seconds: 2, polls: Some(1), types, fail: Vec::new() }
    }
}

impl Processing {
    pub(crate) fn is_slow(&self, mime_type: &str) -> bool {
        self.types.iter().any(|start| mime_type.starts_with(start.as_str()))
    }

    pub(crate) fn fails(&self, display_name: Option<&str>, mime_type: &str) -> bool {
        let meets = |one: &String| {
            display_name == Some(one.as_str()) || mime_type.starts_with(one.as_str())
        };
        self.fail.iter().any(|one| !one.is_empty() && meets(one))
    }
}
