//! Google's error pages: a redirect to a page that answers 200, with the error in a blob.
//!
//! In: what is wrong with an authorization request. Out: 302 to `/signin/oauth/error?authError=…`, where
//! `authError` is base64url of a protobuf: 1 code, 2 message, 3 help, 4 number, 5 details {1 key, 2 value}.
//! Source: pasted live redirects; the rows named below are those of docs/emulator/oauth.md, Errors.

use super::flow::ERROR_PATH;
use super::{scopes, view};
use crate::message::{Reply, Request, percent_encoded};
use crate::protobuf::{Field, put_bytes, put_number, take_field};
use crate::state::State;
use base64::Engine as _;
use base64::prelude::{BASE64_URL_SAFE, BASE64_URL_SAFE_NO_PAD};
use http::StatusCode;
use maud::{Markup, html};

const HELP: &str = "https://developers.google.com/identity/protocols/oauth2";

#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct PageError {
    pub(crate) code: String,
    pub(crate) message: String,
    pub(crate) help: String,
    pub(crate) number: u64,
    pub(crate) details: Vec<(String, String)>,
}

impl PageError {
    pub(crate) fn new(number: u64, code: &str, message: impl Into<String>) -> Self {
        Self { code: code.into(), message: message.into(), number, ..Self::default() }
    }

    pub(crate) fn help(mut self, page: &str) -> Self {
        self.help = format!("{HELP}{page}");
        self
    }

    pub(crate) fn detail(mut self, key: &str, value: &str) -> Self {
        self.details.push((key.into(), value.into()));
        self
    }

    pub(crate) fn client_not_found() -> Self {
        Self::new(401, "invalid_client", "The OAuth client was not found.")
    }

    pub(crate) fn response_type_missing() -> Self {
        Self::new(400, "invalid_request", "Required parameter is missing: response_type").help("")
    }

    // For other parameters than redirect_uri the wording is inferred.
    pub(crate) fn missing_parameter(name: &str) -> Self {
        Self::new(400, "invalid_request", format!("Missing required parameter: {name}")).help("")
    }

    // From memory: Google refuses what RFC 6749, section 3.1 forbids.
    pub(crate) fn repeated_parameter(name: &str) -> Self {
        let text = format!("OAuth 2 parameters can only have a single value: {name}");
        Self::new(400, "invalid_request", text).help("")
    }

    // Own words: the flows without a code are not served here.
    pub(crate) fn response_type(value: &str) -> Self {
        Self::new(400, "unsupported_response_type", format!("Invalid response_type: {value}"))
            .help("")
    }

    pub(crate) fn against_policy(redirect_uri: &str) -> Self {
        let text = "\nYou can't sign in to this app because it doesn't comply with Google's OAuth 2.0 policy \
            for keeping apps secure.\n\nYou can let the app developer know that this app doesn't comply with \
            one or more Google validation rules.";
        Self::new(400, "invalid_request", text)
            .help("/policies#secure-response-handling")
            .detail("redirect_uri", redirect_uri)
    }

    pub(crate) fn redirect_uri_mismatch(redirect_uri: &str) -> Self {
        let text = "\nYou can't sign in to this app because it doesn't comply with Google's OAuth 2.0 policy.\
            \n\nIf you're the app developer, register the redirect URI in the Google Cloud Console.";
        Self::new(400, "redirect_uri_mismatch", text)
            .help("/web-server#authorization-errors-redirect-uri-mismatch")
            .detail("redirect_uri", redirect_uri)
    }

    pub(crate) fn not_a_tester(support_email: &str, parameters: &[(String, String)]) -> Self {
        let text = format!(
            "The developer hasn’t given you access to this app. It’s currently being tested and it hasn’t \
             been verified by Google. If you think you should have access, contact the developer \
             ({support_email})."
        );
        let mut error = Self::new(403, "access_denied", text);
        error.help = "https://support.google.com/accounts/answer/3466521?p=app_notverified".into();
        error.details = parameters.to_vec();
        error
    }

    pub(crate) fn invalid_scope(valid: &[&str], invalid: &[&str]) -> Self {
        Self::new(400, "invalid_scope", scopes::invalid_text(valid, invalid)).help("")
    }

    pub(crate) fn deleted_client() -> Self {
        Self::new(401, "deleted_client", "The OAuth client was deleted.")
    }

    // The words are from memory.
    pub(crate) fn org_internal() -> Self {
        Self::new(
            403,
            "org_internal",
            "This client is restricted to users within its organization.",
        )
    }

    pub(crate) fn unregistered_scopes(scopes: &[&str]) -> Self {
        let text = format!("Unregistered scope(s) in the request: {}", scopes.join(", "));
        Self::new(403, "restricted_client", text)
    }

    // Google documents the cause and the code, not the words.
    pub(crate) fn code_challenge() -> Self {
        Self::new(400, "invalid_grant", "Invalid code challenge.").help("")
    }

