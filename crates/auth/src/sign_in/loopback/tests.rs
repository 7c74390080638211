//! The receiver, spoken to in literal bytes.

use super::request::LONGEST_HEAD;
use super::*;
use crate::formats::client_secret::OAuthClient;
use crate::scope::Scopes;
use std::io::{Read, Write};
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::task::JoinHandle;
use tokio::time::advance;

type Received = JoinHandle<Result<(Result<AuthorizationCode, Error>, Tab), Error>>;

/// A receiver that waits, the port it waits on, and the `state` it waits for.
async fn waiting(limit: Duration) -> (Received, u16, String) {
    let loopback = Loopback::bind(0).await.expect("port");
    let client = OAuthClient::new("client", "secret");
    let request =
        AuthorizationRequest::new(&client, &Scopes::quickstart(), loopback.redirect_uri());
    let url = request.url();
    let (_, state) = url.split_once("&state=").expect("state");
    let state = state.split('&').next().expect("state").to_owned();
    let port = loopback.port;
    let received = tokio::spawn(async move { loopback.receive(&request, limit).await });
    (received, port, state)
}

const LONG: Duration = Duration::from_secs(60);

/// Sends bytes and returns the whole answer; none means that the connection was held like a redirect's.
async fn send(port: u16, bytes: &str) -> String {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.expect("connect");
    stream.write_all(bytes.as_bytes()).await.expect("write");
    let mut answer = String::new();
    let _ = timeout(Duration::from_secs(10), stream.read_to_string(&mut answer)).await;
    answer
}

fn get(target: &str, port: u16) -> String {
    format!("GET {target} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n")
}

/// What a browser sends for a page of another site.
fn of_a_page(target: &str, port: u16, mode: &str, dest: &str) -> String {
    let origin = if mode == "cors" { "Origin: https://evil.example\r\n" } else { "" };
    format!(
        "GET {target} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{origin}Sec-Fetch-Site: cross-site\r\n\
         Sec-Fetch-Mode: {mode}\r\nSec-Fetch-Dest: {dest}\r\n\r\n"
    )
}

#[tokio::test]
async fn the_right_redirect_ends_the_wait_and_gets_the_page_it_is_given() {
    let (received, port, state) = waiting(LONG).await;
    let request = get(&format!("/callback?state={state}&code=4%2F0Ab"), port);
    let browser = tokio::spawn(async move { send(port, &request).await });
    let (answer, tab) = received.await.expect("task").expect("a redirect");
    assert_eq!(answer.expect("code").0.expose(), "4/0Ab");
    tab.show("Signed in", "Close <this> & go on.").await;
    let page = browser.await.expect("task");
    assert!(
        page.starts_with("HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n"),
        "{page}"
    );
    for part in [
        "Cache-Control: no-store\r\n",
        "Referrer-Policy: no-referrer\r\n",
        "Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'\r\n",
        "<h1>Signed in</h1><p>Close &lt;this&gt; &amp; go on.</p>",
    ] {
        assert!(page.contains(part), "{part} is not in {page}");
    }
}

#[tokio::test]
async fn everything_else_is_answered_and_waited_past() {
    let (received, port, state) = waiting(LONG).await;
    let good = format!("/callback?state={state}&code=c");
    let long = format!("/callback?state={state}&code={}", "c".repeat(LONGEST_HEAD));
    for (request, status) in [
        (get("/favicon.ico", port), "404 Not Found"),
        (get("/", port), "404 Not Found"),
        (get(&format!("/callback/x?state={state}&code=c"), port), "404 Not Found"),
        (get("/callback", port), "400 Bad Request"),
        (get("/callback?code=forged", port), "400 Bad Request"),
        (get("/callback?state=forged&code=forged", port), "400 Bad Request"),
        (get("/callback?state=forged&error=access_denied", port), "400 Bad Request"),
        (
            format!("POST {good} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n"),
            "405 Method Not Allowed",
        ),
        (format!("GET {good} HTTP/1.1\r\nHost: evil.example:{port}\r\n\r\n"), "400 Bad Request"),
        (format!("GET {good} HTTP/1.1\r\n\r\n"), "400 Bad Request"),
        (
            format!("GET {good} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nHost: x\r\n\r\n"),
            "400 Bad Request",
        ),
        ("nonsense\r\n\r\n".to_owned(), "400 Bad Request"),
        // A script's request, a picture, a frame and a form's POST of a page, with everything else right.
        (of_a_page(&good, port, "cors", "empty"), "400 Bad Request"),
        (of_a_page(&good, port, "no-cors", "image"), "400 Bad Request"),
        (of_a_page(&good, port, "navigate", "iframe"), "400 Bad Request"),
        (
            of_a_page(&good, port, "navigate", "document").replacen("GET", "POST", 1),
            "405 Method Not Allowed",
        ),
    ] {
        let answer = send(port, &request).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}\r\n")), "{request} got {answer}");
    }
    // The answer to an oversized head may be lost in the reset, so only the wait counts.
    send(port, &get(&long, port)).await;
    drop(TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.expect("a bare connection"));
    assert!(!received.is_finished());

    // As Chromium comes from Google's page.
    let last = of_a_page(&good, port, "navigate", "document");
    let browser = tokio::spawn(async move { send(port, &last).await });
    let (answer, tab) = received.await.expect("task").expect("a redirect");
    assert_eq!(answer.expect("code").0.expose(), "c");
    tab.show("x", "y").await;
    browser.await.expect("task");
}

