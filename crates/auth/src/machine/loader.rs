//! The types of credential that are a machine's: which source each becomes.
//!
//! In: a credential file of a type that is not `authorized_user`. Out: its source, with a cache around it.
//! Not here: what a source does (`source`).

use super::external_account::ExternalAccount;
use crate::adc::{Found, Kind, Loader, Place, Summary};
use crate::credential::Credential;
use crate::error::Error;
use crate::formats::credential_file::{CredentialFile, unsupported_type};
use crate::machine::ServiceAccountToken;
use crate::machine::external_user::ExternalUser;
use crate::machine::hosts::Hosts;
use crate::machine::impersonated::Impersonated;
use crate::machine::metadata::MetadataServer;
use crate::machine::reach::{Reach, Variables};
use crate::machine::service_account::ServiceAccount;
use crate::scope::Scopes;
use crate::source::{Fetch, InMemory, TokenSource};
use std::sync::Arc;

/// What a program chooses for machines' credentials.
#[derive(Clone, Default)]
pub(crate) struct Settings {
    trusted: Vec<String>,
    service_account: ServiceAccountToken,
}

impl Loader {
    /// Believes a credential file that names this host, or one under it, or this universe.
    ///
    /// Without it, a file may name Google's hosts alone; a subject token may also come from the metadata
    /// servers of clouds and from GitHub.
    #[must_use]
    pub fn trusting(mut self, host: impl Into<String>) -> Self {
        self.machine.trusted.push(host.into());
        self
    }

    /// Chooses what a service account's key is used for.
    #[must_use]
    pub fn with_service_account_token(mut self, form: ServiceAccountToken) -> Self {
        self.machine.service_account = form;
        self
    }

    pub(crate) fn machine(
        &self,
        file: &CredentialFile,
        found: &str,
    ) -> Result<(Kind, Arc<dyn TokenSource>), Error> {
        let reach = self.reach();
        match found {
            "service_account" => {
                let source =
                    ServiceAccount::read(file, &self.scopes, self.machine.service_account, &reach)?;
                Ok((Kind::ServiceAccount, self.cached(source)))
            }
            "external_account" => Ok((Kind::ExternalAccount, self.external_account(file, &reach)?)),
            "external_account_authorized_user" => {
                let source = ExternalUser::read(file, &reach)?;
                Ok((Kind::ExternalAccountAuthorizedUser, self.cached(source)))
            }
            "impersonated_service_account" => {
                let source = self.first(file)?;
                let source = Impersonated::read(file, source, &self.scopes, &reach)?;
                Ok((Kind::ImpersonatedServiceAccount, self.cached(source)))
            }
            other => Err(unsupported_type(file.name(), other)),
        }
    }

    /// Makes a provider's source; where the file names a service account, its token is for that alone.
    fn external_account(
        &self,
        file: &CredentialFile,
        reach: &Reach,
    ) -> Result<Arc<dyn TokenSource>, Error> {
        if file.optional("service_account_impersonation_url").is_none() {
            let source = ExternalAccount::read(file, &self.scopes, None, reach)?;
            return Ok(self.cached(source));
        }
        let first = ExternalAccount::read(file, &for_iam(), file.impersonated(), reach)?;
        let source = Impersonated::read(file, self.cached(first), &self.scopes, reach)?;
        Ok(self.cached(source))
    }

    /// Makes the source of the credential that may act as the account.
    fn first(&self, file: &CredentialFile) -> Result<Arc<dyn TokenSource>, Error> {
        let part = file.part("source_credentials")?;
        let part = part.ok_or_else(|| file.malformed("has no `source_credentials`"))?;
        match part.text("type")? {
            "authorized_user" => self.user(part.to_json().expose().as_bytes(), part.name(), None),
            // Delegates say it in one step, and a file of files would have no end.
            found @ "impersonated_service_account" => Err(unsupported_type(part.name(), found)),
            found => {
                let loader = self.clone().with_scopes(for_iam());
                let loader = loader.with_service_account_token(ServiceAccountToken::Exchanged);
                Ok(loader.machine(&part, found)?.1)
            }
        }
    }

    /// Finds the metadata server of a machine of Google's, if this is one.
    pub(crate) async fn metadata_server(&self) -> Option<Found> {
        let server = MetadataServer::find(&self.scopes, &self.reach()).await?;
        let kind = Kind::MetadataServer;
        let summary =
            Summary { kind, account: None, quota_project_id: None, token_addresses: Vec::new() };
        let place = Place::MetadataServer(server.host().to_owned());
        let credential = Credential::new(self.cached(server))
            .with_quota_project(self.variable("GOOGLE_CLOUD_QUOTA_PROJECT").unwrap_or_default());
        Some(Found { credential, summary, place })
    }

    fn cached(&self, source: impl Fetch + 'static) -> Arc<dyn TokenSource> {
        Arc::new(InMemory::new(source, Arc::clone(&self.clock), self.early))
    }

    fn reach(&self) -> Reach {
        Reach {
            http: self.http.clone(),
            clock: Arc::clone(&self.clock),
            hosts: Hosts {
                endpoints: self.endpoints.clone(),
                trusted: self.machine.trusted.clone(),
            },
            variables: Variables(self.variables.clone()),
        }
    }
}

/// What the IAM Credentials API asks of the first token.
fn for_iam() -> Scopes {
    Scopes::from_response("https://www.googleapis.com/auth/cloud-platform")
}
