//! Refusals by policy or load, as the configuration orders them.

use crate::wire::{
    CLIENT_ID, RETRIEVER, Reply, approving, authorize_query, code, exchange_form, get, post_form,
    refresh_form, send, sign_in,
};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE;
use hallpass_emulator::Emulator;

fn order(emulator: &Emulator, outcome: &str) -> Reply {
    let body = format!(r#"{{"outcomes":[{{{outcome}}}]}}"#);
    let json = "Content-Type: application/json\r\n";
    send(emulator, "PATCH /emulator/v1/config", json, &body)
}

#[track_caller]
fn blocked(result: &str, footer: &str, message: &str) {
    let emulator = approving();
    assert_eq!(order(&emulator, &format!(r#""result":"{result}""#)).status, 200);
    let reply = get(&emulator, &format!("/o/oauth2/v2/auth?{}", authorize_query(RETRIEVER)), "");
    let path = reply.location().strip_prefix(emulator.url().as_str()).expect("the emulator's page");
    let blob = path.strip_prefix("/signin/oauth/error?authError=").expect("the error page");
    let blob = blob.split('&').next().unwrap().replace("%3D", "=");
    let blob = String::from_utf8_lossy(&BASE64_URL_SAFE.decode(blob).unwrap()).into_owned();
    assert!(blob.contains(message), "{blob:?}");
    let page = get(&emulator, path, "");
    assert!(page.status == 200 && page.body.contains(footer), "{page:?}");
}

#[track_caller]
fn refused(result: &str, status: u16, rest: &str) {
    let emulator = approving();
    let tokens = sign_in(&emulator, RETRIEVER);
    let code = code(&emulator, RETRIEVER);
    order(&emulator, &format!(r#""result":"{result}""#));
    let body = format!("{{\n  \"error\": {rest}\n}}");
    for form in [refresh_form(&tokens.field("refresh_token")), exchange_form(&code)] {
        let reply = post_form(&emulator, "/token", &form);
        assert_eq!((reply.status, reply.body.as_str()), (status, body.as_str()));
    }
}

#[test]
fn login_hint_of_a_foreign_domain_is_row_4() {
    let text = "Permission denied to generate login hint for target domain.";
    blocked("login_hint_denied", "Error 400: invalid_request", text);
}

#[test]
fn unregistered_javascript_origin_is_row_7() {
    let text = "register the JavaScript origin in the Google Cloud Console.";
    blocked("origin_mismatch", "Error 400: redirect_uri_mismatch", text);
    let detail = "\x06origin\x12\x15http://127.0.0.1:8085";
    blocked("origin_mismatch", "Error 400: redirect_uri_mismatch", detail);
}

#[test]
fn embedded_web_view_is_row_12() {
    blocked("disallowed_useragent", "Error 403: disallowed_useragent", "disallowed_useragent");
}

#[test]
fn policy_of_an_administrator_is_row_13() {
    blocked("admin_policy_enforced", "Error 400: admin_policy_enforced", "administrator");
}

#[test]
fn restricted_client_is_row_14() {
    let text = "This app is not yet configured to make OAuth requests";
    blocked("restricted_client", "Error 403: restricted_client", text);
}

#[test]
fn scope_that_the_client_never_registered_is_row_14_too() {
    let emulator = approving();
    emulator.update_config(|config| {
        config.projects[0].clients[0].registered_scopes = Some(vec!["openid".into()]);
    });
    let ask =
        |scope: &str| get(&emulator, &format!("/o/oauth2/v2/auth?{}", authorize_query(scope)), "");
    let path = ask(RETRIEVER).location().replace(emulator.url().as_str(), "");
    let page = get(&emulator, &path, "");
    let text = format!("Unregistered scope(s) in the request: {RETRIEVER}");
    assert!(
        page.body.contains(&text) && page.body.contains("Error 403: restricted_client"),
        "{page:?}"
    );
    assert!(ask("openid").location().starts_with("http://127.0.0.1:8085/?"));
}

#[test]
fn too_many_new_users_are_row_15() {
    blocked("rate_limit_exceeded", "Error 403: rate_limit_exceeded", "rate limit");
}

#[test]
fn unconfigured_education_account_is_row_16() {
    blocked("access_not_configured", "Error 400: access_not_configured", "access_not_configured");
}

#[test]
fn server_error_is_row_19() {
    blocked("server_error", "Error 500: server_error", "That's an error.");
}

#[test]
fn organisation_and_suspension_can_be_ordered_too() {
    blocked("org_internal", "Error 403: org_internal", "within its organization");
    blocked("disabled_client", "Error 401: disabled_client", "The OAuth client was disabled.");
}

#[test]
fn account_deleted_or_restricted_ends_its_tokens() {
    let text = "\"invalid_grant\",\n  \"error_description\": \"Account has been deleted\"";
    refused("account_deleted", 400, text);
    let text = "\"access_denied\",\n  \"error_description\": \"Account restricted\"";
    refused("account_restricted", 403, text);
}

#[test]
fn session_control_asks_for_a_new_sign_in() {
    refused(
        "invalid_rapt",
        400,
        "\"invalid_grant\",\n  \"error_description\": \"reauth related error (invalid_rapt)\",\n  \
         \"error_subtype\": \"invalid_rapt\",\n  \"error_uri\": \"https://support.google.com/a/answer/9368756\"",
    );
    refused(
        "rapt_required",
        400,
        "\"invalid_grant\",\n  \"error_description\": \"reauth related error (rapt_required)\",\n  \
         \"error_subtype\": \"rapt_required\"",
    );
}

#[test]
fn client_without_authority_is_refused() {
    let text = "\"access_denied\",\n  \"error_description\": \"Requested client not authorized\"";
    refused("client_not_authorized", 403, text);
    let text = "\"unauthorized_client\",\n  \"error_description\": \"Unauthorized client or scope in request.\"";
    refused("unauthorized_client", 401, text);
    let text = "\"disabled_client\",\n  \"error_description\": \"The OAuth client was disabled.\"";
    refused("disabled_client", 401, text);
}

#[test]
fn policy_and_organisation_are_refused_at_the_token_endpoint() {
    refused(
        "admin_policy_enforced",
        400,
        "\"admin_policy_enforced\",\n  \"error_description\": \"Access to the app is blocked by your \
         organization's administrator.\"",
    );
    refused(
        "org_internal",
        403,
        "\"org_internal\",\n  \"error_description\": \"This client is restricted to users within its \
         organization.\"",
    );
}

#[test]
fn load_and_faults_of_the_token_endpoint_can_be_ordered() {
    let text = "\"rate_limit_exceeded\",\n  \"error_description\": \"Rate Limit Exceeded\"";
    refused("rate_limit_exceeded", 403, text);
    refused("too_many_requests", 429, text);
    let text = "\"internal_failure\",\n  \"error_description\": \"Backend Error\"";
    refused("server_error", 500, text);
    refused("unavailable", 503, text);
}

#[test]
fn outcome_meets_only_those_that_it_names() {
    let emulator = approving();
    let form = refresh_form(&sign_in(&emulator, RETRIEVER).field("refresh_token"));
    let status = |outcome: &str| {
        order(&emulator, &format!(r#"{outcome},"result":"account_deleted""#));
        post_form(&emulator, "/token", &form).status
    };
    assert_eq!(status(r#""account":"eve@example.com""#), 200);
    assert_eq!(status(r#""client_id":"other""#), 200);
    assert_eq!(status(r#""project":"other""#), 200);
    assert_eq!(status(r#""account":"ada@example.com","client_id":"other""#), 200);
    assert_eq!(status(r#""account":"ada@example.com""#), 400);
    assert_eq!(status(&format!(r#""client_id":"{CLIENT_ID}""#)), 400);
    assert_eq!(status(r#""project":"demo-project""#), 400);
    assert_eq!(order(&emulator, r#""result":"unheard_of""#).status, 400);
}
