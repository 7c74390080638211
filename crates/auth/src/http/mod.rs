//! The one HTTP client: for the OAuth server and, through it, for the APIs.
//!
//! In: a request. Out: the whole reply, bounded in size and time, or one sentence about the host.
//! TLS by rustls with the system's roots, loaded at the first https connection; `http` to loopback
//! hosts alone; CONNECT proxies, never for loopback; no redirect is followed, so a credential goes
//! nowhere but where it was sent.
//! Not here: retries (`source`), and what a reply means.

mod trust;

use crate::error::{Error, ErrorKind};
use bytes::Bytes;
use http::{HeaderValue, Request, Response, Uri, header};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper_rustls::{HttpsConnector, MaybeHttpsStream};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use rustls::{CertificateError, ClientConfig};
use std::error::Error as StdError;
use std::ffi::OsString;
use std::net::IpAddr;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::net::TcpStream;
use tower_service::Service;
use trust::NoTrust;

/// A server on another continent answers a SYN in a third of a second.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// For the whole of a request, its reply included.
const TIMEOUT: Duration = Duration::from_secs(20);

/// Routers forget a quiet connection after minutes, and then it swallows a request.
const IDLE: Duration = Duration::from_secs(30);

/// Token replies are under 20 KiB even with the longest tokens.
pub(crate) const OAUTH_REPLY: usize = 256 * 1024;

/// More than any real reply's headers.
const HEADER_BUFFER: usize = 64 * 1024;

/// Sends requests; cheap to make and to clone, opens nothing before the first request.
#[derive(Clone, Debug)]
pub struct HttpClient {
    client: Client<Connector, Full<Bytes>>,
    timeout: Duration,
    user_agent: HeaderValue,
}

impl Default for HttpClient {
    fn default() -> Self {
        Self::new(HttpSettings::default())
    }
}

/// What an [`HttpClient`] is made with.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct HttpSettings {
    /// The proxies for hosts that are not loopback.
    pub proxies: Proxies,
    /// A PEM file with certificates to trust beside the system's.
    pub ca_file: Option<PathBuf>,
    /// For the whole of a request, its reply included; 20 seconds unless told otherwise.
    pub timeout: Duration,
    /// The `User-Agent`; anything that a header cannot carry is replaced by the default.
    pub user_agent: String,
}

impl Default for HttpSettings {
    fn default() -> Self {
        let user_agent = concat!("hallpass/", env!("CARGO_PKG_VERSION")).to_owned();
        Self { proxies: Proxies::default(), ca_file: None, timeout: TIMEOUT, user_agent }
    }
}

impl HttpClient {
    /// Makes a client.
    #[must_use]
    pub fn new(settings: HttpSettings) -> Self {
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_connect_timeout(Some(CONNECT_TIMEOUT));
        tcp.set_nodelay(true);
        let tls = Arc::default();
        let connector =
            Connector { tcp, tls, ca_file: settings.ca_file, proxies: settings.proxies };
        let client = Client::builder(TokioExecutor::new())
            .http1_max_buf_size(HEADER_BUFFER)
            .pool_idle_timeout(IDLE)
            .pool_timer(TokioTimer::new())
            .build(connector);
        let user_agent = HeaderValue::try_from(settings.user_agent)
            .unwrap_or_else(|_| HeaderValue::from_static("hallpass"));
        Self { client, timeout: settings.timeout, user_agent }
    }

    /// Sends a request and returns the reply with its whole body of at most `limit` bytes.
    ///
    /// # Errors
    ///
    /// An address that is neither `https` nor loopback; no connection; a cut or silent one
    /// (transient); no secure one; a body over the limit. A status is not an error.
    pub async fn send(
        &self,
        request: Request<Bytes>,
        limit: usize,
    ) -> Result<Response<Bytes>, Error> {
        check_parsed(request.uri())?;
        self.send_in_clear(request, limit).await
    }

