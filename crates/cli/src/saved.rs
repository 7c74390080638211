//! The saved sign-in that wins, as commands see it.
//!
//! In: the environment, or `--token-file`. Out: which file it is, an access token, a credential.
//! One resolver for every command, so that `status` tells the truth about the others. A fresh saved
//! token is handed out without network, runtime or certificates.
//! Not here: what is known of it without asking (`facts`), what a saved sign-in is (`saved` of the library), whose it is
//! (`issuer`), and making a new one (`login`).

mod facts;
mod narrowed;

use crate::context::{self, Context};
use crate::exit::Case;
use crate::failure::{Failure, Outcome};
use crate::given_ticket::GivenTicket;
use crate::issuer;
use crate::place;
use hallpass::adc::{self, Loader, Origin, Summary};
use hallpass::oauth::{AccessToken, Endpoints, Secret, TokenEndpoint};
use hallpass::saved::SavedSignIn;
use hallpass::source::{Early, TokenSource};
use hallpass::store::StoredGrant;
use hallpass::{Credential, ErrorKind, Scopes};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What a person waits for while a token is fetched.
const GOOGLE: &str = "asking Google for a token";

/// A credential on disk.
pub(crate) struct Saved {
    pub(crate) path: PathBuf,
    pub(crate) found_through: FoundThrough,
    /// Files that would win, one after the other, if this one were not there.
    pub(crate) shadowed: Vec<PathBuf>,
    /// What is known of it; little when another program signed in.
    pub(crate) record: StoredGrant,
    kind: Kind,
}

