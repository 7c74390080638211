//! Connections from one request to the next: which are used again, and which never.

use bytes::Bytes;
use futures_util::future::join_all;
use futures_util::stream;
use hallpass::http::{Body, BodyStream, HttpClient, Timeouts};
use hallpass::{Error, ErrorKind};
use hallpass_testbed::{Reply, Server};
use http::{Method, Request, Response};
use std::convert::Infallible;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::mpsc;
use std::time::Duration;
use tokio::runtime::{Builder, Runtime};

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

async fn open(http: &HttpClient, url: &str) -> Result<Response<BodyStream>, Error> {
    http.open(Request::get(url).body(Body::default()).expect("request")).await
}

/// Asks once; returns status and body.
async fn ask(http: &HttpClient, url: &str) -> Result<(u16, Bytes), Error> {
    let (head, body) = open(http, url).await?.into_parts();
    Ok((head.status.as_u16(), body.collect(1024).await?))
}

/// A server that leaves its connections open, whatever it has said.
async fn open_server(reply: impl Into<Vec<u8>>) -> Server {
    let reply = reply.into();
    Server::start(move |_, _| Reply::KeepOpen(reply.clone())).await
}

fn good() -> (u16, Bytes) {
    (200, Bytes::from_static(b"ok"))
}

#[tokio::test]
async fn requests_one_after_the_other_share_a_connection() {
    let chunked =
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-End: 1\r\n\r\n";
    let old = "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok";
    for reply in [OK, chunked, old] {
        let server = open_server(reply).await;
        let http = HttpClient::default();
        for _ in 0..3 {
            assert_eq!(ask(&http, &server.url("/x?y=z")).await.expect("a reply"), good());
        }
        assert_eq!((server.connections(), server.requests().len()), (1, 3), "{reply}");
        let requests = server.requests();
        let host = server.origin().trim_start_matches("http://");
        for request in &requests {
            assert!(request.starts_with("GET /x?y=z HTTP/1."), "{request}");
            assert!(request.contains(&format!("\r\nhost: {host}\r\n")), "{request}");
        }
    }
}

#[tokio::test]
async fn replies_without_a_body_leave_the_connection_open() {
    let server = Server::start(|number, _| {
        Reply::KeepOpen(match number {
            0 => "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n".into(),
            1 => "HTTP/1.1 204 No Content\r\n\r\n".into(),
            2 => "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n".into(),
            3 => "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
                .into(),
            _ => OK.into(),
        })
    })
    .await;
    let http = HttpClient::default();
    for (method, status) in
        [(Method::HEAD, 200), (Method::GET, 204), (Method::GET, 304), (Method::GET, 200)]
    {
        let request = Request::builder().method(method).uri(server.url("/"));
        let reply = http.open(request.body(Body::default()).expect("request")).await;
        // The body is not even asked for.
        assert_eq!(reply.expect("a reply").status(), status);
    }
    assert_eq!(ask(&http, &server.url("/")).await.expect("a reply"), good());
    assert_eq!((server.connections(), server.requests().len()), (1, 5));
}

#[tokio::test]
async fn requests_at_once_have_connections_of_their_own_which_the_next_ones_use() {
    let server = open_server(OK).await;
    let (http, url) = (HttpClient::default(), server.url("/"));
    for _ in 0..2 {
        for reply in join_all((0..20).map(|_| ask(&http, &url))).await {
            assert_eq!(reply.expect("a reply"), good());
        }
    }
    assert_eq!((server.connections(), server.requests().len()), (20, 40));
}

#[tokio::test]
async fn hosts_do_not_share_connections() {
    let (one, other) = (open_server(OK).await, open_server(OK).await);
    let http = HttpClient::default();
    for server in [&one, &other, &one, &other] {
        ask(&http, &server.url("/")).await.expect("a reply");
    }
    for server in [one, other] {
        assert_eq!((server.connections(), server.requests().len()), (1, 2));
    }
}

#[tokio::test]
async fn a_connection_that_the_server_has_closed_is_left_and_nothing_sent_twice() {
    let server = Server::start(|_, _| Reply::Bytes(OK.into())).await;
    let http = HttpClient::default();
    for _ in 0..3 {
        assert_eq!(ask(&http, &server.url("/")).await.expect("a reply"), good());
    }
    assert_eq!((server.connections(), server.requests().len()), (3, 3));
}

#[tokio::test]
async fn a_server_that_says_close_is_not_asked_again_though_it_stays_open() {
    for reply in [
        "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok",
        "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
    ] {
        let server = open_server(reply).await;
        let http = HttpClient::default();
        for _ in 0..2 {
            assert_eq!(ask(&http, &server.url("/")).await.expect("a reply"), good());
        }
        assert_eq!((server.connections(), server.requests().len()), (2, 2), "{reply}");
    }
}

#[tokio::test]
async fn what_comes_unasked_is_no_reply_to_the_next_request() {
    let stray = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nstray";
    // With the reply, and a moment later.
    for (first, later) in [(format!("{OK}{stray}"), ""), (OK.to_owned(), stray)] {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("port");
        let url = format!("http://{}/", listener.local_addr().expect("address"));
        let server = tokio::spawn(async move {
            let mut held = Vec::new();
            for _ in 0..2 {
                let (stream, _) = listener.accept().await.expect("a client");
                stream.readable().await.expect("a request");
                stream.try_write(first.as_bytes()).expect("write");
                tokio::task::yield_now().await;
                stream.try_write(later.as_bytes()).expect("write");
                held.push(stream);
            }
            held
        });
        let http = HttpClient::default();
        assert_eq!(ask(&http, &url).await.expect("a reply"), good());
        // The server writes what was not asked for.
        for _ in 0..10 {
            tokio::task::yield_now().await;
        }
        assert_eq!(ask(&http, &url).await.expect("a reply"), good(), "{later}");
        assert_eq!(server.await.expect("server").len(), 2, "a connection for each");
    }
}

