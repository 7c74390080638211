//! The token endpoint: the code exchange, its errors and its success.

use crate::wire::{
    CHALLENGE, CLIENT_ID, CLIENT_SECRET, RETRIEVER, Reply, VERIFIER, approving, authorize_query,
    code, encoded, exchange_form, get, list_models, parameter, post_form, send, sign_in,
};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use hallpass_emulator::{
    ClientKind, CodeReuseText, Emulator, Lifecycle, Publishing, WrongSecretText,
};
use std::time::Duration;

#[track_caller]
fn refused(reply: &Reply, status: u16, error: &str, description: &str) {
    let body =
        format!("{{\n  \"error\": \"{error}\",\n  \"error_description\": \"{description}\"\n}}");
    assert_eq!((reply.status, reply.body.as_str()), (status, body.as_str()));
}

/// Exchanges a good code with one replacement in the form.
fn with(from: &str, to: &str) -> Reply {
    let emulator = approving();
    let form = exchange_form(&code(&emulator, RETRIEVER));
    assert!(form.contains(from));
    post_form(&emulator, "/token", &form.replace(from, to))
}

#[test]
fn success_is_pretty_printed_with_google_keys() {
    let reply = sign_in(&approving(), RETRIEVER);
    let (access, refresh) = (reply.field("access_token"), reply.field("refresh_token"));
    assert_eq!(
        reply.body,
        format!(
            "{{\n  \"access_token\": \"{access}\",\n  \"expires_in\": 3599,\n  \"refresh_token\": \"{refresh}\",\n  \
             \"scope\": \"{RETRIEVER}\",\n  \"token_type\": \"Bearer\",\n  \"refresh_token_expires_in\": 604799\n}}"
        )
    );
    assert!(access.starts_with("ya29.") && refresh.starts_with("1//0"), "{access} {refresh}");
    assert_eq!(reply.header("content-type"), Some("application/json; charset=utf-8"));
    assert_eq!(
        reply.header("cache-control"),
        Some("no-cache, no-store, max-age=0, must-revalidate")
    );
    assert_eq!(reply.header("pragma"), Some("no-cache"));
}

#[test]
fn app_in_production_has_no_refresh_token_expiry() {
    let emulator = approving();
    emulator.update_config(|c| c.projects[0].consent_screen.publishing = Publishing::Production);
    let reply = sign_in(&emulator, RETRIEVER);
    assert!(!reply.body.contains("refresh_token_expires_in"), "{}", reply.body);
}

#[test]
fn identity_scopes_alone_have_no_refresh_token_expiry() {
    let reply = sign_in(&approving(), "openid email");
    assert!(!reply.body.contains("refresh_token_expires_in"), "{}", reply.body);
}

