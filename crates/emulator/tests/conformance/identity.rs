//! Who the user is: id_token, keys, tokeninfo, userinfo, discovery.

use crate::wire::{CLIENT_ID, RETRIEVER, approving, get, sign_in};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};
use std::time::Duration;

fn decoded(part: &str) -> String {
    String::from_utf8(BASE64_URL_SAFE_NO_PAD.decode(part).expect("base64url")).expect("UTF-8")
}

#[test]
fn id_token_is_signed_by_the_published_key() {
    let emulator = approving();
    let token = sign_in(&emulator, "openid email profile").field("id_token");
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let keys = get(&emulator, "/oauth2/v3/certs", "");
    assert!(keys.header("cache-control").unwrap().starts_with("public, max-age="), "{keys:?}");
    let number = |name: &str| BASE64_URL_SAFE_NO_PAD.decode(keys.field(name)).expect("base64url");
    let key = RsaPublicKeyComponents { n: number("n"), e: number("e") };
    let signature = BASE64_URL_SAFE_NO_PAD.decode(signature).unwrap();
    key.verify(&RSA_PKCS1_2048_8192_SHA256, signed.as_bytes(), &signature)
        .expect("the signature holds");
    let kid = keys.field("kid");
    assert_eq!(kid.len(), 40);
    let header = decoded(signed.split('.').next().unwrap());
    assert_eq!(header, format!("{{\"alg\":\"RS256\",\"kid\":\"{kid}\",\"typ\":\"JWT\"}}"));
    assert!(
        get(&emulator, "/oauth2/v1/certs", "")
            .body
            .contains(&format!("\"{kid}\": \"-----BEGIN CERT"))
    );
}

#[test]
fn two_keys_are_published_and_take_turns_every_week() {
    let emulator = approving();
    let kid = || {
        let token = sign_in(&emulator, "openid").field("id_token");
        let header = decoded(token.split('.').next().unwrap());
        (header.split('"').nth(7).unwrap().to_owned(), token)
    };
    let (first, _) = kid();
    emulator.advance(Duration::from_secs(7 * 24 * 3600));
    let (second, token) = kid();
    assert_ne!(first, second);
    for target in ["/oauth2/v3/certs", "/oauth2/v1/certs"] {
        let keys = get(&emulator, target, "").body;
        assert!(keys.contains(&first) && keys.contains(&second), "{keys}");
    }
    let info = get(&emulator, &format!("/tokeninfo?id_token={token}"), "");
    assert_eq!((info.status, info.field("kid")), (200, second));
    emulator.advance(Duration::from_secs(7 * 24 * 3600));
    assert_eq!(kid().0, first);
}

#[test]
fn id_token_has_the_claims_of_its_scopes() {
    let emulator = approving();
    let claims = |scope: &str| {
        let token = sign_in(&emulator, scope).field("id_token");
        decoded(token.split('.').nth(1).unwrap())
    };
    let full = claims("openid email profile");
    let start = format!(
        "{{\"iss\":\"https://accounts.google.com\",\"azp\":\"{CLIENT_ID}\",\"aud\":\"{CLIENT_ID}\",\
         \"sub\":\"100000000000000000001\",\"email\":\"ada@example.com\",\"email_verified\":true,\"at_hash\":\""
    );
    assert!(full.starts_with(&start), "{full}");
    let name =
        "\"name\":\"Ada Lovelace\",\"given_name\":\"Ada\",\"family_name\":\"Lovelace\",\"iat\":";
    assert!(full.contains(name), "{full}");
    let bare = claims("openid");
    assert!(!bare.contains("ada@") && !bare.contains("Ada"), "{bare}");
}

#[test]
fn no_id_token_without_openid() {
    assert!(!sign_in(&approving(), RETRIEVER).body.contains("id_token"));
}

