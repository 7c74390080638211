//! Input that no client sends on purpose; after each the emulator still answers.

use crate::wire::{RETRIEVER, Reply, approving, exchange_bytes, get, post_form, send, sign_in};
use hallpass_emulator::Emulator;
use std::io::Write;
use std::net::TcpStream;

#[track_caller]
fn still_answers(emulator: &Emulator) {
    assert_eq!(get(emulator, "/emulator/v1/health", "").status, 200);
}

#[test]
fn bytes_that_are_not_http_are_survived() {
    let emulator = approving();
    for bytes in [
        &b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc"[..],
        b"\0\0\0\0\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"\r\n\r\n",
    ] {
        let mut stream = TcpStream::connect(emulator.address()).unwrap();
        stream.write_all(bytes).unwrap();
        drop(stream);
        still_answers(&emulator);
    }
}

#[test]
fn oversized_head_and_body_are_refused() {
    let emulator = approving();
    let long = "a".repeat(200_000);
    let reply =
        exchange_bytes(&emulator, format!("GET /{long} HTTP/1.1\r\nHost: x\r\n\r\n").as_bytes());
    assert!(reply.is_empty() || (400..500).contains(&Reply::parse(&reply).status));
    let head = "POST /token HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\nConnection: close\r\n\r\n";
    let reply = exchange_bytes(&emulator, head.as_bytes());
    assert_eq!(Reply::parse(&reply).status, 413);
    still_answers(&emulator);
}

#[test]
fn forms_of_any_bytes_are_answered() {
    let emulator = approving();
    for form in [
        "%",
        "%zz=%",
        "=&=&=",
        "grant_type",
        "grant_type=%00%ff",
        "code=4/&grant_type=authorization_code",
    ] {
        assert_eq!(post_form(&emulator, "/token", form).status, 400, "{form}");
    }
    let many = "a=b&".repeat(20_000);
    assert_eq!(post_form(&emulator, "/token", &many).status, 400);
    for target in [
        "/o/oauth2/v2/auth",
        "/o/oauth2/v2/auth?%ff=%00",
        "/tokeninfo?id_token=..",
        "/v1/models?pageToken=%00",
    ] {
        assert!(get(&emulator, target, "").status < 500, "{target}");
    }
}

#[test]
fn redirect_with_line_breaks_cannot_split_a_reply() {
    let emulator = approving();
    let redirect = "http%3A%2F%2F127.0.0.1%3A1%2F%0D%0ASet-Cookie%3A%20a%3Db";
    let query = crate::wire::authorize_query(RETRIEVER)
        .replace("http%3A%2F%2F127.0.0.1%3A8085%2F", redirect);
    let reply = get(&emulator, &format!("/o/oauth2/v2/auth?{query}"), "");
    assert_eq!(reply.header("set-cookie"), None);
    assert!(reply.location().contains("/signin/oauth/error"), "{reply:?}");
}

#[test]
fn more_idle_connections_than_allowed_keep_no_new_one_out() {
    let emulator = approving();
    let idle: Vec<TcpStream> = (0..600)
        .filter_map(|_| {
            let mut stream = TcpStream::connect(emulator.address()).ok()?;
            stream.write_all(b"GET / HT").ok()?;
            Some(stream)
        })
        .collect();
    still_answers(&emulator);
    drop(idle);
}

#[test]
fn wrong_method_on_every_path_is_refused() {
    let emulator = approving();
    for path in [
        "/o/oauth2/v2/auth",
        "/token",
        "/revoke",
        "/tokeninfo",
        "/oauth2/v3/certs",
        "/signin/oauth/flow",
    ] {
        let reply = send(&emulator, &format!("DELETE {path}"), "", "");
        assert_eq!(reply.status, 405, "{path}");
    }
    assert_eq!(send(&emulator, "DELETE /v1/models", "", "").status, 404);
}

#[test]
fn thousands_of_sign_ins_are_survived_by_the_newest() {
    let emulator = Emulator::builder().start().unwrap();
    let query = crate::wire::authorize_query(RETRIEVER);
    let first = get(&emulator, &format!("/o/oauth2/v2/auth?{query}"), "").location().to_owned();
    for _ in 0..1_000 {
        get(&emulator, &format!("/o/oauth2/v2/auth?{query}"), "");
    }
    let path = first.strip_prefix(emulator.url().as_str()).unwrap();
    assert_eq!(get(&emulator, path, "").status, 400, "the oldest sign-in was forgotten");
    drop(emulator);
    sign_in(&approving(), RETRIEVER);
}
