//! Reads the JSON file that the Cloud console gives out for an OAuth client.
//!
//! In: `client_secret.json` as downloaded. Out: an `OAuthClient`, or the name of the wrong kind of
//! file it was given. Everything that would fail after the browser opened is found here.
//! Source: Google's "client_secrets.json" guide; samples of each of Google's other key files.
//! Not here: `web` clients, whose redirects are registered one by one and never on a free port.

use crate::endpoints::{Endpoints, origin};
use crate::error::{Error, ErrorKind};
use crate::formats::file::{self, Purpose};
use crate::formats::file_type::FileType;
use crate::http::check_uri;
use crate::secret::Secret;
use crate::text::plain;
use serde_json::Value;
use std::path::Path;

/// An application's registration at Google: what the Cloud console's `client_secret.json` holds.
///
/// ```
/// use hallpass::{ErrorKind, OAuthClient};
///
/// let client = OAuthClient::parse(
///     br#"{"installed": {
///         "client_id": "1-a.apps.googleusercontent.com",
///         "client_secret": "GOCSPX-s",
///         "auth_uri": "https://accounts.google.com/o/oauth2/auth",
///         "token_uri": "https://oauth2.googleapis.com/token"
///     }}"#,
/// )?;
/// assert_eq!(client.client_id(), "1-a.apps.googleusercontent.com");
///
/// let error = OAuthClient::from_file("no such file").expect_err("it is not there");
/// assert_eq!(*error.kind(), ErrorKind::ClientFileNotFound);
/// # Ok::<(), hallpass::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct OAuthClient {
    client_id: String,
    client_secret: Secret,
    auth_uri: String,
    token_uri: String,
    project_id: Option<String>,
}

impl OAuthClient {
    /// Returns a client whose tokens come from Google's own endpoints.
    #[must_use]
    pub fn new(client_id: impl Into<String>, client_secret: impl Into<Secret>) -> Self {
        let google = Endpoints::google();
        Self {
            client_id: client_id.into(),
            client_secret: client_secret.into(),
            auth_uri: google.authorization,
            token_uri: google.token,
            project_id: None,
        }
    }

    /// Reads a client file.
    ///
    /// # Errors
    ///
    /// The file is not there, cannot be read, is not JSON, lacks a field, is another kind of file,
    /// or names an address that is not `https` and not on this machine.
    pub fn from_file(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        Self::read(&Purpose::Client.read(path)?, &file::name(path))
    }

    /// Reads the text of a client file; a UTF-8 byte order mark, as PowerShell writes it, is skipped.
    ///
    /// # Errors
    ///
    /// As [`OAuthClient::from_file`], but for the file itself.
    pub fn parse(json: &[u8]) -> Result<Self, Error> {
        Self::read(json, "the client file")
    }

    fn read(json: &[u8], name: &str) -> Result<Self, Error> {
        if is_api_key(file::without_mark(json)) {
            return Err(wrong(name, FileType::ApiKey));
        }
        let file = Purpose::Client.object(json, name)?;
        let Some(client) = file.get("installed").and_then(Value::as_object) else {
            return Err(wrong(name, FileType::of(&file)));
        };
        let field = |key: &str| match client.get(key).and_then(Value::as_str) {
            Some(text) if !text.is_empty() => Ok(text.to_owned()),
            _ => Err(Purpose::Client.malformed(name, &format!("has no `{key}`"))),
        };
        let client = Self {
            client_id: field("client_id")?,
            client_secret: Secret::from(field("client_secret")?),
            auth_uri: field("auth_uri")?,
            token_uri: field("token_uri")?,
            project_id: field("project_id").ok(),
        };
        check_uri(&client.auth_uri)?;
        check_uri(&client.token_uri)?;
        if client.auth_uri.contains('#') {
            return Err(Purpose::Client.malformed(name, "has an `auth_uri` with a fragment"));
        }
        client.check_is_of_one_server(name)?;
        Ok(client)
    }

    /// A file that names Google's page and another token server takes to that server a code, and the proof that
    /// goes with it, that are good at Google: the user consents at Google and another party signs in.
    fn check_is_of_one_server(&self, name: &str) -> Result<(), Error> {
        let consent = Endpoints::is_googles_authorization(&self.auth_uri);
        if consent == Endpoints::google().is_issuer_of(&self.token_uri) {
            return Ok(());
        }
        let (keys, address) = match consent {
            true => ("`auth_uri` and another `token_uri`", &self.token_uri),
            false => ("`token_uri` and another `auth_uri`", &self.auth_uri),
        };
        let what = format!("{name} names Google's {keys}");
        let cause = format!("`{}` is not Google's", plain(origin(address)));
        Err(Error::new(ErrorKind::ClientFileMixed, what).with_source(cause))
    }

