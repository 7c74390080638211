//! What the agent itself has to say when it does not serve: in the form that the caller's library understands.
//!
//! In: why. Out: a reply in the error form of Google's APIs, of OAuth (RFC 6749, section 5.2), or of OpenAI.
//! Every message says what happened and what to do; none holds a ticket, a token, or a server's body.
//! Not here: errors of Google's; they pass as they came.

use crate::outgoing::{self, Outgoing};
use crate::page;
use crate::ticket::NoTicket;
use hallpass::ErrorKind;
use http::{HeaderValue, Response, StatusCode, header};
use serde_json::json;

/// Why the agent does not serve a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Why {
    /// The request would use the agent as a forward proxy.
    ForwardProxy,
    Method,
    Host,
    /// The header that only browsers and proxies send.
    Browser(&'static str),
    /// A coding of the body that another server might read otherwise.
    Framing,
    Ticket(NoTicket),
    /// A key or token of Google's in the place of a ticket.
    GooglesCredential,
    Path,
    WebSocket,
    TooLarge,
    /// The caller went away in the middle of its request.
    Cut,
    /// The form at the token endpoint.
    Form,
    Grant,
    /// The metadata server was asked without the header of a machine's own client.
    Flavor,
    NoMetadata,
    /// No link-token at the page, or another one.
    Link,
    PageForm,
    /// A ticket has ended, but would be good at the next start.
    NotForgotten,
}

/// A refusal: the reason, and the words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) status: StatusCode,
    /// Google's word for the status.
    pub(crate) word: &'static str,
    /// For programs: it does not change.
    pub(crate) reason: &'static str,
    pub(crate) message: String,
}

/// The form of an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Google,
    OAuth,
    OpenAi,
    /// For a person.
    Page,
}

impl From<Why> for Refusal {
    fn from(why: Why) -> Self {
        let (status, word, reason, message) = words(why);
        let message = match why {
            Why::Browser(name) => format!("{message} (`{name}` was sent)"),
            _ => message.to_owned(),
        };
        Self { status, word, reason, message }
    }
}

