//! A credential, and the servers that its token may go to. Every client asks here before it sends.
//!
//! In: a request's address. Out: its headers, or an error before anything is sent.
//! The token goes to Google's APIs, which are the hosts below `googleapis.com`, by https; to this machine, whose
//! servers are as trusted as this program, or with [`Signer::with_endpoints`] to the emulator alone; and to hosts
//! that the program names.
//! Not here: sending (`http`).

use crate::credential::Credential;
use crate::endpoints::Endpoints;
use crate::error::{Error, ErrorKind};
use crate::http::{check_parsed, is_loopback};
use crate::token::AccessToken;
use http::uri::{Authority, Scheme};
use http::{HeaderMap, Uri, header};
use std::sync::{Arc, OnceLock};
use std::time::SystemTime;

/// Signs requests to Google's APIs, to this machine and to named hosts, and to no others.
///
/// ```no_run
/// use hallpass::http::{Signer, Uri};
/// use hallpass::{Credential, ErrorKind};
///
/// # async fn example(credential: Credential) -> Result<(), hallpass::Error> {
/// let signer = Signer::new(credential);
/// let models = Uri::from_static("https://generativelanguage.googleapis.com/v1beta/models");
/// let headers = signer.headers(&models).await?; // authorization, x-goog-user-project
/// let foreign = signer.headers(&Uri::from_static("https://example.com/")).await;
/// assert_eq!(*foreign.expect_err("no token leaves").kind(), ErrorKind::ForeignHost);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Signer {
    credential: Credential,
    hosts: Vec<String>,
    endpoints: Option<Endpoints>,
    /// The first server that was found good by these rules: most signers ask one alone.
    known: Arc<OnceLock<(Scheme, Authority)>>,
}

impl Signer {
    /// Signs with this credential.
    #[must_use]
    pub fn new(credential: Credential) -> Self {
        Self { credential, hosts: Vec::new(), endpoints: None, known: Arc::default() }
    }

    /// Lets the token go to this host, too, by `https`: `host` or `host:port`, and not what is below it.
    #[must_use]
    pub fn with_host(mut self, host: impl Into<String>) -> Self {
        let host = host.into();
        self.hosts.push(host.strip_suffix(":443").unwrap_or(&host).to_owned());
        Self { known: Arc::default(), ..self }
    }

    /// Lets the token go to no server of this machine but the emulator of these endpoints.
    #[must_use]
    pub fn with_endpoints(self, endpoints: Endpoints) -> Self {
        // What was good before need not be good now.
        Self { endpoints: Some(endpoints), known: Arc::default(), ..self }
    }

    /// Returns the headers of a request to this address.
    ///
    /// # Errors
    ///
    /// Those of [`Signer::check`] and of [`Credential::headers`].
    pub async fn headers(&self, uri: &Uri) -> Result<Arc<HeaderMap>, Error> {
        self.check(uri)?;
        self.credential.headers().await
    }

    /// Says that a server did not take the token of these headers.
    pub fn reject(&self, headers: &HeaderMap) {
        let bearer = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let token = bearer.and_then(|value| value.strip_prefix("Bearer "));
        // A source knows its token by the text; when this one ends is of no interest any more.
        if let Some(Ok(token)) = token.map(|token| AccessToken::new(token, SystemTime::UNIX_EPOCH))
        {
            self.credential.source().reject(&token);
        }
    }

    /// Says whether the token may go to this address.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InsecureUri`] for plain HTTP, a user name and what is no address;
    /// [`ErrorKind::ForeignHost`] for every other server.
    pub fn check(&self, uri: &Uri) -> Result<(), Error> {
        if self.is_known(uri) {
            return Ok(());
        }
        check_parsed(uri)?;
        let Some(authority) = uri.authority().filter(|authority| is_plain(authority.host())) else {
            return Err(foreign(uri.host().unwrap_or_default()));
        };
        let named = uri.scheme_str() == Some("https") && self.names(authority);
        let may = Endpoints::is_googles_api(uri) || named || self.is_on_this_machine(uri);
        if !may {
            return Err(foreign(authority.as_str()));
        }
        if let Some(scheme) = uri.scheme() {
            // Another one is there already: it stays.
            let _ = self.known.set((scheme.clone(), authority.clone()));
        }
        Ok(())
    }

