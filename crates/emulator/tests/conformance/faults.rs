//! Scripted faults, seen as bytes.

use crate::wire::{
    RETRIEVER, approving, code, exchange_bytes, exchange_form, get, list_models, post_form,
    refresh_form, send, sign_in,
};
use hallpass_emulator::{Fault, FaultKind};
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

const JSON: &str = "Content-Type: application/json\r\n";

#[test]
fn scripted_status_comes_as_often_as_asked_and_has_no_effect() {
    let emulator = approving();
    let fault = r#"{"path":"/token","method":"POST","count":2,"fault":{"kind":"respond","status":503,"headers":{"retry-after":"7"},"body":"{\"error\":\"internal_failure\"}"}}"#;
    assert_eq!(send(&emulator, "POST /emulator/v1/faults", JSON, fault).status, 200);
    assert!(get(&emulator, "/emulator/v1/faults", "").body.contains("\"count\": 2"));
    let form = exchange_form(&code(&emulator, RETRIEVER));
    for _ in 0..2 {
        let reply = post_form(&emulator, "/token", &form);
        assert_eq!((reply.status, reply.header("retry-after")), (503, Some("7")));
        assert_eq!(reply.body, "{\"error\":\"internal_failure\"}");
    }
    assert_eq!(post_form(&emulator, "/token", &form).status, 200);
    assert_eq!(emulator.requests().iter().filter(|request| request.status == 503).count(), 2);
}

#[test]
fn fault_of_another_path_or_method_is_not_met() {
    let emulator = approving();
    let broken =
        || FaultKind::Respond { status: 500, headers: Default::default(), body: String::new() };
    emulator.fault(Fault::once("/tokeninfo", broken()));
    emulator.fault(Fault::once("/v1/models", broken()).method("POST"));
    let token = sign_in(&emulator, RETRIEVER).field("access_token");
    assert_eq!(list_models(&emulator, &token).status, 200);
}

#[test]
fn cut_body_ends_before_its_declared_length() {
    let emulator = approving();
    emulator.fault(Fault::once("/v1/models", FaultKind::CutBody));
    let request = "GET /v1/models HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
    let bytes = exchange_bytes(&emulator, request.as_bytes());
    let text = String::from_utf8(bytes).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    let declared = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
    let declared: usize = declared.parse().unwrap();
    assert!(!body.is_empty() && body.len() < declared, "{} of {declared}", body.len());
}

#[test]
fn late_reply_does_not_come_at_once() {
    let emulator = approving();
    emulator.fault(Fault::once("/nothing", FaultKind::Delay { milliseconds: 600_000 }));
    let mut stream = TcpStream::connect(emulator.address()).unwrap();
    stream.set_read_timeout(Some(Duration::from_millis(50))).unwrap();
    stream.write_all(b"GET /nothing HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n").unwrap();
    while emulator.requests().is_empty() {
        std::thread::yield_now();
    }
    let error = stream.read(&mut [0; 1]).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut), "{error}");
    assert_eq!(emulator.requests()[0].status, 404, "the request had its effect");
}

#[test]
fn slow_reply_arrives_whole_and_in_pieces() {
    let emulator = approving();
    let whole = get(&emulator, "/tokeninfo", "").body;
    emulator.fault(Fault::once("/tokeninfo", FaultKind::SlowBytes { milliseconds: 2 }));
    let mut stream = TcpStream::connect(emulator.address()).unwrap();
    let request = b"GET /tokeninfo HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n";
    stream.write_all(request).unwrap();
    let (mut reply, mut pieces, mut buffer) = (Vec::new(), 0, [0; 4096]);
    while let Ok(length @ 1..) = stream.read(&mut buffer) {
        reply.extend_from_slice(&buffer[..length]);
        pieces += 1;
    }
    assert!(String::from_utf8(reply).unwrap().ends_with(&whole));
    assert!(pieces > 2, "{pieces}");
}

#[test]
fn huge_body_has_the_length_asked_for() {
    let emulator = approving();
    emulator.fault(Fault::once("/v1/models", FaultKind::HugeBody { bytes: 3_000_001 }));
    let reply = list_models(&emulator, "x");
    assert_eq!(reply.header("content-length"), Some("3000001"));
    assert_eq!(reply.body.len(), 3_000_001);
}

#[test]
fn reply_that_is_not_json_keeps_status_and_type() {
    let emulator = approving();
    let token = sign_in(&emulator, RETRIEVER).field("access_token");
    emulator.fault(Fault::once("/v1/models", FaultKind::NotJson));
    let reply = list_models(&emulator, &token);
    assert_eq!(
        (reply.status, reply.header("content-type")),
        (200, Some("application/json; charset=UTF-8"))
    );
    assert!(reply.body.starts_with("<html>"), "{}", reply.body);
}

#[test]
fn field_is_removed_or_replaced_and_the_request_still_counts() {
    let emulator = approving();
    let refresh = refresh_form(&sign_in(&emulator, RETRIEVER).field("refresh_token"));
    emulator.fault(Fault::once("/token", FaultKind::RemoveField { field: "access_token".into() }));
    let reply = post_form(&emulator, "/token", &refresh);
    assert!(reply.status == 200 && !reply.body.contains("access_token"), "{}", reply.body);
    let field = "expires_in".into();
    emulator.fault(Fault::once("/token", FaultKind::ReplaceField { field, value: "soon".into() }));
    assert_eq!(post_form(&emulator, "/token", &refresh).field("expires_in"), "soon");
    let field = "error.details.0.reason".into();
    emulator
        .fault(Fault::once("/v1/models", FaultKind::ReplaceField { field, value: "NEW".into() }));
    assert_eq!(list_models(&emulator, "garbage").field("reason"), "NEW");
}
