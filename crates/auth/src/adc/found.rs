//! What a credential is and where it comes from, found without opening a connection.
//!
//! In: a credential file. Out: its type, its account, its quota project; for `status` and for logs.
//! Not here: making the credential (`loader`).

use super::Location;
use crate::credential::Credential;
use crate::endpoints::Endpoints;
use crate::error::Error;
use crate::formats::credential_file::{CredentialFile, unsupported_type};
use crate::formats::file::{self, Purpose};
use std::fmt;
use std::path::Path;

/// A credential, and where it comes from.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Found {
    /// The credential.
    pub credential: Credential,
    /// What it is.
    pub summary: Summary,
    /// The source that won.
    pub place: Place,
}

/// Where a credential comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Place {
    /// A file.
    File(Location),
    /// The metadata server at this host.
    MetadataServer(String),
}

/// A type of credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// A user's sign-in.
    AuthorizedUser,
    /// A service account's key.
    ServiceAccount,
    /// A service account, through another credential that may act as it.
    ImpersonatedServiceAccount,
    /// The token of another identity provider.
    ExternalAccount,
    /// A user's sign-in at another identity provider.
    ExternalAccountAuthorizedUser,
    /// The account of a machine of Google's.
    MetadataServer,
}

impl Kind {
    /// Those that files have.
    const IN_FILES: [Self; 5] = [
        Self::AuthorizedUser,
        Self::ServiceAccount,
        Self::ImpersonatedServiceAccount,
        Self::ExternalAccount,
        Self::ExternalAccountAuthorizedUser,
    ];

    /// Returns the word that stands in files; for the metadata server, what people call it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::AuthorizedUser => "authorized_user",
            Self::ServiceAccount => "service_account",
            Self::ImpersonatedServiceAccount => "impersonated_service_account",
            Self::ExternalAccount => "external_account",
            Self::ExternalAccountAuthorizedUser => "external_account_authorized_user",
            Self::MetadataServer => "metadata server",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// What a credential is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Summary {
    /// Its type.
    pub kind: Kind,
    /// The e-mail address of the user or the service account, where the file names one.
    pub account: Option<String>,
    /// The project that is charged, where the file names one.
    pub quota_project_id: Option<String>,
    /// The addresses that tokens are asked for at, in their order; none for a user's sign-in, which does not say.
    pub token_addresses: Vec<String>,
}

impl Summary {
    /// Reads a file no further than this needs.
    ///
    /// # Errors
    ///
    /// The file is not there or cannot be read, is not JSON, or is of another type.
    pub fn from_file(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        let bytes = Purpose::Credential.read(path)?;
        let file = CredentialFile::parse(&bytes, &file::name(path))?;
        let word = file.optional("type").unwrap_or_default();
        match Kind::IN_FILES.into_iter().find(|kind| kind.word() == word) {
            Some(kind) => Ok(Self::of(kind, &file)),
            None => Err(unsupported_type(file.name(), word)),
        }
    }

    pub(crate) fn of(kind: Kind, file: &CredentialFile) -> Self {
        let account = match kind {
            Kind::AuthorizedUser => file.optional("account"),
            Kind::ServiceAccount => file.optional("client_email"),
            _ => file.impersonated(),
        };
        let google = Endpoints::google();
        let (key, own) = match kind {
            Kind::ServiceAccount => ("token_uri", Some(google.token)),
            Kind::ExternalAccount => ("token_url", Some(google.token_exchange)),
            Kind::ExternalAccountAuthorizedUser => ("token_url", Some(google.external_token)),
            _ => ("", None),
        };
        let first = file.optional(key).map(str::to_owned).or(own);
        let second = file.optional("service_account_impersonation_url").map(str::to_owned);
        Self {
            kind,
            account: account.map(str::to_owned),
            quota_project_id: file.optional("quota_project_id").map(str::to_owned),
            token_addresses: first.into_iter().chain(second).collect(),
        }
    }
}
