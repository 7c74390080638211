//! Files that nobody else may read: written whole or not at all, read within a limit.
//!
//! In: a path and bytes. Out: the file, 0600 from its first byte. A new file is written beside the old
//! one under a name of its own, flushed, and renamed over it: a crash leaves the old file or the new.
//! A symbolic link in the place of the file is refused on writing; on reading it is followed, since
//! mounted credentials are often links.
#![expect(clippy::disallowed_methods, reason = "this is the room that writes and removes files")]

use crate::error::{Error, ErrorKind};
use crate::store::{Saved, Version};
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::path::Path;
use std::thread;
use std::time::Duration;
use zeroize::Zeroizing;

/// Google's files are a few hundred bytes.
const LONGEST_FILE: u64 = 1024 * 1024;

/// How the name of a file begins that is being written.
const UNFINISHED: &str = ".hallpass-";
const ABANDONED: Duration = Duration::from_secs(60);

/// A swap takes milliseconds; one that takes half a second is stopped.
const HOLD_TRIES: u32 = 100;
const HOLD_PAUSE: Duration = Duration::from_millis(5);

/// Writes a file that its owner alone can read, in place of an older one.
///
/// # Errors
///
/// [`ErrorKind::StoreWrite`]; the older file is still there.
pub fn write_private(path: impl AsRef<Path>, bytes: &[u8]) -> Result<(), Error> {
    let path = path.as_ref();
    replace(path, bytes, Place::Taken).map_err(|error| {
        Error::file(ErrorKind::StoreWrite, path, "cannot be written").because(error.to_string())
    })
}

/// Writes like [`write_private`], if the file is still what it was when this version was taken.
///
/// Two of us at once are kept apart by a lock on the file. Programs that take none, such as Google's, may
/// still write between the look and the rename.
pub(crate) fn swap_private(
    path: &Path,
    bytes: &[u8],
    over: Option<&Version>,
) -> Result<Saved, Error> {
    let Some(over) = over else { return write_private(path, bytes).map(|()| Saved::Written) };
    swap(path, bytes, over).map_err(|error| {
        Error::file(ErrorKind::StoreWrite, path, "cannot be written").because(error.to_string())
    })
}

fn swap(path: &Path, bytes: &[u8], over: &Version) -> io::Result<Saved> {
    let held = hold(path)?;
    let now = held.as_ref().map(read_all).transpose()?.map(Zeroizing::new);
    if Version::of(now.as_deref().map(Vec::as_slice)) != *over {
        return Ok(Saved::Changed);
    }
    let place = if held.is_some() { Place::Taken } else { Place::Free };
    match replace(path, bytes, place) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(Saved::Changed),
        ended => ended.map(|()| Saved::Written),
    }
}

/// Opens and locks a file, so that no other swap replaces it meanwhile; `None` where there is no file.
fn hold(path: &Path) -> io::Result<Option<File>> {
    for _ in 0..HOLD_TRIES {
        let file = match open_plain(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            opened => opened?,
        };
        match file.try_lock() {
            // The one we waited for has put another file here.
            Ok(()) if is_still_at(&file, path) => return Ok(Some(file)),
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => thread::sleep(HOLD_PAUSE),
            Err(TryLockError::Error(error)) => return Err(error),
        }
    }
    Err(io::Error::other("another process keeps it locked"))
}

#[cfg(unix)]
fn is_still_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;

    let identity = |metadata: fs::Metadata| (metadata.dev(), metadata.ino());
    let there = fs::metadata(path).map(identity);
    file.metadata().map(identity).is_ok_and(|ours| there.is_ok_and(|there| there == ours))
}

#[cfg(not(unix))]
fn is_still_at(_: &File, _: &Path) -> bool {
    true
}

/// What stands where a file is to be written.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    /// Nothing, and if something appears there meanwhile, it stays.
    Free,
    Taken,
}

fn folder_of(path: &Path) -> &Path {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    parent.unwrap_or(Path::new("."))
}

