//! `Debug` of everything that holds a secret.

use hallpass::{
    AccessToken, AuthorizationRequest, AuthorizedUser, CachedSource, Credential, GrantRecord,
    HttpClient, HttpSettings, ManualClock, MemoryStore, OAuthClient, Proxies, Scopes, Secret,
    SignIn, StaticSource, TokenEndpoint, TokenFile, TokenFileStore,
};
use std::fmt::Debug;
use std::sync::Arc;
use std::time::SystemTime;

const CLIENT: &str = "client-id";

fn client() -> OAuthClient {
    OAuthClient::new(CLIENT, "secret-marked")
}

fn record() -> GrantRecord {
    let mut record = GrantRecord::default();
    record.access_token = Some(token());
    record
}

fn token() -> AccessToken {
    AccessToken::new("token-marked", SystemTime::UNIX_EPOCH).expect("token")
}

#[tokio::test]
async fn no_type_shows_the_secret_it_holds() {
    let http = HttpClient::default();
    let mut settings = HttpSettings::default();
    settings.proxies = Proxies::from_env(&|name| {
        (name == "HTTPS_PROXY").then(|| "http://ada:pass-marked@127.0.0.1:9".into())
    });
    let fields = r#""client_id":"client-id","client_secret":"s-marked","refresh_token":"r-marked""#;
    let user = format!(r#"{{"type":"authorized_user",{fields},"other":"o-marked"}}"#);
    let file = format!(r#"{{"token":"t-marked",{fields},"other":"o-marked"}}"#);
    let refresh_token = || Secret::from("refresh-marked");
    let store = || Arc::new(MemoryStore::default());
    let cached = || CachedSource::new(client(), refresh_token(), http.clone(), store());
    let sign_in = SignIn::new(client(), Scopes::quickstart(), http.clone());
    let pending = sign_in.clone().start().await.expect("a port");
    let clock = Arc::new(ManualClock::new(SystemTime::UNIX_EPOCH));
    let types: &[&dyn Debug] = &[
        &refresh_token(),
        &client(),
        &token(),
        &record(),
        &cached(),
        &StaticSource::new(token()),
        &Credential::new(StaticSource::new(token())),
        &TokenEndpoint::new(http.clone(), client(), clock),
        &AuthorizedUser::parse(user.as_bytes(), "file").expect("file"),
        &TokenFile::parse(file.as_bytes(), "file").expect("file"),
        &TokenFileStore::new("token.json"),
        &AuthorizationRequest::new(&client(), &Scopes::quickstart(), "http://127.0.0.1:9/callback"),
        &sign_in,
        &HttpClient::new(settings.clone()),
        &settings,
    ];
    for value in types {
        let text = format!("{value:?} {value:#?}");
        assert!(!text.contains("marked"), "{text}");
    }
    let state = pending.url().split_once("&state=").expect("state").1[..43].to_owned();
    assert!(!format!("{pending:?}").contains(&state), "{pending:?}");
}
