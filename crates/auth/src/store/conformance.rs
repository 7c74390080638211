//! What every store has to keep to, as tests: for the stores of this crate and for those of others.
//!
//! In: a way to open a store. Out: nothing, or a panic that says which promise is broken. It needs a tokio runtime
//! and takes a second or two.
//! Not here: what a store does when its disk or server fails.

use super::{GrantKey, GrantStore, Renewed, Saved, Stored, StoredGrant, Version};
use crate::token::AccessToken;
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

/// How many programs write at once, and how often each.
const WRITERS: usize = 8;
const ROUNDS: usize = 25;

/// Long enough for any store to see that a lease is free again.
const SOON: Duration = Duration::from_secs(10);

/// Tests a store that keeps a grant under each key.
///
/// `open` opens the store of this name, as another process would: twice with one name is twice the same store, and a
/// name that was not used before is an empty one.
///
/// # Panics
///
/// The store breaks a promise of [`GrantStore`].
pub async fn run<S: GrantStore + 'static>(open: impl Fn(&str) -> S) {
    run_with_one_grant(&open).await;
    grants_are_kept_apart(&open("apart"), &open("apart")).await;
    everything_is_kept(&open("everything")).await;
}

/// Tests a store that holds one grant whatever the key, such as a credential file.
///
/// # Panics
///
/// The store breaks a promise of [`GrantStore`].
pub async fn run_with_one_grant<S: GrantStore + 'static>(open: impl Fn(&str) -> S) {
    nothing_is_there_at_first(&open("empty")).await;
    what_was_saved_is_loaded(&open("loaded"), &open("loaded")).await;
    a_save_replaces_one_version_alone(&open("versions"), &open("versions")).await;
    a_removal_is_of_one_version_alone(&open("removal"), &open("removal")).await;
    let writers = (0..WRITERS).map(|_| open("writers")).collect();
    of_many_writers_none_undoes_another(writers).await;
    a_lease_is_held_by_one(&open("lease"), &open("lease")).await;
    who_waits_gets_the_lease(&open("waiting"), open("waiting")).await;
}

fn key() -> GrantKey {
    GrantKey::from("Ada+1@example.com")
}

/// A grant whose refresh token ends with this word.
fn grant(word: &str) -> StoredGrant {
    let json = format!(
        r#"{{"version":1,"account":"ada@example.com","scopes":"openid https://www.googleapis.com/auth/cloud-platform",
        "client_id":"1-a.apps.googleusercontent.com","client_secret":"GOCSPX-secret",
        "token_uri":"https://oauth2.googleapis.com/token","refresh_token":"1//0g-{word}",
        "access_token":"ya29.{word}","access_token_expires_at":4000000000,"of_a_later_version":{{"a":[1,"ä"]}}}}"#
    );
    StoredGrant::from_json(json.as_bytes()).expect("a grant")
}

async fn load(store: &impl GrantStore) -> Stored {
    store.load(&key()).await.expect("load").expect("a grant is there")
}

/// Saves over whatever is there.
async fn put(store: &impl GrantStore, grant: &StoredGrant) -> Version {
    let there = store.load(&key()).await.expect("load");
    let there = there.map_or(Version::NOTHING, |stored| stored.version);
    match store.save(&key(), grant, &there).await.expect("save") {
        Saved::Written(version) => version,
        Saved::Changed => panic!("nothing else writes, and the save was refused"),
    }
}

#[track_caller]
fn assert_same(found: &StoredGrant, expected: &StoredGrant) {
    let token = |grant: &StoredGrant| {
        let token = grant.access_token.as_ref().expect("an access token").token().clone();
        (token.expose().to_owned(), token.expires_at())
    };
    assert_eq!(found.id(), expected.id(), "client and refresh token are kept");
    let secret =
        |grant: &StoredGrant| grant.client_secret.as_ref().map(|it| it.expose().to_owned());
    assert_eq!(secret(found), secret(expected), "the client secret is kept");
    assert_eq!(found.token_uri, expected.token_uri, "the token endpoint is kept");
    assert_eq!(found.scopes, expected.scopes, "the scopes are kept");
    assert_eq!(found.account, expected.account, "the account is kept");
    assert_eq!(token(found), token(expected), "the access token and its end are kept");
    assert_eq!(found.other, expected.other, "keys of a later version are kept");
}

