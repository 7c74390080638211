//! A real Secret Service: gnome-keyring on a D-Bus of its own, unlocked, locked, and none at all.
#![cfg(target_os = "linux")]
#![expect(clippy::disallowed_methods, reason = "a test starts itself once more")]

use hallpass::file::AuthorizedUser;
use hallpass::http::HttpClient;
use hallpass::oauth::AccessToken;
use hallpass::source::{CachedSource, TokenSource};
use hallpass::store::{
    GrantKey, Saved, SavedToken, StoredGrant, SyncGrantStore, SyncStore, Version,
};
use hallpass::{ErrorKind, OAuthClient};
use hallpass_keyring::KeyringStore;
use std::os::unix::net::UnixListener;
use std::process::Command;
use std::time::{Duration, SystemTime};

#[test]
fn a_keyring_that_never_answers_is_given_up() {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("bus");
    let _silent = UnixListener::bind(&path).expect("a bus that accepts and says nothing");
    let script = format!(
        r#"exec env DBUS_SESSION_BUS_ADDRESS=unix:path={} "$@""#,
        path.to_str().expect("UTF-8")
    );
    within(&script, "a_keyring_that_never_answers_is_given_up", || {
        refused("does not answer within 3 seconds");
    });
}

/// What a session starts with; each has a home folder and a bus of its own.
const UNLOCKED: &str = r#"
printf password | gnome-keyring-daemon --unlock --components=secrets > /dev/null || exit 97
exec "$@""#;

/// Unlocked once, so that there is a keyring; then started anew without the password.
const LOCKED: &str = r#"
printf password | gnome-keyring-daemon --unlock --components=secrets > /dev/null || exit 97
gnome-keyring-daemon --replace --components=secrets > /dev/null || exit 98
exec "$@""#;

const ABSENT: &str = r#"exec env DBUS_SESSION_BUS_ADDRESS=unix:path=/nowhere "$@""#;

/// Runs the named test, which is the caller, once more within such a session.
fn within(script: &str, name: &str, body: impl FnOnce()) {
    if std::env::var_os(INSIDE).is_some() {
        return body();
    }
    let home = tempfile::tempdir().expect("folder");
    let mut session = Command::new("dbus-run-session");
    session.args(["--", "sh", "-c", script, "sh"]);
    session.arg(std::env::current_exe().expect("this program")).args(["--exact", name]);
    session.env(INSIDE, "1").env("HOME", home.path()).env("XDG_RUNTIME_DIR", home.path());
    session.env_remove("XDG_DATA_HOME").env_remove("GNOME_KEYRING_CONTROL");
    let output = session.output().expect("dbus-run-session: `apt-get install dbus gnome-keyring`");
    let words = String::from_utf8_lossy(&output.stdout);
    let passed = output.status.success() && words.contains("1 passed");
    assert!(passed, "{words}\n{}", String::from_utf8_lossy(&output.stderr));
}

const INSIDE: &str = "HALLPASS_TEST_INSIDE_A_SESSION";

#[test]
fn unlocked_keyring_keeps_what_it_is_given() {
    within(UNLOCKED, "unlocked_keyring_keeps_what_it_is_given", unlocked);
}

#[test]
fn locked_keyring_is_found_out_before_a_browser_opens() {
    within(LOCKED, "locked_keyring_is_found_out_before_a_browser_opens", || {
        refused("is locked, or there is none");
    });
}

#[test]
fn machine_without_a_keyring_is_told_so() {
    within(ABSENT, "machine_without_a_keyring_is_told_so", || refused("cannot be used"));
}

fn refused(said: &str) {
    let error = KeyringStore::open("hallpass test").expect_err("no keyring");
    assert_eq!(*error.kind(), ErrorKind::Keyring);
    assert!(error.to_string().contains(said), "{error}");
}

fn unlocked() {
    let store = KeyringStore::open("hallpass test").expect("keyring");
    let json =
        r#"{"type":"authorized_user","client_id":"c","client_secret":"s","refresh_token":"r"}"#;
    let user = AuthorizedUser::parse(json.as_bytes(), "test").expect("sign-in");
    assert!(store.sign_in("ada").expect("read").is_none());
    store.save_sign_in("ada", &user).expect("save");
    let found = KeyringStore::open("hallpass test").expect("again").sign_in("ada");
    assert_eq!(found.expect("read").expect("there").refresh_token().expose(), "r");
    let stranger = KeyringStore::open("another program").expect("keyring");
    assert!(stranger.sign_in("ada").expect("read").is_none());

    let key = GrantKey::from(user.grant_id());
    let end = SystemTime::now() + Duration::from_secs(3000);
    let mut record = StoredGrant::default();
    let token = |text: &str| SavedToken::undated(AccessToken::new(text, end).expect("token"));
    record.access_token = Some(token("ya29.older"));
    let first = saved(store.save(&key, &record, &Version::NOTHING));
    record.access_token = Some(token("ya29.kept"));
    saved(store.save(&key, &record, &first));
    assert_eq!(store.save(&key, &record, &first).expect("an older one"), Saved::Changed);
    let version = store.load(&key).expect("load").expect("record").version;
    handed_out(store.clone(), &user);

    assert_eq!(store.remove(&key, &first).expect("an older one"), Saved::Changed);
    saved(store.remove(&key, &version));
    store.remove_sign_in("ada").expect("remove");
    store.remove_sign_in("ada").expect("nothing to remove is no error");
    assert!(store.sign_in("ada").expect("read").is_none());
    assert!(store.load(&key).expect("read").is_none());
}

#[track_caller]
fn saved(ended: Result<Saved, hallpass::Error>) -> Version {
    match ended.expect("the keyring") {
        Saved::Written(version) => version,
        other => panic!("nothing else writes: {other:?}"),
    }
}

/// A program that has asked the keyring for everything needs no server.
fn handed_out(store: KeyringStore, user: &AuthorizedUser) {
    let client = OAuthClient::new("c", "s").with_uris(String::new(), "http://127.0.0.1:9/");
    let token = user.refresh_token().clone();
    let source = CachedSource::new(client, token, HttpClient::default(), SyncStore::new(store));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let token = runtime.expect("runtime").block_on(source.token()).expect("token");
    assert_eq!(token.expose(), "ya29.kept");
}