    /// Scheme and authority decide alone: those of a good address, in the same letters, are good again.
    fn is_known(&self, uri: &Uri) -> bool {
        match (self.known.get(), uri.scheme(), uri.authority()) {
            (Some((known, host)), Some(scheme), Some(authority)) => {
                known.as_str() == scheme.as_str() && host.as_str() == authority.as_str()
            }
            _ => false,
        }
    }

    fn names(&self, authority: &Authority) -> bool {
        let (host, port) = (authority.host(), authority.port_u16().filter(|port| *port != 443));
        let name = port.map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
        self.hosts.iter().any(|named| named.eq_ignore_ascii_case(&name))
    }

    fn is_on_this_machine(&self, uri: &Uri) -> bool {
        match &self.endpoints {
            None => is_loopback(uri),
            Some(endpoints) => endpoints.emulator_origin().is_some_and(|origin| {
                let scheme = uri.scheme_str().unwrap_or_default();
                let authority = uri.authority().map_or("", Authority::as_str);
                format!("{scheme}://{authority}") == origin
            }),
        }
    }
}

impl From<Credential> for Signer {
    fn from(credential: Credential) -> Self {
        Self::new(credential)
    }
}

impl From<&Credential> for Signer {
    fn from(credential: &Credential) -> Self {
        Self::new(credential.clone())
    }
}

impl From<&Signer> for Signer {
    fn from(signer: &Signer) -> Self {
        signer.clone()
    }
}

/// A name of letters, digits, dots and dashes, or an IPv6 address: what every client reads in the same way. Another
/// program may take other signs for the end of the name, or for a pattern.
fn is_plain(host: &str) -> bool {
    let six = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    match six {
        Some(six) => six.parse::<std::net::Ipv6Addr>().is_ok(),
        None => host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-".contains(&byte)),
    }
}

