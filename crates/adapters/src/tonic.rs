//! An interceptor for tonic's clients, which signs with the token in hand.
//!
//! In: a credential. Out: metadata. An interceptor cannot wait: call
//! [`Credential::headers`] once before the first request; after that the token is renewed in the background
//! while the old one is still good. After a pause of an hour there is none in hand, and the request fails
//! with UNAVAILABLE while a new one is on its way: where that matters, use the `tower` layer, which waits.
//! An interceptor sees no address: the program that gives it to a client answers for where that client connects.

use ::tonic::metadata::MetadataMap;
use ::tonic::service::Interceptor;
use ::tonic::{Request, Status};
use hallpass::Credential;
use http::HeaderMap;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use tokio::runtime::Handle;

/// Signs each request of one client.
#[derive(Clone, Debug)]
pub struct Ready(Credential);

impl Ready {
    /// Signs with this credential.
    #[must_use]
    pub fn new(credential: Credential) -> Self {
        Self(credential)
    }

    fn headers(&self) -> Result<Arc<HeaderMap>, Status> {
        if Handle::try_current().is_err() {
            return Err(Status::failed_precondition("an interceptor needs a tokio runtime"));
        }
        // Asked once, it hands out what is there and begins a refresh where one is due.
        match pin!(self.0.headers()).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(Ok(headers)) => Ok(headers),
            Poll::Ready(Err(error)) if error.is_transient() => {
                Err(Status::unavailable(error.to_string()))
            }
            Poll::Ready(Err(error)) => Err(Status::unauthenticated(error.to_string())),
            Poll::Pending => Err(Status::unavailable("no access token is in hand yet")),
        }
    }
}

impl Interceptor for Ready {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        let signed = MetadataMap::from_headers((*self.headers()?).clone());
        for entry in signed.iter() {
            if let ::tonic::metadata::KeyAndValueRef::Ascii(name, value) = entry {
                request.metadata_mut().insert(name.clone(), value.clone());
            }
        }
        Ok(request)
    }
}
