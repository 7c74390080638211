//! What clients have asked, with secrets shown only as hashes.
//!
//! In: each request, the status of its answer and whether its body is a prompt. Out: the list for tests. A value is
//! shown in clear only if its name is on the list below; everything else but a prompt, known or not, becomes `sha256:…`
//! and hex.

use crate::clock;
use crate::message::{Parameters, Request};
use http::StatusCode;
use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, VecDeque};
use std::time::SystemTime;

const MAX_REQUESTS: usize = 10_000;
/// What all entries together may hold, in bytes of text.
const MAX_BYTES: usize = 16 * 1024 * 1024;
/// What is kept of a name, a value or a path.
const MAX_TEXT: usize = 4 * 1024;
/// What is kept of a body: a prompt of some pages.
const MAX_BODY: usize = 64 * 1024;
/// How many parameters of one request are kept.
const MAX_PARAMETERS: usize = 64;
/// No value here lets anyone in.
const CLEAR: [&str; 31] = [
    "$alt",
    "access_type",
    "account",
    "alt",
    "approval_prompt",
    "client_id",
    "code_challenge_method",
    "enable_granular_consent",
    "error",
    "fields",
    "flowName",
    "grant_type",
    "hd",
    "include_granted_scopes",
    "login_hint",
    "pageSize",
    "pageToken",
    "page_size",
    "page_token",
    "prettyPrint",
    "prompt",
    "redirect_uri",
    "response_type",
    "scope",
    "action",
    "step",
    "audience",
    "quotaUser",
    "requested_token_type",
    "scopes",
    "subject_token_type",
];
const HEADERS: [&str; 11] = [
    "accept",
    "authorization",
    "content-type",
    "metadata-flavor",
    "user-agent",
    "x-goog-api-client",
    "content-range",
    "x-goog-upload-command",
    "x-goog-upload-offset",
    "x-goog-upload-protocol",
    "x-goog-user-project",
];

/// What the JSON body of a request is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Content {
    /// To the Gemini API; kept as it came.
    Prompt,
    /// To all else; what may be a secret is hashed.
    Other,
}

/// A request that a client made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct RecordedRequest {
    /// The method.
    pub method: String,
    /// The `Host` header.
    pub host: String,
    /// The path, without the query.
    pub path: String,
    /// The query by name; the values of a name that repeats are joined by spaces if they are shown.
    pub query: BTreeMap<String, String>,
    /// The form of the body by name.
    pub form: BTreeMap<String, String>,
    /// Those headers by which Google's clients differ; the credential of `authorization` is hashed.
    pub headers: BTreeMap<String, String>,
    /// A JSON body, at most 64 KiB of it: a prompt as it came, strings of other bodies hashed as those of forms.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// The status of the answer.
    pub status: u16,
    /// When, on the virtual clock, in RFC 3339.
    pub time: String,
}

impl RecordedRequest {
    /// Returns the body as JSON, if it is JSON and was kept whole.
    #[must_use]
    pub fn json(&self) -> Option<Value> {
        serde_json::from_str(self.body.as_deref()?).ok()
    }

    fn new(request: &Request, content: Content, status: StatusCode, now: SystemTime) -> Self {
        Self {
            method: cut(request.method.as_str(), MAX_TEXT),
            host: cut(&request.host, MAX_TEXT),
            path: cut(&request.path, MAX_TEXT),
            query: shown(&request.query),
            form: shown(&request.form()),
            headers: headers(request),
            body: body(request, content),
            status: status.as_u16(),
            time: clock::rfc3339(now),
        }
    }

    /// The bytes of its texts, which are nearly all that it takes.
    fn size(&self) -> usize {
        let pairs = [&self.query, &self.form, &self.headers].into_iter().flatten();
        let texts = pairs.flat_map(|(name, value)| [name, value]);
        let fields = [&self.method, &self.host, &self.path, &self.time];
        let all = texts.chain(fields).chain(&self.body);
        all.map(|text| text.len() + size_of::<String>()).sum()
    }
}

#[derive(Debug, Default)]
pub(crate) struct Journal {
    requests: VecDeque<RecordedRequest>,
    bytes: usize,
}

impl Journal {
    pub(crate) fn note(
        &mut self,
        request: &Request,
        content: Content,
        status: StatusCode,
        now: SystemTime,
    ) {
        let entry = RecordedRequest::new(request, content, status, now);
        self.bytes += entry.size();
        self.requests.push_back(entry);
        while self.requests.len() > MAX_REQUESTS || self.bytes > MAX_BYTES {
            self.bytes -= self.requests.pop_front().map_or(self.bytes, |oldest| oldest.size());
        }
    }

    pub(crate) fn requests(&self) -> Vec<RecordedRequest> {
        self.requests.iter().cloned().collect()
    }

    /// The newest requests, newest first.
    pub(crate) fn newest(&self) -> impl Iterator<Item = &RecordedRequest> {
        self.requests.iter().rev()
    }

    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }
}

/// The start of a text, and how long the whole was.
fn cut(text: &str, most: usize) -> String {
    if text.len() <= most {
        return text.to_owned();
    }
    let end = (0..=most).rev().find(|at| text.is_char_boundary(*at)).unwrap_or_default();
    format!("{}… ({} bytes)", &text[..end], text.len())
}

/// Each name once, with its values in order.
fn shown(parameters: &Parameters) -> BTreeMap<String, String> {
    let mut shown = BTreeMap::<String, String>::new();
    for (name, value) in parameters.iter() {
        let is_clear = CLEAR.contains(&name);
        let value = if is_clear { cut(value, MAX_TEXT) } else { hashed(value) };
        if let Some(earlier) = shown.get_mut(name) {
            // The boxes of the consent page share one name.
            if is_clear && earlier.len() < MAX_TEXT {
                *earlier += " ";
                *earlier += &value;
            }
        } else if shown.len() < MAX_PARAMETERS {
            shown.insert(cut(name, MAX_TEXT), value);
        }
    }
    shown
}

/// A JSON body: a prompt as it came, all else with what may be a secret hashed.
fn body(request: &Request, content: Content) -> Option<String> {
    let kind = request.header("content-type")?;
    if request.body.is_empty() || !kind.starts_with("application/json") {
        return None;
    }
    let text = String::from_utf8_lossy(&request.body);
    if content == Content::Prompt {
        return Some(cut(&text, MAX_BODY));
    }
    let mut json = serde_json::from_str(&text).ok()?;
    redact(&mut json, "");
    Some(cut(&json.to_string(), MAX_BODY))
}

fn redact(json: &mut Value, name: &str) {
    match json {
        Value::Object(fields) => fields.iter_mut().for_each(|(name, value)| redact(value, name)),
        Value::Array(values) => values.iter_mut().for_each(|value| redact(value, name)),
        Value::String(text) if !CLEAR.contains(&name) => *text = hashed(text),
        _ => {}
    }
}

fn headers(request: &Request) -> BTreeMap<String, String> {
    let mut shown = BTreeMap::new();
    for name in HEADERS {
        let Some(value) = request.header(name) else { continue };
        let value = match value.split_once(' ') {
            _ if name != "authorization" => cut(value, MAX_TEXT),
            Some((scheme, credential)) => {
                format!("{} {}", cut(scheme, MAX_TEXT), hashed(credential))
            }
            None => hashed(value),
        };
        shown.insert(name.to_owned(), value);
    }
    shown
}

fn hashed(value: &str) -> String {
    let digest = Sha256::digest(value.as_bytes());
    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{hex}")
}