type Words = (StatusCode, &'static str, &'static str, &'static str);

fn words(why: Why) -> Words {
    use StatusCode as S;
    const DENIED: &str = "PERMISSION_DENIED";
    const INVALID: &str = "INVALID_ARGUMENT";
    const UNAUTHENTICATED: &str = "UNAUTHENTICATED";
    match why {
        Why::ForwardProxy => (
            S::BAD_REQUEST,
            INVALID,
            "FORWARD_PROXY",
            "this is the hallpass agent, not a forward proxy; use it as a base URL, and leave it out of HTTP_PROXY and HTTPS_PROXY",
        ),
        Why::Method => (
            S::METHOD_NOT_ALLOWED,
            INVALID,
            "METHOD",
            "the hallpass agent does not take this method",
        ),
        Why::Host => (
            S::FORBIDDEN,
            DENIED,
            "HOST",
            "the Host header is not the address of this hallpass agent; use the address as it was given out",
        ),
        Why::Browser(_) => (
            S::FORBIDDEN,
            DENIED,
            "BROWSER",
            "the hallpass agent serves programs, not web pages or other proxies",
        ),
        Why::Framing => (
            S::BAD_REQUEST,
            INVALID,
            "FRAMING",
            "the only transfer coding that the hallpass agent takes is chunked",
        ),
        Why::Ticket(NoTicket::Missing) => (
            S::UNAUTHORIZED,
            UNAUTHENTICATED,
            "TICKET_MISSING",
            "no ticket was sent; run the program with `hallpass exec -- PROGRAM`, or set GEMINI_API_KEY to a ticket of this hallpass agent (`hallpass agent ticket new`)",
        ),
        Why::Ticket(NoTicket::Unknown) => (
            S::UNAUTHORIZED,
            UNAUTHENTICATED,
            "TICKET_UNKNOWN",
            "the API key is not a ticket of this hallpass agent; a ticket ends with the agent that made it: run the program again with `hallpass exec -- PROGRAM`, or make a new one with `hallpass agent ticket new`",
        ),
        Why::Ticket(NoTicket::Revoked) => (
            S::UNAUTHORIZED,
            UNAUTHENTICATED,
            "TICKET_REVOKED",
            "this ticket of the hallpass agent was revoked; make a new one with `hallpass agent ticket new`",
        ),
        Why::Ticket(NoTicket::Expired) => (
            S::UNAUTHORIZED,
            UNAUTHENTICATED,
            "TICKET_EXPIRED",
            "this ticket of the hallpass agent has ended; make a new one with `hallpass agent ticket new`",
        ),
        Why::GooglesCredential => (
            S::UNAUTHORIZED,
            UNAUTHENTICATED,
            "NOT_A_TICKET",
            "this is a credential of Google's, not a ticket of the hallpass agent; unset it in the program, which then uses the ticket in GEMINI_API_KEY, or unset GOOGLE_GEMINI_BASE_URL to go to Google with it",
        ),
        Why::Path => (
            S::NOT_FOUND,
            "NOT_FOUND",
            "PATH",
            "the hallpass agent passes on the Gemini API's versions v1, v1beta and v1alpha, also below /upload and /download, and nothing else",
        ),
        Why::WebSocket => (
            S::NOT_IMPLEMENTED,
            "UNIMPLEMENTED",
            "WEBSOCKET",
            "the hallpass agent does not pass WebSockets on: Google's Live API is not known to take OAuth; use generateContent or streamGenerateContent",
        ),
        Why::TooLarge => (
            S::PAYLOAD_TOO_LARGE,
            INVALID,
            "TOO_LARGE",
            "the request is larger than the hallpass agent passes on",
        ),
        Why::Cut => (S::BAD_REQUEST, INVALID, "CUT", "the request was cut short"),
        Why::Flavor => (
            S::FORBIDDEN,
            DENIED,
            "METADATA_FLAVOR",
            "a request to the metadata server needs the header Metadata-Flavor: Google",
        ),
        Why::NoMetadata => (
            S::NOT_FOUND,
            "NOT_FOUND",
            "NO_METADATA",
            "the metadata server of the hallpass agent does not have this",
        ),
        Why::Form => (
            S::BAD_REQUEST,
            "invalid_request",
            "FORM",
            "the token endpoint of the hallpass agent takes a form by POST",
        ),
        Why::Link => (
            S::FORBIDDEN,
            DENIED,
            "LINK",
            "this link-token opens neither the page nor the counters of the hallpass agent; it is good until the agent ends: use the link that `hallpass agent status` prints",
        ),
        Why::PageForm => (
            S::BAD_REQUEST,
            INVALID,
            "PAGE_FORM",
            "the page of the hallpass agent has no such form, or no such ticket; open the page again",
        ),
        Why::NotForgotten => (
            S::INTERNAL_SERVER_ERROR,
            "INTERNAL",
            "NOT_FORGOTTEN",
            "the ticket has ended, but the list of tickets cannot be written: it would be good again when the hallpass agent is started again; see whether the disk is full, then run `hallpass agent ticket revoke`",
        ),
        Why::Grant => (
            S::BAD_REQUEST,
            "unsupported_grant_type",
            "GRANT",
            "the token endpoint of the hallpass agent takes grant_type=refresh_token alone",
        ),
    }
}

/// What became of the credential or of the way to Google.
impl From<&hallpass::Error> for Refusal {
    fn from(error: &hallpass::Error) -> Self {
        let (status, word, reason, advice) = match error.kind() {
            _ if error.needs_sign_in() => (
                StatusCode::UNAUTHORIZED,
                "UNAUTHENTICATED",
                "SIGN_IN_NEEDED",
                "; run `hallpass login`, then try again",
            ),
            ErrorKind::Timeout => {
                (StatusCode::GATEWAY_TIMEOUT, "DEADLINE_EXCEEDED", "UPSTREAM", "; try again")
            }
            _ if error.is_transient() => {
                (StatusCode::SERVICE_UNAVAILABLE, "UNAVAILABLE", "UPSTREAM", "; try again")
            }
            ErrorKind::RequestBody => {
                (StatusCode::BAD_REQUEST, "INVALID_ARGUMENT", "REQUEST_BODY", "")
            }
            _ => (
                StatusCode::BAD_GATEWAY,
                "INTERNAL",
                "CREDENTIAL",
                "; run `hallpass doctor` to see why",
            ),
        };
        Self { status, word, reason, message: format!("hallpass agent: {error}{advice}") }
    }
}

impl Refusal {
    /// Writes the reply. The connection ends with it: what of the request was not read is nobody's.
    pub(crate) fn reply(&self, form: Form) -> Response<Outgoing> {
        let body = match form {
            Form::Page => return self.for_a_person(),
            Form::Google => self.googles(),
            Form::OAuth => json!({"error": self.oauth_word(), "error_description": self.message}),
            Form::OpenAi => json!({"error": {
                "message": self.message,
                "type": if self.status.is_server_error() { "server_error" } else { "invalid_request_error" },
                "param": null,
                "code": self.reason.to_ascii_lowercase(),
            }}),
        };
        let mut reply = outgoing::json(self.status, &body);
        let headers = reply.headers_mut();
        headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
        if self.status == StatusCode::UNAUTHORIZED && form != Form::OAuth {
            let scheme = HeaderValue::from_static("Bearer realm=\"hallpass agent\"");
            headers.insert(header::WWW_AUTHENTICATE, scheme);
        }
        reply
    }

    fn for_a_person(&self) -> Response<Outgoing> {
        let body = outgoing::whole(format!("{}\n", self.message).into());
        let mut reply = outgoing::streamed("text/plain; charset=utf-8", body);
        *reply.status_mut() = self.status;
        reply.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        page::with_headers(reply)
    }

    fn googles(&self) -> serde_json::Value {
        json!({"error": {
            "code": self.status.as_u16(),
            "message": self.message,
            "status": self.word,
            "details": [{
                "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                "reason": self.reason,
                "domain": "hallpass",
            }],
        }})
    }

    /// RFC 6749, section 5.2.
    fn oauth_word(&self) -> &'static str {
        match self.word {
            "invalid_request" | "unsupported_grant_type" => self.word,
            "UNAUTHENTICATED" => "invalid_grant",
            "UNAVAILABLE" | "DEADLINE_EXCEEDED" => "temporarily_unavailable",
            _ if self.status.is_client_error() => "invalid_request",
            _ => "server_error",
        }
    }

    /// At the token endpoint a bad ticket is a bad grant: 400 there.
    pub(crate) fn for_token_endpoint(self) -> Self {
        match self.status {
            StatusCode::UNAUTHORIZED => Self { status: StatusCode::BAD_REQUEST, ..self },
            _ => self,
        }
    }
}
