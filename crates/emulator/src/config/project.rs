//! Projects with their consent screen and OAuth clients, the accounts, and an answer to consent in advance.
//!
//! In: nothing. Out: the types; what they are by default is in `defaults`.

use super::settings::KeyRefusal;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// The project of gcloud's own OAuth clients, which may not be charged.
pub(crate) const GCLOUD_PROJECT: u64 = 764_086_051_850;
/// The number of the quickstart's project; others follow it.
pub(crate) const FIRST_PROJECT_NUMBER: u64 = 710_000_000_001;
pub(crate) const GEMINI_SERVICE: &str = "generativelanguage.googleapis.com";
pub(crate) const SERVICE_USE: &str = "serviceusage.services.use";
pub(crate) const SERVICE_ENABLE: &str = "serviceusage.services.enable";
pub(crate) const SERVICE_GET: &str = "serviceusage.services.get";

/// A Cloud project.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Project {
    /// The project id, as `x-goog-user-project` names it.
    pub id: String,
    /// The project number, as error bodies name it; in JSON a number or, as Google writes it, text.
    #[serde(deserialize_with = "number")]
    pub number: u64,
    /// Whether the project still exists.
    pub lifecycle: Lifecycle,
    /// Enabled services by host name, such as `generativelanguage.googleapis.com`.
    pub services: Vec<String>,
    /// Permissions of accounts on this project: e-mail → permission names, such as
    /// `serviceusage.services.use`.
    pub permissions: BTreeMap<String, Vec<String>>,
    /// API keys of this project that the Gemini API accepts.
    pub api_keys: Vec<String>,
    /// API keys of this project that the Gemini API refuses, and why.
    pub refused_api_keys: BTreeMap<String, KeyRefusal>,
    /// The OAuth consent screen ("Google Auth platform": Branding and Audience).
    pub consent_screen: ConsentScreen,
    /// The OAuth clients.
    pub clients: Vec<Client>,
}

/// The OAuth consent screen of a project.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct ConsentScreen {
    /// The name that the pages show.
    pub app_name: String,
    /// The address that the pages and the "not a tester" error show.
    pub support_email: String,
    /// Who the app is for.
    pub audience: Audience,
    /// The Workspace domain that an internal app is limited to.
    pub organization: Option<String>,
    /// Whether the app is still being tested.
    pub publishing: Publishing,
    /// E-mails of the accounts that may sign in while the app is in testing.
    pub test_users: Vec<String>,
    /// Whether Google has verified the app.
    pub verified: bool,
}

/// Who an app is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Audience {
    /// Any Google account, within the limits of the publishing status.
    External,
    /// Accounts of the owning organisation only.
    Internal,
}

/// The publishing status of an external app.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Publishing {
    /// Test users only; refresh tokens end after seven days.
    Testing,
    /// Anyone.
    Production,
}

/// Whether a project or client can still be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Lifecycle {
    /// In use.
    Active,
    /// Suspended by Google.
    Disabled,
    /// Deleted by its owner.
    Deleted,
}

/// An OAuth client, as the Cloud console's "Clients" page creates it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Client {
    /// `NUMBER-NAME.apps.googleusercontent.com`.
    pub client_id: String,
    /// `GOCSPX-` and 28 characters.
    pub client_secret: String,
    /// Desktop, web or device.
    pub kind: ClientKind,
    /// The registered redirect URIs of a web client; a desktop client registers none.
    pub redirect_uris: Vec<String>,
    /// The scopes that it may ask for; all of them unless given.
    pub registered_scopes: Option<Vec<String>>,
    /// Whether the client can still be used.
    pub lifecycle: Lifecycle,
}

/// The type of an OAuth client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ClientKind {
    /// "Desktop app": any loopback redirect, always a refresh token.
    Desktop,
    /// "TVs and Limited Input devices": the device flow alone.
    LimitedInput,
    /// "Web application": registered redirects, a refresh token when asked for offline access.
    Web,
}

/// A Google account.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct User {
    /// The e-mail address.
    pub email: String,
    /// The account's number, 21 digits.
    pub sub: String,
    /// The full name.
    pub name: String,
    /// The Workspace domain, when the account belongs to one.
    pub hd: Option<String>,
    /// More claims of its id_tokens and userinfo, such as `picture`.
    pub claims: Map<String, Value>,
}

/// An answer to the consent pages, given in advance.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Approval {
    /// The e-mail of the account that signs in.
    pub account: String,
    /// Presses Cancel instead of Continue.
    pub decline: bool,
    /// Scopes whose box is left unticked.
    pub untick: Vec<String>,
}

fn number<'de, D: Deserializer<'de>>(from: D) -> Result<u64, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Written {
        Number(u64),
        Text(String),
    }
    match Written::deserialize(from)? {
        Written::Number(number) => Ok(number),
        Written::Text(text) => text.parse().map_err(|_| D::Error::custom("not a number")),
    }
}

impl Project {
    /// Returns a project with this id and number, which has the Service Usage API and nothing else.
    #[must_use]
    pub fn new(id: impl Into<String>, number: u64) -> Self {
        let services = vec!["serviceusage.googleapis.com".into()];
        Self { id: id.into(), number, services, ..Self::default() }
    }

    /// Lets an account do in this project what its owner may: use it as quota project, enable services.
    #[must_use]
    pub fn owned_by(mut self, email: impl Into<String>) -> Self {
        let owned = [SERVICE_USE, SERVICE_ENABLE, SERVICE_GET].map(String::from).into();
        self.permissions.insert(email.into(), owned);
        self
    }

    pub(crate) fn allows(&self, email: &str, permission: &str) -> bool {
        self.permissions.get(email).is_some_and(|held| held.iter().any(|one| one == permission))
    }
}

impl Client {
    /// Returns a client of the type "Desktop app".
    #[must_use]
    pub fn desktop(client_id: impl Into<String>, client_secret: impl Into<String>) -> Self {
        let (client_id, client_secret) = (client_id.into(), client_secret.into());
        Self { client_id, client_secret, ..Self::default() }
    }

    /// Returns a client of the type "Web application".
    #[must_use]
    pub fn web(
        client_id: impl Into<String>,
        client_secret: impl Into<String>,
        redirect_uris: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        let redirect_uris = redirect_uris.into_iter().map(Into::into).collect();
        Self { kind: ClientKind::Web, redirect_uris, ..Self::desktop(client_id, client_secret) }
    }

    /// Returns a client of the type "TVs and Limited Input devices".
    #[must_use]
    pub fn limited_input(client_id: impl Into<String>, client_secret: impl Into<String>) -> Self {
        Self { kind: ClientKind::LimitedInput, ..Self::desktop(client_id, client_secret) }
    }
}

impl User {
    /// Returns an account of this address and number; its name is what stands before the `@`.
    #[must_use]
    pub fn new(email: impl Into<String>, sub: impl Into<String>) -> Self {
        let email = email.into();
        let name = email.split('@').next().unwrap_or_default().to_owned();
        Self { name, sub: sub.into(), email, ..Self::default() }
    }
}

impl Approval {
    /// Returns the answer of an account that agrees to all that is asked for.
    #[must_use]
    pub fn by(account: impl Into<String>) -> Self {
        Self { account: account.into(), ..Self::default() }
    }
}
