//! The same request, as often as it may be sent.
//!
//! In: a request. Out: the first success, or the error of the last attempt with what was asked and how often.
//! Not here: which failures are tried again (`retry`), how many of them (`budget`), and the 401 (`authorization`).

use crate::api_key::QUOTA_PROJECT;
use crate::request::RequestBuilder;
use crate::{Client, Error, retry};
use hallpass::http::{Body, BodyStream, HttpClient};
use http::{HeaderMap, HeaderValue, Method, Request, Response, Uri, header};
use std::sync::Arc;

/// An error is some KiB; what is beyond that is not read.
const LARGEST_ERROR: usize = 1024 * 1024;

/// `User-Agent`, `Host`, `Content-Length`: room for them saves a larger map.
const OF_THE_CLIENT: usize = 3;

/// What was asked and how often, for an error that comes after the head of the reply.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    method: Method,
    path: String,
    attempts: u32,
}

impl Asked {
    /// Has the error name the request, if it names none.
    pub(crate) fn named(&self, error: Error) -> Error {
        match error.request() {
            Some(_) => error,
            None => error.of_request(&self.method, &self.path, self.attempts),
        }
    }
}

/// The same request, as often as it may be sent.
pub(crate) struct Attempts<'a> {
    client: &'a Client,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    /// None after a stream was sent.
    body: Option<Body>,
    failures: u32,
}

impl<'a> Attempts<'a> {
    pub(crate) fn new(request: RequestBuilder<'a>) -> Result<Self, Error> {
        let RequestBuilder { client, method, url, mut headers, body, mistake, .. } = request;
        if let Some(what) = mistake {
            return Err(Error::not_sent(what));
        }
        let uri = url.parse().map_err(|_| Error::not_sent("an address that is none"))?;
        let json = HeaderValue::from_static("application/json");
        headers.entry(header::ACCEPT).or_insert(json);
        Ok(Self { client, method, uri, headers, body: Some(body), failures: 0 })
    }

    /// Returns what was asked, once it was answered.
    pub(crate) fn asked(&self) -> Asked {
        let (method, path) = (self.method.clone(), self.uri.path().to_owned());
        Asked { method, path, attempts: self.failures + 1 }
    }

    /// Returns the first success.
    pub(crate) async fn next(&mut self, patient: bool) -> Result<Response<BodyStream>, Error> {
        loop {
            let error = match self.once(patient).await {
                Ok(reply) if reply.status().is_success() => {
                    self.client.budget.give_back();
                    return Ok(reply);
                }
                Ok(reply) => refusal(reply).await,
                Err(error) => error,
            };
            self.after(error).await?;
        }
    }

    /// Waits until the request may be sent again, or returns the error.
    pub(crate) async fn after(&mut self, error: Error) -> Result<(), Error> {
        self.failures += 1;
        let repeatable = self.body.is_some()
            && (error.status().is_some() || self.method == Method::GET && error.is_no_connection());
        let wait = self.client.retry.wait(&error, self.failures, retry::fraction());
        let wait = wait.filter(|_| repeatable && self.client.budget.take());
        let Some(wait) = wait else {
            return Err(error.of_request(&self.method, self.uri.path(), self.failures));
        };
        tracing::debug!(%error, ?wait, "trying again");
        tokio::time::sleep(wait).await;
        Ok(())
    }

    async fn once(&mut self, patient: bool) -> Result<Response<BodyStream>, Error> {
        let http = match patient || self.method != Method::GET {
            true => &self.client.patient,
            false => &self.client.http,
        };
        let body = self.body.take().unwrap_or_default();
        self.body = body.as_bytes().cloned().map(Body::from);
        // Without the query: a log outlives what stands there.
        tracing::debug!(method = %self.method, path = self.uri.path(), "asking");
        let send = |body, headers| self.attempt(http, body, headers);
        let reply = self.client.authorization.send(&self.uri, body, send).await?;
        tracing::debug!(status = reply.status().as_u16(), "answered");
        Ok(reply)
    }

    async fn attempt(
        &self,
        http: &HttpClient,
        body: Body,
        signed: Arc<HeaderMap>,
    ) -> Result<Response<BodyStream>, Error> {
        let mut request = Request::new(body);
        request.method_mut().clone_from(&self.method);
        request.uri_mut().clone_from(&self.uri);
        let headers = request.headers_mut();
        headers.reserve(self.headers.len() + signed.len() + OF_THE_CLIENT);
        headers.extend(self.headers.iter().map(|(name, value)| (name.clone(), value.clone())));
        let has_project = self.headers.contains_key(QUOTA_PROJECT);
        for (name, value) in &*signed {
            if !(has_project && name == QUOTA_PROJECT) {
                headers.insert(name.clone(), value.clone());
            }
        }
        http.open(request).await.map_err(Error::from_connection)
    }
}

/// A refusal whose body is cut or too large is still one.
async fn refusal(reply: Response<BodyStream>) -> Error {
    let (head, body) = reply.into_parts();
    let body = body.collect(LARGEST_ERROR).await.unwrap_or_default();
    Error::from_response(head.status.as_u16(), head.headers, &body)
}
