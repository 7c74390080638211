//! Builds the address that the browser opens, and later judges the redirect that comes back.
//!
//! In: an OAuth client, scopes, a redirect URI. Out: `url()`; then `accept(redirect)` returns the code.
//! Specification: RFC 6749, sections 4.1.1 to 4.1.2.1; RFC 7636, section 4.3; RFC 9207, section 2.4;
//! Google's "OAuth 2.0 for mobile and desktop apps".
//! Not here: waiting for the redirect (`loopback`), and the exchange (`token_endpoint`).

use crate::endpoints::Endpoints;
use crate::error::{Error, ErrorKind};
use crate::formats::client_secret::OAuthClient;
use crate::scope::Scopes;
use crate::secret::Secret;
use crate::sign_in::parameters::Parameters;
use crate::sign_in::pkce::{Pkce, random_text};
use crate::text::code_word;
use form_urlencoded::Serializer;

/// 256 bits (threats: RFC 6749, section 10.10 asks for at least 128).
const STATE_BYTES: usize = 32;

/// One request for consent: its `state` and PKCE verifier are used once.
///
/// ```
/// use hallpass::oauth::AuthorizationRequest;
/// use hallpass::{ErrorKind, OAuthClient, Scopes};
///
/// let client = OAuthClient::new("1-a.apps.googleusercontent.com", "GOCSPX-s");
/// let redirect_uri = "http://127.0.0.1:8085/callback";
/// let request = AuthorizationRequest::new(&client, &Scopes::quickstart(), redirect_uri);
/// assert!(request.url().starts_with("https://accounts.google.com/o/oauth2/v2/auth?"));
///
/// let forged = request.accept("http://127.0.0.1:8085/callback?state=guessed&code=c");
/// assert_eq!(*forged.expect_err("not ours").kind(), ErrorKind::StateMismatch);
/// ```
#[derive(Clone, Debug)]
pub struct AuthorizationRequest {
    client_id: String,
    auth_uri: String,
    redirect_uri: String,
    scopes: Scopes,
    state: Secret,
    pkce: Pkce,
    login_hint: String,
    consent: bool,
}

/// A code from an accepted redirect.
#[derive(Clone, Debug)]
pub struct AuthorizationCode(pub(crate) Secret);

impl AuthorizationRequest {
    /// Makes a request with a new `state` and a new verifier.
    #[must_use]
    pub fn new(client: &OAuthClient, scopes: &Scopes, redirect_uri: impl Into<String>) -> Self {
        Self {
            client_id: client.client_id().to_owned(),
            auth_uri: client.auth_uri().to_owned(),
            redirect_uri: redirect_uri.into(),
            scopes: scopes.clone(),
            state: Secret::from(random_text::<STATE_BYTES>()),
            pkce: Pkce::generate(),
            login_hint: String::new(),
            consent: false,
        }
    }

    /// Names the account that should sign in; an empty name is any account.
    #[must_use]
    pub fn with_login_hint(self, account: impl Into<String>) -> Self {
        Self { login_hint: account.into(), ..self }
    }

    /// Asks for the consent page even where consent was given before: without it, Google may answer a
    /// second sign-in without a refresh token.
    #[must_use]
    pub fn with_consent(self) -> Self {
        Self { consent: true, ..self }
    }

    /// Returns the address to open in a browser.
    #[must_use]
    pub fn url(&self) -> String {
        self.url_with(Some(&self.redirect_uri), None)
    }

    /// The same for a machine that adds its own redirect URI, with a parameter of that protocol.
    pub(crate) fn url_without_redirect(&self, last: (&str, &str)) -> String {
        self.url_with(None, Some(last))
    }

    fn url_with(&self, redirect_uri: Option<&str>, last: Option<(&str, &str)>) -> String {
        let mut query = Serializer::new(String::new());
        query
            .append_pair("response_type", "code")
            .append_pair("client_id", &self.client_id)
            .extend_pairs(redirect_uri.map(|uri| ("redirect_uri", uri)))
            .append_pair("scope", &self.scopes.join())
            .append_pair("state", self.state.expose())
            .append_pair("code_challenge", &self.pkce.challenge())
            .append_pair("code_challenge_method", "S256")
            .append_pair("access_type", "offline");
        if self.consent {
            query.append_pair("prompt", "consent");
        }
        if !self.login_hint.is_empty() {
            query.append_pair("login_hint", &self.login_hint);
        }
        query.extend_pairs(last);
        let separator = if self.auth_uri.contains('?') { '&' } else { '?' };
        format!("{}{separator}{}", self.auth_uri, query.finish())
    }

