//! The resumable protocol: start, pieces, and after a cut the question how far it got.
//!
//! In: a source. Out: what the server says at the end. Memory is two pieces of 8 MiB, whatever the
//! size: one is sent and hashed while the next is read.
//! Specification: `X-Goog-Upload-*` as google-genai 3.6.1 sends them; its pieces are as large.

use super::cache::{UploadCache, digits};
use super::session::{Reached, Session};
use super::source::{Opened, Source, shown};
use super::{File, FileState, media_type};
use crate::{Client, Error};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use futures_util::future::try_join;
use serde::Deserialize;
use serde_json::{Value, json};
use std::fmt;
use std::pin::Pin;

const PIECE: usize = 8 * 1024 * 1024;
/// Google takes no larger file.
const LARGEST: u64 = 2 * 1024 * 1024 * 1024;

/// How far an upload is, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// What Google has.
    pub sent: u64,
    /// The whole.
    pub total: u64,
}

/// An upload to any place that takes one.
pub(crate) struct Transfer<'a> {
    client: &'a Client,
    pub(super) source: Source,
    pub(crate) mime_type: Option<String>,
    pub(crate) watch: Option<Box<dyn FnMut(Progress) + Send + 'a>>,
}

/// What came of an upload.
pub(crate) struct Sent {
    pub(crate) answer: Bytes,
    pub(crate) sha256: [u8; 32],
}

impl<'a> Transfer<'a> {
    pub(crate) fn new(client: &'a Client, source: Source) -> Self {
        Self { client, source, mime_type: None, watch: None }
    }

    /// Sends all of it. `path` is where, after the version; `about` makes the body of the first request of the type.
    pub(crate) async fn send(
        mut self,
        path: &str,
        about: impl FnOnce(&str) -> Value,
    ) -> Result<Sent, Error> {
        let mut source = self.source.open().await?;
        let name = shown(&self.source.name);
        if source.length == 0 || source.length > LARGEST {
            let what = if source.length == 0 { "is empty" } else { "is larger than 2 GiB" };
            return Err(Error::file(format!("{name} {what}"), None));
        }
        let mime_type = match self.mime_type.take() {
            Some(mime_type) => mime_type,
            None => {
                let beginning = source.piece(0, media_type::BEGINNING).await?;
                let known = media_type(&self.source.name, &beginning);
                known
                    .map(str::to_owned)
                    .ok_or_else(|| Error::file(format!("{name} is of an unknown type"), None))?
            }
        };
        let session =
            Session::start(self.client, path, &mime_type, source.length, &about(&mime_type))
                .await?;
        self.pieces(&session, source).await
    }

    /// Sends one piece after the other; meanwhile it is hashed, and the next one is read.
    async fn pieces(&mut self, session: &Session<'_>, mut source: Opened) -> Result<Sent, Error> {
        let (mut offset, mut furthest, mut received, mut failures) = (0, 0, 0, 0);
        let mut piece = source.piece(offset, PIECE).await?;
        loop {
            let end = offset + piece.len() as u64;
            let is_last = end == source.length;
            furthest = end.max(furthest);
            source.forget_before(offset);
            let next = async {
                Ok(if is_last { Ok(Bytes::new()) } else { source.piece(end, PIECE).await })
            };
            let sent = session.piece_or_how_far(offset, piece.clone(), is_last, &mut failures);
            // A failure of the one that sends does not wait for a slow reader.
            let (next, reached) = try_join(next, sent).await?;
            source.give_back(piece);
            match reached {
                Reached::End(answer) if is_last => {
                    return Ok(Sent { answer, sha256: source.sha256().await? });
                }
                Reached::End(_) => {
                    return Err(Error::unexpected("it ends the upload before its end"));
                }
                Reached::Offset(at) if at > furthest => {
                    return Err(Error::unexpected("it has more of the upload than was sent"));
                }
                Reached::Offset(at) => {
                    // What is sent again brings the upload no further.
                    if at > received {
                        (received, failures) = (at, 0);
                    }
                    self.show(at, source.length);
                    piece = if at == end { next? } else { source.piece(at, PIECE).await? };
                    offset = at;
                }
            }
        }
    }

