//! The Gemini API: models, and the guard's checks in their order.

use crate::wire::{CLOUD, RETRIEVER, Reply, approving, get, list_models, sign_in};
use hallpass_emulator::{Emulator, Lifecycle};
use std::time::Duration;

const CREDENTIALS: &str = "Request had invalid authentication credentials. Expected OAuth 2 access token, login \
    cookie or other valid authentication credential. See \
    https://developers.google.com/identity/sign-in/web/devconsole-project.";

/// Lists models as ada, with more headers.
fn list_with(emulator: &Emulator, headers: &str) -> Reply {
    let token = sign_in(emulator, RETRIEVER).field("access_token");
    get(emulator, "/v1beta/models", &format!("Authorization: Bearer {token}\r\n{headers}"))
}

/// The body on one line, without its layout.
fn flat(reply: &Reply) -> String {
    reply.body.lines().map(str::trim).collect::<String>().replace("\": ", "\":")
}

#[test]
fn model_has_the_fields_of_the_capture() {
    let emulator = approving();
    let token = sign_in(&emulator, RETRIEVER).field("access_token");
    let bearer = format!("Authorization: Bearer {token}\r\n");
    let reply = get(&emulator, "/v1beta/models/gemini-3.1-pro-preview", &bearer);
    assert_eq!(
        flat(&reply),
        r#"{"name":"models/gemini-3.1-pro-preview","version":"3.1-pro-preview-01-2026","displayName":"Gemini 3.1 Pro Preview","description":"Gemini 3.1 Pro Preview","inputTokenLimit":1048576,"outputTokenLimit":65536,"supportedGenerationMethods":["generateContent","countTokens","createCachedContent","batchGenerateContent"],"temperature":1,"topP":0.95,"topK":64,"maxTemperature":2,"thinking":true}"#
    );
    assert_eq!(reply.header("content-type"), Some("application/json; charset=UTF-8"));
    assert_eq!(reply.header("vary"), Some("Origin, X-Origin, Referer"));
}

#[test]
fn list_has_pages_of_fifty_and_a_token_for_the_next() {
    let emulator = approving();
    emulator.update_config(|config| config.extra_models = 90);
    let token = sign_in(&emulator, RETRIEVER).field("access_token");
    let page = |query: &str| {
        get(&emulator, &format!("/v1/models{query}"), &format!("Authorization: Bearer {token}\r\n"))
    };
    let count = |reply: &Reply| reply.body.matches("\"name\": \"models/").count();
    let first = page("");
    assert_eq!(count(&first), 50);
    let second = page(&format!("?pageToken={}", first.field("nextPageToken")));
    assert_eq!(count(&second), 50);
    let third = page(&format!("?page_token={}", second.field("nextPageToken")));
    assert_eq!(count(&third), 4);
    assert!(!third.body.contains("nextPageToken"));
    assert_eq!(count(&page("?pageSize=1000")), 104);
    assert_eq!(count(&page("?pageSize=7")), 7);
    assert_eq!(count(&page("?pageSize=0")), 50);
}

#[test]
fn page_never_holds_more_than_a_thousand() {
    let emulator = approving();
    emulator.update_config(|config| config.extra_models = 2000);
    let token = sign_in(&emulator, RETRIEVER).field("access_token");
    let reply =
        get(&emulator, "/v1/models?pageSize=5000", &format!("Authorization: Bearer {token}\r\n"));
    assert_eq!(reply.body.matches("\"name\": \"models/").count(), 1000);
}

#[test]
fn python_rest_query_is_understood() {
    let emulator = approving();
    let token = sign_in(&emulator, RETRIEVER).field("access_token");
    let target = "/v1beta/models?pageSize=50&$alt=json;enum-encoding=int";
    let reply = get(&emulator, target, &format!("Authorization: Bearer {token}\r\n"));
    assert_eq!(reply.status, 200);
    assert_eq!(reply.body.matches("\"name\": \"models/").count(), 14);
}

