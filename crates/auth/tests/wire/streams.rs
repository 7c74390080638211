//! Bodies as they come and go: byte by byte over sockets, at servers that are late, silent, or gone.

use bytes::Bytes;
use futures_util::stream;
use hallpass::http::{Body, BodyStream, HttpClient, Timeouts};
use hallpass::{Error, ErrorKind};
use http::{Request, Response};
use std::convert::Infallible;
use std::error::Error as _;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

const CHUNKED: &str = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
const SHORT: Duration = Duration::from_millis(60);

/// Serves one connection; returns its address and what `serve` returns.
async fn serve<F>(
    serve: impl FnOnce(TcpStream) -> F + Send + 'static,
) -> (String, JoinHandle<F::Output>)
where
    F: Future<Output: Send> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("port");
    let url = format!("http://{}/x", listener.local_addr().expect("address"));
    let task = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.expect("a client");
        serve(stream).await
    });
    (url, task)
}

/// Reads until `end` has come.
async fn read_to(stream: &mut TcpStream, end: &str) -> String {
    let mut bytes = Vec::new();
    while !bytes.ends_with(end.as_bytes()) && stream.read_buf(&mut bytes).await.expect("read") > 0 {
    }
    String::from_utf8(bytes).expect("text")
}

fn patient() -> Timeouts {
    Timeouts::default().whole(None)
}

async fn get(url: &str, timeouts: Timeouts) -> Result<Response<BodyStream>, Error> {
    let request = Request::get(url).body(Body::default()).expect("request");
    HttpClient::default().with_timeouts(timeouts).open(request).await
}

async fn put(url: &str, body: Body, timeouts: Timeouts) -> Result<Response<BodyStream>, Error> {
    let request = Request::put(url).body(body).expect("request");
    HttpClient::default().with_timeouts(timeouts).open(request).await
}

/// Returns the kind, the line and the cause.
fn told(error: &Error) -> (ErrorKind, String, String) {
    let cause = error.source().map(ToString::to_string).unwrap_or_default();
    (error.kind().clone(), error.to_string(), cause)
}

fn host(url: &str) -> &str {
    url.trim_start_matches("http://").trim_end_matches("/x")
}

#[test]
fn defaults_are_those_of_an_oauth_server_and_a_model_has_its_own() {
    let (oauth, model) = (Timeouts::default(), Timeouts::model());
    assert_eq!(HttpClient::default().timeouts(), oauth);
    assert_eq!(oauth.connect, Duration::from_secs(5));
    assert_eq!(oauth.whole, Some(Duration::from_secs(20)));
    assert_eq!(model.connect, Duration::from_secs(5));
    assert_eq!(model.first_byte, Duration::from_secs(600));
    assert_eq!(model.silence, Duration::from_secs(300));
    assert_eq!(model.whole, None);
}

#[test]
fn bodies_may_be_shared_by_threads() {
    fn shared<T: Send + Sync>() {}
    shared::<(Body, BodyStream, HttpClient)>();
}

#[tokio::test]
async fn head_comes_before_the_body_and_each_piece_as_it_is_sent() {
    let (go, wait) = oneshot::channel();
    let (url, server) = serve(async |mut stream| {
        read_to(&mut stream, "\r\n\r\n").await;
        stream.write_all(CHUNKED.as_bytes()).await.expect("head");
        wait.await.expect("the client has the head");
        stream.write_all(b"3\r\none\r\n").await.expect("piece");
        stream.write_all(b"3\r\ntwo\r\n0\r\n\r\n").await.expect("piece");
    })
    .await;
    let reply = get(&url, patient()).await.expect("the head");
    assert_eq!(reply.status(), 200);
    go.send(()).expect("the server waits");
    assert_eq!(reply.into_body().collect(6).await.expect("the body"), "onetwo");
    server.await.expect("server");
}

#[tokio::test]
async fn a_late_head_is_silence() {
    let (url, _server) = serve(async |mut stream| {
        read_to(&mut stream, "never").await;
    })
    .await;
    let error = get(&url, patient().first_byte(SHORT)).await.expect_err("late");
    let line = format!("`{}` does not answer", host(&url));
    assert_eq!(told(&error), (ErrorKind::Timeout, line, "silence for 60 milliseconds".to_owned()));
    assert!(error.is_transient());
}

#[tokio::test]
async fn silence_between_two_pieces_ends_the_body() {
    let (url, server) = serve(async |mut stream| {
        read_to(&mut stream, "\r\n\r\n").await;
        stream.write_all(format!("{CHUNKED}3\r\none\r\n").as_bytes()).await.expect("piece");
        stream.read(&mut [0; 1]).await
    })
    .await;
    let mut body = get(&url, patient().silence(SHORT)).await.expect("the head").into_body();
    assert_eq!(body.next().await.expect("a piece").expect("one"), "one");
    let error = body.next().await.expect("an end").expect_err("silence");
    let line = format!("`{}` stopped within its reply", host(&url));
    assert_eq!(told(&error), (ErrorKind::Timeout, line, "silence for 60 milliseconds".to_owned()));
    assert!(body.next().await.is_none(), "nothing comes after an error");
    assert_eq!(server.await.expect("server").expect("the end"), 0, "the connection is closed");
}

