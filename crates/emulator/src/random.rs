//! Unguessable values in the forms that Google gives them.
//!
//! Lengths are near those seen in life; clients must not rely on them, and neither may tests.
//! Source: "Using OAuth 2.0 to access Google APIs" (prefixes and greatest sizes).

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};

pub(crate) fn code() -> String {
    format!("4/0A{}", words(54))
}

pub(crate) fn access_token() -> String {
    format!("ya29.a0{}", words(120))
}

pub(crate) fn refresh_token() -> String {
    format!("1//0g{}", words(72))
}

/// The id of a sign-in in progress: 24 random bytes, so that no other page can name it.
pub(crate) fn flow_id() -> String {
    words(24)
}

fn words(bytes: usize) -> String {
    let mut buffer = vec![0; bytes];
    getrandom::fill(&mut buffer).expect("the system has randomness");
    BASE64_URL_SAFE_NO_PAD.encode(buffer)
}
