//! What a request is signed with: a token, a key, or what a closure returns; never two at once.

use crate::requests::Hosts;
use hallpass::ErrorKind;
use hallpass::http::HttpClient;
use hallpass_gemini::{ApiKey, Authorization, Client, Error};
use hallpass_testbed::{Server, json as answer};
use http::{HeaderName, Method, header};
use serde_json::Value;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

const X_KEY: HeaderName = HeaderName::from_static("x-goog-api-key");

async fn ask(authorization: impl Into<Authorization>, server: &Server) -> Result<Value, Error> {
    let client = Client::builder(authorization).base_url(server.origin()).build();
    client.request(Method::GET, "models").send().await
}

#[tokio::test]
async fn a_key_goes_in_its_header_with_its_project_and_without_a_token() {
    let server = Server::in_order(&[answer("200 OK", "{}")]).await;
    let key = ApiKey::new("AQ.key").expect("key").with_quota_project("p-1").expect("project");
    assert!(!format!("{key:?} {:?}", Authorization::from(key.clone())).contains("AQ."));
    ask(key, &server).await.expect("reply");
    let request = &server.requests()[0];
    assert!(request.starts_with("GET /v1beta/models HTTP/1.1\r\n"), "{request}");
    assert!(request.contains("\r\nx-goog-api-key: AQ.key\r\n"), "{request}");
    assert!(request.contains("\r\nx-goog-user-project: p-1\r\n"), "{request}");
    assert!(!request.to_ascii_lowercase().contains("authorization:"), "{request}");
}

#[tokio::test]
async fn a_second_credential_is_never_sent() {
    let server = Server::in_order(&[answer("200 OK", "{}")]).await;
    let client = crate::client(server.origin());
    for name in [header::AUTHORIZATION, X_KEY] {
        let request = client.request(Method::GET, "models").header(name, "other");
        let error = request.send::<Value>().await.expect_err("two credentials");
        assert_eq!(error.to_string(), "the request cannot be sent: a second credential");
    }
    for name in ["key", "access_token"] {
        let request = client.request(Method::GET, "models").query(name, "other");
        request.send::<Value>().await.expect_err("two credentials");
    }
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn a_closure_is_asked_at_every_attempt() {
    let replies = [answer("401 Unauthorized", "{}"), answer("200 OK", "{}")];
    let server = Server::in_order(&replies).await;
    let asked = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&asked);
    let keys = Authorization::asked(move || {
        let number = counter.fetch_add(1, Ordering::SeqCst);
        async move { ApiKey::new(format!("key-{number}")) }
    });
    ask(keys, &server).await.expect("the second key");
    let [first, second] = server.requests().try_into().expect("two requests");
    assert!(first.contains("x-goog-api-key: key-0\r\n"), "{first}");
    assert!(second.contains("x-goog-api-key: key-1\r\n"), "{second}");
    assert_eq!(asked.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_closure_may_return_a_sign_in_or_fail() {
    let server = Server::in_order(&[answer("200 OK", "{}")]).await;
    let signed = Authorization::asked(|| async { Ok::<_, Error>(crate::credential()) });
    ask(signed, &server).await.expect("reply");
    let request = &server.requests()[0];
    assert!(request.contains("\r\nauthorization: Bearer ya29.first\r\n"), "{request}");
    assert!(request.contains("\r\nx-goog-user-project: demo-project\r\n"), "{request}");

    let broken = Authorization::asked(|| async { Err::<ApiKey, _>("the vault is closed") });
    let error = ask(broken, &server).await.expect_err("no key");
    assert_eq!(error.to_string(), "no credential for the Gemini API");
    let cause = std::error::Error::source(&error).expect("a cause");
    assert_eq!(cause.to_string(), "the vault is closed");
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn a_key_goes_to_google_and_trusted_hosts_alone() {
    let key = || ApiKey::new("AQ.key").expect("key");
    let asked = || Authorization::asked(|| async { ApiKey::new("AQ.key") });
    for authorization in [Authorization::from(key()), asked()] {
        let hosts = Hosts::default();
        let seen = Arc::clone(&hosts.0);
        let http = HttpClient::builder().transport(hosts).build();
        let client = Client::builder(authorization.clone()).base_url("https://gateway.example");
        let client = client.trusted_host("gateway.example").http(http).build();
        client.request(Method::GET, "models").send::<Value>().await.expect("trusted");
        assert_eq!(*seen.lock().expect("hosts"), ["gateway.example"]);

        let client = Client::builder(authorization).base_url("https://gateway.example").build();
        let error = client.request(Method::GET, "models").send::<Value>().await;
        let error = error.expect_err("a foreign host");
        assert_eq!(*error.auth().expect("refused").kind(), ErrorKind::ForeignHost);
    }
}

#[tokio::test]
async fn one_request_counts_against_another_project() {
    let server = Server::in_order(&[answer("200 OK", "{}")]).await;
    let client = crate::client(server.origin());
    let request = client.request(Method::GET, "models").quota_project("other-project");
    request.send::<Value>().await.expect("reply");
    let request = &server.requests()[0];
    assert_eq!(request.matches("x-goog-user-project").count(), 1, "{request}");
    assert!(request.contains("\r\nx-goog-user-project: other-project\r\n"), "{request}");
}

#[test]
fn what_is_no_key_is_refused() {
    for bad in ["", "a b", "a\nb", "ä", "ya29.token"] {
        let error = ApiKey::new(bad).expect_err(bad);
        assert!(error.is_invalid_setting() && !error.to_string().contains("ya29"), "{error}");
    }
}
