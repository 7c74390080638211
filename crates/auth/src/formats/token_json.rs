//! google-auth's `token.json`: what Python programs of the quickstart keep, byte for byte.
//!
//! In: the text of `Credentials.to_json()`. Out: the same text, with a newer token in it.
//! Source: google-auth 2.62, `google.oauth2.credentials`: key order, spacing, and `expiry` in UTC without
//! an offset and with a `Z`, which is the one form that all of its readers take.
//! Not here: `application_default_credentials.json` (`authorized_user`).

use crate::error::{Error, ErrorKind};
use crate::formats::client_secret::OAuthClient;
use crate::formats::file::{self, Purpose};
use crate::formats::file_type::FileType;
use crate::formats::json::ascii;
use crate::grant::{Grant, GrantId};
use crate::scope::Scopes;
use crate::secret::Secret;
use crate::store::{StoredGrant, Unknown};
use crate::token::AccessToken;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde::Serializer;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::time::SystemTime;

/// The order in which google-auth writes its keys.
const KEYS: [&str; 10] = [
    "token",
    "refresh_token",
    "token_uri",
    "client_id",
    "client_secret",
    "scopes",
    "rapt_token",
    "universe_domain",
    "account",
    "expiry",
];

/// A sign-in and its access token, as google-auth's `token.json` holds them.
///
/// ```
/// use hallpass::file::TokenFile;
///
/// let json = br#"{"token": "ya29.a", "refresh_token": "1//0r", "client_id": "1-a", "client_secret": "s",
///     "scopes": ["openid"], "expiry": "2027-01-15T08:00:00Z"}"#;
/// let file = TokenFile::parse(json, "the file")?;
/// assert_eq!(file.access_token().expect("a token").expose(), "ya29.a");
/// assert_eq!(file.scopes().expect("scopes").join(), "openid");
/// # Ok::<(), hallpass::Error>(())
/// ```
#[derive(Clone)]
pub struct TokenFile {
    client_id: String,
    client_secret: Secret,
    refresh_token: Secret,
    /// The whole file, the three fields above included; what we do not know stays as it is.
    fields: BTreeMap<String, Value>,
}

impl TokenFile {
    /// Reads the text of a file; `name` is how errors call it.
    ///
    /// # Errors
    ///
    /// Not JSON ([`ErrorKind::CredentialFileMalformed`]); another of Google's files, or another program's
    /// ([`ErrorKind::CredentialFileUnsupported`]); or without one of `refresh_token`, `client_id`,
    /// `client_secret` ([`ErrorKind::MissingRefreshToken`]): Python writes such a file after a sign-in without
    /// a refresh token, and cannot use it again.
    pub fn parse(json: &[u8], name: &str) -> Result<Self, Error> {
        let fields = Purpose::Credential.object(json, name)?;
        if let Some(other) = other_file(&fields) {
            let what = format!("{name} is {other}, not a `token.json`");
            return Err(Error::new(ErrorKind::CredentialFileUnsupported(other), what));
        }
        let take = |key: &str| match fields.get(key).and_then(Value::as_str) {
            Some(text) if !text.is_empty() => Ok(text.to_owned()),
            _ => Err(Error::new(ErrorKind::MissingRefreshToken, format!("{name} has no `{key}`"))),
        };
        let refresh_token = Secret::from(take("refresh_token")?);
        let (client_id, client_secret) = (take("client_id")?, take("client_secret")?.into());
        Ok(Self { client_id, client_secret, refresh_token, fields: fields.into_iter().collect() })
    }

    /// Reads a file.
    ///
    /// # Errors
    ///
    /// The file is not there, cannot be read, or as [`TokenFile::parse`].
    pub fn from_file(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        Self::parse(&Purpose::Credential.read(path)?, &file::name(path))
    }

    /// Returns the text of the file, as google-auth writes it: one line, without a newline at the end.
    #[must_use]
    pub fn to_json(&self) -> Secret {
        let known = KEYS.iter().filter_map(|key| Some((*key, self.fields.get(*key)?)));
        let unknown = self.fields.iter().filter(|(key, _)| !KEYS.contains(&key.as_str()));
        let pairs = known.chain(unknown.map(|(key, value)| (key.as_str(), value)));
        let mut text = Vec::new();
        let mut writer = serde_json::Serializer::with_formatter(&mut text, LikePython);
        writer.collect_map(pairs).expect("strings are JSON");
        Secret::from(ascii(&String::from_utf8(text).expect("JSON is UTF-8")))
    }

