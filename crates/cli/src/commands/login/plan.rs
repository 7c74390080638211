//! What a sign-in asks for and where it will rest, checked before the user is asked for anything.
//!
//! In: the flags, the client file, the sign-in before. Out: a `Plan`, or what is wrong with it.

use super::Args;
use crate::commands::quota_project;
use crate::context::Context;
use crate::earlier::Earlier;
use crate::exit::Case;
use crate::failure::{Failure, Outcome};
use crate::issuer;
use crate::place;
use hallpass::file::TokenFile;
use hallpass::oauth::SignIn;
use hallpass::{OAuthClient, Scopes};
use std::path::{Path, PathBuf};

/// What is asked for, complete and checked.
pub(super) struct Plan {
    pub(super) client: OAuthClient,
    pub(super) scopes: Scopes,
    pub(super) quota_project: QuotaProject,
    /// The only account that is let in.
    pub(super) account: Option<String>,
    pub(super) target: Target,
}

/// Which quota project the file is to name.
#[derive(Clone)]
pub(super) enum QuotaProject {
    AsBefore,
    Named(String),
    None,
}

/// Where the sign-in is to rest.
pub(super) enum Target {
    Adc(PathBuf),
    TokenFile(PathBuf),
}

impl Plan {
    /// Reads and checks everything that can be wrong.
    pub(super) fn make(args: &Args, context: &mut Context) -> Outcome<Self> {
        if let Some(failure) = context.silent_emulator() {
            return Err(failure);
        }
        let target = match context.token_file() {
            Some(path) => Target::TokenFile(token_file(path, context)?),
            None => Target::Adc(place::well_known(context)?),
        };
        let earlier = match &target {
            Target::TokenFile(path) if path.exists() => of_token_file(path, context)?,
            _ => Earlier::read(context)?,
        };
        let (client, earlier_scopes) = match (&args.client_id_file, earlier.client) {
            (Some(path), _) => (OAuthClient::from_file(context.path(path))?, None),
            (None, Some(client)) => (client, earlier.scopes),
            (None, None) => return Err(no_client(earlier.trouble)),
        };
        let client = issuer::at_emulator(client, context)?;
        let named = args.account.is_some() || context.profile().is_some();
        let scopes = match (&args.scopes, earlier_scopes.unwrap_or_else(Scopes::quickstart)) {
            (Some(words), _) => Scopes::parse(words)?,
            // Who signs in is to be known.
            (None, scopes) if named => {
                let email = Scopes::parse("openid,email")?;
                Scopes::from_response(&format!("{} {}", scopes.join(), email.join()))
            }
            (None, scopes) => scopes,
        };
        let quota_project = match &args.quota_project {
            Some(id) => QuotaProject::Named(quota_project::checked(id)?.to_owned()),
            None if args.disable_quota_project => QuotaProject::None,
            None => QuotaProject::AsBefore,
        };
        target.check_writable(context)?;
        let account = args.account.clone().or(earlier.account);
        if let Some(account) = &account
            && !scopes.covers(&Scopes::parse("email")?)
        {
            let what = format!("these scopes do not tell whether `{account}` signs in");
            return Err(Failure::new(Case::AccountNeedsEmail, what));
        }
        Ok(Self { client, scopes, quota_project, account, target })
    }

    pub(super) fn sign_in(&self, context: &Context) -> SignIn {
        SignIn::new(self.client.clone(), self.scopes.clone(), context.http())
            .with_clock(context.clock())
            .with_login_hint(self.account.clone().unwrap_or_default())
    }

    pub(super) fn show_scopes(&self, context: &mut Context) {
        let servers = self.client.foreign_servers().join(" and ");
        // An emulator has been announced.
        if !servers.is_empty() && !matches!(context.emulator(), Ok(Some(_))) {
            context.note(format!("this sign-in goes to {servers}, not to Google"));
        }
        context.note("asking for");
        for scope in self.scopes.iter() {
            context.note(format!("  {scope}"));
        }
    }
}

impl Target {
    pub(super) fn path(&self) -> &Path {
        let (Self::Adc(path) | Self::TokenFile(path)) = self;
        path
    }

    fn check_writable(&self, context: &Context) -> Outcome {
        place::check_writable(self.path())?;
        match self {
            Self::Adc(_) => {
                place::check_writable(&context.own_folder()?.join("grants").join("record"))
            }
            Self::TokenFile(path) => {
                place::token_file(path, context).check().map_err(not_a_token_file)
            }
        }
    }
}

/// Returns what a token.json that is about to be replaced has to give; a broken one has nothing.
fn of_token_file(path: &Path, context: &mut Context) -> Outcome<Earlier> {
    match TokenFile::from_file(path) {
        Ok(file) => {
            Ok(Earlier { client: file.client().ok(), scopes: file.scopes(), ..Earlier::default() })
        }
        Err(_) => Earlier::read(context),
    }
}

/// `trouble` is why the sign-in before has no client to give.
fn no_client(trouble: Option<Failure>) -> Failure {
    let failure = Failure::new(Case::NoClientFile, "no OAuth client is known to sign in with");
    match trouble {
        Some(trouble) => failure.because(trouble.what()),
        None => failure,
    }
}

/// Returns the whole path: step 2 may begin in another folder.
fn token_file(path: &Path, context: &Context) -> Outcome<PathBuf> {
    let path = context.path(path);
    let path = std::path::absolute(&path).unwrap_or(path);
    place::check_folder(&path)?;
    Ok(path)
}

/// Names the file of another program, which stays, before and after the consent.
pub(super) fn not_a_token_file(error: hallpass::Error) -> Failure {
    let failure = Failure::from(error);
    let other = [Case::CredentialFileUnsupported, Case::CredentialFileMalformed];
    let other = other.into_iter().any(|case| failure.is(case));
    if other { failure.with_case(Case::NotATokenFile) } else { failure }
}
