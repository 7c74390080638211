//! Service accounts at the token endpoint: assertions signed here with the key of the downloaded file.

use crate::wire::{RETRIEVER, Reply, approving, get, list_models, post_form};
use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use hallpass_emulator::Emulator;
use ring::rand::SystemRandom;
use ring::rsa::KeyPair;
use ring::signature::{KeyPair as _, RSA_PKCS1_SHA256};

const ROBOT: &str = "robot@demo-project.iam.gserviceaccount.com";
const GOOGLE: &str = "https://oauth2.googleapis.com/token";
const KID: &str = "00112233445566778899aabbccddeeff00112233";

fn now(emulator: &Emulator) -> i64 {
    let health = get(emulator, "/emulator/v1/health", "");
    health.field("now").parse::<jiff::Timestamp>().unwrap().as_second()
}

fn key_file(emulator: &Emulator) -> Reply {
    get(emulator, &format!("/emulator/v1/service-accounts/{ROBOT}"), "")
}

fn sign(emulator: &Emulator, signed: &str) -> String {
    let pem = key_file(emulator).field("private_key").replace("\\n", "\n");
    let base64: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    let pair = KeyPair::from_pkcs8(&BASE64_STANDARD.decode(base64).unwrap()).unwrap();
    let mut signature = vec![0; pair.public_key().modulus_len()];
    pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), signed.as_bytes(), &mut signature).unwrap();
    BASE64_URL_SAFE_NO_PAD.encode(signature)
}

fn post(emulator: &Emulator, assertion: &str) -> Reply {
    let grant = "urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer";
    post_form(emulator, "/token", &format!("grant_type={grant}&assertion={assertion}"))
}

