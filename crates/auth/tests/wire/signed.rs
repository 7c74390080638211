//! Signed requests: a refused token is replaced once, by one rule for every HTTP client.

use bytes::Bytes;
use futures_util::stream;
use hallpass::http::{Body, BodyStream, HttpClient, Signer};
use hallpass::oauth::AccessToken;
use hallpass::source::{StaticSource, TokenFuture, TokenSource};
use hallpass::{Credential, Error, ErrorKind};
use hallpass_testbed::{Server, json};
use http::{Request, Response};
use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::SystemTime;

/// Gives out `token-0`, and after each rejection the next.
#[derive(Debug, Default)]
struct Numbered(AtomicUsize);

impl TokenSource for Numbered {
    fn token(&self) -> TokenFuture<'_> {
        let text = format!("token-{}", self.0.load(Ordering::SeqCst));
        Box::pin(async move { Ok(Arc::new(AccessToken::new(text, SystemTime::UNIX_EPOCH)?)) })
    }

    fn reject(&self, token: &AccessToken) {
        if token.expose() == format!("token-{}", self.0.load(Ordering::SeqCst)) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }
}

/// Takes no token before `token-1`.
async fn strict() -> Server {
    Server::start(|_, request| match request.contains("authorization: Bearer token-0\r\n") {
        true => json("401 Unauthorized", "{}"),
        false => json("200 OK", "{}"),
    })
    .await
}

async fn send(
    signer: &Signer,
    url: String,
    body: impl Into<Body>,
) -> Result<Response<BodyStream>, Error> {
    signer.send(&HttpClient::default(), Request::post(url).body(body).expect("request")).await
}

#[tokio::test]
async fn a_refused_token_is_replaced_and_the_request_sent_once_more() {
    let server = strict().await;
    let signer = Signer::new(Credential::new(Numbered::default()));
    let reply = send(&signer, server.url("/x"), "whole").await.expect("reply");
    assert_eq!(reply.status(), 200);
    let requests = server.requests();
    assert_eq!(requests.len(), 2);
    for (number, request) in requests.iter().enumerate() {
        assert!(request.starts_with("POST /x HTTP/1.1\r\n"), "{request}");
        assert!(
            request.contains(&format!("authorization: Bearer token-{number}\r\n")),
            "{request}"
        );
        assert!(request.ends_with("\r\n\r\nwhole"), "{request}");
    }
}

#[tokio::test]
async fn a_second_refusal_is_the_callers_to_see() {
    let server = Server::always("401 Unauthorized", "{}").await;
    let signer = Signer::new(Credential::new(Numbered::default()));
    let reply = send(&signer, server.url("/x"), "whole").await.expect("reply");
    assert_eq!(reply.status(), 401);
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn a_stream_is_sent_once_and_its_refused_token_not_again() {
    let server =
        Server::start(|_, _| "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n").await;
    let signer = Signer::new(Credential::new(Numbered::default()));
    let body = Body::stream(stream::iter([Ok::<_, Infallible>(Bytes::from_static(b"x"))]));
    let reply = send(&signer, server.url("/x"), body).await.expect("reply");
    assert_eq!(reply.status(), 401);
    assert_eq!(server.requests().len(), 1);
    send(&signer, server.url("/x"), "").await.expect("reply");
    assert!(server.requests()[1].contains("authorization: Bearer token-1\r\n"));
}

#[tokio::test]
async fn a_source_with_one_token_is_asked_once() {
    let server = Server::always("401 Unauthorized", "{}").await;
    let token = AccessToken::new("only", SystemTime::UNIX_EPOCH).expect("token");
    let signer = Signer::new(Credential::new(StaticSource::new(token)));
    assert_eq!(send(&signer, server.url("/x"), "").await.expect("reply").status(), 401);
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn a_foreign_host_is_not_asked() {
    let signer = Signer::new(Credential::new(Numbered::default()));
    let error = send(&signer, "https://example.com/x".to_owned(), "").await.expect_err("foreign");
    assert_eq!(*error.kind(), ErrorKind::ForeignHost);
}
