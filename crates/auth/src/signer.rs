//! A credential, and the hosts that its token may go to.
//!
//! In: a request's address. Out: its headers, or an error before anything is sent.
//! Google's APIs are at `googleapis.com` and below; a server of this machine is as trusted as this program.
//! Not here: sending (`reqwest`, `tower`).

use crate::credential::Credential;
use crate::error::{Error, ErrorKind};
use crate::http::{check_parsed, is_loopback};
use crate::token::AccessToken;
use http::{HeaderMap, Uri, header};
use std::sync::Arc;
use std::time::SystemTime;

/// Signs requests to Google's APIs, to this machine and to named hosts, and to nobody else.
#[derive(Clone, Debug)]
pub struct Signer {
    credential: Credential,
    hosts: Vec<String>,
}

impl Signer {
    /// Signs with this credential.
    #[must_use]
    pub fn new(credential: Credential) -> Self {
        Self { credential, hosts: Vec::new() }
    }

    /// Lets the token go to this host, too: the name alone, not what is below it, by `https`.
    #[must_use]
    pub fn with_host(mut self, host: impl Into<String>) -> Self {
        self.hosts.push(host.into());
        self
    }

    /// Returns the headers of a request to this address.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::ForeignHost`], [`ErrorKind::InsecureUri`], and those of
    /// [`Credential::headers`].
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

    fn check(&self, uri: &Uri) -> Result<(), Error> {
        check_parsed(uri)?;
        let host = uri.host().unwrap_or_default();
        let named = self.hosts.iter().any(|named| named.eq_ignore_ascii_case(host));
        if named || is_google(host) || is_loopback(uri) {
            return Ok(());
        }
        let what = format!("no token is sent to `{}`", host.escape_debug());
        let cause = "it is neither below `googleapis.com` nor named with `Signer::with_host`";
        Err(Error::new(ErrorKind::ForeignHost, what).because(cause))
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

fn is_google(host: &str) -> bool {
    let host = host.to_ascii_lowercase();
    host == "googleapis.com" || host.ends_with(".googleapis.com")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::StaticSource;

    #[test]
    fn token_goes_to_google_this_machine_and_named_hosts_alone() {
        let token = AccessToken::new("a", SystemTime::UNIX_EPOCH).expect("token");
        let signer = Signer::new(Credential::new(StaticSource::new(token))).with_host("pkg.dev");
        let kind = |uri: &str| {
            let checked = signer.check(&uri.parse().expect(uri));
            checked.map_err(|error| error.kind().clone())
        };
        for uri in [
            "https://generativelanguage.googleapis.com/v1beta/models?key=x",
            "https://GoogleAPIs.com/",
            "http://127.0.0.1:8080/",
            "http://[::1]:8080/",
            "https://pkg.dev/",
        ] {
            assert_eq!(kind(uri), Ok(()), "{uri}");
        }
        for uri in [
            "https://example.com/",
            "https://evilgoogleapis.com/",
            "https://googleapis.com.example.com/",
            "https://sub.pkg.dev/",
            "https://localhost.example.com/",
        ] {
            assert_eq!(kind(uri), Err(ErrorKind::ForeignHost), "{uri}");
        }
        for uri in [
            "http://storage.googleapis.com/",
            "http://pkg.dev/",
            "/path",
            "https://a@googleapis.com/",
        ] {
            assert_eq!(kind(uri), Err(ErrorKind::InsecureUri), "{uri}");
        }
    }
}