    /// Says whether a redirect carries the `state` of this request.
    pub(crate) fn is_ours(&self, redirect: &str) -> bool {
        self.has_our_state(&Parameters::of(redirect))
    }

    fn has_our_state(&self, parameters: &Parameters<'_>) -> bool {
        parameters.one("state").is_some_and(|state| self.state.ct_eq(state))
    }

    /// Takes the redirect, as a whole address or just its query, and returns the code.
    ///
    /// # Errors
    ///
    /// Another `state` or issuer ([`ErrorKind::StateMismatch`]), checked before anything else is
    /// believed; a denial; another error of the authorization endpoint.
    pub fn accept(&self, redirect: &str) -> Result<AuthorizationCode, Error> {
        let parameters = Parameters::of(redirect);
        if !self.has_our_state(&parameters) {
            return Err(not_ours("`state` differs from the one that was sent"));
        }
        if parameters.has("iss") && !parameters.one("iss").is_some_and(|iss| self.is_issuer(iss)) {
            return Err(not_ours("`iss` names another server than the one that was asked"));
        }
        if let Some(code) = parameters.one("error") {
            return Err(refused(code));
        }
        match parameters.one("code") {
            Some(code) if !code.is_empty() => Ok(AuthorizationCode(Secret::from(code))),
            _ => Err(not_ours("it has no single `code` and no single `error`")),
        }
    }

    /// Takes an address, its query, or the bare code, which the verifier binds to this request.
    pub(crate) fn accept_pasted(&self, pasted: &str) -> Result<AuthorizationCode, Error> {
        let pasted = pasted.trim().trim_matches(['"', '\'']);
        if pasted.starts_with(&self.auth_uri) {
            let what = "this is the address to open; wanted is the one at which the browser ends";
            return Err(Error::new(ErrorKind::RemoteAddress, what));
        }
        if pasted.contains(['=', '?']) {
            return self.accept(pasted);
        }
        if pasted.is_empty() || !pasted.bytes().all(|byte| byte.is_ascii_graphic()) {
            let what = "this is not the address of a page, and not a code";
            return Err(Error::new(ErrorKind::RemoteAddress, what));
        }
        // Google shows codes with a slash; in an address it is escaped.
        let code = pasted.replace("%2F", "/").replace("%2f", "/");
        Ok(AuthorizationCode(Secret::from(code)))
    }

    /// RFC 9207, section 2.4: a plain comparison of strings. Client files name no issuer; Google's name is
    /// its origin, and so is every other server's. A server on this machine may stand in for Google.
    fn is_issuer(&self, iss: &str) -> bool {
        let origin = self.auth_uri.split('/').take(3).collect::<Vec<_>>().join("/");
        iss == origin || (origin.starts_with("http://") && iss == Endpoints::google().issuer)
    }

    /// What has to be kept of a request that another process finishes: `state` and verifier.
    pub(crate) fn secrets(&self) -> (&Secret, &Secret) {
        (&self.state, self.pkce.verifier())
    }

    pub(crate) fn with_secrets(self, state: Secret, verifier: Secret) -> Self {
        Self { state, pkce: Pkce::of(verifier), ..self }
    }

    pub(crate) fn with_redirect_uri(self, redirect_uri: String) -> Self {
        Self { redirect_uri, ..self }
    }

    pub(crate) fn redirect_uri(&self) -> &str {
        &self.redirect_uri
    }

    pub(crate) fn scopes(&self) -> &Scopes {
        &self.scopes
    }

    pub(crate) fn verifier(&self) -> &Secret {
        self.pkce.verifier()
    }
}

fn not_ours(why: &'static str) -> Error {
    let what = "the browser's answer does not belong to this sign-in";
    Error::new(ErrorKind::StateMismatch, what).with_source(why)
}

