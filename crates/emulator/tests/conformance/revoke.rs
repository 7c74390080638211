//! Revocation: by query or body, of the whole project, with Google's words.

use crate::wire::{
    RETRIEVER, approving, encoded, get, list_models, post_form, refresh_form, send, sign_in,
};

const BAD: &str =
    "{\n  \"error\": \"invalid_token\",\n  \"error_description\": \"Token expired or revoked\"\n}";

#[test]
fn token_in_the_query_of_an_empty_post_is_revoked() {
    let emulator = approving();
    let tokens = sign_in(&emulator, RETRIEVER);
    let token = encoded(&tokens.field("refresh_token"));
    let reply = send(&emulator, &format!("POST /revoke?token={token}"), "", "");
    assert_eq!((reply.status, reply.body.as_str()), (200, "{}"));
    let refresh = post_form(&emulator, "/token", &refresh_form(&tokens.field("refresh_token")));
    assert!(refresh.body.contains("Token has been expired or revoked."), "{}", refresh.body);
    assert_eq!(list_models(&emulator, &tokens.field("access_token")).status, 401);
}

#[test]
fn access_token_in_the_body_ends_its_refresh_token_too() {
    let emulator = approving();
    let tokens = sign_in(&emulator, RETRIEVER);
    let reply = post_form(&emulator, "/revoke", &format!("token={}", tokens.field("access_token")));
    assert_eq!((reply.status, reply.body.as_str()), (200, "{}"));
    let refresh = post_form(&emulator, "/token", &refresh_form(&tokens.field("refresh_token")));
    assert_eq!(refresh.status, 400);
}

#[test]
fn revocation_ends_every_grant_of_the_project() {
    let emulator = approving();
    let (first, second) = (sign_in(&emulator, RETRIEVER), sign_in(&emulator, "openid email"));
    post_form(&emulator, "/revoke", &format!("token={}", encoded(&first.field("refresh_token"))));
    let refresh = post_form(&emulator, "/token", &refresh_form(&second.field("refresh_token")));
    assert_eq!(refresh.status, 400);
}

#[test]
fn token_that_is_no_use_is_refused() {
    let emulator = approving();
    let tokens = sign_in(&emulator, RETRIEVER);
    let form = format!("token={}", tokens.field("access_token"));
    post_form(&emulator, "/revoke", &form);
    for form in [form.as_str(), "token=garbage"] {
        let reply = post_form(&emulator, "/revoke", form);
        assert_eq!((reply.status, reply.body.as_str()), (400, BAD));
    }
}

#[test]
fn get_revokes_unless_switched_off() {
    let emulator = approving();
    let tokens = sign_in(&emulator, RETRIEVER);
    let target = format!("/revoke?token={}", tokens.field("access_token"));
    emulator.update_config(|config| config.switches.revoke_by_get = false);
    assert_eq!(get(&emulator, &target, "").status, 405);
    emulator.update_config(|config| config.switches.revoke_by_get = true);
    assert_eq!(get(&emulator, &target, "").status, 200);
}