#[tokio::test]
async fn silent_connections_do_not_keep_the_real_one_out() {
    let (received, port, state) = waiting(LONG).await;
    let mut silent = Vec::new();
    for _ in 0..MOST_CONNECTIONS * 2 {
        silent.push(TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.expect("connect"));
    }
    let request = get(&format!("/callback?state={state}&code=c"), port);
    tokio::spawn(async move { send(port, &request).await });
    assert!(received.await.expect("task").is_ok());
}

/// Lets the receiver do all that there is to do now. Time stands still meanwhile, as this task never waits for it.
async fn settle() {
    for _ in 0..20_000 {
        yield_now().await;
    }
}

/// Returns what a connection has been sent, or none while it is open and silent.
fn heard(stream: &mut std::net::TcpStream) -> Option<String> {
    let mut bytes = [0; 1024];
    match stream.read(&mut bytes) {
        Ok(length) => Some(String::from_utf8_lossy(&bytes[..length]).into_owned()),
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => None,
        Err(_) => Some(String::new()),
    }
}

#[tokio::test(start_paused = true)]
async fn the_oldest_connection_keeps_its_time_when_there_are_too_many() {
    let (received, port, _state) = waiting(LONG).await;
    let connect = || {
        let stream = std::net::TcpStream::connect((Ipv4Addr::LOCALHOST, port)).expect("connect");
        stream.set_nonblocking(true).expect("as it is");
        stream
    };
    let mut oldest = connect();
    let others: Vec<_> = (1..MOST_CONNECTIONS).map(|_| connect()).collect();
    let mut last = connect();
    let forged = get("/callback?state=forged&code=forged", port);
    last.write_all(forged.as_bytes()).expect("write");
    settle().await;
    advance(GRACE - Duration::from_millis(1)).await;
    settle().await;
    assert_eq!((heard(&mut oldest), heard(&mut last)), (None, None), "one still has its time");
    advance(Duration::from_millis(2)).await;
    settle().await;
    assert_eq!(heard(&mut oldest).as_deref(), Some(""), "it is closed");
    let answer = heard(&mut last).unwrap_or_default();
    assert!(answer.starts_with("HTTP/1.1 400 "), "the next one is answered: {answer:?}");
    drop(others);
    received.abort();
}

