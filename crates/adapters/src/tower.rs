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
