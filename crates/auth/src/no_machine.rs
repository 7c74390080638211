//! What stands in the place of `machine` where that feature is off: its types of credential are refused by name.
//!
//! In: a credential file of a type that is not `authorized_user`. Out: an error.
//! Not here: what the types are (`machine`).

use crate::adc::{Found, Kind, Loader};
use crate::error::Error;
use crate::formats::credential_file::{CredentialFile, unsupported_type};
use crate::source::TokenSource;
use std::sync::Arc;

#[derive(Clone, Default)]
pub(crate) struct Settings {}

impl Loader {
    pub(crate) fn machine(
        &self,
        file: &CredentialFile,
        found: &str,
    ) -> Result<(Kind, Arc<dyn TokenSource>), Error> {
        let Settings {} = self.machine;
        Err(unsupported_type(file.name(), found))
    }

    pub(crate) async fn metadata_server(&self) -> Option<Found> {
        None
    }
}
