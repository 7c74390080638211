//! What a sign-in consists of while it is under way: what was asked, its page, its code, its grant.
//!
//! In: nothing. Out: the types that the state keeps and the rest of this folder fills.

use crate::clock;
use serde::{Deserialize, Serialize};
use std::time::SystemTime;

/// Where the pages of a sign-in are.
pub(crate) const FLOW_PATH: &str = "/signin/oauth/flow";
pub(crate) const ERROR_PATH: &str = "/signin/oauth/error";
/// Where the code of a device is typed in.
pub(crate) const DEVICE_PATH: &str = "/device";

/// An authorization request that is in order.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) client_id: String,
    pub(crate) project_id: String,
    pub(crate) redirect_uri: String,
    /// Under their long names, in the order asked.
    pub(crate) scopes: Vec<String>,
    pub(crate) state: Option<String>,
    pub(crate) challenge: Option<(String, ChallengeMethod)>,
    pub(crate) nonce: Option<String>,
    pub(crate) offline: bool,
    /// `include_granted_scopes`: earlier scopes come with the new ones.
    pub(crate) with_earlier: bool,
    /// Set when a device waits for the answer instead of a redirect URI.
    pub(crate) device_code: Option<String>,
    pub(super) prompt: Vec<String>,
    pub(super) login_hint: Option<String>,
    /// Shown to developers on error pages.
    pub(crate) parameters: Vec<(String, String)>,
}

impl Asked {
    /// What a device asks, which has no redirect URI.
    pub(crate) fn of_device(client_id: &str, project_id: &str, scopes: Vec<String>) -> Self {
        Self {
            client_id: client_id.to_owned(),
            project_id: project_id.to_owned(),
            redirect_uri: String::new(),
            scopes,
            state: None,
            challenge: None,
            nonce: None,
            offline: true,
            with_earlier: false,
            device_code: None,
            prompt: vec!["consent".to_owned()],
            login_hint: None,
            parameters: Vec::new(),
        }
    }

    pub(crate) fn prompts(&self, word: &str) -> bool {
        self.prompt.iter().any(|prompt| prompt == word)
    }

    pub(crate) fn login_hint(&self) -> Option<&str> {
        self.login_hint.as_deref()
    }

    pub(crate) fn asked_for(&self, short_name: &str) -> bool {
        let mut sent = self.parameters.iter().filter(|(name, _)| name == "scope");
        sent.any(|(_, value)| value.split(' ').any(|scope| scope == short_name))
    }
}

/// A sign-in in progress.
#[derive(Debug, Clone)]
pub(crate) struct Flow {
    pub(crate) asked: Asked,
    pub(crate) account: Option<String>,
    pub(crate) warning_passed: bool,
    /// Boxes on the consent page that are ticked, once "Select all" was pressed.
    pub(crate) all_ticked: bool,
    pub(crate) finished: bool,
}

/// A device that waits for its user.
#[derive(Debug)]
pub(crate) struct Device {
    pub(super) user_code: String,
    pub(super) asked: Asked,
    pub(super) expires: SystemTime,
    pub(super) last_poll: Option<SystemTime>,
    pub(super) answer: Answer,
}

/// What its user has said.
#[derive(Debug)]
pub(crate) enum Answer {
    None,
    Agreed(Grant),
    Refused,
    Redeemed,
}

/// What an account has allowed a client.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Grant {
    pub(crate) account: String,
    pub(crate) client_id: String,
    pub(crate) project_id: String,
    pub(crate) scopes: Vec<String>,
    pub(crate) offline: bool,
    /// Ties together all tokens that came from one code.
    pub(crate) family: u64,
}

/// A code that waits to be exchanged.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Code {
    pub(crate) grant: Grant,
    pub(crate) redirect_uri: String,
    /// The code challenge and whether it is hashed (S256).
    pub(crate) challenge: Option<(String, ChallengeMethod)>,
    pub(crate) nonce: Option<String>,
    /// Whether the consent page (or its stand-in) was answered, as opposed to gone past.
    pub(crate) consent_given: bool,
    pub(crate) redeemed: bool,
    #[serde(with = "clock::stamp")]
    pub(crate) expires: SystemTime,
}

/// How a code challenge was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum ChallengeMethod {
    S256,
    #[serde(rename = "plain")]
    Plain,
}
