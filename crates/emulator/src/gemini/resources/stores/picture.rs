//! The picture that a document of a store is, as `media` of the store gives it out.
//!
//! In: PNG or JPEG. Out: the bytes; in a saved state base64, unless they are too many. Source: Google's guide to File
//! Search (a model that embeds pictures, the two types).

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// How the models that embed pictures begin; others embed text alone.
const EMBEDS_PICTURES: &str = "gemini-embedding-2";
/// Larger ones are left out of a saved state, as the bytes of files are.
const MOST_SAVED: usize = 256 * 1024;

/// The bytes of a picture, if there are any.
#[derive(Debug, Clone, Default)]
pub(super) struct Picture(Option<Bytes>);

/// Whether documents of this type are pictures.
pub(super) fn is_type(mime_type: &str) -> bool {
    start(mime_type).is_some()
}

/// The first bytes of a picture of this type.
fn start(mime_type: &str) -> Option<&'static [u8]> {
    match mime_type {
        "image/png" => Some(b"\x89PNG\r\n\x1a\n"),
        "image/jpeg" => Some(b"\xff\xd8\xff"),
        _ => None,
    }
}

/// Refuses what is no picture, and every picture in a store for text. The words are our own.
pub(super) fn check(
    bytes: &[u8],
    mime_type: &str,
    embedding_model: Option<&str>,
) -> Result<(), String> {
    let model = embedding_model.unwrap_or_default();
    if !model.trim_start_matches("models/").starts_with(EMBEDS_PICTURES) {
        return Err(format!(
            "Pictures are indexed in stores with the embeddingModel models/{EMBEDS_PICTURES} alone."
        ));
    }
    match start(mime_type) {
        Some(start) if bytes.starts_with(start) => Ok(()),
        _ => Err(format!("The document is not {mime_type}.")),
    }
}

impl Picture {
    pub(super) fn new(bytes: Bytes) -> Self {
        Self(Some(bytes))
    }

    pub(super) fn bytes(&self) -> Option<&Bytes> {
        self.0.as_ref()
    }

    pub(super) fn length(&self) -> usize {
        self.0.as_ref().map_or(0, Bytes::len)
    }

    pub(super) fn is_not_saved(&self) -> bool {
        !(1..=MOST_SAVED).contains(&self.length())
    }
}

impl Serialize for Picture {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.0.as_ref().map(|bytes| BASE64_STANDARD.encode(bytes)).serialize(to)
    }
}

impl<'de> Deserialize<'de> for Picture {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let bytes = BASE64_STANDARD.decode(String::deserialize(from)?);
        bytes.map(|bytes| Self(Some(bytes.into()))).map_err(|_| D::Error::custom("not base64"))
    }
}
