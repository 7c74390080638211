//! Sends one request of the Gemini API: headers, retries, one refresh after a 401, errors.
//!
//! In: a path below the API's version. Out: Google's JSON as a type, or an `Error`.
//! Specification: Gemini API reference; google.rpc.Status for what is no success.
//! Not here: tokens (`hallpass::Credential`) and connections (`hallpass::HttpClient`).

use crate::retry::{self, Retry};
use crate::{Error, Models};
use bytes::Bytes;
use hallpass::{Credential, HttpClient};
use http::{Request, Response, StatusCode, header};
use serde::de::DeserializeOwned;

/// Google's address of the Gemini API.
pub const BASE_URL: &str = "https://generativelanguage.googleapis.com";

/// The version that has every model; `v1` has fewer.
const VERSION: &str = "v1beta";

/// A page of 1000 models is about 700 KiB.
const LARGEST_BODY: usize = 16 * 1024 * 1024;

/// Calls the Gemini API with an OAuth credential.
///
/// Cloning is cheap, and the clones share their connections and their access token.
#[derive(Clone, Debug)]
pub struct Client {
    http: HttpClient,
    credential: Credential,
    base_url: String,
    retry: Retry,
}

impl Client {
    /// Returns a client of Google's own address.
    pub fn new(http: HttpClient, credential: Credential) -> Self {
        Self::builder(http, credential).build()
    }

    /// Starts a client with another address or other retries.
    pub fn builder(http: HttpClient, credential: Credential) -> ClientBuilder {
        ClientBuilder(Self {
            http,
            credential,
            base_url: BASE_URL.to_owned(),
            retry: Retry::default(),
        })
    }

    /// Returns the models of the API.
    pub fn models(&self) -> Models<'_> {
        Models::new(self)
    }

    /// Gets `path`, which is relative to the version and already encoded.
    pub(crate) async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, Error> {
        let url = format!("{}/{VERSION}/{path}", self.base_url);
        let mut failures = 0;
        loop {
            let error = match self.get_authorized(&url).await? {
                response if response.status().is_success() => {
                    return serde_json::from_slice(response.body())
                        .map_err(|_| Error::unexpected("it is not the JSON that was asked for"));
                }
                response => Error::from_response(response.status().as_u16(), response.body()),
            };
            failures += 1;
            let Some(wait) = self.retry.wait(&error, failures, retry::fraction()) else {
                return Err(error);
            };
            tracing::debug!(%error, ?wait, "trying again");
            tokio::time::sleep(wait).await;
        }
    }

    /// Gets the address; when Google no longer knows the access token, once more with a fresh one.
    async fn get_authorized(&self, url: &str) -> Result<Response<Bytes>, Error> {
        let source = self.credential.source();
        let token = source.token().await?;
        let response = self.send(url, &token).await?;
        if response.status() != StatusCode::UNAUTHORIZED {
            return Ok(response);
        }
        source.reject(&token);
        let fresh = source.token().await?;
        if fresh.expose() == token.expose() {
            return Ok(response);
        }
        self.send(url, &fresh).await
    }

    async fn send(
        &self,
        url: &str,
        token: &hallpass::AccessToken,
    ) -> Result<Response<Bytes>, Error> {
        let mut request = Request::get(url)
            .header(header::ACCEPT, "application/json")
            .body(Bytes::new())
            .map_err(|_| Error::unexpected("the base URL is no URL"))?;
        let headers = hallpass::headers(token, self.credential.quota_project().as_deref())?;
        request.headers_mut().extend(headers);
        // Without the query: a log outlives what stands there.
        tracing::debug!(url = url.split('?').next(), "GET");
        let response = self.http.send(request, LARGEST_BODY).await?;
        tracing::debug!(status = response.status().as_u16(), "answered");
        Ok(response)
    }
}

/// A [`Client`] in the making.
#[derive(Debug)]
pub struct ClientBuilder(Client);

impl ClientBuilder {
    /// Sends requests to this origin instead of Google's; a slash at the end is ignored.
    #[must_use]
    pub fn base_url(mut self, base_url: &str) -> Self {
        base_url.trim_end_matches('/').clone_into(&mut self.0.base_url);
        self
    }

    /// Tries again this often; see [`Retry::none`].
    #[must_use]
    pub fn retry(mut self, retry: Retry) -> Self {
        self.0.retry = retry;
        self
    }

    /// Returns the client.
    pub fn build(self) -> Client {
        self.0
    }
}
