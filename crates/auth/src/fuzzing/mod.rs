//! What must hold for everything that is read from outside, whatever it contains.
//!
//! In: any bytes. Out: nothing; a promise that is broken is a panic. The fuzz targets (`fuzz/`) and the
//! property tests of this crate call the same functions; what each promises stands above it.
//! Secrets are known by the word `marked` in them, as the seeds have it.
//! Not here: any of it in a program that users build.

mod addresses;
mod files;
mod redirects;
mod replies;

pub use crate::machine::subject::fuzzing::{executable_command, subject_reply};
pub use addresses::credential_address;
pub use addresses::{client_address, scopes};
pub use files::credential_file;
pub use files::{authorized_user, client_secret, grant_record, pending_sign_in, token_file};
pub use redirects::{bootstrap_address, pasted, redirect, redirect_request};
pub use replies::metadata_reply;
pub use replies::{id_token, token_reply};

use crate::error::Error;
use serde_json::Value;
use std::error::Error as StdError;
use std::fmt::Debug;
use std::time::{Duration, SystemTime};

/// The keys whose texts must not be shown.
const SECRET_KEYS: [&str; 10] = [
    "access_token",
    "client_secret",
    "code_verifier",
    "id_token",
    "passcode",
    "private_key",
    "refresh_token",
    "saml_response",
    "subject_token",
    "token",
];

/// The time in all of these: an hour that tokens in the seeds have not reached.
fn now() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000)
}

/// Checks what an error says: on a terminal it is one plain text, and it holds no secret of the input.
#[track_caller]
pub(crate) fn check_error(error: &Error, input: &[u8]) {
    hides(error, input);
    let mut next: Option<&dyn StdError> = Some(error);
    while let Some(error) = next {
        let line = error.to_string();
        assert!(is_plain(&line), "an error can steer a terminal: {line:?}");
        assert_none_in(&line, &secrets(input));
        next = error.source();
    }
}

/// Checks that the `Debug` of a value holds no secret of the input that it was read from.
#[track_caller]
pub(crate) fn hides(value: &dyn Debug, input: &[u8]) {
    let secrets = secrets(input);
    if !secrets.is_empty() {
        assert_none_in(&format!("{value:?}"), &secrets);
    }
}

#[track_caller]
fn assert_none_in(text: &str, secrets: &[String]) {
    for secret in secrets {
        assert!(!text.contains(secret.as_str()), "a secret is shown: {text:?}");
    }
}

/// Says whether a text holds nothing that moves a cursor, or hides or reorders its neighbours.
pub(crate) fn is_plain(text: &str) -> bool {
    !text.contains(crate::text::steers)
}

/// The marked texts under secret keys. One that is in the input twice may be no secret at all.
fn secrets(input: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(input);
    let start = text.find('{').unwrap_or_default();
    let Ok(json) = serde_json::from_str::<Value>(&text[start..]) else { return Vec::new() };
    let mut found = Vec::new();
    collect(&json, &mut found);
    found.retain(|secret| secret.len() >= 10 && text.matches(secret.as_str()).count() == 1);
    found
}

fn collect(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                match value {
                    Value::String(text)
                        if SECRET_KEYS.contains(&key.as_str()) && text.contains("marked") =>
                    {
                        found.push(text.clone());
                    }
                    other => collect(other, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, found)),
        _ => {}
    }
}
