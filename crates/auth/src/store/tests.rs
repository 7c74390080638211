//! Files on a real file system: modes, links, locks, and what a crash would leave.

use super::*;
use crate::error::ErrorKind;
use crate::files::read_private;
use crate::secret::Secret;
use std::fs;
use std::path::Path;
use std::time::Duration;

fn id(token: &str) -> GrantId {
    GrantId::of("client", &Secret::from(token))
}

fn record() -> GrantRecord {
    let end = SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000);
    GrantRecord {
        scopes: Some(Scopes::from_response("a b")),
        account: Some("ada@example.com".to_owned()),
        access_token: Some(AccessToken::new("ya29.a", end).expect("token")),
        ..GrantRecord::default()
    }
}

#[test]
fn a_record_is_found_under_its_grant_and_no_other() {
    let folder = tempfile::tempdir().expect("folder");
    let file = FileStore::new(folder.path());
    let stores: [&dyn TokenStore; 2] = [&file, &MemoryStore::default()];
    for store in stores {
        assert!(store.load(&id("one")).expect("load").is_none());
        assert_eq!(store.save(&id("one"), &record()).expect("save"), Saved::Written);
        let loaded = store.load(&id("one")).expect("load").expect("record");
        assert_eq!(loaded.scopes, record().scopes);
        assert_eq!(loaded.access_token.expect("token").expose(), "ya29.a");
        assert!(store.load(&id("two")).expect("load").is_none());
        store.remove(&id("one")).expect("remove");
        store.remove(&id("one")).expect("nothing to remove is no error");
        assert!(store.load(&id("one")).expect("load").is_none());
    }
}

/// Three stores with the record of the same grant in each; the folder ends with the returned guard.
fn stores_with_a_record() -> (tempfile::TempDir, GrantId, Vec<Box<dyn TokenStore>>) {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("token.json");
    let text = r#"{"token":"t","refresh_token":"one","client_id":"client","client_secret":"s"}"#;
    write_private(&path, text.as_bytes()).expect("write");
    let file = FileStore::new(folder.path());
    let memory = MemoryStore::default();
    assert_eq!(file.save(&id("one"), &GrantRecord::first()).expect("save"), Saved::Written);
    assert_eq!(memory.save(&id("one"), &GrantRecord::first()).expect("save"), Saved::Written);
    let token_file = TokenFileStore::new(path);
    (folder, id("one"), vec![Box::new(file), Box::new(memory), Box::new(token_file)])
}

fn with_token(record: GrantRecord, text: &str) -> GrantRecord {
    let end = SystemTime::UNIX_EPOCH + Duration::from_secs(4_000_000_000);
    let access_token = Some(AccessToken::new(text, end).expect("token"));
    GrantRecord { access_token, ..record }
}

#[test]
fn a_save_replaces_what_it_was_made_from_and_nothing_newer() {
    let (_folder, id, stores) = stores_with_a_record();
    for store in stores {
        let load = || store.load(&id).expect("load").expect("record");
        let (one, other) = (load(), load());
        assert_eq!(store.save(&id, &with_token(one, "first")).expect("save"), Saved::Written);
        assert_eq!(
            store.save(&id, &with_token(other.clone(), "second")).expect("save"),
            Saved::Changed
        );
        assert_eq!(store.save(&id, &GrantRecord::first()).expect("save"), Saved::Changed);
        assert_eq!(load().access_token.expect("token").expose(), "first");
        let whatever = GrantRecord { version: None, ..other };
        assert_eq!(store.save(&id, &with_token(whatever, "third")).expect("save"), Saved::Written);
        assert_eq!(load().access_token.expect("token").expose(), "third");
        store.remove(&id).expect("remove");
        let gone = GrantRecord { version: Some(Version::of(Some(b"gone"))), ..Default::default() };
        assert_eq!(store.save(&id, &with_token(gone, "fourth")).expect("save"), Saved::Changed);
    }
}

#[test]
fn of_many_savers_at_once_none_undoes_another() {
    let (_folder, id, stores) = stores_with_a_record();
    for store in &stores {
        let count = |_| (0..25).map(|_| add_one(store.as_ref(), &id)).sum::<usize>();
        let written: usize = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8).map(|number| scope.spawn(move || count(number))).collect();
            threads.into_iter().map(|thread| thread.join().expect("thread")).sum()
        });
        let record = store.load(&id).expect("load").expect("record");
        let counted = record.access_token.expect("token").expose().len();
        assert!(written >= 25, "somebody always gets through: {written}");
        assert_eq!(counted, written + 1, "each save that was said to be kept was kept");
    }
}

