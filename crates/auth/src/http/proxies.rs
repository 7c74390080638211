//! Which proxy stands before which host.
//!
//! In: `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY`. Out: the proxy of an address, if it has one.
//! Not here: the tunnel through it (`connector`).

use super::address::is_loopback;
use http::Uri;
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use std::ffi::OsString;
use std::sync::Arc;

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

    pub(super) fn before(&self, uri: &Uri) -> Option<Intercept> {
        if is_loopback(uri) {
            return None;
        }
        self.0.as_ref()?.intercept(uri)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