#[tokio::test]
async fn a_body_that_is_left_takes_its_connection_with_it() {
    let half = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nha";
    let server = Server::start(move |number, _| {
        Reply::KeepOpen(if number < 2 { half.into() } else { OK.into() })
    })
    .await;
    let (http, url) = (HttpClient::default(), server.url("/"));
    drop(open(&http, &url).await.expect("the head"));
    let mut body = open(&http, &url).await.expect("the head").into_body();
    assert_eq!(body.next().await.expect("a piece").expect("half"), "ha");
    drop(body);
    assert_eq!(ask(&http, &url).await.expect("a reply"), good());
    assert_eq!((server.connections(), server.requests().len()), (3, 3));
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_was_idle_for_long_is_not_used() {
    let server = open_server(OK).await;
    let (http, url) = (HttpClient::default(), server.url("/"));
    for (wait, connections) in [(0, 1), (29, 1), (29, 1), (31, 2)] {
        tokio::time::advance(Duration::from_secs(wait)).await;
        assert_eq!(ask(&http, &url).await.expect("a reply"), good());
        assert_eq!(server.connections(), connections, "after {wait} seconds");
    }
}

#[tokio::test]
async fn a_refusal_is_seen_while_the_body_is_still_being_sent() {
    let refusal = "HTTP/1.1 413 Content Too Large\r\nContent-Length: 3\r\n\r\nno!";
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("port");
    let url = format!("http://{}/", listener.local_addr().expect("address"));
    let server = tokio::spawn(async move {
        let mut held = Vec::new();
        for _ in 0..3 {
            // What was sent is not read: the client's body stops.
            let (stream, _) = listener.accept().await.expect("a client");
            stream.readable().await.expect("a request");
            stream.try_write(refusal.as_bytes()).expect("write");
            held.push(stream);
        }
        held.len()
    });
    let http = HttpClient::default();
    let endless = || {
        Body::stream(stream::repeat_with(|| Ok::<_, Infallible>(Bytes::from(vec![b'x'; 65536]))))
    };
    let large = || Body::from(vec![b'x'; 64 * 1024 * 1024]);
    let waits = || Body::stream(stream::pending::<Result<Bytes, Infallible>>());
    for body in [endless(), large(), waits()] {
        let reply = http.open(Request::post(&url).body(body).expect("request")).await;
        let (head, body) = reply.expect("a refusal").into_parts();
        assert_eq!(head.status, 413);
        assert_eq!(body.collect(3).await.expect("its body"), "no!");
    }
    assert_eq!(server.await.expect("server"), 3, "a connection with half a request on it is none");
}

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().expect("a runtime")
}

#[test]
fn a_runtime_does_not_wait_on_the_connections_of_another() {
    let server = Server::on_thread(|_, _| Reply::KeepOpen(OK.into()));
    let limit = Timeouts::default();
    let (http, url) = (HttpClient::builder().timeouts(limit).build(), server.url("/"));
    let (first, second) = (runtime(), runtime());
    // The first one stands still while the second one asks.
    for (runtime, connections) in [(&first, 1), (&second, 2), (&first, 2), (&second, 2)] {
        assert_eq!(runtime.block_on(ask(&http, &url)).expect("a reply"), good());
        assert_eq!(server.connections(), connections);
    }
    // A later runtime cannot use the connections that an earlier one left, whatever its number.
    drop((first, second));
    for connections in 3..6 {
        assert_eq!(runtime().block_on(ask(&http, &url)).expect("a reply"), good());
        assert_eq!(server.connections(), connections);
    }
}

#[test]
fn a_runtime_that_stood_still_hears_that_the_server_has_closed() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("port");
    let url = format!("http://{}/", listener.local_addr().expect("address"));
    let (close, closing) = mpsc::channel();
    let (closed, is_closed) = mpsc::channel();
    let server = std::thread::spawn(move || {
        for _ in 0..2 {
            let (mut stream, _) = listener.accept().expect("a client");
            let read = stream.read(&mut [0; 1024]).expect("a request");
            assert_ne!(read, 0);
            stream.write_all(OK.as_bytes()).expect("reply");
            closing.recv().expect("the test");
            drop(stream);
            closed.send(()).expect("the test");
        }
    });
    let (http, runtime) = (HttpClient::default(), runtime());
    for _ in 0..2 {
        let request = Request::post(&url).body(Bytes::from_static(b"once")).expect("request");
        let reply = runtime.block_on(http.send(request, 2)).expect("a reply");
        assert_eq!(reply.body(), "ok");
        close.send(()).expect("the server");
        is_closed.recv().expect("the server");
    }
    server.join().expect("the server");
}

#[tokio::test]
async fn a_server_that_answers_nothing_is_asked_once() {
    let server = Server::start(|number, _| match number {
        0 => Reply::KeepOpen(OK.into()),
        // The second request came; who knows what was done with it.
        _ => Reply::Bytes(Vec::new()),
    })
    .await;
    let (http, url) = (HttpClient::default(), server.url("/"));
    assert_eq!(ask(&http, &url).await.expect("a reply"), good());
    let error = ask(&http, &url).await.expect_err("cut");
    assert_eq!(*error.kind(), ErrorKind::Connect);
    assert_eq!((server.connections(), server.requests().len()), (1, 2));
}