    /// Returns the origins that a sign-in goes to, the page's and the token endpoint's; none where they are Google's.
    #[must_use]
    pub fn foreign_servers(&self) -> Vec<&str> {
        if Endpoints::google().is_issuer_of(&self.token_uri) {
            return Vec::new();
        }
        let mut servers = vec![origin(&self.auth_uri), origin(&self.token_uri)];
        servers.dedup();
        servers
    }

    /// Returns the same client at other endpoints.
    #[must_use]
    pub fn with_endpoints(self, endpoints: &Endpoints) -> Self {
        self.with_uris(&endpoints.authorization, &endpoints.token)
    }

    /// Returns the same client with the two addresses that a client file names.
    #[must_use]
    pub fn with_uris(self, auth_uri: impl Into<String>, token_uri: impl Into<String>) -> Self {
        Self { auth_uri: auth_uri.into(), token_uri: token_uri.into(), ..self }
    }

    /// Returns the `client_id`.
    #[must_use]
    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    /// Returns the `client_secret`, which Google does not hold to be confidential for Desktop apps.
    #[must_use]
    pub fn client_secret(&self) -> &Secret {
        &self.client_secret
    }

    /// Returns the authorization endpoint.
    #[must_use]
    pub fn auth_uri(&self) -> &str {
        &self.auth_uri
    }

    /// Returns the token endpoint.
    #[must_use]
    pub fn token_uri(&self) -> &str {
        &self.token_uri
    }

    /// Returns the project that owns the client, where the file names it.
    #[must_use]
    pub fn project_id(&self) -> Option<&str> {
        self.project_id.as_deref()
    }
}

fn wrong(name: &str, file_type: FileType) -> Error {
    let what = format!("{name} is {file_type}, not an OAuth client of type \"Desktop app\"");
    Error::new(ErrorKind::ClientFileWrongType(file_type), what)
}

