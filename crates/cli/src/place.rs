//! Where a sign-in rests: the path, and the store that writes there.
//!
//! In: the environment, the profile. Out: a path; a file, or why there can be none, before the user is asked for
//! consent.
//! Not here: what is in the file (`saved`), and how a private file is written (`store` of the library).

use crate::context::Context;
use crate::exit::Case;
use crate::failure::{Failure, Outcome};
use crate::profile;
use hallpass::ErrorKind;
use hallpass::adc;
use hallpass::file::AuthorizedUser;
use hallpass::oauth::{GrantId, Secret};
use hallpass::store::{AdcStore, FileStore, TokenFileStore};
use std::path::{Path, PathBuf};
use std::sync::Arc;

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

/// Returns a place for a sign-in in gcloud's form; every command that writes one goes through it.
pub(crate) fn adc(path: &Path, context: &Context) -> Outcome<AdcStore> {
    let records: FileStore = context.store()?;
    let locks = context.own_folder()?.join("locks");
    Ok(AdcStore::new(path, Arc::new(records)).with_locks(locks))
}

/// Returns a place for a sign-in in the form of Google's Python programs.
pub(crate) fn token_file(path: &Path, context: &Context) -> TokenFileStore {
    let store = TokenFileStore::new(path);
    match context.own_folder() {
        Ok(folder) => store.with_locks(folder.join("locks")),
        Err(_) => store,
    }
}

/// Returns the sign-ins that are still here: a profile's, and what is Application Default Credentials.
pub(crate) fn kept(context: &Context) -> Outcome<Vec<GrantId>> {
    let mut paths = vec![application_default(context)?];
    for name in profile::names(context)? {
        paths.push(profile::file(&name, context)?);
    }
    let users = paths.iter().filter_map(|path| read_adc(path).ok().flatten());
    Ok(users.map(|user| user.grant_id()).collect())
}

/// Removes the side record of a sign-in that no file holds any more.
pub(crate) fn forget(id: &GrantId, context: &Context) -> Outcome {
    if !kept(context)?.contains(id) {
        hallpass::store::remove_private(context.store()?.path(&id.into()))?;
    }
    Ok(())
}

/// Returns what `GOOGLE_APPLICATION_CREDENTIALS` names when that is another file: it comes before the one written.
pub(crate) fn hidden_by_the_variable(written: &Path, context: &Context) -> Option<String> {
    let variable = context.variable("GOOGLE_APPLICATION_CREDENTIALS")?;
    (context.path(Path::new(&variable)) != written).then_some(variable)
}

/// Says so when `GOOGLE_APPLICATION_CREDENTIALS` hides the file that was just written.
pub(crate) fn warn_of_the_variable(written: &Path, context: &mut Context) {
    if let Some(other) = hidden_by_the_variable(written, context) {
        context.note(format!(
            "warning: GOOGLE_APPLICATION_CREDENTIALS names `{other}`, which comes before this sign-in"
        ));
    }
}

/// Learns whether a sign-in can be saved at `path`, before the user is asked for one: by writing beside it.
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
    Ok(hallpass::store::write_private(path, text.expose().as_bytes())?)
}

/// Refuses a file in a folder that is not there: the folder is the user's, so it is not made.
pub(crate) fn check_folder(path: &Path) -> Outcome {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    if folder.is_some_and(|folder| !folder.is_dir()) {
        let what = format!("`{}` is in a folder that is not there", path.display());
        return Err(Failure::new(Case::NoFolder, what));
    }
    Ok(())
}

/// Returns the sign-in in an ADC file; none when there is no file.
pub(crate) fn read_adc(path: &Path) -> Outcome<Option<AuthorizedUser>> {
    match AuthorizedUser::from_file(path) {
        Ok(user) => Ok(Some(user)),
        Err(error) if *error.kind() == ErrorKind::CredentialFileNotFound => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Says whether the sign-in is the one that `GOOGLE_APPLICATION_CREDENTIALS` names.
pub(crate) fn is_of_the_variable(context: &Context) -> bool {
    let named = context.variable("GOOGLE_APPLICATION_CREDENTIALS").map(PathBuf::from);
    context.follows_the_variable
        && context.profile().is_none()
        && context.token_file().is_none()
        && named.is_some_and(|named| {
            !application_default(context).is_ok_and(|adc| adc == context.path(&named))
        })
}
