//! Google's URLs; the emulator's replace them here and nowhere else.
//!
//! Source: Google's openid-configuration, and the Gemini API reference for the service address.

use std::net::SocketAddr;

/// Where Google's servers are.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Endpoints {
    /// The page where the user gives consent.
    pub authorization: String,
    /// Where codes and refresh tokens become access tokens.
    pub token: String,
    /// Where a grant is ended.
    pub revoke: String,
    /// The Gemini API, without version and without a slash at the end.
    pub gemini: String,
}

impl Endpoints {
    /// Returns Google's own.
    #[must_use]
    pub fn google() -> Self {
        Self {
            authorization: "https://accounts.google.com/o/oauth2/v2/auth".to_owned(),
            token: "https://oauth2.googleapis.com/token".to_owned(),
            revoke: "https://oauth2.googleapis.com/revoke".to_owned(),
            gemini: "https://generativelanguage.googleapis.com".to_owned(),
        }
    }

    /// Returns those of an emulator: one plain-HTTP origin that serves Google's paths.
    #[must_use]
    pub fn emulator(address: SocketAddr) -> Self {
        let origin = format!("http://{address}");
        Self {
            authorization: format!("{origin}/o/oauth2/v2/auth"),
            token: format!("{origin}/token"),
            revoke: format!("{origin}/revoke"),
            gemini: origin,
        }
    }

    /// Returns the revocation endpoint that belongs to a token endpoint.
    ///
    /// Client files name no revocation endpoint, and a grant is nobody's business but its issuer's
    /// (RFC 6749, section 10.4): a token endpoint that is not Google's keeps its own origin.
    #[must_use]
    pub fn revoke_for(token_uri: &str) -> String {
        let google = Self::google();
        if token_uri == google.token {
            return google.revoke;
        }
        let after_scheme = token_uri.find("://").map_or(0, |at| at + 3);
        let path =
            token_uri[after_scheme..].find('/').map_or(token_uri.len(), |at| after_scheme + at);
        format!("{}/revoke", &token_uri[..path])
    }
}

#[cfg(test)]
mod tests {
    use super::Endpoints;

    #[test]
    fn a_grant_is_revoked_where_it_was_given() {
        for (token, revoke) in [
            ("https://oauth2.googleapis.com/token", "https://oauth2.googleapis.com/revoke"),
            ("http://127.0.0.1:9099/token", "http://127.0.0.1:9099/revoke"),
            ("https://sso.example/a/token", "https://sso.example/revoke"),
            ("https://sso.example", "https://sso.example/revoke"),
        ] {
            assert_eq!(Endpoints::revoke_for(token), revoke);
        }
    }

    #[test]
    fn emulator_is_one_origin() {
        let endpoints = Endpoints::emulator("127.0.0.1:9099".parse().expect("address"));
        assert_eq!(endpoints.authorization, "http://127.0.0.1:9099/o/oauth2/v2/auth");
        assert_eq!(endpoints.gemini, "http://127.0.0.1:9099");
    }
}
