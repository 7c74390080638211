//! What no program of the user's sends: other names, web pages, other proxies, two requests in one.

use crate::world::{World, parts};
use hallpass_testbed::{Server, json};

/// Sends one request with a good ticket and returns status and reason.
async fn refused(world: &World, request: &str) -> (u16, String) {
    let reply = world.raw(request).await;
    let (status, head, body) = parts(&reply);
    assert!(!head.to_ascii_lowercase().contains("access-control"), "{head}");
    let reason = body.split("\"reason\":\"").nth(1).and_then(|rest| rest.split('"').next());
    (status, reason.unwrap_or_default().to_owned())
}

#[tokio::test]
async fn only_the_address_that_was_given_out_is_answered() {
    let google = Server::always("200 OK", "{}").await;
    let world = World::new(google.origin());
    let port = world.agent.address().port();
    let hosts = [
        format!("Host: localhost:{port}\r\n"),
        format!("Host: rebound.example:{port}\r\n"),
        format!("Host: 127.0.0.1.nip.example:{port}\r\n"),
        format!("Host: 127.1:{port}\r\n"),
        format!("Host: 0.0.0.0:{port}\r\n"),
        format!("Host: [::1]:{port}\r\n"),
        format!("Host: user@127.0.0.1:{port}\r\n"),
        format!("Host: 127.0.0.1:{port}.\r\n"),
        "Host: 127.0.0.1\r\n".to_owned(),
        "Host: generativelanguage.googleapis.com\r\n".to_owned(),
        "Host:\r\n".to_owned(),
        String::new(),
        "Host: [HOST]\r\nHost: [HOST]\r\n".to_owned(),
    ];
    for host in hosts {
        for path in ["/v1/models", "/token", "/"] {
            let request = format!(
                "GET {path} HTTP/1.1\r\n{host}x-goog-api-key: [TICKET]\r\nConnection: close\r\n\r\n"
            );
            let reply = world.raw(&request).await;
            let (status, _, body) = parts(&reply);
            assert!(status == 403 || status == 400, "{host:?} {path}: {reply}");
            assert!(!body.contains("models"), "{host:?}: {reply}");
        }
    }
    assert_eq!(google.connections(), 0);
    let good = world.get("/v1/models", "x-goog-api-key: [TICKET]\r\n").await;
    assert_eq!(parts(&good).0, 200, "{good}");
}

#[tokio::test]
async fn nothing_that_a_browser_or_another_proxy_adds_is_let_through() {
    let google = Server::always("200 OK", "{}").await;
    let world = World::new(google.origin());
    for header in [
        "Origin: null",
        "Origin: http://[HOST]",
        "Referer: http://[HOST]/",
        "Sec-Fetch-Site: none",
        "Sec-Fetch-Site: same-origin",
        "Sec-Fetch-Mode: navigate",
        "Sec-Fetch-Mode: no-cors",
        "Sec-Fetch-Mode: cors\r\nSec-Fetch-Site: cross-site",
        "Sec-Fetch-Mode: cors\r\nSec-Fetch-Mode: navigate",
        "Sec-Fetch-Dest: script",
        "Sec-Fetch-User: ?1",
        "Access-Control-Request-Method: POST",
        "X-Forwarded-For: 127.0.0.1",
        "X-Forwarded-Host: [HOST]",
        "Forwarded: for=127.0.0.1",
        "Via: 1.1 a",
    ] {
        let request = format!(
            "GET /v1/models HTTP/1.1\r\nHost: [HOST]\r\nx-goog-api-key: [TICKET]\r\n{header}\r\nConnection: close\r\n\r\n"
        );
        assert_eq!(refused(&world, &request).await, (403, "BROWSER".to_owned()), "{header}");
    }
    for method in ["OPTIONS", "TRACE"] {
        let request = format!(
            "{method} /v1/models HTTP/1.1\r\nHost: [HOST]\r\nx-goog-api-key: [TICKET]\r\n\r\n"
        );
        assert_eq!(refused(&world, &request).await, (405, "METHOD".to_owned()), "{method}");
    }
    assert_eq!(google.connections(), 0);
}