#[test]
fn tokeninfo_speaks_in_strings() {
    let emulator = approving();
    let token = sign_in(&emulator, "email").field("access_token");
    let info = get(&emulator, &format!("/tokeninfo?access_token={token}"), "");
    assert_eq!(info.status, 200);
    for (name, value) in [
        ("azp", CLIENT_ID),
        ("aud", CLIENT_ID),
        ("sub", "100000000000000000001"),
        ("scope", "https://www.googleapis.com/auth/userinfo.email"),
        ("email", "ada@example.com"),
        ("email_verified", "true"),
        ("access_type", "offline"),
    ] {
        assert_eq!(info.field(name), value);
    }
    let left: u64 = info.field("expires_in").parse().expect("a number as a string");
    assert!((3500..=3599).contains(&left), "{left}");
}

#[test]
fn tokeninfo_refuses_dead_and_unknown_tokens() {
    let emulator = approving();
    let token = sign_in(&emulator, "openid").field("access_token");
    emulator.advance(Duration::from_secs(3600));
    let body = "{\n  \"error\": \"invalid_token\",\n  \"error_description\": \"Invalid Value\"\n}";
    for token in [token.as_str(), "garbage"] {
        let reply = get(&emulator, &format!("/oauth2/v3/tokeninfo?access_token={token}"), "");
        assert_eq!((reply.status, reply.body.as_str()), (400, body));
    }
}

#[test]
fn tokeninfo_opens_an_id_token_but_not_a_forged_one() {
    let emulator = approving();
    let token = sign_in(&emulator, "openid").field("id_token");
    let info = get(&emulator, &format!("/tokeninfo?id_token={token}"), "");
    assert_eq!(
        (info.field("alg"), info.field("sub")),
        ("RS256".into(), "100000000000000000001".into())
    );
    let forged = format!("{}.AAAA", token.rsplit_once('.').unwrap().0);
    assert_eq!(get(&emulator, &format!("/tokeninfo?id_token={forged}"), "").status, 400);
}

#[test]
fn userinfo_shows_what_the_scopes_allow() {
    let emulator = approving();
    let ask = |scope: &str, path: &str| {
        let token = sign_in(&emulator, scope).field("access_token");
        get(&emulator, path, &format!("Authorization: Bearer {token}\r\n")).body
    };
    assert_eq!(
        ask("openid email profile", "/v1/userinfo"),
        "{\n  \"sub\": \"100000000000000000001\",\n  \"name\": \"Ada Lovelace\",\n  \"given_name\": \"Ada\",\n  \
         \"family_name\": \"Lovelace\",\n  \"email\": \"ada@example.com\",\n  \"email_verified\": true\n}"
    );
    assert_eq!(ask(RETRIEVER, "/oauth2/v3/userinfo"), "{\n  \"sub\": \"100000000000000000001\"\n}");
    assert_eq!(
        ask("email", "/oauth2/v2/userinfo"),
        "{\n  \"id\": \"100000000000000000001\",\n  \"email\": \"ada@example.com\",\n  \"verified_email\": true\n}"
    );
}

#[test]
fn userinfo_refuses_a_bad_token() {
    let reply = get(&approving(), "/v1/userinfo", "Authorization: Bearer garbage\r\n");
    let body =
        "{\n  \"error\": \"invalid_request\",\n  \"error_description\": \"Invalid Credentials\"\n}";
    assert_eq!((reply.status, reply.body.as_str()), (401, body));
    assert!(reply.header("www-authenticate").unwrap().starts_with("Bearer "), "{reply:?}");
}

#[test]
fn discovery_names_google_as_issuer_and_this_origin_for_the_rest() {
    let emulator = approving();
    let document = get(&emulator, "/.well-known/openid-configuration", "");
    assert_eq!(document.field("issuer"), "https://accounts.google.com");
    assert_eq!(document.field("token_endpoint"), format!("{}/token", emulator.url()));
    assert_eq!(document.field("jwks_uri"), format!("{}/oauth2/v3/certs", emulator.url()));
}
