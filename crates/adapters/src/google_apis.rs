//! The hubs of google-apis-rs (`google-drive3`, `google-docs1` and the others) take a credential of ours.
//!
//! In: a credential. Out: what a hub's constructor accepts.
//! Not here: scopes, which were chosen at the sign-in; the quota project, for which hubs have no place.

use google_apis_common::GetToken;
use hallpass::Credential;
use std::error::Error as StdError;
use std::pin::Pin;

/// What a hub waits for.
type HubToken<'a> = Pin<
    Box<dyn Future<Output = Result<Option<String>, Box<dyn StdError + Send + Sync>>> + Send + 'a>,
>;

/// A credential for a hub.
#[derive(Clone, Debug)]
pub struct HubCredential(Credential);

impl HubCredential {
    /// Signs with this credential.
    #[must_use]
    pub fn new(credential: Credential) -> Self {
        Self(credential)
    }
}

impl GetToken for HubCredential {
    fn get_token<'a>(&'a self, _scopes: &'a [&str]) -> HubToken<'a> {
        Box::pin(async { Ok(Some(self.0.token().await?.expose().to_owned())) })
    }
}
