//! The refresh that Google's official Rust crate sends: JSON, with `scopes`.

use crate::wire::{CLIENT_ID, CLIENT_SECRET, RETRIEVER, Reply, approving, send, sign_in};
use hallpass_emulator::Emulator;

fn refresh(emulator: &Emulator, kind: &str, refresh_token: &str) -> Reply {
    let body = format!(
        r#"{{"grant_type":"{kind}","client_id":"{CLIENT_ID}","client_secret":"{CLIENT_SECRET}","refresh_token":"{refresh_token}","scopes":null}}"#
    );
    send(emulator, "POST /token", "Content-Type: application/json\r\n", &body)
}

#[test]
fn json_body_refreshes_and_its_scopes_narrow_nothing() {
    let emulator = approving();
    let refresh_token = sign_in(&emulator, RETRIEVER).field("refresh_token");
    let reply = refresh(&emulator, "refresh_token", &refresh_token);
    assert_eq!((reply.status, reply.field("scope").as_str()), (200, RETRIEVER));
    let garbage = refresh(&emulator, "refresh_token", "1//0never");
    assert!(garbage.body.contains("Token has been expired or revoked."), "{garbage:?}");
}

#[test]
fn json_body_is_no_form_by_switch_or_for_another_grant() {
    let emulator = approving();
    let refresh_token = sign_in(&emulator, RETRIEVER).field("refresh_token");
    let body = "{\n  \"error\": \"unsupported_grant_type\",\n  \"error_description\": \"Invalid grant_type: \"\n}";
    assert_eq!(refresh(&emulator, "authorization_code", "x").body, body);
    emulator.update_config(|config| config.switches.json_refresh = false);
    assert_eq!(refresh(&emulator, "refresh_token", &refresh_token).body, body);
}
