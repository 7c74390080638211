//! The cache: how many requests are made, and which token is handed out.

use hallpass::http::HttpClient;
use hallpass::oauth::{AccessToken, Secret};
use hallpass::source::{CachedSource, TokenSource};
use hallpass::source::{CachedSourceBuilder, Early};
use hallpass::store::{
    FileStore, GrantKey, GrantStore, Hold, Lease, MemoryStore, Renewed, Saved, SavedToken,
    StoreFuture, Stored, StoredGrant, TokenFileStore, Version, write_private,
};
use hallpass::time::{Clock, ManualClock};
use hallpass::{Credential, Error, ErrorKind, OAuthClient};
use hallpass_testbed::{Server, json};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, SystemTime};

fn start() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000)
}

fn good(number: usize) -> String {
    format!(r#"{{"access_token":"ya29.{number}","expires_in":3599,"token_type":"Bearer"}}"#)
}

/// A server that gives a new token to each request.
async fn generous() -> Server {
    Server::start(|number, _| json("200 OK", &good(number))).await
}

fn client(server: &Server) -> OAuthClient {
    OAuthClient::new("client", "secret").with_uris(String::new(), server.url("/token"))
}

fn key() -> GrantKey {
    GrantKey::from("ada@example.com")
}

fn builder(
    server: &Server,
    store: impl GrantStore + 'static,
    clock: &Arc<ManualClock>,
) -> CachedSourceBuilder {
    let grant = StoredGrant::new(&client(server), Secret::from("refresh"));
    let builder = CachedSource::builder(store, key()).grant(grant).client(client(server));
    builder.clock(Arc::clone(clock) as _)
}

fn source(
    server: &Server,
    store: impl GrantStore + 'static,
    clock: &Arc<ManualClock>,
) -> CachedSource {
    builder(server, store, clock).build()
}

fn alone(server: &Server) -> (CachedSource, Arc<ManualClock>) {
    let clock = Arc::new(ManualClock::new(start()));
    (source(server, MemoryStore::default(), &clock), clock)
}

fn poll_once<F: Future + Unpin>(future: &mut F) -> Poll<F::Output> {
    Pin::new(future).poll(&mut Context::from_waker(Waker::noop()))
}

async fn token(source: &CachedSource) -> String {
    source.token().await.expect("token").expose().to_owned()
}

#[tokio::test]
async fn a_token_is_used_until_five_minutes_before_its_end() {
    let server = generous().await;
    let clock = Arc::new(ManualClock::new(start()));
    let source = builder(&server, MemoryStore::default(), &clock).early(Early::Wait).build();
    assert!(source.ready().is_none());
    assert_eq!(token(&source).await, "ya29.0");
    clock.advance(Duration::from_secs(3599 - 301));
    assert_eq!(token(&source).await, "ya29.0");
    assert_eq!(source.ready().expect("token").expose(), "ya29.0");
    clock.advance(Duration::from_secs(1));
    assert!(source.ready().is_none());
    assert_eq!(token(&source).await, "ya29.1");
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn near_its_end_the_old_token_serves_while_one_refresh_runs_in_the_background() {
    let server = generous().await;
    let (source, clock) = alone(&server);
    assert_eq!(token(&source).await, "ya29.0");
    clock.advance(Duration::from_secs(3599 - 300));
    for _ in 0..10 {
        assert_eq!(token(&source).await, "ya29.0");
    }
    while source.ready().is_none() {
        tokio::task::yield_now().await;
    }
    assert_eq!(token(&source).await, "ya29.1");
    assert_eq!(server.requests().len(), 2);
    // Below 3:45 every caller waits.
    clock.advance(Duration::from_secs(3599 - 225));
    assert_eq!(token(&source).await, "ya29.2");
}

#[tokio::test]
async fn a_caller_that_goes_away_takes_nothing_from_the_others() {
    let server = generous().await;
    let (source, _) = alone(&server);
    for _ in 0..5 {
        // Polled once, so that the refresh is under way, then dropped.
        let mut caller = Box::pin(source.token());
        assert!(poll_once(&mut caller).is_pending());
    }
    assert_eq!(token(&source).await, "ya29.0");
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn a_refresh_whose_runtime_went_away_is_begun_anew() {
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build();
    let serving = tokio::runtime::Runtime::new().expect("runtime");
    let server = serving.block_on(generous());
    let (source, _) = alone(&server);
    runtime().expect("runtime").block_on(async {
        let mut caller = Box::pin(source.token());
        assert!(poll_once(&mut caller).is_pending());
    });
    let token = runtime().expect("runtime").block_on(source.token());
    assert!(token.expect("token").expose().starts_with("ya29."));
}

#[tokio::test]
async fn a_token_ends_by_the_clock_that_cannot_be_set_too() {
    let server = generous().await;
    let (source, clock) = alone(&server);
    assert_eq!(token(&source).await, "ya29.0");
    clock.advance(Duration::from_secs(4000));
    // The wall clock is set back to where the token seems good.
    clock.set(start() + Duration::from_secs(60));
    assert_eq!(token(&source).await, "ya29.1");
    // Set forward, it ends a token early, which costs one request and no failure.
    clock.set(start() + Duration::from_secs(9000));
    assert_eq!(token(&source).await, "ya29.2");
    assert_eq!(server.requests().len(), 3);
}

#[tokio::test]
async fn headers_are_made_once_for_each_token() {
    let server = generous().await;
    let (source, clock) = alone(&server);
    let credential = Credential::new(source).with_quota_project("demo-project");
    let first = credential.headers().await.expect("headers");
    assert_eq!(first["authorization"], "Bearer ya29.0");
    assert_eq!(first["x-goog-user-project"], "demo-project");
    assert!(Arc::ptr_eq(&first, &credential.clone().headers().await.expect("headers")));
    let other = credential.clone().with_quota_project("").headers().await.expect("headers");
    assert!(!other.contains_key("x-goog-user-project"), "{other:?}");
    clock.advance(Duration::from_secs(3600));
    let second = credential.headers().await.expect("headers");
    assert_eq!(second["authorization"], "Bearer ya29.1");
}

/// Every way to be cut off, in an order that a seed decides: callers come, go away, wait; the server fails
/// now and then; time passes.
#[tokio::test]
async fn whatever_happens_there_is_one_request_at_a_time_and_no_stale_token() {
    let fails = |number: usize| number % 5 == 3;
    let server = Server::start(move |number, _| match fails(number) {
        true => json("503 Service Unavailable", "{}"),
        false => json("200 OK", &good(number)),
    })
    .await;
    let (source, clock) = alone(&server);
    let source = Arc::new(source);
    let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = move |below: u64| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        seed % below
    };
    for _ in 0..400 {
        match random(6) {
            0 => clock.advance(Duration::from_secs(random(4000))),
            1 => {
                let mut caller = Box::pin(source.token());
                let _ = poll_once(&mut caller);
            }
            2 => {
                let last = source.ready();
                last.iter().for_each(|token| source.reject(token));
                let next = source.token().await.expect("token");
                assert!(last.is_none_or(|last| last.expose() != next.expose()), "rejected");
            }
            _ => {
                let before = server.requests().len();
                let callers = (0..=random(20)).map(|_| source.token());
                for token in futures_util::future::join_all(callers).await {
                    let token = token.expect("a token, through the passing fault");
                    assert!(token.is_fresh(clock.now(), Duration::ZERO), "stale");
                }
                let made = before..server.requests().len();
                let tried_again = made.clone().filter(|number| fails(*number)).count();
                assert!(made.len() <= 1 + tried_again, "one refresh for all: {made:?}");
            }
        }
    }
    assert!(server.requests().len() > 20);
}

#[tokio::test]
async fn a_thousand_callers_make_one_request() {
    let server = generous().await;
    let (source, _) = alone(&server);
    let source = Arc::new(source);
    let callers: Vec<_> = (0..1000)
        .map(|_| {
            let source = Arc::clone(&source);
            tokio::spawn(async move { token(&source).await })
        })
        .collect();
    for caller in callers {
        assert_eq!(caller.await.expect("task"), "ya29.0");
    }
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn many_sources_of_one_store_make_one_request() {
    let server = generous().await;
    let folder = tempfile::tempdir().expect("folder");
    let clock = Arc::new(ManualClock::new(start()));
    let processes: Vec<_> = (0..20)
        .map(|_| {
            let process = source(&server, FileStore::new(folder.path()), &clock);
            tokio::spawn(async move { token(&process).await })
        })
        .collect();
    for process in processes {
        assert_eq!(process.await.expect("task"), "ya29.0");
    }
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn programs_that_share_a_token_json_make_one_request() {
    let server = generous().await;
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("token.json");
    let start = r#""refresh_token": "refresh", "client_id": "client", "client_secret": "secret""#;
    write_private(&path, format!("{{{start}}}").as_bytes()).expect("write");
    let clock = Arc::new(ManualClock::new(self::start()));
    let programs: Vec<_> = (0..5)
        .map(|_| {
            let program = source(&server, TokenFileStore::new(&path), &clock);
            tokio::spawn(async move { token(&program).await })
        })
        .collect();
    for program in programs {
        assert_eq!(program.await.expect("task"), "ya29.0");
    }
    assert_eq!(server.requests().len(), 1);
    let text = std::fs::read_to_string(&path).expect("token.json");
    let end = r#""expiry": "2027-01-15T08:59:59Z""#;
    assert_eq!(text, format!(r#"{{"token": "ya29.0", {start}, {end}}}"#));
}

#[tokio::test]
async fn refresh_keeps_old_refresh_token_when_none_is_sent() {
    let server = generous().await;
    let (source, clock) = alone(&server);
    token(&source).await;
    clock.advance(Duration::from_secs(3600));
    token(&source).await;
    for request in server.requests() {
        assert!(request.ends_with("&refresh_token=refresh"), "{request}");
    }
}

/// A server that replaces the refresh token each time: `r0`, `r1`, …
async fn rotating() -> Server {
    Server::start(|number, _| {
        let body = format!(
            r#"{{"access_token":"ya29.{number}","expires_in":3599,"refresh_token":"r{number}"}}"#
        );
        json("200 OK", &body)
    })
    .await
}

async fn kept(store: &impl GrantStore) -> Option<StoredGrant> {
    store.load(&key()).await.expect("load").map(|stored| stored.grant)
}

async fn kept_refresh_token(store: &impl GrantStore) -> String {
    let grant = kept(store).await.expect("a grant");
    grant.refresh_token.expect("refresh token").expose().to_owned()
}

#[tokio::test]
async fn a_rotated_refresh_token_is_kept_and_goes_into_the_next_request() {
    let server = rotating().await;
    let (store, clock) = (MemoryStore::default(), Arc::new(ManualClock::new(start())));
    let source = source(&server, store.clone(), &clock);
    token(&source).await;
    clock.advance(Duration::from_secs(3600));
    token(&source).await;
    assert!(server.requests()[1].ends_with("&refresh_token=r0"));
    assert_eq!(kept_refresh_token(&store).await, "r1");
    // Another process begins with what it was given once, and goes on with what is kept.
    let other = self::source(&server, store.clone(), &clock);
    assert_eq!(token(&other).await, "ya29.1");
}

#[tokio::test]
async fn a_rotated_refresh_token_that_cannot_be_kept_is_an_error_and_is_not_forgotten() {
    let server = rotating().await;
    let clock = Arc::new(ManualClock::new(start()));
    let store = Odd::new(None, Lock::Free);
    let source = source(&server, Arc::clone(&store), &clock);
    assert!(source.token().await.is_err());
    clock.advance(Duration::from_secs(3600));
    assert!(source.token().await.is_err());
    assert!(server.requests()[1].ends_with("&refresh_token=r0"), "the server takes that one alone");
    store.writable.store(true, Ordering::Relaxed);
    clock.advance(Duration::from_secs(3600));
    token(&source).await;
    assert_eq!(kept_refresh_token(&store).await, "r2");
}

/// A store that another program writes to while the token server is asked.
async fn meanwhile(
    store: &impl GrantStore,
    change: impl Fn(StoredGrant) -> StoredGrant,
) -> Result<(), Error> {
    let there = store.load(&key()).await?.expect("a grant");
    match store.save(&key(), &change(there.grant), &there.version).await? {
        Saved::Written(_) => Ok(()),
        other => panic!("nothing else writes: {other:?}"),
    }
}

/// Runs a refresh whose reply waits until `change` is done in the store; returns the refresh token kept then.
async fn refreshed_while(change: fn(StoredGrant) -> StoredGrant) -> (String, StoredGrant) {
    let folder = tempfile::tempdir().expect("folder");
    let store = FileStore::new(folder.path());
    let beside = store.clone();
    let runtime = tokio::runtime::Handle::current();
    let server = Server::start(move |number, _| {
        let store = beside.clone();
        let changed = async move { meanwhile(&store, change).await };
        std::thread::scope(|scope| {
            scope.spawn(|| runtime.block_on(changed)).join().expect("no panic").expect("written");
        });
        let body = format!(
            r#"{{"access_token":"ya29.{number}","expires_in":3599,"refresh_token":"rotated"}}"#
        );
        json("200 OK", &body)
    })
    .await;
    let clock = Arc::new(ManualClock::new(start()));
    let first = StoredGrant::new(&client(&server), Secret::from("first"));
    let saved = store.save(&key(), &first, &Version::NOTHING).await.expect("save");
    assert!(matches!(saved, Saved::Written(_)));
    let source = source(&server, store.clone(), &clock);
    assert_eq!(token(&source).await, "ya29.0", "ours is handed out all the same");
    (kept_refresh_token(&store).await, kept(&store).await.expect("a grant"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_during_a_refresh_is_not_undone_by_a_rotated_token() {
    let new_sign_in = |grant: StoredGrant| {
        let mut grant = grant;
        grant.refresh_token = Some(Secret::from("new sign-in"));
        grant.account = Some("new@example.com".to_owned());
        grant
    };
    let (refresh_token, grant) = refreshed_while(new_sign_in).await;
    assert_eq!(refresh_token, "new sign-in");
    assert_eq!(grant.account.as_deref(), Some("new@example.com"));
    assert!(grant.access_token.is_none(), "the older sign-in's token is not put there either");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_change_during_a_refresh_costs_neither_side_its_own() {
    let quota_project = |grant: StoredGrant| {
        let mut grant = grant;
        grant.quota_project = Some("set-meanwhile".to_owned());
        grant
    };
    let (refresh_token, grant) = refreshed_while(quota_project).await;
    assert_eq!(refresh_token, "rotated");
    assert_eq!(grant.quota_project.as_deref(), Some("set-meanwhile"));
}

#[tokio::test]
async fn a_new_sign_in_of_another_process_is_picked_up() {
    let server = generous().await;
    let (store, clock) = (MemoryStore::default(), Arc::new(ManualClock::new(start())));
    let source = source(&server, store.clone(), &clock);
    token(&source).await;
    let new = |grant: StoredGrant| {
        let mut grant = grant;
        (grant.refresh_token, grant.access_token) = (Some(Secret::from("new")), None);
        grant
    };
    meanwhile(&store, new).await.expect("another process");
    clock.advance(Duration::from_secs(3600));
    token(&source).await;
    assert!(server.requests()[1].ends_with("&refresh_token=new"));
}

#[tokio::test]
async fn a_sign_in_that_was_removed_does_not_come_back() {
    let server = generous().await;
    let (store, clock) = (MemoryStore::default(), Arc::new(ManualClock::new(start())));
    let grant = StoredGrant::new(&client(&server), Secret::from("refresh"));
    let saved = store.save(&key(), &grant, &Version::NOTHING).await.expect("save");
    let Saved::Written(version) = saved else { panic!("an empty store") };
    let source = CachedSource::builder(store.clone(), key()).clock(Arc::clone(&clock) as _).build();
    token(&source).await;
    let there = store.load(&key()).await.expect("load").expect("there").version;
    assert_ne!(there, version);
    let _ = store.remove(&key(), &there).await.expect("remove");
    clock.advance(Duration::from_secs(3600));
    let error = source.token().await.expect_err("signed out");
    assert_eq!(*error.kind(), ErrorKind::NoCredential);
    assert!(kept(&store).await.is_none());
}

/// A server that fails twice.
async fn faltering() -> Server {
    Server::start(|number, _| match number {
        0..2 => json("503 Service Unavailable", ""),
        _ => json("200 OK", &good(number)),
    })
    .await
}

/// A store with a fault of its programmer's.
#[derive(Debug, Default)]
struct Panicking(AtomicUsize);

impl GrantStore for Panicking {
    fn load<'a>(&'a self, _: &'a GrantKey) -> StoreFuture<'a, Option<Stored>> {
        self.0.fetch_add(1, Ordering::Relaxed);
        panic!("a fault in a store of the program's own")
    }
    fn save<'a>(
        &'a self,
        _: &'a GrantKey,
        _: &'a StoredGrant,
        _: &'a Version,
    ) -> StoreFuture<'a, Saved> {
        unreachable!()
    }
    fn remove<'a>(&'a self, _: &'a GrantKey, _: &'a Version) -> StoreFuture<'a, Saved> {
        unreachable!()
    }
    fn lock<'a>(&'a self, _: &'a GrantKey, _: Duration) -> StoreFuture<'a, Option<Lease>> {
        unreachable!()
    }
}

#[tokio::test]
async fn a_panic_in_a_store_is_told_as_one_and_once() {
    let server = generous().await;
    let clock = Arc::new(ManualClock::new(start()));
    let store = Arc::new(Panicking::default());
    let source = source(&server, Arc::clone(&store), &clock);
    let error = source.token().await.expect_err("a panic");
    assert_eq!(*error.kind(), ErrorKind::Panicked);
    assert!(!error.is_transient() && !error.needs_sign_in());
    assert_eq!(store.0.load(Ordering::Relaxed), 1, "not tried again");
}

#[tokio::test(start_paused = true)]
async fn a_lease_is_renewed_while_the_server_is_slow_and_given_back() {
    let clock = Arc::new(ManualClock::new(start()));
    for (lost, renewals) in [(false, 4..20), (true, 1..2)] {
        let server = faltering().await;
        let told = Arc::new(Told { lost, ..Told::default() });
        let store = Leased(MemoryStore::default(), Arc::clone(&told));
        // Between the three attempts there are 300 ms at least.
        assert_eq!(token(&source(&server, store, &clock)).await, "ya29.2");
        let renewed = told.renewed.load(Ordering::Relaxed);
        assert!(renewals.contains(&renewed), "{renewed}");
        assert!(told.released.load(Ordering::Relaxed));
    }
}

#[tokio::test(start_paused = true)]
async fn a_passing_fault_is_tried_three_times() {
    let server = Server::start(|number, _| match number {
        0 => json("503 Service Unavailable", ""),
        1 => json("429 Too Many Requests", ""),
        _ => json("200 OK", &good(number)),
    })
    .await;
    let (source, _) = alone(&server);
    assert_eq!(token(&source).await, "ya29.2");
}

#[tokio::test(start_paused = true)]
async fn a_dead_endpoint_is_an_error_and_a_healed_one_is_used_at_once() {
    let server = Server::start(|number, _| match number {
        0..3 => json("500 Internal Server Error", ""),
        _ => json("200 OK", &good(number)),
    })
    .await;
    let (source, _) = alone(&server);
    let error = source.token().await.expect_err("three failures");
    assert_eq!(*error.kind(), ErrorKind::ServerStatus(500));
    assert_eq!(server.requests().len(), 3);
    assert_eq!(token(&source).await, "ya29.3");
}

#[tokio::test(start_paused = true)]
async fn the_old_token_serves_through_a_passing_fault() {
    let server = Server::start(|number, _| match number {
        0 => json("200 OK", &good(number)),
        _ => json("503 Service Unavailable", ""),
    })
    .await;
    let (source, clock) = alone(&server);
    token(&source).await;
    clock.advance(Duration::from_secs(3599 - 200));
    assert_eq!(token(&source).await, "ya29.0", "200 seconds are left");
    assert_eq!(token(&source).await, "ya29.0");
    assert_eq!(server.requests().len(), 1 + 3, "the server is left alone for a while");
    clock.advance(Duration::from_secs(201));
    assert!(source.token().await.is_err(), "a token that has ended is not handed out");
}

#[tokio::test]
async fn an_ended_grant_is_final_and_asked_for_once() {
    let server = Server::always("400 Bad Request", r#"{"error":"invalid_grant"}"#).await;
    let (source, _) = alone(&server);
    let error = source.token().await.expect_err("ended");
    assert!(error.needs_sign_in());
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn all_who_wait_for_a_failed_refresh_are_told_together() {
    for (status, body, requests) in
        [("503 Service Unavailable", "", 3), ("400 Bad Request", r#"{"error":"invalid_grant"}"#, 1)]
    {
        let server = Server::always(status, body).await;
        let source = Arc::new(alone(&server).0);
        let callers: Vec<_> = (0..50)
            .map(|_| {
                let source = Arc::clone(&source);
                tokio::spawn(async move { source.token().await.map(drop) })
            })
            .collect();
        for caller in callers {
            assert!(caller.await.expect("task").is_err());
        }
        assert_eq!(server.requests().len(), requests, "{status}");
    }
}

#[tokio::test]
async fn an_ended_grant_takes_its_saved_access_token_with_it() {
    let server = Server::always("400 Bad Request", r#"{"error":"invalid_grant"}"#).await;
    let (store, clock) = (MemoryStore::default(), Arc::new(ManualClock::new(start())));
    let saved = store.save(&key(), &record_with_seconds(3600), &Version::NOTHING).await;
    assert!(matches!(saved.expect("save"), Saved::Written(_)));
    let source = source(&server, store.clone(), &clock);
    let saved = source.token().await.expect("the saved token");
    source.reject(&saved);
    assert!(source.token().await.expect_err("ended").needs_sign_in());
    let record = kept(&store).await.expect("record");
    assert!(record.access_token.is_none(), "no other process hands it out");
    assert_eq!(record.account.as_deref(), Some("ada@example.com"));
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_lease_that_is_never_given_back_does_not_stop_the_others() {
    let server = generous().await;
    let clock = Arc::new(ManualClock::new(start()));
    let old = source(&server, Odd::new(Some(record_with_seconds(200)), Lock::Stuck), &clock);
    let soon = tokio::time::timeout(Duration::from_secs(5), token(&old));
    assert_eq!(soon.await.expect("a token that is still good is not waited for long"), "saved");
    assert_eq!(server.requests().len(), 0);
    let none = source(&server, Odd::new(None, Lock::Stuck), &clock);
    assert_eq!(token(&none).await, "ya29.0");
}

#[tokio::test]
async fn a_refused_token_is_not_handed_out_again() {
    let server = generous().await;
    let (source, _) = alone(&server);
    let refused = source.token().await.expect("token");
    source.reject(&refused);
    assert_eq!(token(&source).await, "ya29.1");
    source.reject(&refused);
    assert_eq!(token(&source).await, "ya29.1", "an old refusal does not cost the new token");
}

/// Files that cannot be locked, and a sibling that saves while our refresh is on its way.
#[derive(Debug)]
struct Crossed(FileStore);

impl GrantStore for Crossed {
    fn load<'a>(&'a self, key: &'a GrantKey) -> StoreFuture<'a, Option<Stored>> {
        self.0.load(key)
    }
    fn save<'a>(
        &'a self,
        key: &'a GrantKey,
        grant: &'a StoredGrant,
        expected: &'a Version,
    ) -> StoreFuture<'a, Saved> {
        Box::pin(async move {
            let siblings = self.0.save(key, &record_with_seconds(7200), expected).await?;
            assert!(matches!(siblings, Saved::Written(_)));
            let ended = self.0.save(key, grant, expected).await?;
            assert_eq!(ended, Saved::Changed);
            Ok(ended)
        })
    }
    fn remove<'a>(&'a self, key: &'a GrantKey, expected: &'a Version) -> StoreFuture<'a, Saved> {
        self.0.remove(key, expected)
    }
    fn lock<'a>(&'a self, _: &'a GrantKey, _: Duration) -> StoreFuture<'a, Option<Lease>> {
        Box::pin(async { Err(any_error()) })
    }
}

#[tokio::test]
async fn without_a_lease_a_siblings_newer_record_stays() {
    let server = generous().await;
    let clock = Arc::new(ManualClock::new(start()));
    for saved_before in [false, true] {
        let folder = tempfile::tempdir().expect("folder");
        let files = FileStore::new(folder.path());
        if saved_before {
            let saved = files.save(&key(), &record_with_seconds(60), &Version::NOTHING).await;
            assert!(matches!(saved.expect("save"), Saved::Written(_)));
        }
        let source = source(&server, Crossed(files.clone()), &clock);
        assert!(token(&source).await.starts_with("ya29."), "ours is handed out all the same");
        let kept = kept(&files).await.expect("record").access_token.expect("token");
        assert_eq!(kept.token().expose(), "saved");
    }
}

#[tokio::test]
async fn a_siblings_newer_token_is_adopted() {
    let server = generous().await;
    let folder = tempfile::tempdir().expect("folder");
    let clock = Arc::new(ManualClock::new(start()));
    let new = || source(&server, FileStore::new(folder.path()), &clock);
    let (one, other) = (new(), new());
    let first = one.token().await.expect("token");
    assert_eq!(token(&other).await, "ya29.0");
    one.reject(&first);
    assert_eq!(token(&one).await, "ya29.1");
    other.reject(&first);
    assert_eq!(token(&other).await, "ya29.1");
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn another_sign_in_never_gets_this_ones_token() {
    let server = generous().await;
    let store = MemoryStore::default();
    for refresh_token in ["one", "another"] {
        let source = CachedSource::new(
            client(&server),
            Secret::from(refresh_token),
            HttpClient::default(),
            store.clone(),
        );
        token(&source).await;
    }
    let forms: Vec<_> = server.requests();
    assert_eq!(forms.len(), 2, "the second one found nothing of the first");
    assert!(forms[1].ends_with("&refresh_token=another"));
}

#[tokio::test]
async fn a_home_that_cannot_be_written_does_not_cost_the_token() {
    let server = generous().await;
    let clock = Arc::new(ManualClock::new(start()));
    for (number, lock) in [Lock::Free, Lock::Fails].into_iter().enumerate() {
        let source = source(&server, Odd::new(Some(record_with_seconds(200)), lock), &clock);
        assert_eq!(token(&source).await, format!("ya29.{number}"));
    }
}

/// An error that is easy to have.
fn any_error() -> Error {
    AccessToken::new("", start()).expect_err("an empty token")
}

/// A side record: the sign-in itself is elsewhere.
fn record_with_seconds(left: u64) -> StoredGrant {
    let mut record = StoredGrant::default();
    record.account = Some("ada@example.com".to_owned());
    let end = start() + Duration::from_secs(left);
    let token = AccessToken::new("saved", end).expect("token");
    record.access_token = Some(SavedToken::undated(token));
    record
}

#[derive(Clone, Copy, Debug)]
enum Lock {
    Free,
    Stuck,
    Fails,
}

/// A store that can be read and not be written, with a lock of its own kind.
#[derive(Debug)]
struct Odd {
    grants: MemoryStore,
    record: Option<StoredGrant>,
    lock: Lock,
    writable: AtomicBool,
}

impl Odd {
    fn new(record: Option<StoredGrant>, lock: Lock) -> Arc<Self> {
        Arc::new(Self { grants: MemoryStore::default(), record, lock, writable: false.into() })
    }
}

impl GrantStore for Odd {
    fn load<'a>(&'a self, key: &'a GrantKey) -> StoreFuture<'a, Option<Stored>> {
        Box::pin(async move {
            let record = self.record.clone();
            let record = record.map(|record| Stored::new(record, Version::from_bytes(*b"1")));
            Ok(self.grants.load(key).await?.or(record))
        })
    }
    fn save<'a>(
        &'a self,
        key: &'a GrantKey,
        grant: &'a StoredGrant,
        expected: &'a Version,
    ) -> StoreFuture<'a, Saved> {
        Box::pin(async move {
            match self.writable.load(Ordering::Relaxed) {
                true => self.grants.save(key, grant, expected).await,
                false => Err(any_error()),
            }
        })
    }
    fn remove<'a>(&'a self, _: &'a GrantKey, _: &'a Version) -> StoreFuture<'a, Saved> {
        unreachable!()
    }
    fn lock<'a>(&'a self, _: &'a GrantKey, wait: Duration) -> StoreFuture<'a, Option<Lease>> {
        Box::pin(async move {
            match self.lock {
                Lock::Free => Ok(Some(Lease::until_dropped(()))),
                Lock::Stuck => {
                    tokio::time::sleep(wait).await;
                    Ok(None)
                }
                Lock::Fails => Err(any_error()),
            }
        })
    }
}

/// What a lease was told.
#[derive(Debug, Default)]
struct Told {
    lost: bool,
    renewed: AtomicUsize,
    released: AtomicBool,
}

/// A store whose leases end by themselves.
#[derive(Debug)]
struct Leased(MemoryStore, Arc<Told>);

struct Held(Arc<Told>);

impl Hold for Held {
    fn renew_every(&self) -> Duration {
        Duration::from_millis(50)
    }
    fn renew(&self) -> StoreFuture<'_, Renewed> {
        self.0.renewed.fetch_add(1, Ordering::Relaxed);
        Box::pin(async { Ok(if self.0.lost { Renewed::Lost } else { Renewed::Held }) })
    }
    fn release(self: Box<Self>) -> StoreFuture<'static, ()> {
        self.0.released.store(true, Ordering::Relaxed);
        Box::pin(async { Ok(()) })
    }
}

impl GrantStore for Leased {
    fn load<'a>(&'a self, key: &'a GrantKey) -> StoreFuture<'a, Option<Stored>> {
        GrantStore::load(&self.0, key)
    }
    fn save<'a>(
        &'a self,
        key: &'a GrantKey,
        grant: &'a StoredGrant,
        expected: &'a Version,
    ) -> StoreFuture<'a, Saved> {
        GrantStore::save(&self.0, key, grant, expected)
    }
    fn remove<'a>(&'a self, key: &'a GrantKey, expected: &'a Version) -> StoreFuture<'a, Saved> {
        GrantStore::remove(&self.0, key, expected)
    }
    fn lock<'a>(&'a self, _: &'a GrantKey, _: Duration) -> StoreFuture<'a, Option<Lease>> {
        Box::pin(async { Ok(Some(Lease::new(Held(Arc::clone(&self.1))))) })
    }
}
