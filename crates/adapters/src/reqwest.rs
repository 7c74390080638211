//! Signs requests of `reqwest`: one word more in the chain.
//!
//! In: a `RequestBuilder` and a credential. Out: the same with headers, or the response. A 401 makes the
//! token a refused one and the request is sent once more, if its body can be.
//! `reqwest` itself drops `Authorization` when a redirect leaves the host or the port.

use ::reqwest::{Request, RequestBuilder, Response, StatusCode};
use hallpass::http::Signer;
use hallpass::{Error, ErrorKind};
use http::{HeaderMap, Uri};
use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;

/// Signs a request with a [`Credential`](hallpass::Credential) or a [`Signer`].
pub trait GoogleAuth: Sized {
    /// Adds the headers.
    fn google_auth(
        self,
        signer: impl Into<Signer> + Send,
    ) -> impl Future<Output = Result<RequestBuilder, SendError>> + Send;

    /// Adds the headers and sends; after a 401 once more, with a new token.
    fn send_signed(
        self,
        signer: impl Into<Signer> + Send,
    ) -> impl Future<Output = Result<Response, SendError>> + Send;
}

impl GoogleAuth for RequestBuilder {
    async fn google_auth(
        self,
        signer: impl Into<Signer> + Send,
    ) -> Result<RequestBuilder, SendError> {
        let signer = signer.into();
        let (client, request) = self.build_split();
        let mut request = request?;
        let headers = signer.headers(&uri(&request)?).await?;
        add(&mut request, &headers);
        Ok(RequestBuilder::from_parts(client, request))
    }

    async fn send_signed(self, signer: impl Into<Signer> + Send) -> Result<Response, SendError> {
        let (client, request) = self.build_split();
        let request = request?;
        let (uri, again, asked) = (uri(&request)?, request.try_clone(), request.url().origin());
        let send = |mut request: Request, headers: Arc<HeaderMap>| {
            add(&mut request, &headers);
            let sent = client.execute(request);
            async { Ok(sent.await?) }
        };
        // A 401 of the host that a redirect led to says nothing about a token that it never saw.
        let refused = |response: &Response| {
            response.status() == StatusCode::UNAUTHORIZED && response.url().origin() == asked
        };
        signer.into().send_with(&uri, request, again, send, refused).await
    }
}

fn uri(request: &Request) -> Result<Uri, Error> {
    let uri = request.url().as_str().parse();
    uri.map_err(|_| Error::new(ErrorKind::InsecureUri, "the request's address is not one"))
}

fn add(request: &mut Request, headers: &HeaderMap) {
    for (name, value) in headers {
        request.headers_mut().insert(name, value.clone());
    }
}

/// Why a signed request was not sent, or not answered.
#[derive(Debug)]
#[non_exhaustive]
pub enum SendError {
    /// No token could be had, or none may go there.
    Auth(Error),
    /// The request could not be made or sent.
    Request(::reqwest::Error),
}

impl From<Error> for SendError {
    fn from(error: Error) -> Self {
        Self::Auth(error)
    }
}

impl From<::reqwest::Error> for SendError {
    /// Leaves the address out: its query may be a secret.
    fn from(error: ::reqwest::Error) -> Self {
        Self::Request(error.without_url())
    }
}

impl fmt::Display for SendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auth(error) => error.fmt(f),
            Self::Request(error) => error.fmt(f),
        }
    }
}

impl StdError for SendError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Self::Auth(error) => error.source(),
            Self::Request(error) => error.source(),
        }
    }
}
