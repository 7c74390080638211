//! The same client against the emulator: paging and refusals as Google words them.

use futures_util::TryStreamExt;
use hallpass::{AccessToken, Credential, HttpClient, StaticSource};
use hallpass_emulator::Emulator;
use hallpass_gemini::{Client, Model};
use std::time::SystemTime;

#[tokio::test]
async fn a_token_that_the_emulator_never_gave_is_refused() {
    let emulator = Emulator::builder().start().expect("emulator");
    let token = AccessToken::new("ya29.unknown", SystemTime::UNIX_EPOCH).expect("token");
    let credential = Credential::new(StaticSource::new(token));
    let client =
        Client::builder(HttpClient::default(), credential).base_url(&emulator.url()).build();
    let result: Result<Vec<Model>, _> = client.models().list().try_collect().await;
    let error = result.expect_err("a refusal");
    assert_eq!(error.status(), Some(401));
    assert_eq!(error.google_status(), Some("UNAUTHENTICATED"));
    assert!(error.needs_sign_in());
    assert_eq!(emulator.requests().len(), 1, "a source with one token cannot give another");
}
