//! Application Default Credentials: which file Google's clients would use, and the credential in it.
//!
//! In: the environment, as a function. Out: which file wins, what it is, and what it hides.
//! Source: AIP-4110.
//! Not here: the form of the files (`formats`).

mod environment;
mod found;
mod loader;
pub use found::{Found, Kind, Place, Summary};
pub use loader::Loader;

#[cfg(feature = "machine")]
pub use crate::machine::ServiceAccountToken;

use crate::error::{Error, ErrorKind};
use std::ffi::OsString;
use std::path::PathBuf;

const FILE_NAME: &str = "application_default_credentials.json";
const VARIABLE: &str = "GOOGLE_APPLICATION_CREDENTIALS";

/// A look-up of environment variables, such as `&|name| std::env::var_os(name)`.
pub type Env<'a> = &'a dyn Fn(&str) -> Option<OsString>;

/// Where a credential was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Origin {
    /// In the file that `GOOGLE_APPLICATION_CREDENTIALS` names.
    EnvironmentVariable,
    /// In gcloud's folder, where `login` writes.
    WellKnown,
}

/// Which file wins, and which one it hides.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Location {
    /// The file.
    pub path: PathBuf,
    /// Why this one.
    pub origin: Origin,
    /// A file that would win without it.
    pub shadowed: Option<PathBuf>,
}

/// Finds the file that Google's clients would use; the file itself is not opened.
///
/// # Errors
///
/// [`ErrorKind::NoCredential`] when there is none; a file that is named by the variable and is not
/// there is an error too, and nothing weaker is taken in its place.
pub fn find(env: Env<'_>) -> Result<Location, Error> {
    let well_known = well_known(env);
    // An empty variable counts as unset in every Google client.
    if let Some(path) = env(VARIABLE).filter(|path| !path.is_empty()).map(PathBuf::from) {
        // A folder that may not be entered is an error when the file is read.
        if path.try_exists().is_ok_and(|there| !there) {
            let what = format!("`{}`, which {VARIABLE} names, is not there", path.display());
            return Err(Error::new(ErrorKind::CredentialFileNotFound, what));
        }
        let shadowed = well_known.ok().filter(|other| *other != path && other.exists());
        return Ok(Location { path, origin: Origin::EnvironmentVariable, shadowed });
    }
    let path = well_known?;
    // A dangling link, or a folder that may not be entered, is an error when the file is read.
    if path.symlink_metadata().is_err_and(|error| error.kind() == std::io::ErrorKind::NotFound) {
        let what = "no sign-in was found: there are no Application Default Credentials";
        let cause = format!("`{}` is not there", path.display());
        return Err(Error::new(ErrorKind::NoCredential, what).with_source(cause));
    }
    Ok(Location { path, origin: Origin::WellKnown, shadowed: None })
}

/// Returns where gcloud and `login` keep the file: `$CLOUDSDK_CONFIG`, else `~/.config/gcloud`, on Windows
/// `%APPDATA%\gcloud`.
///
/// # Errors
///
/// [`ErrorKind::NoHome`].
pub fn well_known(env: Env<'_>) -> Result<PathBuf, Error> {
    let folder = |name: &str| env(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let config = folder("CLOUDSDK_CONFIG").or_else(|| {
        if cfg!(windows) {
            folder("APPDATA").map(|data| data.join("gcloud"))
        } else {
            folder("HOME").map(|home| home.join(".config/gcloud"))
        }
    });
    let config = config.ok_or_else(|| {
        Error::new(ErrorKind::NoHome, "no folder for Application Default Credentials is known")
    })?;
    Ok(config.join(FILE_NAME))
}