#[test]
fn bad_page_parameters_are_invalid_arguments() {
    let emulator = approving();
    let token = sign_in(&emulator, RETRIEVER).field("access_token");
    for query in ["pageSize=many", "pageSize=-1", "pageToken=garbage", "pageToken=bW9kZWxzOjk5OTk5"]
    {
        let reply = get(
            &emulator,
            &format!("/v1/models?{query}"),
            &format!("Authorization: Bearer {token}\r\n"),
        );
        assert_eq!(reply.status, 400, "{query}");
        assert_eq!(reply.field("status"), "INVALID_ARGUMENT");
    }
}

#[test]
fn unknown_query_parameter_is_an_invalid_argument_unless_switched() {
    let emulator = approving();
    let token = sign_in(&emulator, RETRIEVER).field("access_token");
    let bearer = format!("Authorization: Bearer {token}\r\n");
    let reply = get(&emulator, "/v1/models?page=2", &bearer);
    assert_eq!(reply.status, 400);
    assert!(
        reply.body.contains("Unknown name \\\"page\\\": Cannot bind query parameter."),
        "{}",
        reply.body
    );
    emulator.update_config(|config| config.switches.reject_unknown_query = false);
    assert_eq!(get(&emulator, "/v1/models?page=2", &bearer).status, 200);
}

#[test]
fn unknown_path_is_html() {
    let emulator = approving();
    for target in ["/v1/nothing", "/v2/models", "/v1/models/a/b", "/v1"] {
        let reply = get(&emulator, target, "");
        assert_eq!(
            (reply.status, reply.header("content-type")),
            (404, Some("text/html; charset=UTF-8"))
        );
    }
}

#[test]
fn no_credentials_is_row_1() {
    let reply = get(&approving(), "/v1/models", "");
    assert_eq!(reply.status, 403);
    assert_eq!(
        flat(&reply),
        r#"{"error":{"code":403,"message":"Method doesn't allow unregistered callers (callers without established identity). Please use API Key or other form of API consumer identity to call this API.","status":"PERMISSION_DENIED"}}"#
    );
}

#[test]
fn garbage_token_is_row_2() {
    let emulator = approving();
    let reply = list_models(&emulator, "garbage");
    assert_eq!(reply.status, 401);
    let info = r#"{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"ACCESS_TOKEN_TYPE_UNSUPPORTED","metadata":{"method":"google.ai.generativelanguage.v1.ModelService.ListModels","service":"generativelanguage.googleapis.com"}}"#;
    assert_eq!(
        flat(&reply),
        format!(
            r#"{{"error":{{"code":401,"message":"{CREDENTIALS}","status":"UNAUTHENTICATED","details":[{info}]}}}}"#
        )
    );
    emulator.update_config(|config| config.switches.error_info_domain_omitted = false);
    assert_eq!(list_models(&emulator, "garbage").field("domain"), "googleapis.com");
}

