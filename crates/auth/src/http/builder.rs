//! Makes an `HttpClient`: limits of time, proxies, certificates, a name, or another transport.

use super::HttpClient;
use super::connector::Connector;
use super::limits::Timeouts;
use super::proxies::Proxies;
use super::transport::{Hyper, Transport};
use http::HeaderValue;
use std::path::PathBuf;
use std::sync::Arc;

/// An [`HttpClient`] in the making.
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct HttpClientBuilder {
    timeouts: Timeouts,
    proxies: Proxies,
    ca_file: Option<PathBuf>,
    user_agent: Option<String>,
    transport: Option<Arc<dyn Transport>>,
}

impl HttpClientBuilder {
    /// Gives requests this much time.
    pub fn timeouts(self, timeouts: Timeouts) -> Self {
        Self { timeouts, ..self }
    }

    /// Uses these proxies for hosts that are not loopback.
    pub fn proxies(self, proxies: Proxies) -> Self {
        Self { proxies, ..self }
    }

    /// Trusts the certificates of this PEM file beside the system's.
    pub fn ca_file(self, ca_file: impl Into<PathBuf>) -> Self {
        Self { ca_file: Some(ca_file.into()), ..self }
    }

    /// Sends this `User-Agent`; one that a header cannot carry is replaced by the default.
    pub fn user_agent(self, user_agent: impl Into<String>) -> Self {
        Self { user_agent: Some(user_agent.into()), ..self }
    }

    /// Sends by this instead of hyper; proxies, the PEM file and the time to connect are then its own matter.
    pub fn transport(self, transport: impl Transport + 'static) -> Self {
        Self { transport: Some(Arc::new(transport)), ..self }
    }

    /// Returns the client; opens nothing.
    pub fn build(self) -> HttpClient {
        let Self { timeouts, proxies, ca_file, user_agent, transport } = self;
        let ours = concat!("hallpass/", env!("CARGO_PKG_VERSION"));
        let user_agent = user_agent.and_then(|name| HeaderValue::try_from(name).ok());
        let user_agent = user_agent.unwrap_or_else(|| HeaderValue::from_static(ours));
        let transport = transport.unwrap_or_else(|| {
            Arc::new(Hyper::new(Connector::new(timeouts.connect, proxies, ca_file)))
        });
        HttpClient { transport, timeouts, user_agent }
    }
}
