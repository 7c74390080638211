//! One connection: reads each request whole, sends the reply.
//!
//! In: bytes, in the clear or inside the proxy's tunnel; every read has a limit in size and time. Out: one
//! `message::Request` at a time for `route`, and its reply, spoiled by a fault if one matches.

use crate::delivery::{self, Delivery, OutgoingBody};
use crate::incoming::{self, Stopped};
use crate::message::{Parameters, Reply, Request};
use crate::service::Service;
use crate::{gemini, grpc, route};
use bytes::Bytes;
use http::uri::Authority;
use http::{StatusCode, header};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};

/// The longest authorization URL seen is a few kilobytes.
const MAX_HEAD: usize = 64 * 1024;
const HEAD_TIME: Duration = Duration::from_secs(10);

/// Serves one connection, in the clear or inside a tunnel, until it ends.
pub(crate) async fn serve(
    stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
    service: Arc<Service>,
) {
    let mut connection = auto::Builder::new(TokioExecutor::new());
    connection
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIME)
        .max_buf_size(MAX_HEAD);
    let answering = service_fn(move |request| {
        let service = Arc::clone(&service);
        async move { answer(&service, request).await }
    });
    // An error here is the peer's: it went away, or did not speak HTTP.
    let _ = connection.serve_connection(TokioIo::new(stream), answering).await;
}

/// The answer to a request.
///
/// # Errors
/// Of a connection that is to be closed without one.
async fn answer(
    service: &Service,
    request: http::Request<Incoming>,
) -> io::Result<http::Response<OutgoingBody>> {
    let (head, body) = request.into_parts();
    let mut asked = without_body(head, &service.origin);
    if incoming::is_streamed(&asked) {
        match incoming::receive(service, &asked, body).await {
            Ok(received) => asked.received = Some(received),
            Err(Stopped::Cut) => return Err(io::Error::other("cut by a scripted fault")),
            Err(Stopped::Slow) => return Ok(too_much(StatusCode::REQUEST_TIMEOUT)),
        }
    } else {
        match incoming::collect(&asked, body).await {
            Ok(body) => asked.body = body,
            Err(StatusCode::PAYLOAD_TOO_LARGE) if gemini::is_called_by(&asked) => {
                let reply = gemini::too_large().with(header::CONNECTION, "close");
                return Ok(delivery::response(reply));
            }
            Err(status) => return Ok(too_much(status)),
        }
    }
    Ok(delivery::deliver(delivery_of(service, &asked)).await)
}

fn delivery_of(service: &Service, asked: &Request) -> Delivery {
    let call = grpc::call(asked);
    let rest = match call.map(|call| call.to_rest(asked)).transpose() {
        Ok(rest) => rest,
        Err(reply) => return Delivery::plain(*reply),
    };
    let request = rest.as_ref().unwrap_or(asked);
    let delivery = catch_unwind(AssertUnwindSafe(|| {
        let mut state = service.state();
        route::answer(&mut state, request)
    }));
    let delivery = delivery.unwrap_or_else(|payload| {
        service.note_panic(payload.as_ref());
        let text = "the emulator has a bug: this request made it panic\n";
        Delivery::plain(Reply::new(StatusCode::INTERNAL_SERVER_ERROR, "text/plain", text))
    });
    match call {
        Some(call) => delivery.map(|reply| call.reply(&reply)),
        None => delivery,
    }
}

/// Says so and closes the connection, on which the rest of the body would follow.
fn too_much(status: StatusCode) -> http::Response<OutgoingBody> {
    let reply = Reply::new(status, "text/plain", "the request is too long or too slow\n");
    delivery::response(reply.with(header::CONNECTION, "close"))
}

fn without_body(head: http::request::Parts, origin: &str) -> Request {
    let host = head.headers.get(header::HOST).and_then(|host| host.to_str().ok());
    // HTTP/2 has it in `:authority`.
    let host = host.or_else(|| head.uri.authority().map(Authority::as_str));
    Request {
        method: head.method,
        // gRPC clients name the port of https, others do not.
        host: host.unwrap_or_default().trim_end_matches(":443").to_owned(),
        origin: origin.to_owned(),
        path: head.uri.path().to_owned(),
        query: Parameters::parse(head.uri.query().unwrap_or_default().as_bytes()),
        headers: head.headers,
        body: Bytes::new(),
        received: None,
    }
}
