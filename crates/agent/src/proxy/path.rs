//! Which paths of the Gemini API are passed on, and as what.
//!
//! In: a path as a program built it, with a version in its base address or without, or with two. Out: the path as
//! Google's server knows it. Of two versions the inner one counts: it is what the SDK meant.
//! Not here: what else the agent serves (`router`).

use crate::refusal::Why;

/// The versions of the Gemini API.
const VERSIONS: [&str; 3] = ["v1", "v1beta", "v1alpha"];

/// What may stand before the version.
const BEFORE: [&str; 2] = ["upload", "download"];

/// # Errors
///
/// A path that is not of the Gemini API, or that two servers might read in two ways.
pub(crate) fn fold(path: &str) -> Result<&str, Why> {
    let segments = path.strip_prefix('/').ok_or(Why::Path)?;
    if segments.split('/').any(is_ambiguous) {
        return Err(Why::Path);
    }
    // Only whole segments go, and only in front: what is left is the end of the path as it came.
    let mut folded = path;
    while let (version, Some(rest)) = first(folded)
        && is_version(version)
        && matches!(first(rest), (next, _) if is_version(next) || is_before(next))
    {
        folded = rest;
    }
    let api = match first(folded) {
        (before, rest) if is_before(before) => rest.ok_or(Why::Path)?,
        _ => folded,
    };
    match first(api) {
        (version, Some(_)) if is_version(version) => Ok(folded),
        _ => Err(Why::Path),
    }
}

/// Returns the first segment, and the path from the next one on.
fn first(path: &str) -> (&str, Option<&str>) {
    let segments = path.strip_prefix('/').unwrap_or(path);
    match segments.find('/') {
        Some(end) => (&segments[..end], Some(&segments[end..])),
        None => (segments, None),
    }
}

fn is_version(segment: &str) -> bool {
    VERSIONS.contains(&segment)
}

fn is_before(segment: &str) -> bool {
    BEFORE.contains(&segment)
}

/// An empty segment, one that leads upwards, and what hides a separator: servers differ on all of them.
fn is_ambiguous(segment: &str) -> bool {
    // Most segments need no decoding.
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-_:".contains(&byte);
    if segment.bytes().all(is_plain) {
        return matches!(segment, "" | "." | "..");
    }
    let decoded = decoded(segment);
    decoded.is_empty()
        || decoded.iter().any(|byte| byte.is_ascii_control() || *byte == b'\\')
        || decoded.split(|byte| *byte == b'/').any(|part| matches!(part, b"" | b"." | b".."))
}

/// Percent-decoded until nothing changes: twice encoded is decoded twice somewhere.
fn decoded(segment: &str) -> Vec<u8> {
    let mut bytes = segment.as_bytes().to_vec();
    loop {
        let next = once(&bytes);
        if next.len() == bytes.len() {
            return bytes;
        }
        bytes = next;
    }
}

fn once(bytes: &[u8]) -> Vec<u8> {
    let hex = |byte: Option<&u8>| byte.and_then(|byte| char::from(*byte).to_digit(16));
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        match (bytes[at], hex(bytes.get(at + 1)), hex(bytes.get(at + 2))) {
            (b'%', Some(high), Some(low)) => {
                decoded.push(u8::try_from(high * 16 + low).unwrap_or_default());
                at += 3;
            }
            (byte, ..) => {
                decoded.push(byte);
                at += 1;
            }
        }
    }
    decoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_two_versions_the_inner_one_counts() {
        for (path, folded) in [
            ("/v1beta/models", "/v1beta/models"),
            ("/v1beta/v1/models", "/v1/models"),
            ("/v1/v1beta/v1alpha/models/a:b", "/v1alpha/models/a:b"),
            ("/upload/v1beta/files", "/upload/v1beta/files"),
            ("/v1beta/upload/v1/files", "/upload/v1/files"),
            ("/download/v1beta/files/a:download", "/download/v1beta/files/a:download"),
            ("/v1/models/v1", "/v1/models/v1"),
            ("/v1/models/a%2Fb", "/v1/models/a%2Fb"),
        ] {
            assert_eq!(fold(path), Ok(folded), "{path}");
        }
    }

    #[test]
    fn what_is_not_of_the_api_or_could_be_read_in_two_ways_goes_nowhere() {
        for path in [
            "/",
            "",
            "/v1",
            "/v1/",
            "/v2/models",
            "/upload",
            "/upload/v1",
            "/upload/models",
            "//v1/models",
            "/v1//models",
            "/v1/../models",
            "/v1/%2e%2e/token",
            "/v1/%252e%252e/token",
            "/v1/a%2f..%2fb",
            "/v1/a%5c..%5cb",
            "/v1/%00",
            "/v1/a\\b",
            "/V1/models",
            "/v1beta1/models",
            "/oauth2/v1/certs",
            "*",
        ] {
            assert_eq!(fold(path), Err(Why::Path), "{path}");
        }
    }
}
