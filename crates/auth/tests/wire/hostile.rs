//! A token server that means harm: every reply has an end in size and time, and none leads elsewhere.

use hallpass::http::{HttpClient, Timeouts};
use hallpass::oauth::{Secret, TokenEndpoint, TokenSet};
use hallpass::time::ManualClock;
use hallpass::{Error, ErrorKind, OAuthClient};
use hallpass_testbed::{Reply, Server, json};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

const GOOD: &str = r#"{"access_token":"ya29.a","expires_in":3599,"token_type":"Bearer"}"#;

async fn ask(token_uri: String, http: HttpClient) -> Result<TokenSet, Error> {
    let client = OAuthClient::new("client", "secret").with_uris(String::new(), token_uri);
    let clock = Arc::new(ManualClock::new(SystemTime::UNIX_EPOCH));
    TokenEndpoint::new(http, client, clock).refresh(&Secret::from("refresh"), None).await
}

async fn answered(reply: impl Into<String>) -> Result<TokenSet, Error> {
    let reply = reply.into();
    let server = Server::start(move |_, _| reply.clone()).await;
    ask(server.url("/token"), HttpClient::default()).await
}

/// Asks a server that sends `more` until the client leaves; returns how much it sent, too.
async fn endless(head: &str, more: &[u8]) -> (Result<TokenSet, Error>, usize) {
    let reply = Reply::WithoutEnd(head.into(), more.into());
    let server = Server::start(move |_, _| reply.clone()).await;
    // Long: the reply is given up for its size.
    let timeouts = Timeouts::default().whole(Duration::from_secs(30));
    let ended = ask(server.url("/token"), HttpClient::default().with_timeouts(timeouts)).await;
    (ended, server.sent())
}

#[tokio::test]
async fn a_body_without_end_is_left_after_a_quarter_of_a_mebibyte() {
    for head in [
        "HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n",
        "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n",
    ] {
        let (ended, sent) = endless(head, &[b'x'; 4096]).await;
        assert_eq!(*ended.expect_err("too large").kind(), ErrorKind::TooLarge);
        // What lies in the buffers of both sockets was sent, too.
        assert!(sent < 16 * 1024 * 1024, "{sent}");
    }
    let chunks = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    let (ended, _) = endless(chunks, &b"10\r\nxxxxxxxxxxxxxxxx\r\n".repeat(64)).await;
    assert_eq!(*ended.expect_err("too large").kind(), ErrorKind::TooLarge);
}

#[tokio::test]
async fn headers_without_end_are_left_after_64_kibibytes() {
    for (head, more) in [
        ("HTTP/1.1 200 OK\r\n", &b"X-More: and more\r\n"[..]),
        ("HTTP/1.1 200 OK\r\nX-Long: ", b"xxxxxxxxxxxxxxxx"),
    ] {
        let (ended, sent) = endless(head, more).await;
        let error = ended.expect_err(head);
        assert_eq!(*error.kind(), ErrorKind::TooLarge, "{error}");
        assert!(error.to_string().ends_with("are too many, or larger than 64 KiB"), "{error}");
        // What lies in the buffers of both sockets was sent, too.
        assert!(sent < 16 * 1024 * 1024, "{sent}");
    }
}

#[tokio::test]
async fn a_header_may_have_60_kibibytes_and_not_256() {
    let reply = |kibibytes: usize| {
        let long = "x".repeat(kibibytes * 1024);
        let length = GOOD.len();
        format!("HTTP/1.1 200 OK\r\nX-Long: {long}\r\nContent-Length: {length}\r\n\r\n{GOOD}")
    };
    assert!(answered(reply(60)).await.is_ok());
    let error = answered(reply(256)).await.expect_err("too long");
    assert_eq!(*error.kind(), ErrorKind::TooLarge);
}

#[tokio::test]
async fn replies_that_are_none_end_with_the_time_limit() {
    let (ended, _) = endless("", b"HTTP/1.1 100 Continue\r\n\r\n").await;
    assert_eq!(*ended.expect_err("no reply").kind(), ErrorKind::Timeout);
}

#[tokio::test]
async fn a_byte_now_and_then_ends_with_the_time_limit() {
    let reply = json("200 OK", GOOD).into_bytes();
    let server =
        Server::start(move |_, _| Reply::Slowly(Duration::from_millis(20), reply.clone())).await;
    let timeouts = Timeouts::default().whole(Duration::from_millis(200));
    let http = HttpClient::default().with_timeouts(timeouts);
    let error = ask(server.url("/token"), http).await.expect_err("too slow");
    assert_eq!(*error.kind(), ErrorKind::Timeout);
}

#[tokio::test]
async fn a_reply_cut_at_any_byte_is_an_error_that_passes() {
    let whole = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{GOOD}",
        GOOD.len()
    );
    for end in 0..whole.len() {
        let error = answered(&whole[..end]).await.expect_err("cut");
        assert!(error.is_transient(), "after {end} bytes: {error:?}");
    }
    assert!(answered(whole).await.is_ok());
}

