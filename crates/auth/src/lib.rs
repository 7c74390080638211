#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod adc;
#[cfg(feature = "blocking")]
pub mod blocking;
mod clock;
mod credential;
mod endpoints;
mod error;
mod files;
mod formats;
#[cfg(any(fuzzing, all(feature = "fuzzing", feature = "machine")))]
#[doc(hidden)]
pub mod fuzzing;
mod grant;
mod header;
pub mod http;
mod load_creds;
#[cfg(feature = "machine")]
mod machine;
#[cfg(not(feature = "machine"))]
#[path = "no_machine.rs"]
mod machine;
pub mod saved;
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

pub use credential::Credential;
pub use error::{Error, ErrorKind};
pub use formats::client_secret::OAuthClient;
pub use load_creds::load_creds;
pub use scope::Scopes;

/// One sign-in, from the address that the browser opens to the tokens: RFC 6749, RFC 7636 and RFC 8252.
///
/// [`oauth::SignIn`] does all of it; the other types are its steps, for programs with a step of their
/// own.
///
/// ```no_run
/// use hallpass::http::HttpClient;
/// use hallpass::oauth::{SignIn, revoke};
/// use hallpass::{OAuthClient, Scopes};
///
/// # async fn example() -> Result<(), hallpass::Error> {
/// let client = OAuthClient::from_file("client_secret.json")?;
/// let sign_in = SignIn::new(client, Scopes::quickstart(), HttpClient::from_env());
/// let pending = sign_in.start().await?;
/// println!("open {}", pending.url());
/// let grant = pending.finish().await?;
/// # Ok(())
/// # }
/// ```
pub mod oauth {
    pub use crate::endpoints::Endpoints;
    pub use crate::grant::{Grant, GrantId};
    pub use crate::load_creds::{UserCredential, UserCredentialBuilder};
    pub use crate::secret::Secret;
    pub use crate::sign_in::authorize::{AuthorizationCode, AuthorizationRequest};
    pub use crate::sign_in::loopback::{Loopback, Tab};
    pub use crate::sign_in::{PendingSignIn, SignIn, remote};
    pub use crate::token::{AccessToken, TokenSet};
    pub use crate::token_endpoint::{Revoked, TokenEndpoint, revoke};
}

/// Google's files with a user's sign-in, read and written as Google's own programs do.
///
/// ```
/// use hallpass::file::AuthorizedUser;
///
/// let json = br#"{"client_id": "1-a", "client_secret": "s", "refresh_token": "r", "type": "authorized_user"}"#;
/// let user = AuthorizedUser::parse(json, "the file")?;
/// assert_eq!(user.client_id(), "1-a");
/// # Ok::<(), hallpass::Error>(())
/// ```
pub mod file {
    pub use crate::formats::authorized_user::AuthorizedUser;
    pub use crate::formats::file_type::FileType;
    pub use crate::formats::token_json::TokenFile;
}

/// Time, which a test can move.
///
/// ```
/// use hallpass::time::{Clock, ManualClock};
/// use std::time::{Duration, SystemTime};
///
/// let clock = ManualClock::new(SystemTime::UNIX_EPOCH);
/// clock.advance(Duration::from_secs(3600));
/// assert_eq!(clock.now(), SystemTime::UNIX_EPOCH + Duration::from_secs(3600));
/// ```
pub mod time {
    pub use crate::clock::{Clock, ManualClock, SystemClock};
}
