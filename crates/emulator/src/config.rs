//! The world that the emulator pretends: projects with their OAuth clients, accounts, switches.
//!
//! In: Rust values, or the JSON of `--config` and of the control path `config`. Out: the same, checked.
//! Every key may be left out; a key that does not exist is an error, so that a typing mistake is not
//! a silent default. What the defaults are is in `defaults`.

use std::{
    collections::{BTreeMap, VecDeque},
    error, fmt, fs, io,
    path::Path,
};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    IdentityProvider, KeyRefusal, Outcome, Quota, Refusal, ScriptedReply, ServiceAccount, Switches,
    gemini::settings,
};

/// Google: as many accounts may test an app.
const MOST_TEST_USERS: usize = 100;

/// Everything that can be set about the pretended Google.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The Cloud projects, each with its consent screen and OAuth clients.
    pub projects: Vec<Project>,
    /// The Google accounts that exist.
    pub users: Vec<User>,
    /// The service accounts that exist.
    pub service_accounts: Vec<ServiceAccount>,
    /// Who outside Google may exchange their tokens for Google's.
    pub identity_providers: Vec<IdentityProvider>,
    /// Refusals by policy or load; the first that fits counts.
    pub outcomes: Vec<Outcome>,
    /// When set, consent is answered without pages.
    pub approve: Option<Approval>,
    /// How many invented models follow the real ones in `models.list`, for tests of paging.
    pub extra_models: u16,
    /// Limits on how often models may be asked to generate; none unless given.
    pub quotas: Vec<Quota>,
    /// What models answer, by model id without `models/`: used once each, in order, before the emulator's own
    /// answer. What is used up is gone from here.
    pub replies: BTreeMap<String, VecDeque<ScriptedReply>>,
    /// Behaviour that is not known for certain.
    pub switches: Switches,
}

/// A Cloud project.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Project {
    /// The project id, as `x-goog-user-project` names it.
    pub id: String,
    /// The project number, as error bodies name it.
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
pub struct User {
    /// The e-mail address.
    pub email: String,
    /// The account's number, 21 digits.
    pub sub: String,
    /// The full name.
    pub name: String,
    /// The Workspace domain, when the account belongs to one.
    pub hd: Option<String>,
}

/// An answer to the consent pages, given in advance.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Approval {
    /// The e-mail of the account that signs in.
    pub account: String,
    /// Presses Cancel instead of Continue.
    pub decline: bool,
    /// Scopes whose box is left unticked.
    pub untick: Vec<String>,
}

impl Config {
    /// Reads a configuration from JSON; what it leaves out keeps its default.
    ///
    /// # Errors
    /// Text that is not JSON, an unknown key or a value of the wrong type; the error names line and field.
    pub fn from_json(json: &str) -> Result<Self, ConfigError> {
        let config: Self =
            serde_json::from_str(json).map_err(|error| ConfigError::of_json(json, &error))?;
        config.checked()
    }

    /// Reads a configuration from a JSON file.
    ///
    /// # Errors
    /// As [`Config::from_json`], and a file that cannot be read.
    pub fn from_file(path: impl AsRef<Path>) -> Result<Self, ConfigError> {
        let path = path.as_ref();
        let json =
            fs::read_to_string(path).map_err(|error| ConfigError::unreadable(path, &error))?;
        Self::from_json(&json)
            .map_err(|error| ConfigError(format!("`{}`: {}", path.display(), error.0)))
    }

    /// Applies a JSON merge patch (RFC 7396): objects are merged, lists replaced, `null` restores the default.
    pub(crate) fn patched(&self, patch: &Value) -> Result<Self, ConfigError> {
        let mut json = serde_json::to_value(self)
            .map_err(|error| ConfigError(format!("the configuration is not JSON: {error}")))?;
        merge(&mut json, patch);
        let text = json.to_string();
        let config: Self =
            serde_json::from_str(&text).map_err(|error| ConfigError::of_json(&text, &error))?;
        config.checked()
    }

    pub(crate) fn user(&self, hint: &str) -> Option<&User> {
        self.users.iter().find(|user| user.email.eq_ignore_ascii_case(hint) || user.sub == hint)
    }

