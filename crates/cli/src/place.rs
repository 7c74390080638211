//! Where a sign-in rests: the path, and writing there.
//!
//! In: the environment, the profile. Out: a path; a file, or why there can be none, before anybody is asked for
//! consent.
//! Not here: what is in the file (`saved`), and how a private file is written (`store` of the library).

use crate::context::Context;
use crate::exit::Case;
use crate::failure::{Failure, Outcome};
use crate::profile;
use hallpass::{Secret, adc};
use std::path::{Path, PathBuf};

/// Returns where `login` writes and `logout` deletes: the profile's file, else gcloud's place, whatever the
/// variable says.
pub(crate) fn well_known(context: &Context) -> Outcome<PathBuf> {
    match context.profile() {
        Some(name) => Ok(context.path(&profile::file(name, context)?)),
        None => application_default(context),
    }
}

/// Returns where every Google client looks.
pub(crate) fn application_default(context: &Context) -> Outcome<PathBuf> {
    Ok(context.path(&adc::well_known(context.env())?))
}

/// Says so when `GOOGLE_APPLICATION_CREDENTIALS` hides the file that was just written.
pub(crate) fn warn_of_the_variable(written: &Path, context: &mut Context) {
    let variable = context.variable("GOOGLE_APPLICATION_CREDENTIALS");
    if let Some(other) = variable.filter(|other| context.path(Path::new(other)) != written) {
        context.note(format!(
            "warning: GOOGLE_APPLICATION_CREDENTIALS names `{other}`, which comes before this sign-in"
        ));
    }
}

/// Learns whether a sign-in can be saved at `path`, before anybody is asked for one: by writing beside it.
pub(crate) fn check_writable(path: &Path) -> Outcome {
    check_plain(path)?;
    let mut beside = path.as_os_str().to_owned();
    beside.push(format!(".{}", std::process::id()));
    let beside = PathBuf::from(beside);
    let tried = hallpass::store::write_private(&beside, b"")
        .and_then(|()| hallpass::store::remove_private(&beside));
    tried.map_err(|error| {
        Failure::from(error).saying(format!("`{}` cannot be written", path.display()))
    })
}

/// Refuses a link, a folder or a device: replacing it, or deleting it, would leave the sign-in behind it as it
/// is.
pub(crate) fn check_plain(path: &Path) -> Outcome {
    let Ok(there) = path.symlink_metadata() else { return Ok(()) };
    if there.is_file() {
        return Ok(());
    }
    let what = match std::fs::read_link(path) {
        Ok(target) => format!("`{}` is a link to `{}`", path.display(), target.display()),
        Err(_) => format!("`{}` is not a plain file", path.display()),
    };
    Err(Failure::new(Case::NotAPlainFile, what))
}

pub(crate) fn write(path: &Path, text: &Secret) -> Outcome {
    check_plain(path)?;
    Ok(write_whole(path, text)?)
}

pub(crate) fn write_whole(path: &Path, text: &Secret) -> Result<(), hallpass::Error> {
    hallpass::store::write_private(path, text.expose().as_bytes())
}