fn replace(path: &Path, bytes: &[u8], place: Place) -> io::Result<()> {
    let folder = folder_of(path);
    make_private_folder(folder)?;
    if let Ok(there) = path.symlink_metadata() {
        may_be_replaced(&there)?;
    }
    // Unix: created with O_EXCL and mode 0600 under a name that is not taken.
    let mut file = tempfile::Builder::new().prefix(UNFINISHED).tempfile_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    sweep(folder, file.as_file());
    match place {
        Place::Free => file.persist_noclobber(path),
        Place::Taken => file.persist(path),
    }
    .map_err(|error| error.error)?;
    sync_folder(folder)
}

/// Refuses what is no plain file of ours: a link could lead anywhere, and with `sudo` the sign-in of a user
/// would become root's.
fn may_be_replaced(there: &fs::Metadata) -> io::Result<()> {
    if !there.is_file() {
        return Err(io::Error::other("what is there now is not a plain file"));
    }
    #[cfg(unix)]
    of_owner(there, rustix::process::geteuid().as_raw())?;
    Ok(())
}

#[cfg(unix)]
pub(crate) fn of_owner(there: &fs::Metadata, owner: u32) -> io::Result<()> {
    let uid = std::os::unix::fs::MetadataExt::uid(there);
    if uid == owner {
        return Ok(());
    }
    Err(io::Error::other(format!("what is there now belongs to another user (uid {uid})")))
}

/// Removes what writers that were killed have left: it holds secrets, and nobody else ever would. Younger
/// than a minute beside the new file, it may be another writer's at work.
fn sweep(folder: &Path, new: &File) {
    let Ok(now) = new.metadata().and_then(|metadata| metadata.modified()) else { return };
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let ours = entry.file_name().to_str().is_some_and(|name| name.starts_with(UNFINISHED));
        let old = || {
            let made = entry.metadata().ok()?.modified().ok()?;
            Some(now.duration_since(made).ok()? > ABANDONED)
        };
        if ours && old() == Some(true) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// Makes a folder, and those above it, that its owner alone can enter.
fn make_private_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(folder)
}

/// A rename is on the disk when its folder is.
#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

/// Removes a file; one that is not there is no error.
///
/// # Errors
///
/// [`ErrorKind::StoreWrite`].
pub fn remove_private(path: impl AsRef<Path>) -> Result<(), Error> {
    let path = path.as_ref();
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            let what = "cannot be removed";
            Err(Error::file(ErrorKind::StoreWrite, path, what).because(error.to_string()))
        }
        _ => Ok(()),
    }
}

/// Returns the bytes of a file, or `None` if it is not there; `unreadable` is the kind of any other failure.
pub(crate) fn read_private(path: &Path, unreadable: ErrorKind) -> Result<Option<Vec<u8>>, Error> {
    match read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => {
            Err(Error::file(unreadable, path, "cannot be read").because(error.to_string()))
        }
    }
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    read_all(&open_plain(path)?)
}

fn open_plain(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true);
    // A FIFO in the place of the file would keep us waiting for a writer.
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        let flags = rustix::fs::OFlags::NONBLOCK.bits();
        options.custom_flags(i32::from_ne_bytes(flags.to_ne_bytes()));
    }
    let file = options.open(path)?;
    if !file.metadata()?.is_file() {
        return Err(io::Error::other("it is not a plain file"));
    }
    Ok(file)
}

fn read_all(file: &File) -> io::Result<Vec<u8>> {
    // Large enough at once: a buffer that grows leaves copies of secrets behind.
    let size = file.metadata()?.len().min(LONGEST_FILE);
    let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or_default() + 1);
    file.take(LONGEST_FILE + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LONGEST_FILE {
        return Err(io::Error::other("it is larger than 1 MiB"));
    }
    Ok(bytes)
}

/// Opens a file to hold a lock on, private like the rest.
pub(crate) fn lock_file(path: &Path) -> io::Result<File> {
    if let Some(folder) = path.parent() {
        make_private_folder(folder)?;
    }
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        let flags = rustix::fs::OFlags::NOFOLLOW.bits();
        options.mode(0o600).custom_flags(i32::from_ne_bytes(flags.to_ne_bytes()));
    }
    options.open(path)
}