    fn show(&mut self, sent: u64, total: u64) {
        if let Some(watch) = &mut self.watch {
            watch(Progress { sent, total });
        }
    }
}

/// An upload of a file in the making; `.await` sends it.
#[must_use]
pub struct Upload<'a> {
    transfer: Transfer<'a>,
    display_name: Option<String>,
    cache: Option<&'a UploadCache>,
}

impl<'a> Upload<'a> {
    pub(super) fn new(client: &'a Client, source: Source) -> Self {
        let display_name = source.display_name();
        Self { transfer: Transfer::new(client, source), display_name, cache: None }
    }

    /// Says what the file is, where neither its first bytes nor its name do.
    pub fn mime_type(mut self, mime_type: impl Into<String>) -> Self {
        self.transfer.mime_type = Some(mime_type.into());
        self
    }

    /// Names the file for people.
    pub fn display_name(mut self, name: impl Into<String>) -> Self {
        self.display_name = Some(name.into());
        self
    }

    /// Is shown how far the upload is.
    pub fn on_progress(mut self, watch: impl FnMut(Progress) + Send + 'a) -> Self {
        self.transfer.watch = Some(Box::new(watch));
        self
    }

    /// Uploads nothing if Google still has a file with the same bytes that this cache knows; else the cache knows it then.
    /// A reader is always uploaded: it cannot be read twice.
    pub fn reuse(mut self, cache: &'a UploadCache) -> Self {
        self.cache = Some(cache);
        self
    }

    /// Returns the file with these bytes that the cache knows and Google has.
    async fn known(&mut self) -> Result<Option<File>, Error> {
        let Some(cache) = self.cache else { return Ok(None) };
        let hash = self.transfer.source.sha256().await?;
        let Some((hash, name)) = hash.and_then(|hash| Some((hash, cache.name(&hash)?))) else {
            return Ok(None);
        };
        match self.transfer.client.files().get(&name).await {
            Ok(file) => Ok(Some(file).filter(|file| {
                file.state != Some(FileState::Failed)
                    && is_of(file, &hash)
                    && self
                        .transfer
                        .mime_type
                        .as_ref()
                        .is_none_or(|kind| file.mime_type.as_ref() == Some(kind))
            })),
            Err(error) if matches!(error.status(), Some(403 | 404)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Sends the file. After a cut it goes on where Google has got to.
    ///
    /// # Errors
    /// A file that is missing, empty, larger than 2 GiB or of an unknown type ([`Error::is_invalid_file`]), those of a
    /// request, and a file at Google that is not the one that was sent.
    pub async fn send(mut self) -> Result<File, Error> {
        #[derive(Deserialize)]
        struct Reply {
            file: File,
        }
        if let Some(file) = self.known().await? {
            return Ok(file);
        }
        let Self { transfer, display_name, cache } = self;
        let about =
            |mime_type: &str| json!({"file": {"displayName": display_name, "mimeType": mime_type}});
        let sent = transfer.send("files", about).await?;
        let reply: Reply =
            serde_json::from_slice(&sent.answer).map_err(|_| Error::not_the_json())?;
        if !is_of(&reply.file, &sent.sha256) {
            return Err(Error::unexpected("the file at Google is not the one that was sent"));
        }
        if let Some(cache) = cache {
            cache.keep(&sent.sha256, &reply.file.name);
        }
        Ok(reply.file)
    }
}

/// Says whether a file has these bytes, as far as Google says.
fn is_of(file: &File, sha256: &[u8; 32]) -> bool {
    // Google writes the digest, or its digits, in base64.
    let known = [BASE64_STANDARD.encode(sha256), BASE64_STANDARD.encode(digits(sha256))];
    file.sha256_hash.as_ref().is_none_or(|hash| known.contains(hash))
}

impl<'a> IntoFuture for Upload<'a> {
    type Output = Result<File, Error>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send + 'a>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.send())
    }
}

impl fmt::Debug for Upload<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Upload").field("source", &self.transfer.source).finish_non_exhaustive()
    }
}
