//! Sends signed requests, and once more with a new token when the server refuses the first: for every HTTP client.
//!
//! In: a request without a token. Out: the reply, which is the server's last word.
//! A 401 is sent again once, if the body can be and another token can be had (RFC 6750, section 3.1).
//! Not here: which hosts may have a token (`signer`), and retries for other reasons.

use crate::error::Error;
use crate::http::{Body, BodyStream, HttpClient};
use crate::signer::Signer;
use http::{HeaderMap, Request, Response, StatusCode, Uri, header};
use std::sync::Arc;

impl Signer {
    /// Signs a request, sends it, and returns the head of the reply with the body as it comes. After a 401 a whole
    /// body is sent once more, with a new token; a stream cannot be.
    ///
    /// # Errors
    ///
    /// Those of [`Signer::headers`] and [`HttpClient::open`].
    pub async fn send(
        &self,
        http: &HttpClient,
        request: Request<impl Into<Body>>,
    ) -> Result<Response<BodyStream>, Error> {
        let request: Request<Body> = request.map(Into::into);
        let again = repeated(&request);
        let uri = request.uri().clone();
        let send = |request, headers: Arc<HeaderMap>| http.open(signed(request, &headers));
        self.send_with(&uri, request, again, send, is_refused).await
    }

    /// Does the same by any HTTP client: `send` gets a request and its headers; `again` is the request once more, if it
    /// can be sent again; `refused` says whether the server did not take the token.
    ///
    /// # Errors
    ///
    /// Those of [`Signer::headers`] and of `send`.
    pub async fn send_with<R, T, E: From<Error>, F: Future<Output = Result<T, E>>>(
        &self,
        uri: &Uri,
        request: R,
        again: Option<R>,
        send: impl Fn(R, Arc<HeaderMap>) -> F,
        refused: impl Fn(&T) -> bool,
    ) -> Result<T, E> {
        let headers = self.headers(uri).await?;
        let reply = send(request, Arc::clone(&headers)).await?;
        if !refused(&reply) {
            return Ok(reply);
        }
        self.reject(&headers);
        let Some(again) = again else { return Ok(reply) };
        let fresh = self.headers(uri).await?;
        // A source that has one token cannot give another.
        if fresh.get(header::AUTHORIZATION) == headers.get(header::AUTHORIZATION) {
            return Ok(reply);
        }
        send(again, fresh).await
    }
}

/// Returns the request once more, if its body is whole.
fn repeated(request: &Request<Body>) -> Option<Request<Body>> {
    let mut again = Request::new(request.body().as_bytes()?.clone().into());
    request.method().clone_into(again.method_mut());
    request.uri().clone_into(again.uri_mut());
    request.headers().clone_into(again.headers_mut());
    Some(again)
}

fn signed(mut request: Request<Body>, headers: &HeaderMap) -> Request<Body> {
    for (name, value) in headers {
        request.headers_mut().insert(name.clone(), value.clone());
    }
    request
}

fn is_refused<B>(reply: &Response<B>) -> bool {
    reply.status() == StatusCode::UNAUTHORIZED
}
