//! Google's files, each read and written in one place.
//!
//! Not here: where a file is found (`adc`) and how it gets to the disk (`files`, `store`).

pub(crate) mod authorized_user;
pub(crate) mod client_secret;
pub(crate) mod credential_file;
pub(crate) mod file;
pub(crate) mod file_type;
pub(crate) mod json;
pub(crate) mod token_json;
