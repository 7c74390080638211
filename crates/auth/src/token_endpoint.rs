//! Exchange, refresh, revoke: the only POSTs to Google's OAuth server.
//!
//! In: a code or a refresh token. Out: a `TokenSet`, or an error chosen by the server's code.
//! Specification: RFC 6749, sections 2.3.1, 4.1.3, 5 and 6; RFC 7636, section 4.5; RFC 7009.
//! Not here: retries and caching (`source`). The client secret goes into the body and nowhere else.

use crate::clock::Clock;
use crate::error::{Error, ErrorKind};
use crate::formats::client_secret::OAuthClient;
use crate::formats::json::{self, error_at};
use crate::http::{HttpClient, OAUTH_REPLY};
use crate::scope::Scopes;
use crate::secret::Secret;
use crate::sign_in::authorize::{AuthorizationCode, AuthorizationRequest};
use crate::text::code_word;
use crate::token::TokenSet;
use bytes::Bytes;
use form_urlencoded::Serializer;
use http::request::Builder;
use http::{Request, Response, StatusCode, header};
use serde_json::{Map, Value};
use std::sync::Arc;

/// The token endpoint of one OAuth client.
///
/// ```no_run
/// use hallpass::http::HttpClient;
/// use hallpass::oauth::{Secret, TokenEndpoint};
/// use hallpass::time::SystemClock;
/// use hallpass::OAuthClient;
/// use std::sync::Arc;
///
/// # async fn example(refresh_token: Secret) -> Result<(), hallpass::Error> {
/// let client = OAuthClient::from_file("client_secret.json")?;
/// let endpoint = TokenEndpoint::new(HttpClient::from_env(), client, Arc::new(SystemClock));
/// let tokens = endpoint.refresh(&refresh_token, None).await?;
/// println!("{:?} until {:?}", tokens.scopes, tokens.access_token.expires_at());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct TokenEndpoint {
    http: HttpClient,
    client: OAuthClient,
    clock: Arc<dyn Clock>,
}

impl TokenEndpoint {
    /// Names the client, and how requests are sent.
    #[must_use]
    pub fn new(http: HttpClient, client: OAuthClient, clock: Arc<dyn Clock>) -> Self {
        Self { http, client, clock }
    }

    /// Reads the time from this clock.
    #[must_use]
    pub fn with_clock(self, clock: Arc<dyn Clock>) -> Self {
        Self { clock, ..self }
    }

    /// Returns the `client_id`.
    #[must_use]
    pub fn client_id(&self) -> &str {
        self.client.client_id()
    }

    /// Trades the code of an accepted redirect for tokens.
    ///
    /// # Errors
    ///
    /// [`Error::is_transient`] for no connection and 5xx. A code that is used, old or another's
    /// is [`ErrorKind::InvalidGrant`].
    pub async fn exchange(
        &self,
        code: &AuthorizationCode,
        request: &AuthorizationRequest,
    ) -> Result<TokenSet, Error> {
        let form = [
            ("code", code.0.expose()),
            ("redirect_uri", request.redirect_uri()),
            ("code_verifier", request.verifier().expose()),
        ];
        self.grant("authorization_code", &form, "the code that the browser brought").await
    }

    /// Trades a refresh token for an access token, of fewer scopes where `scopes` says so.
    ///
    /// # Errors
    ///
    /// [`Error::needs_sign_in`] when the grant has ended; [`Error::is_transient`] for no connection and
    /// 5xx.
    pub async fn refresh(
        &self,
        refresh_token: &Secret,
        scopes: Option<&Scopes>,
    ) -> Result<TokenSet, Error> {
        let scope = scopes.map(Scopes::join);
        let mut form = vec![("refresh_token", refresh_token.expose())];
        form.extend(scope.as_deref().map(|scope| ("scope", scope)));
        self.grant("refresh_token", &form, "the saved sign-in").await
    }

