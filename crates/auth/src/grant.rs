//! What the user agreed to: an OAuth client and the refresh token that it was given.
//!
//! In: the end of a sign-in. Out: everything that is worth keeping, and the name to keep it under.
//! Not here: keeping it (`store`), and a credential of it (`load_creds`).

use crate::formats::client_secret::OAuthClient;
use crate::scope::Scopes;
use crate::secret::Secret;
use crate::token::AccessToken;
use sha2::{Digest, Sha256};
use std::fmt::{self, Write};
use std::time::SystemTime;

/// A finished sign-in.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Grant {
    /// The OAuth client that signed in.
    pub client: OAuthClient,
    /// What later access tokens are asked for with.
    pub refresh_token: Secret,
    /// The first access token.
    pub access_token: AccessToken,
    /// What was granted.
    pub scopes: Scopes,
    /// The e-mail address, if `openid` and `email` were granted.
    pub account: Option<String>,
    /// When it was given.
    pub issued_at: SystemTime,
    /// When the refresh token ends, if the server says so: after 7 days while the consent screen is in
    /// "Testing".
    pub refresh_token_expires_at: Option<SystemTime>,
}

impl Grant {
    /// Returns the name of this grant.
    #[must_use]
    pub fn id(&self) -> GrantId {
        GrantId::of(self.client.client_id(), &self.refresh_token)
    }
}

/// Names one grant without its secrets: a hash of the client and the refresh token. Another sign-in has
/// another name, so nothing that is kept for one is used for the other.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct GrantId(String);

impl GrantId {
    /// Returns the name of the grant that gave `refresh_token` to this client.
    #[must_use]
    pub fn of(client_id: &str, refresh_token: &Secret) -> Self {
        let mut hash = Sha256::new();
        hash.update(client_id);
        hash.update([0]);
        hash.update(refresh_token.expose());
        let mut name = String::with_capacity(64);
        for byte in hash.finalize() {
            let _ = write!(name, "{byte:02x}");
        }
        Self(name)
    }

    /// Reads what [`GrantId::as_str`] has returned.
    #[must_use]
    pub fn from_hex(text: &str) -> Option<Self> {
        let hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        (text.len() == 64 && text.bytes().all(hex)).then(|| Self(text.to_owned()))
    }

    /// Returns 64 characters of `0-9a-f`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for GrantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grants_of_other_clients_or_tokens_have_other_names() {
        let id = |client: &str, token: &str| GrantId::of(client, &Secret::from(token));
        // printf 'client\0token' | sha256sum
        let expected = "0e5157da5a5aa099c6a7329e10f7cb01ecd08694954bab19219109d8f751845c";
        assert_eq!(id("client", "token").as_str(), expected);
        assert_ne!(id("client", "token"), id("client", "token2"));
        assert_ne!(id("client", "token"), id("clientt", "oken"));
    }
}