/// Sends an assertion with these claims after `iat` and `exp`, which are an hour apart.
fn ask(emulator: &Emulator, iss: &str, aud: &str, rest: &str) -> Reply {
    let iat = now(emulator);
    ask_at(emulator, (iat, iat + 3600), &format!(r#""iss":"{iss}","aud":"{aud}",{rest}"#))
}

fn ask_at(emulator: &Emulator, times: (i64, i64), claims: &str) -> Reply {
    post(emulator, &assertion(emulator, times, claims))
}

fn assertion(emulator: &Emulator, (iat, exp): (i64, i64), claims: &str) -> String {
    let header = format!(r#"{{"typ":"JWT","alg":"RS256","kid":"{KID}"}}"#);
    let claims = format!(r#"{{"iat":{iat},"exp":{exp},{claims}}}"#);
    let encoded = |text: String| BASE64_URL_SAFE_NO_PAD.encode(text);
    let signed = format!("{}.{}", encoded(header), encoded(claims));
    let signature = sign(emulator, &signed);
    format!("{signed}.{signature}")
}

fn scope(scope: &str) -> String {
    format!(r#""scope":"{scope}""#)
}

#[track_caller]
fn refused(reply: &Reply, status: u16, error: &str, description: &str) {
    let body =
        format!("{{\n  \"error\": \"{error}\",\n  \"error_description\": \"{description}\"\n}}");
    assert_eq!((reply.status, reply.body.as_str()), (status, body.as_str()));
}

#[test]
fn key_file_has_google_keys_and_this_origin() {
    let emulator = approving();
    let file = key_file(&emulator);
    assert_eq!(
        (file.field("type").as_str(), file.field("client_email").as_str()),
        ("service_account", ROBOT)
    );
    assert_eq!(file.field("token_uri"), format!("{}/token", emulator.url()));
    assert_eq!(file.field("private_key_id"), KID);
    assert_eq!(get(&emulator, "/emulator/v1/service-accounts/nobody", "").status, 404);
}

#[test]
fn assertion_for_google_or_this_origin_gets_a_token_that_lists_models() {
    let emulator = approving();
    for audience in [GOOGLE.to_owned(), format!("{}/token", emulator.url())] {
        let reply = ask(&emulator, ROBOT, &audience, &scope(RETRIEVER));
        let token = reply.field("access_token");
        let body = format!(
            "{{\n  \"access_token\": \"{token}\",\n  \"expires_in\": 3599,\n  \"token_type\": \"Bearer\"\n}}"
        );
        assert_eq!((reply.status, reply.body), (200, body));
        assert_eq!(list_models(&emulator, &token).status, 200);
    }
}

#[test]
fn target_audience_gets_an_id_token_alone() {
    let emulator = approving();
    let reply = ask(&emulator, ROBOT, GOOGLE, r#""target_audience":"https://run.example""#);
    let token = reply.field("id_token");
    assert_eq!(reply.body, format!("{{\n  \"id_token\": \"{token}\"\n}}"));
    let claims = BASE64_URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap();
    let claims = String::from_utf8(claims).unwrap();
    assert!(claims.contains(r#""aud":"https://run.example""#), "{claims}");
    assert!(claims.contains(&format!(r#""email":"{ROBOT}""#)), "{claims}");
    assert!(claims.contains(r#""sub":"110000000000000000001""#), "{claims}");
    assert_eq!(get(&emulator, &format!("/tokeninfo?id_token={token}"), "").status, 200);
}

#[test]
fn signature_of_other_bytes_or_of_another_key_id_is_refused() {
    let emulator = approving();
    let iat = now(&emulator);
    let claims = format!(
        r#"{{"iss":"{ROBOT}","aud":"{GOOGLE}","scope":"{RETRIEVER}","iat":{iat},"exp":{}}}"#,
        iat + 3600
    );
    let with_header = |header: &str| {
        format!(
            "{}.{}",
            BASE64_URL_SAFE_NO_PAD.encode(header),
            BASE64_URL_SAFE_NO_PAD.encode(&claims)
        )
    };
    let signed = with_header(r#"{"alg":"RS256"}"#);
    let good = sign(&emulator, &signed);
    assert_eq!(post(&emulator, &format!("{signed}.{good}")).status, 200);
    let other = with_header(r#"{"alg":"RS256" }"#);
    let wrong = post(&emulator, &format!("{other}.{good}"));
    refused(&wrong, 400, "invalid_grant", "Invalid JWT Signature.");
    for header in [r#"{"alg":"none"}"#, r#"{"alg":"RS256","kid":"other"}"#] {
        let signed = with_header(header);
        let wrong = post(&emulator, &format!("{signed}.{}", sign(&emulator, &signed)));
        refused(&wrong, 400, "invalid_grant", "Invalid JWT Signature.");
    }
}

#[test]
fn assertion_out_of_its_time_or_too_long_is_refused() {
    let emulator = approving();
    let now = now(&emulator);
    let claims = format!(r#""iss":"{ROBOT}","aud":"{GOOGLE}","scope":"{RETRIEVER}""#);
    for times in
        [(now - 7200, now - 3600), (now, now + 3700), (now + 4000, now + 5000), (now, now - 1)]
    {
        let reply = ask_at(&emulator, times, &claims);
        let text = "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. \
                    Check your iat and exp values in the JWT claim.";
        refused(&reply, 400, "invalid_grant", text);
    }
}

#[test]
fn unknown_account_foreign_audience_and_garbage_are_refused() {
    let emulator = approving();
    let nobody =
        ask(&emulator, "nobody@demo-project.iam.gserviceaccount.com", GOOGLE, &scope(RETRIEVER));
    refused(&nobody, 400, "invalid_grant", "Invalid grant: account not found");
    let elsewhere = ask(&emulator, ROBOT, "https://example.com/token", &scope(RETRIEVER));
    refused(&elsewhere, 400, "invalid_grant", "Invalid JWT: Failed audience check.");
    refused(&post(&emulator, "a.b.c"), 400, "invalid_request", "Bad Request");
    refused(&post(&emulator, ""), 400, "invalid_request", "Missing required parameter: assertion");
}

#[test]
fn empty_and_unknown_scopes_of_an_assertion_are_refused() {
    let emulator = approving();
    for asked in ["", "nonsense"] {
        let reply = ask(&emulator, ROBOT, GOOGLE, &scope(asked));
        let text = "Invalid OAuth scope or ID token audience provided.";
        refused(&reply, 400, "invalid_scope", text);
    }
}

#[test]
fn subject_needs_an_address_an_account_and_delegation() {
    let emulator = approving();
    let ask = |sub: &str| {
        ask(&emulator, ROBOT, GOOGLE, &format!(r#""scope":"{RETRIEVER}","sub":"{sub}""#))
    };
    refused(&ask("ada"), 400, "invalid_grant", "Not a valid email");
    refused(&ask("bob@example.com"), 400, "invalid_grant", "Invalid email or User ID");
    let text = "Client is unauthorized to retrieve access tokens using this method, or client not authorized \
                for any of the scopes requested.";
    refused(&ask("ada@example.com"), 401, "unauthorized_client", text);
    emulator.update_config(|config| {
        config.service_accounts[0].delegated_scopes = vec![RETRIEVER.into()];
    });
    assert_eq!(ask("ada@example.com").status, 200);
}

#[test]
fn token_of_a_service_account_is_not_revocable() {
    let emulator = approving();
    let token = ask(&emulator, ROBOT, GOOGLE, &scope(RETRIEVER)).field("access_token");
    let reply = post_form(&emulator, "/revoke", &format!("token={token}"));
    refused(&reply, 400, "invalid_token", "Token is not revocable");
    assert_eq!(list_models(&emulator, &token).status, 200);
}

#[test]
fn assertion_for_an_api_opens_it_in_the_place_of_a_token() {
    let emulator = approving();
    let iat = now(&emulator);
    let gemini = "https://generativelanguage.googleapis.com/";
    let own = format!(r#""iss":"{ROBOT}","sub":"{ROBOT}""#);
    let list = |times: (i64, i64), claims: &str| {
        let reply = list_models(&emulator, &assertion(&emulator, times, claims));
        (reply.status, reply.body.contains("ACCESS_TOKEN_TYPE_UNSUPPORTED"))
    };
    let hour = (iat, iat + 3600);
    assert_eq!(list(hour, &format!(r#"{own},"aud":"{gemini}""#)), (200, false));
    assert_eq!(list(hour, &format!("{own},{}", scope(RETRIEVER))), (200, false));
    for claims in [
        format!(r#"{own},"aud":"https://storage.googleapis.com/""#),
        format!(r#""iss":"{ROBOT}","sub":"ada@example.com","aud":"{gemini}""#),
        format!(r#""iss":"nobody@example.com","sub":"nobody@example.com","aud":"{gemini}""#),
    ] {
        assert_eq!(list(hour, &claims), (401, true), "{claims}");
    }
    let (status, _) = list(hour, &format!("{own},{}", scope("openid")));
    assert_eq!(status, 403, "a scope that does not open the API");
    let expired = (iat - 4000, iat - 400);
    assert_eq!(list(expired, &format!(r#"{own},"aud":"{gemini}""#)), (401, false));
    let forged = assertion(&emulator, hour, &format!(r#"{own},"aud":"{gemini}""#));
    let forged = format!("{}.AAAA", forged.rsplit_once('.').unwrap().0);
    assert_eq!(list_models(&emulator, &forged).status, 401);
}
