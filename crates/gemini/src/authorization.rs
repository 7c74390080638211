//! What a client's requests are signed with: OAuth, an API key, or what a closure returns; never two at once.
//!
//! In: a request's address. Out: its headers, asked for at every attempt, and the host rule of `hallpass::http::Signer`.
//! Google answers 401 `OVERLOADED_CREDENTIALS` to a key beside a token, so one value holds one of them.
//! Not here: tokens (`hallpass::Credential`).

use crate::Error;
use crate::api_key::ApiKey;
use hallpass::Credential;
use hallpass::http::{Body, BodyStream, Signer};
use http::{HeaderMap, Response, StatusCode, Uri};
use std::borrow::Cow;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

type BoxError = Box<dyn std::error::Error + Send + Sync>;
type Asking = Pin<Box<dyn Future<Output = Result<Authorization, BoxError>> + Send>>;

/// OAuth, an API key, or a closure that is asked before each attempt.
///
/// ```
/// use hallpass_gemini::{ApiKey, Authorization, Client};
///
/// # fn newest_key() -> String { "AQ.example".to_owned() }
/// let client = Client::new(ApiKey::new("AQ.example")?);
/// let client = Client::new(Authorization::asked(|| async { ApiKey::new(newest_key()) }));
/// # Ok::<(), hallpass_gemini::Error>(())
/// ```
#[derive(Clone)]
pub struct Authorization(Kind);

#[derive(Clone)]
enum Kind {
    OAuth(Signer),
    Key(ApiKey, Signer),
    Asked(Arc<dyn Fn() -> Asking + Send + Sync>, Vec<String>),
}

impl Authorization {
    /// Asks this closure before each attempt, and once more after a 401.
    pub fn asked<F, A, E>(ask: impl Fn() -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<A, E>> + Send + 'static,
        A: Into<Self>,
        E: Into<BoxError>,
    {
        let ask = move || -> Asking {
            let answer = ask();
            Box::pin(async move { answer.await.map(Into::into).map_err(Into::into) })
        };
        Self(Kind::Asked(Arc::new(ask), Vec::new()))
    }

    /// Lets it go to this host, too, by `https`.
    pub(crate) fn with_host(self, host: String) -> Self {
        Self(match self.0 {
            Kind::OAuth(signer) => Kind::OAuth(signer.with_host(host)),
            Kind::Key(key, rule) => Kind::Key(key, rule.with_host(host)),
            Kind::Asked(ask, mut hosts) => {
                hosts.push(host);
                Kind::Asked(ask, hosts)
            }
        })
    }

    /// Sends a request with its headers; after a 401 once more, if it can be and there is another token or key.
    pub(crate) async fn send<F>(
        &self,
        uri: &Uri,
        body: Body,
        send: impl Fn(Body, Arc<HeaderMap>) -> F,
    ) -> Result<Response<BodyStream>, Error>
    where
        F: Future<Output = Result<Response<BodyStream>, Error>>,
    {
        let again = body.as_bytes().cloned().map(Body::from);
        let current = self.current().await?;
        let (key, rule) = match &current.0 {
            Kind::OAuth(signer) => {
                return signer.send_with(uri, body, again, send, is_refused).await;
            }
            Kind::Key(key, rule) => (key, rule),
            Kind::Asked(..) => return Err(Error::not_sent("a closure that returns a closure")),
        };
        rule.check(uri)?;
        let reply = send(body, key.headers()).await?;
        let Some(again) = again.filter(|_| is_refused(&reply)) else { return Ok(reply) };
        match &self.current().await?.0 {
            Kind::Key(other, _) if other != key => send(again, other.headers()).await,
            _ => Ok(reply),
        }
    }

    async fn current(&self) -> Result<Cow<'_, Self>, Error> {
        let Kind::Asked(ask, hosts) = &self.0 else { return Ok(Cow::Borrowed(self)) };
        let answer = ask().await.map_err(Error::from_closure)?;
        let known = hosts.iter().fold(answer, |answer, host| answer.with_host(host.clone()));
        Ok(Cow::Owned(known))
    }
}

fn is_refused(reply: &Response<BodyStream>) -> bool {
    reply.status() == StatusCode::UNAUTHORIZED
}

/// Says which kind it is, and nothing that is secret.
impl fmt::Debug for Authorization {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Kind::OAuth(_) => "OAuth",
            Kind::Key(..) => "ApiKey",
            Kind::Asked(..) => "Asked",
        })
    }
}

impl From<Signer> for Authorization {
    fn from(signer: Signer) -> Self {
        Self(Kind::OAuth(signer))
    }
}

impl From<&Signer> for Authorization {
    fn from(signer: &Signer) -> Self {
        signer.clone().into()
    }
}

impl From<Credential> for Authorization {
    fn from(credential: Credential) -> Self {
        Signer::new(credential).into()
    }
}

impl From<&Credential> for Authorization {
    fn from(credential: &Credential) -> Self {
        credential.clone().into()
    }
}

impl From<ApiKey> for Authorization {
    fn from(key: ApiKey) -> Self {
        let no_token = Signer::new(Credential::new(NoToken));
        Self(Kind::Key(key, no_token))
    }
}

/// The host rule is the signer's; a key has no token to give it.
#[derive(Debug)]
struct NoToken;

impl hallpass::source::TokenSource for NoToken {
    fn token(&self) -> hallpass::source::TokenFuture<'_> {
        let error =
            hallpass::Error::new(hallpass::ErrorKind::NoCredential, "an API key is no token");
        Box::pin(async { Err(error) })
    }

    fn reject(&self, _: &hallpass::oauth::AccessToken) {}
}
