//! The authorization endpoint, consent answered by `--approve`: what goes back to the client.

use crate::wire::{
    CLOUD, RETRIEVER, approving, authorize_query, code, exchange_form, get, parameter, post_form,
    sign_in,
};
use hallpass_emulator::{Approval, ClientKind, Emulator, PromptNoneError};
use std::time::Duration;

fn ask(emulator: &Emulator, scope: &str, more: &str) -> String {
    let target = format!("/o/oauth2/v2/auth?{}{more}", authorize_query(scope));
    let reply = get(emulator, &target, "");
    assert_eq!(reply.status, 302, "{reply:?}");
    reply.location().to_owned()
}

#[test]
fn redirect_has_its_parameters_in_the_captured_order() {
    let emulator = approving();
    let location = ask(&emulator, &format!("{CLOUD} {RETRIEVER}"), "");
    let code = parameter(&location, "code").replace('/', "%2F");
    assert_eq!(
        location,
        format!(
            "http://127.0.0.1:8085/?state=xyz&iss=https://accounts.google.com&code={code}\
             &scope=https%3A%2F%2Fwww.googleapis.com%2Fauth%2Fcloud-platform%20https%3A%2F%2F\
             www.googleapis.com%2Fauth%2Fgenerative-language.retriever&authuser=0&prompt=consent"
        )
    );
    assert!(code.starts_with("4%2F0"), "{code}");
}

#[test]
fn earlier_scopes_come_with_new_ones_for_a_web_client_that_asks() {
    let emulator = approving();
    ask(&emulator, CLOUD, "");
    let more = "&include_granted_scopes=true";
    let location = ask(&emulator, RETRIEVER, more);
    assert!(!parameter(&location, "scope").contains("cloud-platform"), "installed: {location}");
    emulator.update_config(|config| {
        let client = &mut config.projects[0].clients[0];
        client.kind = ClientKind::Web;
        client.redirect_uris = vec!["http://127.0.0.1:8085/".to_owned()];
    });
    let location = ask(&emulator, RETRIEVER, "");
    assert!(!parameter(&location, "scope").contains("cloud-platform"), "{location}");
    let location = ask(&emulator, RETRIEVER, more);
    assert!(parameter(&location, "scope").contains("cloud-platform"), "{location}");
}

#[test]
fn legacy_path_answers_alike() {
    let emulator = approving();
    let reply = get(&emulator, &format!("/o/oauth2/auth?{}", authorize_query(RETRIEVER)), "");
    assert_eq!(reply.status, 302);
    assert!(reply.location().contains("&code=4%2F0"), "{reply:?}");
    assert_eq!(
        reply.header("cache-control"),
        Some("no-cache, no-store, max-age=0, must-revalidate")
    );
}

#[test]
fn state_comes_back_byte_for_byte() {
    let emulator = approving();
    let query = authorize_query(RETRIEVER).replace("state=xyz", "state=a%2Bb%20%26%C3%A9~");
    let reply = get(&emulator, &format!("/o/oauth2/v2/auth?{query}"), "");
    assert!(
        reply.location().starts_with("http://127.0.0.1:8085/?state=a%2Bb%20%26%C3%A9~&iss="),
        "{reply:?}"
    );
}

#[test]
fn no_state_is_sent_when_none_came() {
    let emulator = approving();
    let query = authorize_query(RETRIEVER).replace("&state=xyz", "");
    let reply = get(&emulator, &format!("/o/oauth2/v2/auth?{query}"), "");
    assert!(reply.location().starts_with("http://127.0.0.1:8085/?iss="), "{reply:?}");
}

#[test]
fn short_scope_names_come_back_long() {
    let emulator = approving();
    let location = ask(&emulator, "openid email", "");
    let long = "openid https://www.googleapis.com/auth/userinfo.email";
    assert_eq!(parameter(&location, "scope"), long);
}

#[test]
fn short_scope_names_come_back_short_by_switch() {
    let emulator = approving();
    emulator.update_config(|config| config.switches.expand_scope_names = false);
    let location = ask(&emulator, "openid email", "");
    assert_eq!(parameter(&location, "scope"), "openid email");
}

