//! A file that Google keeps, as replies show it.
//!
//! In: what was uploaded, and the time. Out: `File` as JSON, keys in the order of the discovery document. A file ends
//! 48 hours after its making, by the emulator's clock.

use crate::api::error::ApiError;
use crate::clock;
use crate::gemini::resources::work::{Progress, Work};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::time::{Duration, SystemTime};

pub(super) const LIFE: Duration = Duration::from_secs(48 * 3600);

/// A file of a project.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct File {
    pub(crate) project: String,
    pub(crate) id: String,
    pub(crate) display_name: Option<String>,
    pub(crate) mime_type: String,
    pub(crate) size: u64,
    #[serde(with = "clock::stamp")]
    pub(super) created: SystemTime,
    /// Hexadecimal digits; none for what is only registered.
    pub(super) sha256: Option<String>,
    pub(super) source: Source,
    /// The address of a registered file.
    pub(super) uri: Option<String>,
    pub(super) work: Work,
    /// The bytes, unless they are too many.
    #[serde(skip)]
    pub(crate) bytes: Option<Bytes>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Source {
    Uploaded,
    Generated,
    Registered,
}

/// A `File` of the API.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Shown {
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    display_name: Option<String>,
    mime_type: String,
    size_bytes: String,
    create_time: String,
    update_time: String,
    expiration_time: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    sha256_hash: Option<String>,
    uri: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    download_uri: Option<String>,
    state: &'static str,
    source: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Value>,
}

impl File {
    pub(crate) fn name(&self) -> String {
        format!("files/{}", self.id)
    }

    pub(crate) fn expires(&self) -> SystemTime {
        self.created + LIFE
    }

    pub(crate) fn state(&self, now: SystemTime) -> &'static str {
        match self.work.progress(now) {
            Progress::Pending => "PROCESSING",
            Progress::Done => "ACTIVE",
            Progress::Failed => "FAILED",
        }
    }

    /// Refuses a file that cannot be used yet, or ever. The words are from memory.
    pub(crate) fn demand_active(&self, now: SystemTime) -> Result<(), ApiError> {
        if self.state(now) == "ACTIVE" {
            return Ok(());
        }
        let id = &self.id;
        Err(ApiError::failed_precondition(format!(
            "The File {id} is not in an ACTIVE state and usage is not allowed."
        )))
    }

    /// As replies show it; `root` is the address of the API's version.
    pub(super) fn shown(&self, root: &str, now: SystemTime, hash: HashText) -> Shown {
        let time = clock::rfc3339_micros;
        let name = self.name();
        let download = format!("{root}/{name}:download?alt=media");
        let state = self.state(now);
        // Own words: no capture of this error is known.
        let error = (state == "FAILED")
            .then(|| json!({"code": 3, "message": "The file could not be processed."}));
        Shown {
            display_name: self.display_name.clone(),
            mime_type: self.mime_type.clone(),
            size_bytes: self.size.to_string(),
            create_time: time(self.created),
            update_time: time(self.work.end(now).unwrap_or(self.created)),
            expiration_time: time(self.expires()),
            sha256_hash: self.sha256.as_deref().map(|digits| hash.of(digits)),
            uri: self.uri.clone().unwrap_or_else(|| format!("{root}/{name}")),
            download_uri: (self.source == Source::Generated).then_some(download),
            state,
            source: match self.source {
                Source::Uploaded => "UPLOADED",
                Source::Generated => "GENERATED",
                Source::Registered => "REGISTERED",
            },
            error,
            name,
        }
    }
}

/// What `sha256Hash` is the base64 of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum HashText {
    Digest,
    Digits,
}

impl HashText {
    pub(super) fn of(self, digits: &str) -> String {
        match self {
            Self::Digits => BASE64_STANDARD.encode(digits),
            Self::Digest => BASE64_STANDARD.encode(digest(digits)),
        }
    }
}

fn digest(digits: &str) -> Vec<u8> {
    let pairs = digits.as_bytes().chunks(2);
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    pairs.filter_map(byte).collect()
}
