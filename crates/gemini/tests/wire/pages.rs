//! Lists go over pages, and what goes out is what Google's reference says.

use futures_util::{StreamExt, TryStreamExt};
use hallpass::ErrorKind;
use hallpass::http::{Body, HttpClient, Transport, TransportFuture};
use hallpass_gemini::{Client, Error, Model};
use hallpass_testbed::{Server, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

const FIRST: &str = r#"{"models":[{"name":"models/gemini-2.5-flash","inputTokenLimit":1048576},
    {"name":"models/gemini-embedding-001"}],"nextPageToken":"a+b/c="}"#;
const SECOND: &str = r#"{"models":[{"name":"models/aqa"}]}"#;

#[tokio::test]
async fn list_asks_for_the_next_page_until_there_is_none() {
    let server = Server::in_order(&[json("200 OK", FIRST), json("200 OK", SECOND)]).await;
    let client = crate::client(server.origin());
    let models: Vec<Model> =
        client.models().with_page_size(2).list().try_collect().await.expect("models");
    let names: Vec<&str> = models.iter().map(|model| model.name.as_str()).collect();
    assert_eq!(names, ["models/gemini-2.5-flash", "models/gemini-embedding-001", "models/aqa"]);
    let requests = server.requests();
    assert!(
        requests[0].starts_with("GET /v1beta/models?pageSize=2 HTTP/1.1\r\n"),
        "{}",
        requests[0]
    );
    assert!(
        requests[1]
            .starts_with("GET /v1beta/models?pageSize=2&pageToken=a%2Bb%2Fc%3D HTTP/1.1\r\n"),
        "{}",
        requests[1]
    );
    assert_eq!(requests.len(), 2);
}

#[tokio::test]
async fn a_page_is_asked_for_only_when_it_is_wanted() {
    let server = Server::in_order(&[json("200 OK", FIRST), json("200 OK", SECOND)]).await;
    let client = crate::client(server.origin());
    let first = client.models().list().next().await.expect("one").expect("model");
    assert_eq!(first.name, "models/gemini-2.5-flash");
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn token_and_quota_project_travel_as_headers_and_nowhere_else() {
    let server = Server::in_order(&[json("200 OK", r#"{"name":"models/aqa"}"#)]).await;
    let client = crate::client(server.origin());
    client.models().get("models/aqa").await.expect("model");
    let request = server.requests().remove(0);
    assert!(request.starts_with("GET /v1beta/models/aqa HTTP/1.1\r\n"), "{request}");
    let lines = request.to_lowercase();
    assert!(lines.contains("\r\nauthorization: bearer ya29.first\r\n"), "{request}");
    assert!(lines.contains("\r\nx-goog-user-project: demo-project\r\n"), "{request}");
}

#[tokio::test]
async fn an_empty_account_has_no_models() {
    let server = Server::in_order(&[json("200 OK", "{}")]).await;
    let models: Vec<Model> =
        crate::client(server.origin()).models().list().try_collect().await.expect("models");
    assert!(models.is_empty());
}

#[tokio::test]
async fn a_server_that_leads_in_a_circle_is_left() {
    let server = Server::in_order(&[json("200 OK", r#"{"nextPageToken":"again"}"#)]).await;
    let result: Result<Vec<Model>, _> =
        crate::client(server.origin()).models().list().try_collect().await;
    assert!(result.is_err());
    assert_eq!(server.requests().len(), 2);
}

async fn all(server: &Server) -> Result<Vec<Model>, Error> {
    crate::client(server.origin()).models().list().try_collect().await
}

#[tokio::test]
async fn a_list_without_end_is_left_after_a_thousand_pages() {
    let page =
        |number| format!(r#"{{"models":[{{"name":"models/m"}}],"nextPageToken":"{number}"}}"#);
    let server = Server::start(move |number, _| json("200 OK", &page(number))).await;
    let error = all(&server).await.expect_err("no end");
    assert_eq!(error.to_string(), "Gemini's answer cannot be understood: a list has no end");
    assert_eq!(server.requests().len(), 1000);
}

#[tokio::test]
async fn a_list_of_too_many_models_is_left() {
    let models = vec![r#"{"name":"m"}"#; 60_000].join(",");
    let page = move |number| format!(r#"{{"models":[{models}],"nextPageToken":"{number}"}}"#);
    let server = Server::start(move |number, _| json("200 OK", &page(number))).await;
    let error = all(&server).await.expect_err("no end");
    assert_eq!(error.to_string(), "Gemini's answer cannot be understood: a list has no end");
    assert_eq!(server.requests().len(), 2, "100,000 at most");
}

#[tokio::test]
async fn a_list_of_large_pages_is_left_after_64_mebibytes() {
    let text = "x".repeat(3 * 1024 * 1024);
    let page = move |number| {
        format!(
            r#"{{"models":[{{"name":"m","description":"{text}"}}],"nextPageToken":"{number}"}}"#
        )
    };
    let server = Server::start(move |number, _| json("200 OK", &page(number))).await;
    let client = crate::client(server.origin());
    let mut list = client.models().list();
    let mut seen = 0;
    let error = loop {
        match list.next().await.expect("no end") {
            Ok(_) => seen += 1,
            Err(error) => break error,
        }
    };
    assert_eq!(*error.connection().expect("too large").kind(), ErrorKind::TooLarge);
    assert_eq!(seen, 21, "21 pages of 3 MiB fit");
}

#[tokio::test]
async fn a_page_of_more_than_4_mebibytes_is_refused() {
    let server = Server::in_order(&[json("200 OK", &" ".repeat(4 * 1024 * 1024 + 1))]).await;
    let error = all(&server).await.expect_err("too large");
    assert_eq!(*error.connection().expect("too large").kind(), ErrorKind::TooLarge);
}

/// Gives page after page, each after a quarter of a minute.
#[derive(Debug, Default)]
struct Slow(Arc<AtomicUsize>);

impl Transport for Slow {
    fn send(&self, _: http::Request<Body>) -> TransportFuture<'_> {
        let number = self.0.fetch_add(1, Ordering::SeqCst);
        Box::pin(async move {
            tokio::time::sleep(Duration::from_secs(15)).await;
            Ok(http::Response::new(format!(r#"{{"nextPageToken":"{number}"}}"#).into()))
        })
    }
}

#[tokio::test(start_paused = true)]
async fn a_slow_list_without_end_is_left_after_five_minutes() {
    let asked = Arc::default();
    let http = HttpClient::builder().transport(Slow(Arc::clone(&asked))).build();
    let client = Client::builder(crate::credential()).http(http).build();
    let error = client.models().list().try_collect::<Vec<Model>>().await.expect_err("no end");
    assert_eq!(error.to_string(), "Gemini's answer cannot be understood: a list has no end");
    assert_eq!(
        asked.load(Ordering::SeqCst),
        21,
        "twenty quarters of a minute, and one that is cut"
    );
}
