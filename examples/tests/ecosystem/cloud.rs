//! What Google's own clients rely on: tags, and which failures may pass.

use crate::Numbered;
use google_cloud_auth::credentials::{CacheableResource, Credentials, EntityTag};
use google_cloud_auth::errors::CredentialsError;
use hallpass::http::HttpClient;
use hallpass::oauth::AccessToken;
use hallpass::source::{CachedSource, StaticSource};
use hallpass::store::MemoryStore;
use hallpass::{Credential, OAuthClient};
use hallpass_adapters::google_cloud_auth::CloudCredential;
use hallpass_testbed::Server;
use http::{Extensions, HeaderMap};
use std::sync::Arc;
use std::time::SystemTime;

async fn ask(
    credentials: &Credentials,
    tag: Option<EntityTag>,
) -> Result<CacheableResource<HeaderMap>, CredentialsError> {
    let mut extensions = Extensions::new();
    tag.map(|tag| extensions.insert(tag));
    credentials.headers(extensions).await
}

fn new(answer: CacheableResource<HeaderMap>) -> (EntityTag, HeaderMap) {
    match answer {
        CacheableResource::New { entity_tag, data } => (entity_tag, data),
        CacheableResource::NotModified => panic!("not modified"),
    }
}

#[tokio::test]
async fn only_the_tag_of_the_token_in_hand_says_not_modified() {
    let token = AccessToken::new("a", SystemTime::UNIX_EPOCH).expect("token");
    let credential = Credential::new(StaticSource::new(token));
    let credentials = Credentials::from(CloudCredential::new(credential));
    let (tag, data) = new(ask(&credentials, None).await.expect("headers"));
    assert_eq!(data["authorization"], "Bearer a");
    let (same, _) = new(ask(&credentials, None).await.expect("headers"));
    assert_eq!(
        tag, same,
        "a caller without a tag gets headers each time, and one tag for one token"
    );
    new(ask(&credentials, Some(EntityTag::new())).await.expect("headers"));
    let mine = ask(&credentials, Some(tag)).await.expect("answer");
    assert!(matches!(mine, CacheableResource::NotModified));
}

#[tokio::test]
async fn new_token_has_a_new_tag() {
    let source = Numbered::default();
    let credential = Credential::new(source.clone());
    let credentials = Credentials::from(CloudCredential::new(credential.clone()));
    let (tag, _) = new(ask(&credentials, None).await.expect("headers"));
    let token = credential.source().token().await.expect("token");
    credential.source().reject(&token);
    let (other, data) = new(ask(&credentials, Some(tag.clone())).await.expect("headers"));
    assert_ne!(tag, other);
    assert_eq!(data["authorization"], "Bearer token-1");
}

#[tokio::test]
async fn ended_grant_is_final_for_googles_clients() {
    let server = Server::always("400 Bad Request", r#"{"error":"invalid_grant"}"#).await;
    let client = OAuthClient::new("id", "secret").with_uris(String::new(), server.url("/token"));
    let store = Arc::new(MemoryStore::default());
    let source = CachedSource::new(client, "r".into(), HttpClient::default(), store);
    let credentials = Credentials::from(CloudCredential::new(Credential::new(source)));
    let error = ask(&credentials, None).await.expect_err("no token");
    assert!(!error.is_transient(), "{error}");
}
