//! Whole sign-ins at the emulator, each with its own end.

use hallpass::http::HttpClient;
use hallpass::oauth::{Grant, SignIn};
use hallpass::{Error, ErrorKind, OAuthClient, Scopes};
use hallpass_emulator::{Emulator, Fault, FaultKind};
use hallpass_testbed::browser;
use serde_json::Value;

fn emulator() -> Emulator {
    Emulator::builder().approve("ada@example.com").start().expect("emulator")
}

fn client(emulator: &Emulator) -> OAuthClient {
    OAuthClient::parse(emulator.client_secret_json().as_bytes()).expect("client")
}

/// Signs in and returns the result and the page that the browser ends on.
async fn sign_in(emulator: &Emulator, scopes: &str) -> (Result<Grant, Error>, String) {
    let scopes = Scopes::parse(scopes).expect("scopes");
    let sign_in = SignIn::new(client(emulator), scopes, HttpClient::default());
    let pending = sign_in.start().await.expect("a port");
    let browser = tokio::spawn(browser::open(pending.url()));
    let grant = pending.finish().await;
    (grant, browser.await.expect("browser"))
}

#[tokio::test]
async fn consent_becomes_a_grant_and_the_browser_is_told() {
    let emulator = emulator();
    let (grant, page) = sign_in(&emulator, "retriever,openid,email").await;
    let grant = grant.expect("grant");
    assert!(grant.refresh_token.expose().starts_with("1//0"));
    assert!(grant.access_token.expose().starts_with("ya29."));
    assert_eq!(grant.account.as_deref(), Some("ada@example.com"));
    assert!(grant.scopes.covers(&Scopes::parse("retriever openid email").expect("scopes")));
    assert!(grant.refresh_token_expires_at.is_some(), "the consent screen is in Testing");
    assert!(page.contains("<h1>Signed in</h1>"), "{page}");
}

#[tokio::test]
async fn denied_consent_is_named_and_the_browser_is_told() {
    let emulator = emulator();
    emulator.update_config(|config| config.approve.as_mut().expect("approval").decline = true);
    let (grant, page) = sign_in(&emulator, "retriever").await;
    assert_eq!(*grant.expect_err("denied").kind(), ErrorKind::AccessDenied);
    assert!(page.contains("<h1>Not signed in</h1>"), "{page}");
    assert!(!emulator.requests().iter().any(|request| request.path == "/token"));
}

#[tokio::test]
async fn an_unticked_box_is_a_shortfall_by_name() {
    let emulator = emulator();
    let cloud = "https://www.googleapis.com/auth/cloud-platform";
    emulator.update_config(|config| {
        config.approve.as_mut().expect("approval").untick = vec![cloud.to_owned()];
    });
    let (grant, page) = sign_in(&emulator, "cloud-platform,retriever").await;
    let error = grant.expect_err("a shortfall");
    assert_eq!(*error.kind(), ErrorKind::ScopesNotGranted(vec![cloud.to_owned()]));
    assert!(page.contains("<h1>Not signed in</h1>"), "{page}");
}

#[tokio::test]
async fn a_failed_exchange_is_not_called_a_success_in_the_browser() {
    let emulator = emulator();
    for (fault, kind) in [
        (field("refresh_token"), ErrorKind::MissingRefreshToken),
        (field("access_token"), ErrorKind::NoAccessToken),
        (FaultKind::NotJson, ErrorKind::NotJson),
        (FaultKind::CutBody, ErrorKind::Connect),
        (FaultKind::HugeBody { bytes: 1024 * 1024 }, ErrorKind::TooLarge),
    ] {
        emulator.fault(Fault::once("/token", fault));
        let (grant, page) = sign_in(&emulator, "retriever").await;
        assert_eq!(*grant.expect_err("a failed exchange").kind(), kind);
        assert!(page.contains("<h1>Not signed in</h1>"), "{page}");
    }
}

#[tokio::test]
async fn odd_replies_that_specifications_allow_are_taken() {
    let emulator = emulator();
    for fault in [
        field("scope"),
        field("expires_in"),
        FaultKind::ReplaceField { field: "token_type".to_owned(), value: Value::from("bearer") },
        FaultKind::ReplaceField { field: "expires_in".to_owned(), value: Value::from("3599") },
    ] {
        emulator.fault(Fault::once("/token", fault));
        let (grant, _) = sign_in(&emulator, "retriever").await;
        assert_eq!(grant.expect("grant").scopes, Scopes::parse("retriever").expect("scopes"));
    }
}

#[tokio::test]
async fn each_sign_in_has_a_challenge_and_a_state_of_its_own() {
    let emulator = emulator();
    sign_in(&emulator, "retriever").await.0.expect("grant");
    sign_in(&emulator, "retriever").await.0.expect("grant");
    let requests = emulator.requests();
    let asked: Vec<_> = requests.iter().filter(|request| request.path.ends_with("/auth")).collect();
    assert_eq!(asked.len(), 2);
    for name in ["state", "code_challenge"] {
        assert_ne!(asked[0].query[name], asked[1].query[name], "{name}");
    }
    assert_eq!(asked[0].query["code_challenge_method"], "S256");
    assert_eq!(asked[0].query["access_type"], "offline");
}

fn field(name: &str) -> FaultKind {
    FaultKind::RemoveField { field: name.to_owned() }
}
