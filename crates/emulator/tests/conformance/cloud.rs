//! Service Usage and Resource Manager, as gcloud and setup tools ask them.

use crate::generate::flat;
use crate::wire::{CLOUD, RETRIEVER, Reply, approving, get, list_models, send, sign_in};
use hallpass_emulator::Emulator;
use std::time::Duration;

const JSON: &str = "Content-Type: application/json\r\n";
const VISION: &str = "/v1/projects/demo-project/services/vision.googleapis.com";
const TEST: &str = "/v1/projects/demo-project:testIamPermissions";
const ASKED: &str = r#"{"permissions": ["serviceusage.services.use"]}"#;

fn post(emulator: &Emulator, target: &str, headers: &str, body: &str) -> Reply {
    let token = sign_in(emulator, CLOUD).field("access_token");
    let headers = format!("Authorization: Bearer {token}\r\n{JSON}{headers}");
    send(emulator, &format!("POST {target}"), &headers, body)
}

fn service(emulator: &Emulator, target: &str) -> Reply {
    let token = sign_in(emulator, CLOUD).field("access_token");
    get(emulator, target, &format!("Authorization: Bearer {token}\r\n"))
}

fn with_resource_manager() -> Emulator {
    let emulator = approving();
    emulator.update_config(|config| {
        config.projects[0].services.push("cloudresourcemanager.googleapis.com".into());
    });
    emulator
}

#[test]
fn enabling_a_service_gives_an_operation_that_is_done() {
    let emulator = approving();
    let shown = r#""done":true,"name":"NAME","response":{"@type":"type.googleapis.com/google.api.serviceusage.v1.EnableServiceResponse","service":{"config":{"name":"vision.googleapis.com"},"name":"projects/710000000001/services/vision.googleapis.com","parent":"projects/710000000001","state":"ENABLED"}}}"#;
    let operation = |name: &str| format!("{{{}", shown.replace("NAME", name));
    let first = post(&emulator, &format!("{VISION}:enable"), "", "{}");
    let name = "operations/acf.p2-710000000001-vision.googleapis.com";
    assert_eq!((first.status, flat(&first)), (200, operation(name)));
    let again = post(&emulator, &format!("{VISION}:enable?alt=json"), "", "");
    assert_eq!(flat(&again), operation("operations/noop.DONE_OPERATION"));
    let listed = emulator.config().projects[0].services.clone();
    assert_eq!(listed.iter().filter(|one| *one == "vision.googleapis.com").count(), 1);
}

#[test]
fn service_shows_whether_it_is_enabled() {
    let emulator = approving();
    let shown = r#"{"config":{"name":"vision.googleapis.com"},"name":"projects/710000000001/services/vision.googleapis.com","parent":"projects/710000000001","state":"DISABLED"}"#;
    assert_eq!(flat(&service(&emulator, VISION)), shown);
    let by_number = VISION.replace("demo-project", "710000000001");
    assert_eq!(post(&emulator, &format!("{by_number}:enable"), "", "{}").status, 200);
    assert_eq!(service(&emulator, VISION).field("state"), "ENABLED");
}

#[test]
fn enabled_service_answers_at_once() {
    let emulator = approving();
    emulator.update_config(|config| config.projects[0].services.remove(0).clear());
    let token = sign_in(&emulator, RETRIEVER).field("access_token");
    assert_eq!(list_models(&emulator, &token).field("reason"), "SERVICE_DISABLED");
    let target = "/v1/projects/demo-project/services/generativelanguage.googleapis.com:enable";
    assert_eq!(post(&emulator, target, "", "{}").status, 200);
    assert_eq!(list_models(&emulator, &token).status, 200);
}

#[test]
fn enabling_without_permission_is_refused() {
    let emulator = approving();
    emulator.update_config(|config| config.projects[0].permissions.clear());
    let info = r#"{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"AUTH_PERMISSION_DENIED","domain":"serviceusage.googleapis.com"}"#;
    let refused = |verb: &str| {
        format!(
            r#"{{"error":{{"code":403,"message":"Permission denied to {verb} service [vision.googleapis.com]","status":"PERMISSION_DENIED","details":[{info}]}}}}"#
        )
    };
    assert_eq!(flat(&post(&emulator, &format!("{VISION}:enable"), "", "{}")), refused("enable"));
    assert_eq!(flat(&service(&emulator, VISION)), refused("get"));
    let elsewhere = VISION.replace("demo-project", "no-project");
    assert_eq!(flat(&service(&emulator, &elsewhere)), refused("get"));
    assert!(!emulator.config().projects[0].services.contains(&"vision.googleapis.com".into()));
}

