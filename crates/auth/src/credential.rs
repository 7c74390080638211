//! A source of access tokens and the project that is charged: what an API client needs.
//!
//! In: a `TokenSource`. Out: request headers.
//! Not here: finding one (`adc`, `load_creds`), and refreshing (`source`).

use crate::error::Error;
use crate::header;
use crate::source::TokenSource;
use http::HeaderMap;
use std::sync::Arc;

/// Signs requests; cheap to clone.
#[derive(Clone, Debug)]
pub struct Credential {
    source: Arc<dyn TokenSource>,
    quota_project: Option<String>,
}

impl Credential {
    /// Takes its tokens from this source.
    #[must_use]
    pub fn new(source: impl TokenSource + 'static) -> Self {
        Self { source: Arc::new(source), quota_project: None }
    }

    /// Charges this project, or the OAuth client's own.
    #[must_use]
    pub fn with_quota_project(self, quota_project: Option<String>) -> Self {
        Self { quota_project, ..self }
    }

    /// Returns where the tokens come from.
    #[must_use]
    pub fn source(&self) -> &Arc<dyn TokenSource> {
        &self.source
    }

    /// Returns the project that is charged, if it is not the OAuth client's own.
    #[must_use]
    pub fn quota_project(&self) -> Option<&str> {
        self.quota_project.as_deref()
    }

    /// Returns the headers of a request.
    ///
    /// # Errors
    ///
    /// No token can be had: [`Error::needs_sign_in`], [`Error::is_transient`].
    pub async fn headers(&self) -> Result<HeaderMap, Error> {
        header::headers(&*self.source.token().await?, self.quota_project())
    }
}
