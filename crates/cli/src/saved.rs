//! The saved sign-in that wins, together with its side record.
//!
//! In: the environment, or `--token-file`. Out: which file it is, an access token, a credential.
//! One resolver for every command, so that `status` tells the truth about the others. A fresh saved
//! token is handed out without network, runtime or certificates.
//! Not here: writing a new sign-in (`login`).

use crate::context::{self, Context};
use crate::exit::Case;
use crate::failure::{Failure, Outcome};
use hallpass::{
    AccessToken, AuthorizedUser, CachedSource, Credential, Endpoints, GrantId, GrantRecord, OAuthClient,
    Origin, Scopes, TokenFile, TokenStore, adc,
};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

/// A sign-in on disk.
pub(crate) struct Saved {
    pub(crate) path: PathBuf,
    pub(crate) origin: FoundThrough,
    /// Files that would win if this one were not there.
    pub(crate) shadowed: Vec<PathBuf>,
    kind: Kind,
}

enum Kind {
    Adc { user: AuthorizedUser, record: Option<GrantRecord> },
    TokenFile(TokenFile),
}

/// Why this file is the one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FoundThrough {
    Variable,
    WellKnownFile,
    Flag,
}

impl FoundThrough {
    /// The word of JSON output.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Variable => "GOOGLE_APPLICATION_CREDENTIALS",
            Self::WellKnownFile => "well_known_file",
            Self::Flag => "--token-file",
        }
    }

    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::WellKnownFile => "the well-known place",
            other => other.name(),
        }
    }
}

impl Saved {
    /// Finds the sign-in that commands use.
    pub(crate) fn find(context: &mut Context, token_file: Option<&Path>) -> Outcome<Self> {
        if let Some(path) = token_file {
            let path = context.path(path);
            let kind = Kind::TokenFile(read_token_file(&path)?);
            return Ok(Self { path, origin: FoundThrough::Flag, shadowed: Vec::new(), kind });
        }
        let found = adc::find(context.env())?;
        let user = found.credential;
        let record = context.store()?.load(&grant_id(&user))?;
        let origin = match found.origin {
            Origin::EnvironmentVariable => FoundThrough::Variable,
            _ => FoundThrough::WellKnownFile,
        };
        let kind = Kind::Adc { user, record };
        Ok(Self { path: found.path, origin, shadowed: found.shadowed, kind })
    }
}

impl Saved {
    /// Returns a valid access token: the saved one while it is fresh, else after one refresh.
    pub(crate) fn access_token(&self, context: &mut Context) -> Outcome<Arc<AccessToken>> {
        // Said even when nothing is sent, so that nobody takes an emulator's token for Google's.
        context.emulator()?;
        let now = context.clock().now();
        if let Some(token) = self.saved_token().filter(|token| token.is_fresh(now, CachedSource::MARGIN)) {
            return Ok(Arc::new(token.clone()));
        }
        let credential = self.credential(context)?;
        context::block_on(async { Ok(credential.token().await?) })
    }

    /// Returns the credential that API clients take.
    pub(crate) fn credential(&self, context: &mut Context) -> Outcome<Credential> {
        todo!()
    }

    /// Returns the quota project and where it comes from; the variable comes first.
    pub(crate) fn quota_project(&self, context: &Context) -> Option<(String, &'static str)> {
        let variable = context.variable(QUOTA_PROJECT).map(|id| (id, QUOTA_PROJECT));
        variable.or_else(|| match &self.kind {
            Kind::Adc { user, .. } => user.quota_project_id.clone().map(|id| (id, "the file")),
            Kind::TokenFile(_) => None,
        })
    }

    pub(crate) fn account(&self) -> Option<&str> {
        let (in_file, in_record) = match &self.kind {
            Kind::Adc { user, record } => {
                (user.account.as_deref(), record.as_ref().and_then(|record| record.account.as_deref()))
            }
            Kind::TokenFile(file) => (file.account.as_deref(), None),
        };
        in_file.filter(|account| !account.is_empty()).or(in_record)
    }
}

