//! `hallpass logout`: ends the sign-in at Google, then here.
//!
//! In: the ADC file and its side record. Out: both deleted. The refresh token travels in the body of a POST
//! to the server that gave it. While Google cannot be reached, the file stays, so that `logout` can be repeated.
//! Not here: credentials that other programs wrote elsewhere (`GOOGLE_APPLICATION_CREDENTIALS`).

use crate::context::{self, Context};
use crate::exit::{Case, Exit};
use crate::failure::{Failure, Outcome};
use crate::hint;
use crate::place;
use crate::{issuer, profile};
use hallpass::OAuthClient;
use hallpass::file::{AuthorizedUser, TokenFile};
use hallpass::oauth::{Endpoints, GrantId, Revoked, Secret};
use hallpass::store::Edit;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// Revoke the saved sign-in at Google and delete it here
#[derive(Debug, Default, clap::Args)]
pub(crate) struct Args {
    /// Delete it here alone; Google goes on accepting copies of it
    #[arg(long)]
    keep_remote: bool,
    /// Forget what is known of older sign-ins too; those of profiles stay
    #[arg(long)]
    all: bool,
}

/// One sign-in that is to end.
struct Ending<'a> {
    path: &'a Path,
    id: GrantId,
    refresh_token: &'a Secret,
    client: OAuthClient,
    account: Option<&'a str>,
}

pub(crate) fn run(args: &Args, context: &mut Context) -> Outcome {
    let token_file = context.token_file().map(|path| context.path(path));
    let path = token_file.clone().map_or_else(|| place::well_known(context), Ok)?;
    place::check_plain(&path)?;
    let mut result = json!({ "deleted": null });
    if token_file.is_some() {
        let file = TokenFile::from_file(&path)?;
        result = end(&Ending::of_file(&file, &path, context)?, args, context)?;
    } else if let Some(user) = place::read_adc(&path)? {
        issuer::check_of(&user, context)?;
        result = end(&Ending::of_user(&user, &path, context)?, args, context)?;
    } else if let Some(name) = context.profile() {
        let what = format!("there is no profile `{name}`");
        return Err(Failure::new(Case::ProfileNotFound, what));
    } else {
        context.note("there is no sign-in here; nothing to do");
    }
    if args.all {
        let forgotten = context.store()?.remove_all_but(&place::kept(context)?)?;
        context.note(format!("forgot the side records of {forgotten} older sign-ins"));
    }
    warn_of_the_variable(context);
    context.result(&result)
}

/// Returns the sign-ins of this machine with their names: Application Default Credentials and the profiles.
fn saved_here(context: &Context) -> Outcome<Vec<(String, PathBuf, AuthorizedUser)>> {
    let mut here = Vec::new();
    for name in profile::names(context)? {
        let path = profile::file(&name, context)?;
        here.extend(place::read_adc(&path).ok().flatten().map(|user| (name, path, user)));
    }
    let path = place::application_default(context)?;
    if let Some(user) = place::read_adc(&path).ok().flatten() {
        let is_copy = here.iter().any(|(_, _, kept)| kept.grant_id() == user.grant_id());
        let name = match is_copy {
            true => "Application Default Credentials".to_owned(),
            false => profile::name_for_plain(context)?,
        };
        here.insert(0, (name, path, user));
    }
    Ok(here)
}

impl<'a> Ending<'a> {
    fn of_user(user: &'a AuthorizedUser, path: &'a Path, context: &mut Context) -> Outcome<Self> {
        let (id, client) = (user.grant_id(), issuer::client(user, context)?);
        Ok(Self { path, id, refresh_token: user.refresh_token(), client, account: user.account() })
    }

    fn of_file(file: &'a TokenFile, path: &'a Path, context: &mut Context) -> Outcome<Self> {
        let (id, client) = (file.grant_id(), issuer::at_emulator(file.client()?, context)?);
        Ok(Self { path, id, refresh_token: file.refresh_token(), client, account: file.account() })
    }

