//! What must hold for everything that the Gemini API answers, whatever stands in it.
//!
//! In: any bytes. Out: nothing; a promise that is broken is a panic. The fuzz targets (`fuzz/`) and the
//! property tests of this crate call the same functions.

use crate::models::{Model, ModelsPage, is_model_id};
use crate::sse::Decoder;
use crate::{Client, Error};
use bytes::Bytes;
use hallpass::Credential;
use hallpass::oauth::AccessToken;
use hallpass::source::StaticSource;
use hallpass::text::steers;
use http::{HeaderMap, Method};
use std::time::{Duration, SystemTime};

/// The statuses among which the first byte of an input chooses.
const STATUSES: [u16; 6] = [400, 401, 403, 429, 500, 302];

/// An answer that is no success: its line cannot steer a terminal, and what its body says decides neither
/// whether to try again nor whether to sign in again.
pub fn api_error(data: &[u8]) {
    let Some((first, body)) = data.split_first() else { return };
    let status = STATUSES[usize::from(*first) % STATUSES.len()];
    let error = Error::from_response(status, HeaderMap::new(), body);
    assert_eq!(error.status(), Some(status));
    assert_eq!(error.is_transient(), matches!(status, 429 | 500));
    assert_eq!(error.needs_sign_in(), status == 401);
    let line = error.to_string();
    assert!(line.starts_with(&format!("Gemini answered {status}")), "{line:?}");
    assert!(is_plain(&line), "{line:?}");
    let wait = crate::Retry::default().wait(&error, 1, 0.5);
    assert!(wait.is_none_or(|wait| wait <= Duration::from_secs(31)), "{wait:?}");
}

/// A page of models: each is written as it was read, fields that we do not know included.
pub fn models_page(data: &[u8]) {
    if let Ok(page) = serde_json::from_slice::<ModelsPage>(data) {
        page.models.iter().for_each(survives);
        // The server's own words become one parameter of the next request.
        let client = client();
        let request = client.request(Method::GET, "models");
        let request = request.query("pageToken", &page.next_page_token);
        let query = request.url().strip_prefix(BEFORE).expect("one parameter");
        assert!(
            query.bytes().all(|byte| byte.is_ascii_graphic() && !b"#&?".contains(&byte)),
            "{query:?}"
        );
    }
    if let Ok(model) = serde_json::from_slice::<Model>(data) {
        survives(&model);
    }
}

fn survives(model: &Model) {
    let text = serde_json::to_vec(model).expect("JSON");
    assert_eq!(&serde_json::from_slice::<Model>(&text).expect("what we wrote"), model);
}

/// The name of a model: an accepted one is a single segment of a path.
pub fn model_name(data: &[u8]) {
    let Ok(name) = std::str::from_utf8(data) else { return };
    if is_model_id(name) {
        assert!(!["", ".", ".."].contains(&name), "{name:?}");
        assert!(
            !name.contains(['/', '\\', '?', '#', '%', ':', '@']) && name.is_ascii(),
            "{name:?}"
        );
    }
    let line = Error::invalid_name("a model", name).to_string();
    assert!(is_plain(&line), "{line:?}");
}

/// Says whether a text holds nothing that moves a cursor, or hides or reorders what stands beside it.
fn is_plain(text: &str) -> bool {
    !text.contains(steers)
}

/// The address of a list, up to its parameter.
const BEFORE: &str = "https://generativelanguage.googleapis.com/v1beta/models?pageToken=";

fn client() -> Client {
    let token = AccessToken::new("token", SystemTime::UNIX_EPOCH).expect("token");
    Client::new(Credential::new(StaticSource::new(token)))
}

/// A stream of events: cut anywhere, it is the same one, and no event is larger than the limit.
pub fn gemini_events(data: &[u8]) {
    let Some((first, body)) = data.split_first() else { return };
    let whole = decoded(body, body.len().max(1));
    assert_eq!(decoded(body, usize::from(*first).max(1)), whole);
    assert_eq!(decoded(body, 1), whole);
}

type Decoded = (Vec<Bytes>, Option<Vec<u8>>);

/// The events, and what stood between them; none if one is too large.
fn decoded(body: &[u8], size: usize) -> Option<Decoded> {
    let mut decoder = Decoder::new(LIMIT);
    let mut events = Vec::new();
    for piece in body.chunks(size) {
        decoder.push(Bytes::copy_from_slice(piece));
        while let Some(event) = decoder.next().ok()? {
            events.push(event);
        }
    }
    let (last, stray) = decoder.finish();
    events.extend(last);
    assert!(events.iter().all(|event| event.len() <= LIMIT));
    Some((events, stray))
}

/// Small, so that inputs reach it.
const LIMIT: usize = 64;