    // From memory.
    pub(crate) fn disabled_client() -> Self {
        Self::new(401, "disabled_client", "The OAuth client was disabled.")
    }

    // Google refuses the old and the new parameter together; the words are from memory.
    pub(crate) fn conflicting_prompts() -> Self {
        Self::new(400, "invalid_request", "Conflict params: approval_prompt and prompt").help("")
    }

    // Own words: the rule is Google's ("OAuth 2.0 for web server applications").
    pub(crate) fn prompt(value: &str) -> Self {
        Self::new(400, "invalid_request", format!("Invalid parameter value for prompt: {value}"))
            .help("")
    }

    pub(crate) fn redirect(&self, origin: &str, client_id: Option<&str>) -> Reply {
        let client_id = percent_encoded(client_id.unwrap_or_default());
        let blob = BASE64_URL_SAFE.encode(self.encode());
        let location = format!(
            "{origin}{}?authError={}&client_id={client_id}&flowName=GeneralOAuthFlow",
            ERROR_PATH,
            percent_encoded(&blob)
        );
        Reply::redirect(StatusCode::FOUND, &location)
    }

    fn encode(&self) -> Vec<u8> {
        let mut blob = Vec::new();
        put_bytes(&mut blob, 1, self.code.as_bytes());
        put_bytes(&mut blob, 2, self.message.as_bytes());
        if !self.help.is_empty() {
            put_bytes(&mut blob, 3, self.help.as_bytes());
        }
        put_number(&mut blob, 4, self.number);
        for (key, value) in &self.details {
            let mut detail = Vec::new();
            put_bytes(&mut detail, 1, key.as_bytes());
            put_bytes(&mut detail, 2, value.as_bytes());
            put_bytes(&mut blob, 5, &detail);
        }
        blob
    }

    fn decode(mut blob: &[u8]) -> Option<Self> {
        let mut error = Self::default();
        while !blob.is_empty() {
            match take_field(&mut blob)? {
                (1, Field::Bytes(text)) => error.code = utf8(text)?,
                (2, Field::Bytes(text)) => error.message = utf8(text)?,
                (3, Field::Bytes(text)) => error.help = utf8(text)?,
                (4, Field::Number(number)) => error.number = number,
                (5, Field::Bytes(detail)) => error.details.push(decode_detail(detail)?),
                _ => {}
            }
        }
        Some(error)
    }
}

fn decode_detail(mut detail: &[u8]) -> Option<(String, String)> {
    let (mut key, mut value) = (String::new(), String::new());
    while !detail.is_empty() {
        match take_field(&mut detail)? {
            (1, Field::Bytes(text)) => key = utf8(text)?,
            (2, Field::Bytes(text)) => value = utf8(text)?,
            _ => {}
        }
    }
    Some((key, value))
}

fn utf8(text: &[u8]) -> Option<String> {
    String::from_utf8(text.to_vec()).ok()
}

/// The page at the end of the redirect.
pub(crate) fn show(state: &mut State, request: &Request) -> Reply {
    let blob = request.query.first("authError").unwrap_or_default().trim_end_matches('=');
    let error = BASE64_URL_SAFE_NO_PAD.decode(blob).ok().and_then(|blob| PageError::decode(&blob));
    let Some(error) = error else {
        let body = view::notice("This link is not whole; start the sign-in again in your program.");
        return view::page(StatusCode::BAD_REQUEST, "Nothing to do here", "", &body);
    };
    let client = request.query.first("client_id").and_then(|id| state.config.client(id));
    let heading = match client {
        Some((project, _)) if error.code == "access_denied" => format!(
            "Access blocked: {} has not completed the Google verification process",
            project.consent_screen.app_name
        ),
        _ => "Access blocked: Authorization Error".to_owned(),
    };
    view::page(StatusCode::OK, &heading, "", &body(&error))
}

fn body(error: &PageError) -> Markup {
    html! {
        @for paragraph in error.message.split("\n\n") { p { (paragraph.trim()) } }
        p.code { "Error " (error.number) ": " (error.code) }
        @if !error.details.is_empty() {
            details {
                summary { "Request details" }
                ul { @for (key, value) in &error.details { li { code { (key) "=" (value) } } } }
            }
        }
        // Shown, not linked: the blob comes from the address bar.
        @if !error.help.is_empty() { p { small { (error.help) } } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blob_is_the_protobuf_that_was_seen() {
        let error = PageError { help: String::new(), ..PageError::client_not_found() };
        assert_eq!(
            error.encode(),
            b"\x0a\x0einvalid_client\x12\x1fThe OAuth client was not found.\x20\x91\x03"
        );
    }

    #[test]
    fn blob_cut_anywhere_is_refused_or_read_without_panic() {
        let whole = PageError::redirect_uri_mismatch("http://evil.example").encode();
        for end in 0..whole.len() {
            let _ = PageError::decode(&whole[..end]);
        }
        assert_eq!(
            PageError::decode(&[0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]),
            None
        );
    }
}
