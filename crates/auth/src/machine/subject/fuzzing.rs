//! What must hold for the answers and commands that a subject token comes from.
//!
//! In: any bytes. Out: nothing; a promise that is broken is a panic (`crate::fuzzing`).

use super::{Format, executable};
use crate::fuzzing::{check_error, is_plain};
use std::time::{Duration, UNIX_EPOCH};

/// A file, an answer or what a program prints: a token is never empty; a refusal is plain.
pub fn subject_reply(data: &[u8]) {
    for format in [Format::Text, Format::Json("id_token".to_owned())] {
        match format.token(data, "`file`") {
            Ok(token) => assert!(!token.expose().is_empty()),
            Err(error) => check_error(&error, data),
        }
    }
    let now = UNIX_EPOCH + Duration::from_secs(1_800_000_000);
    for bounded in [true, false] {
        match executable::token(data, now, bounded) {
            Ok(token) => assert!(!token.expose().is_empty()),
            Err(why) => assert!(is_plain(&why), "{why:?}"),
        }
    }
}

/// A command: its words, each quoted and put together again, are the same words.
pub fn executable_command(data: &[u8]) {
    let Ok(command) = std::str::from_utf8(data) else { return };
    let Some(words) = executable::words(command) else { return };
    // There a backslash is a letter, and no quote can be within quotes.
    if cfg!(windows) {
        return;
    }
    let quoted = |word: &String| format!("'{}'", word.replace('\'', "'\\''"));
    let again = words.iter().map(quoted).collect::<Vec<_>>().join(" ");
    assert_eq!(executable::words(&again), Some(words));
}