    /// Returns the same file with another access token.
    #[must_use]
    pub fn with_access_token(mut self, token: &AccessToken) -> Self {
        self.put("token", token.expose());
        self.put("expiry", &expiry_text(token.expires_at()));
        self
    }

    /// Returns the same file without its access token; every reader then asks for a new one.
    #[must_use]
    pub fn without_access_token(mut self) -> Self {
        self.fields.retain(|key, _| key != "token" && key != "expiry");
        self
    }

    /// Returns the same file with a refresh token that the server gave in place of the old one.
    #[must_use]
    pub fn with_refresh_token(mut self, refresh_token: Secret) -> Self {
        self.put("refresh_token", refresh_token.expose());
        Self { refresh_token, ..self }
    }

    fn put(&mut self, key: &str, text: &str) {
        self.fields.insert(key.to_owned(), Value::from(text));
    }

    fn text(&self, key: &str) -> Option<&str> {
        self.fields.get(key).and_then(Value::as_str).filter(|text| !text.is_empty())
    }

    /// Returns the access token, if there is one and its end can be read.
    #[must_use]
    pub fn access_token(&self) -> Option<AccessToken> {
        AccessToken::new(self.text("token")?, expiry(self.text("expiry")?)?).ok()
    }

    /// Returns the scopes; a list and a joined string are both in use.
    #[must_use]
    pub fn scopes(&self) -> Option<Scopes> {
        match self.fields.get("scopes")? {
            Value::String(text) => Some(Scopes::from_response(text)),
            Value::Array(list) => {
                let names: Vec<&str> = list.iter().filter_map(Value::as_str).collect();
                Some(Scopes::from_response(&names.join(" ")))
            }
            _ => None,
        }
    }

    /// Returns the OAuth client, at the token endpoint of the file.
    ///
    /// # Errors
    ///
    /// An endpoint that is not `https` and not on this machine.
    pub fn client(&self) -> Result<OAuthClient, Error> {
        let client = OAuthClient::new(self.client_id.clone(), self.client_secret.clone());
        let Some(token_uri) = self.text("token_uri") else { return Ok(client) };
        crate::http::check_uri(token_uri)?;
        let auth_uri = client.auth_uri().to_owned();
        Ok(client.with_uris(auth_uri, token_uri))
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

    /// Returns the e-mail address, where the file names one.
    #[must_use]
    pub fn account(&self) -> Option<&str> {
        self.text("account")
    }

    /// Returns the name of the grant.
    #[must_use]
    pub fn grant_id(&self) -> GrantId {
        GrantId::of(&self.client_id, &self.refresh_token)
    }
}

impl TokenFile {
    /// Returns the file of a grant; none without a client and a refresh token.
    pub(crate) fn of(grant: &StoredGrant) -> Option<Self> {
        let mut file = Self {
            client_id: grant.client_id.clone()?,
            client_secret: grant.client_secret.clone()?,
            refresh_token: grant.refresh_token.clone()?,
            fields: BTreeMap::new(),
        };
        file.put("universe_domain", "googleapis.com");
        Some(file.with_grant(grant))
    }

    /// Returns the same file with this grant in it; what the grant does not know is as its writer left it.
    pub(crate) fn with_grant(mut self, grant: &StoredGrant) -> Self {
        let secrets =
            [("client_secret", &grant.client_secret), ("refresh_token", &grant.refresh_token)];
        for (key, secret) in secrets.into_iter().filter_map(|(key, it)| Some((key, it.as_ref()?))) {
            self.put(key, secret.expose());
        }
        if let Some(client_id) = &grant.client_id {
            self.put("client_id", client_id);
        }
        let of_file = self.client().map(|client| client.token_uri().to_owned()).ok();
        if let Some(token_uri) =
            grant.token_uri.as_ref().filter(|uri| Some(*uri) != of_file.as_ref())
        {
            self.put("token_uri", token_uri);
        }
        if let Some(account) = &grant.account {
            self.put("account", account);
        }
        let same = |scopes: &Scopes| {
            self.scopes().is_some_and(|held| held.covers(scopes) && scopes.covers(&held))
        };
        if let Some(scopes) = grant.scopes.as_ref().filter(|scopes| !same(scopes)) {
            self.fields.insert("scopes".to_owned(), scopes.iter().collect());
        }
        self.fields.extend(grant.other.0.clone());
        match &grant.access_token {
            Some(token) => self.with_access_token(token.token()),
            None => self.without_access_token(),
        }
    }