fn foreign(host: &str) -> Error {
    let what = format!("the token may not go to `{}`", host.escape_debug());
    Error::new(ErrorKind::ForeignHost, what)
        .with_source("it is not a host below `googleapis.com`, and the program has not named it")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::StaticSource;

    fn signer() -> Signer {
        let token = AccessToken::new("a", SystemTime::UNIX_EPOCH).expect("token");
        let credential = Credential::new(StaticSource::new(token));
        Signer::new(credential).with_host("pkg.dev:443").with_host("api.example:8443")
    }

    /// What becomes of an address: may the token go there, and if not, why.
    fn ends(signer: &Signer, uri: &str) -> &'static str {
        let Ok(uri) = uri.parse() else { return "no address" };
        match signer.check(&uri).map_err(|error| error.kind().clone()) {
            Ok(()) => "goes",
            Err(ErrorKind::ForeignHost) => "foreign",
            Err(ErrorKind::InsecureUri) => "insecure",
            Err(other) => panic!("{other:?}"),
        }
    }

    #[test]
    fn token_goes_to_google_this_machine_and_named_hosts_alone() {
        let open = signer();
        let google = signer().with_endpoints(Endpoints::google());
        let address = "127.0.0.1:9099".parse().expect("address");
        let emulator = signer().with_endpoints(Endpoints::emulator(address));
        for (uri, wanted) in [
            // Google's hosts, in any case, at their own port.
            ("https://generativelanguage.googleapis.com/v1beta/models?key=x", "goes"),
            ("https://generativelanguage.googleapis.com:443/", "goes"),
            ("https://Storage.GoogleAPIs.com/", "goes"),
            ("https://a.b-c.googleapis.com?x=y", "goes"),
            ("https://storage.googleapis.com:8443/", "foreign"),
            ("https://googleapis.com/", "foreign"),
            ("https://.googleapis.com/", "foreign"),
            ("https://storage.googleapis.com./", "foreign"),
            ("https://www.google.com/", "foreign"),
            ("http://storage.googleapis.com/", "insecure"),
            ("ftp://storage.googleapis.com/", "insecure"),
            ("/v1/models", "insecure"),
            ("storage.googleapis.com", "insecure"),
            ("", "no address"),
            // Names that look like Google's.
            ("https://evilgoogleapis.com/", "foreign"),
            ("https://googleapis.com.example.com/", "foreign"),
            ("https://storage.googleapis.com.example.com/", "foreign"),
            ("https://example.com/.googleapis.com", "foreign"),
            ("https://example.com?.googleapis.com", "foreign"),
            ("https://example.com#.googleapis.com", "foreign"),
            ("https://xn--gogleapis-87a.com/", "foreign"),
            ("https://storage.g\u{f6}ogleapis.com/", "no address"),
            ("https://storage\u{ff0e}googleapis.com/", "no address"),
            ("https://example.com\\.googleapis.com/", "no address"),
            ("https://{example.com/,a}.googleapis.com/", "no address"),
            ("https://example.com%2f.googleapis.com/", "no address"),
            ("https://*.googleapis.com/", "foreign"),
            ("https://a,b.googleapis.com/", "foreign"),
            ("https://a b.googleapis.com/", "no address"),
            // User names.
            ("https://a@storage.googleapis.com/", "insecure"),
            ("https://storage.googleapis.com@example.com/", "insecure"),
            ("https://storage.googleapis.com:443@example.com/", "insecure"),
            // Hosts that the program names, at the port that it names.
            ("https://pkg.dev/x", "goes"),
            ("https://PKG.dev:443/", "goes"),
            ("https://pkg.dev:8443/", "foreign"),
            ("https://sub.pkg.dev/", "foreign"),
            ("https://pkg.dev.example.com/", "foreign"),
            ("http://pkg.dev/", "insecure"),
            ("https://api.example:8443/", "goes"),
            ("https://api.example/", "foreign"),
        ] {
            for signer in [&open, &google, &emulator] {
                assert_eq!(ends(signer, uri), wanted, "{uri}");
            }
        }
        for (uri, alone, at_emulator) in [
            ("http://127.0.0.1:9099/v1/models", "goes", "goes"),
            ("http://127.0.0.1:9099?x", "goes", "goes"),
            ("http://127.0.0.1:8080/", "goes", "foreign"),
            ("http://127.0.0.1:90/", "goes", "foreign"),
            ("http://127.0.0.1/", "goes", "foreign"),
            ("http://[::1]:9099/", "goes", "foreign"),
            ("http://localhost:9099/", "goes", "foreign"),
            ("https://127.0.0.1:9099/", "goes", "foreign"),
            ("https://localhost.example.com/", "foreign", "foreign"),
            ("https://[2001:db8::1]/", "foreign", "foreign"),
            ("https://10.0.0.1/", "foreign", "foreign"),
            ("http://127.0.0.1:9099@example.com/", "insecure", "insecure"),
            ("http://127.1:9099/", "insecure", "insecure"),
            ("http://2130706433/", "insecure", "insecure"),
        ] {
            assert_eq!(ends(&open, uri), alone, "{uri}");
            assert_eq!(ends(&emulator, uri), at_emulator, "{uri}");
            let at_google = if at_emulator == "goes" { "foreign" } else { at_emulator };
            assert_eq!(ends(&google, uri), at_google, "{uri}");
        }
    }

    #[test]
    fn a_server_that_was_good_is_not_so_by_other_rules() {
        let local = "http://127.0.0.1:9099/v1/models";
        let open = signer();
        assert_eq!(ends(&open, local), "goes");
        assert_eq!(ends(&open, local), "goes", "again");
        for (near, wanted) in [
            ("https://127.0.0.1:9099@example.com/", "insecure"),
            ("http://127.0.0.1:9099.example.com/", "insecure"),
            ("http://example.com:9099/", "insecure"),
        ] {
            assert_eq!(ends(&open, near), wanted, "{near}");
        }
        let google = open.clone().with_endpoints(Endpoints::google());
        assert_eq!(ends(&google, local), "foreign");
        assert_eq!(ends(&open, local), "goes");
    }
}
