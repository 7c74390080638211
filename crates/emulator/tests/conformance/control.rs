//! The control paths, over HTTP as scripts use them.

use crate::wire::{
    CLIENT_SECRET, RETRIEVER, approving, exchange, get, list_models, post_form, refresh_form, send,
    sign_in,
};
use hallpass_emulator::Emulator;

const JSON: &str = "Content-Type: application/json\r\n";

#[test]
fn health_answers() {
    let reply = get(&approving(), "/emulator/v1/health", "");
    assert_eq!((reply.status, reply.field("status").as_str()), (200, "ok"));
}

#[test]
fn advancing_the_clock_expires_a_token() {
    let emulator = approving();
    let token = sign_in(&emulator, RETRIEVER).field("access_token");
    let reply = send(&emulator, "POST /emulator/v1/clock:advance", JSON, "{\"seconds\":7200}");
    assert_eq!(reply.status, 200);
    assert_eq!(list_models(&emulator, &token).status, 401);
}

#[test]
fn replies_are_dated_by_the_emulators_clock() {
    let emulator = approving();
    let ended = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(48);
    send(&emulator, "POST /emulator/v1/clock:advance", JSON, "{\"seconds\":172800}");
    let reply = get(&emulator, "/v1beta/models", "");
    let date = jiff::fmt::rfc2822::parse(reply.header("date").expect("a date"))
        .expect("a date")
        .timestamp();
    let apart = date.duration_since(ended).abs();
    assert!(apart < jiff::SignedDuration::from_secs(60), "{date} {ended}");
}

#[test]
fn journal_shows_requests_with_secrets_hashed() {
    let emulator = approving();
    let tokens = sign_in(&emulator, RETRIEVER);
    post_form(&emulator, "/token", &refresh_form(&tokens.field("refresh_token")));
    list_models(&emulator, &tokens.field("access_token"));
    let journal = get(&emulator, "/emulator/v1/requests", "").body;
    for secret in [
        CLIENT_SECRET,
        &tokens.field("refresh_token"),
        &tokens.field("access_token"),
        "4/0A",
        "4%2F0A",
    ] {
        assert!(!journal.contains(secret), "{secret} in {journal}");
    }
    assert!(journal.contains("\"grant_type\": \"authorization_code\""), "{journal}");
    assert!(journal.contains("\"grant_type\": \"refresh_token\""), "{journal}");
    // The SHA-256 of the client secret, from `sha256sum`.
    let hash = "\"client_secret\": \"sha256:b0ac50f97b4fce8a69b39477bf6f8c974d80960739d662539ef7b1765909ca53\"";
    assert!(journal.contains(hash), "{journal}");
    assert!(journal.contains("\"authorization\": \"Bearer sha256:"), "{journal}");
    assert!(!journal.contains("/emulator/v1"), "{journal}");
}

#[test]
fn journal_keeps_order_status_and_host() {
    let emulator = approving();
    get(&emulator, "/v1/models?pageSize=3", "");
    get(&emulator, "/nothing", "");
    let requests = emulator.requests();
    let seen: Vec<_> =
        requests.iter().map(|r| (r.method.as_str(), r.path.as_str(), r.status)).collect();
    assert_eq!(seen, [("GET", "/v1/models", 403), ("GET", "/nothing", 404)]);
    assert_eq!(requests[0].query["pageSize"], "3");
    assert_eq!(requests[0].host, emulator.address().to_string());
}

#[test]
fn reset_forgets_tokens_faults_journal_clock_and_configuration() {
    let emulator = approving();
    let token = sign_in(&emulator, RETRIEVER).field("access_token");
    send(&emulator, "PATCH /emulator/v1/config", JSON, "{\"extra_models\":5}");
    send(
        &emulator,
        "POST /emulator/v1/faults",
        JSON,
        r#"{"path":"/","fault":{"kind":"not_json"}}"#,
    );
    send(&emulator, "POST /emulator/v1/clock:advance", JSON, "{\"seconds\":86400}");
    let late = emulator.now();
    assert_eq!(send(&emulator, "POST /emulator/v1/reset", "", "").status, 200);
    assert!(emulator.requests().is_empty());
    assert!(emulator.now() < late);
    assert_eq!(emulator.config().extra_models, 0);
    assert_eq!(list_models(&emulator, &token).field("reason"), "ACCESS_TOKEN_TYPE_UNSUPPORTED");
}

