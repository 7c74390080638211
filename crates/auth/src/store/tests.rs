//! Every store of this crate: the public suite, and what is particular to files, links, locks and clocks.

use super::conformance;
use super::{
    AdcStore, FileStore, GrantKey, GrantStore, MemoryStore, SavedToken, Stored, StoredGrant,
    SyncGrantStore, SyncStore, TokenFileStore, Version, write_new_private, write_private,
};
use crate::clock::{Clock, ManualClock};
use crate::error::ErrorKind;
use crate::files::read_private;
use crate::scope::Scopes;
use crate::token::AccessToken;
use std::collections::HashMap;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

fn start() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000)
}

#[tokio::test]
async fn the_file_store_keeps_to_the_suite() {
    let folder = tempfile::tempdir().expect("folder");
    conformance::run(|name| FileStore::new(folder.path().join(name))).await;
}

/// The store of each name, so that it can be opened twice.
fn memory() -> impl Fn(&str) -> MemoryStore {
    let stores: Mutex<HashMap<String, MemoryStore>> = Mutex::default();
    move |name| stores.lock().expect("stores").entry(name.to_owned()).or_default().clone()
}

#[tokio::test]
async fn the_memory_store_keeps_to_the_suite() {
    conformance::run(memory()).await;
}

#[tokio::test]
async fn whatever_leads_to_a_store_keeps_to_the_suite() {
    let (one, two, three) = (memory(), memory(), memory());
    conformance::run(|name| Arc::new(one(name)) as Arc<dyn GrantStore>).await;
    conformance::run(|name| Box::new(two(name)) as Box<dyn GrantStore>).await;
    conformance::run(|name| SyncStore::new(three(name))).await;
}

#[tokio::test]
async fn application_default_credentials_keep_to_the_suite() {
    let folder = tempfile::tempdir().expect("folder");
    conformance::run_with_one_grant(|name| {
        let records = Arc::new(FileStore::new(folder.path().join(name)));
        AdcStore::new(folder.path().join(name).join("adc.json"), records)
    })
    .await;
    conformance::run_with_one_grant(|name| {
        let folder = folder.path().join("with locks").join(name);
        let records = Arc::new(FileStore::new(&folder));
        AdcStore::new(folder.join("adc.json"), records).with_locks(folder.join("locks"))
    })
    .await;
}

#[tokio::test]
async fn a_token_json_keeps_to_the_suite() {
    let folder = tempfile::tempdir().expect("folder");
    conformance::run_with_one_grant(|name| {
        TokenFileStore::new(folder.path().join(name).join("token.json"))
    })
    .await;
    conformance::run_with_one_grant(|name| {
        let folder = folder.path().join("with locks").join(name);
        TokenFileStore::new(folder.join("token.json")).with_locks(folder.join("locks"))
    })
    .await;
}

fn key() -> GrantKey {
    GrantKey::from("one")
}

fn grant() -> StoredGrant {
    let token = AccessToken::new("ya29.a", start() + Duration::from_secs(3600)).expect("token");
    StoredGrant {
        scopes: Some(Scopes::from_response("a b")),
        account: Some("ada@example.com".to_owned()),
        access_token: Some(SavedToken::new(token, &ManualClock::new(start()))),
        ..StoredGrant::default()
    }
}

#[test]
fn the_grant_is_this_text_on_disk() {
    let folder = tempfile::tempdir().expect("folder");
    let store = FileStore::new(folder.path());
    let _ = SyncGrantStore::save(&store, &key(), &grant(), &Version::NOTHING).expect("save");
    let text = fs::read_to_string(store.path(&key())).expect("read");
    let expected = "{\n  \"access_token\": \"ya29.a\",\n  \"access_token_expires_at\": 1800003600,\n  \
                    \"access_token_issued_at\": 1800000000,\n  \"account\": \"ada@example.com\",\n  \
                    \"scopes\": \"a b\",\n  \"version\": 1\n}";
    assert_eq!(text, expected);
}

