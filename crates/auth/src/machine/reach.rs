//! What a machine's source reaches the world with: requests, the time, hosts it believes, variables.
//!
//! Not here: any of them; this is how they travel together.

use super::hosts::Hosts;
use crate::clock::Clock;
use crate::error::{Error, ErrorKind};
use crate::http::HttpClient;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::sync::Arc;

#[derive(Clone, Debug)]
pub(crate) struct Reach {
    pub(crate) http: HttpClient,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) hosts: Hosts,
    pub(crate) variables: Variables,
}

/// The environment as it was; values may be secrets.
#[derive(Clone, Default)]
pub(crate) struct Variables(pub(crate) BTreeMap<&'static str, OsString>);

impl Variables {
    /// Returns a variable that is set and not empty.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).and_then(|value| value.to_str()).filter(|value| !value.is_empty())
    }
}

impl std::fmt::Debug for Variables {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// A machine cannot sign in again: what the server says about its key is a refusal like others.
pub(crate) fn of_machine(error: Error) -> Error {
    match error.kind() {
        ErrorKind::InvalidGrant { .. } => {
            with_kind(&error, ErrorKind::OAuth { code: "invalid_grant".to_owned(), status: 400 })
        }
        _ => error,
    }
}

/// Returns the same words under another kind.
pub(crate) fn with_kind(error: &Error, kind: ErrorKind) -> Error {
    let same = Error::new(kind, error.to_string());
    match std::error::Error::source(error) {
        Some(cause) => same.with_source(cause.to_string()),
        None => same,
    }
}
