//! An API key of the Gemini API, as the header that carries it.
//!
//! In: the key's text. Out: `x-goog-api-key`, and the quota project if one is named.
//! Not here: the query parameter `key`, which would stand in logs.

use crate::Error;
use hallpass::oauth::Secret;
use http::{HeaderMap, HeaderName, HeaderValue};
use std::fmt;
use std::sync::Arc;

pub(crate) const API_KEY: HeaderName = HeaderName::from_static("x-goog-api-key");
pub(crate) const QUOTA_PROJECT: HeaderName = HeaderName::from_static("x-goog-user-project");

/// An API key. Its `Debug` does not show it.
#[derive(Clone, PartialEq)]
pub struct ApiKey(Arc<HeaderMap>);

impl ApiKey {
    /// Takes the key's text.
    ///
    /// # Errors
    /// A text that is empty or cannot stand in a header, and an access token (`ya29.…`), which is no key.
    pub fn new(key: impl Into<Secret>) -> Result<Self, Error> {
        let key = key.into();
        let text = key.expose();
        if text.is_empty() || text.bytes().any(|byte| !byte.is_ascii_graphic()) {
            return Err(Error::setting("the API key is empty, or has characters that no key has"));
        }
        if text.starts_with("ya29.") {
            return Err(Error::setting("the API key is an access token"));
        }
        let value = HeaderValue::from_str(text);
        let mut value = value.map_err(|_| Error::setting("the API key cannot be sent"))?;
        value.set_sensitive(true);
        Ok(Self(Arc::new(HeaderMap::from_iter([(API_KEY, value)]))))
    }

    /// Sends this quota project along.
    ///
    /// # Errors
    /// A name that cannot stand in a header.
    pub fn with_quota_project(self, project: &str) -> Result<Self, Error> {
        let value = HeaderValue::from_str(project);
        let value = value.map_err(|_| Error::setting("the quota project cannot be sent"))?;
        let mut headers = Arc::unwrap_or_clone(self.0);
        headers.insert(QUOTA_PROJECT, value);
        Ok(Self(Arc::new(headers)))
    }

    pub(crate) fn headers(&self) -> Arc<HeaderMap> {
        Arc::clone(&self.0)
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKey([redacted])")
    }
}