#[tokio::test]
async fn a_redirect_leads_nowhere() {
    let elsewhere = Server::always("200 OK", GOOD).await;
    for (status, location) in [
        ("302 Found", elsewhere.url("/token")),
        ("307 Temporary Redirect", elsewhere.url("/token")),
        ("308 Permanent Redirect", "http://evil.example/token".to_owned()),
    ] {
        let reply =
            format!("HTTP/1.1 {status}\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n");
        assert!(answered(reply).await.is_err(), "{status}");
    }
    assert_eq!(elsewhere.requests().len(), 0);
}

#[tokio::test]
async fn what_is_not_one_plain_json_object_is_refused() {
    let deep = format!("{{\"access_token\":{}{}}}", "[".repeat(500), "]".repeat(500));
    let twice = r#"{"access_token":"ya29.a","expires_in":3599,"access_token":"ya29.marked"}"#;
    for body in
        [twice, deep.as_str(), "[]", "null", "", "\u{feff}{}", "{\"access_token\":\"ya29.a\""]
    {
        let server_body = body.to_owned();
        let server = Server::start(move |_, _| json("200 OK", &server_body)).await;
        let error = ask(server.url("/token"), HttpClient::default()).await.expect_err(body);
        assert_eq!(*error.kind(), ErrorKind::NotJson, "{body}");
        assert!(!format!("{error:?}").contains("marked"), "{error:?}");
    }
}

/// `GOOD`, compressed: a client that unpacks replies has a token.
const BEGINNING_OF_A_BOMB: &[u8] =
    b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xec\xc1\x01\x01\x00\x00\x00\
      \x80\x90\xfe\xaf\xee\x08\x0a";

const GOOD_GZIP: &[u8] =
    b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xabVJLNN-.\x8e/\xc9\xcfN\xcdS\xb2R\xaaL4\
      \xb2\xd4KT\xd2QJ\xad(\xc8,J-\x8e\xcf\x04\x8a\x1a\x9bZZ\xea(\x81\x95\xc4\x97T\x16\xa4\
      \x02\xd59\xa5&\x16\xa5\x16)\xd5\x02\x00:\xb5\xe3\xf9A\x00\x00\x00";

#[tokio::test]
async fn a_compressed_bomb_is_never_unpacked() {
    // Zeros: 200 KiB, which the limit of a reply lets through, become more than 200 MiB.
    let bomb = [BEGINNING_OF_A_BOMB, &vec![0; 200 * 1024]].concat();
    // We ask for no compression; what says it is compressed is taken as it is, and is no JSON.
    for (encoding, body) in
        [("gzip", GOOD_GZIP), ("x-gzip", GOOD_GZIP), ("deflate, gzip", GOOD_GZIP), ("gzip", &bomb)]
    {
        let length = body.len();
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Encoding: {encoding}\r\n\
             Content-Length: {length}\r\n\r\n"
        );
        let reply = Reply::Bytes([head.as_bytes(), body].concat());
        let server = Server::start(move |_, _| reply.clone()).await;
        let error = ask(server.url("/token"), HttpClient::default()).await.expect_err(encoding);
        assert_eq!(*error.kind(), ErrorKind::NotJson);
        let requests = server.requests();
        assert!(!requests[0].to_lowercase().contains("accept-encoding"), "{requests:?}");
    }
}

#[tokio::test]
async fn a_token_that_would_smuggle_a_header_is_refused() {
    for token in ["a\\r\\nHost: evil", "a b", "a\\u0000", "ä", "", &"x".repeat(17 * 1024)] {
        let body = format!(r#"{{"access_token":"{token}","expires_in":3599}}"#);
        let server = Server::start(move |_, _| json("200 OK", &body)).await;
        let error = ask(server.url("/token"), HttpClient::default()).await.expect_err(token);
        assert_eq!(*error.kind(), ErrorKind::NoAccessToken);
    }
}

#[tokio::test]
async fn no_lifetime_makes_a_token_last_for_ever() {
    let end = |text: &str| {
        let body = format!(r#"{{"access_token":"ya29.a"{text}}}"#);
        async move {
            let server = Server::start(move |_, _| json("200 OK", &body)).await;
            let tokens = ask(server.url("/token"), HttpClient::default()).await.expect("tokens");
            let end = tokens.access_token.expires_at();
            end.duration_since(SystemTime::UNIX_EPOCH).expect("after").as_secs()
        }
    };
    for (text, seconds) in [
        ("", 0),
        (r#","expires_in":null"#, 0),
        (r#","expires_in":0"#, 0),
        (r#","expires_in":-1"#, 0),
        (r#","expires_in":"3599""#, 3599),
        (r#","expires_in":3599.9"#, 3599),
        (r#","expires_in":1000000000000000000"#, 86_400),
        (r#","expires_in":1e400"#, 0),
        (r#","expires_in":"soon""#, 0),
        (r#","expires_in":[3599]"#, 0),
    ] {
        if text.contains("1e400") {
            // No number of JSON's readers: the whole reply is refused.
            let body = format!(r#"{{"access_token":"ya29.a"{text}}}"#);
            let server = Server::start(move |_, _| json("200 OK", &body)).await;
            assert!(ask(server.url("/token"), HttpClient::default()).await.is_err());
            continue;
        }
        assert_eq!(end(text).await, seconds, "{text}");
    }
}
