//! What a token endpoint gives: an access token with its end, perhaps a refresh token, scopes.
//!
//! In: the JSON of a token reply and the time it came. Out: a `TokenSet`. Expiry is plain arithmetic.
//! Specification: RFC 6749, sections 5.1 and 7.1; OpenID Connect Core, section 3.1.3.7.
//! Not here: requests (`token_endpoint`), and when to refresh (`source`).

use crate::error::{Error, ErrorKind};
use crate::scope::Scopes;
use crate::secret::Secret;
use crate::text::steers;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};
use std::time::{Duration, SystemTime};

/// Google's tokens last an hour, at most twelve; a longer `expires_in` is not believed.
pub(crate) const LONGEST_LIFE: Duration = Duration::from_secs(24 * 60 * 60);

/// Google promises at most 2 KiB, and 12 KiB for exchanged tokens.
const LONGEST_TOKEN: usize = 16 * 1024;

/// A token for the `Authorization` header, and when it ends.
#[derive(Clone, Debug)]
pub struct AccessToken {
    secret: Secret,
    expires_at: SystemTime,
}

impl AccessToken {
    /// Returns a token that ends at this time.
    ///
    /// # Errors
    ///
    /// A text that cannot be a token: empty, over 16 KiB, or with characters that a header may not
    /// carry.
    pub fn new(secret: impl Into<Secret>, expires_at: SystemTime) -> Result<Self, Error> {
        let secret = secret.into();
        let text = secret.expose();
        let fits = !text.is_empty() && text.len() <= LONGEST_TOKEN;
        if fits && text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Ok(Self { secret, expires_at });
        }
        Err(Error::new(ErrorKind::NoAccessToken, "the access token is not one that can be sent"))
    }

    /// Returns the token itself.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.secret.expose()
    }

    /// Returns when it ends.
    #[must_use]
    pub fn expires_at(&self) -> SystemTime {
        self.expires_at
    }

    /// Says whether it lasts at least `margin` from `now` on.
    #[must_use]
    pub fn is_fresh(&self, now: SystemTime, margin: Duration) -> bool {
        now.checked_add(margin).is_some_and(|until| until < self.expires_at)
    }
}

/// The same text and the same end; the texts are compared in constant time.
impl PartialEq for AccessToken {
    fn eq(&self, other: &Self) -> bool {
        self.secret.ct_eq(other.expose()) && self.expires_at == other.expires_at
    }
}

impl Eq for AccessToken {}

/// One good reply of a token endpoint.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct TokenSet {
    /// The access token.
    pub access_token: AccessToken,
    /// The refresh token, if the reply holds one: always at a first exchange, rarely at a refresh.
    pub refresh_token: Option<Secret>,
    /// The granted scopes; a reply without `scope` means those that were asked for.
    pub scopes: Option<Scopes>,
    /// When the refresh token ends, for a grant with a limit such as the 7 days of "Testing".
    pub refresh_token_expires_at: Option<SystemTime>,
    /// The `id_token` as it came: who the user is, signed by the server.
    pub id_token: Option<Secret>,
    /// The e-mail address in the `id_token`, if there is one.
    pub account: Option<String>,
}

impl TokenSet {
    /// Reads the body of a 200.
    pub(crate) fn read(reply: &Map<String, Value>, now: SystemTime) -> Result<Self, Error> {
        let text =
            |key: &str| reply.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
        let bad = |what: &str| Error::new(ErrorKind::NoAccessToken, what);
        let Some(access_token) = text("access_token") else {
            return Err(bad("the token reply holds no access token"));
        };
        // Section 7.1: a client must not use a token of a type it does not understand.
        let bearer =
            |kind: &Value| kind.as_str().is_some_and(|kind| kind.eq_ignore_ascii_case("bearer"));
        if !reply.get("token_type").is_none_or(bearer) {
            return Err(bad("the token reply holds a token of another type than `Bearer`"));
        }
        // RFC 6749, appendix A.17: visible ASCII. It will stand in files, and be shown to other servers.
        let visible = |token: &str| token.bytes().all(|byte| byte.is_ascii_graphic());
        if !text("refresh_token").is_none_or(visible) {
            return Err(bad("the token reply holds a refresh token with characters that none has"));
        }
        let life = seconds(reply.get("expires_in")).unwrap_or_default().min(LONGEST_LIFE);
        Ok(Self {
            access_token: AccessToken::new(access_token, now + life)?,
            refresh_token: text("refresh_token").map(Secret::from),
            scopes: text("scope").map(Scopes::from_response),
            refresh_token_expires_at: seconds(reply.get("refresh_token_expires_in"))
                .and_then(|life| now.checked_add(life)),
            id_token: text("id_token").map(Secret::from),
            account: text("id_token").and_then(account),
        })
    }
}

/// Some servers send numbers as strings or with a fraction; a negative one is an end in the past.
fn seconds(value: Option<&Value>) -> Option<Duration> {
    let number = match value? {
        Value::Number(number) => number.as_f64()?,
        Value::String(text) => text.parse().ok()?,
        _ => return None,
    };
    Duration::try_from_secs_f64(number.max(0.0)).ok().or(Some(Duration::MAX))
}