/// The name under which the side record of this sign-in is kept.
pub(crate) fn grant_id(user: &AuthorizedUser) -> GrantId {
    GrantId::of(&user.client_id, user.refresh_token.expose())
}

/// Returns where `login` writes and `logout` deletes: gcloud's place, whatever the variable says.
pub(crate) fn well_known(context: &Context) -> Outcome<PathBuf> {
    Ok(adc::well_known(context.env())?)
}

pub(crate) fn read_adc(path: &Path) -> Outcome<AuthorizedUser> {
    Ok(AuthorizedUser::from_file(path)?)
}

pub(crate) fn read_token_file(path: &Path) -> Outcome<TokenFile> {
    Ok(TokenFile::from_file(path)?)
}

pub(crate) fn write(path: &Path, text: &str) -> Outcome {
    Ok(hallpass::write_private(path, text.as_bytes())?)
}

pub(crate) fn remove(path: &Path) -> Outcome {
    Ok(hallpass::remove_private(path)?)
}

/// Returns the addresses of the server that gave this grant: the emulator's, the side record's, Google's.
pub(crate) fn endpoints(user: &AuthorizedUser, context: &mut Context) -> Outcome<Endpoints> {
    if let Some(emulator) = context.emulator()? {
        return Ok(Endpoints::emulator(emulator));
    }
    let google = Endpoints::google();
    Ok(match context.store()?.load(&grant_id(user))? {
        Some(record) if record.token_uri != google.token => Endpoints {
            revoke: beside(&record.token_uri, "revoke"),
            authorization: record.auth_uri,
            token: record.token_uri,
            ..google
        },
        _ => google,
    })
}

/// A server that is not Google's has its revocation beside its token endpoint.
fn beside(address: &str, last: &str) -> String {
    let (folder, _) = address.rsplit_once('/').unwrap_or((address, ""));
    format!("{folder}/{last}")
}

/// What a new sign-in takes over from the one before: the client, the scopes, the quota project.
#[derive(Default)]
pub(crate) struct Earlier {
    pub(crate) client: Option<OAuthClient>,
    pub(crate) scopes: Option<Scopes>,
    pub(crate) quota_project: Option<String>,
}

impl Earlier {
    /// Reads the ADC file that is about to be replaced; one that cannot be read has nothing to give.
    pub(crate) fn read(context: &mut Context) -> Outcome<Self> {
        let Ok(user) = read_adc(&well_known(context)?) else { return Ok(Self::default()) };
        let client = OAuthClient::new(&user.client_id, user.client_secret.expose())
            .with_endpoints(&endpoints(&user, context)?);
        let record = context.store()?.load(&grant_id(&user))?;
        Ok(Self {
            client: Some(client),
            scopes: record.map(|record| record.scopes),
            quota_project: user.quota_project_id,
        })
    }
}

const QUOTA_PROJECT: &str = "GOOGLE_CLOUD_QUOTA_PROJECT";

impl Saved {
    pub(crate) fn scopes(&self) -> Option<&Scopes> {
        match &self.kind {
            Kind::Adc { record, .. } => record.as_ref().map(|record| &record.scopes),
            Kind::TokenFile(file) => file.scopes.as_ref(),
        }
    }

    pub(crate) fn issued_at(&self) -> Option<SystemTime> {
        self.record().map(|record| record.issued_at)
    }

    /// Returns when Google ends the sign-in by itself: seven days after it, in "Testing".
    pub(crate) fn ends_at(&self) -> Option<SystemTime> {
        self.record()?.refresh_token_expires_at
    }

    pub(crate) fn token_expires_at(&self) -> Option<SystemTime> {
        self.saved_token().map(AccessToken::expires_at)
    }

    fn record(&self) -> Option<&GrantRecord> {
        match &self.kind {
            Kind::Adc { record, .. } => record.as_ref(),
            Kind::TokenFile(_) => None,
        }
    }

    fn saved_token(&self) -> Option<&AccessToken> {
        match &self.kind {
            Kind::Adc { record, .. } => record.as_ref()?.access_token.as_ref(),
            Kind::TokenFile(file) => file.access_token.as_ref(),
        }
    }
}
