#![cfg_attr(
    all(
        feature = "google-apis-8",
        feature = "google-cloud-auth-1",
        feature = "object-store-0_14",
        feature = "reqwest-0_13",
        feature = "tonic-0_14",
        feature = "tower"
    ),
    doc = include_str!("../README.md")
)]
#![cfg_attr(
    not(all(
        feature = "google-apis-8",
        feature = "google-cloud-auth-1",
        feature = "object-store-0_14",
        feature = "reqwest-0_13",
        feature = "tonic-0_14",
        feature = "tower"
    )),
    doc = "Hands a credential to other crates, each behind a feature of its name and major version."
)]

#[cfg(feature = "google-apis-8")]
pub mod google_apis;
#[cfg(feature = "google-cloud-auth-1")]
pub mod google_cloud_auth;
#[cfg(feature = "object-store-0_14")]
pub mod object_store;
#[cfg(feature = "reqwest-0_13")]
pub mod reqwest;
#[cfg(feature = "tonic-0_14")]
pub mod tonic;
#[cfg(feature = "tower")]
pub mod tower;
