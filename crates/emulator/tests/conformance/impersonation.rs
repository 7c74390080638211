//! A service account's token for someone who may have it.

use hallpass_emulator::Emulator;

use crate::wire::{CLOUD, RETRIEVER, Reply, approving, list_models, send, sign_in};

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
