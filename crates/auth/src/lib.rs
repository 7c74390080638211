#![doc = include_str!("../README.md")]

pub mod adapters;
pub mod adc;
#[cfg(feature = "blocking")]
pub mod blocking;
mod clock;
mod credential;
mod endpoints;
mod error;
mod files;
mod formats;
#[cfg(any(all(test, feature = "machine"), fuzzing))]
#[doc(hidden)]
pub mod fuzzing;
mod grant;
mod header;
mod http;
mod load_creds;
#[cfg(feature = "machine")]
mod machine;
mod scope;
mod secret;
mod sign_in;
mod signed;
mod signer;
pub mod source;
pub mod store;
#[doc(hidden)]
pub mod text;
mod token;
mod token_endpoint;

pub use clock::{Clock, ManualClock, SystemClock};
pub use credential::Credential;
pub use endpoints::Endpoints;
pub use error::{Error, ErrorKind};
pub use formats::authorized_user::AuthorizedUser;
pub use formats::client_secret::OAuthClient;
pub use formats::file_type::FileType;
pub use formats::token_json::TokenFile;
pub use grant::{Grant, GrantId};
pub use header::headers;
pub use http::{
    Body, BodyStream, HttpClient, HttpClientBuilder, Proxies, Timeouts, Transport, TransportFuture,
};
pub use load_creds::load_creds;
#[cfg(feature = "machine")]
pub use machine::ServiceAccountToken;
pub use scope::Scopes;
pub use secret::Secret;
pub use sign_in::authorize::{AuthorizationCode, AuthorizationRequest};
pub use sign_in::loopback::{Arrival, Loopback, Tab};
pub use sign_in::{PendingSignIn, SignIn, remote};
pub use signer::Signer;
pub use source::{CachedSource, StaticSource, TokenFuture, TokenSource};
/// For the promises of other crates' tests.
#[doc(hidden)]
pub use text::steers;
pub use token::{AccessToken, TokenSet};
pub use token_endpoint::{Revoked, TokenEndpoint, revoke};
