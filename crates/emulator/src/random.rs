//! Unguessable values in the forms that Google gives them.
//!
//! Lengths are near those seen in life; clients and tests must not rely on them.
//! Source: "Using OAuth 2.0 to access Google APIs" (prefixes and greatest sizes).

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;

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

/// What a user types in for a device: eight letters without vowels, so that no word appears.
pub(crate) fn user_code() -> String {
    const CONSONANTS: &[u8; 16] = b"BCDFGHJKLMNPQRST";
    let mut buffer = [0; 8];
    getrandom::fill(&mut buffer).expect("the system has randomness");
    let letters = buffer.map(|byte| char::from(CONSONANTS[usize::from(byte) % CONSONANTS.len()]));
    let (first, last) = letters.split_at(4);
    format!("{}-{}", first.iter().collect::<String>(), last.iter().collect::<String>())
}

/// The id of a file or another resource of the Gemini API: twelve letters and digits.
pub(crate) fn resource_id() -> String {
    letters::<12>()
}

/// The id of an interaction, without its prefix.
pub(crate) fn interaction_id() -> String {
    words(36)
}

/// The id of an upload, which lets a program that knows it go on with it.
pub(crate) fn upload_id() -> String {
    words(48)
}

/// The token in the console's forms.
pub(crate) fn console_token() -> String {
    words(24)
}

/// A client ID of the project of this number, as the Cloud console makes them.
pub(crate) fn client_id(project_number: u64) -> String {
    let name = letters::<32>();
    format!("{project_number}-{name}.apps.googleusercontent.com")
}

/// A client secret: 28 characters after the prefix.
pub(crate) fn client_secret() -> String {
    format!("GOCSPX-{}", words(21))
}

/// An API key: 39 characters, as Google's.
pub(crate) fn api_key() -> String {
    format!("AIzaSy{}", &words(25)[..33])
}

/// 32 of them, so that each is as likely as the others.
const LETTERS: &[u8; 32] = b"abcdefghijklmnopqrstuv0123456789";

fn letters<const COUNT: usize>() -> String {
    let mut buffer = [0; COUNT];
    getrandom::fill(&mut buffer).expect("the system has randomness");
    buffer.iter().map(|byte| char::from(LETTERS[usize::from(*byte) % LETTERS.len()])).collect()
}

fn words(bytes: usize) -> String {
    let mut buffer = vec![0; bytes];
    getrandom::fill(&mut buffer).expect("the system has randomness");
    BASE64_URL_SAFE_NO_PAD.encode(buffer)
}
