//! Blocking calls from threads: a whole sign-in, its end from another thread, and where they may be made.

use hallpass::blocking::{self, Credential, PendingSignIn};
use hallpass::http::HttpClient;
use hallpass::oauth::{AccessToken, SignIn};
use hallpass::source::StaticSource;
use hallpass::{ErrorKind, OAuthClient, Scopes};
use hallpass_emulator::Emulator;
use std::thread;
use std::time::SystemTime;

fn google() -> (Emulator, SignIn) {
    let google = Emulator::builder().approve("ada@example.com").start().expect("emulator");
    let client = OAuthClient::parse(google.client_secret_json().as_bytes()).expect("client");
    (google, SignIn::new(client, Scopes::quickstart(), HttpClient::default()))
}

/// A browser on a thread of its own; returns the address at which it ended.
fn browse(url: &str) {
    let url = url.to_owned();
    thread::spawn(move || hallpass_testbed::browser::open_and_wait(url));
}

fn fixed() -> Credential {
    let token = AccessToken::new("token", SystemTime::UNIX_EPOCH).expect("token");
    Credential::new(hallpass::Credential::new(StaticSource::new(token)))
}

#[test]
fn a_sign_in_waits_for_the_browser_and_can_be_revoked() {
    let (google, sign_in) = google();
    let pending = PendingSignIn::start(sign_in).expect("port");
    browse(pending.url());
    let grant = pending.finish().expect("grant");
    assert!(grant.scopes.covers(&Scopes::quickstart()), "{:?}", grant.scopes);
    let uri = format!("{}/revoke", google.url());
    blocking::revoke(&HttpClient::default(), &uri, &grant.refresh_token).expect("revoked");
    let requests = google.requests();
    let last = requests.last().expect("a request");
    assert_eq!((last.path.as_str(), last.status), ("/revoke", 200));
}

#[test]
fn a_sign_in_takes_what_is_pasted() {
    let (_google, sign_in) = google();
    let pending = PendingSignIn::start(sign_in).expect("port");
    let mut asked = 0;
    let (asking, answers) = std::sync::mpsc::channel();
    let url = pending.url().to_owned();
    let grant = pending.finish_or_pasted(move |wrong| {
        asked += 1;
        asking.send(wrong.map(|error| error.kind().clone())).expect("the test");
        if asked == 1 {
            return "two words".to_owned();
        }
        browse(&url);
        // A person who is still looking for the address.
        thread::park();
        unreachable!("nothing wakes it")
    });
    assert!(grant.is_ok(), "{grant:?}");
    let asked: Vec<_> = answers.try_iter().collect();
    assert_eq!(asked, [None, Some(ErrorKind::RemoteAddress)]);
}

#[test]
fn a_waiting_sign_in_ends_when_another_thread_cancels_it() {
    let (google, sign_in) = google();
    let pending = PendingSignIn::start(sign_in).expect("port");
    let button = pending.cancellation();
    let waiting = thread::spawn(move || pending.finish());
    button.cancel();
    let error = waiting.join().expect("a thread").expect_err("cancelled");
    assert_eq!(*error.kind(), ErrorKind::Cancelled);
    assert!(google.requests().is_empty(), "{:?}", google.requests());
}

#[tokio::test]
async fn a_blocking_call_is_an_error_in_a_task_and_waits_in_spawn_blocking() {
    let error = fixed().headers().expect_err("not here");
    assert_eq!(*error.kind(), ErrorKind::NoBlocking);
    assert_eq!(error.to_string(), "a blocking call was made inside asynchronous code");
    let error = tokio::spawn(async { fixed().token() }).await.expect("a task").expect_err("no");
    assert_eq!(*error.kind(), ErrorKind::NoBlocking);

    let call = || (fixed().headers(), fixed().refresh_now());
    let (headers, token) = tokio::task::spawn_blocking(call).await.expect("a thread");
    assert_eq!(headers.expect("headers")["authorization"], "Bearer token");
    assert_eq!(token.expect("token").expose(), "token");
}

#[test]
fn a_panic_of_the_programs_own_code_is_told_as_one() {
    #[derive(Debug)]
    struct Broken;
    impl hallpass::source::TokenSource for Broken {
        fn token(&self) -> hallpass::source::TokenFuture<'_> {
            Box::pin(async { panic!("a bug") })
        }
    }
    let credential = Credential::new(hallpass::Credential::new(Broken));
    let error = credential.headers().expect_err("a bug");
    assert_eq!((error.kind(), error.is_transient()), (&ErrorKind::Panicked, false));
}
