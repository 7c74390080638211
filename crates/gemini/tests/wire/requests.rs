//! Requests of any method: their bytes, where they may go, and when they are sent again.

use bytes::Bytes;
use futures_util::stream;
use hallpass::ErrorKind;
use hallpass::http::{Body, HttpClient, Transport, TransportFuture};
use hallpass_gemini::{Client, Error, Retry, Version};
use hallpass_testbed::{Server, json as answer};
use http::{Method, Request, Response, header};
use serde_json::{Value, json};
use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::time::Duration;

const PATH: &str = "models/m:generateContent";

async fn post(server: &Server) -> Result<Value, Error> {
    let client = crate::client(server.origin());
    client.request(Method::POST, PATH).json(&json!({"contents": []})).send().await
}

#[tokio::test]
async fn a_request_is_these_bytes() {
    let server = Server::in_order(&[answer("200 OK", r#"{"candidates":[]}"#)]).await;
    assert_eq!(post(&server).await.expect("reply"), json!({"candidates": []}));
    let host = server.origin().trim_start_matches("http://");
    let version = env!("CARGO_PKG_VERSION");
    let expected = format!(
        "POST /v1beta/models/m:generateContent HTTP/1.1\r\ncontent-type: application/json\r\n\
         accept: application/json\r\nauthorization: Bearer ya29.first\r\n\
         x-goog-user-project: demo-project\r\nuser-agent: hallpass/{version}\r\nhost: {host}\r\n\
         content-length: 15\r\n\r\n{{\"contents\":[]}}"
    );
    assert_eq!(server.requests(), [expected]);
}

#[tokio::test]
async fn version_path_query_and_headers_are_the_programs() {
    let server = Server::in_order(&[answer("200 OK", "{}")]).await;
    let client = Client::builder(crate::credential()).base_url(server.origin());
    let client = client.version(Version::V1Alpha).build();
    let request = client.request(Method::DELETE, "files/a").query("force", "a b&c");
    let request = request.header(header::IF_MATCH, "1").query("x", "é");
    request.send::<Value>().await.expect("reply");
    client.request(Method::GET, "/upload/v1beta/files").send::<Value>().await.expect("reply");
    let [delete, upload] = server.requests().try_into().expect("two requests");
    assert!(
        delete.starts_with("DELETE /v1alpha/files/a?force=a+b%26c&x=%C3%A9 HTTP/1.1\r\n"),
        "{delete}"
    );
    assert!(delete.contains("\r\nif-match: 1\r\n"), "{delete}");
    assert!(upload.starts_with("GET /upload/v1beta/files HTTP/1.1\r\n"), "{upload}");
}

#[tokio::test]
async fn a_refused_token_is_replaced_and_the_body_sent_once_more() {
    let server =
        Server::in_order(&[answer("401 Unauthorized", "{}"), answer("200 OK", "{}")]).await;
    post(&server).await.expect("reply");
    let requests = server.requests();
    assert_eq!(requests.len(), 2);
    assert!(requests[1].contains("authorization: Bearer ya29.second\r\n"), "{}", requests[1]);
    assert!(requests[1].ends_with("\r\n\r\n{\"contents\":[]}"), "{}", requests[1]);
}

#[tokio::test]
async fn a_cut_connection_is_tried_again_for_a_look_up_alone() {
    let cut = "HTTP/1.1 200 OK\r\nContent-Length: 400\r\n\r\n{".to_owned();
    for broken in [String::new(), cut] {
        let answers = [broken, answer("200 OK", "{}")];
        let server = Server::in_order(&answers).await;
        let client = crate::client(server.origin());
        client.request(Method::GET, "models").send::<Value>().await.expect("the second answer");
        assert_eq!(server.requests().len(), 2);

        let server = Server::in_order(&answers).await;
        let error = post(&server).await.expect_err("it may have been done");
        assert_eq!(*error.connection().expect("cut").kind(), ErrorKind::Connect);
        assert_eq!(server.requests().len(), 1);
    }
}

#[tokio::test]
async fn every_class_of_failure_is_told_apart() {
    for (status, body, requests) in [
        ("401 Unauthorized", "{}", 2),
        ("403 Forbidden", "{}", 1),
        ("429 Too Many Requests", "{}", 4),
        ("500 Internal Server Error", "{}", 4),
        ("200 OK", "<html>", 1),
    ] {
        let server = Server::in_order(&[answer(status, body)]).await;
        let error = post(&server).await.expect_err(status);
        let number: Option<u16> = status[..3].parse().ok();
        assert_eq!(error.status(), number.filter(|number| *number != 200), "{status}");
        assert_eq!(error.is_transient(), requests == 4, "{status}");
        assert_eq!(error.needs_sign_in(), requests == 2, "{status}");
        assert!(error.auth().is_none() && error.connection().is_none(), "{status}");
        assert_eq!(server.requests().len(), requests, "{status}");
    }
}

#[tokio::test]
async fn a_refusal_keeps_its_headers() {
    let status = "429 Too Many Requests\r\nRetry-After: 31\r\nX-Request-Id: r-1";
    let server = Server::in_order(&[answer(status, "{}")]).await;
    let error = post(&server).await.expect_err("a refusal");
    assert_eq!(error.retry_delay(), Some(Duration::from_secs(31)));
    assert_eq!(error.request_id(), Some("r-1"));
    assert_eq!(error.headers().expect("headers")["x-request-id"], "r-1");
    assert_eq!(server.requests().len(), 1, "31 seconds are longer than the longest wait");
}

#[tokio::test]
async fn a_stream_of_a_request_is_sent_once() {
    let server = Server::in_order(&[answer("503 Service Unavailable", "{}")]).await;
    let body = Body::stream(stream::iter([Ok::<_, Infallible>(Bytes::from_static(b"abc"))]));
    let client = crate::client(server.origin());
    let request = client.request(Method::POST, "/upload/v1beta/files");
    let error = request.body("text/plain", body.with_length(3)).send::<Value>().await;
    assert_eq!(error.expect_err("a refusal").status(), Some(503));
    let [request] = server.requests().try_into().expect("one request");
    assert!(request.ends_with("content-length: 3\r\n\r\nabc"), "{request}");
}

/// Notes the hosts it is asked for.
#[derive(Debug, Default)]
pub(crate) struct Hosts(pub(crate) Arc<Mutex<Vec<String>>>);

impl Transport for Hosts {
    fn send(&self, request: Request<Body>) -> TransportFuture<'_> {
        let host = request.uri().host().unwrap_or_default().to_owned();
        self.0.lock().expect("hosts").push(host);
        Box::pin(async { Ok(Response::new("{}".into())) })
    }
}

#[tokio::test]
async fn the_token_goes_to_google_and_trusted_hosts_alone() {
    let asked = Arc::default();
    let builder = || {
        let http = HttpClient::builder().transport(Hosts(Arc::clone(&asked))).build();
        Client::builder(crate::credential()).http(http)
    };
    let send = async |client: Client| client.request(Method::GET, "models").send::<Value>().await;
    send(builder().build()).await.expect("Google");
    let foreign = || builder().base_url("https://gateway.example/gemini");
    send(foreign().trusted_host("gateway.example").build()).await.expect("trusted");
    assert_eq!(
        *asked.lock().expect("hosts"),
        ["generativelanguage.googleapis.com", "gateway.example"]
    );

    for (base_url, kind) in [
        ("https://gateway.example/gemini", ErrorKind::ForeignHost),
        ("https://generativelanguage.googleapis.com.example", ErrorKind::ForeignHost),
        ("http://generativelanguage.googleapis.com", ErrorKind::InsecureUri),
    ] {
        let error = send(builder().base_url(base_url).build()).await.expect_err(base_url);
        assert_eq!(*error.auth().expect("no token").kind(), kind, "{base_url}");
    }
    assert_eq!(asked.lock().expect("hosts").len(), 2, "nothing was sent");
}

#[tokio::test]
async fn a_request_that_cannot_be_sent_is_the_programs_mistake() {
    let client = crate::client("http://127.0.0.1:1");
    let request = client.request(Method::GET, "models").header(header::IF_MATCH, "a\nb");
    let error = request.send::<Value>().await.expect_err("a header");
    assert_eq!(error.to_string(), "the request cannot be sent: a header that cannot be sent");
    let error = client.request(Method::GET, "a b").send::<Value>().await.expect_err("a path");
    assert_eq!(error.to_string(), "the request cannot be sent: an address that is none");
    assert!(!error.is_transient());
}

#[tokio::test]
async fn an_ended_sign_in_is_an_error_of_the_sign_in() {
    #[derive(Debug)]
    struct Ended;
    impl hallpass::source::TokenSource for Ended {
        fn token(&self) -> hallpass::source::TokenFuture<'_> {
            Box::pin(async { Err(hallpass::Scopes::parse("").expect_err("none")) })
        }
        fn reject(&self, _: &hallpass::oauth::AccessToken) {}
    }
    let client = Client::builder(hallpass::Credential::new(Ended)).retry(Retry::none()).build();
    let error = client.models().get("aqa").await.expect_err("no token");
    assert!(error.auth().is_some() && error.connection().is_none());
    let source = std::error::Error::source(&error).expect("a cause");
    assert!(source.downcast_ref::<hallpass::Error>().is_some());
}