#[test]
fn second_sign_in_goes_straight_through() {
    let emulator = approving();
    assert_eq!(parameter(&ask(&emulator, RETRIEVER, ""), "prompt"), "consent");
    assert_eq!(parameter(&ask(&emulator, RETRIEVER, ""), "prompt"), "none");
    assert_eq!(parameter(&ask(&emulator, RETRIEVER, "&prompt=consent"), "prompt"), "consent");
}

#[test]
fn consent_of_a_tester_lapses_after_seven_days() {
    let emulator = approving();
    ask(&emulator, RETRIEVER, "");
    emulator.advance(Duration::from_secs(7 * 24 * 3600 + 1));
    assert_eq!(parameter(&ask(&emulator, RETRIEVER, ""), "prompt"), "consent");
}

#[test]
fn prompt_none_before_consent_is_the_error_of_the_switch() {
    let emulator = approving();
    assert_eq!(
        ask(&emulator, RETRIEVER, "&prompt=none"),
        "http://127.0.0.1:8085/?error=interaction_required&state=xyz&iss=https://accounts.google.com"
    );
    emulator.update_config(|config| {
        config.switches.prompt_none_error = PromptNoneError::AccessDenied;
        config.switches.iss_on_error = false;
    });
    assert_eq!(
        ask(&emulator, RETRIEVER, "&prompt=none"),
        "http://127.0.0.1:8085/?error=access_denied&state=xyz"
    );
}

#[test]
fn prompt_none_after_consent_gives_a_code() {
    let emulator = approving();
    ask(&emulator, RETRIEVER, "");
    assert!(parameter(&ask(&emulator, RETRIEVER, "&prompt=none"), "code").starts_with("4/0"));
}

#[test]
fn declined_consent_is_access_denied_without_description() {
    let emulator = approving();
    emulator.update_config(|config| {
        let mut approval = Approval::by("ada@example.com");
        approval.decline = true;
        config.approve = Some(approval);
    });
    let location = ask(&emulator, RETRIEVER, "");
    assert_eq!(
        location,
        "http://127.0.0.1:8085/?error=access_denied&state=xyz&iss=https://accounts.google.com"
    );
}

#[test]
fn unticked_scope_is_missing_from_redirect_and_reply() {
    let emulator = approving();
    emulator.update_config(|config| {
        let mut approval = Approval::by("ada@example.com");
        approval.untick.push(CLOUD.into());
        config.approve = Some(approval);
    });
    let location = ask(&emulator, &format!("{CLOUD} {RETRIEVER}"), "");
    assert_eq!(parameter(&location, "scope"), RETRIEVER);
    let reply = post_form(&emulator, "/token", &exchange_form(&parameter(&location, "code")));
    assert_eq!(reply.field("scope"), RETRIEVER);
}

#[test]
fn redirect_of_a_query_is_extended() {
    let emulator = approving();
    let query = authorize_query(RETRIEVER).replace("8085%2F", "8085%2Fcb%3Fa%3Db");
    let reply = get(&emulator, &format!("/o/oauth2/v2/auth?{query}"), "");
    assert!(
        reply.location().starts_with("http://127.0.0.1:8085/cb?a=b&state=xyz&iss="),
        "{reply:?}"
    );
}

#[test]
fn workspace_account_adds_its_domain() {
    let emulator = approving();
    emulator.update_config(|config| config.users[0].hd = Some("example.com".into()));
    let location = ask(&emulator, RETRIEVER, "");
    assert!(location.ends_with("&authuser=0&hd=example.com&prompt=consent"), "{location}");
}

#[test]
fn every_code_and_token_is_new() {
    let emulator = approving();
    assert_ne!(code(&emulator, RETRIEVER), code(&emulator, RETRIEVER));
    let (first, second) = (sign_in(&emulator, RETRIEVER), sign_in(&emulator, RETRIEVER));
    assert_ne!(first.field("access_token"), second.field("access_token"));
    assert_ne!(first.field("refresh_token"), second.field("refresh_token"));
}