/// Google's two families of API keys: `AIza…`, and since 2026 `AQ.…`.
fn is_api_key(text: &[u8]) -> bool {
    let text = text.trim_ascii();
    let (start, end) = (text.starts_with(b"AIza") || text.starts_with(b"AQ."), text.len() < 200);
    start && end && text.iter().all(|byte| byte.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use super::*;

    const INSTALLED: &str = r#"{"installed":{"client_id":"1-a.apps.googleusercontent.com",
        "project_id":"demo-project","auth_uri":"https://accounts.google.com/o/oauth2/auth",
        "token_uri":"https://oauth2.googleapis.com/token",
        "auth_provider_x509_cert_url":"https://www.googleapis.com/oauth2/v1/certs",
        "client_secret":"GOCSPX-marked","redirect_uris":["http://localhost"]}}"#;

    #[test]
    fn downloaded_file_is_read_with_and_without_a_byte_order_mark() {
        for text in [INSTALLED.to_owned(), format!("\u{feff}{INSTALLED}")] {
            let client = OAuthClient::parse(text.as_bytes()).expect("client");
            assert_eq!(client.client_id(), "1-a.apps.googleusercontent.com");
            assert_eq!(client.client_secret().expose(), "GOCSPX-marked");
            assert_eq!(client.auth_uri(), "https://accounts.google.com/o/oauth2/auth");
            assert_eq!(client.token_uri(), "https://oauth2.googleapis.com/token");
            assert_eq!(client.project_id(), Some("demo-project"));
        }
    }

    #[test]
    fn other_files_of_google_are_told_apart_by_name() {
        for (text, file_type) in [
            (r#"{"web":{"client_id":"x"}}"#, FileType::WebClient),
            (r#"{"type":"service_account","private_key":"x"}"#, FileType::ServiceAccount),
            (r#"{"type":"authorized_user","refresh_token":"x"}"#, FileType::AuthorizedUser),
            (r#"{"type":"external_account"}"#, FileType::Other("external_account".to_owned())),
            (r#"{"token":"x","refresh_token":"y","client_id":"z"}"#, FileType::TokenFile),
            ("AIzaSyA-marked_marked_marked_marked_mark\n", FileType::ApiKey),
            (r#"{"name":"n","keyString":"AIza"}"#, FileType::ApiKey),
            (r#"{"installed":[]}"#, FileType::Unknown),
        ] {
            let error = OAuthClient::parse(text.as_bytes()).expect_err(text);
            assert_eq!(*error.kind(), ErrorKind::ClientFileWrongType(file_type), "{text}");
        }
    }

    #[test]
    fn missing_fields_are_found_before_any_browser_opens() {
        for field in ["client_id", "client_secret", "auth_uri", "token_uri"] {
            let text = INSTALLED.replace(&format!("\"{field}\""), "\"other\"");
            let error = OAuthClient::parse(text.as_bytes()).expect_err(field);
            assert_eq!(error.to_string(), format!("the client file has no `{field}`"));
        }
    }

    #[test]
    fn text_that_is_not_json_is_not_quoted() {
        for text in ["", "{", "[]", "\u{feff}", "GOCSPX-marked"] {
            let error = OAuthClient::parse(text.as_bytes()).expect_err(text);
            assert_eq!(*error.kind(), ErrorKind::ClientFileMalformed, "{text}");
            assert!(!format!("{error:?}").contains("marked"), "{error:?}");
        }
    }

    #[test]
    fn a_file_that_cannot_be_read_is_named() {
        let folder = tempfile::tempdir().expect("folder");
        let missing = folder.path().join("client_secret.json");
        let large = folder.path().join("large");
        crate::store::write_private(&large, &vec![b' '; 1024 * 1024 + 1]).expect("write");
        for (path, kind, what) in [
            (&missing, ErrorKind::ClientFileNotFound, "is not there"),
            (&large, ErrorKind::ClientFileUnreadable, "cannot be read"),
            (&folder.path().to_owned(), ErrorKind::ClientFileUnreadable, "cannot be read"),
        ] {
            let error = OAuthClient::from_file(path).expect_err(what);
            assert_eq!(*error.kind(), kind);
            assert_eq!(error.to_string(), format!("`{}` {what}", path.display()));
        }
    }

    #[test]
    fn addresses_must_be_https_or_on_this_machine() {
        let text =
            INSTALLED.replace("https://oauth2.googleapis.com", "http://oauth2.googleapis.com");
        let error = OAuthClient::parse(text.as_bytes()).expect_err("plain http");
        assert_eq!(*error.kind(), ErrorKind::InsecureUri);
        let text = INSTALLED.replace("https://oauth2.googleapis.com", "http://127.0.0.1:9099");
        let text = text.replace("https://accounts.google.com", "http://127.0.0.1:9099");
        assert!(OAuthClient::parse(text.as_bytes()).is_ok());
    }

    #[test]
    fn consent_and_tokens_are_of_one_server() {
        let (page, tokens) =
            ("https://accounts.google.com/o/oauth2/auth", "https://oauth2.googleapis.com/token");
        for (auth_uri, token_uri, kind) in [
            (page, "https://www.googleapis.com/oauth2/v3/token", None),
            ("https://sso.example/auth", "https://tokens.example/token", None),
            ("http://127.0.0.1:1/auth", "http://127.0.0.1:2/token", None),
            (page, "https://evil.example/token", Some(ErrorKind::ClientFileMixed)),
            (page, "http://127.0.0.1:39100/token", Some(ErrorKind::ClientFileMixed)),
            (page, "https://www.googleapis.com/upload", Some(ErrorKind::ClientFileMixed)),
            (
                page,
                "https://oauth2.googleapis.com.evil.example/token",
                Some(ErrorKind::ClientFileMixed),
            ),
            ("https://evil.example/auth", tokens, Some(ErrorKind::ClientFileMixed)),
            ("https://accounts.google.com.evil.example/", tokens, Some(ErrorKind::ClientFileMixed)),
            ("https://accounts.google.com/a#b", tokens, Some(ErrorKind::ClientFileMalformed)),
        ] {
            let text = INSTALLED.replace(page, auth_uri).replace(tokens, token_uri);
            let error = OAuthClient::parse(text.as_bytes()).err();
            let found = error.map(|error| error.kind().clone());
            assert_eq!(found, kind, "{auth_uri} {token_uri}");
        }
    }

    #[test]
    fn debug_does_not_show_the_secret() {
        let client = OAuthClient::parse(INSTALLED.as_bytes()).expect("client");
        assert!(!format!("{client:?}").contains("marked"));
    }
}
