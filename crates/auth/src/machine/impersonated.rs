//! A service account, through another credential that may act as it.
//!
//! In: a source of tokens for `cloud-platform`. Out: a token of the service account.
//! Source: the IAM Credentials API, `generateAccessToken`; its errors are those of AIP-193.
//! Not here: where the first token comes from.

use super::Reach;
use super::hosts::Service;
use crate::error::{Error, ErrorKind};
use crate::formats::credential_file::CredentialFile;
use crate::http::OAUTH_REPLY;
use crate::scope::Scopes;
use crate::source::{Fetch, FetchFuture, TokenSource};
use crate::text::code_word;
use crate::token::AccessToken;
use bytes::Bytes;
use http::{HeaderValue, Request, Response, StatusCode, header};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::sync::Arc;

/// What an account may have without further permission.
const LIFETIME: u64 = 3600;

/// The shortest and the longest that the API takes.
const LIFETIMES: std::ops::RangeInclusive<u64> = 600..=43_200;

#[derive(Debug)]
pub(crate) struct Impersonated {
    source: Arc<dyn TokenSource>,
    url: String,
    email: String,
    delegates: Vec<String>,
    scopes: Scopes,
    lifetime: u64,
    reach: Reach,
}

const URL: &str = "service_account_impersonation_url";

impl Impersonated {
    /// Reads a file of either type that names an account to act as.
    pub(crate) fn read(
        file: &CredentialFile,
        source: Arc<dyn TokenSource>,
        scopes: &Scopes,
        reach: &Reach,
    ) -> Result<Self, Error> {
        let email = file.impersonated().map(str::to_owned).ok_or_else(|| {
            file.malformed(&format!("has no `{URL}` that ends in `/EMAIL:generateAccessToken`"))
        })?;
        let settings = file.part("service_account_impersonation")?;
        let lifetime = settings.as_ref().and_then(|part| part.value("token_lifetime_seconds"));
        let lifetime = match lifetime {
            None => Some(LIFETIME),
            Some(seconds) => seconds.as_u64().filter(|seconds| LIFETIMES.contains(seconds)),
        };
        let lifetime = lifetime.ok_or_else(|| {
            file.malformed("has a `token_lifetime_seconds` that is not between 600 and 43200")
        })?;
        let url = reach.hosts.named(Service::Impersonation, file, URL)?;
        let (delegates, scopes) = (file.list("delegates")?, scopes.clone());
        Ok(Self { source, url, email, delegates, scopes, lifetime, reach: reach.clone() })
    }

    async fn token(&self) -> Result<AccessToken, Error> {
        let token = self.source.token().await?;
        let mut bearer = HeaderValue::try_from(format!("Bearer {}", token.expose()))
            .expect("an access token is visible ASCII");
        bearer.set_sensitive(true);
        let body = json!({
            "delegates": self.delegates,
            "scope": self.scopes.iter().collect::<Vec<_>>(),
            "lifetime": format!("{}s", self.lifetime),
        });
        let request = Request::post(&self.url)
            .header(header::AUTHORIZATION, bearer)
            .header(header::CONTENT_TYPE, "application/json")
            .body(Bytes::from(body.to_string()))
            .map_err(|_| Error::new(ErrorKind::InsecureUri, "the account's address is not one"))?;
        let reply = self.reach.http.send(request, OAUTH_REPLY).await?;
        if reply.status() == StatusCode::UNAUTHORIZED {
            self.source.reject(&token);
        }
        self.answer(&reply)
    }

    fn answer(&self, reply: &Response<Bytes>) -> Result<AccessToken, Error> {
        let status = reply.status().as_u16();
        let answer: Value = serde_json::from_slice(reply.body()).unwrap_or_default();
        if reply.status() != StatusCode::OK {
            let code = answer.pointer("/error/status").and_then(Value::as_str).map(code_word);
            let what = format!("this credential may not act as `{}`", self.email);
            return Err(match code {
                Some(code) => {
                    let cause = format!("{status} {code}");
                    Error::new(ErrorKind::OAuth { code, status }, what).with_source(cause)
                }
                None => Error::new(ErrorKind::ServerStatus(status), what)
                    .with_source(format!("status {status}")),
            });
        }
        let text = |key: &str| answer.get(key).and_then(Value::as_str);
        let ends = text("expireTime").and_then(|time| time.parse::<Timestamp>().ok());
        match (text("accessToken"), ends) {
            (Some(token), Some(ends)) => AccessToken::new(token, ends.into()),
            _ => {
                let what =
                    format!("the token reply for `{}` holds no token with an end", self.email);
                Err(Error::new(ErrorKind::NoAccessToken, what))
            }
        }
    }
}

impl Fetch for Impersonated {
    fn fetch(&self) -> FetchFuture<'_> {
        Box::pin(self.token())
    }
}
