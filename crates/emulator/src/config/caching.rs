//! What a configuration can say about cached contents.

use serde::{Deserialize, Serialize};

/// How small and how large cached contents may be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Caching {
    /// The tokens that a cache has at least; Google's number differs by model.
    pub min_tokens: u32,
    /// The tokens that a project may keep of one model; none: any number.
    pub most_tokens: Option<u32>,
}

impl Default for Caching {
    fn default() -> Self {
        // Remembered, of the Flash models.
        Self { min_tokens: 1024, most_tokens: None }
    }
}
