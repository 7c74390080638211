//! Credentials of machines: service accounts, other identity providers, impersonation, metadata servers.
//!
//! In: a credential file of a type that is not `authorized_user`, or a machine of Google's. Out: a source of
//! access tokens. All of it is behind the feature `machine`.
//! Source: AIP-4112, AIP-4115, AIP-4117.
//! Not here: users' sign-ins (`source::cached`).

mod external_account;
mod external_user;
mod fields;
pub(crate) mod hosts;
mod impersonated;
mod loader;
pub(crate) mod metadata;
mod reach;
mod service_account;
pub(crate) mod subject;

pub(crate) use loader::Settings;
pub use service_account::ServiceAccountToken;

use reach::{Reach, of_machine, with_kind};
