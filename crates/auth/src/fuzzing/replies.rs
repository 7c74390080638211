//! Replies of token endpoints and of metadata servers.

use super::files::assert_can_be_sent;
use super::{check_error, hides, is_plain, now};
use crate::error::{Error, ErrorKind};
use crate::token::{TokenSet, account};
use crate::token_endpoint::{object, refused};
use bytes::Bytes;
use http::{Response, StatusCode};
use std::time::Duration;

/// The statuses among which the first byte of an input chooses.
const STATUSES: [u16; 8] = [200, 200, 200, 400, 401, 429, 503, 302];

/// A reply of a token endpoint: an accepted token can be sent, and lasts a day at most; a refusal is an
/// error by its code, whose words are plain and short.
pub fn token_reply(data: &[u8]) {
    let Some((reply, body)) = reply(data) else { return };
    if reply.status() == StatusCode::OK {
        match object(&reply).and_then(|object| TokenSet::read(&object, now())) {
            Ok(tokens) => good(&tokens, body),
            Err(error) => check_error(&error, body),
        }
        return;
    }
    let error = refused(&reply, "the saved sign-in");
    check_error(&error, body);
    let code = match error.kind() {
        ErrorKind::OAuth { code, .. } => code.as_str(),
        ErrorKind::InvalidGrant { subtype } => subtype.as_deref().unwrap_or("x"),
        ErrorKind::ServerStatus(status) => {
            assert_eq!(*status, reply.status().as_u16());
            "x"
        }
        other => panic!("{other:?}"),
    };
    assert!(code.len() <= 64 && code.bytes().all(|byte| byte.is_ascii_graphic()), "{code:?}");
    // What asks for another try is the status alone, whatever the body says.
    let passing = matches!(reply.status().as_u16(), 429 | 503);
    let ended = matches!(error.kind(), ErrorKind::InvalidGrant { .. });
    assert_eq!(error.is_transient(), passing && !ended);
}

fn good(tokens: &TokenSet, body: &[u8]) {
    hides(tokens, body);
    assert_can_be_sent(&tokens.access_token);
    let life = tokens.access_token.expires_at().duration_since(now()).expect("not in the past");
    assert!(life <= Duration::from_secs(24 * 60 * 60));
    assert!(tokens.refresh_token.as_ref().is_none_or(|token| !token.expose().is_empty()));
    assert!(tokens.refresh_token_expires_at.is_none_or(|end| end >= now()));
    assert!(tokens.account.as_deref().is_none_or(is_plain));
}

/// An `id_token`: the address in it can be shown.
pub fn id_token(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Some(account) = account(text) {
        assert!(account.len() <= 320 && is_plain(&account), "{account:?}");
    }
}

/// A reply of a metadata server: believed with Google's header alone, then as a token reply.
pub fn metadata_reply(data: &[u8]) {
    let Some((mut reply, body)) = reply(data) else { return };
    let flavored = data[0] & 0x80 == 0;
    if flavored {
        reply.headers_mut().insert("metadata-flavor", http::HeaderValue::from_static("Google"));
    }
    let read: Result<_, Error> = crate::machine::metadata::read("metadata.example", &reply, now());
    match read {
        Ok(token) => {
            assert!(flavored && reply.status() == StatusCode::OK);
            assert_can_be_sent(&token);
        }
        Err(error) => check_error(&error, body),
    }
}

fn reply(data: &[u8]) -> Option<(Response<Bytes>, &[u8])> {
    let (first, body) = data.split_first()?;
    let status = STATUSES[usize::from(*first) % STATUSES.len()];
    let mut reply = Response::new(Bytes::copy_from_slice(body));
    *reply.status_mut() = StatusCode::from_u16(status).expect("a status");
    Some((reply, body))
}