#[test]
fn config_is_read_and_patched() {
    let emulator = approving();
    let config = get(&emulator, "/emulator/v1/config", "").body;
    assert!(
        config.contains("\"id\": \"demo-project\"")
            && config.contains("\"boxes_start_ticked\": false")
    );
    let patch = r#"{"switches":{"accept_cloud_platform":true}}"#;
    let reply = send(&emulator, "PATCH /emulator/v1/config", JSON, patch);
    assert!(reply.body.contains("\"accept_cloud_platform\": true"), "{}", reply.body);
    assert!(reply.body.contains("\"revoke_by_get\": true"), "the rest stays");
}

#[test]
fn patch_with_a_mistake_is_refused_and_changes_nothing() {
    let emulator = approving();
    let before = emulator.config();
    for patch in [
        r#"{"swiches":{}}"#,
        r#"{"extra_models":"x"}"#,
        "[]",
        "{",
        r#"{"approve":{"account":"no"}}"#,
    ] {
        assert_eq!(
            send(&emulator, "PATCH /emulator/v1/config", JSON, patch).status,
            400,
            "{patch}"
        );
    }
    let reply = send(&emulator, "PATCH /emulator/v1/config", JSON, r#"{"extra_models":"x"}"#);
    assert!(reply.field("error").starts_with("field `extra_models`"), "{}", reply.body);
    let reply = send(&emulator, "PATCH /emulator/v1/config", JSON, r#"{"swiches":{}}"#);
    let words = reply.field("error");
    assert!(words.starts_with("unknown field `swiches`, expected one of `projects`"), "{words}");
    assert!(!words.contains("line"), "the place is in no text that the caller has: {words}");
    assert_eq!(emulator.config(), before);
}

#[test]
fn malformed_control_bodies_are_refused() {
    let emulator = approving();
    for body in ["", "{}", "{\"seconds\":-1}", "{\"seconds\":1,\"x\":1}"] {
        assert_eq!(
            send(&emulator, "POST /emulator/v1/clock:advance", JSON, body).status,
            400,
            "{body}"
        );
    }
    assert_eq!(send(&emulator, "POST /emulator/v1/faults", JSON, "{\"path\":\"/\"}").status, 400);
    for line in [
        "POST /emulator/v1/clock:advance",
        "POST /emulator/v1/faults",
        "POST /emulator/v1/scripts",
        "POST /emulator/v1/users",
        "POST /emulator/v1/grants:revoke",
        "PATCH /emulator/v1/config",
    ] {
        let words = send(&emulator, line, JSON, "seconds=1").field("error");
        assert!(words.starts_with("the body is not JSON: "), "{line}: {words}");
    }
    let words = send(&emulator, "PUT /emulator/v1/state", JSON, "").field("error");
    assert_eq!(words, "the body is not the JSON that `GET /emulator/v1/state` gives");
    assert_eq!(get(&emulator, "/emulator/v1/nothing", "").status, 404);
}

#[test]
fn clock_cannot_be_broken() {
    let emulator = approving();
    let most = format!("{{\"seconds\":{}}}", u64::MAX);
    for _ in 0..2 {
        assert_eq!(send(&emulator, "POST /emulator/v1/clock:advance", JSON, &most).status, 200);
    }
    sign_in(&emulator, RETRIEVER);
}

#[test]
fn other_sites_may_not_use_the_control_paths() {
    let emulator = approving();
    let host = emulator.address();
    for headers in [
        format!("Host: {host}\r\nOrigin: https://evil.example\r\n"),
        format!("Host: {host}\r\nSec-Fetch-Site: cross-site\r\n"),
        format!("Host: {host}\r\nSec-Fetch-Site: same-site\r\n"),
        format!("Host: evil.example:{}\r\n", host.port()),
        "Host: 127.0.0.1.evil.example\r\n".to_owned(),
    ] {
        let request =
            format!("GET /emulator/v1/config HTTP/1.1\r\n{headers}Connection: close\r\n\r\n");
        assert_eq!(exchange(&emulator, &request).status, 403, "{headers}");
    }
    let own = format!("Origin: {}\r\nSec-Fetch-Site: same-origin\r\n", emulator.url());
    assert_eq!(get(&emulator, "/emulator/v1/config", &own).status, 200);
}

#[test]
fn state_of_two_emulators_is_apart() {
    let (first, second): (Emulator, Emulator) = (approving(), approving());
    let token = sign_in(&first, RETRIEVER).field("access_token");
    assert_eq!(list_models(&second, &token).status, 401);
}
