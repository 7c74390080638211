//! Files that their owner alone may read: written whole or not at all, read within a limit.
//!
//! In: a path and bytes. Out: the file, 0600 from its first byte; on Windows with an access list for the user alone. A
//! new file is written beside the old one under a name of its own, flushed, and renamed over it: a crash leaves the old
//! file or the new.
//! A symbolic link in the place of the file is refused on writing; on reading it is followed, since
//! mounted credentials are often links.
//! Not here: what two writers at once may do (`swap`), and waiting for a lock (`lock`).
#![expect(clippy::disallowed_methods, reason = "this is the module that writes and removes files")]

pub(crate) mod access;
pub(crate) mod exposure;
pub(crate) mod lock;
pub(crate) mod swap;

use crate::error::{Error, ErrorKind};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::Path;
use std::time::Duration;
use zeroize::Zeroizing;

/// Google's files are a few hundred bytes.
const LONGEST_FILE: u64 = 1024 * 1024;

/// What stands between a file's name and six random characters while the file is being written.
const UNFINISHED: &str = ".hallpass-";
const RANDOM: usize = 6;
const ABANDONED: Duration = Duration::from_secs(60);

/// A longer name leaves no space for the six characters.
const LONGEST_NAME: usize = 200;

/// Writes a file that its owner alone can read, in place of an older one.
///
/// # Errors
///
/// [`ErrorKind::StoreWrite`]; the older file is still there.
pub fn write_private(path: impl AsRef<Path>, bytes: &[u8]) -> Result<(), Error> {
    let path = path.as_ref();
    replace(path, bytes, Place::Taken).map_err(|error| not_written(path, error))
}

/// Writes a new file that its owner alone can read; one that is there stays.
///
/// # Errors
///
/// [`ErrorKind::StoreWrite`]; there is a file, or none can be written.
pub fn write_new_private(path: impl AsRef<Path>, bytes: &[u8]) -> Result<(), Error> {
    let path = path.as_ref();
    replace(path, bytes, Place::Free).map_err(|error| not_written(path, error))
}

fn not_written(path: &Path, error: io::Error) -> Error {
    Error::file(ErrorKind::StoreWrite, path, "cannot be written").with_source(error.to_string())
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
    let prefix = unfinished(path);
    let mut file =
        tempfile::Builder::new().prefix(&prefix).rand_bytes(RANDOM).tempfile_in(folder)?;
    // While it is still empty: where that is impossible, no secret is written.
    #[cfg(windows)]
    access::protect(file.path())?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    sweep(folder, &prefix, file.as_file());
    let mut kept = Some(file);
    patiently(|| {
        let Some(file) = kept.take() else { return Ok(()) };
        let outcome = match place {
            Place::Free => file.persist_noclobber(path),
            Place::Taken => file.persist(path),
        };
        outcome.map(drop).map_err(|error| {
            kept = Some(error.file);
            error.error
        })
    })?;
    sync_folder(folder)
}

/// How often a file that another program has open is tried again on Windows, and how long after: a second in all.
const TRIES: u32 = 40;
const PAUSE: Duration = Duration::from_millis(25);

/// Windows neither replaces nor removes a file while another program has it open. Those who read it, such as
/// virus scanners, are done in a moment.
fn patiently<T>(mut work: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    // ERROR_ACCESS_DENIED, ERROR_SHARING_VIOLATION, ERROR_LOCK_VIOLATION.
    let is_held = |error: &io::Error| matches!(error.raw_os_error(), Some(5 | 32 | 33));
    let mut tries = if cfg!(windows) { TRIES } else { 0 };
    loop {
        match work() {
            Err(error) if tries > 0 && is_held(&error) => tries -= 1,
            outcome => return outcome,
        }
        std::thread::sleep(PAUSE);
    }
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

/// How the name of this file begins while it is being written: `.NAME.hallpass-`.
fn unfinished(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let ends = name.char_indices().map(|(at, character)| at + character.len_utf8());
    let end = ends.take_while(|end| *end <= LONGEST_NAME).last().unwrap_or_default();
    format!(".{}{UNFINISHED}", &name[..end])
}

/// Removes what writers of this very file have left when they were killed, since it holds secrets. Younger
/// than a minute beside the new file, it may be another writer's at work.
fn sweep(folder: &Path, prefix: &str, new: &File) {
    let Ok(new) = new.metadata() else { return };
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let random = name.to_str().and_then(|name| name.strip_prefix(prefix));
        let ours = random.is_some_and(|random| {
            random.len() == RANDOM && random.bytes().all(|byte| byte.is_ascii_alphanumeric())
        });
        if ours && entry.metadata().is_ok_and(|old| is_abandoned(&old, &new)) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// Says whether this is what `replace` makes: a plain file of the same owner, 0600, under one name.
fn is_abandoned(old: &fs::Metadata, new: &fs::Metadata) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        if old.uid() != new.uid() || old.mode() & 0o777 != 0o600 || old.nlink() != 1 {
            return false;
        }
    }
    let age = || new.modified().ok()?.duration_since(old.modified().ok()?).ok();
    old.is_file() && age().is_some_and(|age| age > ABANDONED)
}

/// Makes a folder, and those above it that are not there, that its owner alone can enter; one that is there stays as it is.
///
/// # Errors
///
/// It cannot be made; on Windows also where its file system keeps no access lists.
pub fn make_private_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    // Folders below the first that is new take its access list over.
    #[cfg(windows)]
    let new = {
        let named = folder.ancestors().filter(|folder| !folder.as_os_str().is_empty());
        named.take_while(|folder| !folder.exists()).last()
    };
    builder.recursive(true).create(folder)?;
    #[cfg(windows)]
    if let Some(new) = new {
        access::protect(new)?;
    }
    Ok(())
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
    match patiently(|| fs::remove_file(path)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            let what = "cannot be removed";
            Err(Error::file(ErrorKind::StoreWrite, path, what).with_source(error.to_string()))
        }
        _ => Ok(()),
    }
}

/// Returns the bytes of a file, or `None` if it is not there; `unreadable` is the kind of any other failure.
pub(crate) fn read_private(
    path: &Path,
    unreadable: ErrorKind,
) -> Result<Option<Zeroizing<Vec<u8>>>, Error> {
    match patiently(|| open_plain(path)).and_then(|file| read_all(&file)) {
        Ok(bytes) => {
            #[cfg(windows)]
            if let Ok(Some(other)) = access::other_reader(path) {
                tracing::warn!(path = %path.display(), "{other} can read this file, too");
            }
            Ok(Some(bytes))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => {
            Err(Error::file(unreadable, path, "cannot be read").with_source(error.to_string()))
        }
    }
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

fn read_all(file: &File) -> io::Result<Zeroizing<Vec<u8>>> {
    // Large enough at once: a buffer that grows leaves copies of secrets behind.
    let size = file.metadata()?.len().min(LONGEST_FILE);
    let mut bytes =
        Zeroizing::new(Vec::with_capacity(usize::try_from(size).unwrap_or_default() + 1));
    file.take(LONGEST_FILE + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LONGEST_FILE {
        return Err(io::Error::other("it is larger than 1 MiB"));
    }
    Ok(bytes)
}