#[test]
fn service_that_does_not_exist_is_refused() {
    let reply = service(&approving(), "/v1/projects/demo-project/services/nonsense");
    assert_eq!(
        (reply.status, reply.field("message").as_str()),
        (403, "Not found or permission denied for service(s): nonsense.")
    );
    assert_eq!(reply.field("reason"), "SERVICE_CONFIG_NOT_FOUND_OR_PERMISSION_DENIED");
}

#[test]
fn api_key_where_a_token_is_demanded_is_row_4() {
    let reply = get(&approving(), &format!("{VISION}?key=AIza-any"), "");
    assert_eq!(reply.status, 401);
    assert_eq!(
        flat(&reply),
        r#"{"error":{"code":401,"message":"API keys are not supported by this API. Expected OAuth2 access token or other authentication credentials that assert a principal. See https://cloud.google.com/docs/authentication","status":"UNAUTHENTICATED","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"CREDENTIALS_MISSING","domain":"googleapis.com","metadata":{"method":"google.api.serviceusage.v1.ServiceUsage.GetService","service":"serviceusage.googleapis.com"}}]}}"#
    );
}

#[test]
fn no_credential_where_a_token_is_demanded() {
    let reply = send(&approving(), &format!("POST {TEST}"), JSON, ASKED);
    assert_eq!((reply.status, reply.field("reason").as_str()), (401, "CREDENTIALS_MISSING"));
    assert!(reply.field("message").starts_with(
        "Request is missing required authentication credential. Expected OAuth 2 access token,"
    ));
    assert_eq!(
        reply.header("www-authenticate"),
        Some(r#"Bearer realm="https://accounts.google.com/""#)
    );
}

#[test]
fn bad_token_and_small_scope_are_rows_2_3_and_5_of_each_api() {
    let emulator = with_resource_manager();
    let ask = |target: &str, token: &str| {
        let headers = format!("Authorization: Bearer {token}\r\n{JSON}");
        send(&emulator, &format!("POST {target}"), &headers, "{}")
    };
    let narrow = sign_in(&emulator, RETRIEVER).field("access_token");
    for (target, name) in
        [(TEST, "cloudresourcemanager"), (&*format!("{VISION}:enable"), "serviceusage")]
    {
        assert_eq!(ask(target, "garbage").field("reason"), "ACCESS_TOKEN_TYPE_UNSUPPORTED");
        let reply = ask(target, &narrow);
        assert_eq!(
            (reply.status, reply.field("reason").as_str()),
            (403, "ACCESS_TOKEN_SCOPE_INSUFFICIENT")
        );
        assert_eq!(reply.field("service"), format!("{name}.googleapis.com"));
        let header = reply.header("www-authenticate").unwrap();
        assert!(
            header.contains(r#"scope="https://www.googleapis.com/auth/cloud-platform"#),
            "{header}"
        );
    }
    emulator.advance(Duration::from_secs(7200));
    assert_eq!(ask(TEST, &narrow).field("reason"), "ACCESS_TOKEN_EXPIRED");
}

#[test]
fn permissions_held_are_those_tested() {
    let emulator = with_resource_manager();
    let reply = post(&emulator, &format!("{TEST}?alt=json"), "", ASKED);
    assert_eq!(
        (reply.status, flat(&reply).as_str()),
        (200, r#"{"permissions":["serviceusage.services.use"]}"#)
    );
    let two = r#"{"permissions": ["storage.buckets.get", "serviceusage.services.use"]}"#;
    assert_eq!(
        flat(&post(&emulator, TEST, "", two)),
        r#"{"permissions":["serviceusage.services.use"]}"#
    );
    emulator.update_config(|config| config.projects[0].permissions.clear());
    assert_eq!(flat(&post(&emulator, TEST, "", ASKED)), "{}");
}

#[test]
fn resource_manager_must_be_enabled_in_the_project_of_the_client() {
    let reply = post(&approving(), TEST, "", ASKED);
    assert_eq!((reply.status, reply.field("reason").as_str()), (403, "SERVICE_DISABLED"));
    assert!(reply.field("message").starts_with("Cloud Resource Manager API has not been used in project 710000000001 before or it is disabled."));
    let url = "https://console.developers.google.com/apis/api/cloudresourcemanager.googleapis.com/overview?project=710000000001";
    assert_eq!(reply.field("activationUrl"), url);
    assert_eq!(post(&with_resource_manager(), TEST, "", ASKED).status, 200);
}

#[test]
fn named_quota_project_pays_for_cloud_calls() {
    let emulator = approving();
    emulator.update_config(|config| {
        let mut payer = config.projects[0].clone();
        (payer.id, payer.number) = ("payer".into(), 5);
        payer.clients.clear();
        payer.services = vec!["cloudresourcemanager.googleapis.com".into()];
        config.projects.push(payer);
    });
    assert_eq!(post(&emulator, TEST, "x-goog-user-project: payer\r\n", ASKED).status, 200);
    emulator.update_config(|config| config.projects[1].permissions.clear());
    let reply = post(&emulator, TEST, "x-goog-user-project: payer\r\n", ASKED);
    assert_eq!(reply.field("reason"), "USER_PROJECT_DENIED");
}

#[test]
fn gcloud_client_needs_no_project_for_resource_manager() {
    let emulator = approving();
    emulator.update_config(|config| config.projects[0].number = 764_086_051_850);
    assert_eq!(post(&emulator, TEST, "", ASKED).status, 200);
}

#[test]
fn project_that_does_not_exist_is_no_permission() {
    let reply = post(&with_resource_manager(), "/v1/projects/none:testIamPermissions", "", ASKED);
    assert_eq!(
        flat(&reply),
        r#"{"error":{"code":403,"message":"The caller does not have permission","status":"PERMISSION_DENIED"}}"#
    );
}

#[test]
fn body_of_permissions_is_checked() {
    let emulator = with_resource_manager();
    for body in ["{", "[]", r#"{"permission": []}"#] {
        let reply = post(&emulator, TEST, "", body);
        assert_eq!(
            (reply.status, reply.field("status").as_str()),
            (400, "INVALID_ARGUMENT"),
            "{body}"
        );
    }
}

#[test]
fn projects_of_the_account_are_listed_and_shown() {
    let emulator = with_resource_manager();
    let ask = |target: &str| service(&emulator, target);
    let ada = r#"{"lifecycleState":"ACTIVE","name":"demo-project","projectId":"demo-project","projectNumber":"710000000001"}"#;
    let all = ask("/v1/projects?alt=json&filter=lifecycleState:ACTIVE&pageSize=500");
    assert_eq!((all.status, flat(&all)), (200, format!(r#"{{"projects":[{ada}]}}"#)));
    assert_eq!(
        flat(&ask("/v1/projects?filter=lifecycleState:DELETE_REQUESTED")),
        r#"{"projects":[]}"#
    );
    for name in ["demo-project", "710000000001"] {
        assert_eq!(flat(&ask(&format!("/v1/projects/{name}"))), ada);
    }
    emulator.update_config(|config| config.projects[0].permissions.clear());
    assert_eq!(flat(&ask("/v1/projects")), r#"{"projects":[]}"#);
    assert_eq!(
        flat(&ask("/v1/projects/demo-project")),
        r#"{"error":{"code":403,"message":"The caller does not have permission","status":"PERMISSION_DENIED"}}"#
    );
}

#[test]
fn enabled_services_of_a_project_are_listed() {
    let emulator = approving();
    let listed =
        service(&emulator, "/v1/projects/demo-project/services?filter=state:ENABLED&pageSize=200");
    let one = |name: &str| {
        format!(
            r#"{{"config":{{"name":"{name}"}},"name":"projects/710000000001/services/{name}","parent":"projects/710000000001","state":"ENABLED"}}"#
        )
    };
    let services = ["generativelanguage.googleapis.com", "serviceusage.googleapis.com"].map(one);
    assert_eq!(flat(&listed), format!(r#"{{"services":[{}]}}"#, services.join(",")));
    emulator.update_config(|config| config.projects[0].permissions.clear());
    let refused = service(&emulator, "/v1/projects/demo-project/services");
    assert_eq!((refused.status, refused.field("reason").as_str()), (403, "AUTH_PERMISSION_DENIED"));
}

#[test]
fn wrong_method_or_path_of_the_cloud_is_html() {
    let emulator = approving();
    for target in [
        TEST,
        "/v1/projects/",
        "/v1/projects/demo-project/",
        "/v1/projects/demo-project/services/",
        "/v1/projects//services",
        "/v1/projects//services/x",
    ] {
        let reply = get(&emulator, target, "");
        let kind = reply.header("content-type");
        assert_eq!((reply.status, kind), (404, Some("text/html; charset=UTF-8")), "{target}");
    }
}
