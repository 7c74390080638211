//! gRPC over HTTP/2: one message in; messages or a status out.
//!
//! Specification: gRPC over HTTP2 (length-prefixed messages, `grpc-status` trailers).
//! Not here: streams of requests and compression; no method that is served has the one, no client needs the other.

use std::fmt::Write;

/// A flag byte and four bytes of length stand before each message.
const PREFIX: usize = 5;

/// Returns the one message of a request body.
///
/// # Errors
/// What is wrong with the framing.
pub(super) fn decode(body: &[u8]) -> Result<&[u8], &'static str> {
    let Some((prefix, message)) = body.split_at_checked(PREFIX) else {
        return Err("the request holds no message");
    };
    if prefix[0] != 0 {
        return Err("compressed messages are not supported");
    }
    let length = u32::from_be_bytes([prefix[1], prefix[2], prefix[3], prefix[4]]);
    if usize::try_from(length).ok() != Some(message.len()) {
        return Err("the length of the message is not the one announced");
    }
    Ok(message)
}

/// Adds a message to the body of a reply.
pub(super) fn encode(body: &mut Vec<u8>, message: &[u8]) {
    body.push(0);
    body.extend(u32::try_from(message.len()).unwrap_or(u32::MAX).to_be_bytes());
    body.extend_from_slice(message);
}

/// Percent-encodes a status message: `%x20-%x7E` without `%` stand for themselves.
pub(super) fn status_message(text: &str) -> String {
    text.bytes().fold(String::with_capacity(text.len()), |mut encoded, byte| {
        if (0x20..=0x7e).contains(&byte) && byte != b'%' {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
        encoded
    })
}

#[cfg(test)]
mod tests {
    use super::{decode, encode, status_message};

    #[test]
    fn message_is_framed_as_literal_bytes() {
        let mut body = Vec::new();
        encode(&mut body, b"\x10\x01");
        encode(&mut body, b"");
        assert_eq!(body, b"\0\0\0\0\x02\x10\x01\0\0\0\0\0");
        assert_eq!(decode(&body[..7]), Ok(&b"\x10\x01"[..]));
    }

    #[test]
    fn broken_frames_are_refused() {
        for body in [&b""[..], b"\0\0\0\0", b"\x01\0\0\0\0", b"\0\0\0\0\x02\x10"] {
            assert!(decode(body).is_err(), "{body:?}");
        }
    }

    #[test]
    fn status_message_escapes_what_a_header_cannot_carry() {
        assert_eq!(status_message("50% of\nit"), "50%25 of%0Ait");
    }
}