/// Opens one connection after the other, keeps the newest and never speaks, until the receiver is gone.
fn flood(port: u16, opened: Arc<AtomicUsize>) {
    let mut silent = VecDeque::new();
    while let Ok(stream) = std::net::TcpStream::connect((Ipv4Addr::LOCALHOST, port)) {
        opened.fetch_add(1, Ordering::Relaxed);
        silent.push_back(stream);
        silent.drain(..silent.len().saturating_sub(MOST_CONNECTIONS));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flood_that_goes_on_does_not_keep_the_real_one_out() {
    let (received, port, state) = waiting(LONG).await;
    let opened = Arc::new(AtomicUsize::new(0));
    let floods = [0; 8].map(|_| {
        let count = Arc::clone(&opened);
        std::thread::spawn(move || flood(port, count))
    });
    while opened.load(Ordering::Relaxed) < 2 * MOST_CONNECTIONS {
        sleep(Duration::from_millis(1)).await;
    }
    let request = get(&format!("/callback?state={state}&code=c"), port);
    tokio::spawn(async move { send(port, &request).await });
    let (answer, _tab) = received.await.expect("task").expect("a redirect");
    assert_eq!(answer.expect("code").0.expose(), "c");
    for flood in floods {
        flood.join().expect("the flood ends with the port");
    }
}

#[tokio::test]
async fn after_the_redirect_no_connection_is_accepted() {
    let (received, port, state) = waiting(LONG).await;
    // Another address of this machine is none of ours.
    assert!(TcpStream::connect((Ipv4Addr::new(127, 0, 0, 2), port)).await.is_err());
    let request = get(&format!("/callback?state={state}&code=first"), port);
    let browser = tokio::spawn(async move { send(port, &request).await });
    let (answer, tab) = received.await.expect("task").expect("a redirect");
    assert_eq!(answer.expect("code").0.expose(), "first");
    // A second redirect, even a true one, finds a closed port; the first is still to be answered.
    assert!(TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.is_err());
    tab.show("Signed in", "").await;
    assert!(browser.await.expect("task").starts_with("HTTP/1.1 200 OK\r\n"));
}

#[tokio::test]
async fn two_sign_ins_at_once_do_not_take_each_others_redirect() {
    let (first, first_port, first_state) = waiting(LONG).await;
    let (second, second_port, second_state) = waiting(LONG).await;
    let crossed = get(&format!("/callback?state={first_state}&code=stolen"), second_port);
    assert!(send(second_port, &crossed).await.starts_with("HTTP/1.1 400 "));
    for (received, port, state) in
        [(first, first_port, first_state), (second, second_port, second_state)]
    {
        let request = get(&format!("/callback?state={state}&code={port}"), port);
        tokio::spawn(async move { send(port, &request).await });
        let (answer, _tab) = received.await.expect("task").expect("a redirect");
        assert_eq!(answer.expect("code").0.expose(), port.to_string());
    }
}

#[tokio::test]
async fn denial_with_our_state_ends_the_wait_at_once() {
    let (received, port, state) = waiting(LONG).await;
    let request = get(&format!("/callback?error=access_denied&state={state}"), port);
    tokio::spawn(async move { send(port, &request).await });
    let (answer, _tab) = received.await.expect("task").expect("a redirect");
    assert_eq!(*answer.expect_err("denied").kind(), ErrorKind::AccessDenied);
}

#[tokio::test(start_paused = true)]
async fn without_a_redirect_the_wait_ends() {
    let (received, port, _) = waiting(LONG).await;
    let error = received.await.expect("task").expect_err("timeout");
    assert_eq!(error.to_string(), "the browser did not come back within 60 s");
    assert!(TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.is_err(), "the port is closed");
}

#[tokio::test]
async fn localhost_is_both_addresses_of_one_port() {
    let both = Loopback::bind_localhost(0).await.expect("port");
    let port = both.port;
    if both.also.is_some() {
        assert!(TcpStream::connect((Ipv6Addr::LOCALHOST, port)).await.is_ok());
        assert!(TcpListener::bind((Ipv6Addr::LOCALHOST, port)).await.is_err(), "taken");
    }
    let expected = Expected::of_gcloud(port, |target| target.contains("state=s"));
    let waiting = tokio::spawn(both.receive_target(expected, LONG));
    for (target, host, status) in [
        ("/?state=other", format!("localhost:{port}"), "400 Bad Request"),
        ("/callback?state=s", format!("localhost:{port}"), "404 Not Found"),
        ("/?state=s", format!("evil.example:{port}"), "400 Bad Request"),
    ] {
        let answer = send(port, &format!("GET {target} HTTP/1.1\r\nHost: {host}\r\n\r\n")).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}\r\n")), "{target}: {answer}");
    }
    let last = format!("GET /?state=s&code=c HTTP/1.1\r\nHost: localhost:{port}\r\n\r\n");
    let browser = tokio::spawn(async move { send(port, &last).await });
    let (target, tab) = waiting.await.expect("task").expect("arrival");
    assert_eq!(target, "/?state=s&code=c");
    tab.show("x", "y").await;
    browser.await.expect("task");
}

#[tokio::test]
async fn taken_port_is_named() {
    let taken = Loopback::bind(0).await.expect("port");
    let error = Loopback::bind(taken.port).await.expect_err("taken");
    assert_eq!(*error.kind(), ErrorKind::PortInUse);
    assert_eq!(error.to_string(), format!("cannot wait for the browser on port {}", taken.port));
}
