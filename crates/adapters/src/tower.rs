//! A layer that signs `http::Request`s of any body: for hyper, tonic's channel, and what else is a service.
//!
//! In: a service. Out: the same, signed. A refused token (401, or gRPC's UNAUTHENTICATED) is not used
//! again; a retry layer around this one therefore sends a new one.
//! Not here: sending again; bodies cannot be cloned in general. `transport`: the client of hallpass below layers of tower.

mod transport;

pub use transport::{Layered, TransportService};

use hallpass::http::Signer;
use http::{Request, Response, StatusCode, Uri};
use std::error::Error as StdError;
use std::pin::Pin;
use std::task::{Context, Poll};
use tower_layer::Layer;
use tower_service::Service;

/// What a signed service ends with: an [`Error`](hallpass::Error), or the inner service's.
pub type BoxError = Box<dyn StdError + Send + Sync>;

/// gRPC's code for credentials that are not good.
const UNAUTHENTICATED: &str = "16";

/// Signs the requests of a service.
#[derive(Clone, Debug)]
pub struct SignLayer {
    signer: Signer,
    origin: Uri,
}

impl SignLayer {
    /// Signs with a [`Credential`](hallpass::Credential) or a [`Signer`].
    #[must_use]
    pub fn new(signer: impl Into<Signer>) -> Self {
        Self { signer: signer.into(), origin: Uri::default() }
    }

    /// Names the server of requests that are a path alone, as those of a tonic client are until its
    /// channel adds the rest.
    #[must_use]
    pub fn with_origin(self, origin: Uri) -> Self {
        Self { origin, ..self }
    }
}

impl<S> Layer<S> for SignLayer {
    type Service = Sign<S>;

    fn layer(&self, inner: S) -> Self::Service {
        Sign { inner, layer: self.clone() }
    }
}

/// A service whose requests are signed.
#[derive(Clone, Debug)]
pub struct Sign<S> {
    inner: S,
    layer: SignLayer,
}

impl<S, B, R> Service<Request<B>> for Sign<S>
where
    S: Service<Request<B>, Response = Response<R>> + Clone + Send + 'static,
    S::Error: Into<BoxError>,
    S::Future: Send,
    B: Send + 'static,
{
    type Response = Response<R>;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(context).map_err(Into::into)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        // The service that was made ready is the one to call; its clone may not be ready.
        let ready = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, ready);
        let SignLayer { signer, origin } = self.layer.clone();
        Box::pin(async move {
            let uri = if request.uri().host().is_some() { request.uri() } else { &origin };
            let headers = signer.headers(uri).await?;
            for (name, value) in headers.iter() {
                request.headers_mut().insert(name, value.clone());
            }
            let response = inner.call(request).await.map_err(Into::into)?;
            let grpc_status = response.headers().get("grpc-status");
            if response.status() == StatusCode::UNAUTHORIZED
                || grpc_status.is_some_and(|status| status == UNAUTHENTICATED)
            {
                signer.reject(&headers);
            }
            Ok(response)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::SignLayer;
    use hallpass::Credential;
    use hallpass::oauth::AccessToken;
    use hallpass::source::{TokenFuture, TokenSource};
    use http::{Request, Response};
    use std::convert::Infallible;
    use std::future::{Ready, ready};
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::{Context, Poll};
    use std::time::SystemTime;
    use tower_layer::Layer;
    use tower_service::Service;

    /// Gives out `token-0`, and the next number after each refusal.
    #[derive(Debug, Default)]
    struct Numbered(AtomicUsize);

    impl TokenSource for Numbered {
        fn token(&self) -> TokenFuture<'_> {
            let text = format!("token-{}", self.0.load(Ordering::SeqCst));
            let token = AccessToken::new(text, SystemTime::UNIX_EPOCH);
            Box::pin(async { token.map(Arc::new) })
        }

        fn reject(&self, _: &AccessToken) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }

    /// Answers with the header that it was sent, this status, and gRPC's if there is one.
    #[derive(Clone)]
    struct Server(u16, Option<&'static str>);

    impl Service<Request<()>> for Server {
        type Response = Response<String>;
        type Error = Infallible;
        type Future = Ready<Result<Response<String>, Infallible>>;

        fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
            Poll::Ready(Ok(()))
        }

        fn call(&mut self, request: Request<()>) -> Self::Future {
            let sent = request.headers()["authorization"].to_str().unwrap_or_default().to_owned();
            let mut response = Response::builder().status(self.0);
            if let Some(status) = self.1 {
                response = response.header("grpc-status", status);
            }
            ready(Ok(response.body(sent).expect("response")))
        }
    }

    #[tokio::test]
    async fn token_that_is_refused_is_not_sent_again() {
        for (status, grpc_status, second) in [
            (401, None, "Bearer token-1"),
            (200, Some("16"), "Bearer token-1"),
            (403, None, "Bearer token-0"),
            (200, Some("7"), "Bearer token-0"),
            (200, None, "Bearer token-0"),
        ] {
            let layer = SignLayer::new(Credential::new(Numbered::default()));
            let mut service = layer.layer(Server(status, grpc_status));
            for expected in ["Bearer token-0", second] {
                let request = Request::get("https://generativelanguage.googleapis.com/v1/models");
                let response = service.call(request.body(()).expect("request")).await;
                assert_eq!(
                    response.expect("response").body(),
                    expected,
                    "{status} {grpc_status:?}"
                );
            }
        }
    }
}