/// Makes the token one character longer, if nobody comes between; returns how many were written.
fn add_one(store: &dyn TokenStore, id: &GrantId) -> usize {
    let record = store.load(id).expect("load").expect("record");
    let old = record.access_token.as_ref().map_or("t", |token| token.expose());
    let longer = format!("{old}x");
    match store.save(id, &with_token(record, &longer)).expect("save") {
        Saved::Written => 1,
        Saved::Changed => 0,
    }
}

#[test]
fn the_record_is_this_text_on_disk() {
    let folder = tempfile::tempdir().expect("folder");
    let store = FileStore::new(folder.path());
    assert_eq!(store.save(&id("one"), &record()).expect("save"), Saved::Written);
    let text = fs::read_to_string(store.path(&id("one"))).expect("read");
    let expected = "{\n  \"account\": \"ada@example.com\",\n  \"scopes\": \"a b\",\n  \
                    \"access_token\": \"ya29.a\",\n  \"access_token_expires_at\": 1800000000\n}";
    assert_eq!(text, expected);
}

#[test]
fn an_unreadable_record_is_an_error_with_its_path_and_stays() {
    let folder = tempfile::tempdir().expect("folder");
    let store = FileStore::new(folder.path());
    for text in [&b"{"[..], b"\xff\xfe", b"[]"] {
        write_private(store.path(&id("one")), text).expect("write");
        let error = store.load(&id("one")).expect_err("unreadable");
        assert_eq!(*error.kind(), ErrorKind::CredentialFileMalformed);
        assert!(error.to_string().contains(store.path(&id("one")).to_str().expect("path")));
        assert_eq!(fs::read(store.path(&id("one"))).expect("still there"), text);
    }
}

#[test]
fn one_lock_at_a_time_and_it_ends_with_its_holder() {
    let folder = tempfile::tempdir().expect("folder");
    let (one, other) = (FileStore::new(folder.path()), FileStore::new(folder.path()));
    let held = one.try_lock(&id("one")).expect("lock").expect("free");
    assert!(other.try_lock(&id("one")).expect("lock").is_none());
    assert!(other.try_lock(&id("two")).expect("lock").is_some(), "another grant is not locked");
    drop(held);
    assert!(other.try_lock(&id("one")).expect("lock").is_some());
}

#[test]
fn too_large_a_file_is_not_read() {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("large");
    write_private(&path, &vec![b'x'; 1024 * 1024 + 1]).expect("write");
    assert!(read_private(&path, ErrorKind::CredentialFileUnreadable).is_err());
    write_private(&path, &vec![b'x'; 1024 * 1024]).expect("write");
    assert_eq!(
        read_private(&path, ErrorKind::CredentialFileUnreadable)
            .expect("read")
            .expect("there")
            .len(),
        1024 * 1024
    );
}

#[test]
fn a_failed_write_leaves_nothing_behind() {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("taken");
    fs::create_dir(&path).expect("a folder in the place of the file");
    let error = write_private(&path, b"x").expect_err("refused");
    assert_eq!(*error.kind(), ErrorKind::StoreWrite);
    assert_eq!(names(folder.path()), ["taken"]);
}

#[test]
fn what_a_killed_writer_has_left_is_removed_by_the_next_one() {
    let folder = tempfile::tempdir().expect("folder");
    let (left, at_work) =
        (folder.path().join(".hallpass-left"), folder.path().join(".hallpass-now"));
    for path in [&left, &at_work] {
        write_private(path, b"1//secret").expect("write");
    }
    let file = fs::File::options().write(true).open(&left).expect("open");
    let two_minutes_ago =
        file.metadata().expect("metadata").modified().expect("time") - Duration::from_secs(120);
    file.set_modified(two_minutes_ago).expect("set");
    write_private(folder.path().join("file"), b"x").expect("write");
    let mut names = names(folder.path());
    names.sort();
    assert_eq!(names, [".hallpass-now", "file"]);
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("folder");
    entries.map(|entry| entry.expect("entry").file_name().into_string().expect("UTF-8")).collect()
}

