//! Hands a [`Credential`](crate::Credential) to other crates, each behind a feature of its name.
//!
//! Not here: getting tokens. `docs/ecosystem.md` in the repository shows each one in ten lines.

#[cfg(feature = "google-apis")]
pub mod google_apis;
#[cfg(feature = "google-cloud-auth")]
pub mod google_cloud_auth;
#[cfg(feature = "object-store")]
pub mod object_store;
#[cfg(feature = "reqwest")]
pub mod reqwest;
#[cfg(feature = "tonic")]
pub mod tonic;
#[cfg(feature = "tower")]
pub mod tower;
