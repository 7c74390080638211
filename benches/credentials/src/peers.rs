//! Everyone who is measured, behind one trait: build it for a server, ask it for a token.
//!
//! Where a peer's user credentials cannot be aimed at another server, its service account is taken.

use crate::server::Server;
use gcp_auth::TokenProvider;
use google_cloud_auth::credentials::{self, CacheableResource};
use hallpass::{Credential, OAuthClient};
use hallpass::http::HttpClient;
use hallpass::oauth::Secret;
use hallpass::source::{CachedSource, TokenSource};
use hallpass::store::MemoryStore;
use serde_json::{Value, json};
use std::future::Future;
use std::sync::Arc;
use token_source::TokenSourceProvider;
use yup_oauth2::authenticator::DefaultAuthenticator;

pub const SCOPE: &str = "https://www.googleapis.com/auth/cloud-platform";
const KEY: &str = include_str!("../../../crates/emulator/src/oauth/test_service_account_key.pem");

/// One crate, used in one way. `token` returns a length, so that nothing is optimised away.
pub trait Peer: Sized + Send + Sync + 'static {
    const NAME: &'static str;
    fn new(server: &Server) -> impl Future<Output = Result<Self, String>> + Send;
    fn token(&self) -> impl Future<Output = Result<usize, String>> + Send;
}

pub fn authorized_user(token_uri: &str) -> Value {
    json!({
        "type": "authorized_user", "client_id": "c", "client_secret": "s", "refresh_token": "1//r",
        "account": "", "universe_domain": "googleapis.com", "token_uri": token_uri,
    })
}

pub fn service_account(token_uri: &str) -> Value {
    json!({
        "type": "service_account", "project_id": "p", "private_key_id": "k", "private_key": KEY,
        "client_email": "e@p.iam.gserviceaccount.com", "client_id": "1", "token_uri": token_uri,
        "auth_uri": "https://accounts.google.com/o/oauth2/auth",
    })
}

pub fn client_file(token_uri: &str) -> Value {
    json!({"installed": {
        "client_id": "c", "client_secret": "s", "redirect_uris": ["http://localhost"],
        "auth_uri": "https://accounts.google.com/o/oauth2/auth", "token_uri": token_uri,
    }})
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}

fn source(server: &Server) -> CachedSource {
    let client =
        OAuthClient::new("c", "s").with_uris("https://a.example/".to_owned(), server.token_uri());
    CachedSource::new(
        client,
        Secret::from("1//r"),
        HttpClient::default(),
        Arc::new(MemoryStore::default()),
    )
}

pub struct HallpassHeaders(Credential);

impl Peer for HallpassHeaders {
    const NAME: &'static str = "hallpass, headers";
    async fn new(server: &Server) -> Result<Self, String> {
        Ok(Self(Credential::new(source(server))))
    }
    async fn token(&self) -> Result<usize, String> {
        Ok(self.0.headers().await.map_err(text)?.len())
    }
}

pub struct HallpassToken(CachedSource);

impl Peer for HallpassToken {
    const NAME: &'static str = "hallpass, token";
    async fn new(server: &Server) -> Result<Self, String> {
        Ok(Self(source(server)))
    }
    async fn token(&self) -> Result<usize, String> {
        Ok(self.0.token().await.map_err(text)?.expose().len())
    }
}

pub struct OfficialHeaders(credentials::Credentials);

impl Peer for OfficialHeaders {
    const NAME: &'static str = "google-cloud-auth user, headers";
    async fn new(server: &Server) -> Result<Self, String> {
        let file = authorized_user(&server.token_uri());
        let builder =
            credentials::user_account::Builder::new(file).with_token_uri(server.token_uri());
        builder.build().map(Self).map_err(text)
    }
    async fn token(&self) -> Result<usize, String> {
        match self.0.headers(http::Extensions::new()).await.map_err(text)? {
            CacheableResource::New { data, .. } => Ok(data.len()),
            CacheableResource::NotModified => Err("not modified".to_owned()),
        }
    }
}

pub struct OfficialToken(credentials::AccessTokenCredentials);

