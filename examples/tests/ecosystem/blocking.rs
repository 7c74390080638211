//! Blocking calls, where they can be made and where not.

use crate::Numbered;
use hallpass::http::HttpClient;
use hallpass::oauth::SignIn;
use hallpass::{ErrorKind, OAuthClient, Scopes, blocking};
use hallpass_emulator::Emulator;
use hallpass_testbed::browser;

#[test]
fn sign_in_waits_for_the_browser() {
    let google = Emulator::builder().approve("ada@example.com").start().expect("emulator");
    let client = OAuthClient::parse(google.client_secret_json().as_bytes()).expect("client");
    let sign_in = SignIn::new(client, Scopes::quickstart(), HttpClient::default());
    let grant = blocking::sign_in(sign_in, |url| {
        let url = url.to_owned();
        std::thread::spawn(move || browser::open_and_wait(url));
    });
    let grant = grant.expect("grant");
    assert!(grant.scopes.covers(&Scopes::quickstart()), "{:?}", grant.scopes);
    assert!(grant.refresh_token.expose().starts_with("1//"));
}

#[test]
fn many_threads_wait_for_their_headers() {
    let credential = blocking::Credential::new(Numbered::credential());
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let headers = credential.headers().expect("headers");
                assert_eq!(headers["authorization"], "Bearer token-0");
            });
        }
    });
}

#[tokio::test]
async fn blocking_call_inside_asynchronous_code_is_an_error() {
    let credential = blocking::Credential::new(Numbered::credential());
    let error = credential.headers().expect_err("not here");
    assert_eq!(*error.kind(), ErrorKind::NoBlocking);
    assert_eq!(error.to_string(), "a blocking call was made inside asynchronous code");
}
