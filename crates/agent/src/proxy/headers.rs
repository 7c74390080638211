//! What of a request's head goes on to Google, and what of a reply's head comes back.
//!
//! In: the head as it came. Out: the same without credentials of the caller in any spelling, without what belongs
//! to one connection (RFC 9110, section 7.6.1), and without what would lead the caller past the agent.
//! Not here: the credential that is put in (`Signer`).

use hallpass::http::Uri;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use std::borrow::Cow;

/// Names with which a caller could say who pays, who asks, or what is asked; `_` counts as `-`.
const CALLERS: [&str; 17] = [
    "authorization",
    "proxy-authorization",
    "cookie",
    "cookie2",
    "x-goog-api-key",
    "x-api-key",
    "api-key",
    "x-goog-user-project",
    "x-goog-iam-authorization-token",
    "x-goog-iam-authority-selector",
    "x-goog-authuser",
    "x-goog-visibilities",
    "x-http-method-override",
    "x-http-method",
    "x-method-override",
    "x-original-url",
    "x-rewrite-url",
];

/// What belongs to one connection, and what hyper writes itself.
const HOP: [&str; 12] = [
    "connection",
    "keep-alive",
    "proxy-connection",
    "proxy-authenticate",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "host",
    "content-length",
    "expect",
    "http2-settings",
];

static UPLOAD_URL: HeaderName = HeaderName::from_static("x-goog-upload-url");
static UPLOAD_CONTROL_URL: HeaderName = HeaderName::from_static("x-goog-upload-control-url");

/// The sign-in's token and project, and the name of this program where there is none.
const ADDED: usize = 3;

/// What of a reply would be read as the agent's own word to browsers, or would lead past it.
const REPLIES: [&str; 4] =
    ["set-cookie", "alt-svc", "strict-transport-security", "clear-site-data"];

/// Parameters of a query that carry a credential, or headers and a method in disguise.
const PARAMETERS: [&str; 8] = [
    "key",
    "access_token",
    "oauth_token",
    "bearer_token",
    "api_key",
    "apikey",
    "$httpheaders",
    "$httpmethod",
];

/// Returns the headers of the request that goes on.
pub(crate) fn of_the_request(headers: &HeaderMap) -> HeaderMap {
    kept(headers, |name| !is_callers(name) && !HOP.contains(&name))
}

fn is_callers(name: &str) -> bool {
    match name.contains('_') {
        true => CALLERS.contains(&name.replace('_', "-").as_str()),
        false => CALLERS.contains(&name),
    }
}

/// Returns the headers of the reply that goes back; the address of an upload leads to `origin` again.
pub(crate) fn of_the_reply(
    headers: &HeaderMap,
    upstream: &str,
    origin: impl Fn() -> String,
) -> HeaderMap {
    // A length stays: the body is not changed.
    let mut kept = kept(headers, |name| {
        (name == "content-length" || !HOP.contains(&name))
            && !REPLIES.contains(&name)
            && !name.starts_with("access-control-")
    });
    for name in [&UPLOAD_URL, &UPLOAD_CONTROL_URL, &header::LOCATION] {
        if let Some(ours) = kept.get(name).and_then(|value| moved(value, upstream, &origin)) {
            kept.insert(name, ours);
        }
    }
    kept
}

/// Returns path and query of the address that the rest of an upload goes to.
pub(crate) fn of_the_upload<'a>(headers: &'a HeaderMap, upstream: &str) -> Option<&'a str> {
    let address = headers.get(&UPLOAD_URL)?.to_str().ok()?;
    address.strip_prefix(upstream).filter(|rest| rest.starts_with('/'))
}

fn kept(headers: &HeaderMap, keeps: impl Fn(&str) -> bool) -> HeaderMap {
    let connection = headers.get_all(header::CONNECTION).iter();
    let named: Vec<String> = connection
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(|name| name.trim().to_ascii_lowercase())
        .collect();
    let mut all = HeaderMap::with_capacity(headers.len() + ADDED);
    for (name, value) in headers {
        if keeps(name.as_str()) && !named.iter().any(|hop| hop == name.as_str()) {
            all.append(name, value.clone());
        }
    }
    all
}

/// Returns an address of the upstream server as one of the agent's.
fn moved(value: &HeaderValue, upstream: &str, origin: impl Fn() -> String) -> Option<HeaderValue> {
    let rest = value.as_bytes().strip_prefix(upstream.as_bytes())?;
    if !rest.starts_with(b"/") {
        return None;
    }
    HeaderValue::from_bytes(&[origin().as_bytes(), rest].concat()).ok()
}

/// Returns the query without the caller's credentials; everything else stays as it was written.
pub(crate) fn query(uri: &Uri) -> Option<Cow<'_, str>> {
    let query = uri.query()?;
    if !query.split('&').any(is_credential) {
        return Some(query.into());
    }
    let kept: Vec<&str> = query.split('&').filter(|pair| !is_credential(pair)).collect();
    (!kept.is_empty()).then(|| kept.join("&").into())
}

fn is_credential(pair: &str) -> bool {
    form_urlencoded::parse(pair.as_bytes()).any(|(name, _)| {
        PARAMETERS.iter().any(|credential| name.trim().eq_ignore_ascii_case(credential))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_credential_of_the_caller_is_left_in_a_query() {
        for (given, left) in [
            ("/?key=a", None),
            ("/?alt=sse&key=a&b=%20", Some("alt=sse&b=%20")),
            (
                "/?KEY=a&%6bey=b&access%5Ftoken=c&oauth_token=d&%24httpHeaders=e&keys=f",
                Some("keys=f"),
            ),
            ("/", None),
        ] {
            let uri: Uri = given.parse().expect("address");
            assert_eq!(query(&uri).as_deref(), left, "{given}");
        }
    }

    #[test]
    fn an_address_of_the_upstream_server_leads_back_and_another_one_stays() {
        let google = "https://generativelanguage.googleapis.com";
        let moved = |value: &str| {
            let value = HeaderValue::from_bytes(value.as_bytes()).expect("value");
            moved(&value, google, || "http://127.0.0.1:1".to_owned())
                .map(|value| String::from_utf8(value.as_bytes().to_vec()).expect("text"))
        };
        assert_eq!(
            moved("https://generativelanguage.googleapis.com/upload/v1/files?upload_id=a")
                .as_deref(),
            Some("http://127.0.0.1:1/upload/v1/files?upload_id=a")
        );
        assert_eq!(
            moved("https://generativelanguage.googleapis.com/ü").as_deref(),
            Some("http://127.0.0.1:1/ü")
        );
        assert_eq!(moved("https://generativelanguage.googleapis.com.evil.example/upload"), None);
        assert_eq!(moved("https://storage.googleapis.com/upload"), None);
    }
}
