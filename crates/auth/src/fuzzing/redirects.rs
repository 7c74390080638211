//! What a browser, or a person who carries a line over, brings back from a sign-in.

use super::{check_error, is_plain};
use crate::error::{Error, ErrorKind};
use crate::formats::client_secret::OAuthClient;
use crate::scope::Scopes;
use crate::secret::Secret;
use crate::sign_in::authorize::{AuthorizationCode, AuthorizationRequest};
use crate::sign_in::loopback::{Expected, target};
use crate::sign_in::remote::{state_of, with_redirect};
use std::sync::OnceLock;

/// The `state` of the request that all of these answer.
const STATE: &str = "marked-state";
const PORT: u16 = 8085;

/// The request line and headers that a browser sends: ours is a `GET` of our path, with one `Host`, and
/// that is this machine; then as [`redirect`].
pub fn redirect_request(data: &[u8]) {
    let Ok(head) = std::str::from_utf8(data) else { return };
    let Ok(found) = target(head, &Expected::of_gcloud(PORT, |_| true)) else { return };
    assert!(found == "/" || found.starts_with("/?"), "{found:?}");
    let mut lines = head.split("\r\n");
    let first = lines.next().unwrap_or_default();
    assert!(
        [format!("GET {found} HTTP/1.1"), format!("GET {found} HTTP/1.0")].contains(&first.into())
    );
    let hosts: Vec<String> = lines
        .map(str::to_ascii_lowercase)
        .filter_map(|line| Some(line.strip_prefix("host:")?.trim().to_owned()))
        .collect();
    let [host] = &hosts[..] else { panic!("{hosts:?}") };
    assert!(["localhost:8085", "127.0.0.1:8085"].contains(&host.as_str()), "{host}");
    redirect(found.as_bytes());
}

/// The address that the browser comes back to: a code is believed beside our `state` and no other, each
/// once, and beside no error.
pub fn redirect(data: &[u8]) {
    let Ok(address) = std::str::from_utf8(data) else { return };
    let answer = request().accept(address);
    judge(answer, Some(&pairs(address)), data);
}

/// What a person pastes: an address, a query, or a code that is one word.
pub fn pasted(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let pairs = text.contains(['=', '?']).then(|| {
        let text = text.trim().trim_matches(['"', '\'']);
        pairs(text)
    });
    judge(request().accept_pasted(text), pairs.as_deref(), data);
}

/// The address that another machine printed: what we open asks for the answer on our own port, at the
/// address that was given, with the `state` that was given.
pub fn bootstrap_address(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    match state_of(text) {
        Ok(state) => {
            let url = with_redirect(text, PORT);
            assert!(is_plain(&url) && url.is_ascii(), "{url:?}");
            assert!(crate::http::check_uri(&url).is_ok(), "{url:?}");
            let pairs = pairs(&url);
            let states = all(&pairs, "state");
            let [found] = states[..] else { panic!("{} states", states.len()) };
            assert_eq!(String::from_utf8_lossy(found), state.expose());
            assert_eq!(all(&pairs, "redirect_uri"), [b"http://localhost:8085/"]);
        }
        Err(error) => check_error(&error, data),
    }
}

fn judge(
    answer: Result<AuthorizationCode, Error>,
    pairs: Option<&[(Vec<u8>, Vec<u8>)]>,
    data: &[u8],
) {
    let code = match answer {
        Ok(code) => code,
        Err(error) => {
            // A sender that knows our `state` may put any text into `error`.
            let foreign = *error.kind() == ErrorKind::StateMismatch;
            assert!(!foreign || !format!("{error:?}").contains(STATE));
            return check_error(&error, data);
        }
    };
    assert!(!code.0.expose().is_empty());
    assert_eq!(format!("{code:?}"), "AuthorizationCode([redacted])");
    let Some(pairs) = pairs else {
        assert!(code.0.expose().bytes().all(|byte| byte.is_ascii_graphic()));
        return;
    };
    assert_eq!(all(pairs, "state"), [STATE.as_bytes()]);
    assert!(all(pairs, "error").len() != 1);
    assert!(all(pairs, "iss").iter().all(|iss| *iss == b"https://accounts.google.com"));
    let codes = all(pairs, "code");
    let [found] = codes[..] else { panic!("{} codes", codes.len()) };
    assert_eq!(String::from_utf8_lossy(found), code.0.expose());
}

fn request() -> &'static AuthorizationRequest {
    static REQUEST: OnceLock<AuthorizationRequest> = OnceLock::new();
    REQUEST.get_or_init(|| {
        let client = OAuthClient::new("1-a.apps.googleusercontent.com", "marked-client-secret");
        AuthorizationRequest::new(&client, &Scopes::quickstart(), "http://localhost:8085/")
            .with_secrets(Secret::from(STATE), Secret::from("marked-verifier"))
    })
}

/// The parameters, read the slow way: RFC 6749's form of a query, byte by byte.
fn pairs(address: &str) -> Vec<(Vec<u8>, Vec<u8>)> {
    let query = address.split_once('?').map_or(address, |(_, query)| query);
    let query = query.split('#').next().unwrap_or_default();
    query
        .split('&')
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (decoded(name), decoded(value)))
        .collect()
}

fn all<'a>(pairs: &'a [(Vec<u8>, Vec<u8>)], name: &str) -> Vec<&'a [u8]> {
    let named = pairs.iter().filter(|(key, _)| key == name.as_bytes());
    named.map(|(_, value)| value.as_slice()).collect()
}

fn decoded(text: &str) -> Vec<u8> {
    let bytes = text.as_bytes();
    let digit = |at: usize| char::from(*bytes.get(at)?).to_digit(16);
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        match (bytes[at], digit(at + 1), digit(at + 2)) {
            (b'%', Some(high), Some(low)) => {
                decoded.push((high * 16 + low) as u8);
                at += 2;
            }
            (b'+', _, _) => decoded.push(b' '),
            (byte, _, _) => decoded.push(byte),
        }
        at += 1;
    }
    decoded
}