#[test]
fn client_may_authenticate_by_basic() {
    let emulator = approving();
    let code = code(&emulator, RETRIEVER);
    let basic = BASE64_STANDARD.encode(format!("{CLIENT_ID}:{CLIENT_SECRET}"));
    let body = format!(
        "grant_type=authorization_code&code={}&redirect_uri=http%3A%2F%2F127.0.0.1%3A8085%2F\
         &code_verifier={VERIFIER}",
        encoded(&code)
    );
    let headers = format!(
        "Authorization: Basic {basic}\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    );
    assert_eq!(send(&emulator, "POST /token", &headers, &body).status, 200);
}

#[test]
fn plain_challenge_is_its_own_verifier() {
    let emulator = approving();
    for method in ["&code_challenge_method=plain", ""] {
        let query = authorize_query(RETRIEVER).replace("&code_challenge_method=S256", method);
        let reply = get(&emulator, &format!("/o/oauth2/v2/auth?{query}"), "");
        let form = exchange_form(&parameter(reply.location(), "code"));
        let wrong = post_form(&emulator, "/token", &form);
        refused(&wrong, 400, "invalid_grant", "Invalid code verifier.");
        assert_eq!(post_form(&emulator, "/token", &form.replace(VERIFIER, CHALLENGE)).status, 200);
    }
}

#[test]
fn get_is_method_not_allowed() {
    assert_eq!(get(&approving(), "/token", "").status, 405);
}

#[test]
fn unknown_grant_type_is_echoed() {
    refused(
        &with("grant_type=authorization_code", "grant_type=magic"),
        400,
        "unsupported_grant_type",
        "Invalid grant_type: magic",
    );
}

#[test]
fn body_that_is_no_form_has_no_grant_type() {
    let emulator = approving();
    let headers = "Content-Type: multipart/form-data; boundary=x\r\n";
    let body = "--x\r\nContent-Disposition: form-data; name=\"grant_type\"\r\n\r\nrefresh_token\r\n--x--\r\n";
    let reply = send(&emulator, "POST /token", headers, body);
    refused(&reply, 400, "unsupported_grant_type", "Invalid grant_type: ");
}

#[test]
fn missing_client_id_is_named() {
    let reply = with(&format!("&client_id={CLIENT_ID}"), "");
    refused(&reply, 400, "invalid_request", "Could not determine client ID from request.");
}

#[test]
fn empty_basic_header_is_a_bad_request() {
    let headers = "Authorization: Basic \r\nContent-Type: application/x-www-form-urlencoded\r\n";
    for headers in [headers, &headers.replace("Basic ", "Basic Og==")] {
        let reply = send(&approving(), "POST /token", headers, "grant_type=refresh_token");
        refused(&reply, 400, "invalid_request", "Bad Request");
    }
}

#[test]
fn unknown_client_is_not_found() {
    refused(&with(CLIENT_ID, "nobody"), 401, "invalid_client", "The OAuth client was not found.");
}

#[test]
fn deleted_and_disabled_clients_are_refused() {
    let emulator = approving();
    let form = exchange_form(&code(&emulator, RETRIEVER));
    emulator.update_config(|config| config.projects[0].clients[0].lifecycle = Lifecycle::Deleted);
    refused(
        &post_form(&emulator, "/token", &form),
        401,
        "deleted_client",
        "The OAuth client was deleted.",
    );
    emulator.update_config(|config| config.projects[0].clients[0].lifecycle = Lifecycle::Disabled);
    refused(
        &post_form(&emulator, "/token", &form),
        401,
        "disabled_client",
        "The OAuth client was disabled.",
    );
}

#[test]
fn desktop_client_must_send_its_secret_even_with_pkce() {
    let reply = with(&format!("&client_secret={CLIENT_SECRET}"), "");
    refused(&reply, 400, "invalid_request", "client_secret is missing.");
}

#[test]
fn wrong_secret_has_the_words_of_the_switch() {
    let emulator = approving();
    let form = exchange_form(&code(&emulator, RETRIEVER)).replace(CLIENT_SECRET, "wrong");
    let reply = post_form(&emulator, "/token", &form);
    refused(&reply, 401, "invalid_client", "The provided client secret is invalid.");
    emulator.update_config(|c| c.switches.wrong_secret_text = WrongSecretText::Unauthorized);
    refused(&post_form(&emulator, "/token", &form), 401, "invalid_client", "Unauthorized");
}

#[test]
fn missing_fields_are_named() {
    let reply = with("&redirect_uri=http%3A%2F%2F127.0.0.1%3A8085%2F", "");
    refused(&reply, 400, "invalid_request", "Missing parameter: redirect_uri");
    refused(&with("&code=4", "&x=4"), 400, "invalid_request", "Missing required parameter: code");
}

#[test]
fn redirect_uri_must_be_repeated_exactly() {
    let reply = with("127.0.0.1%3A8085%2F", "127.0.0.1%3A8085");
    refused(&reply, 400, "redirect_uri_mismatch", "Bad Request");
}

#[test]
fn garbage_and_still_encoded_codes_are_malformed() {
    refused(&with("code=4%2F", "code=x"), 400, "invalid_grant", "Malformed auth code.");
    refused(&with("code=4%2F", "code=4%252F"), 400, "invalid_grant", "Malformed auth code.");
}

#[test]
fn unknown_code_is_a_bad_request() {
    refused(&with("code=4%2F0A", "code=4%2F0B"), 400, "invalid_grant", "Bad Request");
}

#[test]
fn verifier_is_demanded_and_checked() {
    let missing = with(&format!("&code_verifier={VERIFIER}"), "");
    refused(&missing, 400, "invalid_grant", "Missing code verifier.");
    let wrong = with(VERIFIER, &VERIFIER.replace('d', "e"));
    refused(&wrong, 400, "invalid_grant", "Invalid code verifier.");
}

#[test]
fn code_lives_ten_minutes() {
    let emulator = approving();
    let form = exchange_form(&code(&emulator, RETRIEVER));
    emulator.advance(Duration::from_secs(601));
    refused(&post_form(&emulator, "/token", &form), 400, "invalid_grant", "Bad Request");
}

#[test]
fn code_works_once_and_its_reuse_ends_the_tokens() {
    let emulator = approving();
    let form = exchange_form(&code(&emulator, RETRIEVER));
    let tokens = post_form(&emulator, "/token", &form);
    refused(&post_form(&emulator, "/token", &form), 400, "invalid_grant", "Bad Request");
    assert_eq!(list_models(&emulator, &tokens.field("access_token")).status, 401);
}

#[test]
fn code_reuse_spares_the_tokens_by_switch() {
    let emulator = approving();
    emulator.update_config(|config| {
        config.switches.code_reuse_revokes = false;
        config.switches.code_reuse_text = CodeReuseText::AlreadyRedeemed;
    });
    let form = exchange_form(&code(&emulator, RETRIEVER));
    let tokens = post_form(&emulator, "/token", &form);
    refused(
        &post_form(&emulator, "/token", &form),
        400,
        "invalid_grant",
        "Code was already redeemed.",
    );
    assert_eq!(list_models(&emulator, &tokens.field("access_token")).status, 200);
}

#[test]
fn account_that_is_gone_is_refused() {
    let emulator = approving();
    let form = exchange_form(&code(&emulator, RETRIEVER));
    emulator.update_config(|config| {
        config.approve = None;
        config.users.clear();
    });
    refused(
        &post_form(&emulator, "/token", &form),
        400,
        "invalid_grant",
        "Account has been deleted",
    );
}

fn repeat_has_refresh_token(emulator: &Emulator, more: &str) -> bool {
    let reply =
        get(emulator, &format!("/o/oauth2/v2/auth?{}{more}", authorize_query(RETRIEVER)), "");
    let form = exchange_form(&parameter(reply.location(), "code"));
    post_form(emulator, "/token", &form).body.contains("refresh_token\"")
}

#[test]
fn desktop_client_gets_a_refresh_token_every_time_unless_switched() {
    let emulator = approving();
    sign_in(&emulator, RETRIEVER);
    assert!(repeat_has_refresh_token(&emulator, ""));
    emulator.update_config(|c| c.switches.refresh_token_on_repeat_consent = false);
    assert!(!repeat_has_refresh_token(&emulator, ""));
    assert!(repeat_has_refresh_token(&emulator, "&prompt=consent"));
}

#[test]
fn web_client_gets_a_refresh_token_only_with_offline_access() {
    let emulator = approving();
    emulator.update_config(|config| {
        config.projects[0].clients[0].kind = ClientKind::Web;
        config.projects[0].clients[0].redirect_uris = vec!["http://127.0.0.1:8085/".into()];
    });
    let query = authorize_query(RETRIEVER).replace("&access_type=offline", "");
    let reply = get(&emulator, &format!("/o/oauth2/v2/auth?{query}"), "");
    let online =
        post_form(&emulator, "/token", &exchange_form(&parameter(reply.location(), "code")));
    assert!(online.status == 200 && !online.body.contains("refresh_token\""), "{}", online.body);
    assert!(repeat_has_refresh_token(&emulator, "&prompt=consent"));
    assert!(!repeat_has_refresh_token(&emulator, ""));
}
