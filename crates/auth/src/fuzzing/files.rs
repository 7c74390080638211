//! Files that another program may have written: clients, sign-ins, credentials, what rests between two runs.

use super::{check_error, hides, now};
use crate::adc::Loader;
use crate::formats::authorized_user::AuthorizedUser;
use crate::formats::client_secret::OAuthClient;
use crate::formats::credential_file::CredentialFile;
use crate::formats::token_json::TokenFile;
use crate::http::{HttpClient, check_uri};
use crate::sign_in::SignIn;
use crate::sign_in::remote::RemoteSignIn;
use crate::store::MemoryStore;
use crate::store::{FileStore, GrantKey, SyncGrantStore, write_private};
use crate::token::AccessToken;
use serde_json::{Map, Value};
use std::sync::Arc;
use std::sync::OnceLock;
use std::time::{Duration, SystemTime};

/// `client_secret.json`: an accepted client has both addresses, each one that a secret may go to.
pub fn client_secret(data: &[u8]) {
    match OAuthClient::parse(data) {
        Ok(client) => {
            hides(&client, data);
            assert!(!client.client_id().is_empty() && !client.client_secret().expose().is_empty());
            for uri in [client.auth_uri(), client.token_uri()] {
                assert!(check_uri(uri).is_ok(), "{uri}");
            }
        }
        Err(error) => check_error(&error, data),
    }
}

/// A user's `application_default_credentials.json`: written and read again it is the same, in ASCII, and
/// no key that we do not know is lost or changed.
pub fn authorized_user(data: &[u8]) {
    let user = match AuthorizedUser::parse(data, "`file`") {
        Ok(user) => user,
        Err(error) => return check_error(&error, data),
    };
    hides(&user, data);
    let text = user.to_json();
    assert!(text.expose().is_ascii());
    let again = AuthorizedUser::parse(text.expose().as_bytes(), "`file`").expect("what we wrote");
    assert_eq!(again.to_json().expose(), text.expose());
    assert_eq!(again.grant_id(), user.grant_id());
    let known = ["account", "quota_project_id", "universe_domain"];
    let (before, after) = (object(data), object(text.expose().as_bytes()));
    for (key, value) in before.iter().filter(|(key, _)| !known.contains(&key.as_str())) {
        assert_eq!(after.get(key), Some(value), "{key}");
    }
}

/// `token.json`: written and read again it is the same, key by key; a token in it can be sent, and keeps
/// its end to the second.
pub fn token_file(data: &[u8]) {
    let file = match TokenFile::parse(data, "`file`") {
        Ok(file) => file,
        Err(error) => return check_error(&error, data),
    };
    hides(&file, data);
    let text = file.to_json();
    assert!(text.expose().is_ascii());
    assert_eq!(object(text.expose().as_bytes()), object(data));
    let again = TokenFile::parse(text.expose().as_bytes(), "`file`").expect("what we wrote");
    assert_eq!(again.to_json().expose(), text.expose());
    match file.client() {
        Ok(client) => assert!(check_uri(client.token_uri()).is_ok()),
        Err(error) => check_error(&error, data),
    }
    if let Some(scopes) = file.scopes() {
        assert!(scopes.covers(&scopes));
    }
    if let Some(token) = file.access_token() {
        assert_can_be_sent(&token);
        let kept = file.with_access_token(&token).access_token().expect("the token we put in");
        assert_eq!(kept.expose(), token.expose());
        assert_eq!(whole_seconds(kept.expires_at()), whole_seconds(token.expires_at()));
    }
}

/// A credential file of any type: it becomes a source or an error, and neither shows a secret; a program
/// that it names is not started unless the environment allows it.
pub fn credential_file(data: &[u8]) {
    static LOADER: OnceLock<Loader> = OnceLock::new();
    let store = || Arc::new(MemoryStore::default());
    let loader = LOADER.get_or_init(|| Loader::new(&|_| None, http().clone(), store()));
    let file = match CredentialFile::parse(data, "`file`") {
        Ok(file) => file,
        Err(error) => return check_error(&error, data),
    };
    match loader.source(&file, data, "file".as_ref()) {
        Ok((kind, source)) => {
            hides(&source, data);
            assert_eq!(file.optional("type"), Some(kind.word()));
            if starts_a_program(data) {
                let error = block_on(source.token()).expect_err("no variable allows it");
                check_error(&error, data);
            }
        }
        Err(error) => check_error(&error, data),
    }
}

