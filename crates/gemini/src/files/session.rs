//! One upload at the server: where it is, what is sent there, and how far it got.
//!
//! In: pieces. Out: what the server has of them.
//! Specification: `X-Goog-Upload-*` as google-genai 3.6.1 sends them.
//! Not here: which piece is next (`upload`).

use crate::request::RequestBuilder;
use crate::{Client, Error, retry};
use bytes::Bytes;
use hallpass::http::BodyStream;
use http::{HeaderName, Method};
use serde_json::Value;

/// Failures in a row, while the upload gets no further than it has been.
const MOST_FAILURES: u32 = 4;
const LARGEST_ANSWER: usize = 1024 * 1024;

const PROTOCOL: HeaderName = HeaderName::from_static("x-goog-upload-protocol");
const COMMAND: HeaderName = HeaderName::from_static("x-goog-upload-command");
const OFFSET: HeaderName = HeaderName::from_static("x-goog-upload-offset");
const LENGTH: HeaderName = HeaderName::from_static("x-goog-upload-header-content-length");
const KIND: HeaderName = HeaderName::from_static("x-goog-upload-header-content-type");
const STATUS: &str = "x-goog-upload-status";
const URL: &str = "x-goog-upload-url";
const RECEIVED: &str = "x-goog-upload-size-received";

pub(super) struct Session<'a> {
    client: &'a Client,
    /// It opens the upload to those who know it.
    url: String,
}

/// What the server has.
pub(super) enum Reached {
    Offset(u64),
    End(Bytes),
}

impl<'a> Session<'a> {
    pub(super) async fn start(
        client: &'a Client,
        path: &str,
        mime_type: &str,
        length: u64,
        about: &Value,
    ) -> Result<Self, Error> {
        let path = format!("/upload/{}/{path}", client.version().as_str());
        let request = client.request(Method::POST, &path).json(about);
        let request = request.header(PROTOCOL, "resumable").header(COMMAND, "start");
        let request = request.header(LENGTH, &length.to_string()).header(KIND, mime_type);
        let reply = request.open().await?;
        let url = reply.headers().get(URL).and_then(|url| url.to_str().ok());
        let url = url.ok_or_else(|| Error::unexpected("it has no address for the upload"))?;
        let session = Self { client, url: url.to_owned() };
        read_to_its_end(reply.into_body()).await;
        Ok(session)
    }

    /// Sends one piece; after a failure, asks how far the upload got.
    pub(super) async fn piece_or_how_far(
        &self,
        offset: u64,
        piece: Bytes,
        is_last: bool,
        failures: &mut u32,
    ) -> Result<Reached, Error> {
        match self.piece(offset, piece, is_last).await {
            Err(error) if error.is_transient() || error.is_unexpected() => {
                self.received(error, failures).await
            }
            reached => reached,
        }
    }

    /// Sends one piece, once.
    async fn piece(&self, offset: u64, piece: Bytes, is_last: bool) -> Result<Reached, Error> {
        let end = offset + piece.len() as u64;
        let once = self.client.once();
        let command = if is_last { "upload, finalize" } else { "upload" };
        let request = at(&once, &self.url, command).header(OFFSET, &offset.to_string());
        answer(request.body("application/octet-stream", piece), Some(end)).await
    }

    /// Asks how far the upload got after a failure.
    async fn received(&self, mut error: Error, failures: &mut u32) -> Result<Reached, Error> {
        loop {
            *failures += 1;
            let wait = match error.is_transient() {
                true => self.client.retry.wait(&error, *failures, retry::fraction()),
                false => (*failures < MOST_FAILURES).then_some(self.client.retry.first_wait),
            };
            let Some(wait) = wait else { return Err(error) };
            tokio::time::sleep(wait).await;
            error = match answer(at(self.client, &self.url, "query"), None).await {
                Err(again) if again.is_transient() => again,
                reached => return reached,
            };
        }
    }
}

fn at<'a>(client: &'a Client, url: &str, command: &str) -> RequestBuilder<'a> {
    RequestBuilder::new(client, Method::POST, url.to_owned()).header(COMMAND, command)
}

/// Sends a request of the protocol. `sent` is the offset after it; without it, the server names one.
async fn answer(request: RequestBuilder<'_>, sent: Option<u64>) -> Result<Reached, Error> {
    let (head, body) = request.open().await?.into_parts();
    let text = |name: &str| head.headers.get(name).and_then(|value| value.to_str().ok());
    match text(STATUS) {
        Some("final") => {
            let body = body.collect(LARGEST_ANSWER).await.map_err(Error::from_connection)?;
            Ok(Reached::End(body))
        }
        Some("active") => {
            let named = text(RECEIVED).and_then(|number| number.parse().ok());
            let offset = sent
                .or(named)
                .ok_or_else(|| Error::unexpected("it does not say how far the upload is"))?;
            read_to_its_end(body).await;
            Ok(Reached::Offset(offset))
        }
        _ => Err(Error::unexpected("it is no answer to an upload")),
    }
}

/// Nothing of it is of use, but its connection is, for the next piece.
async fn read_to_its_end(body: BodyStream) {
    if let Err(error) = body.collect(LARGEST_ANSWER).await {
        tracing::debug!(%error, "the end of an answer did not come");
    }
}
