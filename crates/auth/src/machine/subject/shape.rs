//! What a subject token must look like before it is sent to Google.
//!
//! In: the text that a file, an address or a program gave, and its type. Out: why it cannot be one.
//! A credential file from elsewhere could name a private key or another sign-in as its subject token: such a text
//! is not sent, even to Google.
//! Specification: RFC 7519, section 3 (JWT); RFC 8693, section 3 (types); SAML 2.0 Core, section 1.1.2 (namespaces).

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE, URL_SAFE_NO_PAD};
use serde_json::{Map, Value};

/// Longer than any real one: a SAML response with hundreds of groups is about 60 KiB.
const LONGEST: usize = 128 * 1024;

/// Every SAML document names this namespace.
const SAML: &[u8] = b"urn:oasis:names:tc:SAML:2.0:";

/// Says why a text cannot be a token of this type; nothing where it can.
pub(super) fn fault(token: &str, token_type: &str) -> Option<&'static str> {
    let (jwt, saml) = match token_type.strip_prefix("urn:ietf:params:oauth:token-type:") {
        Some("jwt" | "id_token") => (true, false),
        Some("saml2") => (false, true),
        _ => (false, false),
    };
    // RFC 6749, appendix A: tokens are visible ASCII; XML has spaces, too.
    let visible = |byte: u8| byte.is_ascii_graphic() || (byte == b' ' && saml);
    if token.len() > LONGEST {
        return Some("it is longer than 128 KiB");
    }
    if !token.bytes().all(visible) {
        return Some("it has line breaks or other characters that no token has");
    }
    if jwt && !is_jwt(token) {
        return Some("it is not a JWT, as `subject_token_type` says");
    }
    (saml && !is_saml(token)).then_some("it is not a SAML response, as `subject_token_type` says")
}

fn is_jwt(token: &str) -> bool {
    let parts: Vec<&str> = token.split('.').collect();
    let [header, claims, signature] = parts.as_slice() else { return false };
    let is_object = |part: &str| {
        let json = URL_SAFE_NO_PAD.decode(part).unwrap_or_default();
        serde_json::from_slice::<Map<String, Value>>(&json).is_ok()
    };
    let signed = URL_SAFE_NO_PAD.decode(signature).is_ok_and(|bytes| !bytes.is_empty());
    is_object(header) && is_object(claims) && signed
}

/// As XML, or as the base64 of it, in either alphabet.
fn is_saml(token: &str) -> bool {
    let decoded = match token.starts_with('<') {
        true => Some(token.as_bytes().to_vec()),
        false => STANDARD.decode(token).or_else(|_| URL_SAFE.decode(token)).ok(),
    };
    decoded.is_some_and(|xml| {
        xml.trim_ascii_start().starts_with(b"<") && xml.windows(SAML.len()).any(|at| at == SAML)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const JWT: &str = "urn:ietf:params:oauth:token-type:jwt";
    const ID_TOKEN: &str = "urn:ietf:params:oauth:token-type:id_token";
    const SAML2: &str = "urn:ietf:params:oauth:token-type:saml2";
    const ACCESS: &str = "urn:ietf:params:oauth:token-type:access_token";
    /// `{"alg":"RS256"}`, `{"sub":"a"}`, and a signature.
    const GOOD: &str = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln";
    const XML: &str = r#"<p:Response xmlns:p="urn:oasis:names:tc:SAML:2.0:protocol"></p:Response>"#;

    #[test]
    fn a_text_of_another_shape_than_the_type_says_is_no_token() {
        let base64 = STANDARD.encode(XML);
        let long = "x".repeat(LONGEST + 1);
        for (token, token_type, fits) in [
            (GOOD, JWT, true),
            (GOOD, ID_TOKEN, true),
            (GOOD, ACCESS, true),
            (GOOD, SAML2, false),
            (XML, SAML2, true),
            (&base64, SAML2, true),
            (XML, JWT, false),
            (XML, ACCESS, false),
            ("<html>a page</html>", SAML2, false),
            ("aGFsbG8=", SAML2, false),
            ("1//0gAnotherRefreshToken", JWT, false),
            ("a.b.c", JWT, false),
            ("eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0", JWT, false),
            ("eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0.", JWT, false),
            ("opaque-token", ACCESS, true),
            ("opaque-token", "anything", true),
            ("-----BEGIN OPENSSH PRIVATE KEY-----\nb3Bl\n", ACCESS, false),
            ("root:*:19000:0:99999:7:::\n", "anything", false),
            ("two words", "anything", false),
            ("bell\u{7}", ACCESS, false),
            ("caf\u{e9}", ACCESS, false),
            (&long, ACCESS, false),
        ] {
            let shown: String = token.chars().take(40).collect();
            assert_eq!(fault(token, token_type).is_none(), fits, "{shown} as {token_type}");
        }
    }
}
