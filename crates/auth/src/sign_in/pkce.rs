//! Makes the PKCE verifier and its S256 challenge.
//!
//! In: randomness. Out: the challenge for `authorize`, the verifier for `token_endpoint`.
//! Specification: RFC 7636, sections 4.1 and 4.2; test values from its appendix B.
//! Not here: the `plain` method, which we never send.

use crate::secret::Secret;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

/// 48 random bytes are 64 characters: well inside the 43 to 128 of section 4.1, and more than the
/// 256 bits of entropy that section 7.1 asks for.
const VERIFIER_BYTES: usize = 48;

/// One verifier, for one authorization request.
#[derive(Clone, Debug)]
pub(crate) struct Pkce {
    verifier: Secret,
}

impl Pkce {
    /// Makes a new verifier.
    pub(crate) fn generate() -> Self {
        Self { verifier: Secret::from(random_text::<VERIFIER_BYTES>()) }
    }

    /// Takes the verifier of a request that another process began.
    pub(crate) fn of(verifier: Secret) -> Self {
        Self { verifier }
    }

    /// Returns what the token request proves.
    pub(crate) fn verifier(&self) -> &Secret {
        &self.verifier
    }

    /// Returns what the authorization request announces: `BASE64URL(SHA256(verifier))`.
    pub(crate) fn challenge(&self) -> String {
        URL_SAFE_NO_PAD.encode(Sha256::digest(self.verifier.expose()))
    }
}

/// Returns `N` random bytes as unpadded base64url: letters, digits, `-` and `_`.
///
/// # Panics
///
/// When the operating system has no randomness: a sign-in with a guessable `state` or verifier
/// would be worse than none.
pub(crate) fn random_text<const N: usize>() -> String {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
    URL_SAFE_NO_PAD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn challenge_is_the_one_of_rfc_7636_appendix_b() {
        let pkce = Pkce { verifier: Secret::from("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk") };
        assert_eq!(pkce.challenge(), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }

    #[test]
    fn verifiers_are_long_enough_unreserved_and_never_the_same() {
        let (one, other) = (Pkce::generate(), Pkce::generate());
        let text = one.verifier().expose();
        assert!((43..=128).contains(&text.len()), "{} characters", text.len());
        assert!(text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)));
        assert_ne!(text, other.verifier().expose());
    }
}
