//! Layers of tower around the requests of hallpass's own client: limits, metrics, headers, a recorder.
//!
//! In: a service of `http::Request`. Out: a transport for `HttpClient`, and the other way round. A client above it (such as
//! `hallpass_gemini::Client`) sends again by itself, each time through all layers: it makes the request anew, so that no
//! layer has to clone a body.

use super::BoxError;
use hallpass::http::{Body, Transport, TransportFuture};
use http::{Request, Response};
use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use tower_service::Service;

/// A service of tower as the transport of a client.
///
/// ```
/// use hallpass::http::HttpClient;
/// use hallpass_adapters::tower::{Layered, TransportService};
///
/// let inner = HttpClient::from_env();
/// let service = TransportService::new(inner.transport().clone());
/// // let service = tower::ServiceBuilder::new().concurrency_limit(8).service(service);
/// let http = HttpClient::builder().transport(Layered::new(service)).build();
/// ```
#[derive(Clone)]
pub struct Layered<S>(S);

impl<S> Layered<S> {
    /// Sends by this service; each request gets a clone of it.
    #[must_use]
    pub fn new(service: S) -> Self {
        Self(service)
    }
}

impl<S> Transport for Layered<S>
where
    S: Service<Request<Body>, Response = Response<Body>> + Clone + Send + Sync + 'static,
    S::Error: Into<BoxError>,
    S::Future: Send,
{
    fn send(&self, request: Request<Body>) -> TransportFuture<'_> {
        let mut service = self.0.clone();
        Box::pin(async move {
            poll_fn(|context| service.poll_ready(context)).await.map_err(Into::into)?;
            service.call(request).await.map_err(Into::into)
        })
    }
}

impl<S> fmt::Debug for Layered<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Layered")
    }
}

/// A transport as a service, below layers of tower.
#[derive(Clone, Debug)]
pub struct TransportService(Arc<dyn Transport>);

impl TransportService {
    /// Sends by this transport: [`HttpClient::transport`](hallpass::http::HttpClient::transport).
    #[must_use]
    pub fn new(transport: Arc<dyn Transport>) -> Self {
        Self(transport)
    }
}

impl Service<Request<Body>> for TransportService {
    type Response = Response<Body>;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, BoxError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let transport = Arc::clone(&self.0);
        Box::pin(async move { transport.send(request).await })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hallpass::http::HttpClient;
    use std::sync::atomic::{AtomicUsize, Ordering};

    /// Answers by itself.
    #[derive(Debug)]
    struct Server;

    impl Transport for Server {
        fn send(&self, request: Request<Body>) -> TransportFuture<'_> {
            let count = request.headers()["x-count"].to_str().unwrap_or_default().to_owned();
            Box::pin(async move { Ok(Response::new(Body::from(count))) })
        }
    }

    /// A layer that counts, and says so to what is below it.
    #[derive(Clone)]
    struct Counted {
        inner: TransportService,
        count: Arc<AtomicUsize>,
    }

    impl Service<Request<Body>> for Counted {
        type Response = Response<Body>;
        type Error = BoxError;
        type Future = <TransportService as Service<Request<Body>>>::Future;

        fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
            self.inner.poll_ready(context)
        }

        fn call(&mut self, mut request: Request<Body>) -> Self::Future {
            let number = self.count.fetch_add(1, Ordering::SeqCst) + 1;
            request.headers_mut().insert("x-count", number.into());
            self.inner.call(request)
        }
    }

    #[tokio::test]
    async fn every_request_of_a_client_goes_through_all_layers() {
        let counted =
            Counted { inner: TransportService::new(Arc::new(Server)), count: Arc::default() };
        let http = HttpClient::builder().transport(Layered::new(counted)).build();
        for expected in ["1", "2"] {
            let request = Request::get("https://generativelanguage.googleapis.com/");
            let response = http.send(request.body(Default::default()).expect("request"), 100).await;
            assert_eq!(response.expect("response").body(), expected.as_bytes());
        }
    }
}
