//! One saved sign-in: a user's Application Default Credentials, or a `token.json`.
//!
//! In: a file. Out: what it is and where it came from; the saved access token while it is fresh, without network
//! or runtime; a source that refreshes, and keeps what the server replaces where no newer sign-in is.
//! Not here: machines' credentials (`adc::Loader`), and making a sign-in (`sign_in`).

use crate::clock::Clock;
use crate::credential::Credential;
use crate::endpoints::Endpoints;
use crate::error::{Error, ErrorKind};
use crate::formats::client_secret::OAuthClient;
use crate::http::HttpClient;
use crate::scope::Scopes;
use crate::source::{CachedSource, CachedSourceBuilder};
use crate::store::{
    AdcStore, Claim, GrantKey, Saved, Stored, StoredGrant, SyncGrantStore, TokenFileStore,
};
use crate::token::AccessToken;
use std::path::Path;
use std::sync::Arc;

pub use crate::load_creds::{UserCredential, UserCredentialBuilder};

/// A sign-in on disk, as it was when it was opened.
#[derive(Clone, Debug)]
pub struct SavedSignIn {
    place: Place,
    stored: Stored,
    client: OAuthClient,
    endpoints: Option<Endpoints>,
}

#[derive(Clone, Debug)]
enum Place {
    Adc(AdcStore),
    TokenFile(TokenFileStore),
}

/// Both stores hold one grant, whatever it is called.
fn key() -> GrantKey {
    GrantKey::from("saved sign-in")
}

impl SavedSignIn {
    /// Opens a user's Application Default Credentials, whose side records are in this store.
    ///
    /// # Errors
    ///
    /// The file is not there, cannot be read, or holds something else; a side record that cannot be read.
    pub fn open_adc(
        path: impl AsRef<Path>,
        records: Arc<dyn SyncGrantStore>,
    ) -> Result<Self, Error> {
        Self::in_adc(AdcStore::new(path.as_ref(), records))
    }

    /// As [`SavedSignIn::open_adc`], from a store that is set up already.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn in_adc(store: AdcStore) -> Result<Self, Error> {
        let stored = SyncGrantStore::load(&store, &key())?;
        Self::new(Place::Adc(store), stored)
    }

    /// Opens a `token.json`.
    ///
    /// # Errors
    ///
    /// The file is not there, cannot be read, or holds something else.
    pub fn open_token_file(path: impl AsRef<Path>) -> Result<Self, Error> {
        Self::in_token_file(TokenFileStore::new(path.as_ref()))
    }

    /// As [`SavedSignIn::open_token_file`], from a store that is set up already.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn in_token_file(store: TokenFileStore) -> Result<Self, Error> {
        let stored = SyncGrantStore::load(&store, &key())?;
        Self::new(Place::TokenFile(store), stored)
    }

    fn new(place: Place, stored: Option<Stored>) -> Result<Self, Error> {
        let path = place.path();
        let missing = || Error::file(ErrorKind::CredentialFileNotFound, path, "is not there");
        let stored = stored.ok_or_else(missing)?;
        let client = stored.grant.client().ok_or_else(|| {
            Error::file(ErrorKind::CredentialFileMalformed, path, "names no OAuth client")
        })?;
        Ok(Self { place, stored, client, endpoints: None })
    }

    /// Talks to these servers in the place of those that gave the grant.
    #[must_use]
    pub fn with_endpoints(self, endpoints: Endpoints) -> Self {
        let client = self.client.with_endpoints(&endpoints);
        Self { client, endpoints: Some(endpoints), ..self }
    }

    /// Takes secret and addresses of this client, if the sign-in is this client's.
    #[must_use]
    pub fn with_client(self, client: OAuthClient) -> Self {
        if client.client_id() == self.client.client_id() { Self { client, ..self } } else { self }
    }

    /// Returns the file.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.place.path()
    }

    /// Returns what is known of it: account, scopes, times, quota project.
    #[must_use]
    pub fn grant(&self) -> &StoredGrant {
        &self.stored.grant
    }

    /// Returns the OAuth client that signed in, at the servers that refreshes go to.
    #[must_use]
    pub fn client(&self) -> &OAuthClient {
        &self.client
    }

    /// Returns the saved access token, if it lasts for minutes by this clock.
    #[must_use]
    pub fn fresh_token(&self, clock: &dyn Clock) -> Option<&AccessToken> {
        let saved = self.stored.grant.access_token.as_ref()?;
        (saved.left(clock) > CachedSource::MARGIN).then(|| saved.token())
    }

    /// Keeps what the server said of the sign-in when it was asked: from now on this is no claim of a file's. What
    /// the server did not say stays as it is. Nothing is kept where file or record have changed since they were opened.
    ///
    /// # Errors
    ///
    /// The file or the record cannot be written.
    pub fn confirm(&self, account: Option<String>, scopes: Option<Scopes>) -> Result<Saved, Error> {
        let mut grant = self.stored.grant.clone();
        if let Some(account) = account {
            grant.account = Some(account);
            grant.claimed.remove(&Claim::Account);
        }
        if let Some(scopes) = scopes {
            grant.scopes = Some(scopes);
            grant.claimed.remove(&Claim::Scopes);
        }
        let version = &self.stored.version;
        match &self.place {
            Place::Adc(store) => SyncGrantStore::save(store, &key(), &grant, version),
            Place::TokenFile(store) => SyncGrantStore::save(store, &key(), &grant, version),
        }
    }

    /// Sets up a source of access tokens, which reads the file again at each refresh.
    pub fn source(&self) -> CachedSourceBuilder {
        let builder = match &self.place {
            Place::Adc(store) => CachedSource::builder(store.clone(), key()),
            Place::TokenFile(store) => CachedSource::builder(store.clone(), key()),
        };
        let builder = builder.client(self.client.clone());
        match &self.endpoints {
            Some(endpoints) => builder.endpoints(endpoints.clone()),
            None => builder,
        }
    }

    /// Returns the credential that API clients take; it charges the project that the file names.
    #[must_use]
    pub fn credential(&self, http: HttpClient) -> Credential {
        let quota_project = self.stored.grant.quota_project.clone().unwrap_or_default();
        Credential::new(self.source().http(http).build()).with_quota_project(quota_project)
    }

    /// Removes file and side record, unless they have changed since they were opened.
    ///
    /// # Errors
    ///
    /// What stood in the way.
    pub fn remove(&self) -> Result<Saved, Error> {
        let version = &self.stored.version;
        match &self.place {
            Place::Adc(store) => SyncGrantStore::remove(store, &key(), version),
            Place::TokenFile(store) => SyncGrantStore::remove(store, &key(), version),
        }
    }
}

impl Place {
    fn path(&self) -> &Path {
        match self {
            Self::Adc(store) => store.path(),
            Self::TokenFile(store) => store.path(),
        }
    }
}
