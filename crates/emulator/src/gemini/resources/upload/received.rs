//! The bytes of an upload: counted and hashed as they come, kept as long as they are few.
//!
//! In: pieces, from one request or several. Out: length, SHA-256 and, of what is not larger than [`MOST_KEPT`], the
//! bytes. So memory does not grow with what is sent.

use bytes::Bytes;
use ring::digest::{Context, SHA256};
use serde_json::Value;
use std::fmt;

/// Of larger files the bytes are not kept.
pub(crate) const MOST_KEPT: usize = 16 * 1024 * 1024;

/// What an upload has brought so far.
#[derive(Clone)]
pub(crate) struct Content {
    length: u64,
    hash: Context,
    kept: Option<Vec<u8>>,
}

/// What a whole upload is made into.
pub(in crate::gemini::resources) struct Uploaded {
    pub(in crate::gemini::resources) project: String,
    pub(in crate::gemini::resources) description: Value,
    pub(in crate::gemini::resources) store: Option<String>,
    pub(in crate::gemini::resources) mime_type: String,
    pub(in crate::gemini::resources) content: Content,
}

/// What one request adds to it.
#[derive(Clone)]
pub(crate) struct Received {
    offset: u64,
    length: u64,
    hash: Context,
    kept: Option<Vec<u8>>,
    /// How much more may be kept.
    room: usize,
}

impl Content {
    pub(crate) fn new() -> Self {
        Self { length: 0, hash: Context::new(&SHA256), kept: Some(Vec::new()) }
    }

    pub(crate) fn of(bytes: &[u8]) -> Self {
        let mut content = Self::new();
        let mut received = content.begin();
        received.add(bytes);
        content.take(&received);
        content
    }

    pub(crate) fn length(&self) -> u64 {
        self.length
    }

    pub(crate) fn sha256(&self) -> [u8; 32] {
        let digest = self.hash.clone().finish();
        digest.as_ref().try_into().unwrap_or_default()
    }

    pub(crate) fn kept(&self) -> usize {
        self.kept.as_ref().map_or(0, Vec::len)
    }

    /// The bytes, if all of them were kept.
    pub(crate) fn into_bytes(self) -> Option<Bytes> {
        self.kept.map(Bytes::from)
    }

    pub(crate) fn forget(&mut self) {
        self.kept = None;
    }

    /// What comes next will follow what is there.
    pub(crate) fn begin(&self) -> Received {
        let room = MOST_KEPT - self.kept().min(MOST_KEPT);
        let kept = self.kept.as_ref().map(|_| Vec::new());
        Received { offset: self.length, length: 0, hash: self.hash.clone(), kept, room }
    }

    /// Adds what has come; the caller has compared the offsets.
    pub(crate) fn take(&mut self, received: &Received) {
        self.length = received.end();
        self.hash = received.hash.clone();
        match (&mut self.kept, &received.kept) {
            (Some(kept), Some(more)) => kept.extend_from_slice(more),
            _ => self.kept = None,
        }
    }
}

impl Received {
    pub(crate) fn add(&mut self, bytes: &[u8]) {
        self.length += bytes.len() as u64;
        self.hash.update(bytes);
        match &mut self.kept {
            Some(kept) if bytes.len() <= self.room => {
                self.room -= bytes.len();
                kept.extend_from_slice(bytes);
            }
            _ => self.kept = None,
        }
    }

    pub(crate) fn offset(&self) -> u64 {
        self.offset
    }

    pub(crate) fn length(&self) -> u64 {
        self.length
    }

    pub(crate) fn end(&self) -> u64 {
        self.offset + self.length
    }
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Content").field("length", &self.length).finish_non_exhaustive()
    }
}

impl fmt::Debug for Received {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("Received");
        debug.field("offset", &self.offset).field("length", &self.length).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_content_is_hashed_and_not_kept() {
        let mut content = Content::new();
        for _ in 0..3 {
            let mut received = content.begin();
            received.add(&vec![b'a'; MOST_KEPT / 2]);
            content.take(&received);
        }
        assert_eq!((content.length(), content.kept()), (3 * MOST_KEPT as u64 / 2, 0));
        assert!(content.into_bytes().is_none());
        // The value of FIPS 180-2, appendix B.1.
        assert_eq!(Content::of(b"abc").sha256()[..4], [0xba, 0x78, 0x16, 0xbf]);
    }
}
