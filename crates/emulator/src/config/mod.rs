//! The world that the emulator pretends: projects with their OAuth clients, accounts, switches.
//!
//! In: Rust values, or the JSON of `--config` and of the control path `config`. Out: the same, checked.
//! Every key may be left out; a key that does not exist is an error, so that a typing mistake is not
//! a silent default. What the defaults are is in `defaults`.

mod caching;
mod config_error;
mod defaults;
mod gcloud;
pub(crate) mod identity_provider;
mod outcome;
mod processing;
mod project;
pub(crate) mod service_account;
mod settings;
mod switches;

pub use self::caching::Caching;
pub use self::config_error::ConfigError;
pub use self::identity_provider::IdentityProvider;
pub use self::outcome::{Outcome, Refusal};
pub use self::processing::Processing;
pub use self::project::{
    Approval, Audience, Client, ClientKind, ConsentScreen, Lifecycle, Project, Publishing, User,
};
pub(crate) use self::project::{
    FIRST_PROJECT_NUMBER, GCLOUD_PROJECT, GEMINI_SERVICE, SERVICE_ENABLE, SERVICE_GET, SERVICE_USE,
};
pub use self::service_account::ServiceAccount;
pub use self::settings::{KeyRefusal, Quota, QuotaPeriod, ScriptedReply};
pub use self::switches::{
    CodeReuseText, Issuer, PromptNoneError, RefreshWidening, Switches, WrongSecretText,
};

use self::gcloud::gcloud_project;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, VecDeque};
use std::fs;
use std::path::Path;

/// As many accounts as a mistake lists.
const MOST_NAMED: usize = 10;
/// Google: as many accounts may test an app.
const MOST_TEST_USERS: usize = 100;

/// The claims that an id_token or userinfo has by itself.
const OWN_CLAIMS: [&str; 17] = [
    "iss",
    "azp",
    "aud",
    "sub",
    "id",
    "hd",
    "email",
    "email_verified",
    "verified_email",
    "at_hash",
    "nonce",
    "name",
    "given_name",
    "family_name",
    "iat",
    "exp",
    "typ",
];

/// Below the numbers of accounts that are made here: 21 digits, as Google's.
const LOWEST_SUB: u128 = 100_000_000_000_000_000_000;

/// Everything that can be set about the pretended Google.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
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
    /// How small and how large cached contents may be.
    pub caching: Caching,
    /// How long files are processed and documents indexed, and what of it fails.
    pub processing: Processing,
    /// How long an access token of a sign-in lives, in seconds.
    pub access_token_lifetime: u32,
    /// Behaviour that is not known for certain.
    pub switches: Switches,
}

impl Config {
    /// Reads a configuration from JSON; what it leaves out keeps its default.
    ///
    /// # Errors
    /// Text that is not JSON, an unknown key or a value of the wrong type; the error names line and field.
    pub fn from_json(json: &str) -> Result<Self, ConfigError> {
        let config: Self =
            serde_json::from_str(json).map_err(|error| ConfigError::of_json(json, &error))?;
        config.completed(json).checked()
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
            serde_json::from_str(&text).map_err(|error| ConfigError::of_value(&text, &error))?;
        config.completed(&text).checked()
    }

    /// Gives each project what its JSON leaves out: a number, the APIs of the quickstart, and the first
    /// account as owner and test user.
    fn completed(mut self, json: &str) -> Self {
        let given: Value = serde_json::from_str(json).unwrap_or_default();
        let owner = self.users.first().map(|user| user.email.clone()).unwrap_or_default();
        for (at, project) in self.projects.iter_mut().enumerate() {
            let given = &given["projects"][at];
            // The default projects are complete.
            if !given.is_object() {
                continue;
            }
            if given["number"].is_null() {
                project.number = FIRST_PROJECT_NUMBER + at as u64;
            }
            if given["services"].is_null() {
                project.services =
                    [GEMINI_SERVICE, "serviceusage.googleapis.com"].map(String::from).into();
            }
            if given["permissions"].is_null() {
                *project = std::mem::take(project).owned_by(owner.as_str());
            }
            if given["consent_screen"]["test_users"].is_null() {
                project.consent_screen.test_users = vec![owner.clone()];
            }
        }
        self
    }

    pub(crate) fn user(&self, hint: &str) -> Option<&User> {
        self.users.iter().find(|user| user.email.eq_ignore_ascii_case(hint) || user.sub == hint)
    }

