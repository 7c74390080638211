//! One grant as it is kept: the sign-in, what is known of it, the access token in use.
//!
//! In: a finished sign-in, or the JSON of an earlier one. Out: the same; keys that a newer version of this
//! crate has written are kept as they are. In a *side record*, client and refresh token are missing: Google's
//! own file holds them.
//! Not here: where it is kept (the stores).

use super::claim::{self, Claim};
use crate::clock::Clock;
use crate::error::Error;
use crate::formats::client_secret::OAuthClient;
use crate::formats::file::Purpose;
use crate::grant::{Grant, GrantId};
use crate::scope::Scopes;
use crate::secret::Secret;
use crate::token::{AccessToken, LONGEST_LIFE};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::{Duration, SystemTime};

/// The form that [`StoredGrant::to_json`] writes. A higher number means what this crate may not understand.
const FORM: u64 = 1;

/// Machines that share a store do not agree to the second.
const SKEW: Duration = Duration::from_secs(60);

/// A grant and what is known of it.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct StoredGrant {
    /// The OAuth client that signed in.
    pub client_id: Option<String>,
    /// Its secret.
    pub client_secret: Option<Secret>,
    /// Its authorization endpoint.
    pub auth_uri: Option<String>,
    /// Its token endpoint: a grant goes back to the server that gave it.
    pub token_uri: Option<String>,
    /// What access tokens are made of.
    pub refresh_token: Option<Secret>,
    /// What was granted, if it is known.
    pub scopes: Option<Scopes>,
    /// The e-mail address, if it is known.
    pub account: Option<String>,
    /// When the user gave consent.
    pub issued_at: Option<SystemTime>,
    /// When the refresh token ends, if the server said so.
    pub refresh_token_expires_at: Option<SystemTime>,
    /// When the server refused the refresh token: the grant has ended. A refresh that succeeds takes it back.
    pub refused_at: Option<SystemTime>,
    /// The access token in use.
    pub access_token: Option<SavedToken>,
    /// The project that is charged.
    pub quota_project: Option<String>,
    /// Which of these facts a file says, and no server has confirmed.
    pub claimed: BTreeSet<Claim>,
    /// What another version of this crate knows.
    pub(crate) other: Unknown,
}

/// Keys that are not known; each may hold a secret.
#[derive(Clone, Default, PartialEq)]
pub(crate) struct Unknown(pub(crate) Map<String, Value>);

impl fmt::Debug for Unknown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} keys", self.0.len())
    }
}

impl StoredGrant {
    /// Returns a grant of which no more is known.
    #[must_use]
    pub fn new(client: &OAuthClient, refresh_token: Secret) -> Self {
        Self { refresh_token: Some(refresh_token), ..Self::default() }.of_client(client)
    }

    pub(crate) fn of_client(self, client: &OAuthClient) -> Self {
        Self {
            client_id: Some(client.client_id().to_owned()),
            client_secret: Some(client.client_secret().clone()),
            auth_uri: Some(client.auth_uri().to_owned()),
            token_uri: Some(client.token_uri().to_owned()),
            ..self
        }
    }

    /// Returns the OAuth client; a side record has none. Without addresses it is one of Google's.
    #[must_use]
    pub fn client(&self) -> Option<OAuthClient> {
        let client = OAuthClient::new(self.client_id.clone()?, self.client_secret.clone()?);
        let google = |uri: &Option<String>, or: &str| uri.clone().unwrap_or_else(|| or.to_owned());
        let auth_uri = google(&self.auth_uri, client.auth_uri());
        let token_uri = google(&self.token_uri, client.token_uri());
        Some(client.with_uris(auth_uri, token_uri))
    }

    /// Returns the name of the grant; a side record does not know it.
    #[must_use]
    pub fn id(&self) -> Option<GrantId> {
        Some(GrantId::of(self.client_id.as_deref()?, self.refresh_token.as_ref()?))
    }