    pub(crate) fn refusals<'a>(
        &'a self,
        account: &'a str,
        client_id: &'a str,
        project: &'a str,
    ) -> impl Iterator<Item = Refusal> + 'a {
        let fitting =
            self.outcomes.iter().filter(move |one| one.meets(account, client_id, project));
        fitting.map(|one| one.result)
    }

    pub(crate) fn client(&self, client_id: &str) -> Option<(&Project, &Client)> {
        self.projects.iter().find_map(|project| {
            let client = project.clients.iter().find(|client| client.client_id == client_id)?;
            Some((project, client))
        })
    }

    /// The project that an id or a number names.
    pub(crate) fn project(&self, name: &str) -> Option<&Project> {
        self.projects
            .iter()
            .find(|project| project.id == name || project.number.to_string() == name)
    }

    pub(crate) fn checked(self) -> Result<Self, ConfigError> {
        for user in &self.users {
            if user.email.is_empty() || user.sub.is_empty() {
                return Err(ConfigError(
                    "field `users`: an account needs `email` and `sub`".into(),
                ));
            }
        }
        for project in &self.projects {
            if project.id.is_empty() {
                return Err(ConfigError("field `projects`: a project needs an `id`".into()));
            }
            if project.consent_screen.test_users.len() > MOST_TEST_USERS {
                return Err(ConfigError(format!(
                    "field `test_users` of project `{}`: {MOST_TEST_USERS} at most",
                    project.id
                )));
            }
            if project.clients.iter().any(|client| client.client_id.is_empty()) {
                return Err(ConfigError(format!(
                    "field `clients` of project `{}`: a client needs a `client_id`",
                    project.id
                )));
            }
        }
        settings::checked(&self).map_err(ConfigError)?;
        match &self.approve {
            Some(approval) if self.user(&approval.account).is_none() => {
                Err(ConfigError(format!("`{}` is not one of the accounts", approval.account)))
            }
            _ => Ok(self),
        }
    }
}

impl Project {
    pub(crate) fn allows(&self, email: &str, permission: &str) -> bool {
        self.permissions.get(email).is_some_and(|held| held.iter().any(|one| one == permission))
    }
}

fn merge(target: &mut Value, patch: &Value) {
    let (Value::Object(target), Value::Object(patch)) = (&mut *target, patch) else {
        *target = patch.clone();
        return;
    };
    for (key, value) in patch {
        if value.is_null() {
            target.remove(key);
        } else {
            merge(target.entry(key).or_insert(Value::Null), value);
        }
    }
}

/// A configuration that cannot be used; the text says where it is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError(pub(crate) String);

impl ConfigError {
    fn of_json(json: &str, error: &serde_json::Error) -> Self {
        match field_before(json, error.line(), error.column()) {
            Some(field) => Self(format!("field `{field}`: {error}")),
            None => Self(error.to_string()),
        }
    }

    /// Only where the mistake is: what `serde_json` says of it may quote a token.
    pub(crate) fn place_in(json: &str, error: &serde_json::Error) -> Self {
        let (line, column) = (error.line(), error.column());
        let field = field_before(json, line, column).unwrap_or_default();
        Self(format!("field `{field}`: a mistake at or after it, at line {line} column {column}"))
    }

    fn unreadable(path: &Path, error: &io::Error) -> Self {
        Self(format!("cannot read `{}`: {error}", path.display()))
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl error::Error for ConfigError {}

/// The last key before a place in JSON: `serde_json` reports the place of a wrong value, not its name.
fn field_before(json: &str, line: usize, column: usize) -> Option<&str> {
    let start: usize = json.split_inclusive('\n').take(line.checked_sub(1)?).map(str::len).sum();
    let mut end = (start + column).min(json.len());
    while !json.is_char_boundary(end) {
        end -= 1;
    }
    let before = &json[..end];
    before.match_indices(':').rev().find_map(|(colon, _)| {
        let key = before[..colon].trim_end().strip_suffix('"')?;
        Some(&key[key.rfind('"')? + 1..])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_file_leaves_out_keeps_its_default() {
        let config = Config::from_json(r#"{"extra_models": 7}"#).unwrap();
        assert_eq!(config.extra_models, 7);
        assert_eq!(config.projects[0].id, "demo-project");
    }

    #[test]
    fn unknown_key_is_named_with_its_line() {
        let error =
            Config::from_json("{\n  \"users\": [\n    {\"emial\": \"x\"}\n  ]\n}").unwrap_err();
        let text = error.to_string();
        assert!(text.contains("unknown field `emial`") && text.contains("line 3"), "{text}");
    }

    #[test]
    fn value_of_the_wrong_type_is_named_with_its_field() {
        let error = Config::from_json("{\n  \"extra_models\": \"many\"\n}").unwrap_err();
        let text = error.to_string();
        assert!(text.contains("field `extra_models`") && text.contains("line 2"), "{text}");
    }

    #[test]
    fn patch_merges_objects_and_null_restores_the_default() {
        let mut config = Config { extra_models: 9, ..Config::default() };
        config.switches.expand_scope_names = false;
        let patch = serde_json::json!({"extra_models": null, "switches": {"revoke_by_get": false}});
        let patched = config.patched(&patch).unwrap();
        assert_eq!(patched.extra_models, 0);
        assert!(!patched.switches.revoke_by_get && !patched.switches.expand_scope_names);
    }

    #[test]
    fn approval_for_an_account_that_does_not_exist_is_refused() {
        let error =
            Config::from_json(r#"{"approve": {"account": "bob@example.com"}}"#).unwrap_err();
        assert_eq!(error.to_string(), "`bob@example.com` is not one of the accounts");
    }
}
