//! Google's authorization server: from the authorization request to the end of a token.

mod asked;
pub(crate) mod assertion;
pub(crate) mod authorize;
mod client_authentication;
pub(crate) mod device;
pub(crate) mod discovery;
pub(crate) mod error_page;
pub(crate) mod flow;
pub(crate) mod id_token;
pub(crate) mod impersonation;
mod jwt_bearer;
pub(crate) mod keys;
pub(crate) mod pages;
mod redirect_uri;
mod refusal;
pub(crate) mod revoke;
pub(crate) mod scopes;
pub(crate) mod token;
pub(crate) mod token_exchange;
mod token_reply;
pub(crate) mod tokeninfo;
pub(crate) mod userinfo;
pub(crate) mod view;
