//! A document's text cut into the pieces that are searched.
//!
//! In: the text, page by page where it has pages, and `chunkingConfig`. Out: pieces of at most so many words, each
//! beginning with the last words of the one before. A piece ends early where a paragraph ends in its second half.
//! The defaults and the greatest sizes are our own: Google does not publish them.

use crate::api::error::ApiError;
use serde::{Deserialize, Serialize};
use serde_json::Value;

const DEFAULT_WORDS: usize = 200;
const DEFAULT_OVERLAP: usize = 20;
/// From memory: Google's greatest piece.
const MOST_WORDS: usize = 512;

/// A piece of a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Chunk {
    pub(super) text: String,
    /// The page that it is on, counted from 1; none for what has no pages.
    pub(super) page: Option<u32>,
}

/// How large pieces are, in words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sizes {
    most: usize,
    overlap: usize,
}

impl Default for Sizes {
    fn default() -> Self {
        Self { most: DEFAULT_WORDS, overlap: DEFAULT_OVERLAP }
    }
}

impl Sizes {
    /// Reads a `ChunkingConfig`.
    pub(super) fn of(config: &Value) -> Result<Self, ApiError> {
        let config = &config["whiteSpaceConfig"];
        let number =
            |name: &str| config[name].as_u64().and_then(|number| usize::try_from(number).ok());
        let most = number("maxTokensPerChunk").unwrap_or(DEFAULT_WORDS);
        let overlap = number("maxOverlapTokens").unwrap_or(DEFAULT_OVERLAP.min(most / 10));
        // Own words: no capture of this error is known.
        if !(1..=MOST_WORDS).contains(&most) || overlap >= most {
            return Err(ApiError::InvalidArgument(format!(
                "* chunking_config.white_space_config: max_tokens_per_chunk is from 1 to {MOST_WORDS}, and \
                 max_overlap_tokens is less"
            )));
        }
        Ok(Self { most, overlap })
    }
}

/// Cuts pages of text; a text without pages is one page without a number.
pub(super) fn cut(pages: &[(Option<u32>, String)], sizes: Sizes) -> Vec<Chunk> {
    let mut chunks = Vec::new();
    for (page, text) in pages {
        cut_page(text, *page, sizes, &mut chunks);
    }
    chunks
}

fn cut_page(text: &str, page: Option<u32>, sizes: Sizes, chunks: &mut Vec<Chunk>) {
    let words = words(text);
    let mut first = 0;
    while first < words.len() {
        let most = (first + sizes.most).min(words.len());
        let last = if most == words.len() { most } else { end(text, &words, (first, most)) };
        let piece = text[words[first].0..words[last - 1].1].to_owned();
        chunks.push(Chunk { text: piece, page });
        if last == words.len() {
            break;
        }
        first = last.saturating_sub(sizes.overlap).max(first + 1);
    }
}

/// Where each word begins and ends.
fn words(text: &str) -> Vec<(usize, usize)> {
    let start = text.as_ptr().addr();
    let place = |word: &str| {
        let at = word.as_ptr().addr() - start;
        (at, at + word.len())
    };
    text.split_whitespace().map(place).collect()
}

/// The end of a piece: after the last paragraph that ends in its second half, else where it is full.
fn end(text: &str, words: &[(usize, usize)], (first, most): (usize, usize)) -> usize {
    let half = first + (most - first) / 2 + 1;
    let ends_paragraph = |at: &usize| {
        let between = &text[words[at - 1].1..words[*at].0];
        between.matches('\n').count() > 1
    };
    (half..=most).rev().find(ends_paragraph).unwrap_or(most)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn texts(text: &str, most: usize, overlap: usize) -> Vec<String> {
        let pages = [(None, text.to_owned())];
        cut(&pages, Sizes { most, overlap }).into_iter().map(|chunk| chunk.text).collect()
    }

    #[test]
    fn pieces_overlap_and_end_with_paragraphs() {
        assert_eq!(texts("a b c d e", 2, 0), ["a b", "c d", "e"]);
        assert_eq!(texts("a b c d e", 3, 1), ["a b c", "c d e"]);
        assert_eq!(texts("a b c\n\nd e f", 4, 0), ["a b c", "d e f"]);
        assert_eq!(texts(" a\u{a0}b  c ", 9, 0), ["a\u{a0}b  c"]);
        assert!(texts(" \n", 2, 0).is_empty());
    }

    #[test]
    fn sizes_are_checked() {
        let of = |most: u64, overlap: u64| {
            Sizes::of(
                &json!({"whiteSpaceConfig": {"maxTokensPerChunk": most, "maxOverlapTokens": overlap}}),
            )
        };
        assert_eq!(of(5, 2).unwrap(), Sizes { most: 5, overlap: 2 });
        for (most, overlap) in [(0, 0), (513, 0), (5, 5)] {
            of(most, overlap).expect_err("wrong sizes");
        }
        assert_eq!(Sizes::of(&Value::Null).unwrap(), Sizes { most: 200, overlap: 20 });
    }
}
