//! Makes the credential of the source that wins, whatever its type.
//!
//! In: the environment, once. Out: a `Credential`, and where it comes from. The order is Google's:
//! the variable, gcloud's file, the metadata server. A source that is named and no good is an error;
//! nothing weaker is taken in its place.
//! Source: AIP-4110; the types of AIP-4112, 4113, 4115 and 4117.
//! Not here: what a type does (`source`), and making a file (`sign_in`).

use super::{Env, Found, Kind, Location, Place, Summary, find};
use crate::clock::{Clock, SystemClock};
use crate::credential::Credential;
use crate::endpoints::Endpoints;
use crate::error::{Error, ErrorKind};
use crate::formats::authorized_user::AuthorizedUser;
use crate::formats::credential_file::CredentialFile;
use crate::http::HttpClient;
use crate::machine::Settings;
use crate::scope::Scopes;
use crate::source::reloading::{Made, Mark, Reloading};
use crate::source::{CachedSource, Early, TokenSource};
use crate::store::{AdcStore, StoredGrant, SyncGrantStore, SyncStore};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

/// Everything that is read from the environment.
const VARIABLES: [&str; 14] = [
    super::VARIABLE,
    "CLOUDSDK_CONFIG",
    "APPDATA",
    "HOME",
    QUOTA_PROJECT,
    "GCE_METADATA_HOST",
    "GCE_METADATA_ROOT",
    "NO_GCE_CHECK",
    "GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
];

const QUOTA_PROJECT: &str = "GOOGLE_CLOUD_QUOTA_PROJECT";

/// Makes credentials of every type of Application Default Credentials.
#[derive(Clone)]
pub struct Loader {
    pub(crate) http: HttpClient,
    pub(crate) store: Arc<dyn SyncGrantStore>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) early: Early,
    pub(crate) endpoints: Endpoints,
    pub(crate) scopes: Scopes,
    pub(crate) variables: BTreeMap<&'static str, OsString>,
    pub(crate) machine: Settings,
}

impl Loader {
    /// Reads the environment; `store` keeps the access tokens of users' sign-ins for other processes.
    #[must_use]
    pub fn new(env: Env<'_>, http: HttpClient, store: Arc<dyn SyncGrantStore>) -> Self {
        let variables = VARIABLES.iter().filter_map(|&name| Some((name, env(name)?))).collect();
        Self {
            http,
            store,
            clock: Arc::new(SystemClock),
            early: Early::default(),
            endpoints: Endpoints::google(),
            scopes: Scopes::quickstart(),
            variables,
            machine: Settings::default(),
        }
    }

    /// Asks for these scopes, where they can be chosen; the quickstart's unless told otherwise. A user's
    /// sign-in has those that the user agreed to.
    #[must_use]
    pub fn with_scopes(self, scopes: Scopes) -> Self {
        Self { scopes, ..self }
    }

    /// Reads the time from this clock.
    #[must_use]
    pub fn with_clock(self, clock: Arc<dyn Clock>) -> Self {
        Self { clock, ..self }
    }

    /// Chooses whether callers wait for a refresh while the old token is still good for minutes.
    #[must_use]
    pub fn with_early(self, early: Early) -> Self {
        Self { early, ..self }
    }

    /// Talks to these servers in the place of Google's.
    #[must_use]
    pub fn with_endpoints(self, endpoints: Endpoints) -> Self {
        Self { endpoints, ..self }
    }

    /// Finds the credential that Google's clients would use. Files are read; the network is asked only
    /// where there is no file, and then for a metadata server alone.
    ///
    /// # Errors
    ///
    /// There is none, or the one that wins cannot be used: what [`find`] and [`Loader::from_file`] say.
    pub async fn load(&self) -> Result<Found, Error> {
        match find(&|name| self.variables.get(name).cloned()) {
            Ok(location) => self.at(location),
            Err(error) if matches!(error.kind(), ErrorKind::NoCredential | ErrorKind::NoHome) => {
                self.metadata_server().await.ok_or(error)
            }
            Err(error) => Err(error),
        }
    }

    /// Makes the credential of a file.
    ///
    /// # Errors
    ///
    /// The file is not there or cannot be read, is half written, names a host that is not trusted, or is of
    /// a type that is not a credential.
    pub fn from_file(&self, path: &Path) -> Result<Credential, Error> {
        let location = Location {
            path: path.to_owned(),
            origin: super::Origin::EnvironmentVariable,
            shadowed: None,
        };
        self.at(location).map(|found| found.credential)
    }

    fn at(&self, location: Location) -> Result<Found, Error> {
        let read = Arc::new(Mutex::new(None));
        let (loader, path, told) = (self.clone(), location.path.clone(), Arc::clone(&read));
        let source = Reloading::new(&location.path, move |bytes| {
            let file = CredentialFile::parse(bytes, &format!("`{}`", path.display()))?;
            let (kind, source) = loader.source(&file, bytes, &path)?;
            let summary = Summary::of(kind, &file);
            let quota_project = summary.quota_project_id.as_deref().map(Arc::from);
            *told.lock().unwrap_or_else(PoisonError::into_inner) = Some(summary);
            Ok(Made { source, mark: Mark::of(bytes), quota_project })
        })?;
        let summary = read.lock().unwrap_or_else(PoisonError::into_inner).take();
        let summary = summary.expect("the file has just been read");
        let credential = Credential::new(source)
            .with_quota_project(self.variable(QUOTA_PROJECT).unwrap_or_default());
        Ok(Found { credential, summary, place: Place::File(location) })
    }

    pub(crate) fn variable(&self, name: &str) -> Option<String> {
        let value = self.variables.get(name)?.to_str().filter(|value| !value.is_empty())?;
        Some(value.to_owned())
    }

    pub(crate) fn source(
        &self,
        file: &CredentialFile,
        bytes: &[u8],
        path: &Path,
    ) -> Result<(Kind, Arc<dyn TokenSource>), Error> {
        match file.optional("type") {
            Some(found) if found != "authorized_user" => self.machine(file, found),
            // What is no sign-in either is named by its reader.
            _ => Ok((Kind::AuthorizedUser, self.user(bytes, file.name(), Some(path))?)),
        }
    }

    /// Makes the source of a user's sign-in; `path` is the file, if it is a file of its own.
    pub(crate) fn user(
        &self,
        json: &[u8],
        name: &str,
        path: Option<&Path>,
    ) -> Result<Arc<dyn TokenSource>, Error> {
        let user = AuthorizedUser::parse(json, name)?;
        let records = Arc::clone(&self.store);
        let source = match path {
            Some(path) => CachedSource::builder(AdcStore::new(path, records), user.grant_id()),
            None => {
                let grant = StoredGrant::new(&user.client(), user.refresh_token().clone());
                let key = user.grant_id();
                CachedSource::builder(SyncStore::from(records), key).grant(grant)
            }
        };
        let source =
            source.http(self.http.clone()).clock(Arc::clone(&self.clock)).early(self.early);
        Ok(Arc::new(match self.endpoints == Endpoints::google() {
            true => source.build(),
            false => source.endpoints(self.endpoints.clone()).build(),
        }))
    }
}

impl std::fmt::Debug for Loader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Loader").field("scopes", &self.scopes).finish_non_exhaustive()
    }
}
