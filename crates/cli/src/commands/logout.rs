//! `hallpass logout`: ends the sign-in at Google, then here.
//!
//! In: the ADC file and its side record. Out: both deleted. The refresh token travels in the body of a POST
//! to the server that gave it. While Google cannot be told, the file stays, so that it can be told later.
//! Not here: credentials that other programs wrote elsewhere (`GOOGLE_APPLICATION_CREDENTIALS`).

use crate::context::{self, Context};
use crate::exit::{Case, Exit};
use crate::failure::{Failure, Outcome};
use crate::place;
use crate::saved;
use hallpass::store::Edit;
use hallpass::{AuthorizedUser, Endpoints, Revoked};
use std::path::Path;

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

pub(crate) fn run(args: &Args, context: &mut Context) -> Outcome {
    let path = place::well_known(context)?;
    place::check_plain(&path)?;
    match (saved::read_adc(&path)?, context.profile()) {
        (Some(user), _) => end(&user, &path, args, context)?,
        (None, Some(name)) => {
            let what = format!("there is no profile `{name}`");
            return Err(Failure::new(Case::ProfileNotFound, what));
        }
        (None, None) => context.note("there is no sign-in here; nothing to do"),
    }
    if args.all {
        let forgotten = context.store()?.remove_all_but(&place::kept(context)?)?;
        context.note(format!("forgot the side records of {forgotten} older sign-ins"));
    }
    warn_of_the_variable(context);
    Ok(())
}

/// Ends one sign-in: first at Google, then here.
fn end(user: &AuthorizedUser, path: &Path, args: &Args, context: &mut Context) -> Outcome {
    saved::check_issuer_of(user, context)?;
    if args.keep_remote {
        context.note("not revoked: Google goes on accepting copies of this sign-in");
    } else {
        match revoke(user, context).map_err(sign_in_stays)? {
            Revoked::Now => context.note("revoked at Google"),
            Revoked::Already => context.note("Google had already ended this sign-in"),
        }
    }
    let mut stays = false;
    place::adc(path, context)?.edit(|now| match now {
        Ok(Some(now)) if now.grant_id() != user.grant_id() => {
            stays = true;
            Ok::<_, Failure>(Edit::Keep)
        }
        _ => Ok(Edit::Remove),
    })?;
    hallpass::store::remove_private(context.store()?.path(&user.grant_id().into()))?;
    let path = path.display();
    context.note(match stays {
        false => format!("deleted {path}"),
        true => format!("{path} holds a newer sign-in by now, which stays"),
    });
    Ok(())
}

/// Ends the sign-in of a profile.
pub(crate) fn revoke_and_delete(
    user: &AuthorizedUser,
    path: &Path,
    context: &mut Context,
) -> Outcome {
    end(user, path, &Args::default(), context)
}

/// Tells the server that gave the grant; the side record knows which one that was.
fn revoke(user: &AuthorizedUser, context: &mut Context) -> Outcome<Revoked> {
    let address = Endpoints::revoke_for(saved::client(user, context)?.token_uri());
    let http = context.http();
    context::block_on(async { Ok(hallpass::revoke(&http, &address, user.refresh_token()).await?) })
}

/// The variable's file is another program's: it is named, not deleted.
fn warn_of_the_variable(context: &mut Context) {
    if let Some(other) = context.variable("GOOGLE_APPLICATION_CREDENTIALS") {
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
