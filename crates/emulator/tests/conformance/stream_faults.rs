//! Faults of streams, in both of their forms, as bytes.

use crate::generate::flat;
use crate::tools::keyed;
use crate::wire::{Reply, approving, exchange_bytes, send};
use hallpass_emulator::Emulator;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

const BODY: &str = r#"{"contents":[{"parts":[{"text":"Hello, world"}]}]}"#;
const EVENTS: &str = "gemini-2.5-flash:streamGenerateContent?alt=sse";
const ARRAY: &str = "gemini-2.5-flash:streamGenerateContent";

/// What a stream is under a fault, written as JSON.
fn spoiled(emulator: &Emulator, target: &str, fault: &str) -> Reply {
    let fault = format!(r#"{{"path":"/v1beta/models","fault":{fault}}}"#);
    let json = "Content-Type: application/json\r\n";
    assert_eq!(send(emulator, "POST /emulator/v1/faults", json, &fault).status, 200, "{fault}");
    keyed(emulator, target, BODY)
}

#[test]
fn error_comes_in_a_frame_after_some_frames() {
    let emulator = approving();
    let reply = spoiled(&emulator, EVENTS, r#"{"kind":"stream_error","after":2}"#);
    let frames: Vec<&str> = reply.body.split("\r\n\r\n").collect();
    assert_eq!((reply.status, frames.len()), (200, 4), "{}", reply.body);
    assert!(frames[1].starts_with("data: {\"candidates\""), "{}", reply.body);
    let error = r#"data: {"error":{"code":503,"message":"This model is currently experiencing high demand. Spikes in demand are usually temporary. Please try again later.","status":"UNAVAILABLE"}}"#;
    assert_eq!((frames[2], frames[3]), (error, ""));
    let reply = spoiled(&emulator, ARRAY, r#"{"kind":"stream_error","after":1,"error":"quota"}"#);
    assert!(reply.body.starts_with("[{\n  \"candidates\""), "{}", reply.body);
    assert!(reply.body.contains("\n},\r\n{\n  \"error\": {\n    \"code\": 429,"), "{}", reply.body);
    assert!(
        reply.body.ends_with("\n}\n]") && reply.body.contains("google.rpc.RetryInfo"),
        "{}",
        reply.body
    );
}

#[test]
fn error_comes_bare_over_several_lines_and_ends_the_stream() {
    let emulator = approving();
    let bare = "{\n  \"error\": {\n    \"code\": 503,\n    \"message\": \"The model is overloaded. Please try again later.\",\n    \"status\": \"UNAVAILABLE\"\n  }\n}";
    let fault = r#"{"kind":"stream_error","shape":"bare","error":"overloaded"}"#;
    let events = spoiled(&emulator, EVENTS, fault);
    let (frame, rest) = events.body.split_once("\r\n\r\n").expect("a frame");
    assert!(frame.starts_with("data: {\"candidates\""));
    assert_eq!(rest, bare);
    let array = spoiled(&emulator, ARRAY, fault);
    assert!(
        array.body.starts_with("[{") && array.body.ends_with(&format!("\n}}\n{bare}")),
        "{}",
        array.body
    );
    assert_eq!(array.body.matches(bare).count(), 1);
}

#[test]
fn stream_ends_without_its_last_frame() {
    let emulator = approving();
    let events = spoiled(&emulator, EVENTS, r#"{"kind":"stream_end","after":2}"#);
    assert_eq!(events.body.matches("data: ").count(), 2);
    assert!(events.body.ends_with("\r\n\r\n") && !events.body.contains("finishReason"));
    let array = spoiled(&emulator, ARRAY, r#"{"kind":"stream_end"}"#);
    assert!(array.body.ends_with("\n}") && !array.body.contains("finishReason"), "{}", array.body);
    let none = spoiled(&emulator, EVENTS, r#"{"kind":"stream_end","after":0}"#);
    assert_eq!((none.status, none.body.as_str()), (200, ""));
}

#[test]
fn texts_have_line_ends_of_unicode_and_frames_are_huge() {
    let emulator = approving();
    let reply = spoiled(&emulator, EVENTS, r#"{"kind":"stream_separators"}"#);
    assert_eq!(
        reply.body.matches("\"text\":\"\u{2028}\u{2029}\u{85}").count(),
        3,
        "{}",
        reply.body
    );
    let array = spoiled(&emulator, ARRAY, r#"{"kind":"stream_separators"}"#);
    assert_eq!(array.body.matches("\"text\": \"\u{2028}\u{2029}\u{85}").count(), 3);
    let reply = spoiled(&emulator, EVENTS, r#"{"kind":"stream_huge_frame","bytes":100000}"#);
    assert!(reply.body.contains(&format!("\"text\":\"{}The emul", "a".repeat(100_000))));
}

#[test]
fn lines_end_as_asked_and_events_have_several_of_them() {
    let emulator = approving();
    let plain = keyed(&emulator, EVENTS, BODY).body;
    for (with, end) in [("lf", "\n"), ("cr", "\r"), ("crlf", "\r\n")] {
        let fault = format!(r#"{{"kind":"stream_line_ends","with":"{with}"}}"#);
        let reply = spoiled(&emulator, EVENTS, &fault);
        assert_eq!(reply.body, plain.replace("\r\n", end), "{with}");
    }
    let reply = spoiled(&emulator, EVENTS, r#"{"kind":"stream_data_lines"}"#);
    let start = ": comment\r\nid: 7\r\nevent: message\r\ndata: {\r\ndata:   \"candidates\": [\r\n";
    assert!(reply.body.starts_with(start), "{}", reply.body);
    assert_eq!(reply.body.matches(": comment").count(), 3);
}

/// The pieces in which a reply arrives; the reader is quicker than the pauses between them.
fn arriving(emulator: &Emulator) -> Vec<Vec<u8>> {
    let mut stream = TcpStream::connect(emulator.address()).expect("the emulator listens");
    stream.set_read_timeout(Some(Duration::from_secs(30))).expect("a timeout can be set");
    let request = format!(
        "POST /v1beta/models/{EVENTS} HTTP/1.1\r\nHost: x\r\nx-goog-api-key: emulator-api-key\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{BODY}",
        BODY.len()
    );
    stream.write_all(request.as_bytes()).expect("sent");
    let mut pieces = Vec::new();
    let mut buffer = [0; 64 * 1024];
    while let Ok(length @ 1..) = stream.read(&mut buffer) {
        pieces.push(buffer[..length].to_vec());
    }
    pieces
}

#[test]
fn body_is_cut_anywhere_and_within_line_ends() {
    let emulator = approving();
    let plain = keyed(&emulator, EVENTS, BODY).body;
    for fault in [r#"{"kind":"pieces","sizes":[1,2,300]}"#, r#"{"kind":"cut_line_ends"}"#] {
        assert_eq!(spoiled(&emulator, EVENTS, fault).body, plain, "{fault}");
        let json = format!(r#"{{"path":"/v1beta/models","fault":{fault}}}"#);
        send(&emulator, "POST /emulator/v1/faults", "", &json);
        let pieces = arriving(&emulator);
        let is_cut = |piece: &&[u8]| match fault.contains("sizes") {
            true => piece.len() == 300,
            false => piece.ends_with(b"\r"),
        };
        let cut = pieces.iter().map(Vec::as_slice).filter(is_cut).count();
        assert!(pieces.len() > 2 && cut > 0, "{fault}: {} pieces, {cut} as asked", pieces.len());
        let whole = String::from_utf8(pieces.concat()).expect("text");
        assert!(whole.ends_with(&plain), "{whole}");
    }
    let request = format!(
        "POST /v1beta/models/{EVENTS} HTTP/1.1\r\nHost: x\r\nx-goog-api-key: emulator-api-key\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{BODY}",
        BODY.len()
    );
    send(
        &emulator,
        "POST /emulator/v1/faults",
        "",
        r#"{"path":"/v1beta","fault":{"kind":"pieces","sizes":[0]}}"#,
    );
    let bytes = exchange_bytes(&emulator, request.as_bytes());
    assert!(String::from_utf8_lossy(&bytes).ends_with(&plain), "a size of 0 is 1");
}

#[test]
fn silence_stands_between_two_frames() {
    let emulator = approving();
    send(
        &emulator,
        "POST /emulator/v1/faults",
        "",
        r#"{"path":"/v1beta","fault":{"kind":"stream_silence","after":2,"milliseconds":600000}}"#,
    );
    let mut stream = TcpStream::connect(emulator.address()).unwrap();
    let request = format!(
        "POST /v1beta/models/{EVENTS} HTTP/1.1\r\nHost: x\r\nx-goog-api-key: emulator-api-key\r\nContent-Length: {}\r\n\r\n{BODY}",
        BODY.len()
    );
    stream.write_all(request.as_bytes()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(2))).unwrap();
    let (mut text, mut buffer) = (String::new(), [0; 64 * 1024]);
    while let Ok(length @ 1..) = stream.read(&mut buffer) {
        text.push_str(&String::from_utf8_lossy(&buffer[..length]));
        if text.matches("data: ").count() == 2 && text.ends_with("\r\n\r\n") {
            break;
        }
    }
    assert_eq!(text.matches("data: ").count(), 2, "{text}");
    stream.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
    assert!(stream.read(&mut buffer).is_err(), "the rest must not come at once");
}

#[test]
fn faults_of_streams_leave_other_replies_alone() {
    let emulator = approving();
    let plain = keyed(&emulator, "gemini-2.5-flash:generateContent", BODY);
    for fault in [
        r#"{"kind":"stream_error"}"#,
        r#"{"kind":"stream_end"}"#,
        r#"{"kind":"stream_separators"}"#,
        r#"{"kind":"stream_line_ends","with":"cr"}"#,
        r#"{"kind":"stream_data_lines"}"#,
    ] {
        let reply = spoiled(&emulator, "gemini-2.5-flash:generateContent", fault);
        assert_eq!(flat(&reply), flat(&plain), "{fault}");
    }
    let bad = send(
        &emulator,
        "POST /emulator/v1/faults",
        "",
        r#"{"path":"/","fault":{"kind":"stream_end","befor":1}}"#,
    );
    assert_eq!(bad.status, 400);
}
