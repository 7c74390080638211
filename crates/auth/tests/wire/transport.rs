//! Another transport in hyper's place: a fake, and a recorder around the real one.

use bytes::Bytes;
use futures_util::stream;
use hallpass::ErrorKind;
use hallpass::http::{Body, HttpClient, Timeouts, Transport, TransportFuture};
use hallpass_testbed::Server;
use http::{Request, Response};
use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What a fake does with a request.
#[derive(Debug)]
enum Fake {
    Answers(&'static str),
    Fails,
    KeepsSilent,
    /// Sends faster than can be read, and never what was asked for.
    KeepsTalking,
    StopsInItsBody,
    KeepsTalkingInItsBody,
}

/// Always has more to do, as a connection has whose next bytes are always there: tokio sends it to the back of the queue
/// now and then, and timers, too, find that its turn is over.
async fn for_ever<T>() -> T {
    loop {
        tokio::task::coop::consume_budget().await;
    }
}

impl Transport for Fake {
    fn send(&self, request: Request<Body>) -> TransportFuture<'_> {
        Box::pin(async move {
            assert_eq!(request.headers()["user-agent"], "test");
            match self {
                Self::Answers(text) => Ok(Response::new((*text).into())),
                Self::Fails => Err("the cable is out".into()),
                Self::KeepsSilent => std::future::pending().await,
                Self::KeepsTalking => for_ever().await,
                Self::KeepsTalkingInItsBody => {
                    Ok(Response::new(Body::stream(stream::once(for_ever::<
                        Result<Bytes, Infallible>,
                    >()))))
                }
                Self::StopsInItsBody => {
                    Ok(Response::new(Body::stream(stream::pending::<Result<Bytes, Infallible>>())))
                }
            }
        })
    }
}

async fn ask(transport: impl Transport + 'static) -> Result<Bytes, hallpass::Error> {
    let limit = Timeouts::default().first_byte(TICK).silence(TICK);
    let http = HttpClient::builder().timeouts(limit).user_agent("test").transport(transport);
    let request = Request::get("https://oauth2.googleapis.com/x").body(Bytes::new());
    let reply = http.build().send(request.expect("request"), 4).await?;
    Ok(reply.into_body())
}

const TICK: Duration = Duration::from_millis(20);

#[tokio::test]
async fn a_fake_stands_in_for_the_network_and_the_limits_hold_for_it() {
    assert_eq!(ask(Fake::Answers("good")).await.expect("reply"), "good");
    for (fake, kind) in [
        (Fake::Answers("too much"), ErrorKind::TooLarge),
        (Fake::Fails, ErrorKind::Connect),
        (Fake::KeepsSilent, ErrorKind::Timeout),
        (Fake::KeepsTalking, ErrorKind::Timeout),
        (Fake::StopsInItsBody, ErrorKind::Timeout),
        (Fake::KeepsTalkingInItsBody, ErrorKind::Timeout),
    ] {
        let name = format!("{fake:?}");
        let asked = tokio::time::timeout(Duration::from_secs(10), ask(fake)).await;
        let error = asked.expect(&name).expect_err(&name);
        assert_eq!(*error.kind(), kind, "{name}");
        assert!(error.to_string().contains("`oauth2.googleapis.com`"), "{error}");
    }
}

#[tokio::test]
async fn an_address_in_the_clear_does_not_reach_a_transport() {
    let http = HttpClient::builder().user_agent("test").transport(Fake::Answers("")).build();
    let request = Request::get("http://oauth2.googleapis.com/x").body(Bytes::new());
    let error = http.open(request.expect("request")).await.expect_err("plain http");
    assert_eq!(*error.kind(), ErrorKind::InsecureUri);
}

/// Notes what goes out and comes back, and passes it on.
#[derive(Debug)]
struct Recorder {
    inner: Arc<dyn Transport>,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Transport for Recorder {
    fn send(&self, request: Request<Body>) -> TransportFuture<'_> {
        let body = request.body().as_bytes().cloned().unwrap_or_default();
        let line = format!("{} {} {body:?}", request.method(), request.uri().path());
        self.seen.lock().expect("seen").push(line);
        Box::pin(async move {
            let reply = self.inner.send(request).await?;
            self.seen.lock().expect("seen").push(reply.status().to_string());
            Ok(reply)
        })
    }
}

#[tokio::test]
async fn a_recorder_sees_what_goes_over_the_real_transport() {
    let server = Server::always("200 OK", "{}").await;
    let seen = Arc::default();
    let inner = Arc::clone(HttpClient::default().transport());
    let http = HttpClient::builder().transport(Recorder { inner, seen: Arc::clone(&seen) }).build();
    let request = Request::post(server.url("/token")).body(Bytes::from_static(b"a=b"));
    let reply = http.send(request.expect("request"), 1024).await.expect("reply");
    assert_eq!(reply.body(), "{}");
    assert_eq!(*seen.lock().expect("seen"), [r#"POST /token b"a=b""#, "200 OK"]);
    assert_eq!(server.requests().len(), 1);
}
