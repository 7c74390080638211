//! What stands in for Google and the user in these examples: the emulator, and a browser that agrees.

use hallpass::http::HttpClient;
use hallpass::oauth::SignIn;
use hallpass::source::CachedSource;
use hallpass::store::MemoryStore;
use hallpass::{Credential, OAuthClient, Scopes};
use hallpass_emulator::Emulator;
use hallpass_testbed::browser;
use std::error::Error;
use std::sync::Arc;

/// Returns an offline Google.
pub fn google() -> Result<Emulator, Box<dyn Error>> {
    Ok(Emulator::builder().approve("ada@example.com").start()?)
}

/// Signs in.
pub async fn sign_in(google: &Emulator) -> Result<Credential, Box<dyn Error>> {
    let client = OAuthClient::parse(google.client_secret_json().as_bytes())?;
    let http = HttpClient::default();
    let pending = SignIn::new(client, Scopes::quickstart(), http.clone()).start().await?;
    tokio::spawn(browser::open(pending.url()));
    let grant = pending.finish().await?;
    let store = Arc::new(MemoryStore::default());
    let source = CachedSource::new(grant.client, grant.refresh_token, http, store);
    Ok(Credential::new(source).with_quota_project("demo-project"))
}

/// The README of the repository shows the libraries at work; this compiles what it shows.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
