//! One connection to the proxy: the CONNECT request, the tunnel, TLS, then the service.
//!
//! A host that is to be forwarded gets a tunnel to itself instead; its bytes are not looked at.

use super::hosts;
use crate::connection;
use crate::service::Service;
use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, header};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;

/// A client that has not sent its CONNECT or its TLS hello by then is gone.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// What every connection to the proxy needs.
#[derive(Clone)]
pub(crate) struct Proxy {
    pub(crate) tls: TlsAcceptor,
    /// Hosts, in lower case, whose tunnels lead to themselves.
    pub(crate) forward: Arc<[String]>,
}

/// Serves one connection to the proxy until it ends.
pub(crate) async fn serve(
    stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
    proxy: Proxy,
    service: Arc<Service>,
) {
    let answer = service_fn(move |request| {
        let (proxy, service) = (proxy.clone(), Arc::clone(&service));
        async move { Ok::<_, Infallible>(tunnel(request, proxy, service).await) }
    });
    // A connection that breaks is the client's business.
    let _ = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HANDSHAKE)
        .keep_alive(false)
        .serve_connection(TokioIo::new(stream), answer)
        .with_upgrades()
        .await;
}

async fn tunnel(
    request: Request<Incoming>,
    proxy: Proxy,
    service: Arc<Service>,
) -> Response<Full<Bytes>> {
    if request.method() != Method::CONNECT {
        let words = "this is an HTTPS proxy: it takes CONNECT alone\n".to_owned();
        return plain(StatusCode::METHOD_NOT_ALLOWED, words);
    }
    let target = request.uri().authority().map_or("", http::uri::Authority::as_str).to_owned();
    let host = request.uri().host().unwrap_or_default().to_ascii_lowercase();
    if !hosts::is_google(&host) && proxy.forward.contains(&host) {
        return pass_through(request, &target).await;
    }
    if let Err(words) = hosts::check(&target) {
        return plain(StatusCode::FORBIDDEN, words + "\n");
    }
    tokio::spawn(async move {
        let Ok(upgraded) = hyper::upgrade::on(request).await else { return };
        let handshake = proxy.tls.accept(TokioIo::new(upgraded));
        let Ok(Ok(stream)) = tokio::time::timeout(HANDSHAKE, handshake).await else { return };
        connection::serve(stream, service).await;
    });
    Response::new(Full::default())
}

/// Connects to the target itself and carries bytes both ways, unread.
async fn pass_through(request: Request<Incoming>, target: &str) -> Response<Full<Bytes>> {
    let connecting = tokio::time::timeout(HANDSHAKE, TcpStream::connect(target));
    let Ok(Ok(mut other)) = connecting.await else {
        return plain(StatusCode::BAD_GATEWAY, format!("cannot connect to `{target}`\n"));
    };
    tokio::spawn(async move {
        let Ok(upgraded) = hyper::upgrade::on(request).await else { return };
        // Either side may end it as it likes.
        let _ = tokio::io::copy_bidirectional(&mut TokioIo::new(upgraded), &mut other).await;
    });
    Response::new(Full::default())
}

fn plain(status: StatusCode, words: String) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::from(words));
    *response.status_mut() = status;
    let text = header::HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, text);
    response
}