    /// Sends to a machine's own metadata server, which speaks plain HTTP on a link that ends at the machine;
    /// who calls this knows the address.
    pub(crate) async fn send_in_clear(
        &self,
        mut request: Request<Bytes>,
        limit: usize,
    ) -> Result<Response<Bytes>, Error> {
        let host = host_and_port(request.uri());
        request.headers_mut().entry(header::USER_AGENT).or_insert_with(|| self.user_agent.clone());
        match tokio::time::timeout(self.timeout, self.exchange(request, limit, &host)).await {
            Ok(reply) => reply,
            Err(_) => Err(Error::new(ErrorKind::Timeout, format!("`{host}` does not answer"))
                .because(format!("silence for {} seconds", self.timeout.as_secs()))),
        }
    }

    /// Returns the same client with another limit of time.
    #[cfg(feature = "machine")]
    pub(crate) fn with_timeout(&self, timeout: Duration) -> Self {
        Self { timeout, ..self.clone() }
    }

    async fn exchange(
        &self,
        request: Request<Bytes>,
        limit: usize,
        host: &str,
    ) -> Result<Response<Bytes>, Error> {
        let reply = self.client.request(request.map(Full::new)).await;
        let (head, body) = reply.map_err(|error| failed(&error, host))?.into_parts();
        let body = Limited::new(body, limit).collect().await.map_err(|error| {
            if error.downcast_ref::<LengthLimitError>().is_some() {
                let what = format!("the reply of `{host}` is larger than {} KiB", limit / 1024);
                return Error::new(ErrorKind::TooLarge, what);
            }
            Error::new(ErrorKind::Connect, format!("`{host}` cut the connection within its reply"))
        })?;
        Ok(Response::from_parts(head, body.to_bytes()))
    }
}

/// Which proxy stands before which host.
#[derive(Clone, Debug, Default)]
pub struct Proxies(Option<Arc<Matcher>>);

impl Proxies {
    /// Reads `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY`, in capitals or not, as curl does.
    #[must_use]
    pub fn from_env(env: &dyn Fn(&str) -> Option<OsString>) -> Self {
        let read = |name: &str| {
            let value = env(&name.to_lowercase()).or_else(|| env(name));
            value.and_then(|value| value.into_string().ok()).unwrap_or_default()
        };
        let builder = Matcher::builder().all(read("ALL_PROXY")).https(read("HTTPS_PROXY"));
        Self(Some(Arc::new(builder.no(read("NO_PROXY")).build())))
    }

    fn before(&self, uri: &Uri) -> Option<Intercept> {
        if is_loopback(uri) {
            return None;
        }
        self.0.as_ref()?.intercept(uri)
    }
}

/// Refuses an address over which a secret would travel in the clear.
pub(crate) fn check_uri(uri: &str) -> Result<(), Error> {
    match uri.parse() {
        Ok(uri) => check_parsed(&uri),
        Err(_) => Err(insecure(uri)),
    }
}

pub(crate) fn check_parsed(uri: &Uri) -> Result<(), Error> {
    let plain = has_plain_authority(uri);
    match uri.scheme_str() {
        Some("https") if plain => Ok(()),
        Some("http") if plain && is_loopback(uri) => Ok(()),
        _ => Err(insecure(&uri.to_string())),
    }
}

/// Says whether a host, and perhaps a port, is all that stands before the path: the parser takes user names
/// too, and leaves out a port that is none.
pub(crate) fn has_plain_authority(uri: &Uri) -> bool {
    uri.authority().is_some_and(|authority| {
        let port = authority.as_str().strip_prefix(authority.host());
        // Rust reads `+80` as a number, too.
        let number = |port: &str| {
            port.parse::<u16>().is_ok() && port.bytes().all(|byte| byte.is_ascii_digit())
        };
        port.is_some_and(|port| port.is_empty() || port.strip_prefix(':').is_some_and(number))
    })
}

pub(crate) fn insecure(uri: &str) -> Error {
    let shown: String = uri.split('?').next().unwrap_or_default().chars().take(200).collect();
    let what =
        format!("`{}` is neither an https address nor on this machine", shown.escape_debug());
    Error::new(ErrorKind::InsecureUri, what)
}

