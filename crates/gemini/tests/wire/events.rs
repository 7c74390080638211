//! Streams of events over sockets: whole, cut, silent, too large, and refused in the middle.

use hallpass::ErrorKind;
use hallpass::http::{HttpClient, Timeouts};
use hallpass_gemini::{Client, Error, Events};
use hallpass_testbed::{Reply, Server, json};
use http::Method;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

const PATH: &str = "models/m:streamGenerateContent";

const BUSY: &str = "{\n  \"error\": {\n    \"code\": 503,\n    \"message\": \"high demand\",\n    \
    \"status\": \"UNAVAILABLE\"\n  }\n}\n";

fn stream(body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n{body}")
}

async fn open(client: &Client) -> Result<Events<Value>, Error> {
    client.request(Method::POST, PATH).json(&json!({})).stream().await
}

/// Returns the events, and the error that ended them.
async fn read(answer: impl Into<Vec<u8>>) -> (Vec<Value>, Option<Error>) {
    let server = Server::in_order(&[Reply::Bytes(answer.into())]).await;
    let mut events = open(&crate::client(server.origin())).await.expect("a stream");
    let mut seen = Vec::new();
    while let Some(event) = events.next().await {
        match event {
            Ok(event) => seen.push(event),
            Err(error) => {
                assert!(events.next().await.is_none(), "nothing comes after an error");
                return (seen, Some(error));
            }
        }
    }
    (seen, None)
}

#[tokio::test]
async fn a_stream_is_asked_for_by_these_bytes() {
    let server = Server::in_order(&[stream("data: {}\n\n")]).await;
    open(&crate::client(server.origin()))
        .await
        .expect("a stream")
        .next()
        .await
        .expect("one")
        .expect("event");
    let [request] = server.requests().try_into().expect("one request");
    assert!(
        request.starts_with("POST /v1beta/models/m:streamGenerateContent?alt=sse HTTP/1.1\r\n"),
        "{request}"
    );
    assert!(request.contains("\r\naccept: text/event-stream\r\n"), "{request}");
    assert!(request.ends_with("\r\n\r\n{}"), "{request}");
}

#[tokio::test]
async fn every_event_comes_whole_whatever_ends_its_lines() {
    for end in ["\n", "\r", "\r\n"] {
        let body =
            format!("data: {{\"a\":\"\u{2028}\"}}{end}{end}data: {{{end}data: }}{end}{end}data: 3");
        // One byte in each chunk.
        let chunks = body.bytes().flat_map(|byte| [b"1\r\n".as_slice(), &[byte], b"\r\n"].concat());
        let head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".iter().copied();
        let reply: Vec<u8> = head.chain(chunks).chain(*b"0\r\n\r\n").collect();
        let (events, error) = read(reply).await;
        assert_eq!(events, [json!({"a": "\u{2028}"}), json!({}), json!(3)], "{end:?}");
        assert!(error.is_none());
    }
}

#[tokio::test]
async fn an_event_comes_before_the_next_is_sent_and_dropping_the_stream_ends_the_connection() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("port");
    let origin = format!("http://{}", listener.local_addr().expect("address"));
    let server = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.expect("a client");
        let mut request = [0; 4096];
        assert_ne!(stream.read(&mut request).await.expect("the request"), 0);
        let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
        stream.write_all(head.as_bytes()).await.expect("head");
        // One byte in each chunk.
        for byte in "data: {\"n\":1}\r\n\r\n".chars() {
            stream.write_all(format!("1\r\n{byte}\r\n").as_bytes()).await.expect("piece");
        }
        stream.read(&mut request).await.unwrap_or_default()
    });
    let mut events = open(&crate::client(&origin)).await.expect("a stream");
    assert_eq!(events.next().await.expect("one").expect("event"), json!({"n": 1}));
    drop(events);
    assert_eq!(server.await.expect("server"), 0);
}