impl Peer for OfficialToken {
    const NAME: &'static str = "google-cloud-auth user, token";
    async fn new(server: &Server) -> Result<Self, String> {
        let file = authorized_user(&server.token_uri());
        let builder =
            credentials::user_account::Builder::new(file).with_token_uri(server.token_uri());
        builder.build_access_token_credentials().map(Self).map_err(text)
    }
    async fn token(&self) -> Result<usize, String> {
        Ok(self.0.access_token().await.map_err(text)?.token.len())
    }
}

/// Where yup-oauth2 keeps its tokens; `main` removes it.
pub fn yup_file() -> std::path::PathBuf {
    std::env::temp_dir().join(format!("yup-tokens-{}.json", std::process::id()))
}

/// yup-oauth2's own store: a refresh token, and an access token that has run out.
pub fn yup_tokens() -> String {
    json!([{"scopes": [SCOPE], "token": {
        "access_token": "old", "refresh_token": "1//r", "expires_at": [2020, 1, 0, 0, 0, 0, 0, 0, 0],
        "id_token": null,
    }}])
    .to_string()
}

pub struct YupUser(DefaultAuthenticator);

impl Peer for YupUser {
    const NAME: &'static str = "yup-oauth2 user, token";
    async fn new(server: &Server) -> Result<Self, String> {
        let client = serde_json::from_value(client_file(&server.token_uri())["installed"].clone());
        let file = yup_file();
        std::fs::write(&file, yup_tokens()).map_err(text)?;
        let method = yup_oauth2::InstalledFlowReturnMethod::HTTPRedirect;
        let builder =
            yup_oauth2::InstalledFlowAuthenticator::builder(client.map_err(text)?, method);
        builder.persist_tokens_to_disk(file).build().await.map(Self).map_err(text)
    }
    async fn token(&self) -> Result<usize, String> {
        let token = self.0.token(&[SCOPE]).await.map_err(text)?;
        token.token().map(str::len).ok_or_else(|| "no token".to_owned())
    }
}

pub struct YupServiceAccount(DefaultAuthenticator);

impl Peer for YupServiceAccount {
    const NAME: &'static str = "yup-oauth2 service account, token";
    async fn new(server: &Server) -> Result<Self, String> {
        let key = serde_json::from_value(service_account(&server.token_uri())).map_err(text)?;
        yup_oauth2::ServiceAccountAuthenticator::builder(key).build().await.map(Self).map_err(text)
    }
    async fn token(&self) -> Result<usize, String> {
        let token = self.0.token(&[SCOPE]).await.map_err(text)?;
        token.token().map(str::len).ok_or_else(|| "no token".to_owned())
    }
}

pub struct GcpAuth(gcp_auth::CustomServiceAccount);

impl Peer for GcpAuth {
    const NAME: &'static str = "gcp_auth service account, token";
    async fn new(server: &Server) -> Result<Self, String> {
        let key = service_account(&server.token_uri()).to_string();
        gcp_auth::CustomServiceAccount::from_json(&key).map(Self).map_err(text)
    }
    async fn token(&self) -> Result<usize, String> {
        Ok(self.0.token(&[SCOPE]).await.map_err(text)?.as_str().len())
    }
}

pub struct GcloudAuth(Arc<dyn token_source::TokenSource>);

impl Peer for GcloudAuth {
    const NAME: &'static str = "gcloud-auth user, token";
    async fn new(server: &Server) -> Result<Self, String> {
        let file = authorized_user(&server.token_uri()).to_string();
        let file =
            gcloud_auth::credentials::CredentialsFile::new_from_str(&file).await.map_err(text)?;
        let scopes = [SCOPE];
        let config = gcloud_auth::project::Config::default().with_scopes(&scopes);
        let made = gcloud_auth::token::DefaultTokenSourceProvider::new_with_credentials(
            config,
            Box::new(file),
        );
        Ok(Self(made.await.map_err(text)?.token_source()))
    }
    async fn token(&self) -> Result<usize, String> {
        Ok(self.0.token().await.map_err(text)?.len())
    }
}
