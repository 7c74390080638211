//! Refused tokens, redirects and hosts that get no token, with reqwest.

use crate::Numbered;
use hallpass::ErrorKind;
use hallpass_adapters::reqwest::{GoogleAuth, SendError};
use hallpass_testbed::{Server, json};
use reqwest::{Body, Client};

/// Without a TLS feature of its own, reqwest takes the process's; an error says that there is one.
fn client() -> Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::new()
}

/// Refuses `token-0`.
fn strict(_: usize, request: &str) -> String {
    match request.contains("authorization: Bearer token-0\r\n") {
        true => json("401 Unauthorized", "{}"),
        false => json("200 OK", "{}"),
    }
}

#[tokio::test]
async fn refused_token_is_replaced_and_the_request_sent_once_more() {
    let server = Server::start(strict).await;
    let request = client().post(server.url("/x")).body("whole");
    let response = request.send_signed(&Numbered::credential()).await.expect("response");
    assert_eq!(response.status(), 200);
    let requests = server.requests();
    assert_eq!(requests.len(), 2);
    assert!(requests[1].contains("authorization: Bearer token-1\r\n"), "{}", requests[1]);
    assert!(requests[1].ends_with("\r\n\r\nwhole"), "{}", requests[1]);
}

#[tokio::test]
async fn second_refusal_is_the_callers_to_see() {
    let server = Server::always("401 Unauthorized", "{}").await;
    let request = client().get(server.url("/x"));
    let response = request.send_signed(&Numbered::credential()).await.expect("response");
    assert_eq!(response.status(), 401);
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn redirect_to_another_host_does_not_carry_the_token() {
    let thief = Server::always("401 Unauthorized", "{}").await;
    let location = thief.url("/take");
    let server = Server::start(move |_, _| {
        format!(
            "HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        )
    })
    .await;
    let request = client().get(server.url("/x"));
    let response = request.send_signed(&Numbered::credential()).await.expect("response");
    assert_eq!(response.status(), 401);
    let [taken] = thief.requests().try_into().expect("one request");
    assert!(!taken.to_lowercase().contains("token-0"), "{taken}");
    assert_eq!(server.requests().len(), 1, "its 401 says nothing about the token");
}

#[tokio::test]
async fn foreign_host_gets_nothing() {
    let request = client().get("https://example.com/x?key=marked");
    let error = request.google_auth(&Numbered::credential()).await.expect_err("no token");
    let SendError::Auth(error) = error else { panic!("{error}") };
    assert_eq!(*error.kind(), ErrorKind::ForeignHost);
    assert_eq!(error.to_string(), "the token may not go to `example.com`");
}

#[tokio::test]
async fn failed_request_does_not_show_its_query() {
    let closed = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("port");
        listener.local_addr().expect("address")
    };
    let request = client().post(format!("http://{closed}/x?key=marked")).body(Body::from("b"));
    let error = request.send_signed(&Numbered::credential()).await.expect_err("no server");
    assert!(!format!("{error} {error:?}").contains("marked"), "{error:?}");
}
