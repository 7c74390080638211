//! One request as read whole, and one reply before it is sent.
//!
//! In: the head and the collected body. Out: parameters by name. Nothing here knows about sockets, so
//! that every answer is a plain function from state and request to reply.

use crate::gemini::resources::upload::received::Received;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use serde::Serialize;
use std::time::Duration;

#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) method: Method,
    /// The `Host` header.
    pub(crate) host: String,
    /// Scheme and authority that pages and documents link to.
    pub(crate) origin: String,
    pub(crate) path: String,
    pub(crate) query: Parameters,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// The body of an upload, which is not kept whole; `body` is then empty.
    pub(crate) received: Option<Received>,
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The `Host` without its port.
    pub(crate) fn host_name(&self) -> &str {
        match self.host.rsplit_once(':') {
            Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
            _ => &self.host,
        }
    }

    /// The body's parameters; none unless it is declared as a form.
    pub(crate) fn form(&self) -> Parameters {
        let declared = self.header("content-type").unwrap_or_default();
        let kind = declared.split(';').next().unwrap_or_default().trim();
        if kind.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            Parameters::parse(&self.body)
        } else {
            Parameters::default()
        }
    }

    /// The credential of `Authorization: SCHEME CREDENTIAL`.
    pub(crate) fn authorization(&self, scheme: &str) -> Option<&str> {
        let header = self.header("authorization")?;
        let (sent, credential) = header.split_once(' ').unwrap_or((header, ""));
        sent.eq_ignore_ascii_case(scheme).then(|| credential.trim())
    }
}

/// Names and values of a query or a form, in order.
#[derive(Debug, Default, Clone)]
pub(crate) struct Parameters(Vec<(String, String)>);

impl Parameters {
    pub(crate) fn parse(text: &[u8]) -> Self {
        Self(form_urlencoded::parse(text).into_owned().collect())
    }

    /// The first value; an empty one counts as left out (RFC 6749, section 3.1).
    pub(crate) fn first(&self, name: &str) -> Option<&str> {
        let (_, value) = self.0.iter().find(|(key, _)| key == name)?;
        Some(value.as_str()).filter(|value| !value.is_empty())
    }

    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(key, value)| (key.as_str(), value.as_str()))
    }

    /// The first name that comes more than once.
    pub(crate) fn repeated(&self) -> Option<&str> {
        let names = self.0.iter().enumerate();
        names.into_iter().find_map(|(at, (name, _))| {
            self.0[..at].iter().any(|(earlier, _)| earlier == name).then_some(name.as_str())
        })
    }
}

#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// What follows the body, over HTTP/2.
    pub(crate) trailers: HeaderMap,
    /// How long it waits before it is sent.
    pub(crate) delay: Duration,
}

impl Reply {
    pub(crate) fn new(
        status: StatusCode,
        content_type: &'static str,
        body: impl Into<Bytes>,
    ) -> Self {
        let (headers, trailers) = (HeaderMap::new(), HeaderMap::new());
        let delay = Duration::ZERO;
        let reply = Self { status, headers, body: body.into(), trailers, delay };
        reply.with(header::CONTENT_TYPE, content_type)
    }

    /// JSON as Google prints it: two spaces.
    pub(crate) fn json(status: StatusCode, body: &impl Serialize) -> Self {
        let text = serde_json::to_string_pretty(body).unwrap_or_default();
        Self::new(status, "application/json; charset=utf-8", text)
    }

    pub(crate) fn redirect(status: StatusCode, location: &str) -> Self {
        let location = HeaderValue::from_str(location).unwrap_or(HeaderValue::from_static("/"));
        let (headers, trailers) = (HeaderMap::new(), HeaderMap::new());
        let delay = Duration::ZERO;
        let mut reply = Self { status, headers, body: Bytes::new(), trailers, delay };
        reply.headers.insert(header::LOCATION, location);
        reply.private()
    }

    pub(crate) fn method_not_allowed(allowed: &[Method]) -> Self {
        let allowed = allowed.iter().map(Method::as_str).collect::<Vec<_>>().join(", ");
        let text = "405 Method Not Allowed\n";
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "text/plain", text).with(header::ALLOW, &allowed)
    }

    pub(crate) fn with_trailer(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.trailers.insert(name, value);
        self
    }

    pub(crate) fn with(mut self, name: HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.insert(name, value);
        }
        self
    }

    /// The same, sent so much later, in real time.
    pub(crate) fn after(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// Marks a reply that no cache may keep.
    pub(crate) fn private(self) -> Self {
        self.with(header::CACHE_CONTROL, "no-cache, no-store, max-age=0, must-revalidate")
            .with(header::PRAGMA, "no-cache")
    }
}

/// Percent-encodes all but RFC 3986's unreserved characters, as Google's redirects do.
pub(crate) fn percent_encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                encoded.push(char::from(byte));
            }
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn value_left_empty_counts_as_left_out() {
        assert_eq!(Parameters::parse(b"code=&state=x").first("code"), None);
    }

    #[test]
    fn name_that_comes_twice_is_found() {
        assert_eq!(Parameters::parse(b"a=1&b=2&a=3").repeated(), Some("a"));
        assert_eq!(Parameters::parse(b"a=1&b=2").repeated(), None);
    }

    #[test]
    fn slash_of_a_code_is_percent_encoded() {
        assert_eq!(percent_encoded("4/0A-b_c d"), "4%2F0A-b_c%20d");
    }
}
