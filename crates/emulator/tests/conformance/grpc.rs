//! gRPC in the clear, as bytes: HTTP/2 frames and protobuf messages written by hand.

use crate::wire::approving;
use hallpass_emulator::{Emulator, Fault, FaultKind, GeminiFault, StreamErrorShape};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).expect("short").to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// A header as HPACK writes it without tables.
fn header(name: &str, value: &str) -> Vec<u8> {
    let length = |text: &str| u8::try_from(text.len()).expect("short");
    let mut bytes = vec![0, length(name)];
    bytes.extend(name.as_bytes());
    // Seven bits of length; longer ones go on in the next byte.
    match value.len() {
        0..=126 => bytes.push(length(value)),
        more => bytes.extend([127, u8::try_from(more - 127).expect("short")]),
    }
    bytes.extend(value.as_bytes());
    bytes
}

/// The payloads of the reply's frames by kind: all HEADERS, then all DATA.
fn call(emulator: &Emulator, method: &str, message: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let (heads, pieces) = call_in_pieces(emulator, method, message);
    (heads, pieces.concat())
}

/// The same with each DATA frame by itself, without empty ones.
fn call_in_pieces(emulator: &Emulator, method: &str, message: &[u8]) -> (Vec<u8>, Vec<Vec<u8>>) {
    let path = format!("/google.ai.generativelanguage.v1beta.{method}");
    let headers: Vec<u8> = [
        (":method", "POST"),
        (":scheme", "http"),
        (":path", path.as_str()),
        (":authority", "127.0.0.1"),
        ("content-type", "application/grpc"),
        ("te", "trailers"),
        ("x-goog-api-key", "emulator-api-key"),
    ]
    .into_iter()
    .flat_map(|(name, value)| header(name, value))
    .collect();
    let length = u32::try_from(message.len()).expect("short").to_be_bytes();
    let body = [&[0], &length[..], message].concat();
    let request =
        [PREFACE.to_vec(), frame(4, 0, 0, &[]), frame(1, 4, 1, &headers), frame(0, 1, 1, &body)]
            .concat();
    let mut stream = TcpStream::connect(emulator.address()).expect("the emulator listens");
    stream.set_read_timeout(Some(Duration::from_secs(30))).expect("a timeout can be set");
    stream.write_all(&request).expect("sent");
    let (mut heads, mut data) = (Vec::new(), Vec::new());
    loop {
        let mut head = [0; 9];
        stream.read_exact(&mut head).expect("a frame");
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
        let mut payload = vec![0; length as usize];
        stream.read_exact(&mut payload).expect("its payload");
        match head[3] {
            0 => data.push(payload),
            1 => heads.extend(payload),
            _ => continue,
        }
        if head[4] & 1 == 1 {
            data.retain(|piece| !piece.is_empty());
            return (heads, data);
        }
    }
}

fn has(bytes: &[u8], wanted: &[u8]) -> bool {
    bytes.windows(wanted.len()).any(|window| window == wanted)
}

/// A field with its length, of less than 128 bytes.
fn field(number: u8, content: &[u8]) -> Vec<u8> {
    [&[number << 3 | 2, u8::try_from(content.len()).expect("short")], content].concat()
}

/// `GenerateContentRequest` of a prompt, with more fields.
fn request(model: &str, prompt: &str, more: &[u8]) -> Vec<u8> {
    let part = field(2, prompt.as_bytes());
    let content = [field(1, &part), field(2, b"user")].concat();
    [&field(1, model.as_bytes()), &field(2, &content), more].concat()
}

#[test]
fn function_is_declared_called_and_signed_in_protobuf() {
    let emulator = approving();
    // Schema: type OBJECT, properties {city: {type STRING}}.
    let property = [field(1, b"city"), field(2, &[1 << 3, 1])].concat();
    let schema = [vec![1 << 3, 6], field(7, &property)].concat();
    let function = [field(1, b"get_weather"), field(3, &schema)].concat();
    let tools = field(5, &field(1, &function));
    let body = request("models/gemini-3.5-flash", "The weather in Rome?", &tools);
    let (_, data) = call(&emulator, "GenerativeService/GenerateContent", &body);
    // FunctionCall: name, args as a Struct {city: "Rome"}.
    let value = field(3, b"Rome");
    let pair = [field(1, b"city"), field(2, &value)].concat();
    let start = [field(1, b"get_weather"), field(2, &field(1, &pair))].concat();
    assert!(has(&data, &start), "{data:?}");
    assert!(has(&data, b"\x1a\x11call_"), "the id is field 3: {data:?}");
    assert!(has(&data, b"\x6a\x2a\x12hallpass"), "the signature is field 13: {data:?}");
}

