//! The cache: how many requests are made, and which token is handed out.

use hallpass::source::Early;
use hallpass::store::{
    FileStore, GrantRecord, MemoryStore, Saved, StoreLock, TokenFileStore, TokenStore,
    write_private,
};
use hallpass::{
    AccessToken, CachedSource, Clock, Credential, Error, ErrorKind, GrantId, HttpClient,
    ManualClock, OAuthClient, Secret, TokenSource,
};
use hallpass_testbed::{Server, json};
use std::pin::Pin;
use std::sync::{Arc, Mutex};
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

fn source(server: &Server, store: Arc<dyn TokenStore>, clock: &Arc<ManualClock>) -> CachedSource {
    let client =
        OAuthClient::new("client", "secret").with_uris(String::new(), server.url("/token"));
    let clock = Arc::clone(clock) as _;
    CachedSource::new(client, Secret::from("refresh"), HttpClient::default(), store)
        .with_clock(clock)
}

fn alone(server: &Server) -> (CachedSource, Arc<ManualClock>) {
    let clock = Arc::new(ManualClock::new(start()));
    (source(server, Arc::new(MemoryStore::default()), &clock), clock)
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
    let (source, clock) = alone(&server);
    let source = source.with_early(Early::Wait);
    assert!(source.cached().expect("cache").is_none());
    assert_eq!(token(&source).await, "ya29.0");
    clock.advance(Duration::from_secs(3599 - 301));
    assert_eq!(token(&source).await, "ya29.0");
    assert_eq!(source.cached().expect("cache").expect("token").expose(), "ya29.0");
    clock.advance(Duration::from_secs(1));
    assert!(source.cached().expect("cache").is_none());
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
    // Below 3:45 everybody waits.
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
async fn a_token_ends_by_the_clock_that_nobody_sets_too() {
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
    let credential = Credential::new(source).with_quota_project(Some("demo-project".to_owned()));
    let first = credential.headers().await.expect("headers");
    assert_eq!(first["authorization"], "Bearer ya29.0");
    assert_eq!(first["x-goog-user-project"], "demo-project");
    assert!(Arc::ptr_eq(&first, &credential.clone().headers().await.expect("headers")));
    let other = credential.clone().with_quota_project(None).headers().await.expect("headers");
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
async fn many_processes_make_one_request() {
    let server = generous().await;
    let folder = tempfile::tempdir().expect("folder");
    let clock = Arc::new(ManualClock::new(start()));
    let processes: Vec<_> = (0..20)
        .map(|_| {
            let process = source(&server, Arc::new(FileStore::new(folder.path())), &clock);
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
            let program = source(&server, Arc::new(TokenFileStore::new(&path)), &clock);
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

#[tokio::test]
async fn a_rotated_refresh_token_goes_to_its_owner_and_into_the_next_request() {
    let server = Server::start(|number, _| {
        let body = format!(
            r#"{{"access_token":"ya29.{number}","expires_in":3599,"refresh_token":"r{number}"}}"#
        );
        json("200 OK", &body)
    })
    .await;
    let kept = Arc::new(Mutex::new(Vec::new()));
    let (keeper, store) = (Arc::clone(&kept), Arc::new(MemoryStore::default()));
    let clock = Arc::new(ManualClock::new(start()));
    let source = source(&server, Arc::clone(&store) as _, &clock).with_rotation(move |new| {
        keeper.lock().expect("kept").push(new.expose().to_owned());
        Ok(())
    });
    token(&source).await;
    clock.advance(Duration::from_secs(3600));
    token(&source).await;
    assert_eq!(*kept.lock().expect("kept"), ["r0", "r1"]);
    assert!(server.requests()[1].ends_with("&refresh_token=r0"));
    let record = store.load(&GrantId::of("client", &Secret::from("r1"))).expect("load");
    assert_eq!(record.expect("record").access_token.expect("token").expose(), "ya29.1");
}

#[tokio::test]
async fn a_rotated_refresh_token_that_cannot_be_kept_is_an_error() {
    let body = r#"{"access_token":"a","expires_in":3599,"refresh_token":"rotated"}"#;
    let server = Server::always("200 OK", body).await;
    let (source, _) = alone(&server);
    let source = source.with_rotation(|_| Err(any_error()));
    assert!(source.token().await.is_err());
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
    assert!(source.token().await.is_err(), "a dead token serves nobody");
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
    let clock = Arc::new(ManualClock::new(start()));
    let store = Arc::new(MemoryStore::default());
    let id = GrantId::of("client", &Secret::from("refresh"));
    let saved = store.save(&id, &record_with_seconds(3600)).expect("save");
    assert_eq!(saved, Saved::Written);
    let source = source(&server, Arc::clone(&store) as _, &clock);
    let saved = source.token().await.expect("the saved token");
    source.reject(&saved);
    assert!(source.token().await.expect_err("ended").needs_sign_in());
    let record = store.load(&id).expect("load").expect("record");
    assert!(record.access_token.is_none(), "no other process hands it out");
    assert_eq!(record.account.as_deref(), Some("ada@example.com"));
}

#[tokio::test(start_paused = true)]
async fn a_lock_that_nobody_lets_go_of_does_not_stop_everybody() {
    let server = generous().await;
    let clock = Arc::new(ManualClock::new(start()));
    let stuck = |record| Arc::new(Odd { record, lock: || Ok(None) });
    let old = source(&server, stuck(Some(record_with_seconds(200))), &clock);
    let soon = tokio::time::timeout(Duration::from_secs(5), token(&old));
    assert_eq!(soon.await.expect("a token that is still good is not waited for long"), "saved");
    assert_eq!(server.requests().len(), 0);
    let none = source(&server, stuck(None), &clock);
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

impl TokenStore for Crossed {
    fn load(&self, id: &GrantId) -> Result<Option<GrantRecord>, Error> {
        self.0.load(id)
    }
    fn save(&self, id: &GrantId, record: &GrantRecord) -> Result<Saved, Error> {
        assert_eq!(self.0.save(id, &record_with_seconds(7200))?, Saved::Written);
        let ended = self.0.save(id, record)?;
        assert_eq!(ended, Saved::Changed);
        Ok(ended)
    }
    fn remove(&self, id: &GrantId) -> Result<(), Error> {
        self.0.remove(id)
    }
    fn try_lock(&self, _: &GrantId) -> Result<Option<StoreLock>, Error> {
        Err(any_error())
    }
}

#[tokio::test]
async fn without_a_lock_a_siblings_newer_record_stays() {
    let server = generous().await;
    let folder = tempfile::tempdir().expect("folder");
    let clock = Arc::new(ManualClock::new(start()));
    let id = GrantId::of("client", &Secret::from("refresh"));
    for saved_before in [false, true] {
        let files = FileStore::new(folder.path());
        let record = record_with_seconds(if saved_before { 60 } else { 0 });
        match saved_before {
            true => assert_eq!(files.save(&id, &record).expect("save"), Saved::Written),
            false => files.remove(&id).expect("remove"),
        }
        let source = source(&server, Arc::new(Crossed(files.clone())), &clock);
        assert!(token(&source).await.starts_with("ya29."), "ours is handed out all the same");
        let kept = files.load(&id).expect("load").expect("record").access_token.expect("token");
        assert_eq!(kept.expose(), "saved");
    }
}

#[tokio::test]
async fn a_siblings_newer_token_is_adopted() {
    let server = generous().await;
    let folder = tempfile::tempdir().expect("folder");
    let clock = Arc::new(ManualClock::new(start()));
    let new = || source(&server, Arc::new(FileStore::new(folder.path())), &clock);
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
    let store = Arc::new(MemoryStore::default());
    let clock = Arc::new(ManualClock::new(start()));
    token(&source(&server, Arc::clone(&store) as _, &clock)).await;
    let other = GrantId::of("client", &Secret::from("another"));
    assert!(store.load(&other).expect("load").is_none());
}

#[tokio::test]
async fn a_home_that_cannot_be_written_does_not_cost_the_token() {
    let server = generous().await;
    let clock = Arc::new(ManualClock::new(start()));
    let locks: [Lock; 2] = [|| Ok(Some(StoreLock::new(()))), || Err(any_error())];
    for (number, lock) in locks.into_iter().enumerate() {
        let record = Some(record_with_seconds(200));
        let source = source(&server, Arc::new(Odd { record, lock }), &clock);
        assert_eq!(token(&source).await, format!("ya29.{number}"));
    }
}

/// An error that is easy to have.
fn any_error() -> Error {
    AccessToken::new("", start()).expect_err("an empty token")
}

fn record_with_seconds(left: u64) -> GrantRecord {
    let mut record = GrantRecord::default();
    record.account = Some("ada@example.com".to_owned());
    let end = start() + Duration::from_secs(left);
    record.access_token = Some(AccessToken::new("saved", end).expect("token"));
    record
}

type Lock = fn() -> Result<Option<StoreLock>, Error>;

/// A store that can be read and not be written, with a lock of its own kind.
#[derive(Debug)]
struct Odd {
    record: Option<GrantRecord>,
    lock: Lock,
}

impl TokenStore for Odd {
    fn load(&self, _: &GrantId) -> Result<Option<GrantRecord>, Error> {
        Ok(self.record.clone())
    }
    fn save(&self, _: &GrantId, _: &GrantRecord) -> Result<Saved, Error> {
        Err(any_error())
    }
    fn remove(&self, _: &GrantId) -> Result<(), Error> {
        Ok(())
    }
    fn try_lock(&self, _: &GrantId) -> Result<Option<StoreLock>, Error> {
        (self.lock)()
    }
}
