//! What clients have asked, with secrets shown only as hashes.
//!
//! In: each request and the status of its answer. Out: the list for tests. A value is shown in clear only
//! if its name is on the list below; everything else, known or not, becomes `sha256:…` and hex.

use crate::clock;
use crate::message::{Parameters, Request};
use http::StatusCode;
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, VecDeque};
use std::time::SystemTime;

const MAX_REQUESTS: usize = 10_000;
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
const HEADERS: [&str; 7] = [
    "accept",
    "authorization",
    "content-type",
    "metadata-flavor",
    "user-agent",
    "x-goog-api-client",
    "x-goog-user-project",
];

/// A request that a client made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RecordedRequest {
    /// The method.
    pub method: String,
    /// The `Host` header.
    pub host: String,
    /// The path, without the query.
    pub path: String,
    /// The query by name; the first value if a name repeats.
    pub query: BTreeMap<String, String>,
    /// The form of the body by name.
    pub form: BTreeMap<String, String>,
    /// Those headers by which Google's clients differ; the credential of `authorization` is hashed.
    pub headers: BTreeMap<String, String>,
    /// The status of the answer.
    pub status: u16,
    /// When, on the virtual clock, in RFC 3339.
    pub time: String,
}

#[derive(Debug, Default)]
pub(crate) struct Journal(VecDeque<RecordedRequest>);

impl Journal {
    pub(crate) fn note(&mut self, request: &Request, status: StatusCode, now: SystemTime) {
        if self.0.len() >= MAX_REQUESTS {
            self.0.pop_front();
        }
        self.0.push_back(RecordedRequest {
            method: request.method.to_string(),
            host: request.host.clone(),
            path: request.path.clone(),
            query: shown(&request.query),
            form: shown(&request.form()),
            headers: headers(request),
            status: status.as_u16(),
            time: clock::rfc3339(now),
        });
    }

    pub(crate) fn requests(&self) -> Vec<RecordedRequest> {
        self.0.iter().cloned().collect()
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }
}

fn shown(parameters: &Parameters) -> BTreeMap<String, String> {
    let mut shown = BTreeMap::new();
    for (name, value) in parameters.iter() {
        let value = if CLEAR.contains(&name) { value.to_owned() } else { hashed(value) };
        shown.entry(name.to_owned()).or_insert(value);
    }
    shown
}

fn headers(request: &Request) -> BTreeMap<String, String> {
    let mut shown = BTreeMap::new();
    for name in HEADERS {
        let Some(value) = request.header(name) else { continue };
        let value = match value.split_once(' ') {
            _ if name != "authorization" => value.to_owned(),
            Some((scheme, credential)) => format!("{scheme} {}", hashed(credential)),
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
