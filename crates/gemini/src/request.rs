//! One request of the Gemini API: headers, retries, a new token after a 401, errors.
//!
//! In: a method, a path, perhaps a body. Out: Google's JSON as a type, a stream of it, or the reply as it comes.
//! Specification: Gemini API reference; google.rpc.Status for what is no success.
//! Not here: which failures are tried again, and when (`retry`).

use crate::events::Events;
use crate::retry;
use crate::{Client, Error};
use bytes::Bytes;
use form_urlencoded::Serializer;
use hallpass::{Body, BodyStream, HttpClient};
use http::{
    HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, Uri, header,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::sync::Arc;

/// A page of 1000 models is about 700 KiB.
const LARGEST_LOOK_UP: usize = 16 * 1024 * 1024;

/// A reply with several pictures in base64.
pub(crate) const LARGEST_REPLY: usize = 64 * 1024 * 1024;

/// An error is some KiB; what is beyond that is not read.
const LARGEST_ERROR: usize = 1024 * 1024;

/// A request in the making.
#[derive(Debug)]
#[must_use]
pub struct RequestBuilder<'a> {
    client: &'a Client,
    method: Method,
    url: String,
    headers: HeaderMap,
    body: Body,
    limit: usize,
    /// The first mistake of the program that made it.
    mistake: Option<&'static str>,
}

impl<'a> RequestBuilder<'a> {
    pub(crate) fn new(client: &'a Client, method: Method, url: String) -> Self {
        let limit = if method == Method::GET { LARGEST_LOOK_UP } else { LARGEST_REPLY };
        let (headers, body) = (HeaderMap::new(), Body::default());
        Self { client, method, url, headers, body, limit, mistake: None }
    }

    /// Adds a parameter to the query.
    pub fn query(mut self, name: &str, value: &str) -> Self {
        self.url.push(if self.url.contains('?') { '&' } else { '?' });
        let pair = Serializer::new(String::new()).append_pair(name, value).finish();
        self.url.push_str(&pair);
        self
    }

    /// Adds a header, in the place of one of that name.
    pub fn header(self, name: HeaderName, value: &str) -> Self {
        match HeaderValue::from_str(value) {
            Ok(value) => self.with(name, value),
            Err(_) => self.mistaken("a header that cannot be sent"),
        }
    }

    /// Sends this as JSON.
    pub fn json(self, body: &(impl Serialize + ?Sized)) -> Self {
        match serde_json::to_vec(body) {
            Ok(text) => self.body("application/json", text),
            Err(_) => self.mistaken("a body that has no form in JSON"),
        }
    }

    /// Sends this body; a stream is sent once, whatever comes back.
    pub fn body(self, content_type: &'static str, body: impl Into<Body>) -> Self {
        let content_type = HeaderValue::from_static(content_type);
        Self { body: body.into(), ..self.with(header::CONTENT_TYPE, content_type) }
    }

    /// Takes no reply that is larger than this many bytes.
    pub fn limit(self, limit: usize) -> Self {
        Self { limit, ..self }
    }

    /// Sends the request and returns the reply's JSON.
    ///
    /// # Errors
    /// Those of [`RequestBuilder::open`], and an answer that is not the JSON that was asked for.
    pub async fn send<T: DeserializeOwned>(self) -> Result<T, Error> {
        let body = self.bytes().await?;
        serde_json::from_slice(&body).map_err(|_| Error::not_the_json())
    }

    /// Sends the request and returns the reply's events as they come, each a JSON document (`alt=sse`).
    ///
    /// # Errors
    /// Those of [`RequestBuilder::open`].
    pub async fn stream<T: DeserializeOwned>(self) -> Result<Events<T>, Error> {
        let accept = HeaderValue::from_static("text/event-stream");
        let limit = self.limit;
        let reply = self.query("alt", "sse").with(header::ACCEPT, accept).sent(true).await?;
        Ok(Events::new(reply, limit))
    }

    /// Sends the request and returns the reply as it comes, once it is a success.
    ///
    /// # Errors
    /// No token ([`Error::auth`]), no connection ([`Error::connection`]), or Google's refusal.
    pub async fn open(self) -> Result<Response<BodyStream>, Error> {
        self.sent(false).await
    }

