//! The files that Google keeps, and one of them as replies show it.
//!
//! In: what was uploaded, and the time. Out: `File` as JSON, keys in the order of the discovery document. A file ends
//! 48 hours after its making, by the emulator's clock; beyond a limit for all together the oldest lose their bytes.

use crate::api::error::ApiError;
use crate::clock;
use crate::gemini::resources::collection::Collection;
use crate::gemini::resources::work::{Progress, Work};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::time::{Duration, SystemTime};

pub(super) const LIFE: Duration = Duration::from_secs(48 * 3600);

/// Google: two gigabytes a file, twenty a project.
pub(super) const LARGEST: u64 = 2 * 1024 * 1024 * 1024;
const LARGEST_OF_PROJECT: u64 = 20 * 1024 * 1024 * 1024;
pub(super) const LONGEST_ID: usize = 40;
const MAX_FILES: usize = 20_000;
/// What all files together keep; beyond it the oldest lose their bytes.
pub(super) const MOST_KEPT_OF_ALL: usize = 64 * 1024 * 1024;

/// The files of all projects.
#[derive(Debug)]
pub(crate) struct Files {
    pub(super) all: Collection<File>,
    /// The bytes that are kept of all of them.
    kept: usize,
    /// The sizes of each project's files together.
    pub(super) sizes: HashMap<String, u64>,
}

impl Default for Files {
    fn default() -> Self {
        Self { all: Collection::new(MAX_FILES), kept: 0, sizes: HashMap::new() }
    }
}

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

impl Files {
    /// Forgets what has lived its 48 hours: the oldest, as all live as long.
    pub(super) fn expire(&mut self, now: SystemTime) {
        while self.all.oldest().is_some_and(|file| file.expires() <= now) {
            let gone = self.all.remove_oldest();
            self.subtract(gone);
        }
    }

    /// Takes a file that is gone out of the sums.
    pub(super) fn subtract(&mut self, gone: Option<File>) {
        let Some(file) = gone else { return };
        self.kept -= file.bytes.as_ref().map_or(0, Bytes::len);
        if let Some(size) = self.sizes.get_mut(&file.project) {
            *size -= file.size;
        }
    }

    /// The file of this id, if it is this project's.
    pub(crate) fn find(&self, project: &str, id: &str, now: SystemTime) -> Result<&File, ApiError> {
        let file = self.all.get(id).filter(|file| file.project == project && file.expires() > now);
        file.ok_or_else(|| missing(id))
    }

    pub(in crate::gemini::resources) fn check_room(
        &mut self,
        project: &str,
        more: u64,
        now: SystemTime,
    ) -> Result<(), ApiError> {
        self.expire(now);
        if more > LARGEST {
            return Err(ApiError::InvalidArgument(format!(
                "the file has {more} bytes; {LARGEST} are the most"
            )));
        }
        let size = self.sizes.get(project).copied().unwrap_or_default();
        if size + more > LARGEST_OF_PROJECT {
            return Err(ApiError::exhausted(format!(
                "the files of project {project} have {size} bytes; {LARGEST_OF_PROJECT} are the most. Delete some"
            )));
        }
        Ok(())
    }

    /// All, the oldest first.
    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = &File> {
        self.all.iter().map(|(_, file)| file)
    }

    /// Adds a file of a saved state.
    ///
    /// # Errors
    /// Why there cannot be such a file.
    pub(in crate::gemini::resources) fn restore(&mut self, file: File) -> Result<(), &'static str> {
        if self.all.get(&file.id).is_some() {
            return Err("a file comes twice");
        }
        if file.size > LARGEST || !is_id(&file.id) {
            return Err("a file has an id or a size that none can have");
        }
        self.add(file);
        Ok(())
    }

    pub(super) fn add(&mut self, file: File) {
        self.kept += file.bytes.as_ref().map_or(0, Bytes::len);
        *self.sizes.entry(file.project.clone()).or_default() += file.size;
        let gone = self.all.insert(file.id.clone(), file);
        self.subtract(gone);
        for file in self.all.values_mut() {
            if self.kept <= MOST_KEPT_OF_ALL {
                break;
            }
            self.kept -= file.bytes.take().map_or(0, |bytes| bytes.len());
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

pub(super) fn is_id(id: &str) -> bool {
    let known = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=LONGEST_ID).contains(&id.len())
        && id.bytes().all(known)
        && !id.starts_with('-')
        && !id.ends_with('-')
}

// Captured: googleapis/python-genai, issue 1218.
fn missing(id: &str) -> ApiError {
    ApiError::PermissionDenied(
        format!("You do not have permission to access the File {id} or it may not exist."),
        None,
    )
}
