//! Every address of Google's that this workspace calls; an emulator's replace them here and nowhere else.
//!
//! In: nothing, or the origin of an emulator. Out: addresses as texts, and the answers to "is this Google's?" and
//! "did this server give that sign-in?".
//! Source: Google's openid-configuration; the reference pages of each API.
//! Not here: which of them a token may go to (`signer`), and which a credential file may name (`machine`).

use http::Uri;
use std::net::SocketAddr;

/// Where Google's servers are.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Endpoints {
    /// What the authorization server calls itself in `iss`.
    pub issuer: String,
    /// The page where the user gives consent.
    pub authorization: String,
    /// Where codes and refresh tokens become access tokens.
    pub token: String,
    /// Where a grant is ended.
    pub revoke: String,
    /// Where an access token is described.
    pub tokeninfo: String,
    /// Where another identity provider's token becomes Google's.
    pub token_exchange: String,
    /// Where the sign-in of another identity provider's user is refreshed.
    pub external_token: String,
    /// The Gemini API, without version and without a slash at the end.
    pub gemini: String,
    /// The Service Usage API, without a slash at the end.
    pub service_usage: String,
    /// The Cloud console, without a slash at the end.
    pub console: String,
    /// The metadata server of Google's machines. By address: elsewhere a name server may answer for its name.
    pub metadata: String,
    /// The one origin that stands for all of Google's hosts.
    emulator: Option<String>,
}

/// The token endpoints of Google's that files have named over the years.
pub(crate) const TOKEN_ENDPOINTS: [&str; 4] = [
    "https://oauth2.googleapis.com/token",
    "https://www.googleapis.com/oauth2/v4/token",
    "https://www.googleapis.com/oauth2/v3/token",
    "https://accounts.google.com/o/oauth2/token",
];

impl Endpoints {
    /// Returns Google's own.
    #[must_use]
    pub fn google() -> Self {
        Self::with(|host| format!("https://{host}"), None)
    }

    /// Returns those of an emulator: one plain-HTTP origin that serves Google's paths.
    #[must_use]
    pub fn emulator(address: SocketAddr) -> Self {
        let origin = format!("http://{address}");
        Self::with(|_| origin.clone(), Some(&origin))
    }

    fn with(origin: impl Fn(&str) -> String, emulator: Option<&str>) -> Self {
        let at = |host: &str, path: &str| format!("{}{path}", origin(host));
        Self {
            issuer: "https://accounts.google.com".to_owned(),
            authorization: at("accounts.google.com", "/o/oauth2/v2/auth"),
            token: at("oauth2.googleapis.com", "/token"),
            revoke: at("oauth2.googleapis.com", "/revoke"),
            tokeninfo: at("oauth2.googleapis.com", "/tokeninfo"),
            token_exchange: at("sts.googleapis.com", "/v1/token"),
            external_token: at("sts.googleapis.com", "/v1/oauthtoken"),
            gemini: at("generativelanguage.googleapis.com", ""),
            service_usage: at("serviceusage.googleapis.com", ""),
            console: at("console.cloud.google.com", ""),
            metadata: "http://169.254.169.254".to_owned(),
            emulator: emulator.map(str::to_owned),
        }
    }

    /// Says whether these are Google's own.
    #[must_use]
    pub fn are_googles(&self) -> bool {
        self.emulator.is_none() && *self == Self::google()
    }

    /// Returns the origin of the emulator, where these are an emulator's.
    #[must_use]
    pub fn emulator_origin(&self) -> Option<&str> {
        self.emulator.as_deref()
    }

    /// Returns an address of Google's as it is here: the same, or with the emulator's origin in the place of its own.
    #[must_use]
    pub fn address(&self, uri: &Uri) -> String {
        let Some(origin) = &self.emulator else { return uri.to_string() };
        format!("{origin}{}", uri.path_and_query().map_or("/", |path| path.as_str()))
    }

    /// Says whether a sign-in that was made at this token endpoint belongs to these servers.
    ///
    /// A refresh token is a secret between the user and the server that gave it: another one is neither shown
    /// it nor believed about it.
    #[must_use]
    pub fn is_issuer_of(&self, token_uri: &str) -> bool {
        match &self.emulator {
            Some(emulator) => origin(token_uri) == emulator,
            None => token_uri == self.token || TOKEN_ENDPOINTS.contains(&token_uri),
        }
    }

    /// Says whether an address is of an API of Google's: `https`, a host below `googleapis.com`, and its own port.
    #[must_use]
    pub fn is_googles_api(uri: &Uri) -> bool {
        let host = uri.host().unwrap_or_default().to_ascii_lowercase();
        let label = host.strip_suffix(".googleapis.com");
        uri.scheme_str() == Some("https")
            && label.is_some_and(|label| !label.is_empty() && !label.starts_with('.'))
            && uri.port_u16().is_none_or(|port| port == 443)
    }