    /// Adds an account of this address, with a number of its own; one that exists stays as it is.
    pub fn add_user(&mut self, email: &str) -> &mut User {
        let known = self.users.iter().position(|user| user.email.eq_ignore_ascii_case(email));
        let at = known.unwrap_or_else(|| {
            let taken = self.users.iter().filter_map(|user| user.sub.parse::<u128>().ok());
            let sub = taken.max().unwrap_or_default().max(LOWEST_SUB) + 1;
            self.users.push(User::new(email, sub.to_string()));
            self.users.len() - 1
        });
        &mut self.users[at]
    }

    /// Adds a web client of this name to the first project and returns its id.
    pub(crate) fn add_web_client(
        &mut self,
        name: &str,
        redirect_uris: Vec<String>,
    ) -> Result<String, ConfigError> {
        let Some(project) = self.projects.first_mut() else {
            return Err(ConfigError(format!("no project for the web client `{name}`")));
        };
        let id = format!("{}-{name}.apps.googleusercontent.com", project.number);
        let secret = format!("GOCSPX-emulator-web-client-{name}");
        project.clients.retain(|client| client.client_id != id);
        project.clients.push(Client::web(id.as_str(), secret, redirect_uris));
        Ok(id)
    }

    /// The client that files and helpers are made for: the first desktop client, else the first of any kind.
    pub(crate) fn first_client(&self) -> Option<(&Project, &Client)> {
        let all = self
            .projects
            .iter()
            .flat_map(|project| project.clients.iter().map(move |client| (project, client)));
        let active = all.filter(|(_, client)| client.lifecycle == Lifecycle::Active);
        let desktop = active.clone().find(|(_, client)| client.kind == ClientKind::Desktop);
        desktop.or_else(|| active.into_iter().next())
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

    /// Those that are configured, then gcloud's own.
    fn all_projects(&self) -> impl Iterator<Item = &Project> {
        self.projects.iter().chain([gcloud_project()])
    }

    pub(crate) fn client(&self, client_id: &str) -> Option<(&Project, &Client)> {
        self.all_projects().find_map(|project| {
            let client = project.clients.iter().find(|client| client.client_id == client_id)?;
            Some((project, client))
        })
    }

    /// The project that an id or a number names.
    pub(crate) fn project(&self, name: &str) -> Option<&Project> {
        self.all_projects().find(|project| project.id == name || project.number.to_string() == name)
    }

    pub(crate) fn checked(self) -> Result<Self, ConfigError> {
        for user in &self.users {
            if let Some(name) = user.claims.keys().find(|name| OWN_CLAIMS.contains(&name.as_str()))
            {
                return Err(ConfigError(format!(
                    "field `claims` of `{}`: `{name}` is made by the emulator",
                    user.email
                )));
            }
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
        self.check_names()?;
        match &self.approve {
            Some(approval) if self.user(&approval.account).is_none() => {
                let known: Vec<&str> =
                    self.users.iter().map(|user| user.email.as_str()).take(MOST_NAMED).collect();
                Err(ConfigError(format!(
                    "`{}` is not one of the accounts ({})",
                    approval.account,
                    known.join(", ")
                )))
            }
            _ => Ok(self),
        }
    }

    /// Finds names that could never be met: a mistake here would otherwise be a silent default.
    fn check_names(&self) -> Result<(), ConfigError> {
        let of_quotas = self.quotas.iter().filter_map(|quota| quota.model.as_ref());
        let of_quotas = of_quotas.map(|id| ("quotas", id));
        let of_replies = self.replies.keys().map(|id| ("replies", id));
        for (field, id) in of_replies.chain(of_quotas) {
            if let Some(bare) = id.strip_prefix("models/") {
                return Err(ConfigError(format!(
                    "field `{field}`: a model is named without `models/`: `{bare}`"
                )));
            }
        }
        for name in self.quotas.iter().filter_map(|quota| quota.project.as_ref()) {
            if !self.projects.iter().any(|project| project.id == *name) {
                return Err(ConfigError(format!(
                    "field `quotas`: `{name}` is not one of the projects"
                )));
            }
        }
        Ok(())
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
        assert_eq!(
            error.to_string(),
            "`bob@example.com` is not one of the accounts (ada@example.com, eve@example.com)"
        );
    }
}
