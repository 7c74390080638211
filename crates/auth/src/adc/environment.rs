//! The one place where this library reads the process's environment, and only when a program asks for it.
//!
//! In: the environment. Out: a `Loader`, or a credential at once, with the proxies that the environment names.
//! Not here: which variables count (`loader`, `http`).
#![expect(clippy::disallowed_methods, reason = "this is the module that reads the environment")]

use super::Loader;
use crate::credential::Credential;
use crate::error::Error;
use crate::http::HttpClient;
use crate::store::MemoryStore;
use std::sync::Arc;

impl Loader {
    /// Reads the environment of this process, proxies included; access tokens are kept in memory.
    #[must_use]
    pub fn from_env() -> Self {
        let store = Arc::new(MemoryStore::default());
        Self::new(&|name| std::env::var_os(name), HttpClient::from_env(), store)
    }
}

impl Credential {
    /// Returns the credential that Google's clients would use on this machine: [`Loader::from_env`] chooses.
    ///
    /// # Errors
    ///
    /// As [`Loader::load`].
    pub async fn application_default() -> Result<Self, Error> {
        Ok(Loader::from_env().load().await?.credential)
    }
}