pub(crate) fn is_loopback(uri: &Uri) -> bool {
    let host = uri.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn host_and_port(uri: &Uri) -> String {
    uri.authority().map_or_else(String::new, |authority| authority.as_str().to_owned())
}

/// One kind for each thing that a person can do about it.
fn failed(error: &(dyn StdError + 'static), host: &str) -> Error {
    let mut deepest = error;
    let mut secure = None;
    loop {
        let inner = deepest.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        let next: Option<&(dyn StdError + 'static)> = match inner {
            Some(inner) => Some(inner),
            None => deepest.source(),
        };
        let tls = deepest.downcast_ref::<rustls::Error>().map(why_not_secure);
        let trust = deepest.downcast_ref::<NoTrust>().map(ToString::to_string);
        secure = secure.or(tls).or(trust);
        match next {
            Some(next) => deepest = next,
            None => break,
        }
    }
    if let Some(why) = secure {
        let what = format!("no secure connection to `{host}`");
        return Error::new(ErrorKind::Tls, what).because(why);
    }
    Error::new(ErrorKind::Connect, format!("cannot reach `{host}`")).because(deepest.to_string())
}

/// rustls wraps what we add to its words in words of its own.
fn why_not_secure(error: &rustls::Error) -> String {
    match error {
        rustls::Error::InvalidCertificate(CertificateError::Other(ours)) => ours.0.to_string(),
        other => other.to_string(),
    }
}

/// Opens a connection: straight for loopback, through TLS and perhaps a proxy for everything else.
#[derive(Clone, Debug)]
struct Connector {
    tcp: HttpConnector,
    tls: Arc<OnceLock<Arc<ClientConfig>>>,
    ca_file: Option<PathBuf>,
    proxies: Proxies,
}

type Stream = MaybeHttpsStream<TokioIo<TcpStream>>;
type BoxError = Box<dyn StdError + Send + Sync>;

impl Connector {
    async fn connect(mut self, uri: Uri) -> Result<Stream, BoxError> {
        if uri.scheme_str() == Some("http") {
            return Ok(MaybeHttpsStream::Http(self.tcp.call(uri).await?));
        }
        let config = self.tls()?;
        let Some(proxy) = self.proxies.before(&uri) else {
            return HttpsConnector::from((self.tcp, config)).call(uri).await;
        };
        if proxy.uri().scheme_str() != Some("http") {
            return Err("only proxies with an http:// address are supported".into());
        }
        let mut tunnel = Tunnel::new(proxy.uri().clone(), self.tcp);
        if let Some(auth) = proxy.basic_auth() {
            tunnel = tunnel.with_auth(auth.clone());
        }
        HttpsConnector::from((tunnel, config)).call(uri).await
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

impl Service<Uri> for Connector {
    type Response = Stream;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Stream, BoxError>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.tcp.poll_ready(context).map_err(Into::into)
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        Box::pin(self.clone().connect(uri))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_is_for_this_machine_alone() {
        for good in
            ["https://a.example/x", "http://127.0.0.1:1/x", "http://[::1]:1", "http://localhost"]
        {
            assert!(check_uri(good).is_ok(), "{good}");
        }
        for bad in [
            "http://a.example",
            "http://127.0.0.1.evil.example",
            "http://127.0.0.1@evil.example",
            "https://user:pass@a.example",
            "http://[::1]:(0/",
            "http://[::1]:+80",
            "https://a.example:99999",
            "ftp://a.example",
            "/token",
            "",
            "https://",
        ] {
            assert!(check_uri(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn proxies_are_taken_from_the_environment_but_never_for_loopback() {
        let proxies = Proxies::from_env(&|name| match name {
            "https_proxy" => Some("http://user:pass@proxy.example:3128".into()),
            "NO_PROXY" => Some("internal.example".into()),
            _ => None,
        });
        let before = |uri: &str| proxies.before(&uri.parse().expect("address"));
        let found = before("https://oauth2.googleapis.com/token").expect("a proxy");
        assert_eq!(found.uri(), "http://proxy.example:3128/");
        assert!(found.basic_auth().is_some());
        assert!(before("https://a.internal.example").is_none());
        assert!(before("https://127.0.0.1/").is_none());
        assert!(
            Proxies::default().before(&"https://a.example".parse().expect("address")).is_none()
        );
    }
}