#[cfg(unix)]
mod unix {
    use super::*;
    use std::os::unix::fs::{PermissionsExt, symlink};
    use std::sync::atomic::{AtomicBool, Ordering};

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).expect("metadata").permissions().mode() & 0o777
    }

    #[test]
    fn files_and_folders_are_the_owners_alone() {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("a/b/file");
        write_private(&path, b"x").expect("write");
        assert_eq!(mode(&path), 0o600);
        assert_eq!(mode(&folder.path().join("a")), 0o700);
        assert_eq!(mode(&folder.path().join("a/b")), 0o700);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).expect("mode");
        write_private(&path, b"y").expect("write again");
        assert_eq!(mode(&path), 0o600, "a file that others could read is private again");
        assert_eq!(names(&folder.path().join("a/b")), ["file"], "no temporary file is left");
    }

    #[test]
    fn a_link_in_the_place_of_the_file_is_not_written_through() {
        let folder = tempfile::tempdir().expect("folder");
        let (target, link) = (folder.path().join("target"), folder.path().join("link"));
        write_private(&target, b"old").expect("write");
        symlink(&target, &link).expect("link");
        let error = write_private(&link, b"new").expect_err("refused");
        assert_eq!(*error.kind(), ErrorKind::StoreWrite);
        assert_eq!(fs::read(&target).expect("read"), b"old");
        assert_eq!(
            read_private(&link, ErrorKind::CredentialFileUnreadable).expect("read").expect("there"),
            b"old"
        );
    }

    #[test]
    fn a_second_name_of_the_file_is_not_written_through() {
        let folder = tempfile::tempdir().expect("folder");
        let (file, other) = (folder.path().join("file"), folder.path().join("other"));
        write_private(&other, b"somebody's").expect("write");
        fs::hard_link(&other, &file).expect("link");
        write_private(&file, b"secret").expect("write");
        assert_eq!(fs::read(&other).expect("read"), b"somebody's");
        assert_eq!(fs::read(&file).expect("read"), b"secret");
    }

    #[test]
    fn another_users_file_is_not_replaced() {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("file");
        write_private(&path, b"x").expect("write");
        let metadata = fs::metadata(&path).expect("metadata");
        let me = rustix::process::geteuid().as_raw();
        assert!(crate::files::of_owner(&metadata, me).is_ok());
        let error = crate::files::of_owner(&metadata, me + 1).expect_err("another user");
        assert!(error.to_string().contains("belongs to another user"), "{error}");
        // Where this user is root and there are others, the whole of it.
        if std::os::unix::fs::chown(&path, Some(me + 65_534), None).is_ok() {
            let error = write_private(&path, b"y").expect_err("refused");
            assert_eq!(*error.kind(), ErrorKind::StoreWrite);
            assert_eq!(fs::read(&path).expect("read"), b"x");
        }
    }

    /// Somebody puts a link to another file in our place again and again; we write all the while.
    #[test]
    #[expect(clippy::disallowed_methods, reason = "somebody else's writes and removals")]
    fn links_that_come_and_go_are_never_written_through() {
        let folder = tempfile::tempdir().expect("folder");
        let (victim, place) = (folder.path().join("victim"), folder.path().join("place"));
        write_private(&victim, b"untouched").expect("write");
        let done = AtomicBool::new(false);
        let (mut written, mut refused) = (0, 0);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let link = folder.path().join("link");
                while !done.load(Ordering::Relaxed) {
                    let _ = symlink(&victim, &link).and_then(|()| fs::rename(&link, &place));
                    let _ = fs::remove_file(&place);
                }
            });
            for _ in 0..2_000 {
                match write_private(&place, b"secret") {
                    Ok(()) => written += 1,
                    Err(_) => refused += 1,
                }
            }
            done.store(true, Ordering::Relaxed);
        });
        println!("attempts: {}", written + refused);
        assert_eq!(fs::read(&victim).expect("read"), b"untouched");
        assert!(written > 0, "{written} {refused}");
    }

    #[test]
    fn a_pipe_in_the_place_of_the_file_does_not_keep_us_waiting() {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("pipe");
        let made = std::process::Command::new("mkfifo").arg(&path).status().expect("mkfifo");
        assert!(made.success());
        assert!(read_private(&path, ErrorKind::CredentialFileUnreadable).is_err());
    }
}
