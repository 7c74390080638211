//! Signing in without a browser: another machine has one, and a person carries two lines.
//!
//! In: a `SignIn`. Out: addresses for the other machine; then, from the line that comes back, a `Grant`.
//! The lines are those of gcloud's `--no-browser` and `--remote-bootstrap`, so that a gcloud can be either
//! side. Between the two, the sign-in can be kept in a file and be finished by another process.
//! Source: what gcloud 528 prints and takes. `localhost` is in these addresses because it is in gcloud's.
//! Not here: a browser on this machine (`sign_in`).

mod helper;

pub use helper::RemoteHelper;
#[cfg(any(fuzzing, all(feature = "fuzzing", feature = "machine")))]
pub(crate) use helper::{state_of, with_redirect};

use crate::error::{Error, ErrorKind};
use crate::formats::client_secret::OAuthClient;
use crate::formats::json;
use crate::grant::Grant;
use crate::http::check_uri;
use crate::scope::Scopes;
use crate::secret::Secret;
use crate::sign_in::SignIn;
use crate::sign_in::authorize::AuthorizationRequest;
use serde_json::{Value, json};

/// No program listens there: the browser stops at a page that cannot be reached, with the answer in its address.
const NOWHERE: &str = "http://localhost:1/";

/// What gcloud adds to the address for the other machine.
const REMOTE: (&str, &str) = ("token_usage", "remote");

/// A sign-in whose browser is on another machine.
#[derive(Debug)]
pub struct RemoteSignIn {
    settings: SignIn,
    request: AuthorizationRequest,
}

impl RemoteSignIn {
    /// Begins a sign-in whose browser is on another machine.
    #[must_use]
    pub fn new(settings: SignIn) -> Self {
        let request = settings.request(NOWHERE.to_owned());
        Self { settings, request }
    }

    /// Returns an address that any browser can open. It ends at a page that cannot be reached; what is then
    /// in the address bar is what [`RemoteSignIn::finish`] takes.
    #[must_use]
    pub fn url(&self) -> String {
        self.request.url()
    }

    /// Returns the address for `hallpass login --remote-bootstrap` or gcloud's: the same without
    /// `redirect_uri`, which the other machine adds.
    #[must_use]
    pub fn bootstrap_url(&self) -> String {
        self.request.url_without_redirect(REMOTE)
    }

    /// Takes what came back: an address with any scheme and host, its query, or the bare code. After a wrong
    /// one it can be called again.
    ///
    /// # Errors
    ///
    /// As [`crate::oauth::PendingSignIn::finish`]; [`ErrorKind::StateMismatch`] for the answer to another
    /// sign-in; [`ErrorKind::InvalidGrant`] for a code that Google does not know.
    pub async fn finish(&self, pasted: &str) -> Result<Grant, Error> {
        let code = self.request.accept_pasted(pasted)?;
        // gcloud's rule: the port of the pasted address, whatever its host.
        let request = match port_of(pasted) {
            Some(port) => {
                self.request.clone().with_redirect_uri(format!("http://localhost:{port}/"))
            }
            None => self.request.clone(),
        };
        self.settings.grant(&code, &request).await
    }

    /// Returns the text to keep until the answer comes: it holds `state` and verifier, so keep it private.
    #[must_use]
    pub fn to_json(&self) -> Secret {
        let client = self.settings.client();
        let (state, verifier) = self.request.secrets();
        let text = json!({
            "client_id": client.client_id(),
            "client_secret": client.client_secret().expose(),
            "auth_uri": client.auth_uri(),
            "token_uri": client.token_uri(),
            "scopes": self.request.scopes().join(),
            "account": self.settings.login_hint(),
            "state": state.expose(),
            "code_verifier": verifier.expose(),
        });
        Secret::from(format!("{text:#}\n"))
    }

    /// Reads such a text; `settings` makes the rest of the sign-in from client, scopes and account.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::CredentialFileMalformed`].
    pub fn from_json(
        text: &[u8],
        settings: impl FnOnce(OAuthClient, Scopes) -> SignIn,
    ) -> Result<Self, Error> {
        let malformed = || {
            let what = "what was kept of the sign-in cannot be read";
            Error::new(ErrorKind::CredentialFileMalformed, what)
        };
        let file = json::object(text).map_err(|_| malformed())?;
        let field = |key: &str| {
            let text = file.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
            text.map(str::to_owned).ok_or_else(malformed)
        };
        let client = OAuthClient::new(field("client_id")?, field("client_secret")?)
            .with_uris(field("auth_uri")?, field("token_uri")?);
        check_uri(client.auth_uri())?;
        check_uri(client.token_uri())?;
        let scopes = Scopes::from_response(&field("scopes")?);
        let account = file.get("account").and_then(Value::as_str).unwrap_or_default();
        let settings = settings(client, scopes).with_login_hint(account);
        let request = settings
            .request(NOWHERE.to_owned())
            .with_secrets(field("state")?.into(), field("code_verifier")?.into());
        Ok(Self { settings, request })
    }
}