#[tokio::test]
async fn a_stream_that_falls_silent_is_left() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("port");
    let origin = format!("http://{}", listener.local_addr().expect("address"));
    let _server = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.expect("a client");
        assert_ne!(stream.read(&mut [0; 4096]).await.expect("the request"), 0);
        let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nb\r\ndata: 1\r\n\r\n\r\n";
        stream.write_all(head.as_bytes()).await.expect("piece");
        stream.read(&mut [0; 1]).await
    });
    let timeouts = Timeouts::model().silence(Duration::from_millis(60));
    let client = Client::builder(crate::credential()).base_url(&origin).timeouts(timeouts).build();
    let mut events = open(&client).await.expect("a stream");
    assert_eq!(events.next().await.expect("one").expect("event"), json!(1));
    let error = events.next().await.expect("an end").expect_err("silence");
    assert_eq!(*error.connection().expect("silence").kind(), ErrorKind::Timeout);
    assert!(error.is_transient());
}

#[tokio::test]
async fn a_cut_stream_is_an_error_after_its_last_event() {
    let cut =
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nb\r\ndata: 1\r\n\r\n\r\n5\r\ndat";
    let (events, error) = read(cut.to_owned()).await;
    assert_eq!(events, [json!(1)]);
    let error = error.expect("cut");
    assert_eq!(*error.connection().expect("cut").kind(), ErrorKind::Connect);
}

#[tokio::test]
async fn an_error_within_the_stream_is_googles_refusal() {
    let within = "data: {\"error\":{\"code\":503,\"status\":\"UNAVAILABLE\"}}\n\n".to_owned();
    for refusal in [within, BUSY.to_owned(), format!("[{BUSY}]")] {
        let (events, error) = read(stream(&format!("data: 1\n\n{refusal}"))).await;
        assert_eq!(events, [json!(1)]);
        let error = error.expect("a refusal");
        assert_eq!((error.status(), error.google_status()), (Some(503), Some("UNAVAILABLE")));
        assert!(error.is_transient());
    }
}

#[tokio::test]
async fn an_event_about_an_error_whose_code_is_a_word_is_an_event() {
    let event = json!({"event_type": "error", "error": {"code": "overloaded"}});
    let (events, error) = read(stream(&format!("data: {event}\n\n"))).await;
    assert_eq!(events, [event]);
    assert!(error.is_none());
}

#[tokio::test]
async fn done_ends_the_stream() {
    let (events, error) = read(stream("data: 1\n\ndata: [DONE]\n\ndata: 2\n\n")).await;
    assert_eq!(events, [json!(1)]);
    assert!(error.is_none());
}

#[tokio::test]
async fn what_is_no_stream_of_events_is_an_error() {
    for body in
        ["<html>marked</html>", "data: <html>\n\n", "data: {\"a\":\n\n", "[{\"candidates\":[]}]"]
    {
        let (events, error) = read(stream(body)).await;
        assert!(events.is_empty(), "{body}");
        let error = error.expect(body);
        assert!(error.status().is_none() && !error.is_transient(), "{error}");
        assert!(!format!("{error} {error:?}").contains("marked"), "{error:?}");
    }
}

#[tokio::test]
async fn an_event_without_end_is_left_at_the_limit() {
    for body in ["data: ".to_owned() + &"x".repeat(4096), "data: x\n".repeat(4096)] {
        let server = Server::in_order(&[stream(&body)]).await;
        let client = crate::client(server.origin());
        let request = client.request(Method::POST, PATH).json(&json!({})).limit(1024);
        let error = request.stream::<Value>().await.expect("a stream").next().await;
        let error = error.expect("an end").expect_err("too large");
        assert!(error.to_string().ends_with("an event is larger than any real one"), "{error}");
    }
}

#[tokio::test]
async fn a_refusal_before_the_stream_is_tried_again_and_told_as_every_other() {
    let server =
        Server::in_order(&[json("503 Service Unavailable", BUSY), stream("data: 1\n\n")]).await;
    let mut events = open(&crate::client(server.origin())).await.expect("the second answer");
    assert_eq!(events.next().await.expect("one").expect("event"), json!(1));
    let server = Server::in_order(&[json("403 Forbidden", "{}")]).await;
    let error = open(&crate::client(server.origin())).await.expect_err("a refusal");
    assert_eq!(error.status(), Some(403));
}

#[test]
fn a_model_has_more_time_than_a_look_up() {
    let client = Client::builder(crate::credential()).http(HttpClient::default()).build();
    let shown = format!("{client:?}");
    assert!(shown.contains("whole: None") && shown.contains("whole: Some(20s)"), "{shown}");
}
