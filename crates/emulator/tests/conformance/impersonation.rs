//! A service account's token for someone who may have it.

use crate::wire::{CLOUD, RETRIEVER, Reply, approving, get, list_models, send, sign_in};
use hallpass_emulator::Emulator;
use std::time::Duration;

const ROBOT: &str = "robot@demo-project.iam.gserviceaccount.com";

fn ask(emulator: &Emulator, token: &str, scope: &str) -> Reply {
    let line = format!("POST /v1/projects/-/serviceAccounts/{ROBOT}:generateAccessToken");
    let headers = format!("Authorization: Bearer {token}\r\nContent-Type: application/json\r\n");
    send(emulator, &line, &headers, &format!(r#"{{"scope":["{scope}"],"lifetime":"3600s"}}"#))
}

fn permit(emulator: &Emulator) {
    emulator.update_config(|config| {
        let permissions = config.projects[0].permissions.get_mut("ada@example.com").unwrap();
        permissions.push("iam.serviceAccounts.getAccessToken".into());
    });
}

#[test]
fn permitted_caller_gets_a_token_of_the_service_account() {
    let emulator = approving();
    permit(&emulator);
    let token = sign_in(&emulator, CLOUD).field("access_token");
    let reply = ask(&emulator, &token, RETRIEVER);
    assert_eq!(reply.status, 200, "{reply:?}");
    assert!(reply.field("expireTime").ends_with('Z') && !reply.field("expireTime").contains('.'));
    assert_eq!(list_models(&emulator, &reply.field("accessToken")).status, 200);
}

#[test]
fn impersonation_needs_token_scope_permission_and_known_scopes() {
    let emulator = approving();
    let token = sign_in(&emulator, CLOUD).field("access_token");
    let reply = ask(&emulator, &token, RETRIEVER);
    let text =
        "Permission 'iam.serviceAccounts.getAccessToken' denied on resource (or it may not exist).";
    assert_eq!((reply.status, reply.field("message").as_str()), (403, text));
    assert_eq!(reply.field("status"), "PERMISSION_DENIED");
    permit(&emulator);
    assert_eq!(ask(&emulator, "ya29.unknown", RETRIEVER).field("status"), "UNAUTHENTICATED");
    let narrow = sign_in(&emulator, RETRIEVER).field("access_token");
    assert_eq!(ask(&emulator, &narrow, RETRIEVER).status, 403);
    assert_eq!(ask(&emulator, &token, "nonsense").field("status"), "INVALID_ARGUMENT");
}

fn call(emulator: &Emulator, token: &str, email: &str, method: &str, body: &str) -> Reply {
    let line = format!("POST /v1/projects/-/serviceAccounts/{email}:{method}");
    let headers = format!("Authorization: Bearer {token}\r\nContent-Type: application/json\r\n");
    send(emulator, &line, &headers, body)
}

#[test]
fn lifetime_is_an_hour_at_most_and_twelve_where_allowed() {
    let emulator = approving();
    permit(&emulator);
    let caller = sign_in(&emulator, CLOUD).field("access_token");
    let ask = |lifetime: &str| {
        let body = format!(r#"{{"scope":["{RETRIEVER}"],"lifetime":"{lifetime}"}}"#);
        call(&emulator, &caller, ROBOT, "generateAccessToken", &body)
    };
    for lifetime in ["3601s", "0s", "60", "-1s", "soon"] {
        assert_eq!(ask(lifetime).field("status"), "INVALID_ARGUMENT", "{lifetime}");
    }
    let short = ask("60s").field("accessToken");
    emulator.advance(Duration::from_secs(59));
    assert_eq!(list_models(&emulator, &short).status, 200);
    emulator.advance(Duration::from_secs(2));
    assert_eq!(list_models(&emulator, &short).status, 401);
    emulator.update_config(|config| config.service_accounts[0].extended_lifetime = true);
    assert_eq!((ask("43200s").status, ask("43201s").status), (200, 400));
}

#[test]
fn each_delegate_needs_leave_to_act_for_the_next() {
    let emulator = approving();
    let caller = sign_in(&emulator, CLOUD).field("access_token");
    let between = "between@demo-project.iam.gserviceaccount.com";
    emulator.update_config(|config| {
        let mut account = config.service_accounts[0].clone();
        account.email = between.into();
        config.service_accounts.push(account);
    });
    let body = format!(
        r#"{{"scope":["{RETRIEVER}"],"delegates":["projects/-/serviceAccounts/{between}"]}}"#
    );
    let ask = |body: &str| call(&emulator, &caller, ROBOT, "generateAccessToken", body);
    let allow = |who: &str, permission: &str| {
        emulator.update_config(|config| {
            let held = config.projects[0].permissions.entry(who.into()).or_default();
            held.push(permission.into());
        });
    };
    allow(between, "iam.serviceAccounts.getAccessToken");
    assert!(ask(&body).field("message").contains("'iam.serviceAccounts.implicitDelegation'"));
    allow("ada@example.com", "iam.serviceAccounts.implicitDelegation");
    assert_eq!(ask(&body).status, 200);
    assert_eq!(ask(&body.replace("projects/-/", "")).field("status"), "INVALID_ARGUMENT");
    let direct = format!(r#"{{"scope":["{RETRIEVER}"]}}"#);
    assert_eq!(ask(&direct).field("status"), "PERMISSION_DENIED");
}

#[test]
fn permitted_caller_gets_an_id_token_of_the_service_account() {
    let emulator = approving();
    let caller = sign_in(&emulator, CLOUD).field("access_token");
    let body = r#"{"audience":"https://a.example","includeEmail":true}"#;
    let ask = |body: &str| call(&emulator, &caller, ROBOT, "generateIdToken", body);
    assert!(ask(body).field("message").contains("'iam.serviceAccounts.getOpenIdToken'"));
    emulator.update_config(|config| {
        let held = config.projects[0].permissions.get_mut("ada@example.com").unwrap();
        held.push("iam.serviceAccounts.getOpenIdToken".into());
    });
    let token = ask(body).field("token");
    let claims = get(&emulator, &format!("/tokeninfo?id_token={token}"), "");
    assert_eq!(
        (claims.field("aud").as_str(), claims.field("email").as_str()),
        ("https://a.example", ROBOT)
    );
    assert_eq!(ask(r#"{"audience":""}"#).field("status"), "INVALID_ARGUMENT");
}
