//! What was asked and answered, kept as JSON for tests that run without a server.
//!
//! In: a transport to listen to, or JSON that was kept. Out: a transport. What is secret is not kept: no header of a request,
//! of the replies' headers the few below, no `key`, `access_token` or `upload_id` of an address.
//! Not here: sign-ins; they have an HTTP client of their own.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use hallpass::http::{Body, Transport, TransportFuture};
use hallpass::{Error as AuthError, ErrorKind};
use http::{HeaderName, HeaderValue, Request, Response, Uri};
use http_body_util::BodyExt;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::error::Error as StdError;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

/// What a client looks at.
const KEPT: [&str; 6] = [
    "content-type",
    "retry-after",
    "x-goog-upload-size-received",
    "x-goog-upload-status",
    "x-goog-upload-url",
    "x-goog-request-id",
];

/// Whose value opens something.
const SECRET: [&str; 4] = ["key", "access_token", "oauth_token", "upload_id"];

/// One request and its reply.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Exchange {
    method: String,
    path: String,
    #[serde(default, skip_serializing_if = "Text::is_empty")]
    asked: Text,
    status: u16,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "Text::is_empty")]
    answer: Text,
}

/// A body: text as it is, bytes in base64.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Text {
    Text(String),
    Base64(String),
}

impl Default for Text {
    fn default() -> Self {
        Self::Text(String::new())
    }
}

impl Text {
    fn of(bytes: &[u8]) -> Self {
        match std::str::from_utf8(bytes) {
            Ok(text) => Self::Text(text.to_owned()),
            Err(_) => Self::Base64(BASE64_STANDARD.encode(bytes)),
        }
    }

    fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    fn bytes(&self) -> Vec<u8> {
        match self {
            Self::Text(text) => text.clone().into_bytes(),
            Self::Base64(text) => BASE64_STANDARD.decode(text).unwrap_or_default(),
        }
    }
}

/// Listens to another transport. A stream is given on when it has come as a whole.
///
/// ```no_run
/// use hallpass::http::HttpClient;
/// use hallpass_gemini::cassette::{Recorder, Replay};
/// use hallpass_gemini::{ApiKey, Client};
///
/// # async fn example(key: ApiKey) -> Result<(), Box<dyn std::error::Error>> {
/// let recorder = Recorder::new(HttpClient::from_env().transport().clone());
/// let http = HttpClient::builder().transport(recorder.clone()).build();
/// Client::builder(key).http(http).build().generate("gemini-flash-latest", "Hello").await?;
/// let kept = recorder.to_json(); // goes into a file beside the test
///
/// let http = HttpClient::builder().transport(Replay::parse(&kept)?).build();
/// Client::builder(ApiKey::new("none")?).http(http).build().generate("gemini-flash-latest", "Hello").await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Recorder {
    inner: Arc<dyn Transport>,
    exchanges: Arc<Mutex<Vec<Exchange>>>,
}

impl Recorder {
    /// Listens to this transport.
    #[must_use]
    pub fn new(inner: Arc<dyn Transport>) -> Self {
        Self { inner, exchanges: Arc::default() }
    }

    /// Returns what was heard so far.
    #[must_use]
    pub fn to_json(&self) -> String {
        let exchanges = self.exchanges.lock().unwrap_or_else(PoisonError::into_inner);
        serde_json::to_string_pretty(&*exchanges).unwrap_or_default()
    }
}

impl Transport for Recorder {
    fn send(&self, request: Request<Body>) -> TransportFuture<'_> {
        Box::pin(async move {
            let (method, path) = (request.method().to_string(), address(request.uri()));
            let asked = request.body().as_bytes().map(|bytes| Text::of(bytes)).unwrap_or_default();
            let (head, body) = self.inner.send(request).await?.into_parts();
            let body = body.collect().await?.to_bytes();
            let kept = KEPT.iter().filter_map(|name| {
                let value = head.headers.get(*name)?.to_str().ok()?;
                Some(((*name).to_owned(), without_secrets(value)))
            });
            let (headers, answer) = (kept.collect(), Text::of(&body));
            let status = head.status.as_u16();
            let exchange = Exchange { method, path, asked, status, headers, answer };
            self.exchanges.lock().unwrap_or_else(PoisonError::into_inner).push(exchange);
            Ok(Response::from_parts(head, body.into()))
        })
    }
}

impl fmt::Debug for Recorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Recorder")
    }
}

/// Answers as it was answered before: the same method, address and body get the next reply that is left.
#[derive(Clone, Debug)]
pub struct Replay {
    left: Arc<Mutex<Vec<Exchange>>>,
}

impl Replay {
    /// Reads what a [`Recorder`] has kept.
    ///
    /// # Errors
    /// A text of another form.
    pub fn parse(text: &str) -> Result<Self, crate::Error> {
        let exchanges: Result<Vec<Exchange>, _> = serde_json::from_str(text);
        let left =
            exchanges.map_err(|_| crate::Error::setting("it is not what a recorder keeps"))?;
        Ok(Self { left: Arc::new(Mutex::new(left)) })
    }

    /// Returns how many replies are left: none when everything was asked for again.
    #[must_use]
    pub fn left(&self) -> usize {
        self.left.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    fn answer(
        &self,
        request: &Request<Body>,
    ) -> Result<Response<Body>, Box<dyn StdError + Send + Sync>> {
        let (method, path) = (request.method().as_str(), address(request.uri()));
        let asked = request.body().as_bytes().map(|bytes| Text::of(bytes)).unwrap_or_default();
        let mut left = self.left.lock().unwrap_or_else(PoisonError::into_inner);
        let fits = |one: &Exchange| {
            one.method == method && one.path == path && is_same(&one.asked, &asked)
        };
        let Some(at) = left.iter().position(fits) else {
            let what = format!("nothing is left that was recorded of {method} {path}");
            return Err(AuthError::new(ErrorKind::Custom { transient: false }, what).into());
        };
        let exchange = left.remove(at);
        let mut response = Response::new(Body::from(Bytes::from(exchange.answer.bytes())));
        *response.status_mut() = exchange.status.try_into()?;
        for (name, value) in &exchange.headers {
            response
                .headers_mut()
                .insert(HeaderName::try_from(name)?, HeaderValue::try_from(value)?);
        }
        Ok(response)
    }
}

impl Transport for Replay {
    fn send(&self, request: Request<Body>) -> TransportFuture<'_> {
        Box::pin(async move { self.answer(&request) })
    }
}

/// JSON may have its fields in another order.
fn is_same(one: &Text, other: &Text) -> bool {
    let json = |text: &Text| serde_json::from_slice::<serde_json::Value>(&text.bytes()).ok();
    one == other || json(one).is_some_and(|one| Some(one) == json(other))
}

/// The path and the query, without what is secret; hosts may differ.
fn address(uri: &Uri) -> String {
    without_secrets(uri.path_and_query().map_or("/", |path| path.as_str()))
}

fn without_secrets(text: &str) -> String {
    let Some((before, query)) = text.split_once('?') else { return text.to_owned() };
    let pairs = query.split('&').map(|pair| match pair.split_once('=') {
        Some((name, _)) if SECRET.contains(&name) => format!("{name}=kept-back"),
        _ => pair.to_owned(),
    });
    format!("{before}?{}", pairs.collect::<Vec<_>>().join("&"))
}
