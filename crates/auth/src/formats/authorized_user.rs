//! Google's `application_default_credentials.json` of a user, read and written.
//!
//! In: bytes, or a finished sign-in. Out: the fields; and the file with gcloud's keys, sorted, two spaces, no
//! newline at the end, so that every Google client (and gcloud itself) reads it. Unknown keys stay.
//! Source: AIP-4113; the files of gcloud 528.
//! Not here: finding the file (`adc`), and the other types of file (`credential_file`).

use crate::error::{Error, ErrorKind};
use crate::formats::client_secret::OAuthClient;
use crate::formats::credential_file::unsupported_type;
use crate::formats::file::{self, Purpose};
use crate::formats::json::ascii;
use crate::grant::{Grant, GrantId};
use crate::secret::Secret;
use crate::store::StoredGrant;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;

/// A user's sign-in as `application_default_credentials.json` holds it.
///
/// ```no_run
/// use hallpass::file::AuthorizedUser;
///
/// let user = AuthorizedUser::from_file("application_default_credentials.json")?;
/// println!("{} charges {:?}", user.account().unwrap_or("a user"), user.quota_project_id());
/// # Ok::<(), hallpass::Error>(())
/// ```
#[derive(Clone)]
pub struct AuthorizedUser {
    client_id: String,
    client_secret: Secret,
    refresh_token: Secret,
    quota_project_id: Option<String>,
    account: String,
    universe_domain: String,
    other: BTreeMap<String, Value>,
}

impl AuthorizedUser {
    /// Reads the text of a file; `name` is how errors call it.
    ///
    /// # Errors
    ///
    /// Not JSON, a missing field, or another type of credential.
    pub fn parse(json: &[u8], name: &str) -> Result<Self, Error> {
        let file = Purpose::Credential.object(json, name)?;
        let mut other: BTreeMap<String, Value> = file.into_iter().collect();
        match other.remove("type").as_ref().and_then(Value::as_str) {
            Some("authorized_user") => {}
            found => return Err(unsupported(name, found, &other)),
        }
        let mut take = |key: &str| match other.remove(key) {
            Some(Value::String(text)) if !text.is_empty() => Some(text),
            _ => None,
        };
        let missing = |key| Purpose::Credential.malformed(name, &format!("has no `{key}`"));
        let mut needed = |key| take(key).ok_or_else(|| missing(key));
        Ok(Self {
            client_id: needed("client_id")?,
            client_secret: needed("client_secret")?.into(),
            refresh_token: needed("refresh_token")?.into(),
            quota_project_id: take("quota_project_id"),
            account: take("account").unwrap_or_default(),
            universe_domain: take("universe_domain").unwrap_or_else(default_universe),
            other,
        })
    }

    /// Reads a file.
    ///
    /// # Errors
    ///
    /// The file is not there, cannot be read, or as [`AuthorizedUser::parse`].
    pub fn from_file(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        Self::parse(&Purpose::Credential.read(path)?, &file::name(path))
    }

    /// Returns the text of the file, as gcloud writes it.
    #[must_use]
    pub fn to_json(&self) -> Secret {
        let mut file = self.other.clone();
        let mut put = |key: &str, text: &str| file.insert(key.to_owned(), Value::from(text));
        put("account", &self.account);
        put("client_id", &self.client_id);
        put("client_secret", self.client_secret.expose());
        put("refresh_token", self.refresh_token.expose());
        put("type", "authorized_user");
        put("universe_domain", &self.universe_domain);
        if let Some(project) = &self.quota_project_id {
            put("quota_project_id", project);
        }
        let text = serde_json::to_string_pretty(&file).expect("strings are JSON");
        Secret::from(ascii(&text))
    }

    /// Returns the same sign-in with this quota project; an empty name is none.
    #[must_use]
    pub fn with_quota_project(self, quota_project_id: impl Into<String>) -> Self {
        let project = Some(quota_project_id.into()).filter(|project| !project.is_empty());
        Self { quota_project_id: project, ..self }
    }

    /// Returns the same sign-in with a refresh token that the server gave in place of the old one.
    #[must_use]
    pub fn with_refresh_token(self, refresh_token: Secret) -> Self {
        Self { refresh_token, ..self }
    }

    /// Returns the OAuth client, at Google's endpoints: the file names none.
    #[must_use]
    pub fn client(&self) -> OAuthClient {
        OAuthClient::new(self.client_id.clone(), self.client_secret.clone())
    }

    /// Returns the `client_id`.
    #[must_use]
    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    /// Returns the refresh token.
    #[must_use]
    pub fn refresh_token(&self) -> &Secret {
        &self.refresh_token
    }

    /// Returns the project that is charged, where the file names one.
    #[must_use]
    pub fn quota_project_id(&self) -> Option<&str> {
        self.quota_project_id.as_deref()
    }

    /// Returns the e-mail address, where the file names one.
    #[must_use]
    pub fn account(&self) -> Option<&str> {
        Some(self.account.as_str()).filter(|account| !account.is_empty())
    }

    /// Returns the name of the grant.
    #[must_use]
    pub fn grant_id(&self) -> GrantId {
        GrantId::of(&self.client_id, &self.refresh_token)
    }
}

impl AuthorizedUser {
    /// Returns the file's part of a grant, with the keys of `before` that are not known; none without a client
    /// and a refresh token.
    pub(crate) fn of(grant: &StoredGrant, before: Option<&Self>) -> Option<Self> {
        let universe_domain =
            before.map_or_else(default_universe, |user| user.universe_domain.clone());
        let account = match before {
            // What a refresh has found out is in the side record alone.
            Some(before) if before.account.is_empty() && grant.holds(&before.refresh_token) => None,
            _ => grant.account.clone(),
        };
        let account = account.unwrap_or_default();
        Some(Self {
            client_id: grant.client_id.clone()?,
            client_secret: grant.client_secret.clone()?,
            refresh_token: grant.refresh_token.clone()?,
            quota_project_id: grant.quota_project.clone(),
            account,
            universe_domain,
            other: before.map(|user| user.other.clone()).unwrap_or_default(),
        })
    }
}

impl From<&Grant> for AuthorizedUser {
    fn from(grant: &Grant) -> Self {
        Self {
            client_id: grant.client.client_id().to_owned(),
            client_secret: grant.client.client_secret().clone(),
            refresh_token: grant.refresh_token.clone(),
            quota_project_id: None,
            account: grant.account.clone().unwrap_or_default(),
            universe_domain: default_universe(),
            other: BTreeMap::new(),
        }
    }
}

impl std::fmt::Debug for AuthorizedUser {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // What we do not know may be a secret.
        f.debug_struct("AuthorizedUser").field("client_id", &self.client_id).finish_non_exhaustive()
    }
}

fn default_universe() -> String {
    "googleapis.com".to_owned()
}

fn unsupported(name: &str, found: Option<&str>, file: &BTreeMap<String, Value>) -> Error {
    let (kind, what) = match found {
        Some(found) => return unsupported_type(name, found),
        None if file.contains_key("installed") || file.contains_key("web") => {
            ("client_secret".to_owned(), "an OAuth client, not a sign-in".to_owned())
        }
        None if file.contains_key("refresh_token") => {
            ("token.json".to_owned(), "a `token.json` of google-auth".to_owned())
        }
        None => {
            return Purpose::Credential.malformed(name, "has no `type`");
        }
    };
    Error::new(ErrorKind::CredentialFileUnsupported(kind), format!("{name} is {what}"))
}
