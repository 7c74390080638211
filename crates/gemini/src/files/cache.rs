//! Which files Google has, by what is in them: the same file is not uploaded twice.
//!
//! In: hashes. Out: names of files. Google is asked before a name is used, so a file that has ended after 48 hours, or was
//! deleted, is uploaded anew; no clock is needed.

use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::{Mutex, PoisonError};

/// Remembers uploads by the SHA-256 of their bytes; see [`Upload::reuse`](super::Upload::reuse). It can be kept as JSON.
///
/// It is for one project: the files of another are not to be seen.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UploadCache {
    names: Mutex<HashMap<String, String>>,
}

impl UploadCache {
    /// Returns the name of the file with these bytes.
    pub(super) fn name(&self, sha256: &[u8; 32]) -> Option<String> {
        self.names.lock().unwrap_or_else(PoisonError::into_inner).get(&digits(sha256)).cloned()
    }

    pub(super) fn keep(&self, sha256: &[u8; 32], name: &str) {
        let mut names = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        names.insert(digits(sha256), name.to_owned());
    }
}

pub(super) fn digits(sha256: &[u8; 32]) -> String {
    let mut digits = String::with_capacity(64);
    for byte in sha256 {
        let _ = write!(digits, "{byte:02x}");
    }
    digits
}
