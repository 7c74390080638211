//! A source of access tokens and the project that is charged: what an API client needs.
//!
//! In: a `TokenSource`. Out: request headers, made once for each token and then handed out as they are.
//! Not here: finding one (`adc`, `load_creds`), and refreshing (`source`).

use crate::error::Error;
use crate::header;
use crate::source::TokenSource;
use crate::token::AccessToken;
use arc_swap::ArcSwapOption;
use http::HeaderMap;
use std::fmt;
use std::sync::Arc;

/// Signs requests; cheap to clone.
#[derive(Clone)]
pub struct Credential {
    source: Arc<dyn TokenSource>,
    quota_project: Option<Arc<str>>,
    made: Arc<ArcSwapOption<Made>>,
}

/// The headers of one token.
struct Made {
    token: Arc<AccessToken>,
    headers: Arc<HeaderMap>,
}

impl Credential {
    /// Takes its tokens from this source.
    #[must_use]
    pub fn new(source: impl TokenSource + 'static) -> Self {
        Self { source: Arc::new(source), quota_project: None, made: Arc::default() }
    }

    /// Charges this project, or the one that the source names: a credential file's.
    #[must_use]
    pub fn with_quota_project(self, quota_project: Option<String>) -> Self {
        Self { quota_project: quota_project.map(Arc::from), made: Arc::default(), ..self }
    }

    /// Returns where the tokens come from.
    #[must_use]
    pub fn source(&self) -> &Arc<dyn TokenSource> {
        &self.source
    }

    /// Returns the project that is charged, if it is not the OAuth client's own.
    #[must_use]
    pub fn quota_project(&self) -> Option<Arc<str>> {
        self.quota_project.clone().or_else(|| self.source.quota_project())
    }

    /// Returns the headers of a request: `authorization` and, where a project is charged,
    /// `x-goog-user-project`. While the token is good, this allocates nothing and waits for nobody.
    ///
    /// # Errors
    ///
    /// No token can be had: [`Error::needs_sign_in`], [`Error::is_transient`].
    pub async fn headers(&self) -> Result<Arc<HeaderMap>, Error> {
        if let Some(made) = self.made.load().as_ref()
            && self.source.is_ready(&made.token)
        {
            return Ok(Arc::clone(&made.headers));
        }
        self.of(&self.source.token().await?)
    }

    fn of(&self, token: &Arc<AccessToken>) -> Result<Arc<HeaderMap>, Error> {
        if let Some(made) = self.made.load().as_ref().filter(|made| Arc::ptr_eq(&made.token, token))
        {
            return Ok(Arc::clone(&made.headers));
        }
        let headers = Arc::new(header::headers(token, self.quota_project().as_deref())?);
        let made = Made { token: Arc::clone(token), headers: Arc::clone(&headers) };
        self.made.store(Some(Arc::new(made)));
        Ok(headers)
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("Credential");
        debug.field("source", &self.source).field("quota_project", &self.quota_project);
        debug.finish_non_exhaustive()
    }
}
