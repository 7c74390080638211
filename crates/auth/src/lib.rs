#![doc = include_str!("../README.md")]

pub mod adapters;
pub mod adc;
mod authorize;
#[cfg(feature = "blocking")]
pub mod blocking;
mod client_secret;
mod clock;
mod credential;
mod endpoints;
mod error;
#[cfg(any(test, fuzzing))]
#[doc(hidden)]
pub mod fuzzing;
mod grant;
mod header;
mod http;
mod json;
mod load_creds;
mod loopback;
mod pkce;
pub mod remote;
mod scope;
mod secret;
mod sign_in;
pub mod source;
pub mod store;
mod token;
mod token_endpoint;
mod token_json;

pub use adc::AuthorizedUser;
pub use authorize::{AuthorizationCode, AuthorizationRequest};
pub use client_secret::{FileType, OAuthClient};
pub use clock::{Clock, ManualClock, SystemClock};
pub use credential::Credential;
pub use endpoints::Endpoints;
pub use error::{Error, ErrorKind};
pub use grant::{Grant, GrantId};
pub use header::headers;
pub use http::{HttpClient, HttpSettings, Proxies};
pub use load_creds::load_creds;
pub use loopback::{Arrival, Loopback, Tab};
pub use scope::Scopes;
pub use secret::Secret;
pub use sign_in::{PendingSignIn, SignIn};
pub use source::{CachedSource, StaticSource, TokenFuture, TokenSource};
pub use token::{AccessToken, TokenSet};
pub use token_endpoint::{Revoked, TokenEndpoint, revoke};
pub use token_json::TokenFile;
