//! Tells Google's files apart, by the keys in them.
//!
//! In: the JSON object of a file. Out: which of Google's files it is, in words that an error can use.

use crate::text::code_word;
use serde_json::{Map, Value};
use std::fmt;

/// A file of Google's that is not the client file of a Desktop app.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FileType {
    /// A client of type "Web application".
    WebClient,
    /// A key of a service account.
    ServiceAccount,
    /// Application Default Credentials: a sign-in, not a client.
    AuthorizedUser,
    /// google-auth's `token.json`: a sign-in, not a client.
    TokenFile,
    /// Another credential with this `type`.
    Other(String),
    /// An API key.
    ApiKey,
    /// JSON that is none of Google's files.
    Unknown,
}

impl FileType {
    pub(crate) fn of(file: &Map<String, Value>) -> Self {
        if file.contains_key("web") {
            return Self::WebClient;
        }
        match file.get("type").and_then(Value::as_str) {
            Some("service_account") => Self::ServiceAccount,
            Some("authorized_user") => Self::AuthorizedUser,
            Some(other) => Self::Other(code_word(other)),
            None if file.contains_key("refresh_token") => Self::TokenFile,
            None if file.contains_key("keyString") || file.contains_key("api_key") => Self::ApiKey,
            None => Self::Unknown,
        }
    }
}

impl fmt::Display for FileType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::WebClient => f.write_str("an OAuth client of type \"Web application\""),
            Self::ServiceAccount => f.write_str("a service-account key"),
            Self::AuthorizedUser => {
                f.write_str("a saved sign-in (Application Default Credentials)")
            }
            Self::TokenFile => f.write_str("a saved sign-in (`token.json`)"),
            Self::Other(name) => write!(f, "a credential of type `{name}`"),
            Self::ApiKey => f.write_str("an API key"),
            Self::Unknown => f.write_str("JSON of another kind"),
        }
    }
}
