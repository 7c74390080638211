//! The two signing keys, and the documents by which clients find them.
//!
//! They take turns, a week each on the virtual clock. They are fixed and public: an id_token of the emulator must
//! be worth nothing anywhere else. Source: RFC 7517.

use crate::clock::epoch_seconds;
use crate::message::{Reply, Request};
use crate::state::State;
use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use http::{StatusCode, header};
use ring::rand::SystemRandom;
use ring::rsa::{KeyPair, PublicKeyComponents};
use ring::signature::{KeyPair as _, RSA_PKCS1_SHA256};
use serde_json::json;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::sync::OnceLock;
use std::time::SystemTime;

const KEY_PEMS: [&str; 2] =
    [include_str!("test_signing_key.pem"), include_str!("second_test_signing_key.pem")];
const CERTIFICATE_PEMS: [&str; 2] =
    [include_str!("test_signing_cert.pem"), include_str!("second_test_signing_cert.pem")];
pub(super) const CACHED: &str = "public, max-age=3600";
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
