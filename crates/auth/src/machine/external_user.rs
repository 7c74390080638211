//! A user who signed in at another identity provider: `external_account_authorized_user`.
//!
//! In: a refresh token of Google's token service. Out: an access token. A refresh token that the server
//! replaces is kept for this process; the file is its writer's.
//! Specification: RFC 6749, section 6, the client by HTTP Basic.

use super::Reach;
use super::external_account::with_client;
use super::hosts::Service;
use crate::error::Error;
use crate::formats::credential_file::CredentialFile;
use crate::secret::Secret;
use crate::source::{Fetch, FetchFuture};
use crate::token::AccessToken;
use crate::token_endpoint::trade;
use form_urlencoded::Serializer;
use http::Request;
use std::sync::{Mutex, PoisonError};

#[derive(Debug)]
pub(crate) struct ExternalUser {
    client_id: String,
    client_secret: Secret,
    refresh_token: Mutex<Secret>,
    token_url: String,
    reach: Reach,
}

impl ExternalUser {
    pub(crate) fn read(file: &CredentialFile, reach: &Reach) -> Result<Self, Error> {
        reach.hosts.universe(file.optional("universe_domain"), file.name())?;
        Ok(Self {
            client_id: file.text("client_id")?.to_owned(),
            client_secret: file.secret("client_secret")?,
            refresh_token: Mutex::new(file.secret("refresh_token")?),
            token_url: reach.hosts.named(Service::ExternalToken, file, "token_url")?,
            reach: reach.clone(),
        })
    }

    async fn token(&self) -> Result<AccessToken, Error> {
        let refresh_token = || self.refresh_token.lock().unwrap_or_else(PoisonError::into_inner);
        let form = Serializer::new(String::new())
            .append_pair("grant_type", "refresh_token")
            .append_pair("refresh_token", refresh_token().expose())
            .finish();
        let request =
            with_client(Request::post(&self.token_url), &self.client_id, &self.client_secret);
        let (http, clock) = (&self.reach.http, self.reach.clock.as_ref());
        let tokens = trade(http, clock, request, form, "the saved sign-in").await?;
        if let Some(new) = tokens.refresh_token {
            *refresh_token() = new;
        }
        Ok(tokens.access_token)
    }
}

impl Fetch for ExternalUser {
    fn fetch(&self) -> FetchFuture<'_> {
        Box::pin(self.token())
    }
}