async fn nothing_is_there_at_first(store: &impl GrantStore) {
    assert!(store.load(&key()).await.expect("load").is_none(), "an empty store holds nothing");
    let removed = store.remove(&key(), &Version::NOTHING).await.expect("remove");
    assert_eq!(removed, Saved::Written(Version::NOTHING), "removing nothing is no error");
}

async fn what_was_saved_is_loaded(store: &impl GrantStore, other: &impl GrantStore) {
    for word in ["one", "two"] {
        let version = put(store, &grant(word)).await;
        let found = load(other).await;
        assert_same(&found.grant, &grant(word));
        assert_eq!(found.version, version, "a save returns the version that a load finds");
    }
    let without = StoredGrant { access_token: None, ..grant("two") };
    put(store, &without).await;
    assert!(load(other).await.grant.access_token.is_none(), "an access token can be taken out");
    let debug = format!("{store:?}{:?}", load(store).await);
    assert!(!debug.contains("1//0g") && !debug.contains("GOCSPX"), "`Debug` shows a secret");
}

async fn a_save_replaces_one_version_alone(store: &impl GrantStore, other: &impl GrantStore) {
    let first = put(store, &grant("first")).await;
    let save = async |store: &dyn GrantStore, word: &str, expected: &Version| {
        store.save(&key(), &grant(word), expected).await.expect("save")
    };
    assert_eq!(save(other, "x", &Version::NOTHING).await, Saved::Changed, "there is a grant");
    // A process that held the lease and lost it comes back with what it had loaded.
    let Saved::Written(second) = save(other, "second", &first).await else {
        panic!("a save over the version that is there is done")
    };
    assert_eq!(save(store, "late", &first).await, Saved::Changed, "a newer version stays");
    assert_same(&load(store).await.grant, &grant("second"));
    let bytes = second.as_bytes().expect("the version of a grant").to_vec();
    let again = Version::from_bytes(bytes);
    assert!(matches!(save(store, "third", &again).await, Saved::Written(_)), "bytes are enough");
}

async fn a_removal_is_of_one_version_alone(store: &impl GrantStore, other: &impl GrantStore) {
    let first = put(store, &grant("first")).await;
    let second = put(other, &grant("second")).await;
    assert_eq!(store.remove(&key(), &first).await.expect("remove"), Saved::Changed);
    assert_same(&load(other).await.grant, &grant("second"));
    let removed = store.remove(&key(), &second).await.expect("remove");
    assert_eq!(removed, Saved::Written(Version::NOTHING), "the version that is there is removed");
    assert!(other.load(&key()).await.expect("load").is_none(), "it is gone");
    let late = other.save(&key(), &grant("late"), &second).await.expect("save");
    assert_eq!(late, Saved::Changed, "what was removed does not come back");
}

async fn of_many_writers_none_undoes_another<S: GrantStore + 'static>(stores: Vec<S>) {
    let stores: Vec<_> = stores.into_iter().map(Arc::new).collect();
    let reader = Arc::clone(&stores[0]);
    put(&reader, &counting(0)).await;
    let mut writers = JoinSet::new();
    for store in stores {
        writers.spawn(async move {
            let mut written = 0;
            for _ in 0..ROUNDS {
                let there = load(&store).await;
                let next = counting(count(&there.grant) + 1);
                let saved = store.save(&key(), &next, &there.version).await.expect("save");
                written += usize::from(matches!(saved, Saved::Written(_)));
            }
            written
        });
    }
    let written: usize = writers.join_all().await.into_iter().sum();
    assert!(written >= ROUNDS, "one of them gets through each time: {written}");
    assert_eq!(count(&load(&reader).await.grant), written, "each save that was written was kept");
}

