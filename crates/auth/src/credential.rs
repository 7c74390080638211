//! A source of access tokens and the project that is charged: what an API client needs.
//!
//! In: a `TokenSource`. Out: tokens, and request headers that are made once for each token.
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
///
/// ```no_run
/// use hallpass::Credential;
///
/// # async fn example() -> Result<(), hallpass::Error> {
/// let credential = Credential::application_default().await?.with_quota_project("my-project");
/// let token = credential.token().await?;
/// println!("a token until {:?}", token.expires_at());
/// let headers = credential.headers().await?; // authorization, x-goog-user-project
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Credential {
    source: Arc<dyn TokenSource>,
    quota_project: Option<Arc<str>>,
    latest: Arc<ArcSwapOption<TokenHeaders>>,
}

/// The headers of one token.
struct TokenHeaders {
    token: Arc<AccessToken>,
    headers: Arc<HeaderMap>,
}

impl Credential {
    /// Takes its tokens from this source.
    #[must_use]
    pub fn new(source: impl TokenSource + 'static) -> Self {
        Self { source: Arc::new(source), quota_project: None, latest: Arc::default() }
    }

    /// Charges this project. With an empty name, as without this call, that is the project which the source
    /// names: a credential file's.
    #[must_use]
    pub fn with_quota_project(self, quota_project: impl Into<String>) -> Self {
        let project = Some(quota_project.into()).filter(|project| !project.is_empty());
        Self { quota_project: project.map(Arc::from), latest: Arc::default(), ..self }
    }

    /// Returns a token that is good now, and when it ends.
    ///
    /// # Errors
    ///
    /// No token can be obtained: [`Error::needs_sign_in`], [`Error::is_transient`].
    pub async fn token(&self) -> Result<Arc<AccessToken>, Error> {
        self.source.token().await
    }

    /// Returns a new token, though the last one may be good for some time; a source that has one token alone
    /// returns that one.
    ///
    /// # Errors
    ///
    /// As [`Credential::token`].
    pub async fn refresh_now(&self) -> Result<Arc<AccessToken>, Error> {
        self.reject(self.token().await?.as_ref());
        self.token().await
    }

    /// Says that a server did not take this token, so that the next one is a new one.
    pub fn reject(&self, token: &AccessToken) {
        self.source.reject(token);
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
    /// `x-goog-user-project`. While the token is good, this allocates nothing and does not wait.
    ///
    /// # Errors
    ///
    /// As [`Credential::token`], and a quota project that cannot stand in a header.
    pub async fn headers(&self) -> Result<Arc<HeaderMap>, Error> {
        match self.ready() {
            Some(headers) => Ok(headers),
            None => self.headers_of(&self.token().await?),
        }
    }

    /// Returns the headers of the latest token, while it is good for minutes.
    pub(crate) fn ready(&self) -> Option<Arc<HeaderMap>> {
        let latest = self.latest.load();
        let latest = latest.as_ref().filter(|latest| self.source.is_ready(&latest.token))?;
        Some(Arc::clone(&latest.headers))
    }

    fn headers_of(&self, token: &Arc<AccessToken>) -> Result<Arc<HeaderMap>, Error> {
        if let Some(latest) = self.latest.load().as_ref()
            && Arc::ptr_eq(&latest.token, token)
        {
            return Ok(Arc::clone(&latest.headers));
        }
        let headers = Arc::new(header::headers(token, self.quota_project().as_deref())?);
        let latest = TokenHeaders { token: Arc::clone(token), headers: Arc::clone(&headers) };
        self.latest.store(Some(Arc::new(latest)));
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