    /// Returns the whole body. A look-up whose body was cut is sent again, as one without an answer is.
    pub(crate) async fn bytes(self) -> Result<Bytes, Error> {
        let limit = self.limit;
        let mut attempts = Attempts::new(self)?;
        loop {
            let reply = attempts.next(false).await?;
            match reply.into_body().collect(limit).await.map_err(Error::from_connection) {
                Ok(body) => return Ok(body),
                Err(error) => attempts.after(error).await?,
            }
        }
    }

    async fn sent(self, patient: bool) -> Result<Response<BodyStream>, Error> {
        Attempts::new(self)?.next(patient).await
    }

    /// Returns the address.
    #[cfg(any(fuzzing, feature = "fuzzing"))]
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    fn with(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    fn mistaken(self, what: &'static str) -> Self {
        Self { mistake: self.mistake.or(Some(what)), ..self }
    }
}

/// The same request, as often as it may be sent.
struct Attempts<'a> {
    client: &'a Client,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    /// None after a stream was sent.
    body: Option<Body>,
    failures: u32,
}

impl<'a> Attempts<'a> {
    fn new(request: RequestBuilder<'a>) -> Result<Self, Error> {
        let RequestBuilder { client, method, url, mut headers, body, mistake, .. } = request;
        if let Some(what) = mistake {
            return Err(Error::not_sent(what));
        }
        let uri = url.parse().map_err(|_| Error::not_sent("an address that is none"))?;
        let json = HeaderValue::from_static("application/json");
        headers.entry(header::ACCEPT).or_insert(json);
        Ok(Self { client, method, uri, headers, body: Some(body), failures: 0 })
    }

    /// Returns the first success.
    async fn next(&mut self, patient: bool) -> Result<Response<BodyStream>, Error> {
        loop {
            let error = match self.once(patient).await {
                Ok(reply) if reply.status().is_success() => return Ok(reply),
                Ok(reply) => refusal(reply).await,
                Err(error) => error,
            };
            self.after(error).await?;
        }
    }

    /// Waits until the request may be sent again, or returns the error.
    async fn after(&mut self, error: Error) -> Result<(), Error> {
        self.failures += 1;
        let repeatable = self.body.is_some()
            && (error.status().is_some() || self.method == Method::GET && error.is_no_connection());
        let wait = self.client.retry.wait(&error, self.failures, retry::fraction());
        let Some(wait) = wait.filter(|_| repeatable) else { return Err(error) };
        tracing::debug!(%error, ?wait, "trying again");
        tokio::time::sleep(wait).await;
        Ok(())
    }

    async fn once(&mut self, patient: bool) -> Result<Response<BodyStream>, Error> {
        let http = match patient || self.method != Method::GET {
            true => &self.client.patient,
            false => &self.client.http,
        };
        let body = self.body.take().unwrap_or_default();
        let again = body.as_bytes().cloned();
        self.body = again.clone().map(Body::from);
        // Without the query: a log outlives what stands there.
        tracing::debug!(method = %self.method, path = self.uri.path(), "asking");
        let reply = self
            .client
            .signer
            .send_with(
                &self.uri,
                body,
                again.map(Body::from),
                |body, headers| self.attempt(http, body, headers),
                |reply| reply.status() == StatusCode::UNAUTHORIZED,
            )
            .await?;
        tracing::debug!(status = reply.status().as_u16(), "answered");
        Ok(reply)
    }

    async fn attempt(
        &self,
        http: &HttpClient,
        body: Body,
        signed: Arc<HeaderMap>,
    ) -> Result<Response<BodyStream>, Error> {
        let mut request = Request::new(body);
        request.method_mut().clone_from(&self.method);
        request.uri_mut().clone_from(&self.uri);
        request.headers_mut().clone_from(&self.headers);
        request.headers_mut().extend(signed.as_ref().clone());
        http.open(request).await.map_err(Error::from_connection)
    }
}

/// A refusal whose body is cut or too large is still one.
async fn refusal(reply: Response<BodyStream>) -> Error {
    let (head, body) = reply.into_parts();
    let body = body.collect(LARGEST_ERROR).await.unwrap_or_default();
    Error::from_response(head.status.as_u16(), head.headers, &body)
}
