//! A document of a store, as replies show it, and the operation that indexes it.
//!
//! In: what was uploaded or imported. Out: `Document` and `Operation` as JSON. The operation has the document's own id,
//! so that it lives as long as the document.

use super::chunks::Chunk;
use super::picture::{self, Picture};
use crate::api::error::ApiError;
use crate::clock;
use crate::gemini::resources::work::{Progress, Work};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::time::SystemTime;

const MOST_METADATA: usize = 20;

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Document {
    pub(crate) id: String,
    pub(crate) display_name: Option<String>,
    pub(super) metadata: Vec<Value>,
    pub(crate) mime_type: String,
    pub(crate) size: u64,
    #[serde(with = "clock::stamp")]
    pub(super) created: SystemTime,
    pub(super) work: Work,
    /// Why it cannot be indexed.
    pub(super) fault: Option<String>,
    /// How its operation is named: by an upload, or by an import.
    pub(super) is_uploaded: bool,
    pub(super) chunks: Vec<Chunk>,
    /// The picture that it is; `media` of its store. None of a text, and none of what was too large to be saved.
    #[serde(default, skip_serializing_if = "Picture::is_not_saved")]
    pub(super) picture: Picture,
}

/// A `Document` of the API.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Shown {
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    display_name: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    custom_metadata: Vec<Value>,
    update_time: String,
    create_time: String,
    state: &'static str,
    size_bytes: String,
    mime_type: String,
}

/// An `Operation` of the API.
#[derive(Debug, Serialize)]
pub(crate) struct Operation {
    name: String,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    done: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    response: Option<Value>,
}

impl Document {
    /// Its name for people, else its id.
    pub(crate) fn title(&self) -> &str {
        self.display_name.as_deref().unwrap_or(&self.id)
    }

    pub(crate) fn state(&self, now: SystemTime) -> &'static str {
        match self.work.progress(now) {
            Progress::Pending => "STATE_PENDING",
            Progress::Done => "STATE_ACTIVE",
            Progress::Failed => "STATE_FAILED",
        }
    }

    pub(super) fn shown(&self, store: &str, now: SystemTime) -> Shown {
        Shown {
            name: format!("fileSearchStores/{store}/documents/{}", self.id),
            display_name: self.display_name.clone(),
            custom_metadata: self.metadata.clone(),
            update_time: clock::rfc3339_micros(self.work.end(now).unwrap_or(self.created)),
            create_time: clock::rfc3339_micros(self.created),
            state: self.state(now),
            size_bytes: self.size.to_string(),
            mime_type: self.mime_type.clone(),
        }
    }

    /// The operation that indexes it, when it is as far as this.
    pub(super) fn operation(&self, store: &str, version: &str, progress: Progress) -> Operation {
        let (place, kind) = match self.is_uploaded {
            true => ("upload/operations", "UploadToFileSearchStoreResponse"),
            false => ("operations", "ImportFileResponse"),
        };
        let parent = format!("fileSearchStores/{store}");
        let response = || {
            json!({
                "@type": format!("type.googleapis.com/google.ai.generativelanguage.{version}.{kind}"),
                "parent": parent,
                "documentName": format!("{parent}/documents/{}", self.id),
            })
        };
        let fault =
            || self.fault.clone().unwrap_or_else(|| "The document could not be indexed.".into());
        Operation {
            name: format!("{parent}/{place}/{}", self.id),
            done: progress != Progress::Pending,
            error: (progress == Progress::Failed).then(|| json!({"code": 3, "message": fault()})),
            response: (progress == Progress::Done).then(response),
        }
    }

    /// What it takes of the room for documents.
    pub(super) fn length(&self) -> usize {
        let text: usize = self.chunks.iter().map(|chunk| chunk.text.len()).sum();
        text + self.picture.length()
    }

    /// The name of its picture, if it is one.
    pub(super) fn media(&self, store: &str) -> Option<String> {
        picture::is_type(&self.mime_type)
            .then(|| format!("fileSearchStores/{store}/media/{}", self.id))
    }
}

/// Reads `customMetadata`: each has a key and one value.
pub(super) fn metadata(description: &Value) -> Result<Vec<Value>, ApiError> {
    let list = description["customMetadata"].as_array().cloned().unwrap_or_default();
    let values = ["stringValue", "numericValue", "stringListValue"];
    let has_one = |one: &Value| values.iter().filter(|name| !one[**name].is_null()).count() == 1;
    let is_whole =
        |one: &Value| one["key"].as_str().is_some_and(|key| !key.is_empty()) && has_one(one);
    // Own words: no capture of this error is known.
    if list.len() > MOST_METADATA || !list.iter().all(is_whole) {
        return Err(ApiError::InvalidArgument(format!(
            "* custom_metadata: each has a key and one value, and there are at most {MOST_METADATA}"
        )));
    }
    Ok(list)
}