#[tokio::test]
#[cfg_attr(windows, ignore = "measures milliseconds, which wine does not keep")]
async fn a_program_that_reads_slowly_is_no_silence() {
    let (url, _server) = serve(async |mut stream| {
        read_to(&mut stream, "\r\n\r\n").await;
        stream.write_all(format!("{CHUNKED}3\r\none\r\n").as_bytes()).await.expect("piece");
        tokio::time::sleep(SHORT / 3).await;
        stream.write_all(b"3\r\ntwo\r\n").await.expect("piece");
        tokio::time::sleep(3 * SHORT + SHORT / 2).await;
        stream.write_all(b"0\r\n\r\n").await.expect("the end");
        stream.read(&mut [0; 1]).await
    })
    .await;
    let mut body = get(&url, patient().silence(SHORT)).await.expect("the head").into_body();
    assert_eq!(body.next().await.expect("a piece").expect("one"), "one");
    assert_eq!(body.next().await.expect("a piece").expect("two"), "two");
    tokio::time::sleep(3 * SHORT).await;
    assert!(body.next().await.is_none(), "the time of the program is not the server's");
}

#[tokio::test]
async fn a_byte_now_and_then_ends_with_the_time_for_the_whole() {
    let (url, _server) = serve(async |mut stream| {
        read_to(&mut stream, "\r\n\r\n").await;
        stream.write_all(CHUNKED.as_bytes()).await.expect("head");
        while stream.write_all(b"1\r\nx\r\n").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
    let body = get(&url, Timeouts::default().whole(SHORT)).await.expect("the head").into_body();
    let error = body.collect(usize::MAX).await.expect_err("too slow");
    let line = format!("`{}` stopped within its reply", host(&url));
    let cause = "not finished after 60 milliseconds".to_owned();
    assert_eq!(told(&error), (ErrorKind::Timeout, line, cause));
}

#[tokio::test]
async fn a_cut_body_is_its_last_item() {
    for cut in
        [format!("{CHUNKED}3\r\none\r\n"), "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\none".into()]
    {
        let (url, _server) = serve(async move |mut stream| {
            read_to(&mut stream, "\r\n\r\n").await;
            stream.write_all(cut.as_bytes()).await.expect("piece");
        })
        .await;
        let mut body = get(&url, patient()).await.expect("the head").into_body();
        assert_eq!(body.next().await.expect("a piece").expect("one"), "one");
        let error = body.next().await.expect("an end").expect_err("cut");
        let line = format!("`{}` cut the connection within its reply", host(&url));
        assert_eq!(told(&error), (ErrorKind::Connect, line, String::new()));
        assert!(body.next().await.is_none());
    }
}

#[tokio::test]
async fn a_body_without_end_is_left_at_the_limit_and_the_connection_closed() {
    let (url, server) = serve(async |mut stream| {
        read_to(&mut stream, "\r\n\r\n").await;
        stream.write_all(CHUNKED.as_bytes()).await.expect("head");
        let mut sent = 0_u64;
        while stream.write_all(b"10\r\nxxxxxxxxxxxxxxxx\r\n").await.is_ok() {
            sent += 16;
        }
        sent
    })
    .await;
    let body = get(&url, patient()).await.expect("the head").into_body();
    let error = body.collect(2048).await.expect_err("too large");
    let line = format!("the reply of `{}` is larger than 2 KiB", host(&url));
    assert_eq!(told(&error), (ErrorKind::TooLarge, line, String::new()));
    // What lies in the buffers of both sockets was sent, too.
    let sent = server.await.expect("server");
    assert!(sent < 16 * 1024 * 1024, "{sent}");
}

#[tokio::test]
async fn dropping_a_stream_or_a_request_closes_the_connection() {
    let ends = async |mut stream: TcpStream| {
        read_to(&mut stream, "\r\n\r\n").await;
        let _ = stream.write_all(format!("{CHUNKED}3\r\none\r\n").as_bytes()).await;
        stream.read(&mut [0; 1]).await.unwrap_or_default()
    };
    let (url, server) = serve(ends).await;
    let mut body = get(&url, patient()).await.expect("the head").into_body();
    body.next().await.expect("a piece").expect("one");
    drop(body);
    assert_eq!(server.await.expect("server"), 0);

    let (url, server) = serve(async |mut stream| {
        read_to(&mut stream, "\r\n\r\n").await;
        stream.read(&mut [0; 1]).await.unwrap_or_default()
    })
    .await;
    let late = tokio::time::timeout(SHORT, get(&url, patient())).await;
    assert!(late.is_err(), "dropped before its head");
    assert_eq!(server.await.expect("server"), 0);
}

/// Takes an upload, and answers if it ends so.
async fn upload(body: Body, end: &'static str, timeouts: Timeouts) -> (Result<u16, Error>, String) {
    let (url, server) = serve(async move |mut stream| {
        let request = read_to(&mut stream, end).await;
        if request.ends_with(end) {
            let reply = b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n";
            stream.write_all(reply).await.expect("reply");
        }
        request
    })
    .await;
    let reply = put(&url, body, timeouts).await.map(|reply| reply.status().as_u16());
    let seen = server.await.expect("server").replace(host(&url), "HOST");
    (reply, seen)
}

fn pieces(
    pieces: &'static [&'static str],
) -> impl futures_util::Stream<Item = Result<Bytes, Infallible>> {
    stream::iter(pieces.iter().map(|piece| Ok(Bytes::from_static(piece.as_bytes()))))
}

const HEAD: &str = concat!(
    "PUT /x HTTP/1.1\r\nuser-agent: hallpass/",
    env!("CARGO_PKG_VERSION"),
    "\r\nhost: HOST\r\n"
);

#[tokio::test]
async fn upload_of_a_stream_is_sent_piece_by_piece() {
    let unknown = Body::stream(pieces(&["one", "three"]));
    let (reply, seen) = upload(unknown, "0\r\n\r\n", patient()).await;
    assert_eq!(reply.expect("reply"), 201);
    let chunks = "transfer-encoding: chunked\r\n\r\n3\r\none\r\n5\r\nthree\r\n0\r\n\r\n";
    assert_eq!(seen, format!("{HEAD}{chunks}"));

    let known = Body::stream(pieces(&["one", "three"])).with_length(8);
    let (reply, seen) = upload(known, "three", patient()).await;
    assert_eq!(reply.expect("reply"), 201);
    assert_eq!(seen, format!("{HEAD}content-length: 8\r\n\r\nonethree"));

    let (reply, seen) = upload("whole".into(), "whole", patient()).await;
    assert_eq!(reply.expect("reply"), 201);
    assert_eq!(seen, format!("{HEAD}content-length: 5\r\n\r\nwhole"));
}

#[tokio::test]
#[cfg_attr(windows, ignore = "measures milliseconds, which wine does not keep")]
async fn an_upload_that_moves_is_not_late() {
    let slow = stream::unfold(0, |number| async move {
        tokio::time::sleep(SHORT / 2).await;
        (number < 6).then_some((Ok::<_, Infallible>(Bytes::from_static(b"x")), number + 1))
    });
    let (reply, _) = upload(Body::stream(slow), "0\r\n\r\n", patient().first_byte(SHORT)).await;
    assert_eq!(reply.expect("in time"), 201);
}

#[tokio::test]
async fn an_upload_whose_stream_fails_is_not_the_servers_fault() {
    let broken = stream::iter([Ok(Bytes::from_static(b"one")), Err("the disk is gone")]);
    let (reply, seen) = upload(Body::stream(broken), "never", patient()).await;
    let (kind, line, cause) = told(&reply.expect_err("no body"));
    assert_eq!(kind, ErrorKind::RequestBody);
    assert!(line.starts_with("the body of the request to `127.0.0.1:"), "{line}");
    assert_eq!(cause, "the disk is gone");
    assert!(!seen.ends_with("0\r\n\r\n"), "a cut upload must not look whole: {seen}");
}

#[tokio::test]
async fn an_upload_shorter_than_it_said_is_an_error() {
    let body = Body::stream(pieces(&["one"])).with_length(8);
    let (reply, _) = upload(body, "never", patient()).await;
    let (kind, _, cause) = told(&reply.expect_err("too short"));
    assert_eq!(kind, ErrorKind::RequestBody);
    assert_eq!(cause, "it ends before the length that was said");
}

#[tokio::test]
async fn other_limits_of_time_share_the_connections() {
    let (url, server) = serve(async |mut stream| {
        let mut seen = 0;
        while !read_to(&mut stream, "\r\n\r\n").await.is_empty() {
            seen += 1;
            let reply = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
            stream.write_all(reply.as_bytes()).await.expect("reply");
        }
        seen
    })
    .await;
    let http = HttpClient::default();
    for http in [http.clone(), http.with_timeouts(Timeouts::model())] {
        let request = Request::get(&url).body(Bytes::new()).expect("request");
        assert_eq!(http.send(request, 2).await.expect("reply").body(), "ok");
    }
    drop(http);
    assert_eq!(server.await.expect("server"), 2, "both over one connection");
}
