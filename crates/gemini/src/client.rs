//! A client of the Gemini API: where it is, which version, whose credential, how patient.
//!
//! In: a credential or a key. Out: requests (`request`) and what is built on them (`models`).
//! Not here: what a request is signed with (`authorization`), and connections (`hallpass::http::HttpClient`).

use crate::Models;
use crate::authorization::Authorization;
use crate::budget::Budget;
use crate::request::RequestBuilder;
use crate::retry::Retry;
use hallpass::http::{HttpClient, Timeouts};
use hallpass::oauth::Endpoints;
use http::Method;
use std::sync::Arc;

/// A version of the API.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Version {
    /// `v1`: fewer models and fewer methods.
    V1,
    /// `v1beta`: every model.
    #[default]
    V1Beta,
    /// `v1alpha`: what is being tried out.
    V1Alpha,
}

impl Version {
    /// Returns its name in a path.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::V1 => "v1",
            Self::V1Beta => "v1beta",
            Self::V1Alpha => "v1alpha",
        }
    }

    /// Returns the version of this name; `beta` means `v1beta`, as in Google's SDKs.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "v1" => Some(Self::V1),
            "v1beta" | "beta" => Some(Self::V1Beta),
            "v1alpha" => Some(Self::V1Alpha),
            _ => None,
        }
    }
}

/// Calls the Gemini API with an OAuth credential or an API key.
///
/// Cloning is cheap, and the clones share their connections and their access token.
#[derive(Clone, Debug)]
pub struct Client {
    pub(crate) http: HttpClient,
    /// The same connections, for what a model thinks about.
    pub(crate) patient: HttpClient,
    pub(crate) authorization: Authorization,
    pub(crate) retry: Retry,
    pub(crate) budget: Arc<Budget>,
    base_url: String,
    version: Version,
}

impl Client {
    /// Returns a client of Google's own address, without a proxy.
    pub fn new(credential: impl Into<Authorization>) -> Self {
        Self::builder(credential).build()
    }

    /// Starts a client with another HTTP client, address, version or other retries.
    pub fn builder(credential: impl Into<Authorization>) -> ClientBuilder {
        ClientBuilder {
            http: None,
            timeouts: Timeouts::model(),
            authorization: credential.into(),
            base_url: Endpoints::google().gemini,
            version: Version::default(),
            retry: Retry::default(),
        }
    }

    /// Returns the models of the API.
    pub fn models(&self) -> Models<'_> {
        Models::new(self)
    }

    /// Returns a client that sends each request once.
    #[cfg(feature = "files")]
    pub(crate) fn once(&self) -> Self {
        Self { retry: Retry::none(), ..self.clone() }
    }

    #[cfg(feature = "files")]
    pub(crate) fn version(&self) -> Version {
        self.version
    }

    /// Starts a request; `path` is encoded, and relative to the version unless it begins with a slash.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder<'_> {
        let (base, version) = (&self.base_url, self.version.as_str());
        let url = match path.strip_prefix('/') {
            Some(path) => format!("{base}/{path}"),
            None => format!("{base}/{version}/{path}"),
        };
        RequestBuilder::new(self, method, url)
    }
}

/// A [`Client`] in the making.
#[derive(Debug)]
#[must_use]
pub struct ClientBuilder {
    http: Option<HttpClient>,
    timeouts: Timeouts,
    authorization: Authorization,
    base_url: String,
    version: Version,
    retry: Retry,
}

impl ClientBuilder {
    /// Sends by this HTTP client; one made by [`HttpClient::from_env`] knows the proxies.
    pub fn http(self, http: HttpClient) -> Self {
        Self { http: Some(http), ..self }
    }

    /// Gives what a model does this much time; what is looked up keeps the time of the HTTP client.
    pub fn timeouts(self, timeouts: Timeouts) -> Self {
        Self { timeouts, ..self }
    }

    /// Sends requests to this origin instead of Google's; a slash at the end is ignored. One that is neither below
    /// `googleapis.com` nor on this machine gets no token without [`ClientBuilder::trusted_host`].
    pub fn base_url(self, base_url: &str) -> Self {
        Self { base_url: base_url.trim_end_matches('/').to_owned(), ..self }
    }

    /// Lets the token go to this host, too, by `https`.
    pub fn trusted_host(self, host: impl Into<String>) -> Self {
        Self { authorization: self.authorization.with_host(host.into()), ..self }
    }

    /// Speaks this version.
    pub fn version(self, version: Version) -> Self {
        Self { version, ..self }
    }

    /// Tries again this often; see [`Retry::none`].
    pub fn retry(self, retry: Retry) -> Self {
        Self { retry, ..self }
    }

    /// Returns the client.
    pub fn build(self) -> Client {
        let Self { http, timeouts, authorization, base_url, version, retry } = self;
        let http = http.unwrap_or_default();
        let patient = http.with_timeouts(timeouts);
        let budget = Arc::default();
        Client { http, patient, authorization, retry, budget, base_url, version }
    }
}