    /// Returns the keys that google-auth does not know.
    pub(crate) fn other(&self) -> Unknown {
        let other = self.fields.iter().filter(|(key, _)| !KEYS.contains(&key.as_str()));
        Unknown(other.map(|(key, value)| (key.clone(), value.clone())).collect())
    }
}

impl From<&Grant> for TokenFile {
    fn from(grant: &Grant) -> Self {
        let mut file = Self {
            client_id: grant.client.client_id().to_owned(),
            client_secret: grant.client.client_secret().clone(),
            refresh_token: grant.refresh_token.clone(),
            fields: BTreeMap::new(),
        };
        file.put("refresh_token", grant.refresh_token.expose());
        file.put("token_uri", grant.client.token_uri());
        file.put("client_id", grant.client.client_id());
        file.put("client_secret", grant.client.client_secret().expose());
        file.fields.insert("scopes".to_owned(), grant.scopes.iter().collect());
        file.put("universe_domain", "googleapis.com");
        file.put("account", grant.account.as_deref().unwrap_or_default());
        file.with_access_token(&grant.access_token)
    }
}

impl std::fmt::Debug for TokenFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TokenFile").field("client_id", &self.client_id).finish_non_exhaustive()
    }
}

/// Says which other file this is: no client, no key and no file of another program is replaced by a sign-in.
fn other_file(fields: &Map<String, Value>) -> Option<String> {
    let has = |keys: &[&str]| keys.iter().any(|key| fields.contains_key(*key));
    let what = match fields.get("type").and_then(Value::as_str) {
        // google-auth reads gcloud's file under this name, too.
        Some("authorized_user") => return None,
        Some(_) => "a credential of another type".to_owned(),
        None if has(&["installed", "web"]) => "an OAuth client".to_owned(),
        None if has(&["access_token"]) => "another program's sign-in".to_owned(),
        None if fields.is_empty() || has(&["token", "refresh_token", "client_id"]) => return None,
        None => FileType::Unknown.to_string(),
    };
    Some(what)
}

/// Python's `isoformat()` of a naive UTC time in whole seconds, plus `Z`.
fn expiry_text(time: SystemTime) -> String {
    let time = Timestamp::try_from(time).unwrap_or(Timestamp::MAX);
    TimeZone::UTC.to_datetime(time).strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// A time without an offset is UTC; one with an offset is what it says. Anything else has passed.
fn expiry(text: &str) -> Option<SystemTime> {
    if let Ok(time) = text.parse::<Timestamp>() {
        return Some(time.into());
    }
    let time: DateTime = text.parse().ok()?;
    TimeZone::UTC.to_timestamp(time).ok().map(SystemTime::from)
}

/// Python's `json.dumps`: a space after each comma and colon.
struct LikePython;

impl serde_json::ser::Formatter for LikePython {
    fn begin_array_value<W: ?Sized + io::Write>(
        &mut self,
        w: &mut W,
        first: bool,
    ) -> io::Result<()> {
        if first { Ok(()) } else { w.write_all(b", ") }
    }

    fn begin_object_key<W: ?Sized + io::Write>(
        &mut self,
        w: &mut W,
        first: bool,
    ) -> io::Result<()> {
        if first { Ok(()) } else { w.write_all(b", ") }
    }

    fn begin_object_value<W: ?Sized + io::Write>(&mut self, w: &mut W) -> io::Result<()> {
        w.write_all(b": ")
    }
}

#[cfg(test)]
mod tests;
