//! Google's own Rust clients take a credential of ours.
//!
//! In: a credential. Out: what `Credentials::from` and every client's `with_credentials` accept.
//! Google's clients ask without a tag and have no answer to `NotModified`: it is said to callers alone who
//! bring the tag of the very token that is still in hand.
//! Not here: other universes than `googleapis.com`.

use ::google_cloud_auth::credentials::{CacheableResource, CredentialsProvider, EntityTag};
use ::google_cloud_auth::errors::CredentialsError;
use hallpass::Credential;
use http::{Extensions, HeaderMap};
use std::sync::{Arc, Mutex, PoisonError};

/// A credential for Google's own clients.
#[derive(Debug)]
pub struct CloudCredential {
    credential: Credential,
    tagged: Mutex<Option<(Arc<HeaderMap>, EntityTag)>>,
}

impl CloudCredential {
    /// Signs with this credential; its quota project goes along.
    #[must_use]
    pub fn new(credential: Credential) -> Self {
        Self { credential, tagged: Mutex::default() }
    }

    /// Returns one tag for as long as the headers are the same.
    fn tag(&self, headers: &Arc<HeaderMap>) -> EntityTag {
        let mut tagged = self.tagged.lock().unwrap_or_else(PoisonError::into_inner);
        match &*tagged {
            Some((known, tag)) if Arc::ptr_eq(known, headers) => tag.clone(),
            _ => {
                let tag = EntityTag::new();
                *tagged = Some((Arc::clone(headers), tag.clone()));
                tag
            }
        }
    }
}

impl CredentialsProvider for CloudCredential {
    async fn headers(
        &self,
        extensions: Extensions,
    ) -> Result<CacheableResource<HeaderMap>, CredentialsError> {
        let headers = self.credential.headers().await;
        let headers =
            headers.map_err(|error| CredentialsError::from_source(error.is_transient(), error))?;
        let entity_tag = self.tag(&headers);
        if extensions.get() == Some(&entity_tag) {
            return Ok(CacheableResource::NotModified);
        }
        Ok(CacheableResource::New { entity_tag, data: HeaderMap::clone(&headers) })
    }

    async fn universe_domain(&self) -> Option<String> {
        Some("googleapis.com".to_owned())
    }
}
