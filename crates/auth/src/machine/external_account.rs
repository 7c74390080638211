//! Another identity provider's token, traded for one of Google's.
//!
//! In: a subject token. Out: a federated access token, for the pool's own principal.
//! Specification: RFC 8693, section 2.1; AIP-4117.
//! Not here: where the subject token comes from (`subject`), and acting as a service account (`impersonated`).

use super::hosts::Service;
use super::subject::{Asked, Subject};
use super::{Reach, of_machine};
use crate::error::Error;
use crate::formats::credential_file::CredentialFile;
use crate::scope::Scopes;
use crate::secret::Secret;
use crate::source::{Fetch, FetchFuture};
use crate::token::AccessToken;
use crate::token_endpoint::trade;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use form_urlencoded::Serializer;
use http::request::Builder;
use http::{HeaderValue, Request, header};
use serde_json::json;

#[derive(Debug)]
pub(crate) struct ExternalAccount {
    subject: Subject,
    audience: String,
    subject_token_type: String,
    token_url: String,
    client: Option<(String, Secret)>,
    user_project: Option<String>,
    email: Option<String>,
    scope: String,
    reach: Reach,
}

impl ExternalAccount {
    /// Reads a file; `email` is the service account that the token will be used for.
    pub(crate) fn read(
        file: &CredentialFile,
        scopes: &Scopes,
        email: Option<&str>,
        reach: &Reach,
    ) -> Result<Self, Error> {
        reach.hosts.universe(file.optional("universe_domain"), file.name())?;
        let secret = || file.optional("client_secret").unwrap_or_default().into();
        Ok(Self {
            subject: Subject::read(file, reach)?,
            audience: file.text("audience")?.to_owned(),
            subject_token_type: file.text("subject_token_type")?.to_owned(),
            token_url: reach.hosts.named(Service::Exchange, file, "token_url")?,
            client: file.optional("client_id").map(|id| (id.to_owned(), secret())),
            user_project: file.optional("workforce_pool_user_project").map(str::to_owned),
            email: email.map(str::to_owned),
            scope: scopes.join(),
            reach: reach.clone(),
        })
    }

    async fn token(&self) -> Result<AccessToken, Error> {
        let asked = Asked {
            audience: &self.audience,
            token_type: &self.subject_token_type,
            email: self.email.as_deref(),
        };
        let subject = self.subject.token(&self.reach, &asked).await?;
        let form = self.form(&subject);
        let mut request = Request::post(&self.token_url);
        if let Some((id, secret)) = &self.client {
            request = with_client(request, id, secret);
        }
        let (http, clock) = (&self.reach.http, self.reach.clock.as_ref());
        let reply = trade(http, clock, request, form, "the identity provider's token").await;
        Ok(reply.map_err(of_machine)?.access_token)
    }

    fn form(&self, subject: &Secret) -> String {
        let mut form = Serializer::new(String::new());
        form.append_pair("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange")
            .append_pair("audience", &self.audience)
            .append_pair("scope", &self.scope)
            .append_pair("requested_token_type", "urn:ietf:params:oauth:token-type:access_token")
            .append_pair("subject_token", subject.expose())
            .append_pair("subject_token_type", &self.subject_token_type);
        // A client says who pays by being one.
        if let (Some(project), None) = (&self.user_project, &self.client) {
            form.append_pair("options", &json!({"userProject": project}).to_string());
        }
        form.finish()
    }
}

/// Names the client as Google's clients do here: RFC 6749, section 2.3.1, without the form's encoding.
pub(super) fn with_client(request: Builder, id: &str, secret: &Secret) -> Builder {
    let text = format!("Basic {}", STANDARD.encode(format!("{id}:{}", secret.expose())));
    let mut value = HeaderValue::try_from(text).expect("base64 is visible ASCII");
    value.set_sensitive(true);
    request.header(header::AUTHORIZATION, value)
}

impl Fetch for ExternalAccount {
    fn fetch(&self) -> FetchFuture<'_> {
        Box::pin(self.token())
    }
}
