//! Whether other users of this machine can put another file in the place of a credential file.
//!
//! In: a path. Out: the first thing that lets them, from the file up to the root; links are followed. What belongs to
//! root is trusted, since mounted secrets do. On Windows nothing is looked at.

use std::fmt;
use std::path::{Path, PathBuf};

/// Why a credential file may not be the user's own.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Exposure {
    /// The file or a folder above it belongs to another user.
    AnotherUsers(PathBuf),
    /// Every user can write the file, or replace what is in a folder above it.
    WritableByAll(PathBuf),
}

impl fmt::Display for Exposure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AnotherUsers(path) => write!(f, "`{}` belongs to another user", path.display()),
            Self::WritableByAll(path) => {
                write!(f, "`{}` can be written by every user of this machine", path.display())
            }
        }
    }
}

/// Returns what lets other users replace a file; nothing where it is the user's own, or is not there.
#[must_use]
pub fn exposure(path: impl AsRef<Path>) -> Option<Exposure> {
    let path = path.as_ref().canonicalize().ok()?;
    path.ancestors().find_map(of)
}

#[cfg(unix)]
fn of(path: &Path) -> Option<Exposure> {
    use std::os::unix::fs::MetadataExt;

    /// Group members may be let in on purpose; in a sticky folder, as /tmp is, no user replaces another's file.
    const BY_ALL: u32 = 0o002;
    const STICKY: u32 = 0o1000;
    let there = path.symlink_metadata().ok()?;
    if ![0, rustix::process::geteuid().as_raw()].contains(&there.uid()) {
        return Some(Exposure::AnotherUsers(path.to_owned()));
    }
    let sticky = there.is_dir() && there.mode() & STICKY != 0;
    (there.mode() & BY_ALL != 0 && !sticky).then(|| Exposure::WritableByAll(path.to_owned()))
}

#[cfg(not(unix))]
fn of(_: &Path) -> Option<Exposure> {
    None
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::fs::{self, Permissions};
    use std::os::unix::fs::{PermissionsExt, chown};

    #[test]
    fn every_step_of_the_path_is_looked_at() {
        let folder = tempfile::tempdir().expect("folder");
        let above = folder.path().canonicalize().expect("path").join("above");
        let file = above.join("folder/file");
        crate::store::write_private(&file, b"x").expect("write");
        assert_eq!(exposure(&file), None);
        let mode = |path: &Path, mode| fs::set_permissions(path, Permissions::from_mode(mode));
        for (path, wide, own) in [(&file, 0o666, 0o600), (&above, 0o777, 0o755)] {
            mode(path, wide).expect("mode");
            assert_eq!(exposure(&file), Some(Exposure::WritableByAll(path.clone())));
            mode(path, own).expect("mode");
        }
        mode(&above, 0o1777).expect("mode");
        assert_eq!(exposure(&file), None, "as in /tmp");
        mode(&file, 0o664).expect("mode");
        assert_eq!(exposure(&file), None, "the group is let in on purpose");
        let link = folder.path().join("link");
        std::os::unix::fs::symlink(&file, &link).expect("link");
        assert_eq!(exposure(&link), None);
        // Where this user is root and there are others.
        if chown(&file, Some(65_534), None).is_ok() {
            assert_eq!(exposure(&link), Some(Exposure::AnotherUsers(file.clone())));
        }
        assert_eq!(exposure(folder.path().join("none")), None);
    }
}
