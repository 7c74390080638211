//! `object_store` reads and writes Cloud Storage with a credential of ours.
//!
//! In: a credential. Out: what `GoogleCloudStorageBuilder::with_credentials` accepts.
//! Beware: the `Debug` of their `GcpCredential` shows the token.
//! Not here: the quota project, for which `object_store` has no place.

use ::object_store::gcp::GcpCredential;
use ::object_store::{CredentialProvider, Error, Result};
use async_trait::async_trait;
use hallpass::Credential;
use std::sync::Arc;

/// A credential for Cloud Storage.
#[derive(Clone, Debug)]
pub struct StorageCredential(Credential);

impl StorageCredential {
    /// Signs with this credential.
    #[must_use]
    pub fn new(credential: Credential) -> Self {
        Self(credential)
    }
}

#[async_trait]
impl CredentialProvider for StorageCredential {
    type Credential = GcpCredential;

    async fn get_credential(&self) -> Result<Arc<GcpCredential>> {
        let token = self.0.token().await;
        let token =
            token.map_err(|error| Error::Generic { store: "GCS", source: Box::new(error) })?;
        Ok(Arc::new(GcpCredential { bearer: token.expose().to_owned() }))
    }
}
