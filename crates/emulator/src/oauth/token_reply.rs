//! What the token endpoint says: tokens, or an error as Google words it.
//!
//! Source: RFC 6749, sections 5.1 and 5.2; pasted live replies (docs/emulator.md, Sources).

use crate::message::Reply;
use http::StatusCode;
use serde::Serialize;

#[derive(Serialize)]
pub(crate) struct Success {
    pub(crate) access_token: String,
    pub(crate) expires_in: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) refresh_token: Option<String>,
    /// Left out for service accounts.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) scope: String,
    pub(crate) token_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) id_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) refresh_token_expires_in: Option<u64>,
}

impl Success {
    pub(crate) fn of_service_account(access_token: String, expires_in: u64) -> Self {
        Self {
            access_token,
            expires_in,
            refresh_token: None,
            scope: String::new(),
            token_type: "Bearer",
            id_token: None,
            refresh_token_expires_in: None,
        }
    }

    pub(crate) fn into_reply(self) -> Reply {
        Reply::json(StatusCode::OK, &self).private()
    }
}

#[derive(Debug)]
pub(crate) struct TokenError {
    pub(crate) status: StatusCode,
    pub(crate) error: &'static str,
    pub(crate) description: String,
    pub(crate) error_subtype: Option<&'static str>,
    pub(crate) error_uri: Option<&'static str>,
}

#[derive(Serialize)]
struct ErrorBody<'a> {
    error: &'a str,
    error_description: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_subtype: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_uri: Option<&'a str>,
}

impl TokenError {
    pub(crate) fn new(
        status: StatusCode,
        error: &'static str,
        description: impl Into<String>,
    ) -> Self {
        Self {
            status,
            error,
            description: description.into(),
            error_subtype: None,
            error_uri: None,
        }
    }

    pub(crate) fn bad(error: &'static str, description: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, error, description)
    }

    pub(crate) fn unauthorized(error: &'static str, description: impl Into<String>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, error, description)
    }

    pub(crate) fn into_reply(self) -> Reply {
        let body = ErrorBody {
            error: self.error,
            error_description: &self.description,
            error_subtype: self.error_subtype,
            error_uri: self.error_uri,
        };
        let mut reply = Reply::json(self.status, &body);
        // Google's printer escapes `=` as HTML-safe JSON does.
        let text = String::from_utf8_lossy(&reply.body).replace('=', "\\u003d");
        reply.body = text.into();
        reply.private()
    }
}