    async fn grant(
        &self,
        grant_type: &str,
        fields: &[(&str, &str)],
        subject: &str,
    ) -> Result<TokenSet, Error> {
        let form = Serializer::new(String::new())
            .append_pair("grant_type", grant_type)
            .append_pair("client_id", self.client.client_id())
            .append_pair("client_secret", self.client.client_secret().expose())
            .extend_pairs(fields)
            .finish();
        let uri = self.client.token_uri();
        trade(&self.http, self.clock.as_ref(), Request::post(uri), form, subject).await
    }
}

/// Trades a form for tokens, as every grant does; `subject` is how a refusal calls what was shown.
pub(crate) async fn trade(
    http: &HttpClient,
    clock: &dyn Clock,
    request: Builder,
    form: String,
    subject: &str,
) -> Result<TokenSet, Error> {
    // The time before the request: a slow reply must not make a token look younger.
    let asked_at = clock.now();
    let reply = post(http, request, form).await?;
    if reply.status() == StatusCode::OK {
        return TokenSet::read(&object(&reply)?, asked_at);
    }
    Err(refused(&reply, subject))
}

/// What became of a grant that was revoked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Revoked {
    /// The server has ended it now.
    Now,
    /// The server did not know it any more.
    Already,
}

/// Ends a grant at the server that gave it; the token travels in the body, never in the address.
///
/// # Errors
///
/// [`Error::is_transient`] for no connection and 5xx; another refusal is [`ErrorKind::OAuth`].
pub async fn revoke(http: &HttpClient, revoke_uri: &str, token: &Secret) -> Result<Revoked, Error> {
    let form = Serializer::new(String::new()).append_pair("token", token.expose()).finish();
    let reply = post(http, Request::post(revoke_uri), form).await?;
    if reply.status() == StatusCode::OK {
        return Ok(Revoked::Now);
    }
    let error = refused(&reply, "the request to revoke");
    match error.kind() {
        ErrorKind::OAuth { code, .. } if code == "invalid_token" => Ok(Revoked::Already),
        ErrorKind::InvalidGrant { .. } => Ok(Revoked::Already),
        _ => Err(error),
    }
}

async fn post(http: &HttpClient, request: Builder, form: String) -> Result<Response<Bytes>, Error> {
    let request = request
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(header::ACCEPT, "application/json")
        .body(Bytes::from(form))
        .map_err(|error| {
            Error::new(ErrorKind::InsecureUri, "the endpoint's address is not one")
                .with_source(error)
        })?;
    http.send(request, OAUTH_REPLY).await
}

pub(crate) fn object(reply: &Response<Bytes>) -> Result<Map<String, Value>, Error> {
    json::object(reply.body()).map_err(|error| {
        let what = "the OAuth server's reply is not a JSON object";
        Error::new(ErrorKind::NotJson, what).with_source(error_at(&error))
    })
}

/// Chooses the error by `error` of section 5.2; `error_description` is for people at Google.
pub(crate) fn refused(reply: &Response<Bytes>, subject: &str) -> Error {
    let status = reply.status().as_u16();
    let reply = object(reply).unwrap_or_default();
    let word = |key: &str| reply.get(key).and_then(Value::as_str).map(code_word);
    let Some(code) = word("error").filter(|code| !code.is_empty()) else {
        let what = format!("the OAuth server answered with status {status}");
        return Error::new(ErrorKind::ServerStatus(status), what);
    };
    let subtype = word("error_subtype");
    let cause =
        subtype.as_ref().map_or_else(|| code.clone(), |subtype| format!("{code} ({subtype})"));
    if code == "invalid_grant" {
        let what = format!("Google no longer accepts {subject}");
        return Error::new(ErrorKind::InvalidGrant { subtype }, what).with_source(cause);
    }
    let what = format!("Google refused {subject}");
    Error::new(ErrorKind::OAuth { code, status }, what).with_source(format!("{status} {cause}"))
}
