//! `hallpass export` and `import`: a sign-in in a file that goes to another machine.
//!
//! In: the saved sign-in, or such a file. Out: the file, 0600 and never in the place of another; or
//! Application Default Credentials, read back. It holds the refresh token: whoever has it is you.
//! Not here: other types of credentials.

use crate::context::Context;
use crate::exit::Case;
use crate::failure::{Failure, Outcome};
use crate::saved::{self, Saved};
use hallpass::AuthorizedUser;
use std::path::PathBuf;

/// Write the sign-in to a file of yours alone, to carry it to another machine
#[derive(Debug, clap::Args)]
pub(crate) struct Export {
    /// The file; one that is there is left alone
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

/// Take over a sign-in from a file
#[derive(Debug, clap::Args)]
pub(crate) struct Import {
    /// The file, as `export` or gcloud writes it
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

pub(crate) fn export(args: &Export, context: &mut Context) -> Outcome {
    let out = context.path(&args.out);
    if out.symlink_metadata().is_ok() {
        let what = format!("`{}` is there already", out.display());
        return Err(Failure::new(Case::ExportExists, what));
    }
    let user = AuthorizedUser::from_file(&Saved::find(context, None)?.path)?;
    saved::write(&out, &user.to_json())?;
    context
        .note(&format!("saved to {}; whoever has this file can use your account", out.display()));
    Ok(())
}

pub(crate) fn import(args: &Import, context: &mut Context) -> Outcome {
    let user = AuthorizedUser::from_file(&context.path(&args.file))?;
    let place = saved::well_known(context)?;
    if let Some(old) = saved::read_adc(&place)?
        && old.grant_id() != user.grant_id()
    {
        let what = format!("`{}` holds another sign-in", place.display());
        return Err(Failure::new(Case::ImportExists, what));
    }
    saved::write(&place, &user.to_json())?;
    if AuthorizedUser::from_file(&place)?.grant_id() != user.grant_id() {
        let what = format!("`{}` does not hold the sign-in that was just saved", place.display());
        return Err(Failure::new(Case::StoredDiffers, what));
    }
    context.note(&format!("saved to {}", place.display()));
    Ok(())
}