fn refused(code: &str) -> Error {
    let code = code_word(code);
    let (kind, what) = if code == "access_denied" {
        (ErrorKind::AccessDenied, "the sign-in was denied in the browser")
    } else {
        (ErrorKind::AuthorizationRefused { code: code.clone() }, "Google refused the sign-in")
    };
    Error::new(kind, what).with_source(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request() -> AuthorizationRequest {
        let client = OAuthClient::new("1-a.apps.googleusercontent.com", "s");
        let scopes = Scopes::parse("openid email").expect("scopes");
        let mut request =
            AuthorizationRequest::new(&client, &scopes, "http://127.0.0.1:9/callback");
        request.state = Secret::from("S_-1");
        request
    }

    #[test]
    fn url_carries_the_parameters_in_order() {
        let request = request().with_consent().with_login_hint("ada+x@example.com");
        assert_eq!(
            request.url(),
            format!(
                "https://accounts.google.com/o/oauth2/v2/auth?response_type=code\
                 &client_id=1-a.apps.googleusercontent.com\
                 &redirect_uri=http%3A%2F%2F127.0.0.1%3A9%2Fcallback\
                 &scope=openid+https%3A%2F%2Fwww.googleapis.com%2Fauth%2Fuserinfo.email\
                 &state=S_-1&code_challenge={}&code_challenge_method=S256&access_type=offline\
                 &prompt=consent&login_hint=ada%2Bx%40example.com",
                request.pkce.challenge()
            )
        );
    }

    #[test]
    fn state_is_fresh_for_each_request() {
        let client = OAuthClient::new("c", "s");
        let new = || AuthorizationRequest::new(&client, &Scopes::quickstart(), "r");
        let (one, other) = (new(), new());
        assert!(!one.state.ct_eq(other.state.expose()));
        assert_eq!(one.state.expose().len(), 43);
    }

    #[test]
    fn code_is_taken_from_an_address_or_a_query() {
        for redirect in [
            "http://127.0.0.1:9/callback?state=S_-1&iss=https://accounts.google.com&code=4%2F0Ab",
            "state=S_-1&code=4/0Ab&scope=x#fragment",
        ] {
            assert_eq!(request().accept(redirect).expect(redirect).0.expose(), "4/0Ab");
        }
    }

    #[test]
    fn wrong_state_or_issuer_is_found_before_anything_is_believed() {
        for redirect in [
            "code=c",
            "state=&code=c",
            "state=S_-2&code=c",
            "state=S_-2&error=access_denied",
            "state=S_-1&state=S_-1&code=c",
            "state=S_-1&iss=https://accounts.google.com/&code=c",
            "state=S_-1&iss=https://evil.example&error=access_denied",
            "state=S_-1&code=c&code=d",
            "state=S_-1&code=",
            "state=S_-1",
        ] {
            let error = request().accept(redirect).expect_err(redirect);
            assert_eq!(*error.kind(), ErrorKind::StateMismatch, "{redirect}");
        }
    }

    #[test]
    fn issuer_is_the_server_that_was_asked() {
        for (auth_uri, iss, good) in [
            ("https://accounts.google.com/o/oauth2/auth", "https://accounts.google.com", true),
            ("http://127.0.0.1:9099/o/oauth2/v2/auth", "https://accounts.google.com", true),
            ("http://127.0.0.1:9099/o/oauth2/v2/auth", "http://127.0.0.1:9099", true),
            ("https://sso.example/auth", "https://sso.example", true),
            ("https://sso.example/auth", "https://accounts.google.com", false),
            ("https://sso.example/auth", "https://SSO.example", false),
        ] {
            let request = AuthorizationRequest { auth_uri: auth_uri.to_owned(), ..request() };
            let answer = request.accept(&format!("state=S_-1&iss={iss}&code=c"));
            assert_eq!(answer.is_ok(), good, "{auth_uri} {iss}");
        }
    }

    #[test]
    fn denial_and_refusal_are_told_apart() {
        let denied = request().accept("state=S_-1&error=access_denied").expect_err("denied");
        assert_eq!(*denied.kind(), ErrorKind::AccessDenied);
        let refused = request().accept("error=invalid_scope%1b&state=S_-1").expect_err("refused");
        let code = "unknown".to_owned();
        assert_eq!(*refused.kind(), ErrorKind::AuthorizationRefused { code });
    }

    #[test]
    fn debug_shows_no_state_verifier_or_code() {
        let request = request();
        let text = format!("{request:?} {:?}", AuthorizationCode(Secret::from("marked")));
        for secret in ["S_-1", request.verifier().expose(), "marked"] {
            assert!(!text.contains(secret), "{text}");
        }
    }
}
