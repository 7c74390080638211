//! A document on its way into a store: what it is, what is known of it, how it is cut.
//!
//! In: a file. Out: the operation that indexes it.
//! Specification: `uploadToFileSearchStore`, as google-genai 3.6.1 calls it.

use super::path;
use crate::files::{Progress, Source, Transfer};
use crate::operations::Operation;
use crate::{Client, Error};
use serde::Serialize;
use serde_json::{Value, json};
use std::fmt;
use std::pin::Pin;

/// How a document is cut into the passages that are found, in tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Chunks {
    /// The most that a passage has.
    pub max_tokens_per_chunk: u32,
    /// The most that it has in common with the one before.
    pub max_overlap_tokens: u32,
}

/// An upload of a document into a store in the making; `.await` sends it.
#[must_use]
pub struct DocumentUpload<'a> {
    transfer: Transfer<'a>,
    store: String,
    display_name: Option<String>,
    metadata: Vec<Value>,
    chunks: Option<Chunks>,
}

impl<'a> DocumentUpload<'a> {
    pub(super) fn new(client: &'a Client, store: &str, source: Source) -> Self {
        let (store, display_name) = (store.to_owned(), source.display_name());
        let transfer = Transfer::new(client, source);
        Self { transfer, store, display_name, metadata: Vec::new(), chunks: None }
    }

    /// Says what the document is, where neither its first bytes nor its name do.
    pub fn mime_type(mut self, mime_type: impl Into<String>) -> Self {
        self.transfer.mime_type = Some(mime_type.into());
        self
    }

    /// Names the document for people: the title of its citations.
    pub fn display_name(mut self, name: impl Into<String>) -> Self {
        self.display_name = Some(name.into());
        self
    }

    /// Says something of the document that a question can be limited to: a text, a number or a list of texts.
    pub fn metadata(mut self, key: &str, value: impl Into<Value>) -> Self {
        let value = value.into();
        let (kind, value) = match value {
            Value::Number(_) => ("numericValue", value),
            Value::Array(values) => ("stringListValue", json!({ "values": values })),
            other => ("stringValue", other),
        };
        self.metadata.push(json!({"key": key, kind: value}));
        self
    }

    /// Says how the document is cut into passages.
    pub fn chunks(mut self, chunks: Chunks) -> Self {
        self.chunks = Some(chunks);
        self
    }

    /// Is shown how far the upload is.
    pub fn on_progress(mut self, watch: impl FnMut(Progress) + Send + 'a) -> Self {
        self.transfer.watch = Some(Box::new(watch));
        self
    }

    /// Sends the document. After a cut it goes on where Google has got to.
    ///
    /// # Errors
    /// Those of [`Upload::send`](crate::files::Upload::send), and a store's name that is none.
    pub async fn send(self) -> Result<Operation, Error> {
        let path = format!("{}:uploadToFileSearchStore", path(&self.store)?);
        let Self { transfer, display_name, metadata, chunks, .. } = self;
        let about = |mime_type: &str| {
            let mut about = json!({"displayName": display_name, "mimeType": mime_type});
            if !metadata.is_empty() {
                about["customMetadata"] = metadata.into();
            }
            if let Some(chunks) = chunks {
                about["chunkingConfig"] = json!({ "whiteSpaceConfig": chunks });
            }
            about
        };
        let sent = transfer.send(&path, about).await?;
        serde_json::from_slice(&sent.answer).map_err(|_| Error::not_the_json())
    }
}

impl<'a> IntoFuture for DocumentUpload<'a> {
    type Output = Result<Operation, Error>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send + 'a>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.send())
    }
}

impl fmt::Debug for DocumentUpload<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DocumentUpload").field("store", &self.store).finish_non_exhaustive()
    }
}
