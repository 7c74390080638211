//! Refused tokens and requests without a host, below the layer.

use crate::Numbered;
use hallpass::{Error, ErrorKind};
use hallpass_adapters::tower::SignLayer;
use http::{Request, Response};
use std::convert::Infallible;
use std::future::{Ready, ready};
use std::task::{Context, Poll};
use tower_layer::Layer;
use tower_service::Service;

/// Answers with the header it was sent, and with gRPC's status for a refused credential.
#[derive(Clone)]
struct Echo;

impl Service<Request<()>> for Echo {
    type Response = Response<String>;
    type Error = Infallible;
    type Future = Ready<Result<Response<String>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<()>) -> Self::Future {
        let sent = request.headers()["authorization"].to_str().expect("text").to_owned();
        let response = Response::builder().header("grpc-status", "16").body(sent);
        ready(Ok(response.expect("response")))
    }
}

fn request(uri: &str) -> Request<()> {
    Request::get(uri).body(()).expect("request")
}

#[tokio::test]
async fn token_that_grpc_refuses_is_not_sent_again() {
    let origin = "https://generativelanguage.googleapis.com".parse().expect("address");
    let layer = SignLayer::new(Numbered::credential()).with_origin(origin);
    let mut service = layer.layer(Echo);
    for expected in ["Bearer token-0", "Bearer token-1"] {
        let response = service.call(request("/google.Service/Method")).await.expect("response");
        assert_eq!(response.body(), expected);
    }
}

#[tokio::test]
async fn request_of_unknown_or_foreign_host_is_not_sent() {
    let mut service = SignLayer::new(Numbered::credential()).layer(Echo);
    for (uri, kind) in [
        ("/google.Service/Method", ErrorKind::InsecureUri),
        ("https://example.com/", ErrorKind::ForeignHost),
    ] {
        let error = service.call(request(uri)).await.expect_err(uri);
        assert_eq!(*error.downcast_ref::<Error>().expect("ours").kind(), kind, "{uri}");
    }
}
