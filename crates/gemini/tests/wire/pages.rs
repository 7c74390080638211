//! Lists go over pages, and what goes out is what Google's reference says.

use futures_util::{StreamExt, TryStreamExt};
use hallpass_gemini::Model;
use hallpass_testbed::{Server, json};

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
