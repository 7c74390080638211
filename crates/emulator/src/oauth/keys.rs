//! The two signing keys, and the documents by which clients find them and the endpoints.
//!
//! They take turns, a week each on the virtual clock. They are fixed and public: an id_token of the emulator must be worth nothing anywhere else.
//! Source: OpenID Connect Discovery; RFC 7517; copies of Google's openid-configuration.

use crate::clock::epoch_seconds;
use crate::message::{Reply, Request};
use crate::state::State;
use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use http::{StatusCode, header};
use ring::rand::SystemRandom;
use ring::rsa::{KeyPair, PublicKeyComponents};
use ring::signature::{KeyPair as _, RSA_PKCS1_SHA256};
use serde::Serialize;
use serde_json::json;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::sync::OnceLock;
use std::time::SystemTime;

const KEY_PEMS: [&str; 2] =
    [include_str!("test_signing_key.pem"), include_str!("second_test_signing_key.pem")];
const CERTIFICATE_PEMS: [&str; 2] =
    [include_str!("test_signing_cert.pem"), include_str!("second_test_signing_cert.pem")];
const CACHED: &str = "public, max-age=3600";
/// How long a key signs before the other one does.
const TURN_SECONDS: u64 = 7 * 24 * 3600;

struct SigningKey {
    pair: KeyPair,
    kid: String,
    certificate: &'static str,
}

impl SigningKey {
    fn of(key_pem: &str, certificate_pem: &'static str) -> Self {
        let base64: String =
            block(key_pem).lines().filter(|line| !line.starts_with("-----")).collect();
        let der = BASE64_STANDARD.decode(base64).expect("the embedded key is PEM");
        let pair = KeyPair::from_pkcs8(&der).expect("the embedded key is an RSA key");
        // Google's key ids are 40 hex digits.
        let digest = Sha256::digest(pair.public_key().as_ref());
        let kid = digest[..20].iter().map(|byte| format!("{byte:02x}")).collect();
        Self { pair, kid, certificate: block(certificate_pem) }
    }
}

fn keys() -> &'static [SigningKey; 2] {
    static KEYS: OnceLock<[SigningKey; 2]> = OnceLock::new();
    KEYS.get_or_init(|| {
        let [first, second] = KEY_PEMS;
        let [first_certificate, second_certificate] = CERTIFICATE_PEMS;
        [SigningKey::of(first, first_certificate), SigningKey::of(second, second_certificate)]
    })
}

/// The PEM block without the line before it that says what the file is.
fn block(pem: &str) -> &str {
    pem.find("-----BEGIN").map_or("", |start| &pem[start..])
}

/// The key that signs at a time, and the other one.
fn in_turn(now: SystemTime) -> [&'static SigningKey; 2] {
    let [first, second] = keys();
    let even = (epoch_seconds(now) / TURN_SECONDS).is_multiple_of(2);
    if even { [first, second] } else { [second, first] }
}

/// The id of the key that signs at this time.
pub(crate) fn kid(now: SystemTime) -> &'static str {
    &in_turn(now)[0].kid
}

/// An RS256 signature by the key of this id.
pub(crate) fn sign(kid: &str, message: &[u8]) -> Option<Vec<u8>> {
    let pair = &keys().iter().find(|key| key.kid == kid)?.pair;
    let mut signature = vec![0; pair.public().modulus_len()];
    pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature).ok()?;
    Some(signature)
}

/// Both public keys, the one that signs now before the other.
pub(crate) fn jwks(state: &mut State, _: &Request) -> Reply {
    let number = |bytes: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(bytes);
    let keys = in_turn(state.clock.now()).map(|key| {
        let public: PublicKeyComponents<Vec<u8>> = key.pair.public().into();
        json!({
            "alg": "RS256", "e": number(&public.e), "kid": key.kid, "kty": "RSA", "n": number(&public.n), "use": "sig",
        })
    });
    Reply::json(StatusCode::OK, &json!({"keys": keys})).with(header::CACHE_CONTROL, CACHED)
}

/// Key id → certificate, the older form of the same keys.
pub(crate) fn certificates(_: &mut State, _: &Request) -> Reply {
    let certificates: BTreeMap<_, _> =
        keys().iter().map(|key| (&key.kid, key.certificate)).collect();
    Reply::json(StatusCode::OK, &certificates).with(header::CACHE_CONTROL, CACHED)
}

#[derive(Serialize)]
struct OpenidConfiguration {
    issuer: &'static str,
    authorization_endpoint: String,
    device_authorization_endpoint: String,
    token_endpoint: String,
    userinfo_endpoint: String,
    revocation_endpoint: String,
    jwks_uri: String,
    response_types_supported: [&'static str; 1],
    response_modes_supported: [&'static str; 1],
    subject_types_supported: [&'static str; 1],
    id_token_signing_alg_values_supported: [&'static str; 1],
    scopes_supported: [&'static str; 3],
    token_endpoint_auth_methods_supported: [&'static str; 2],
    claims_supported: [&'static str; 11],
    code_challenge_methods_supported: [&'static str; 2],
    grant_types_supported: [&'static str; 4],
}

/// What is really served here: fewer response and grant types than Google lists.
pub(crate) fn openid_configuration(_: &mut State, request: &Request) -> Reply {
    let at = |path: &str| format!("{}{path}", request.origin);
    let configuration = OpenidConfiguration {
        issuer: "https://accounts.google.com",
        authorization_endpoint: at("/o/oauth2/v2/auth"),
        device_authorization_endpoint: at("/device/code"),
        token_endpoint: at("/token"),
        userinfo_endpoint: at("/v1/userinfo"),
        revocation_endpoint: at("/revoke"),
        jwks_uri: at("/oauth2/v3/certs"),
        response_types_supported: ["code"],
        response_modes_supported: ["query"],
        subject_types_supported: ["public"],
        id_token_signing_alg_values_supported: ["RS256"],
        scopes_supported: ["openid", "email", "profile"],
        token_endpoint_auth_methods_supported: ["client_secret_post", "client_secret_basic"],
        claims_supported: [
            "aud",
            "email",
            "email_verified",
            "exp",
            "family_name",
            "given_name",
            "iat",
            "iss",
            "name",
            "hd",
            "sub",
        ],
        code_challenge_methods_supported: ["plain", "S256"],
        grant_types_supported: [
            "authorization_code",
            "refresh_token",
            "urn:ietf:params:oauth:grant-type:device_code",
            "urn:ietf:params:oauth:grant-type:jwt-bearer",
        ],
    };
    Reply::json(StatusCode::OK, &configuration).with(header::CACHE_CONTROL, CACHED)
}