/// Says whether all that this credential would do first is to start a program.
fn starts_a_program(data: &[u8]) -> bool {
    let source = object(data).remove("credential_source").unwrap_or_default();
    source.get("executable").is_some_and(Value::is_object) && source.get("environment_id").is_none()
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
    runtime.expect("a runtime").block_on(future)
}

/// A side record: what is read can be written, and is then read the same; a token in it can be sent.
pub fn grant_record(data: &[u8]) {
    static FOLDER: OnceLock<tempfile::TempDir> = OnceLock::new();
    let folder = FOLDER.get_or_init(|| tempfile::tempdir().expect("a folder"));
    let store = FileStore::new(folder.path());
    // Threads of one process share the folder, not the file.
    let name = format!("{:?}", std::thread::current().id());
    let key = GrantKey::from(name);
    write_private(store.path(&key), data).expect("a file");
    let stored = match SyncGrantStore::load(&store, &key) {
        Ok(stored) => stored.expect("it is there"),
        Err(error) => return check_error(&error, data),
    };
    hides(&stored.grant, data);
    if let Some(token) = &stored.grant.access_token {
        assert_can_be_sent(token.token());
    }
    let _ = SyncGrantStore::save(&store, &key, &stored.grant, &stored.version).expect("a file");
    let again = SyncGrantStore::load(&store, &key).expect("what we wrote").expect("it is there");
    assert_eq!(again.grant.to_json().expose(), stored.grant.to_json().expose());
}

/// What rests of a sign-in on two machines: written and read again it is the same; its addresses lead to
/// a server that a secret may go to, and carry none.
pub fn pending_sign_in(data: &[u8]) {
    let read = |text: &[u8]| {
        RemoteSignIn::from_json(text, |client, scopes| SignIn::new(client, scopes, http().clone()))
    };
    let pending = match read(data) {
        Ok(pending) => pending,
        Err(error) => return check_error(&error, data),
    };
    hides(&pending, data);
    let text = pending.to_json();
    let again = read(text.expose().as_bytes()).expect("what we wrote");
    assert_eq!(again.to_json().expose(), text.expose());
    for url in [pending.url(), pending.bootstrap_url()] {
        assert!(check_uri(&url).is_ok(), "{url}");
        hides(&url, data);
    }
}

fn http() -> &'static HttpClient {
    static HTTP: OnceLock<HttpClient> = OnceLock::new();
    HTTP.get_or_init(HttpClient::default)
}

/// RFC 6750, section 2.1, and a limit that every header fits.
pub(super) fn assert_can_be_sent(token: &AccessToken) {
    let text = token.expose();
    assert!(!text.is_empty() && text.len() <= 16 * 1024);
    assert!(text.bytes().all(|byte| (0x21..=0x7e).contains(&byte)), "{text:?}");
    let headers = crate::header::headers(token, None).expect("a header");
    assert!(!format!("{headers:?}{token:?}").contains(text) || text.len() < 12);
    let _ = token.is_fresh(now(), Duration::MAX);
}

/// Counts down, as dates do before 1970.
fn whole_seconds(time: SystemTime) -> i128 {
    let nanoseconds = match time.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(after) => after.as_nanos() as i128,
        Err(before) => -(before.duration().as_nanos() as i128),
    };
    nanoseconds.div_euclid(1_000_000_000)
}

/// The object as another reader sees it.
fn object(data: &[u8]) -> Map<String, Value> {
    let text = data.strip_prefix(b"\xef\xbb\xbf").unwrap_or(data);
    serde_json::from_slice(text).expect("it was read before")
}