/// The port of `https://localhost:8085/?…`; none for a bare code or query.
fn port_of(pasted: &str) -> Option<u16> {
    let (_, after) = pasted.trim().split_once("://")?;
    let authority = after.split(['/', '?']).next()?;
    authority.rsplit_once(':')?.1.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::HttpClient;

    fn sign_in() -> SignIn {
        let client = OAuthClient::new("1-a.apps.googleusercontent.com", "GOCSPX-marked");
        SignIn::new(client, Scopes::quickstart(), HttpClient::default())
    }

    #[test]
    fn the_lines_are_gclouds() {
        let remote = RemoteSignIn::new(sign_in());
        let url = remote.bootstrap_url();
        assert!(url.starts_with(
            "https://accounts.google.com/o/oauth2/v2/auth?response_type=code&client_id="
        ));
        assert!(url.ends_with("&token_usage=remote") && !url.contains("redirect_uri"), "{url}");
        assert!(url.contains("&code_challenge_method=S256&access_type=offline"), "{url}");
        assert!(remote.url().contains("&redirect_uri=http%3A%2F%2Flocalhost%3A1%2F&"));
    }

    #[test]
    fn what_was_kept_leads_the_browser_to_a_secure_address_alone() {
        let kept = RemoteSignIn::new(sign_in()).to_json().expose().to_owned();
        let kept = kept.replace("https://accounts.google.com", "http://evil.example");
        let read = RemoteSignIn::from_json(kept.as_bytes(), |_, _| sign_in());
        assert_eq!(*read.expect_err("in the clear").kind(), ErrorKind::InsecureUri);
    }

    #[test]
    fn the_port_is_that_of_the_pasted_address() {
        for (pasted, port) in [
            ("https://localhost:8085/?state=s&code=c", Some(8085)),
            (" http://127.0.0.1:1/?code=c\n", Some(1)),
            ("https://localhost/?code=c", None),
            ("state=s&code=c", None),
            ("4/0Ab", None),
            ("http://[::1]:77/?code=c", Some(77)),
        ] {
            assert_eq!(port_of(pasted), port, "{pasted}");
        }
    }

    #[test]
    fn what_is_pasted_may_be_an_address_a_query_or_the_code() {
        let remote = RemoteSignIn::new(sign_in());
        let state = remote.request.secrets().0.expose().to_owned();
        for pasted in [
            format!("https://localhost:8085/?state={state}&code=4%2F0Ab&scope=x"),
            format!("http://elsewhere.example/?code=4%2F0Ab&state={state}"),
            format!("state={state}&code=4%2F0Ab"),
            " 4/0Ab\n".to_owned(),
            "4%2F0Ab".to_owned(),
            format!("\"https://localhost:8085/?state={state}&code=4%2F0Ab\""),
        ] {
            let code = remote.request.accept_pasted(&pasted).expect(&pasted);
            assert_eq!(code.0.expose(), "4/0Ab", "{pasted}");
        }
        for (pasted, kind) in [
            ("https://localhost:8085/?state=forged&code=c", ErrorKind::StateMismatch),
            ("https://localhost:8085/?code=c", ErrorKind::StateMismatch),
            ("", ErrorKind::RemoteAddress),
            ("two words", ErrorKind::RemoteAddress),
            (&remote.url(), ErrorKind::RemoteAddress),
        ] {
            let error = remote.request.accept_pasted(pasted).expect_err(pasted);
            assert_eq!(*error.kind(), kind, "{pasted}");
        }
        let denied = format!("https://localhost:8085/?error=access_denied&state={state}");
        let error = remote.request.accept_pasted(&denied).expect_err("denied");
        assert_eq!(*error.kind(), ErrorKind::AccessDenied);
    }

    #[test]
    fn what_is_kept_is_the_same_sign_in() {
        let remote = RemoteSignIn::new(sign_in().with_login_hint("ada@example.com"));
        let kept = remote.to_json();
        let read = RemoteSignIn::from_json(kept.expose().as_bytes(), |client, scopes| {
            SignIn::new(client, scopes, HttpClient::default())
        });
        let read = read.expect("the same");
        assert_eq!(read.url(), remote.url());
        assert_eq!(read.to_json().expose(), kept.expose());
        assert!(!format!("{read:?}").contains("marked"));
        for torn in ["", "{}", &kept.expose()[..60]] {
            let read = RemoteSignIn::from_json(torn.as_bytes(), |client, scopes| {
                SignIn::new(client, scopes, HttpClient::default())
            });
            assert!(read.is_err(), "{torn}");
        }
    }
}
