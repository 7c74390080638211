//! The saved sign-in that wins, together with its side record.
//!
//! In: the environment, or `--token-file`. Out: which file it is, an access token, a credential.
//! One resolver for every command, so that `status` tells the truth about the others. A fresh saved
//! token is handed out without network, runtime or certificates.
//! Not here: making a new sign-in (`login`).

use crate::context::{self, Context};
use crate::emulator_clock;
use crate::exit::Case;
use crate::failure::{Failure, Outcome};
use crate::place;
use hallpass::adc::{self, Kind, Loader, Origin, Summary};
use hallpass::source::Early;
use hallpass::store::{GrantRecord, TokenFileStore, TokenStore};
use hallpass::{
    AccessToken, AuthorizedUser, CachedSource, Credential, Endpoints, ErrorKind, OAuthClient,
    Scopes, Secret, TokenEndpoint, TokenFile, TokenSource,
};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What a person waits for while a token is fetched.
const GOOGLE: &str = "asking Google for a token";

/// A sign-in on disk.
pub(crate) struct Saved {
    pub(crate) path: PathBuf,
    pub(crate) found_through: FoundThrough,
    /// Files that would win, one after the other, if this one were not there.
    pub(crate) shadowed: Vec<PathBuf>,
    /// What is known beside the credential itself; all unknown when another program signed in.
    pub(crate) record: GrantRecord,
    file: File,
}

enum File {
    Adc(AuthorizedUser),
    Token(TokenFile),
    /// A service account, another identity provider: nobody signed in.
    Machine(Summary),
}

/// Why this file is the one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FoundThrough {
    Variable,
    WellKnownFile,
    Profile,
    Flag,
}

impl Saved {
    /// Finds the sign-in that commands use.
    pub(crate) fn find(context: &Context, token_file: Option<&Path>) -> Outcome<Self> {
        if let Some(path) = token_file.or(context.token_file()) {
            if context.profile_flag() {
                let what = "`--profile` cannot be combined with `--token-file`";
                return Err(Failure::new(Case::ProfileNotHere, what));
            }
            let path = context.path(path);
            let file = TokenFile::from_file(&path).map_err(|error| {
                let failure = Failure::from(error);
                if failure.is(Case::MissingRefreshToken) {
                    return failure
                        .with_case(Case::TokenFileIncomplete)
                        .about(path.display().to_string());
                }
                failure
            })?;
            let record = TokenFileStore::new(&path).load(&file.grant_id())?.unwrap_or_default();
            let (file, found_through) = (File::Token(file), FoundThrough::Flag);
            return Ok(Self { path, found_through, shadowed: Vec::new(), record, file });
        }
        if context.profile().is_some() {
            return Self::of_profile(context);
        }
        let location = adc::find(context.env())?;
        let path = context.path(&location.path);
        let (file, record) = match AuthorizedUser::from_file(&path) {
            Ok(user) => {
                let record = record(&user, context)?;
                (File::Adc(user), record)
            }
            Err(error) if matches!(error.kind(), ErrorKind::CredentialFileUnsupported(_)) => {
                let machine = Summary::from_file(&path).map_err(|_| error)?;
                (File::Machine(machine), GrantRecord::default())
            }
            Err(error) => return Err(error.into()),
        };
        let found_through = match location.origin {
            Origin::EnvironmentVariable => FoundThrough::Variable,
            Origin::WellKnown => FoundThrough::WellKnownFile,
        };
        let shadowed = location.shadowed.into_iter().collect();
        Ok(Self { path, found_through, shadowed, record, file })
    }

    /// The profile comes before everything but `--token-file`.
    fn of_profile(context: &Context) -> Outcome<Self> {
        let path = place::well_known(context)?;
        let user = read_adc(&path)?.ok_or_else(|| {
            let name = context.profile().unwrap_or_default();
            let what = format!("nobody has signed in to the profile `{name}`");
            Failure::new(Case::NoProfileCredential, what).about(name)
        })?;
        let record = record(&user, context)?;
        let (file, found_through) = (File::Adc(user), FoundThrough::Profile);
        let hidden = adc::find(context.env()).ok();
        let shadowed = hidden.into_iter().flat_map(|found| [Some(found.path), found.shadowed]);
        let shadowed = shadowed.flatten().map(|path| context.path(&path)).collect();
        Ok(Self { path, found_through, shadowed, record, file })
    }

