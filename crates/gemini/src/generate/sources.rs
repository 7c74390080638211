//! Where an answer of Google Search is from.
//!
//! In: the first candidate's grounding metadata. Out: the pages, in Google's order.
//! Not here: passages of one's own documents (`file_search`).

use super::Response;
use crate::wire::wire;

wire! {
    /// A page that an answer is from.
    WebSource {
        /// Its address; often one of Google's that leads to the page.
        uri: Option<String>,
        /// Its title; often the name of its site.
        title: Option<String>,
    }
}

impl Response {
    /// Returns the pages that the answer is from, when Google has searched.
    #[must_use]
    pub fn web_sources(&self) -> Vec<WebSource> {
        let grounding =
            self.candidate().and_then(|candidate| candidate.grounding_metadata.as_ref());
        let chunks = grounding.and_then(|grounding| grounding["groundingChunks"].as_array());
        let pages = chunks.into_iter().flatten().filter_map(|chunk| chunk.get("web"));
        pages.filter_map(|page| serde_json::from_value(page.clone()).ok()).collect()
    }
}
