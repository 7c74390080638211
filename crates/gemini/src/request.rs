//! One request of the Gemini API: headers, retries, a new token after a 401, errors.
//!
//! In: a method, a path, perhaps a body. Out: Google's JSON as a type, a stream of it, or the reply as it comes.
//! Specification: Gemini API reference; google.rpc.Status for what is no success.
//! Not here: which failures are tried again, and when (`retry`).

use crate::api_key::{API_KEY, QUOTA_PROJECT};
use crate::attempts::{Asked, Attempts};
use crate::events::Events;
use crate::reply::Reply;
use crate::{Client, Error};
use bytes::Bytes;
use form_urlencoded::Serializer;
use hallpass::http::{Body, BodyStream};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Response, header};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// A page of 1000 models is about 700 KiB.
const LARGEST_LOOK_UP: usize = 16 * 1024 * 1024;

/// A reply with several pictures in base64.
pub(crate) const LARGEST_REPLY: usize = 64 * 1024 * 1024;

/// Google refuses two at once.
const SECOND_CREDENTIAL: &str = "a second credential";

/// A request in the making.
#[derive(Debug)]
#[must_use]
pub struct RequestBuilder<'a> {
    pub(crate) client: &'a Client,
    pub(crate) method: Method,
    pub(crate) url: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Body,
    limit: usize,
    /// The first mistake of the program that made it.
    pub(crate) mistake: Option<&'static str>,
}

impl<'a> RequestBuilder<'a> {
    pub(crate) fn new(client: &'a Client, method: Method, url: String) -> Self {
        let limit = if method == Method::GET { LARGEST_LOOK_UP } else { LARGEST_REPLY };
        let (headers, body) = (HeaderMap::new(), Body::default());
        Self { client, method, url, headers, body, limit, mistake: None }
    }

    /// Adds a parameter to the query.
    pub fn query(mut self, name: &str, value: &str) -> Self {
        if matches!(name, "key" | "access_token" | "oauth_token") {
            return self.mistaken(SECOND_CREDENTIAL);
        }
        self.url.push(if self.url.contains('?') { '&' } else { '?' });
        let pair = Serializer::new(String::new()).append_pair(name, value).finish();
        self.url.push_str(&pair);
        self
    }

    /// Adds a header, in the place of one of that name.
    pub fn header(self, name: HeaderName, value: &str) -> Self {
        if name == header::AUTHORIZATION || name == API_KEY {
            return self.mistaken(SECOND_CREDENTIAL);
        }
        match HeaderValue::from_str(value) {
            Ok(value) => self.with(name, value),
            Err(_) => self.mistaken("a header that cannot be sent"),
        }
    }

    /// Counts the request against this project instead of the credential's.
    pub fn quota_project(self, project: &str) -> Self {
        self.header(QUOTA_PROJECT, project)
    }

    /// Sends this as JSON.
    pub fn json(self, body: &(impl Serialize + ?Sized)) -> Self {
        match serde_json::to_vec(body) {
            Ok(text) => self.body("application/json", text),
            Err(_) => self.mistaken("a body that has no form in JSON"),
        }
    }

    /// Adds these fields to the JSON body that was given before: objects are merged, everything else is replaced.
    pub fn extra_body(self, extra: &Value) -> Self {
        let body = self.body.as_bytes().map(|text| serde_json::from_slice(text));
        match body {
            Some(Ok(mut body)) => {
                merge(&mut body, extra);
                self.json(&body)
            }
            _ => self.mistaken("fields beside a body that is no JSON"),
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
        self.with_response().await.map(|reply| reply.value)
    }

    /// Sends the request and returns the reply's JSON with its status, its headers and its bytes.
    ///
    /// # Errors
    /// Those of [`RequestBuilder::send`].
    pub async fn with_response<T: DeserializeOwned>(self) -> Result<Reply<T>, Error> {
        let (reply, asked) = self.whole().await?;
        let (head, body) = reply.into_parts();
        let value = serde_json::from_slice(&body);
        let value = value.map_err(|_| asked.named(Error::not_the_json()))?;
        Ok(Reply { status: head.status, headers: head.headers, body, hops: 0, value })
    }

    /// Sends the request and returns the reply's events as they come, each a JSON document (`alt=sse`).
    ///
    /// # Errors
    /// Those of [`RequestBuilder::open`].
    pub async fn stream<T: DeserializeOwned>(self) -> Result<Events<T>, Error> {
        let accept = HeaderValue::from_static("text/event-stream");
        let limit = self.limit;
        let request = self.query("alt", "sse").with(header::ACCEPT, accept);
        let mut attempts = Attempts::new(request)?;
        let reply = attempts.next(true).await?;
        Ok(Events::new(reply, limit, attempts.asked()))
    }

    /// Sends the request and returns the reply as it comes, once it is a success.
    ///
    /// # Errors
    /// No token ([`Error::auth`]), no connection ([`Error::connection`]), or Google's refusal.
    pub async fn open(self) -> Result<Response<BodyStream>, Error> {
        Attempts::new(self)?.next(false).await
    }

    /// Returns the whole body. A look-up whose body was cut is sent again, as one without an answer is.
    pub(crate) async fn bytes(self) -> Result<Bytes, Error> {
        self.whole().await.map(|(reply, _)| reply.into_body())
    }

    async fn whole(self) -> Result<(Response<Bytes>, Asked), Error> {
        let limit = self.limit;
        let mut attempts = Attempts::new(self)?;
        loop {
            let (head, body) = attempts.next(false).await?.into_parts();
            match body.collect(limit).await.map_err(Error::from_connection) {
                Ok(body) => return Ok((Response::from_parts(head, body), attempts.asked())),
                Err(error) => attempts.after(error).await?,
            }
        }
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

fn merge(body: &mut Value, extra: &Value) {
    match (body, extra) {
        (Value::Object(body), Value::Object(extra)) => {
            for (name, value) in extra {
                merge(body.entry(name).or_insert(Value::Null), value);
            }
        }
        (body, extra) => body.clone_from(extra),
    }
}