/// A grant whose access token says how many writers there were before.
fn counting(number: usize) -> StoredGrant {
    let end = SystemTime::UNIX_EPOCH + Duration::from_secs(4_000_000_000);
    let token = AccessToken::new(format!("ya29.{number}"), end).expect("a token");
    let access_token = Some(super::SavedToken::undated(token));
    StoredGrant { access_token, ..grant("counting") }
}

fn count(grant: &StoredGrant) -> usize {
    let token = grant.access_token.as_ref().expect("a token").token().expose();
    token.trim_start_matches("ya29.").parse().expect("a number")
}

async fn a_lease_is_held_by_one(store: &impl GrantStore, other: &impl GrantStore) {
    put(store, &grant("lease")).await;
    for give_back in ["release", "drop"] {
        // A waiter that has given up may still let it go.
        let held = store.lock(&key(), SOON).await.expect("lock").expect("it is free");
        let second = other.lock(&key(), Duration::ZERO).await.expect("lock");
        assert!(second.is_none(), "a lease is held by one at a time");
        let second = timeout(SOON, other.lock(&key(), Duration::from_millis(100))).await;
        assert!(second.expect("the wait ends in time").expect("lock").is_none());
        assert_eq!(held.renew().await.expect("renew"), Renewed::Held, "it is not lost yet");
        // A save needs no lease: a command that the user types does not wait for a refresh.
        put(other, &grant("meanwhile")).await;
        match give_back {
            "release" => held.release().await.expect("release"),
            _ => drop(held),
        }
        let next = other.lock(&key(), SOON).await.expect("lock").expect("free after it");
        next.release().await.expect("release");
    }
}

async fn who_waits_gets_the_lease<S: GrantStore + 'static>(store: &S, other: S) {
    put(store, &grant("waiting")).await;
    // A waiter that has given up may still let it go.
    let held = store.lock(&key(), SOON).await.expect("lock").expect("it is free");
    let waiting = tokio::spawn(async move { other.lock(&key(), SOON).await });
    sleep(Duration::from_millis(50)).await;
    assert!(!waiting.is_finished(), "it waits while the lease is held");
    held.release().await.expect("release");
    let lease =
        waiting.await.expect("no panic").expect("lock").expect("the lease, once it is free");
    lease.release().await.expect("release");
}

async fn grants_are_kept_apart(store: &impl GrantStore, other: &impl GrantStore) {
    let names = ["a", "A", "ada@example.com", "ada/../b", ".", "", "ä", &"x".repeat(300)];
    for (number, name) in names.into_iter().enumerate() {
        let grant = grant(&number.to_string());
        let saved = store.save(&name.into(), &grant, &Version::NOTHING).await;
        assert!(matches!(saved.expect("save"), Saved::Written(_)), "`{name}` is a key of its own");
    }
    for (number, name) in names.into_iter().enumerate() {
        let found = other.load(&name.into()).await.expect("load").expect("it is there");
        assert_same(&found.grant, &grant(&number.to_string()));
    }
    let held = store.lock(&"a".into(), Duration::ZERO).await.expect("lock").expect("free");
    let another = other.lock(&"A".into(), Duration::ZERO).await.expect("lock");
    another.expect("another key has another lease").release().await.expect("release");
    held.release().await.expect("release");
}

async fn everything_is_kept(store: &impl GrantStore) {
    let json = r#"{"version":1,"account":"a","scopes":"b","client_id":"c","client_secret":"d","auth_uri":"https://e",
        "token_uri":"https://f","refresh_token":"g","quota_project":"h","issued_at":1,"refresh_token_expires_at":2,
        "access_token":"i","access_token_expires_at":3,"access_token_issued_at":4,"boot_id":"j","uptime":5,"k":"l"}"#;
    let whole = StoredGrant::from_json(json.as_bytes()).expect("a grant");
    put(store, &whole).await;
    let found = load(store).await.grant;
    assert_eq!(found.to_json().expose(), whole.to_json().expose(), "every field is kept");
    put(store, &StoredGrant::default()).await;
    let found = load(store).await.grant;
    assert_eq!(found.to_json().expose(), StoredGrant::default().to_json().expose());
}