#[test]
fn expired_token_is_row_3() {
    let emulator = approving();
    let token = sign_in(&emulator, RETRIEVER).field("access_token");
    emulator.advance(Duration::from_secs(7200));
    let reply = list_models(&emulator, &token);
    assert_eq!((reply.status, reply.field("message").as_str()), (401, CREDENTIALS));
    assert_eq!(reply.field("reason"), "ACCESS_TOKEN_EXPIRED");
    assert_eq!(
        reply.header("www-authenticate"),
        Some(r#"Bearer realm="https://accounts.google.com/", error="invalid_token""#)
    );
    emulator.update_config(|config| config.switches.www_authenticate_error_param = false);
    let reply = list_models(&emulator, &token);
    assert_eq!(
        reply.header("www-authenticate"),
        Some(r#"Bearer realm="https://accounts.google.com/""#)
    );
}

#[test]
fn cloud_platform_alone_is_row_5_unless_switched() {
    let emulator = approving();
    let token = sign_in(&emulator, CLOUD).field("access_token");
    let reply = get(&emulator, "/v1beta/models", &format!("Authorization: Bearer {token}\r\n"));
    assert_eq!(reply.status, 403);
    assert_eq!(
        flat(&reply),
        r#"{"error":{"code":403,"message":"Request had insufficient authentication scopes.","status":"PERMISSION_DENIED","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"ACCESS_TOKEN_SCOPE_INSUFFICIENT","domain":"googleapis.com","metadata":{"service":"generativelanguage.googleapis.com","method":"google.ai.generativelanguage.v1beta.ModelService.ListModels"}}]}}"#
    );
    assert_eq!(
        reply.header("www-authenticate"),
        Some(
            r#"Bearer realm="https://accounts.google.com/", error="insufficient_scope", scope="https://www.googleapis.com/auth/generative-language https://www.googleapis.com/auth/generative-language.tuning https://www.googleapis.com/auth/generative-language.tuning.readonly https://www.googleapis.com/auth/generative-language.retriever https://www.googleapis.com/auth/generative-language.retriever.readonly""#
        )
    );
    emulator.update_config(|config| config.switches.accept_cloud_platform = true);
    assert_eq!(list_models(&emulator, &token).status, 200);
}

#[test]
fn legacy_errors_come_by_switch() {
    let emulator = approving();
    emulator.update_config(|config| config.switches.legacy_errors_array = true);
    let token = sign_in(&emulator, CLOUD).field("access_token");
    let reply = list_models(&emulator, &token);
    let errors = r#""errors":[{"domain":"global","message":"Insufficient Permission","reason":"insufficientPermissions"}]"#;
    assert!(flat(&reply).contains(errors), "{}", reply.body);
}

#[test]
fn per_user_quota_scope_opens_the_api_by_switch() {
    let emulator = approving();
    let scope = "https://www.googleapis.com/auth/generative-language.peruserquota";
    let token = sign_in(&emulator, scope).field("access_token");
    assert_eq!(list_models(&emulator, &token).status, 200);
    emulator.update_config(|config| config.switches.accept_peruserquota = false);
    assert_eq!(list_models(&emulator, &token).status, 403);
}

#[test]
fn disabled_service_is_row_6() {
    let emulator = approving();
    emulator.update_config(|config| config.projects[0].services.clear());
    let reply = list_with(&emulator, "");
    assert_eq!(reply.status, 403);
    let url = "https://console.developers.google.com/apis/api/generativelanguage.googleapis.com/overview?project=710000000001";
    let text = format!(
        "Generative Language API has not been used in project 710000000001 before or it is disabled. Enable it \
         by visiting {url} then retry. If you enabled this API recently, wait a few minutes for the action to \
         propagate to our systems and retry."
    );
    assert_eq!(
        flat(&reply),
        format!(
            r#"{{"error":{{"code":403,"message":"{text}","status":"PERMISSION_DENIED","details":[{{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"SERVICE_DISABLED","domain":"googleapis.com","metadata":{{"containerInfo":"710000000001","activationUrl":"{url}","serviceTitle":"Generative Language API","service":"generativelanguage.googleapis.com","consumer":"projects/710000000001"}}}},{{"@type":"type.googleapis.com/google.rpc.LocalizedMessage","locale":"en-US","message":"{text}"}},{{"@type":"type.googleapis.com/google.rpc.Help","links":[{{"description":"Google developers console API activation","url":"{url}"}}]}}]}}}}"#
        )
    );
}

#[test]
fn gcloud_client_without_quota_project_is_row_7() {
    let emulator = approving();
    emulator.update_config(|config| config.projects[0].number = 764_086_051_850);
    let reply = list_with(&emulator, "");
    assert_eq!(reply.status, 403);
    assert!(
        reply
            .field("message")
            .starts_with("Your application is authenticating by using local Application")
    );
    let metadata = r#""metadata":{"service":"generativelanguage.googleapis.com","consumer":"projects/764086051850"}"#;
    assert!(flat(&reply).contains(metadata), "{}", reply.body);
    assert_eq!(list_with(&emulator, "x-goog-user-project: demo-project\r\n").status, 200);
}

#[test]
fn strict_switch_demands_a_quota_project_of_everyone() {
    let emulator = approving();
    emulator.update_config(|config| config.switches.strict_quota_project = true);
    assert_eq!(list_with(&emulator, "").status, 403);
    assert_eq!(list_with(&emulator, "x-goog-user-project: demo-project\r\n").status, 200);
}

#[test]
fn quota_project_without_permission_is_row_8() {
    let reply = list_with(&approving(), "x-goog-user-project: other-project\r\n");
    assert_eq!(reply.status, 403);
    let url = "https://console.developers.google.com/iam-admin/iam/project?project=other-project";
    assert_eq!(
        flat(&reply),
        format!(
            r#"{{"error":{{"code":403,"message":"Caller does not have required permission to use project other-project. Grant the caller the roles/serviceusage.serviceUsageConsumer role, or a custom role with the serviceusage.services.use permission, by visiting {url} and then retry. Propagation of the new permission may take a few minutes.","status":"PERMISSION_DENIED","details":[{{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"USER_PROJECT_DENIED","domain":"googleapis.com","metadata":{{"containerInfo":"other-project","consumer":"projects/other-project","service":"generativelanguage.googleapis.com"}}}},{{"@type":"type.googleapis.com/google.rpc.Help","links":[{{"description":"Google developer console IAM admin","url":"{url}"}}]}}]}}}}"#
        )
    );
}

#[test]
fn own_project_needs_the_permission_too_once_it_is_named() {
    let emulator = approving();
    emulator.update_config(|config| config.projects[0].permissions.clear());
    assert_eq!(list_with(&emulator, "").status, 200);
    assert_eq!(list_with(&emulator, "x-goog-user-project: demo-project\r\n").status, 403);
}

#[test]
fn quota_project_that_was_deleted_is_row_9() {
    let emulator = approving();
    let token = sign_in(&emulator, RETRIEVER).field("access_token");
    emulator.update_config(|config| {
        let mut gone = config.projects[0].clone();
        gone.id = "gone-project".into();
        gone.lifecycle = Lifecycle::Deleted;
        gone.clients.clear();
        config.projects.push(gone);
    });
    let headers = format!("Authorization: Bearer {token}\r\nx-goog-user-project: gone-project\r\n");
    let reply = get(&emulator, "/v1/models", &headers);
    assert_eq!(
        (reply.status, reply.field("message").as_str()),
        (403, "Project gone-project has been deleted.")
    );
    assert_eq!(reply.field("reason"), "USER_PROJECT_DENIED");
}

#[test]
fn missing_model_is_row_10() {
    let emulator = approving();
    let token = sign_in(&emulator, RETRIEVER).field("access_token");
    let reply =
        get(&emulator, "/v1beta/models/gemini-0", &format!("Authorization: Bearer {token}\r\n"));
    assert_eq!(
        flat(&reply),
        r#"{"error":{"code":404,"message":"Model is not found: models/gemini-0 for api version v1beta","status":"NOT_FOUND"}}"#
    );
}

#[test]
fn bad_key_is_row_13_and_a_good_one_lists() {
    let emulator = approving();
    emulator.update_config(|config| config.projects[0].api_keys = vec!["good".into()]);
    let reply = get(&emulator, "/v1/models?key=bad", "");
    assert_eq!(reply.status, 400);
    assert_eq!(
        flat(&reply),
        r#"{"error":{"code":400,"message":"API key not valid. Please pass a valid API key.","status":"INVALID_ARGUMENT","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"API_KEY_INVALID","domain":"googleapis.com","metadata":{"service":"generativelanguage.googleapis.com"}},{"@type":"type.googleapis.com/google.rpc.LocalizedMessage","locale":"en-US","message":"API key not valid. Please pass a valid API key."}]}}"#
    );
    assert_eq!(get(&emulator, "/v1/models?key=good", "").status, 200);
    assert_eq!(get(&emulator, "/v1/models", "x-goog-api-key: good\r\n").status, 200);
    assert_eq!(list_models(&emulator, "good").field("reason"), "ACCESS_TOKEN_TYPE_UNSUPPORTED");
}

#[test]
fn key_and_token_together_are_overloaded_credentials() {
    let emulator = approving();
    let reply = list_with(&emulator, "x-goog-api-key: emulator-api-key\r\n");
    let body = r#"{"error":{"code":401,"message":"API key for authentication is used with other authentication credentials. Expected only one form of authentication.","status":"UNAUTHENTICATED","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"OVERLOADED_CREDENTIALS","domain":"googleapis.com","metadata":{"method":"google.ai.generativelanguage.v1beta.ModelService.ListModels","service":"generativelanguage.googleapis.com"}}]}}"#;
    assert_eq!((reply.status, flat(&reply).as_str()), (401, body));
    let token = sign_in(&emulator, RETRIEVER).field("access_token");
    let bearer = format!("Authorization: Bearer {token}\r\n");
    let key = "x-goog-api-key: emulator-api-key\r\n";
    for (query, headers) in [
        ("key=emulator-api-key".to_owned(), bearer.as_str()),
        (format!("access_token={token}"), key),
        (format!("key=emulator-api-key&oauth_token={token}"), ""),
    ] {
        let reply = get(&emulator, &format!("/v1beta/models?{query}"), headers);
        assert_eq!((reply.status, flat(&reply).as_str()), (401, body), "{query}");
    }
    let bad = list_with(&emulator, "x-goog-api-key: nonsense\r\n");
    assert!(bad.status == 400 && bad.body.contains("API_KEY_INVALID"), "{}", bad.body);
    emulator.update_config(|config| config.switches.overloaded_before_key = true);
    assert_eq!(list_with(&emulator, "x-goog-api-key: nonsense\r\n").status, 401);
}

#[test]
fn methods_are_the_same_in_every_version_unless_v1_is_as_its_protos() {
    let emulator = approving();
    let token = sign_in(&emulator, RETRIEVER).field("access_token");
    let bearer = format!("Authorization: Bearer {token}\r\n");
    for version in ["v1", "v1beta", "v1alpha"] {
        assert_eq!(get(&emulator, &format!("/{version}/models"), &bearer).status, 200, "{version}");
        let missing = get(&emulator, &format!("/{version}/models/gemini-0"), &bearer);
        let words = format!("Model is not found: models/gemini-0 for api version {version}");
        assert_eq!(missing.field("message"), words);
    }
    assert_eq!(get(&emulator, "/v1beta2/models", &bearer).status, 404);
}

#[test]
fn checks_come_in_order_token_scope_permission_service_parameter_resource() {
    let emulator = approving();
    emulator.update_config(|config| config.projects[0].services.clear());
    let target = "/v1/models/gemini-0?nonsense=1";
    let ask = |token: &str, project: &str| {
        let headers =
            format!("Authorization: Bearer {token}\r\nx-goog-user-project: {project}\r\n");
        get(&emulator, target, &headers)
    };
    let narrow = sign_in(&emulator, CLOUD).field("access_token");
    let token = sign_in(&emulator, RETRIEVER).field("access_token");
    assert_eq!(ask("garbage", "other").field("reason"), "ACCESS_TOKEN_TYPE_UNSUPPORTED");
    assert_eq!(ask(&narrow, "other").field("reason"), "ACCESS_TOKEN_SCOPE_INSUFFICIENT");
    assert_eq!(ask(&token, "other").field("reason"), "USER_PROJECT_DENIED");
    assert_eq!(ask(&token, "demo-project").field("reason"), "SERVICE_DISABLED");
    emulator
        .update_config(|c| c.projects[0].services.push("generativelanguage.googleapis.com".into()));
    assert_eq!(ask(&token, "demo-project").field("status"), "INVALID_ARGUMENT");
    emulator.update_config(|config| config.switches.reject_unknown_query = false);
    assert_eq!(ask(&token, "demo-project").field("status"), "NOT_FOUND");
}
