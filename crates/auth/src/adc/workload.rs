//! The types of credential that are a machine's: which source each becomes.
//!
//! In: a credential file of a type that is not `authorized_user`. Out: its source, with a cache around it.
//! Not here: what a source does (`source`).

use super::loader::{Found, Kind, Loader, Place};
use super::{CredentialFile, unsupported_type};
use crate::credential::Credential;
use crate::error::Error;
use crate::source::hosts::Hosts;
use crate::source::metadata::MetadataServer;
use crate::source::reach::{Reach, Variables};
use crate::source::service_account::ServiceAccount;
use crate::source::{Fetch, InMemory, TokenSource};
use std::sync::Arc;

impl Loader {
    pub(super) fn workload(
        &self,
        file: &CredentialFile,
        found: &str,
    ) -> Result<(Kind, Arc<dyn TokenSource>), Error> {
        let reach = self.reach();
        match found {
            "service_account" => {
                let source =
                    ServiceAccount::read(file, &self.scopes, self.service_account, &reach)?;
                Ok((Kind::ServiceAccount, self.cached(source)))
            }
            other => Err(unsupported_type(file.name(), other)),
        }
    }

    /// Finds the metadata server of a machine of Google's, if this is one.
    pub(super) async fn metadata_server(&self) -> Option<Found> {
        let server = MetadataServer::find(&self.scopes, &self.reach()).await?;
        let place = Place::MetadataServer(server.host().to_owned());
        let credential = Credential::new(self.cached(server))
            .with_quota_project(self.variable("GOOGLE_CLOUD_QUOTA_PROJECT"));
        Some(Found { credential, kind: Kind::MetadataServer, place })
    }

    fn cached(&self, source: impl Fetch + 'static) -> Arc<dyn TokenSource> {
        Arc::new(InMemory::new(source, Arc::clone(&self.clock), self.early))
    }

    fn reach(&self) -> Reach {
        Reach {
            http: self.http.clone(),
            clock: Arc::clone(&self.clock),
            hosts: Hosts { endpoints: self.endpoints.clone(), trusted: self.trusted.clone() },
            variables: Variables(self.variables.clone()),
        }
    }
}