    /// Says whether this is the refresh token.
    pub(crate) fn holds(&self, refresh_token: &Secret) -> bool {
        self.refresh_token.as_ref().is_some_and(|held| held.ct_eq(refresh_token.expose()))
    }

    /// Returns the JSON that other processes read; it holds the refresh token. Times are whole seconds since 1970.
    #[must_use]
    pub fn to_json(&self) -> Secret {
        let mut object: BTreeMap<String, Value> = self.other.0.clone().into_iter().collect();
        object.insert("version".to_owned(), FORM.into());
        let exposed = |secret: &Option<Secret>| secret.as_ref().map(|it| it.expose().to_owned());
        let token = self.access_token.as_ref();
        let boot = token.and_then(|token| token.boot.as_ref());
        let texts = [
            ("account", self.account.clone()),
            ("scopes", self.scopes.as_ref().map(Scopes::join)),
            ("client_id", self.client_id.clone()),
            ("client_secret", exposed(&self.client_secret)),
            ("auth_uri", self.auth_uri.clone()),
            ("token_uri", self.token_uri.clone()),
            ("refresh_token", exposed(&self.refresh_token)),
            ("quota_project", self.quota_project.clone()),
            ("access_token", token.map(|token| token.token.expose().to_owned())),
            ("boot_id", boot.map(|boot| boot.id.clone())),
            ("claimed", claim::joined(&self.claimed)),
        ];
        let numbers = [
            ("issued_at", self.issued_at.map(seconds)),
            ("refresh_token_expires_at", self.refresh_token_expires_at.map(seconds)),
            ("refused_at", self.refused_at.map(seconds)),
            ("access_token_expires_at", token.map(|token| seconds(token.token.expires_at()))),
            ("access_token_issued_at", token.and_then(|token| token.issued_at).map(seconds)),
            ("uptime", boot.map(|boot| boot.uptime.as_secs())),
        ];
        let texts = texts.into_iter().filter_map(|(key, text)| Some((key, Value::from(text?))));
        let numbers = numbers.into_iter().filter_map(|(key, it)| Some((key, Value::from(it?))));
        object.extend(texts.chain(numbers).map(|(key, value)| (key.to_owned(), value)));
        Secret::from(serde_json::to_string_pretty(&object).expect("texts and numbers are JSON"))
    }

    /// Reads what [`StoredGrant::to_json`] has written.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::CredentialFileMalformed`](crate::ErrorKind::CredentialFileMalformed): other text, or
    /// the form of a later version.
    pub fn from_json(json: &[u8]) -> Result<Self, Error> {
        Self::parse(json, "the saved sign-in")
    }

    /// As [`StoredGrant::from_json`]; `name` is how errors call the text.
    pub(crate) fn parse(json: &[u8], name: &str) -> Result<Self, Error> {
        let mut object = Purpose::Credential.object(json, name)?;
        let odd = |what: &str| Purpose::Credential.malformed(name, what);
        if object.remove("version").is_some_and(|version| version != FORM) {
            return Err(odd(&format!("is not of version {FORM}")));
        }
        let mut take = |key: &str, of_this_kind: fn(&Value) -> bool| match object.remove(key) {
            None | Some(Value::Null) => Ok(None),
            Some(value) if of_this_kind(&value) => Ok(Some(value)),
            Some(_) => Err(odd(&format!("has a `{key}` of another type"))),
        };
        let mut text = |key| Ok(take(key, Value::is_string)?.map(text_of));
        let mut grant = Self {
            account: text("account")?,
            scopes: text("scopes")?.as_deref().map(Scopes::from_response),
            client_id: text("client_id")?,
            client_secret: text("client_secret")?.map(Secret::from),
            auth_uri: text("auth_uri")?,
            token_uri: text("token_uri")?,
            refresh_token: text("refresh_token")?.map(Secret::from),
            quota_project: text("quota_project")?,
            claimed: text("claimed")?.as_deref().map(claim::split).unwrap_or_default(),
            ..Self::default()
        };
        let (token, boot_id) = (text("access_token")?, text("boot_id")?);
        let mut number = |key| Ok(take(key, Value::is_u64)?.and_then(|value| value.as_u64()));
        grant.issued_at = number("issued_at")?.and_then(time);
        grant.refresh_token_expires_at = number("refresh_token_expires_at")?.and_then(time);
        grant.refused_at = number("refused_at")?.and_then(time);
        let token = token.zip(number("access_token_expires_at")?.and_then(time));
        let token = token.and_then(|(text, end)| AccessToken::new(text, end).ok());
        let issued_at = number("access_token_issued_at")?.and_then(time);
        let boot = boot_id.zip(number("uptime")?.map(Duration::from_secs));
        let boot = boot.map(|(id, uptime)| Boot { id, uptime });
        grant.access_token = token.map(|token| SavedToken { token, issued_at, boot });
        grant.other = Unknown(object);
        Ok(grant)
    }
}