    /// Returns a valid access token: the saved one while it is fresh, else after one refresh.
    pub(crate) fn access_token(&self, context: &mut Context) -> Outcome<Arc<AccessToken>> {
        self.check_issuer(context)?;
        let now = context.clock().now();
        if let Some(token) = &self.record.access_token
            && token.is_fresh(now, CachedSource::MARGIN)
        {
            return Ok(Arc::new(token.clone()));
        }
        let source = self.source(context)?;
        context::block_on(async { Ok(context::show_while(GOOGLE, source.token()).await?) })
    }

    /// Asks for a new access token although the saved one may still be good; proves the grant.
    pub(crate) fn new_access_token(&self, context: &mut Context) -> Outcome {
        let source = self.source(context)?;
        let saved = self.record.access_token.as_ref();
        context::block_on(context::show_while(GOOGLE, async {
            let token = source.token().await?;
            // Another one than was saved is new already.
            if saved.is_some_and(|saved| saved.expose() == token.expose()) {
                source.reject(&token);
                source.token().await?;
            }
            Ok(())
        }))
    }

    /// Returns who the user is, signed by Google: new with each refresh, where `openid` was granted.
    pub(crate) fn identity_token(&self, context: &mut Context) -> Outcome<Secret> {
        self.check_issuer(context)?;
        let (client, refresh_token) = match &self.file {
            File::Adc(user) => (client(user, context)?, user.refresh_token().clone()),
            File::Token(file) => {
                (at_emulator(file.client()?, context)?, file.refresh_token().clone())
            }
            File::Machine(machine) => {
                let what = format!("a credential of type `{}` stands for no user", machine.kind);
                return Err(Failure::new(Case::CredentialFileUnsupported, what));
            }
        };
        let endpoint = TokenEndpoint::new(context.http(), client, context.clock());
        let tokens = context::block_on(async {
            Ok(context::show_while(GOOGLE, endpoint.refresh(&refresh_token, None)).await?)
        })?;
        tokens.id_token.ok_or_else(|| {
            Failure::new(Case::NoIdentityToken, "Google gave no identity token for this sign-in")
        })
    }

    /// Returns the credential that API clients take.
    pub(crate) fn credential(&self, context: &mut Context) -> Outcome<Credential> {
        let quota_project = self.quota_project(context).map(|(project, _)| project);
        Ok(Credential::new(self.source(context)?).with_quota_project(quota_project))
    }

    /// Refuses a sign-in that is not of the servers that commands talk to.
    fn check_issuer(&self, context: &mut Context) -> Outcome {
        match &self.file {
            File::Adc(user) => {
                check_issuer(self.record.token_uri.as_deref(), user.client_id(), context)
            }
            File::Token(file) => {
                check_issuer(Some(file.client()?.token_uri()), file.client_id(), context)
            }
            // These hold a refresh token, and say where it is good.
            File::Machine(machine)
                if matches!(
                    machine.kind,
                    Kind::ExternalAccountAuthorizedUser | Kind::ImpersonatedServiceAccount
                ) =>
            {
                check_issuer(machine.token_addresses.first().map(String::as_str), "", context)
            }
            File::Machine(_) => Ok(()),
        }
    }

    fn source(&self, context: &mut Context) -> Outcome<Arc<dyn TokenSource>> {
        self.check_issuer(context)?;
        let path = self.path.clone();
        let source = match &self.file {
            File::Adc(user) => {
                let (client, store) = (client(user, context)?, Arc::new(context.store()?));
                let kept = user.clone();
                CachedSource::new(client, user.refresh_token().clone(), context.http(), store)
                    .with_rotation(move |new| {
                        place::write_whole(
                            &path,
                            &kept.clone().with_refresh_token(new.clone()).to_json(),
                        )
                    })
            }
            File::Token(file) => {
                let (client, store) =
                    (at_emulator(file.client()?, context)?, Arc::new(TokenFileStore::new(&path)));
                let kept = file.clone();
                CachedSource::new(client, file.refresh_token().clone(), context.http(), store)
                    .with_rotation(move |new| {
                        place::write_whole(
                            &path,
                            &kept.clone().with_refresh_token(new.clone()).to_json(),
                        )
                    })
            }
            File::Machine(_) => return self.machine(context),
        };
        // A command ends before a refresh in the background does.
        Ok(Arc::new(source.with_clock(context.clock()).with_early(Early::Wait)))
    }

