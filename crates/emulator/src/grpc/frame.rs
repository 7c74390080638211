//! gRPC over HTTP/2: one message in, one message or a status out.
//!
//! Specification: gRPC over HTTP2 (length-prefixed messages, `grpc-status` trailers), and
//! `google.rpc.Status` in `grpc-status-details-bin`, as Google's servers send it.
//! Not here: streams and compression; the one service we serve is unary.

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use bytes::{BufMut, Bytes, BytesMut};
use prost::Message;
use std::fmt::Write;

/// A flag byte and four bytes of length stand before each message.
const PREFIX: usize = 5;

/// Returns the one message of a request body.
///
/// # Errors
///
/// What is wrong with the framing or the message.
pub(crate) fn decode<M: Message + Default>(body: &Bytes) -> Result<M, String> {
    let Some((prefix, message)) = body.split_at_checked(PREFIX) else {
        return Err("the request holds no message".to_owned());
    };
    if prefix[0] != 0 {
        return Err("compressed messages are not supported".to_owned());
    }
    let length = u32::from_be_bytes([prefix[1], prefix[2], prefix[3], prefix[4]]);
    if usize::try_from(length).ok() != Some(message.len()) {
        return Err("the length of the message is not the one announced".to_owned());
    }
    M::decode(message).map_err(|error| error.to_string())
}

/// Returns a message as the body of a reply.
pub(crate) fn encode(message: &impl Message) -> Bytes {
    let mut body = BytesMut::with_capacity(PREFIX + message.encoded_len());
    body.put_u8(0);
    body.put_u32(u32::try_from(message.encoded_len()).unwrap_or(u32::MAX));
    body.put_slice(&message.encode_to_vec());
    body.freeze()
}

/// Percent-encodes a status message: `%x20-%x7E` without `%` stand for themselves.
pub(crate) fn status_message(text: &str) -> String {
    text.bytes().fold(String::with_capacity(text.len()), |mut encoded, byte| {
        if (0x20..=0x7e).contains(&byte) && byte != b'%' {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
        encoded
    })
}

/// Returns a binary header's value: base64, padding left out.
pub(crate) fn binary_header(message: &impl Message) -> String {
    STANDARD_NO_PAD.encode(message.encode_to_vec())
}

#[cfg(test)]
mod tests {
    use super::{decode, encode, status_message};
    use crate::grpc::messages::ListModelsRequest;
    use bytes::Bytes;

    #[test]
    fn request_message_is_read_from_literal_bytes() {
        // page_size (field 2, varint) = 50; page_token (field 3, bytes) = "p2".
        let body = Bytes::from_static(b"\0\0\0\0\x06\x10\x32\x1a\x02p2");
        let request: ListModelsRequest = decode(&body).expect("message");
        assert_eq!((request.page_size, request.page_token.as_str()), (50, "p2"));
    }

    #[test]
    fn reply_message_is_written_as_literal_bytes() {
        let message = ListModelsRequest { page_size: 1, page_token: String::new() };
        assert_eq!(encode(&message).as_ref(), b"\0\0\0\0\x02\x10\x01");
    }

    #[test]
    fn broken_frames_are_refused() {
        for body in
            [&b""[..], b"\0\0\0\0", b"\x01\0\0\0\0", b"\0\0\0\0\x02\x10", b"\0\0\0\0\x01\xff"]
        {
            assert!(decode::<ListModelsRequest>(&Bytes::from_static(body)).is_err(), "{body:?}");
        }
    }

    #[test]
    fn status_message_escapes_what_a_header_cannot_carry() {
        assert_eq!(status_message("50% of\nit"), "50%25 of%0Ait");
    }
}
