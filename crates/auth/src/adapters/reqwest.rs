//! Signs requests of `reqwest`: one word more in the chain.
//!
//! In: a `RequestBuilder` and a credential. Out: the same with headers, or the response. A 401 makes the
//! token a refused one and the request is sent once more, if its body can be.
//! `reqwest` itself drops `Authorization` when a redirect leaves the host or the port.

use crate::error::Error;
use crate::http::insecure;
use crate::signer::Signer;
use ::reqwest::{Client, Request, RequestBuilder, Response, StatusCode};
use http::{HeaderMap, Uri};
use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;

/// Signs a request with a [`Credential`](crate::Credential) or a [`Signer`].
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
        sign(&mut request, &signer).await?;
        Ok(RequestBuilder::from_parts(client, request))
    }

    async fn send_signed(self, signer: impl Into<Signer> + Send) -> Result<Response, SendError> {
        let signer = signer.into();
        let (client, request) = self.build_split();
        let request = request?;
        let again = request.try_clone();
        let (response, refused) = send(&client, request, &signer).await?;
        match again {
            Some(again) if refused => Ok(send(&client, again, &signer).await?.0),
            _ => Ok(response),
        }
    }
}

/// Returns the response, and whether the server refused the token.
async fn send(
    client: &Client,
    mut request: Request,
    signer: &Signer,
) -> Result<(Response, bool), SendError> {
    let headers = sign(&mut request, signer).await?;
    let asked = request.url().clone();
    let response = client.execute(request).await?;
    // A 401 of the host that a redirect led to says nothing about a token that it never saw.
    let refused =
        response.status() == StatusCode::UNAUTHORIZED && response.url().origin() == asked.origin();
    if refused {
        signer.reject(&headers);
    }
    Ok((response, refused))
}

async fn sign(request: &mut Request, signer: &Signer) -> Result<Arc<HeaderMap>, Error> {
    let url = request.url().as_str();
    let uri: Uri = url.parse().map_err(|_| insecure(url))?;
    let headers = signer.headers(&uri).await?;
    for (name, value) in headers.iter() {
        request.headers_mut().insert(name, value.clone());
    }
    Ok(headers)
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