    fn machine(&self, context: &mut Context) -> Outcome<Arc<dyn TokenSource>> {
        let endpoints = context.endpoints()?;
        let loader = Loader::new(context.env(), context.http(), Arc::new(context.store()?))
            .with_clock(context.clock())
            .with_early(Early::Wait)
            .with_endpoints(endpoints);
        Ok(Arc::clone(loader.from_file(&self.path)?.source()))
    }

    /// Returns the quota project and where it comes from; the variable comes first.
    pub(crate) fn quota_project(&self, context: &Context) -> Option<(String, &'static str)> {
        let variable = context.variable(QUOTA_PROJECT).map(|id| (id, QUOTA_PROJECT));
        variable.or_else(|| self.quota_project_in_file().map(|id| (id.to_owned(), "the file")))
    }

    pub(crate) fn quota_project_in_file(&self) -> Option<&str> {
        match &self.file {
            File::Adc(user) => user.quota_project_id(),
            File::Token(_) => None,
            File::Machine(machine) => machine.quota_project_id.as_deref(),
        }
    }

    /// Returns the OAuth client's; machines have none.
    pub(crate) fn client_id(&self) -> Option<&str> {
        match &self.file {
            File::Adc(user) => Some(user.client_id()),
            File::Token(file) => Some(file.client_id()),
            File::Machine(_) => None,
        }
    }

    /// Returns where the sign-in was made, where that is not at Google.
    pub(crate) fn foreign_servers(&self) -> Option<String> {
        let client = match &self.file {
            File::Adc(user) => {
                let record = &self.record;
                let (auth_uri, token_uri) = (record.auth_uri.clone()?, record.token_uri.clone()?);
                user.client().with_uris(auth_uri, token_uri)
            }
            File::Token(file) => file.client().ok()?,
            File::Machine(_) => return None,
        };
        let servers = client.foreign_servers();
        (!servers.is_empty()).then(|| servers.join(" and "))
    }

    /// Returns the addresses that the tokens of a machine are asked for at.
    pub(crate) fn token_addresses(&self) -> &[String] {
        match &self.file {
            File::Machine(machine) => &machine.token_addresses,
            _ => &[],
        }
    }

    /// Says what is wrong with a machine's credential, without asking any server.
    pub(crate) fn check_machine(&self, context: &mut Context) -> Outcome {
        match &self.file {
            File::Machine(_) => self.machine(context).map(drop),
            _ => Ok(()),
        }
    }

    /// Returns the type of a credential that is not a user's sign-in.
    pub(crate) fn machine_type(&self) -> Option<&'static str> {
        match &self.file {
            File::Machine(machine) => Some(machine.kind.word()),
            _ => None,
        }
    }

    pub(crate) fn account(&self) -> Option<&str> {
        let in_file = match &self.file {
            File::Adc(user) => user.account(),
            File::Token(file) => file.account(),
            File::Machine(machine) => machine.account.as_deref(),
        };
        in_file.or(self.record.account.as_deref())
    }
}

const QUOTA_PROJECT: &str = "GOOGLE_CLOUD_QUOTA_PROJECT";

/// What a new sign-in takes over from the one before: the client, the scopes, the quota project.
#[derive(Default)]
pub(crate) struct Earlier {
    pub(crate) client: Option<OAuthClient>,
    pub(crate) scopes: Option<Scopes>,
    pub(crate) quota_project: Option<String>,
    /// Whose profile it is; another account is not let in.
    pub(crate) account: Option<String>,
    /// Why nothing is known, although there is a file.
    pub(crate) trouble: Option<Failure>,
}

