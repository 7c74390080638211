//! The device flow, with the statuses and names in which Google differs from RFC 8628.

use crate::wire::{
    CLIENT_ID, CLIENT_SECRET, RETRIEVER, Reply, encoded, get, post_form, refresh_form,
};
use hallpass_emulator::{Client, Config, Emulator};
use std::time::Duration;

const DRIVE: &str = "https://www.googleapis.com/auth/drive.file";
const TV: &str = "710000000001-tv.apps.googleusercontent.com";

fn with_television(approve: Option<&str>) -> Emulator {
    let mut config = Config::default();
    config.projects[0].clients.push(Client::limited_input(TV, CLIENT_SECRET));
    let builder = Emulator::builder().config(config);
    let builder = match approve {
        Some(account) => builder.approve(account),
        None => builder,
    };
    builder.start().expect("the emulator starts")
}

fn start(emulator: &Emulator, scope: &str) -> Reply {
    post_form(emulator, "/device/code", &format!("client_id={TV}&scope={}", encoded(scope)))
}

fn poll(emulator: &Emulator, device_code: &str) -> Reply {
    let grant = "urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code";
    let code = encoded(device_code);
    let form = format!(
        "grant_type={grant}&device_code={code}&client_id={TV}&client_secret={CLIENT_SECRET}"
    );
    post_form(emulator, "/token", &form)
}

/// Types the code in and presses these buttons; the last page.
fn answer(emulator: &Emulator, user_code: &str, account: &str, last: &str) -> Reply {
    let typed = post_form(emulator, "/device", &format!("user_code={user_code}"));
    let id = typed.location().rsplit_once("id=").expect("a sign-in").1.to_owned();
    let press = |rest: &str| post_form(emulator, "/signin/oauth/flow", &format!("id={id}&{rest}"));
    press(&format!("action=choose&account={account}"));
    press("action=continue");
    press(&format!("action={last}"))
}

#[track_caller]
fn refused(reply: &Reply, status: u16, error: &str, description: &str) {
    let body =
        format!("{{\n  \"error\": \"{error}\",\n  \"error_description\": \"{description}\"\n}}");
    assert_eq!((reply.status, reply.body.as_str()), (status, body.as_str()));
}

#[test]
fn codes_have_google_names_and_lives() {
    let emulator = with_television(None);
    let reply = start(&emulator, DRIVE);
    assert_eq!(reply.status, 200, "{reply:?}");
    assert!(reply.field("device_code").starts_with("4/"));
    let user_code = reply.field("user_code");
    assert!(user_code.len() == 9 && user_code.as_bytes()[4] == b'-', "{user_code}");
    assert_eq!(reply.field("verification_url"), format!("{}/device", emulator.url()));
    let numbers = "\"expires_in\": 1800,\n  \"interval\": 5";
    assert!(reply.body.contains(numbers), "{}", reply.body);
}

#[test]
fn poll_waits_until_the_user_has_agreed_and_works_once() {
    let emulator = with_television(None);
    let codes = start(&emulator, DRIVE);
    let device_code = codes.field("device_code");
    let pending = poll(&emulator, &device_code);
    refused(&pending, 428, "authorization_pending", "Precondition Required");
    let page = answer(&emulator, &codes.field("user_code"), "ada@example.com", "continue");
    assert!(page.body.contains("The device is connected"), "{page:?}");
    let tokens = poll(&emulator, &device_code);
    assert_eq!((tokens.status, tokens.field("scope").as_str()), (200, DRIVE), "{tokens:?}");
    assert!(tokens.body.contains("\"refresh_token_expires_in\": 604799"), "{}", tokens.body);
    let refresh = refresh_form(&tokens.field("refresh_token")).replace(CLIENT_ID, TV);
    assert_eq!(post_form(&emulator, "/token", &refresh).status, 200);
    refused(&poll(&emulator, &device_code), 400, "invalid_grant", "Bad Request");
}

#[test]
fn poll_too_fast_or_too_late_is_told_so() {
    let emulator = with_television(None);
    let device_code = start(&emulator, DRIVE).field("device_code");
    poll(&emulator, &device_code);
    refused(&poll(&emulator, &device_code), 403, "slow_down", "Forbidden");
    emulator.advance(Duration::from_secs(5));
    assert_eq!(poll(&emulator, &device_code).status, 428);
    emulator.advance(Duration::from_secs(1800));
    refused(&poll(&emulator, &device_code), 400, "expired_token", "Bad Request");
}

#[test]
fn refusal_of_the_user_reaches_the_device() {
    let emulator = with_television(None);
    let codes = start(&emulator, DRIVE);
    let page = answer(&emulator, &codes.field("user_code"), "ada@example.com", "cancel");
    assert!(page.body.contains("The device was not connected"), "{page:?}");
    refused(&poll(&emulator, &codes.field("device_code")), 403, "access_denied", "Forbidden");
}

#[test]
fn approval_in_advance_connects_devices_too() {
    let emulator = with_television(Some("ada@example.com"));
    let device_code = start(&emulator, "openid email").field("device_code");
    let tokens = poll(&emulator, &device_code);
    assert_eq!(tokens.status, 200, "{tokens:?}");
    assert!(tokens.field("id_token").starts_with("eyJ"));
}

#[test]
fn scope_outside_the_short_list_is_refused_by_name() {
    let emulator = with_television(None);
    let text = format!("Invalid device flow scope: {RETRIEVER}");
    refused(&start(&emulator, &format!("{DRIVE} {RETRIEVER}")), 400, "invalid_scope", &text);
}

#[test]
fn client_of_another_type_or_none_gets_no_codes() {
    let emulator = with_television(None);
    let post = |form: &str| post_form(&emulator, "/device/code", form);
    let desktop = post(&format!("client_id={CLIENT_ID}&scope=openid"));
    refused(&desktop, 401, "invalid_client", "Invalid client type.");
    let unknown = post("client_id=nobody&scope=openid");
    refused(&unknown, 401, "invalid_client", "The OAuth client was not found.");
    let device_code = start(&emulator, DRIVE).field("device_code");
    let grant = "http%3A%2F%2Foauth.net%2Fgrant_type%2Fdevice%2F1.0";
    let form = format!(
        "grant_type={grant}&device_code={}&client_id={CLIENT_ID}&client_secret={CLIENT_SECRET}",
        encoded(&device_code)
    );
    refused(&post_form(&emulator, "/token", &form), 401, "invalid_client", "Unauthorized");
    emulator.update_config(|config| {
        let order = r#"{"outcomes": [{"result": "rate_limit_exceeded"}]}"#;
        config.outcomes = Config::from_json(order).unwrap().outcomes;
    });
    let limited = start(&emulator, DRIVE);
    assert_eq!(
        (limited.status, limited.field("error_code").as_str()),
        (403, "rate_limit_exceeded")
    );
}

#[test]
fn code_that_no_device_shows_leads_nowhere() {
    let emulator = with_television(None);
    assert!(get(&emulator, "/device", "").body.contains("name=\"user_code\""));
    let page = post_form(&emulator, "/device", "user_code=AAAA-AAAA");
    assert!(
        page.status == 200 && page.body.contains("No device waits with this code."),
        "{page:?}"
    );
}