enum Kind {
    User(Box<SavedSignIn>),
    /// A service account, another identity provider: no user signed in.
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
            return Self::in_token_file(&context.path(path), context);
        }
        if context.profile().is_some() {
            return Self::of_profile(context);
        }
        let location = adc::find(context.env())?;
        let path = context.path(&location.path);
        let found_through = match location.origin {
            Origin::EnvironmentVariable => FoundThrough::Variable,
            _ => FoundThrough::WellKnownFile,
        };
        let shadowed = location.shadowed.into_iter().collect();
        match open(&path, context) {
            Ok(user) => Ok(Self::of_user(user, found_through, shadowed)),
            Err(failure) if failure.is(Case::CredentialFileUnsupported) => {
                let machine = Summary::from_file(&path).map_err(|_| failure)?;
                let (record, kind) = (StoredGrant::default(), Kind::Machine(machine));
                Ok(Self { path, found_through, shadowed, record, kind })
            }
            Err(failure) => Err(failure),
        }
    }

    fn in_token_file(path: &Path, context: &Context) -> Outcome<Self> {
        if context.profile_flag {
            let what = "`--profile` cannot be combined with `--token-file`";
            return Err(Failure::new(Case::ProfileNotHere, what));
        }
        let user = SavedSignIn::in_token_file(place::token_file(path, context));
        let user = user.map_err(|error| match Failure::from(error) {
            failure if failure.is(Case::MissingRefreshToken) => {
                failure.with_case(Case::TokenFileIncomplete).about(path.display().to_string())
            }
            failure => failure,
        })?;
        Ok(Self::of_user(user, FoundThrough::Flag, Vec::new()))
    }

    /// The profile comes before everything but `--token-file`.
    fn of_profile(context: &Context) -> Outcome<Self> {
        let user = open(&place::well_known(context)?, context).map_err(|failure| {
            let name = context.profile().unwrap_or_default();
            let what = format!("the profile `{name}` has no sign-in");
            match failure.is(Case::CredentialFileNotFound) {
                true => Failure::new(Case::NoProfileCredential, what).about(name),
                false => failure,
            }
        })?;
        let hidden = adc::find(context.env()).ok();
        let shadowed = hidden.into_iter().flat_map(|found| [Some(found.path), found.shadowed]);
        let shadowed = shadowed.flatten().map(|path| context.path(&path)).collect();
        Ok(Self::of_user(user, FoundThrough::Profile, shadowed))
    }

    fn of_user(user: SavedSignIn, found_through: FoundThrough, shadowed: Vec<PathBuf>) -> Self {
        let (path, record) = (user.path().to_owned(), user.grant().clone());
        Self { path, found_through, shadowed, record, kind: Kind::User(Box::new(user)) }
    }

    /// Returns a valid access token: the saved one while it is fresh, else after one refresh.
    pub(crate) fn access_token(&self, context: &mut Context) -> Outcome<Arc<AccessToken>> {
        self.check_issuer(context)?;
        self.warn(context);
        if let Kind::User(user) = &self.kind
            && let Some(token) = user.fresh_token(context.clock().as_ref())
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
            if saved.is_some_and(|saved| saved.token().expose() == token.expose()) {
                source.reject(&token);
                source.token().await?;
            }
            Ok(())
        }))
    }

    /// Returns who the user is, signed by Google: new with each refresh, where `openid` was granted.
    pub(crate) fn identity_token(&self, context: &mut Context) -> Outcome<Secret> {
        self.check_issuer(context)?;
        let (client, refresh_token) = match (&self.kind, &self.record.refresh_token) {
            (Kind::User(user), Some(token)) => {
                (issuer::at_emulator(user.client().clone(), context)?, token)
            }
            _ => {
                let kind = self.machine_type().unwrap_or_default();
                let what = format!("a credential of type `{kind}` stands for no user");
                return Err(Failure::new(Case::CredentialFileUnsupported, what));
            }
        };
        let endpoint = TokenEndpoint::new(context.http(), client, context.clock());
        let tokens = context::block_on(async {
            Ok(context::show_while(GOOGLE, endpoint.refresh(refresh_token, None)).await?)
        })?;
        tokens.id_token.ok_or_else(|| {
            Failure::new(Case::NoIdentityToken, "Google gave no identity token for this sign-in")
        })
    }

    /// Returns the credential that API clients take.
    pub(crate) fn credential(&self, context: &mut Context) -> Outcome<Credential> {
        self.warn(context);
        self.credential_for(Early::Wait, context)
    }

    /// Returns the credential of a process that stays, and can refresh while it serves.
    pub(crate) fn lasting_credential(&self, context: &mut Context) -> Outcome<Credential> {
        self.credential_for(Early::InBackground, context)
    }

    fn credential_for(&self, early: Early, context: &mut Context) -> Outcome<Credential> {
        let quota_project = self.quota_project(context).map(|(project, _)| project);
        Ok(Credential::new(self.source_for(early, context)?)
            .with_quota_project(quota_project.unwrap_or_default()))
    }

    /// Says so where another user could have put this credential here. Google's libraries would take the words for
    /// the token.
    fn warn(&self, context: &mut Context) {
        if let Some(exposed) = hallpass::store::exposure(&self.path)
            && !context.called_as_gcloud
        {
            context.note(format!("warning: this credential may not be yours: {exposed}"));
        }
    }

    /// Refuses a sign-in that is not of the servers that commands talk to.
    fn check_issuer(&self, context: &mut Context) -> Outcome {
        match &self.kind {
            Kind::User(user) => {
                // google-auth writes Google's address into a token.json, whichever server gave the grant.
                let known = self.record.token_uri.as_deref().filter(|token_uri| {
                    self.found_through != FoundThrough::Flag
                        || *token_uri != Endpoints::google().token
                });
                issuer::check(known, user.client().client_id(), context)
            }
            Kind::Machine(_) if self.ticket(context).is_some() => Ok(()),
            // These hold a refresh token, and say where it is good.
            Kind::Machine(machine)
                if matches!(
                    machine.kind,
                    adc::Kind::ExternalAccountAuthorizedUser
                        | adc::Kind::ImpersonatedServiceAccount
                ) =>
            {
                issuer::check(machine.token_addresses.first().map(String::as_str), "", context)
            }
            Kind::Machine(_) => Ok(()),
        }
    }

    /// A command ends before a refresh in the background does.
    fn source(&self, context: &mut Context) -> Outcome<Arc<dyn TokenSource>> {
        self.source_for(Early::Wait, context)
    }

    fn source_for(&self, early: Early, context: &mut Context) -> Outcome<Arc<dyn TokenSource>> {
        self.check_issuer(context)?;
        let Kind::User(user) = &self.kind else { return self.machine(early, context) };
        let user = match context.emulator()? {
            Some(emulator) => user.as_ref().clone().with_endpoints(Endpoints::emulator(emulator)),
            None => user.as_ref().clone(),
        };
        let source = user.source().http(context.http()).clock(context.clock()).early(early);
        Ok(Arc::new(source.build()))
    }

    fn machine(&self, early: Early, context: &mut Context) -> Outcome<Arc<dyn TokenSource>> {
        let endpoints = context.endpoints()?;
        let loader = Loader::new(context.env(), context.http(), Arc::new(context.store()?))
            .with_clock(context.clock())
            .with_early(early)
            .with_endpoints(endpoints);
        let loader = match self.ticket(context) {
            Some(given) => loader.trusting(given.host),
            None => loader,
        };
        Ok(Arc::clone(loader.from_file(&self.path)?.source()))
    }

    /// Returns the ticket that this credential is, where this process got one in the place of a sign-in.
    fn ticket(&self, context: &Context) -> Option<GivenTicket> {
        let is_given = self.found_through == FoundThrough::Variable;
        GivenTicket::of_environment(context).filter(|_| is_given)
    }

    /// Says what is wrong with a machine's credential, without asking any server.
    pub(crate) fn check_machine(&self, context: &mut Context) -> Outcome {
        match &self.kind {
            Kind::Machine(_) => self.machine(Early::Wait, context).map(drop),
            Kind::User(_) => Ok(()),
        }
    }

    /// Keeps what Google said when it was asked. A token.json has no place for that.
    pub(crate) fn confirm(&self, account: Option<String>, scopes: Scopes) -> Outcome {
        match &self.kind {
            Kind::User(user) if !self.record.claimed.is_empty() => {
                let _newer_stays = user.confirm(account, Some(scopes))?;
                Ok(())
            }
            _ => Ok(()),
        }
    }
}

/// Opens a user's sign-in with its side record.
fn open(path: &Path, context: &Context) -> Outcome<SavedSignIn> {
    let store = place::adc(path, context)?;
    SavedSignIn::in_adc(store.clone()).map_err(|error| match store.user() {
        // The file itself is well, so it is the record.
        Ok(Some(user)) if *error.kind() == ErrorKind::CredentialFileMalformed => {
            let record = context.store().map(|store| store.path(&user.grant_id().into()));
            let record = record.map_or(String::new(), |path| path.display().to_string());
            Failure::from(error).with_case(Case::SideRecord).about(record)
        }
        _ => error.into(),
    })
}