#[test]
fn a_record_without_a_version_is_of_the_first_and_a_later_one_is_refused() {
    let older = br#"{"account":"ada@example.com","access_token":"t","access_token_expires_at":1}"#;
    assert!(StoredGrant::from_json(older).expect("older").access_token.is_some());
    let error = StoredGrant::from_json(br#"{"version":2}"#).expect_err("later");
    assert_eq!(*error.kind(), ErrorKind::CredentialFileMalformed);
    let marked = br#"{"version":1,"refresh_token":["marked"]}"#;
    let error = StoredGrant::from_json(marked).expect_err("not a text");
    assert!(!format!("{error:?}").contains("marked"), "{error:?}");
}

#[test]
fn an_unreadable_record_is_an_error_with_its_path_and_stays() {
    let folder = tempfile::tempdir().expect("folder");
    let store = FileStore::new(folder.path());
    for text in [&b"{"[..], b"\xff\xfe", b"[]"] {
        write_private(store.path(&key()), text).expect("write");
        let error = SyncGrantStore::load(&store, &key()).expect_err("unreadable");
        assert_eq!(*error.kind(), ErrorKind::CredentialFileMalformed);
        assert!(error.to_string().contains(store.path(&key()).to_str().expect("path")));
        assert_eq!(fs::read(store.path(&key())).expect("still there"), text);
    }
}

/// Another clock, and the same run of the machine.
#[derive(Debug)]
struct Machine(ManualClock, &'static str);

impl Clock for Machine {
    fn now(&self) -> SystemTime {
        self.0.now()
    }
    fn uptime(&self) -> Duration {
        self.0.uptime()
    }
    fn boot_id(&self) -> Option<&str> {
        Some(self.1)
    }
}

#[test]
fn a_saved_token_ends_by_both_clocks_in_another_process_too() {
    let hour = Duration::from_secs(3600);
    let token = AccessToken::new("t", start() + hour).expect("token");
    let clock = Machine(ManualClock::new(start()), "boot-1");
    let grant = StoredGrant {
        access_token: Some(SavedToken::new(token, &clock)),
        ..StoredGrant::default()
    };
    let json = grant.to_json();
    let left = |clock: &dyn Clock| {
        let read = StoredGrant::from_json(json.expose().as_bytes()).expect("what we wrote");
        read.access_token.expect("token").left(clock)
    };
    assert_eq!(left(&clock), hour);
    clock.0.advance(hour * 2);
    clock.0.set(start() + hour / 2);
    assert_eq!(left(&clock), Duration::ZERO, "set back after two hours of the same run");
    let rebooted = Machine(ManualClock::new(start() + hour / 2), "boot-2");
    assert_eq!(left(&rebooted), hour / 2, "another run counts from another zero");
    let set_back = ManualClock::new(start() - hour);
    assert_eq!(left(&set_back), Duration::ZERO, "given in the future");
    let skewed = ManualClock::new(start() - Duration::from_secs(5));
    assert!(left(&skewed) > hour, "another machine's clock may differ by seconds");
}

#[test]
fn a_token_that_ends_later_than_any_token_does_is_not_used() {
    let day = Duration::from_secs(24 * 3600);
    for (life, left) in [(day, day), (day + Duration::from_secs(1), Duration::ZERO)] {
        let token = AccessToken::new("t", start() + life).expect("token");
        assert_eq!(SavedToken::undated(token).left(&ManualClock::new(start())), left);
    }
}

#[test]
#[cfg(target_os = "linux")]
fn this_machine_has_a_boot_id() {
    use crate::clock::SystemClock;
    assert!(SystemClock.boot_id().is_some_and(|id| id.len() == 36), "{:?}", SystemClock.boot_id());
}

#[test]
fn a_token_json_is_not_written_over_another_file() {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("package.json");
    for text in [r#"{"name":"my-web-app","dependencies":{}}"#, "notes", r#"{"installed":{}}"#] {
        write_private(&path, text.as_bytes()).expect("write");
        let file = crate::file::TokenFile::parse(
            br#"{"refresh_token":"r","client_id":"c","client_secret":"s"}"#,
            "`it`",
        );
        let error = TokenFileStore::new(&path).replace(&file.expect("a file"));
        assert!(error.is_err(), "{text}");
        assert_eq!(fs::read_to_string(&path).expect("read"), text);
    }
}

#[test]
fn a_side_record_holds_no_refresh_token_and_no_access_token_of_a_replaced_one() {
    let folder = tempfile::tempdir().expect("folder");
    let records = FileStore::new(folder.path());
    let store = AdcStore::new(folder.path().join("adc.json"), Arc::new(records.clone()));
    let json = br#"{"client_id":"c","client_secret":"s-marked","refresh_token":"r-marked",
        "token_uri":"https://sso.example/token","quota_project":"p","access_token":"ya29.x",
        "access_token_expires_at":1}"#;
    let whole = StoredGrant::from_json(json).expect("grant");
    let _ = SyncGrantStore::save(&store, &key(), &whole, &Version::NOTHING).expect("save");
    let record = records.path(&whole.id().expect("id").into());
    let text = fs::read_to_string(&record).expect("record");
    assert!(!text.contains("marked") && text.contains("https://sso.example/token"), "{text}");
    let Stored { grant, version, .. } =
        SyncGrantStore::load(&store, &key()).expect("load").expect("there");
    let rotated = StoredGrant { refresh_token: Some("new".into()), ..grant };
    let _ = SyncGrantStore::save(&store, &key(), &rotated, &version).expect("save");
    let text = fs::read_to_string(&record).expect("record");
    assert!(!text.contains("ya29") && text.contains("sso.example"), "{text}");
    let found = SyncGrantStore::load(&store, &key()).expect("load").expect("there");
    assert_eq!(found.grant.token_uri.as_deref(), Some("https://sso.example/token"));
    assert_eq!(found.grant.quota_project.as_deref(), Some("p"));
}

#[test]
fn a_new_file_does_not_replace_another() {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("file");
    write_new_private(&path, b"first").expect("write");
    assert!(write_new_private(&path, b"second").is_err());
    assert_eq!(fs::read(&path).expect("read"), b"first");
}

/// Another program makes the file again and again, and removes it; while it is there, it is that program's.
#[test]
#[expect(clippy::disallowed_methods, reason = "another program's writes and removals")]
fn a_file_that_appears_meanwhile_is_not_replaced_by_a_new_one() {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("file");
    let done = AtomicBool::new(false);
    let written = std::thread::scope(|scope| {
        let other = scope.spawn(|| {
            let mut rounds = 0_u64;
            while !done.load(Ordering::Relaxed) {
                let mut new = fs::OpenOptions::new();
                let Ok(mut file) = new.write(true).create_new(true).open(&path) else {
                    let _ = fs::remove_file(&path);
                    continue;
                };
                // Written after it has appeared, as any program does.
                std::io::Write::write_all(&mut file, b"theirs").expect("write");
                rounds += 1;
                for _ in 0..4 {
                    let there = fs::read(&path).expect("read");
                    assert_eq!(String::from_utf8_lossy(&there), "theirs", "{rounds}");
                }
                fs::remove_file(&path).expect("remove");
            }
        });
        let write = || write_new_private(&path, b"ours").is_ok();
        let written = (0..1_000).filter(|_| !other.is_finished() && write()).count();
        done.store(true, Ordering::Relaxed);
        other.join().expect("the other program's file was replaced");
        written
    });
    assert!(written > 0, "the name was free now and then");
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
    let path = folder.path().join("file");
    write_private(&path, b"x").expect("write");
    // The rename over a file that is there is refused after everything is written.
    let error = write_new_private(&path, b"y").expect_err("refused");
    assert_eq!(*error.kind(), ErrorKind::StoreWrite);
    assert_eq!(names(folder.path()), ["file"]);
}

#[test]
fn what_a_killed_writer_has_left_is_removed_by_the_next_one_and_nothing_else_is() {
    let folder = tempfile::tempdir().expect("folder");
    let left = ".file.hallpass-aB3xY9";
    let others = [
        ".hallpass-notes.md",
        ".hallpass-env",
        ".hallpass-aB3xY9",
        ".other.hallpass-aB3xY9",
        ".file.hallpass-notes.md",
        ".file.hallpass-aB3xY",
    ];
    for name in others.iter().chain([&left]) {
        let path = folder.path().join(name);
        write_private(&path, b"1//secret").expect("write");
        two_minutes_old(&path);
    }
    let young = folder.path().join(".file.hallpass-aaaaaa");
    write_private(&young, b"another writer's").expect("write");
    write_private(folder.path().join("file"), b"x").expect("write");
    let mut names = names(folder.path());
    names.sort();
    let mut expected = [&others[..], &[".file.hallpass-aaaaaa", "file"]].concat();
    expected.sort_unstable();
    assert_eq!(names, expected);
}

fn two_minutes_old(path: &Path) {
    let file = fs::File::options().write(true).open(path).expect("open");
    let modified = file.metadata().expect("metadata").modified().expect("time");
    file.set_modified(modified - Duration::from_secs(120)).expect("set");
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("folder");
    entries.map(|entry| entry.expect("entry").file_name().into_string().expect("UTF-8")).collect()
}

#[cfg(windows)]
mod windows {
    use super::*;
    use windows_permissions::constants::{SeObjectType::SE_FILE_OBJECT, SecurityInformation};
    use windows_permissions::wrappers::{GetNamedSecurityInfo, SetNamedSecurityInfo};
    use windows_permissions::{LocalBox, SecurityDescriptor};

    /// Opens a file or folder to everybody.
    fn open_to_all(path: &Path) {
        let list: LocalBox<SecurityDescriptor> = "D:P(A;OICI;FA;;;WD)".parse().expect("list");
        let what = SecurityInformation::Dacl | SecurityInformation::ProtectedDacl;
        SetNamedSecurityInfo(path, SE_FILE_OBJECT, what, None, None, list.dacl(), None)
            .expect("set");
        assert!(is_open(path), "{}", path.display());
    }

    /// Says whether everybody is in the access list.
    fn is_open(path: &Path) -> bool {
        let list = GetNamedSecurityInfo(path, SE_FILE_OBJECT, SecurityInformation::Dacl);
        let list = list.expect("list").as_sddl().expect("text");
        list.to_string_lossy().contains(";;;WD)")
    }

    #[test]
    fn files_and_folders_are_the_users_alone_wherever_they_are() {
        let folder = tempfile::tempdir().expect("folder");
        open_to_all(folder.path());
        let (plain, below) = (folder.path().join("file"), folder.path().join("a/b/file"));
        for path in [&plain, &below] {
            write_private(path, b"x").expect("write");
            assert!(!is_open(path), "{}", path.display());
            open_to_all(path);
            write_private(path, b"y").expect("write again");
            assert!(!is_open(path), "a file that others could read is private again");
        }
        assert!(!is_open(&folder.path().join("a")) && !is_open(&folder.path().join("a/b")));
        assert!(is_open(folder.path()), "a folder that was there stays as it is");
        assert_eq!(names(&folder.path().join("a/b")), ["file"], "no temporary file is left");
    }
}

#[cfg(unix)]
mod unix {
    use super::*;
    use std::os::unix::fs::{PermissionsExt, symlink};

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
            read_private(&link, ErrorKind::CredentialFileUnreadable)
                .expect("read")
                .expect("there")
                .as_slice(),
            b"old"
        );
    }

    #[test]
    fn a_second_name_of_the_file_is_not_written_through() {
        let folder = tempfile::tempdir().expect("folder");
        let (file, other) = (folder.path().join("file"), folder.path().join("other"));
        write_private(&other, b"another user's").expect("write");
        fs::hard_link(&other, &file).expect("link");
        write_private(&file, b"secret").expect("write");
        assert_eq!(fs::read(&other).expect("read"), b"another user's");
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

    #[test]
    fn a_file_that_no_writer_of_ours_made_is_not_swept() {
        let folder = tempfile::tempdir().expect("folder");
        let [readable, linked] =
            [".file.hallpass-aaaaaa", ".file.hallpass-bbbbbb"].map(|name| folder.path().join(name));
        for path in [&readable, &linked] {
            write_private(path, b"x").expect("write");
            two_minutes_old(path);
        }
        fs::set_permissions(&readable, fs::Permissions::from_mode(0o644)).expect("mode");
        fs::hard_link(&linked, folder.path().join("second name")).expect("link");
        write_private(folder.path().join("file"), b"x").expect("write");
        assert!(readable.exists() && linked.exists());
    }

    #[test]
    fn another_user_cannot_hold_the_lock_of_a_token_json() {
        let folder = tempfile::tempdir().expect("folder");
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).expect("mode");
        let store = TokenFileStore::new(folder.path().join("token.json"));
        // What another user can do: lock what he can open.
        let held = fs::File::open(folder.path()).expect("folder");
        held.lock().expect("lock");
        let lease = SyncGrantStore::lock(&store, &key(), Duration::ZERO).expect("lock");
        assert!(lease.is_some());
        assert_eq!(mode(&folder.path().join(".token.json.refresh.lock")), 0o600);
    }

    #[test]
    fn a_lock_is_never_taken_through_a_link() {
        let folder = tempfile::tempdir().expect("folder");
        let target = folder.path().join("target");
        symlink(&target, folder.path().join(".token.json.refresh.lock")).expect("link");
        let store = TokenFileStore::new(folder.path().join("token.json"));
        assert!(SyncGrantStore::lock(&store, &key(), Duration::ZERO).is_err());
        assert!(!target.exists());
    }

    /// Another program puts a link to another file in our place again and again; we write all the while.
    #[test]
    #[expect(clippy::disallowed_methods, reason = "another program's writes and removals")]
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