impl Earlier {
    /// Reads the file that is about to be replaced; one that cannot be read has nothing to give. A new
    /// profile takes client and scopes from Application Default Credentials.
    pub(crate) fn read(context: &mut Context) -> Outcome<Self> {
        match read_adc(&place::well_known(context)?) {
            Ok(Some(user)) => return Self::of(&user, context),
            Err(failure) => return Ok(Self { trouble: Some(failure), ..Self::default() }),
            Ok(None) => {}
        }
        match read_adc(&place::application_default(context)?) {
            Ok(Some(user)) => {
                Ok(Self { quota_project: None, account: None, ..Self::of(&user, context)? })
            }
            other => Ok(Self { trouble: other.err(), ..Self::default() }),
        }
    }

    fn of(user: &AuthorizedUser, context: &mut Context) -> Outcome<Self> {
        // A damaged record is about to be replaced.
        let record = record(user, context).unwrap_or_default();
        if let Err(failure) = check_issuer_of(user, context) {
            return Ok(Self { trouble: Some(failure), ..Self::default() });
        }
        Ok(Self {
            client: Some(client(user, context)?),
            scopes: record.scopes,
            quota_project: user.quota_project_id().map(str::to_owned),
            account: user.account().filter(|_| context.profile().is_some()).map(str::to_owned),
            trouble: None,
        })
    }
}

/// Returns what is known beside a sign-in; nothing when another program made it.
fn record(user: &AuthorizedUser, context: &Context) -> Outcome<GrantRecord> {
    let (store, id) = (context.store()?, user.grant_id());
    let loaded = store.load(&id).map_err(|error| {
        let failure = Failure::from(error);
        if failure.is(Case::CredentialFileMalformed) {
            return failure
                .with_case(Case::SideRecord)
                .about(store.path(&id).display().to_string());
        }
        failure
    });
    Ok(loaded?.unwrap_or_default())
}

/// Returns the client of an ADC file, at the server that gave the grant: the emulator, or the one in the
/// side record, or Google.
pub(crate) fn client(user: &AuthorizedUser, context: &mut Context) -> Outcome<OAuthClient> {
    let client = match record(user, context).unwrap_or_default() {
        GrantRecord { auth_uri: Some(auth_uri), token_uri: Some(token_uri), .. } => {
            user.client().with_uris(auth_uri, token_uri)
        }
        _ => user.client(),
    };
    at_emulator(client, context)
}

/// Refuses a sign-in of another server while an emulator is chosen: it would be shown in the clear to whatever
/// listens there. Where no record says who gave it, its client has to be the emulator's.
pub(crate) fn check_issuer(
    token_uri: Option<&str>,
    client_id: &str,
    context: &mut Context,
) -> Outcome {
    let Some(address) = context.emulator()? else { return Ok(()) };
    let what = match token_uri {
        Some(token_uri) if Endpoints::emulator(address).is_issuer_of(token_uri) => return Ok(()),
        Some(token_uri) => {
            format!("the saved sign-in was made at `{token_uri}`, not at the emulator at {address}")
        }
        None if emulator_clock::knows_client(address, client_id) => return Ok(()),
        None => format!("the saved sign-in was not made at the emulator at {address}"),
    };
    Err(Failure::new(Case::OtherIssuer, what).because(
        "HALLPASS_EMULATOR_HOST is set; a sign-in is sent only to the server that gave it",
    ))
}

/// Refuses the sign-in of an ADC file as `check_issuer` does.
pub(crate) fn check_issuer_of(user: &AuthorizedUser, context: &mut Context) -> Outcome {
    let record = record(user, context).unwrap_or_default();
    check_issuer(record.token_uri.as_deref(), user.client_id(), context)
}

/// Moves a client to the emulator, when every command is to talk to one.
pub(crate) fn at_emulator(client: OAuthClient, context: &mut Context) -> Outcome<OAuthClient> {
    Ok(match context.emulator()? {
        Some(emulator) => client.with_endpoints(&Endpoints::emulator(emulator)),
        None => client,
    })
}

/// Returns the sign-in in an ADC file; none when there is no file.
pub(crate) fn read_adc(path: &Path) -> Outcome<Option<AuthorizedUser>> {
    match AuthorizedUser::from_file(path) {
        Ok(user) => Ok(Some(user)),
        Err(error) if *error.kind() == ErrorKind::CredentialFileNotFound => Ok(None),
        Err(error) => Err(error.into()),
    }
}
