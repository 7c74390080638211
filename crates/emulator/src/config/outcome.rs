//! Refusals that Google decides by policy or load, ordered for an account, a client or a project.
//!
//! In: the configuration's `outcomes`. Out: the result that meets a sign-in or a grant. What each result looks
//! like is in `oauth::error_page` and `oauth::token_reply`.

use serde::{Deserialize, Serialize};

/// A refusal for all that fit; what is left out fits everyone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Outcome {
    /// The e-mail of the account, or of a service account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// The OAuth client.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// The id of the client's project.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
    /// What they get.
    pub result: Refusal,
}

/// What policy or load can end in. Some are refusals of pages, some of the token endpoint, some of both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Refusal {
    /// The account no longer exists.
    AccountDeleted,
    /// The account may not use the service.
    AccountRestricted,
    /// Google Workspace wants the user to sign in again.
    InvalidRapt,
    /// Google Workspace wants a proof of a recent sign-in.
    RaptRequired,
    /// The administrator blocks the app or a scope.
    AdminPolicyEnforced,
    /// The app is for its organisation only.
    OrgInternal,
    /// The client may not ask for these scopes.
    RestrictedClient,
    /// The client is suspended.
    DisabledClient,
    /// The client may not use this kind of sign-in, or not these scopes.
    UnauthorizedClient,
    /// The client is not authorized for this account.
    ClientNotAuthorized,
    /// The sign-in came from an embedded web view.
    DisallowedUseragent,
    /// The JavaScript origin is not registered.
    OriginMismatch,
    /// The login hint names an account of a domain that may not be asked about.
    LoginHintDenied,
    /// The app reached its cap of new users, or asks too often.
    RateLimitExceeded,
    /// The app is not set up for accounts of this kind (Workspace for Education).
    AccessNotConfigured,
    /// Too many requests, told by 429 instead of 403.
    TooManyRequests,
    /// Google's own fault.
    ServerError,
    /// Google's own fault, told by 503 instead of 500.
    Unavailable,
}

impl Outcome {
    /// Returns a refusal that meets everyone.
    #[must_use]
    pub fn new(result: Refusal) -> Self {
        Self { account: None, client_id: None, project: None, result }
    }

    pub(crate) fn meets(&self, account: &str, client_id: &str, project: &str) -> bool {
        let fits = |wanted: &Option<String>, have: &str| {
            wanted.as_deref().is_none_or(|wanted| wanted == have)
        };
        fits(&self.account, account)
            && fits(&self.client_id, client_id)
            && fits(&self.project, project)
    }
}