#[tokio::test]
async fn the_one_header_of_a_browser_that_nodes_fetch_sends_is_let_through() {
    let google = Server::always("200 OK", "{}").await;
    let world = World::new(google.origin());
    let headers = "x-goog-api-key: [TICKET]\r\nSec-Fetch-Mode: cors\r\nUser-Agent: node\r\n";
    let reply = world.get("/v1/models", headers).await;
    assert_eq!(parts(&reply).0, 200, "{reply}");
}

#[tokio::test]
async fn the_agent_is_nobodys_forward_proxy() {
    let google = Server::always("200 OK", "{}").await;
    let world = World::new(google.origin());
    for line in [
        "GET http://generativelanguage.googleapis.com/v1/models HTTP/1.1",
        "GET http://169.254.169.254/computeMetadata/v1/ HTTP/1.1",
        "GET http://[HOST]/v1/models HTTP/1.1",
        "CONNECT generativelanguage.googleapis.com:443 HTTP/1.1",
    ] {
        let request = format!("{line}\r\nHost: [HOST]\r\nx-goog-api-key: [TICKET]\r\n\r\n");
        assert_eq!(refused(&world, &request).await, (400, "FORWARD_PROXY".to_owned()), "{line}");
    }
    for path in [
        "/",
        "/v1",
        "/v2/models",
        "//v1/models",
        "/v1/../token",
        "/v1/%2e%2e/token",
        "/v1/models/%252e%252e",
        "/v1/models/..%5c..",
        "/oauth2/v1/certs",
        "/computeMetadata/v1/",
        "/v1beta1/projects/a",
        "/upload/x",
    ] {
        let request =
            format!("GET {path} HTTP/1.1\r\nHost: [HOST]\r\nx-goog-api-key: [TICKET]\r\n\r\n");
        assert_eq!(refused(&world, &request).await, (404, "PATH".to_owned()), "{path}");
    }
    assert_eq!(google.connections(), 0);
}

#[tokio::test]
async fn a_request_in_the_body_of_another_is_a_body() {
    let google = Server::start(|_, _| json("200 OK", "{}")).await;
    let world = World::new(google.origin());
    let smuggled =
        "DELETE /v1/files/smuggled HTTP/1.1\r\nHost: [HOST]\r\nx-goog-api-key: [TICKET]\r\n\r\n";
    // Without it the connection would stay open for a next request.
    let last = "GET /last HTTP/1.1\r\nConnection: close\r\n\r\n";
    let length = world.fill(smuggled).len() + 5;
    for framing in [
        format!("Content-Length: {length}\r\nTransfer-Encoding: chunked\r\n"),
        format!("Transfer-Encoding: chunked\r\nContent-Length: {length}\r\n"),
        format!("Content-Length: {length}\r\nContent-Length: 5\r\n"),
        format!("Content-Length: 5\r\nContent-Length: {length}\r\n"),
        "Transfer-Encoding: chunked, identity\r\n".to_owned(),
        "Transfer-Encoding: identity, chunked\r\n".to_owned(),
        "Transfer-Encoding: xchunked\r\n".to_owned(),
        "Transfer-Encoding : chunked\r\n".to_owned(),
        " Transfer-Encoding: chunked\r\n".to_owned(),
        "Content-Length: +5\r\n".to_owned(),
        "Content-Length: 5, 5\r\n".to_owned(),
    ] {
        world
            .raw(&format!(
                "POST /v1/models/a:generateContent HTTP/1.1\r\nHost: [HOST]\r\nx-goog-api-key: [TICKET]\r\n{framing}\r\n0\r\n\r\n{smuggled}{last}"
            ))
            .await;
        for request in google.requests() {
            assert!(
                request.starts_with("POST /v1/models/a:generateContent HTTP/1.1\r\n"),
                "{framing:?}: {request}"
            );
            let head = request.split("\r\n\r\n").next().expect("head").to_ascii_lowercase();
            let lengths = head.matches("\r\ncontent-length:").count()
                + head.matches("\r\ntransfer-encoding:").count();
            assert!(lengths <= 1, "{framing:?}: {request}");
        }
    }
}
