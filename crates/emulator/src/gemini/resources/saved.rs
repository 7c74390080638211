//! The resources in the document that an emulator's state is saved in.
//!
//! In: all resources, or what a document says of them. Out: the same, the oldest first. Of files only small ones keep
//! their bytes; documents of stores and caches are whole. Left out: uploads that have not ended.

use super::caches::cache::{Cache, Caches};
use super::files::file::{File, Files};
use super::kept::Resources;
use super::stores::store::{SavedStore, Stores};
use crate::ConfigError;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::{Deserialize, Serialize};

/// Of larger files the bytes are left out.
const MOST_BYTES: usize = 256 * 1024;

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Saved {
    files: Vec<SavedFile>,
    stores: Vec<SavedStore>,
    caches: Vec<Cache>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SavedFile {
    file: File,
    /// Base64; none of a large file.
    bytes: Option<String>,
}

impl Saved {
    pub(crate) fn of(resources: &Resources) -> Self {
        let files = resources.files.iter().map(|file| {
            let bytes = file.bytes.as_ref().filter(|bytes| bytes.len() <= MOST_BYTES);
            SavedFile {
                file: file.clone(),
                bytes: bytes.map(|bytes| BASE64_STANDARD.encode(bytes)),
            }
        });
        Self {
            files: files.collect(),
            stores: resources.stores.saved(),
            caches: resources.caches.iter().cloned().collect(),
        }
    }

    /// The resources that a document names.
    ///
    /// # Errors
    /// A resource that comes twice, and values that none can have.
    pub(crate) fn restored(self) -> Result<Resources, ConfigError> {
        let fault = |field: &str, why: &str| ConfigError(format!("field `{field}`: {why}"));
        let mut files = Files::default();
        for SavedFile { mut file, bytes } in self.files {
            let decoded = bytes.map(|text| BASE64_STANDARD.decode(text)).transpose();
            file.bytes = decoded.map_err(|_| fault("bytes", "not base64"))?.map(Into::into);
            files.restore(file).map_err(|why| fault("files", why))?;
        }
        let mut caches = Caches::default();
        for cache in self.caches {
            caches.restore(cache).map_err(|why| fault("caches", why))?;
        }
        let stores = Stores::restored(self.stores).map_err(|why| fault("stores", why))?;
        Ok(Resources { files, stores, caches, ..Resources::default() })
    }
}
