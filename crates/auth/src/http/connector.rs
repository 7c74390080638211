//! Opens a connection: straight for loopback, through TLS and perhaps a proxy for everything else.
//!
//! In: an address. Out: a stream to its host. Certificates are read at the first `https` connection.
//! Not here: what a failure is called (`failures`), and whose certificates count (`trust`).

use super::proxies::Proxies;
use super::trust;
use http::Uri;
use hyper_rustls::{HttpsConnector, MaybeHttpsStream};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::client::proxy::matcher::Intercept;
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use std::error::Error as StdError;
use std::fmt;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::net::TcpStream;
use tower_service::Service;

#[derive(Clone, Debug)]
pub(super) struct Connector {
    tcp: HttpConnector,
    tls: Arc<OnceLock<Arc<ClientConfig>>>,
    ca_file: Option<PathBuf>,
    proxies: Proxies,
    /// For the name, the proxy and TLS together, beside what TCP has.
    whole: Duration,
}

pub(super) type Stream = MaybeHttpsStream<TokioIo<TcpStream>>;
type BoxError = Box<dyn StdError + Send + Sync>;

impl Connector {
    pub(super) fn new(timeout: Duration, proxies: Proxies, ca_file: Option<PathBuf>) -> Self {
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_connect_timeout(Some(timeout));
        tcp.set_nodelay(true);
        // The name's lookup, a proxy's answer and TLS may take as long again.
        Self { tcp, tls: Arc::default(), ca_file, proxies, whole: timeout.saturating_mul(2) }
    }

    /// Connects to the host of this address.
    ///
    /// # Errors
    ///
    /// Those of the name's lookup, TCP, the proxy and TLS, as `failures` tells them.
    pub(super) async fn connect(self, uri: Uri) -> Result<Stream, BoxError> {
        let whole = self.whole;
        match tokio::time::timeout(whole, self.connect_patiently(uri)).await {
            Ok(connected) => connected,
            Err(_) => Err(format!("no connection within {whole:?}").into()),
        }
    }

    async fn connect_patiently(mut self, uri: Uri) -> Result<Stream, BoxError> {
        if uri.scheme_str() == Some("http") {
            return Ok(MaybeHttpsStream::Http(self.tcp.call(uri).await?));
        }
        let config = self.tls()?;
        let Some(proxy) = self.proxies.before(&uri) else {
            return HttpsConnector::from((self.tcp, config)).call(uri).await;
        };
        if proxy.uri().scheme_str() != Some("http") {
            let why = "only proxies with an http:// address are supported";
            return Err(ProxyFailed::new(proxy.uri(), why.into()).into());
        }
        HttpsConnector::from((ThroughProxy { proxy, tcp: self.tcp }, config)).call(uri).await
    }

    /// Once, and only when it is needed.
    fn tls(&self) -> Result<Arc<ClientConfig>, BoxError> {
        if let Some(config) = self.tls.get() {
            return Ok(Arc::clone(config));
        }
        let config = trust::config(self.ca_file.as_deref())?;
        Ok(Arc::clone(self.tls.get_or_init(|| config)))
    }
}

/// Asks a proxy for a tunnel; a failure names the proxy.
struct ThroughProxy {
    proxy: Intercept,
    tcp: HttpConnector,
}

impl Service<Uri> for ThroughProxy {
    type Response = TokioIo<TcpStream>;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.tcp.poll_ready(context).map_err(Into::into)
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let proxy = self.proxy.uri().clone();
        let mut tunnel = Tunnel::new(proxy.clone(), self.tcp.clone());
        if let Some(auth) = self.proxy.basic_auth() {
            tunnel = tunnel.with_auth(auth.clone());
        }
        let opened = tunnel.call(uri);
        Box::pin(async move {
            opened.await.map_err(|error| {
                // A connection that failed has a cause; an answer of the proxy has none but itself.
                let refused = error.source().is_none();
                ProxyFailed { refused, ..ProxyFailed::new(&proxy, Box::new(error)) }.into()
            })
        })
    }
}

/// The proxy is not there, or opens no way.
#[derive(Debug)]
pub(super) struct ProxyFailed {
    pub(super) proxy: String,
    /// The proxy answered.
    pub(super) refused: bool,
    cause: BoxError,
}

impl ProxyFailed {
    /// The matcher has taken the user's name and password out of the address.
    fn new(proxy: &Uri, cause: BoxError) -> Self {
        let proxy = proxy.to_string().trim_end_matches('/').to_owned();
        Self { proxy, refused: false, cause }
    }
}

impl fmt::Display for ProxyFailed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot use the proxy `{}`", self.proxy)
    }
}

impl StdError for ProxyFailed {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(&*self.cause)
    }
}