impl From<&Grant> for StoredGrant {
    fn from(grant: &Grant) -> Self {
        let token = SavedToken {
            token: grant.access_token.clone(),
            issued_at: Some(grant.issued_at),
            boot: None,
        };
        Self {
            refresh_token: Some(grant.refresh_token.clone()),
            scopes: Some(grant.scopes.clone()),
            account: grant.account.clone(),
            issued_at: Some(grant.issued_at),
            refresh_token_expires_at: grant.refresh_token_expires_at,
            access_token: Some(token),
            ..Self::default()
        }
        .of_client(&grant.client)
    }
}

/// An access token, and when it was given: by the time of day, and by the clock that counts from the machine's start.
#[derive(Clone, Debug)]
pub struct SavedToken {
    token: AccessToken,
    issued_at: Option<SystemTime>,
    boot: Option<Boot>,
}

/// Which run of which machine, and how far into it.
#[derive(Clone, Debug)]
struct Boot {
    id: String,
    uptime: Duration,
}

impl SavedToken {
    /// Returns a token that was given now.
    #[must_use]
    pub fn new(token: AccessToken, clock: &dyn Clock) -> Self {
        let boot = clock.boot_id().map(|id| Boot { id: id.to_owned(), uptime: clock.uptime() });
        Self { token, issued_at: Some(clock.now()), boot }
    }

    /// Returns a token of which its end alone is known.
    #[must_use]
    pub fn undated(token: AccessToken) -> Self {
        Self { token, issued_at: None, boot: None }
    }

    /// Returns the token.
    #[must_use]
    pub fn token(&self) -> &AccessToken {
        &self.token
    }

    /// Returns how long it lasts, by the more careful of two clocks. It is over when the clock cannot be right:
    /// the token ends later than any token does; or it was given in the future, and the other clock, which counts
    /// from this machine's start, does not know its age.
    #[must_use]
    pub fn left(&self, clock: &dyn Clock) -> Duration {
        let now = clock.now();
        let end = self.token.expires_at();
        let left = end.duration_since(now).unwrap_or_default();
        let issued_at = self.issued_at.unwrap_or(now);
        match &self.boot {
            _ if left > LONGEST_LIFE => Duration::ZERO,
            Some(boot) if clock.boot_id() == Some(&boot.id) => {
                let life = end.duration_since(issued_at).unwrap_or_default();
                let age = clock.uptime().checked_sub(boot.uptime).unwrap_or(Duration::MAX);
                left.min(life.saturating_sub(age))
            }
            _ if issued_at > now + SKEW => Duration::ZERO,
            _ => left,
        }
    }
}

fn text_of(value: Value) -> String {
    match value {
        Value::String(text) => text,
        _ => String::new(),
    }
}

fn seconds(time: SystemTime) -> u64 {
    time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs()
}

fn time(seconds: u64) -> Option<SystemTime> {
    SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds))
}