#[test]
fn answer_of_a_function_and_its_signature_come_back_in_protobuf() {
    let emulator = approving();
    let call_part = field(4, &field(1, b"f"));
    let model = [field(1, &call_part), field(2, b"model")].concat();
    // Struct {n: 1.5}.
    let number = [&[2 << 3 | 1][..], &1.5_f64.to_le_bytes()].concat();
    let pair = [field(1, b"n"), field(2, &number)].concat();
    let response = [field(1, b"f"), field(2, &field(1, &pair))].concat();
    let user = [field(1, &field(5, &response)), field(2, b"user")].concat();
    let turns = [field(2, &model), field(2, &user)].concat();
    let body = request("models/gemini-2.5-flash", "Go", &turns);
    let (_, data) = call(&emulator, "GenerativeService/GenerateContent", &body);
    assert!(has(&data, br#"ends: f returned {"n":1.5}"#), "{}", String::from_utf8_lossy(&data));
    let body = request("models/gemini-3.5-flash", "Go", &turns);
    let (heads, _) = call(&emulator, "GenerativeService/GenerateContent", &body);
    assert!(!heads.is_empty());
    let signed = [call_part, field(13, b"skip_thought_signature_validator")].concat();
    let model = [field(1, &signed), field(2, b"model")].concat();
    let turns = [field(2, &model), field(2, &user)].concat();
    let body = request("models/gemini-3.5-flash", "Go", &turns);
    let (_, data) = call(&emulator, "GenerativeService/GenerateContent", &body);
    assert!(has(&data, br#"f returned {"n":1.5}"#), "{}", String::from_utf8_lossy(&data));
}

#[test]
fn schema_thoughts_and_grounding_are_in_protobuf() {
    let emulator = approving();
    let schema = [vec![1 << 3, 1], field(5, b"no"), field(5, b"yes")].concat();
    let config = [field(13, b"text/x.enum"), field(14, &schema)].concat();
    let body = request("models/gemini-2.5-flash", "yes", &field(4, &config));
    let (_, data) = call(&emulator, "GenerativeService/GenerateContent", &body);
    assert!(has(&data, &field(1, &field(2, b"yes"))), "{data:?}");
    let thinking = field(22, &[1 << 3, 1]);
    // Field 22 needs a second byte for its number.
    let thinking = [&[0xb2, 0x01], &thinking[1..]].concat();
    let body = request("models/gemini-2.5-flash", "a", &field(4, &thinking));
    let (_, data) = call(&emulator, "GenerativeService/GenerateContent", &body);
    assert!(
        has(&data, b"**Reading the prompt**") && has(&data, b"\x58\x01"),
        "thought is field 11"
    );
    let search = field(5, &field(4, b""));
    let body = request("models/gemini-2.5-flash", "Who", &search);
    let (_, data) = call(&emulator, "GenerativeService/GenerateContent", &body);
    let web = [
        field(1, b"https://vertexaisearch.cloud.google.com/grounding-api-redirect/1"),
        field(2, b"example.com"),
    ];
    assert!(has(&data, &field(1, &web.concat())), "{data:?}");
}

#[test]
fn error_in_the_middle_of_a_stream_is_the_status_after_its_messages() {
    let emulator = approving();
    let body = request("models/gemini-2.5-flash", "a", b"");
    // The values `14` and `0` in the Huffman code of HPACK, with their length.
    let (unavailable, ok) = (b"\x82\x0b\x5f", b"\x81\x07");
    for shape in [StreamErrorShape::Frame, StreamErrorShape::Bare] {
        let error = GeminiFault::Overloaded;
        emulator.fault(Fault::once("/v1beta", FaultKind::StreamError { after: 1, shape, error }));
        let (heads, data) = call(&emulator, "GenerativeService/StreamGenerateContent", &body);
        let version = b"\x22\x10gemini-2.5-flash";
        assert_eq!(data.windows(18).filter(|window| window == version).count(), 1, "{shape:?}");
        assert!(has(&heads, unavailable) && !heads.ends_with(ok), "{shape:?} {heads:?}");
    }
    let (heads, _) = call(&emulator, "GenerativeService/StreamGenerateContent", &body);
    assert!(has(&heads, ok) && !has(&heads, unavailable), "{heads:?}");
    let (_, data) = call(&emulator, "GenerativeService/StreamGenerateContent", &body);
    assert!(has(&data, b" has 1 tokens and ends: a"), "no fault is left");
}

/// A number as protobuf writes it, seven bits a byte, and what follows.
fn number(bytes: &[u8]) -> (u64, &[u8]) {
    let length = bytes.iter().take_while(|byte| **byte & 0x80 != 0).count() + 1;
    let digits = bytes[..length].iter().rev();
    (digits.fold(0, |number, byte| number << 7 | u64::from(byte & 0x7f)), &bytes[length..])
}

/// The fields of a message: texts and messages by their content, numbers by none.
fn fields(mut message: &[u8]) -> Vec<(u8, Vec<u8>)> {
    let mut fields = Vec::new();
    while let [tag, rest @ ..] = message {
        let (value, rest) = number(rest);
        let length = if tag & 7 == 2 { value as usize } else { 0 };
        fields.push((tag >> 3, rest[..length].to_vec()));
        message = &rest[length..];
    }
    fields
}

#[test]
fn files_are_listed_and_deleted_over_grpc() {
    let emulator = approving();
    let headers = "x-goog-api-key: emulator-api-key\r\nX-Goog-Upload-Protocol: raw\r\nContent-Type: text/plain\r\n";
    let file =
        crate::wire::send(&emulator, "POST /upload/v1beta/files", headers, "Hello").field("name");
    let (_, data) = call(&emulator, "FileService/ListFiles", b"");
    assert!(
        has(&data, &field(1, file.as_bytes())) && has(&data, b"\x20\x05"),
        "five bytes: {data:?}"
    );
    assert!(has(&data, b"\x50\x02"), "ACTIVE: {data:?}");
    let (_, data) = call(&emulator, "FileService/GetFile", &field(1, file.as_bytes()));
    assert!(has(&data, &field(3, b"text/plain")), "{data:?}");
    let shown = fields(&data[5..]);
    let numbers: Vec<u8> = shown.iter().map(|(number, _)| *number).collect();
    assert_eq!(numbers, [1, 3, 4, 5, 6, 7, 8, 9, 10, 13], "of file.proto");
    // SHA-256 of `Hello`.
    let hash = "185f8db32271fe25f561a6fc938b2e264306ec304eda518007d1764826381969";
    let digits: String = shown[6].1.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(digits, hash);
    assert_eq!(shown[7].1, format!("{}/v1beta/{file}", emulator.url()).into_bytes());
    // Both times have seconds (1); the end is 48 hours, 172,800 seconds, after the beginning.
    let seconds = |time: &[u8]| number(&time[1..]).0;
    assert_eq!(seconds(&shown[5].1) - seconds(&shown[3].1), 172_800);
    let other =
        crate::wire::send(&emulator, "POST /upload/v1beta/files", headers, "").field("name");
    let (_, page) = call(&emulator, "FileService/ListFiles", &[1 << 3, 1]);
    assert!(has(&page, other.as_bytes()) && !has(&page, file.as_bytes()), "{page:?}");
    let (_, token) = fields(&page[5..]).pop().expect("a token");
    let (_, page) = call(&emulator, "FileService/ListFiles", &field(3, &token));
    assert!(has(&page, file.as_bytes()) && !has(&page, other.as_bytes()), "{page:?}");
    call(&emulator, "FileService/DeleteFile", &field(1, other.as_bytes()));
    let (_, data) = call(&emulator, "FileService/DeleteFile", &field(1, file.as_bytes()));
    assert_eq!(data, b"\0\0\0\0\0");
    let (_, data) = call(&emulator, "FileService/ListFiles", b"");
    assert_eq!(data, b"\0\0\0\0\0");
}

#[test]
fn stream_over_grpc_comes_in_pieces_and_after_a_silence() {
    let emulator = approving();
    let body = request("models/gemini-2.5-flash", "a", b"");
    let method = "GenerativeService/StreamGenerateContent";
    let (_, plain) = call(&emulator, method, &body);
    let silence = FaultKind::StreamSilence { after: 1, milliseconds: 1 };
    let first = 5 + u32::from_be_bytes(plain[1..5].try_into().expect("a length")) as usize;
    for (fault, lengths) in [
        (FaultKind::Pieces { sizes: vec![1, 9] }, &[1, 9, 1][..]),
        (silence, &[first]),
        (FaultKind::CutLineEnds, &[]),
    ] {
        emulator.fault(Fault::once("/v1beta", fault.clone()));
        let (heads, pieces) = call_in_pieces(&emulator, method, &body);
        assert_eq!(pieces.concat(), plain, "{fault:?}");
        let sizes: Vec<usize> = pieces.iter().map(Vec::len).collect();
        assert!(sizes.starts_with(lengths), "{fault:?}: {sizes:?}");
        assert!(has(&heads, b"\x81\x07"), "the status follows: {fault:?}");
    }
}
