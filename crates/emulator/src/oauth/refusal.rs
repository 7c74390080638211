//! How a refusal by policy or load looks, on a page and at the token endpoint.
//!
//! Codes and numbers: pages of Google's and reports (docs/emulator/oauth.md, Errors). Where only the meaning is
//! documented, the words are our own. A refusal that one of the two does not know is `None` there.

use super::error_page::PageError;
use super::token_reply::TokenError;
use crate::Refusal;
use http::StatusCode;

const POLICY_OPENING: &str =
    "\nYou can't sign in to this app because it doesn't comply with Google's OAuth 2.0 policy.";
const UNREGISTERED: &str = "This app is not yet configured to make OAuth requests. To do that, set up the \
    app's OAuth consent screen in the Google Cloud Console.";

/// Rows 4, 7, 11 to 16, 18 and 19 of the error pages.
pub(crate) fn page(refusal: Refusal, origin: &str) -> Option<PageError> {
    let of = |number, code, text: &str| Some(PageError::new(number, code, text));
    match refusal {
        Refusal::LoginHintDenied => of(
            400,
            "invalid_request",
            "Permission denied to generate login hint for target domain.",
        ),
        Refusal::OriginMismatch => {
            let text = format!(
                "{POLICY_OPENING}\n\nIf you're the app developer, register the JavaScript origin in the \
                 Google Cloud Console."
            );
            let error = PageError::new(400, "redirect_uri_mismatch", text)
                .help("/javascript-implicit-flow#authorization-errors-origin-mismatch");
            Some(error.detail("origin", origin))
        }
        Refusal::OrgInternal => Some(PageError::org_internal()),
        Refusal::DisallowedUseragent => {
            of(403, "disallowed_useragent", "Use a secure browser to sign in to this app.")
        }
        Refusal::AdminPolicyEnforced => of(
            400,
            "admin_policy_enforced",
            "Access to the app is blocked by your organization's administrator.",
        ),
        Refusal::RestrictedClient => of(403, "restricted_client", UNREGISTERED),
        Refusal::RateLimitExceeded => {
            of(403, "rate_limit_exceeded", "The app has reached its sign-in rate limit.")
        }
        Refusal::AccessNotConfigured => of(
            400,
            "access_not_configured",
            "Your organization's administrator has to configure access to this app.",
        ),
        Refusal::DisabledClient => Some(PageError::disabled_client()),
        Refusal::ServerError => of(500, "server_error", "That's an error."),
        Refusal::AccountDeleted
        | Refusal::AccountRestricted
        | Refusal::InvalidRapt
        | Refusal::RaptRequired
        | Refusal::UnauthorizedClient
        | Refusal::ClientNotAuthorized
        | Refusal::TooManyRequests
        | Refusal::Unavailable => None,
    }
}

/// The errors of the token endpoint that no request can cause by itself.
pub(crate) fn token(refusal: Refusal) -> Option<TokenError> {
    let forbidden = |error, text: &str| Some(TokenError::new(StatusCode::FORBIDDEN, error, text));
    match refusal {
        Refusal::AccountDeleted => {
            Some(TokenError::bad("invalid_grant", "Account has been deleted"))
        }
        Refusal::AccountRestricted => forbidden("access_denied", "Account restricted"),
        Refusal::ClientNotAuthorized => {
            forbidden("access_denied", "Requested client not authorized")
        }
        Refusal::InvalidRapt => Some(reauthentication("invalid_rapt")),
        Refusal::RaptRequired => Some(reauthentication("rapt_required")),
        Refusal::AdminPolicyEnforced => Some(TokenError::bad(
            "admin_policy_enforced",
            "Access to the app is blocked by your organization's administrator.",
        )),
        Refusal::OrgInternal => {
            forbidden("org_internal", "This client is restricted to users within its organization.")
        }
        Refusal::DisabledClient => {
            Some(TokenError::unauthorized("disabled_client", "The OAuth client was disabled."))
        }
        Refusal::UnauthorizedClient => Some(TokenError::unauthorized(
            "unauthorized_client",
            "Unauthorized client or scope in request.",
        )),
        Refusal::RateLimitExceeded => forbidden("rate_limit_exceeded", "Rate Limit Exceeded"),
        Refusal::TooManyRequests => {
            let status = StatusCode::TOO_MANY_REQUESTS;
            Some(TokenError::new(status, "rate_limit_exceeded", "Rate Limit Exceeded"))
        }
        Refusal::ServerError => Some(backend_error(StatusCode::INTERNAL_SERVER_ERROR)),
        Refusal::Unavailable => Some(backend_error(StatusCode::SERVICE_UNAVAILABLE)),
        Refusal::RestrictedClient
        | Refusal::DisallowedUseragent
        | Refusal::OriginMismatch
        | Refusal::LoginHintDenied
        | Refusal::AccessNotConfigured => None,
    }
}

fn backend_error(status: StatusCode) -> TokenError {
    TokenError::new(status, "internal_failure", "Backend Error")
}

fn reauthentication(subtype: &'static str) -> TokenError {
    let mut error = TokenError::bad("invalid_grant", format!("reauth related error ({subtype})"));
    error.error_subtype = Some(subtype);
    if subtype == "invalid_rapt" {
        error.error_uri = Some("https://support.google.com/a/answer/9368756");
    }
    error
}