    /// Returns the names of other sign-ins that Google ends with this one: those of the same account at any client
    /// of the same project, with whose number a client's ID begins.
    fn others(&self, context: &Context) -> Outcome<Vec<String>> {
        let number = |id: &str| id.split('-').next().unwrap_or_default().to_owned();
        let project = number(self.client.client_id());
        let ends_too = |path: &Path, user: &AuthorizedUser| {
            let of_another =
                self.account.zip(user.account()).is_some_and(|(one, other)| one != other);
            path != self.path && !of_another && number(user.client_id()) == project
        };
        let mut others = saved_here(context)?;
        others.retain(|(_, path, user)| ends_too(path, user));
        Ok(others.into_iter().map(|(name, _, _)| name).collect())
    }
}

/// Ends one sign-in: first at Google, then here.
fn end(ending: &Ending<'_>, args: &Args, context: &mut Context) -> Outcome<Value> {
    let path = ending.path.display().to_string();
    let mut others = Vec::new();
    if args.keep_remote {
        context.note("not revoked: Google goes on accepting copies of this sign-in");
    } else {
        others = ending.others(context)?;
        confirm(&others, context)?;
        match revoke(ending, context).map_err(sign_in_stays)? {
            Revoked::Now => context.note("revoked at Google"),
            _ => context.note("Google had already ended this sign-in"),
        }
    }
    let stays = !remove(ending, context)?;
    context.note(match stays {
        false => format!("deleted {path}"),
        true => format!("{path} holds a newer sign-in by now, which stays"),
    });
    let deleted = Some(path).filter(|_| !stays);
    Ok(json!({ "deleted": deleted, "revoked": !args.keep_remote, "ended_with_it": others }))
}

/// Deletes the file, unless it holds a newer sign-in by now, and what is known beside it. Says whether it did.
fn remove(ending: &Ending<'_>, context: &mut Context) -> Outcome<bool> {
    let mut removed = true;
    if context.token_file().is_some() {
        hallpass::store::remove_private(ending.path)?;
    } else {
        place::adc(ending.path, context)?.edit(|now| match now {
            Ok(Some(now)) if now.grant_id() != ending.id => {
                removed = false;
                Ok::<_, Failure>(Edit::Keep)
            }
            _ => Ok(Edit::Remove),
        })?;
    }
    hallpass::store::remove_private(context.store()?.path(&ending.id.clone().into()))?;
    Ok(removed)
}

/// Says which other sign-ins end, and on a terminal asks whether that is wanted.
fn confirm(others: &[String], context: &mut Context) -> Outcome {
    if others.is_empty() {
        return Ok(());
    }
    context.note(format!(
        "this also ends other sign-ins of the same account and project: {}",
        others.join(", ")
    ));
    context.note(hint::complete(
        "to delete it on this machine only: `hallpass logout --keep-remote`",
        context,
    ));
    match context.ask("revoke (y/N)? ")?.map(|answer| answer.trim().to_lowercase()).as_deref() {
        // A script has said what it wants by running the command.
        None if !context.stdin_is_terminal => Ok(()),
        Some("y" | "yes") => Ok(()),
        _ => Err(Failure::new(Case::Interrupted, "nothing was revoked or deleted")),
    }
}

/// Ends the sign-in of a profile.
pub(crate) fn revoke_and_delete(
    user: &AuthorizedUser,
    path: &Path,
    context: &mut Context,
) -> Outcome {
    issuer::check_of(user, context)?;
    let ending = Ending::of_user(user, path, context)?;
    end(&ending, &Args::default(), context).map(drop)
}

/// Tells the server that gave the grant; the side record knows which one that was.
fn revoke(ending: &Ending<'_>, context: &mut Context) -> Outcome<Revoked> {
    let address = Endpoints::revoke_for(ending.client.token_uri());
    let http = context.http();
    context::block_on(async {
        Ok(hallpass::oauth::revoke(&http, &address, ending.refresh_token).await?)
    })
}

/// A file that only the variable names is another program's: it is named, not deleted.
fn warn_of_the_variable(context: &mut Context) {
    let Ok(ours) = place::well_known(context) else { return };
    if let Some(other) = place::hidden_by_the_variable(&ours, context) {
        context.note(format!(
            "GOOGLE_APPLICATION_CREDENTIALS still names `{other}`, which was left alone"
        ));
    }
}

/// The failure of the network or of Google, with the way out of it.
fn sign_in_stays(failure: Failure) -> Failure {
    let case = if failure.exit() == Exit::Later { Case::RevokeLater } else { Case::RevokeRefused };
    let cause = failure.what().to_owned();
    Failure::new(case, "the sign-in was not revoked, so it was not deleted").because(cause)
}