    /// Says whether an authorization endpoint is Google's, by its host.
    pub(crate) fn is_googles_authorization(auth_uri: &str) -> bool {
        origin(auth_uri) == "https://accounts.google.com"
    }

    /// Returns the revocation endpoint that belongs to a token endpoint.
    ///
    /// Client files name no revocation endpoint, and only its issuer can end a grant (RFC 6749, section
    /// 10.4): a token endpoint that is not Google's keeps its own origin.
    #[must_use]
    pub fn revoke_for(token_uri: &str) -> String {
        let google = Self::google();
        if google.is_issuer_of(token_uri) {
            return google.revoke;
        }
        format!("{}/revoke", origin(token_uri))
    }
}

/// Scheme, host and port, as they are written.
pub(crate) fn origin(uri: &str) -> &str {
    let host = uri.find("://").map_or(0, |at| at + 3);
    let end = uri[host..].find(['/', '?', '#']).map_or(uri.len(), |at| host + at);
    &uri[..end]
}

#[cfg(test)]
mod tests {
    use super::Endpoints;

    fn emulator() -> Endpoints {
        Endpoints::emulator("127.0.0.1:9099".parse().expect("address"))
    }

    #[test]
    fn addresses_are_googles_or_all_at_the_emulator() {
        let (google, emulator) = (Endpoints::google(), emulator());
        for (google, emulator, host, path) in [
            (
                google.authorization,
                emulator.authorization,
                "accounts.google.com",
                "/o/oauth2/v2/auth",
            ),
            (google.token, emulator.token, "oauth2.googleapis.com", "/token"),
            (google.revoke, emulator.revoke, "oauth2.googleapis.com", "/revoke"),
            (google.tokeninfo, emulator.tokeninfo, "oauth2.googleapis.com", "/tokeninfo"),
            (google.token_exchange, emulator.token_exchange, "sts.googleapis.com", "/v1/token"),
            (
                google.external_token,
                emulator.external_token,
                "sts.googleapis.com",
                "/v1/oauthtoken",
            ),
            (google.gemini, emulator.gemini, "generativelanguage.googleapis.com", ""),
            (google.service_usage, emulator.service_usage, "serviceusage.googleapis.com", ""),
            (google.console, emulator.console, "console.cloud.google.com", ""),
        ] {
            assert_eq!(google, format!("https://{host}{path}"));
            assert_eq!(emulator, format!("http://127.0.0.1:9099{path}"));
        }
        assert_eq!(google.issuer, "https://accounts.google.com");
        assert_eq!(google.metadata, "http://169.254.169.254");
    }

    #[test]
    fn an_address_of_googles_keeps_its_path_at_the_emulator() {
        let uri = "https://storage.googleapis.com/v1/b?x=y".parse().expect("address");
        assert_eq!(Endpoints::google().address(&uri), "https://storage.googleapis.com/v1/b?x=y");
        assert_eq!(emulator().address(&uri), "http://127.0.0.1:9099/v1/b?x=y");
    }

    #[test]
    fn a_sign_in_belongs_to_the_server_that_gave_it() {
        for (token_uri, google, emulators) in [
            ("https://oauth2.googleapis.com/token", true, false),
            ("https://accounts.google.com/o/oauth2/token", true, false),
            ("https://www.googleapis.com/oauth2/v4/token", true, false),
            ("https://www.googleapis.com/upload", false, false),
            ("https://oauth2.googleapis.com/token?a=b", false, false),
            ("https://oauth2.googleapis.com:443/token", false, false),
            ("http://127.0.0.1:9099/token", false, true),
            ("http://127.0.0.1:9099/o/oauth2/token", false, true),
            ("http://127.0.0.1:9099", false, true),
            ("http://127.0.0.1:90990/token", false, false),
            ("http://127.0.0.1:9099@evil.example/token", false, false),
            ("https://127.0.0.1:9099/token", false, false),
            ("", false, false),
        ] {
            assert_eq!(Endpoints::google().is_issuer_of(token_uri), google, "{token_uri}");
            assert_eq!(emulator().is_issuer_of(token_uri), emulators, "{token_uri}");
        }
    }

    #[test]
    fn a_grant_is_revoked_where_it_was_given() {
        for (token, revoke) in [
            ("https://oauth2.googleapis.com/token", "https://oauth2.googleapis.com/revoke"),
            ("https://accounts.google.com/o/oauth2/token", "https://oauth2.googleapis.com/revoke"),
            ("http://127.0.0.1:9099/token", "http://127.0.0.1:9099/revoke"),
            ("https://sso.example/a/token", "https://sso.example/revoke"),
            ("https://sso.example", "https://sso.example/revoke"),
        ] {
            assert_eq!(Endpoints::revoke_for(token), revoke);
        }
    }
}
