//! What a store keeps of a document: its text in pieces, or a picture with the words that it is found by.
//!
//! In: the bytes and what is known of them. Out: the pieces and the picture, or why the document cannot be indexed.
//! Google finds pictures by what they show; the emulator finds them by their names and metadata.

use super::chunks::{self, Chunk, Sizes};
use super::picture::{self, Picture};
use super::{Given, text};
use serde_json::Value;

/// What is searched of a document, and the picture that it is.
#[derive(Debug, Default)]
pub(super) struct Content {
    pub(super) chunks: Vec<Chunk>,
    pub(super) picture: Picture,
}

impl Content {
    /// Reads a document for a store that embeds with this model.
    pub(super) fn read(
        given: &Given<'_>,
        metadata: &[Value],
        embedding_model: Option<&str>,
        sizes: Sizes,
    ) -> Result<Self, String> {
        let bytes = given.bytes.as_ref().ok_or(
            "The emulator keeps files up to 16 MiB, and 64 MiB in all; the bytes of this one are gone.",
        )?;
        if !picture::is_type(given.mime_type) {
            let pages = text::read(given.mime_type, bytes)?;
            return Ok(Self { chunks: chunks::cut(&pages, sizes), ..Self::default() });
        }
        picture::check(bytes, given.mime_type, embedding_model)?;
        let words = words(given.display_name, metadata);
        let chunks = chunks::cut(&[(None, words)], sizes);
        Ok(Self { chunks, picture: Picture::new(bytes.clone()) })
    }

    pub(super) fn length(&self) -> usize {
        self.chunks.iter().map(|chunk| chunk.text.len()).sum::<usize>() + self.picture.length()
    }
}

/// The words that a picture is found by.
fn words(display_name: Option<&str>, metadata: &[Value]) -> String {
    let mut words = vec![display_name.unwrap_or_default().to_owned()];
    for one in metadata {
        words.extend(one["key"].as_str().map(str::to_owned));
        words.extend(one["stringValue"].as_str().map(str::to_owned));
        let list = one["stringListValue"]["values"].as_array().into_iter().flatten();
        words.extend(list.filter_map(Value::as_str).map(str::to_owned));
    }
    words.join(" ")
}
