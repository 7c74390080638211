//! The authorization endpoint, with `--approve`: what goes to the client.

use crate::wire::{RETRIEVER, approving, list_models, sign_in};

#[test]
fn signed_in_user_lists_models() {
    let emulator = approving();
    let tokens = sign_in(&emulator, RETRIEVER);
    let reply = list_models(&emulator, &tokens.field("access_token"));
    assert_eq!(reply.status, 200, "{reply:?}");
    assert!(reply.body.contains("\"name\": \"models/gemini-2.5-flash\""), "{}", reply.body);
}
