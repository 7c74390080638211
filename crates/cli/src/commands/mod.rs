//! The commands: a file each, with its flags, what it does, and its tests.

pub(crate) mod agent;
pub(crate) mod completions;
pub(crate) mod curl;
#[cfg(feature = "emulator")]
pub(crate) mod demo;
pub(crate) mod doctor;
#[cfg(feature = "emulator")]
pub(crate) mod emulator;
pub(crate) mod exec;
pub(crate) mod gcloud;
pub(crate) mod header;
pub(crate) mod login;
pub(crate) mod logout;
pub(crate) mod man;
pub(crate) mod models;
pub(crate) mod profile;
pub(crate) mod quota_project;
pub(crate) mod scopes;
pub(crate) mod setup;
pub(crate) mod status;
pub(crate) mod token;
pub(crate) mod transfer;
