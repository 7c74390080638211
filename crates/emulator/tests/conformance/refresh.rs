//! The refresh grant: lifetimes on the virtual clock, narrowing, the hundredth token.

use crate::wire::{
    CLOUD, RETRIEVER, Reply, approving, encoded, list_models, post_form, refresh_form, sign_in,
};
use hallpass_emulator::{Emulator, Publishing, RefreshWidening};
use std::time::Duration;

const DAY: Duration = Duration::from_secs(24 * 3600);
const DEAD: &str = "{\n  \"error\": \"invalid_grant\",\n  \"error_description\": \"Token has been expired or revoked.\"\n}";

fn refresh(emulator: &Emulator, refresh_token: &str) -> Reply {
    post_form(emulator, "/token", &refresh_form(refresh_token))
}

fn in_production() -> Emulator {
    let emulator = approving();
    emulator.update_config(|c| c.projects[0].consent_screen.publishing = Publishing::Production);
    emulator
}

#[test]
fn access_token_ends_and_a_refresh_gives_another() {
    let emulator = approving();
    let tokens = sign_in(&emulator, RETRIEVER);
    emulator.advance(Duration::from_secs(3590));
    assert_eq!(list_models(&emulator, &tokens.field("access_token")).status, 200);
    emulator.advance(Duration::from_secs(10));
    assert_eq!(list_models(&emulator, &tokens.field("access_token")).status, 401);
    let fresh = refresh(&emulator, &tokens.field("refresh_token"));
    assert_eq!(list_models(&emulator, &fresh.field("access_token")).status, 200);
}

#[test]
fn refresh_reply_has_no_refresh_token() {
    let emulator = in_production();
    let tokens = sign_in(&emulator, RETRIEVER);
    let reply = refresh(&emulator, &tokens.field("refresh_token"));
    assert_eq!(
        reply.body,
        format!(
            "{{\n  \"access_token\": \"{}\",\n  \"expires_in\": 3599,\n  \"scope\": \"{RETRIEVER}\",\n  \
             \"token_type\": \"Bearer\"\n}}",
            reply.field("access_token")
        )
    );
}

#[test]
fn refresh_token_expiry_counts_down_in_testing() {
    let emulator = approving();
    let tokens = sign_in(&emulator, RETRIEVER);
    emulator.advance(DAY);
    let reply = refresh(&emulator, &tokens.field("refresh_token"));
    assert!(
        reply.body.contains("\"refresh_token_expires_in\": 5183")
            || reply.body.contains("\"refresh_token_expires_in\": 518400"),
        "{}",
        reply.body
    );
}

#[test]
fn refresh_token_of_a_tester_ends_after_seven_days() {
    let emulator = approving();
    let tokens = sign_in(&emulator, RETRIEVER);
    emulator.advance(7 * DAY + Duration::from_secs(1));
    let reply = refresh(&emulator, &tokens.field("refresh_token"));
    assert_eq!((reply.status, reply.body.as_str()), (400, DEAD));
}

#[test]
fn publishing_the_app_does_not_lengthen_a_tester_token() {
    let emulator = approving();
    let tokens = sign_in(&emulator, RETRIEVER);
    emulator.update_config(|c| c.projects[0].consent_screen.publishing = Publishing::Production);
    emulator.advance(8 * DAY);
    assert_eq!(refresh(&emulator, &tokens.field("refresh_token")).body, DEAD);
}

#[test]
fn refresh_token_in_production_ends_after_six_months_without_use() {
    let emulator = in_production();
    let tokens = sign_in(&emulator, RETRIEVER);
    for _ in 0..3 {
        emulator.advance(170 * DAY);
        assert_eq!(refresh(&emulator, &tokens.field("refresh_token")).status, 200);
    }
    emulator.advance(181 * DAY);
    assert_eq!(refresh(&emulator, &tokens.field("refresh_token")).body, DEAD);
}

#[test]
fn refresh_may_narrow_the_scope() {
    let emulator = approving();
    let tokens = sign_in(&emulator, &format!("{CLOUD} {RETRIEVER}"));
    let form = format!("{}&scope={}", refresh_form(&tokens.field("refresh_token")), encoded(CLOUD));
    let reply = post_form(&emulator, "/token", &form);
    assert_eq!(reply.field("scope"), CLOUD);
    assert_eq!(list_models(&emulator, &reply.field("access_token")).status, 403);
}

#[test]
fn refresh_that_widens_the_scope_is_refused_unless_switched() {
    let emulator = approving();
    let tokens = sign_in(&emulator, RETRIEVER);
    let wider = encoded(&format!("{RETRIEVER} {CLOUD}"));
    let form = format!("{}&scope={wider}", refresh_form(&tokens.field("refresh_token")));
    let reply = post_form(&emulator, "/token", &form);
    let body = "{\n  \"error\": \"invalid_scope\",\n  \"error_description\": \"Bad Request\"\n}";
    assert_eq!((reply.status, reply.body.as_str()), (400, body));
    emulator.update_config(|c| c.switches.refresh_widening = RefreshWidening::Ignore);
    assert_eq!(post_form(&emulator, "/token", &form).field("scope"), RETRIEVER);
}

#[test]
fn unknown_scope_in_a_refresh_is_listed_with_escaped_equals() {
    let emulator = approving();
    let tokens = sign_in(&emulator, RETRIEVER);
    let form = format!("{}&scope=a%20b", refresh_form(&tokens.field("refresh_token")));
    assert_eq!(
        post_form(&emulator, "/token", &form).body,
        "{\n  \"error\": \"invalid_scope\",\n  \"error_description\": \"Some requested scopes were invalid. \
         {invalid\\u003d[a, b]}\",\n  \"error_uri\": \"https://developers.google.com/identity/protocols/oauth2\"\n}"
    );
}

#[test]
fn hundred_and_first_refresh_token_ends_the_oldest_in_silence() {
    let emulator = approving();
    let first = sign_in(&emulator, RETRIEVER).field("refresh_token");
    let second = sign_in(&emulator, RETRIEVER).field("refresh_token");
    for _ in 0..98 {
        sign_in(&emulator, RETRIEVER);
    }
    assert_eq!(refresh(&emulator, &first).status, 200);
    sign_in(&emulator, RETRIEVER);
    assert_eq!(refresh(&emulator, &first).body, DEAD);
    assert_eq!(refresh(&emulator, &second).status, 200);
}

#[test]
fn refresh_token_of_another_client_is_a_bad_request() {
    let emulator = approving();
    let tokens = sign_in(&emulator, RETRIEVER);
    emulator.update_config(|config| {
        let mut other = config.projects[0].clients[0].clone();
        other.client_id = "other".into();
        config.projects[0].clients.push(other);
    });
    let form =
        refresh_form(&tokens.field("refresh_token")).replace("client_id=7", "client_id=other&x=7");
    let reply = post_form(&emulator, "/token", &form);
    let body = "{\n  \"error\": \"invalid_grant\",\n  \"error_description\": \"Bad Request\"\n}";
    assert_eq!((reply.status, reply.body.as_str()), (400, body));
}

#[test]
fn missing_and_garbage_refresh_tokens_are_refused() {
    let emulator = approving();
    assert!(refresh(&emulator, "").body.contains("Missing required parameter: refresh_token"));
    assert!(refresh(&emulator, "garbage").body.contains("\"Bad Request\""));
    assert_eq!(refresh(&emulator, "1//0never").body, DEAD);
}
