//! What a request of an upload says: the headers of both resumable protocols as steps.
//!
//! In: `X-Goog-Upload-Command` and `-Offset` (Google's newer protocol), or a `PUT` with `Content-Range` (the older one,
//! which google-api-python-client speaks). Out: a step. Sources: google-genai 3.6.1; the older protocol from memory.

use crate::api::error::ApiError;
use crate::message::Request;
use http::Method;

/// How an upload begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Start {
    /// The bytes come in later requests, by the newer protocol.
    Resumable,
    /// The same by the older protocol.
    OlderResumable,
    /// The body is the file.
    Raw,
    /// The body is the description and the file.
    Multipart,
}

/// What is asked of an upload that has begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// Bytes from this place on; whether they are the last.
    Piece {
        offset: u64,
        is_last: bool,
    },
    /// No more bytes come.
    Finalize,
    Query,
    Cancel,
}

const COMMAND: &str = "x-goog-upload-command";

/// The upload that a request goes on with.
pub(super) fn session(request: &Request) -> Option<&str> {
    request.query.first("upload_id")
}

/// Whether a request goes on with an upload: its address is the permission.
pub(in crate::gemini::resources) fn has_begun(request: &Request) -> bool {
    session(request).is_some()
}

/// Whether the body of a request is read as it comes, whatever its length.
pub(crate) fn is_streamed(request: &Request) -> bool {
    match session(request) {
        Some(_) => request.method == Method::PUT || commands(request).any(|one| one == "upload"),
        None => request.method == Method::POST && start(request) == Some(Start::Raw),
    }
}

fn commands(request: &Request) -> impl Iterator<Item = &str> {
    request.header(COMMAND).unwrap_or_default().split(',').map(str::trim)
}

/// How a request wants to upload; none if it does not say, or says something else.
pub(super) fn start(request: &Request) -> Option<Start> {
    let newer = request.header("x-goog-upload-protocol");
    if let Some(protocol) = newer.or_else(|| request.query.first("upload_protocol")) {
        return match protocol {
            "resumable" => Some(Start::Resumable),
            "raw" => Some(Start::Raw),
            "multipart" => Some(Start::Multipart),
            _ => None,
        };
    }
    match request.query.first("uploadType")? {
        "resumable" => Some(Start::OlderResumable),
        "media" => Some(Start::Raw),
        "multipart" => Some(Start::Multipart),
        _ => None,
    }
}

/// The length and the type that the first request announces.
pub(super) fn announced(request: &Request) -> Result<(Option<u64>, Option<&str>), ApiError> {
    let either = |newer: &str, older: &str| request.header(newer).or(request.header(older));
    let length = either("x-goog-upload-header-content-length", "x-upload-content-length");
    let length = length.map(number).transpose()?;
    Ok((length, either("x-goog-upload-header-content-type", "x-upload-content-type")))
}

pub(super) fn step(request: &Request) -> Result<Step, ApiError> {
    if request.method == Method::DELETE {
        return Ok(Step::Cancel);
    }
    if request.method == Method::PUT {
        return of_range(request.header("content-range"));
    }
    let has = |command: &str| commands(request).any(|one| one == command);
    let known = |one: &str| matches!(one, "upload" | "finalize" | "query" | "cancel");
    if !commands(request).all(known) {
        return Err(bad("X-Goog-Upload-Command", request.header(COMMAND)));
    }
    if has("query") {
        return Ok(Step::Query);
    }
    if has("cancel") {
        return Ok(Step::Cancel);
    }
    if !has("upload") {
        return Ok(Step::Finalize);
    }
    let offset = request.header("x-goog-upload-offset");
    let offset = offset.ok_or_else(|| bad("X-Goog-Upload-Offset", None))?;
    Ok(Step::Piece { offset: number(offset)?, is_last: has("finalize") })
}

/// `bytes 0-9/20`, `bytes 0-9/*`, `bytes */20`, or all at once without the header.
fn of_range(range: Option<&str>) -> Result<Step, ApiError> {
    let Some(text) = range else { return Ok(Step::Piece { offset: 0, is_last: true }) };
    let wrong = || bad("Content-Range", Some(text));
    let (place, total) =
        text.strip_prefix("bytes ").and_then(|rest| rest.split_once('/')).ok_or_else(wrong)?;
    match place.split_once('-') {
        None if place == "*" && total == "0" => Ok(Step::Finalize),
        None if place == "*" => Ok(Step::Query),
        None => Err(wrong()),
        Some((first, last)) => {
            let (offset, last) = (number(first)?, number(last)?);
            let end = last.checked_add(1).filter(|end| *end > offset).ok_or_else(wrong)?;
            Ok(Step::Piece { offset, is_last: total.parse() == Ok(end) })
        }
    }
}

fn number(text: &str) -> Result<u64, ApiError> {
    // Own words, as all of this file: no capture of these errors is known.
    text.trim()
        .parse()
        .map_err(|_| ApiError::InvalidArgument(format!("`{text}` is not a number of bytes")))
}

fn bad(header: &str, value: Option<&str>) -> ApiError {
    ApiError::InvalidArgument(match value {
        Some(value) => format!("{header} cannot be `{value}`"),
        None => format!("the header {header} is missing"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_steps() {
        let piece = |offset, is_last| Ok(Step::Piece { offset, is_last });
        let of = |range| of_range(range).map_err(drop);
        assert_eq!(of(None), piece(0, true));
        assert_eq!(of(Some("bytes 0-9/20")), piece(0, false));
        assert_eq!(of(Some("bytes 10-19/20")), piece(10, true));
        assert_eq!(of(Some("bytes 10-19/*")), piece(10, false));
        assert_eq!(of(Some("bytes */20")), Ok(Step::Query));
        assert_eq!(of(Some("bytes */0")), Ok(Step::Finalize));
        for wrong in [
            "bytes",
            "bytes 9-0/20",
            "bytes a-b/c",
            "bytes 0-18446744073709551615/*",
            "items 0-1/2",
        ] {
            assert_eq!(of(Some(wrong)), Err(()), "{wrong}");
        }
    }
}
