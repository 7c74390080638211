//! Locks between processes: a file of our own beside what is locked, never the file itself.
//!
//! In: a file, what the lock is for, how long to wait. Out: the opened lock file; the lock ends when that is
//! dropped. A lock file is private, so that another user cannot hold it, and is never removed: a lock on a
//! name that is gone keeps no process out. On Windows a file that is held open could not be replaced.

use super::make_private_folder;
use sha2::{Digest, Sha256};
use std::collections::{HashMap, VecDeque};
use std::fmt::Write;
use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

/// Where the lock files of a file are.
#[derive(Clone, Debug, Default)]
pub(crate) enum Locks {
    /// Hidden files beside it.
    #[default]
    Beside,
    /// In a folder, under a hash of the file's path.
    In(PathBuf),
}

/// What is locked.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Purpose {
    /// Comparing and writing: milliseconds.
    Write,
    /// A whole refresh: as long as the server takes.
    Refresh,
}

impl Locks {
    /// Returns the lock file of this file.
    pub(crate) fn of(&self, path: &Path, purpose: Purpose) -> PathBuf {
        let purpose = match purpose {
            Purpose::Write => "write.lock",
            Purpose::Refresh => "refresh.lock",
        };
        match self {
            Self::Beside => {
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                path.with_file_name(format!(".{name}.{purpose}"))
            }
            Self::In(folder) => {
                let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
                let hash = Sha256::digest(path.as_os_str().as_encoded_bytes());
                let name = hash.iter().take(16).fold(String::new(), |mut name, byte| {
                    let _ = write!(name, "{byte:02x}");
                    name
                });
                folder.join(format!("{name}.{purpose}"))
            }
        }
    }
}

/// Locks a file, and waits at most so long for it; `None` when another holds it all the while.
pub(crate) fn lock_within(path: &Path, wait: Duration) -> io::Result<Option<File>> {
    let file = open(path)?;
    match file.try_lock() {
        Ok(()) => return Ok(Some(file)),
        Err(TryLockError::WouldBlock) if wait.is_zero() => return Ok(None),
        Err(TryLockError::WouldBlock) => {}
        Err(TryLockError::Error(error)) => return Err(error),
    }
    let (sender, receiver) = sync_channel(1);
    wait_with_the_others(path, sender)?;
    // A lock that comes later is dropped with the channel.
    Ok(receiver.recv_timeout(wait).ok())
}

type Waiting = HashMap<PathBuf, VecDeque<SyncSender<File>>>;

fn waiting() -> MutexGuard<'static, Waiting> {
    static WAITING: LazyLock<Mutex<Waiting>> = LazyLock::new(Mutex::default);
    WAITING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A system's lock knows no time limit. So one thread for each lock file waits, however many callers there
/// are and however often they give up.
fn wait_with_the_others(path: &Path, caller: SyncSender<File>) -> io::Result<()> {
    let mut waiting = waiting();
    if let Some(callers) = waiting.get_mut(path) {
        callers.push_back(caller);
        return Ok(());
    }
    let place = path.to_owned();
    thread::Builder::new().name("hallpass-lock".to_owned()).spawn(move || serve(&place))?;
    waiting.insert(path.to_owned(), VecDeque::from([caller]));
    Ok(())
}

/// Takes the lock for one caller after the other.
fn serve(path: &Path) {
    loop {
        let locked = open(path).and_then(|file| file.lock().map(|()| file));
        let mut waiting = waiting();
        let given = match (locked, waiting.get_mut(path)) {
            (Ok(file), Some(callers)) => give(file, callers) && !callers.is_empty(),
            _ => false,
        };
        if !given {
            waiting.remove(path);
            return;
        }
    }
}

/// Gives the lock to the first caller that still waits.
fn give(mut file: File, callers: &mut VecDeque<SyncSender<File>>) -> bool {
    while let Some(caller) = callers.pop_front() {
        match caller.try_send(file) {
            Ok(()) => return true,
            Err(TrySendError::Full(back) | TrySendError::Disconnected(back)) => file = back,
        }
    }
    false
}

/// Opens a lock file, private like the rest, and not through a link.
fn open(path: &Path) -> io::Result<File> {
    make_private_folder(super::folder_of(path))?;
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        let flags = rustix::fs::OFlags::NOFOLLOW.bits();
        options.mode(0o600).custom_flags(i32::from_ne_bytes(flags.to_ne_bytes()));
    }
    #[cfg(windows)]
    let is_new = !path.exists();
    let file = options.open(path)?;
    #[cfg(windows)]
    if is_new {
        super::access::protect(path)?;
    }
    // Another user who made it first could hold it for ever.
    super::may_be_replaced(&file.metadata()?)?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn however_many_give_up_one_thread_waits_and_takes_nothing_from_those_who_come_later() {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("lock");
        let lock = |wait| lock_within(&path, wait).expect("a lock file");
        let held = lock(Duration::ZERO).expect("free");
        for _ in 0..20 {
            assert!(lock(Duration::from_millis(1)).is_none());
        }
        assert_eq!(waiting().get(&path).map(VecDeque::len), Some(20), "all with one thread");
        drop(held);
        for _ in 0..2 {
            assert!(lock(Duration::from_secs(10)).is_some());
        }
        while waiting().contains_key(&path) {
            thread::yield_now();
        }
    }
}