/// The token came straight from the token endpoint over TLS, which replaces a check of its signature
/// (OpenID Connect Core, section 3.1.3.7, point 6).
pub(crate) fn account(id_token: &str) -> Option<String> {
    let payload = URL_SAFE_NO_PAD.decode(id_token.split('.').nth(1)?).ok()?;
    let claims: Map<String, Value> = serde_json::from_slice(&payload).ok()?;
    let email = claims.get("email")?.as_str()?;
    let plain = email.len() <= 320 && !email.contains(steers);
    plain.then(|| email.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_that_would_steer_a_terminal_are_no_accounts() {
        // {"email":"ada@example.com"}, {"email":"a\u202eb"} and {"email":"a\u001bb"}
        assert_eq!(
            account("e30.eyJlbWFpbCI6ImFkYUBleGFtcGxlLmNvbSJ9.x").as_deref(),
            Some("ada@example.com")
        );
        assert_eq!(account(".eyJlbWFpbCI6ImFcdTIwMmViIn0."), None);
        assert_eq!(account(".eyJlbWFpbCI6ImFcdTAwMWJiIn0."), None);
    }

    fn now() -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000)
    }

    fn read(json: &str) -> Result<TokenSet, Error> {
        TokenSet::read(&serde_json::from_str(json).expect("JSON"), now())
    }

    #[test]
    fn googles_reply_is_read_whole() {
        let set = read(
            r#"{"access_token":"ya29.a","expires_in":3599,"refresh_token":"1//0r","scope":"a b",
            "token_type":"Bearer","refresh_token_expires_in":604799,
            "id_token":"e30.eyJlbWFpbCI6ImFkYUBleGFtcGxlLmNvbSJ9.x","unknown":{}}"#,
        )
        .expect("tokens");
        assert_eq!(set.access_token.expose(), "ya29.a");
        assert_eq!(set.access_token.expires_at(), now() + Duration::from_secs(3599));
        assert_eq!(set.refresh_token.expect("refresh token").expose(), "1//0r");
        assert_eq!(set.scopes, Some(Scopes::from_response("a b")));
        assert_eq!(set.refresh_token_expires_at, Some(now() + Duration::from_secs(604_799)));
        assert_eq!(set.account.as_deref(), Some("ada@example.com"));
    }

    #[test]
    fn odd_lifetimes_end_early_rather_than_late() {
        for (field, life) in [
            (r#","expires_in":"60""#, 60),
            (r#","expires_in":60.9"#, 60),
            (r#","expires_in":0"#, 0),
            (r#","expires_in":-5"#, 0),
            (r#","expires_in":null"#, 0),
            (r#","expires_in":"soon""#, 0),
            ("", 0),
            (r#","expires_in":1000000000000000000"#, 86_400),
            (r#","expires_in":1e300"#, 86_400),
        ] {
            let set = read(&format!(r#"{{"access_token":"a"{field}}}"#)).expect(field);
            let left = set.access_token.expires_at().duration_since(now()).expect("later");
            assert_eq!(left.as_secs(), life, "{field}");
        }
    }

    #[test]
    fn reply_without_a_usable_token_is_an_error() {
        for json in [
            "{}",
            r#"{"access_token":""}"#,
            r#"{"access_token":7}"#,
            r#"{"access_token":"a b"}"#,
            r#"{"access_token":"a\r\nX-Evil: 1"}"#,
            r#"{"access_token":"ä"}"#,
            r#"{"access_token":"a","token_type":"mac"}"#,
            r#"{"access_token":"a","token_type":""}"#,
            r#"{"access_token":"a","token_type":7}"#,
        ] {
            let error = read(json).expect_err(json);
            assert_eq!(*error.kind(), ErrorKind::NoAccessToken, "{json}");
        }
        assert!(read(r#"{"access_token":"a","token_type":"bEARER"}"#).is_ok());
        let long = format!(r#"{{"access_token":"{}"}}"#, "x".repeat(LONGEST_TOKEN + 1));
        assert!(read(&long).is_err());
    }

    #[test]
    fn token_is_fresh_while_more_than_the_margin_is_left() {
        let token = AccessToken::new("a", now() + Duration::from_secs(300)).expect("token");
        assert!(token.is_fresh(now(), Duration::from_secs(299)));
        assert!(!token.is_fresh(now(), Duration::from_secs(300)));
        assert!(!token.is_fresh(now(), Duration::MAX));
        assert_eq!(token, token.clone());
        assert_ne!(token, AccessToken::new("b", token.expires_at()).expect("token"));
        assert_ne!(token, AccessToken::new("a", now()).expect("token"));
    }

    #[test]
    fn debug_does_not_show_tokens() {
        let set = read(r#"{"access_token":"marked","refresh_token":"marked"}"#).expect("tokens");
        assert!(!format!("{set:?}").contains("marked"));
    }
}
