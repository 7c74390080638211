//! `Debug` of everything that holds a secret, and what is logged at the highest level.

use hallpass::file::{AuthorizedUser, TokenFile};
use hallpass::http::{HttpClient, Proxies};
use hallpass::oauth::{AccessToken, AuthorizationRequest, GrantId, Secret, SignIn, TokenEndpoint};
use hallpass::source::{CachedSource, StaticSource, TokenSource};
use hallpass::store::{
    FileStore, GrantKey, MemoryStore, Stored, StoredGrant, SyncGrantStore, TokenFileStore, Version,
};
use hallpass::time::ManualClock;
use hallpass::{Credential, OAuthClient, Scopes};
use hallpass_emulator::Emulator;
use hallpass_testbed::browser;
use hallpass_testbed::{Server, json};
use std::fmt::Debug;
use std::io::{self, Write};
use std::sync::{Arc, Mutex};
use std::time::SystemTime;
use tracing::Level;
use tracing::subscriber::DefaultGuard;

const CLIENT: &str = "client-id";

fn client() -> OAuthClient {
    OAuthClient::new(CLIENT, "secret-marked")
}

fn stored() -> StoredGrant {
    let json = r#"{"refresh_token":"marked","client_id":"c","client_secret":"marked","other":"marked",
        "access_token":"marked","access_token_expires_at":1}"#;
    StoredGrant::from_json(json.as_bytes()).expect("a grant")
}

/// A store that holds a grant.
fn memory() -> MemoryStore {
    let store = MemoryStore::default();
    let key = GrantKey::from("c");
    let _ = SyncGrantStore::save(&store, &key, &stored(), &Version::NOTHING).expect("save");
    store
}

fn token() -> AccessToken {
    AccessToken::new("token-marked", SystemTime::UNIX_EPOCH).expect("token")
}

#[tokio::test]
async fn no_type_shows_the_secret_it_holds() {
    let http = HttpClient::default();
    let builder = HttpClient::builder().proxies(Proxies::from_env(&|name| {
        (name == "HTTPS_PROXY").then(|| "http://ada:pass-marked@127.0.0.1:9".into())
    }));
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
        &stored(),
        &Stored::new(stored(), Version::NOTHING),
        &memory(),
        &FileStore::new("folder"),
        &cached(),
        &StaticSource::new(token()),
        &Credential::new(StaticSource::new(token())),
        &TokenEndpoint::new(http.clone(), client(), clock),
        &AuthorizedUser::parse(user.as_bytes(), "file").expect("file"),
        &TokenFile::parse(file.as_bytes(), "file").expect("file"),
        &TokenFileStore::new("token.json"),
        &AuthorizationRequest::new(&client(), &Scopes::quickstart(), "http://127.0.0.1:9/callback"),
        &sign_in,
        &builder.clone().build(),
        &builder,
    ];
    for value in types {
        let text = format!("{value:?} {value:#?}");
        assert!(!text.contains("marked"), "{text}");
    }
    let state = pending.url().split_once("&state=").expect("state").1[..43].to_owned();
    assert!(!format!("{pending:?}").contains(&state), "{pending:?}");
}

/// Keeps what is logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    /// Takes everything that this thread logs, until the guard is dropped.
    fn listen(&self) -> DefaultGuard {
        let sink = self.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(Level::TRACE)
            .with_writer(move || sink.clone())
            .finish();
        tracing::subscriber::set_default(subscriber)
    }

    fn text(&self) -> String {
        String::from_utf8(self.0.lock().expect("log").clone()).expect("UTF-8")
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("log").write(bytes)
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test(start_paused = true)]
async fn no_secret_is_logged() {
    let log = Log::default();
    let _until_dropped = log.listen();

    let reply =
        r#"{"access_token":"access-marked","expires_in":3599,"refresh_token":"new-marked"}"#;
    let server = Server::start(|number, _| match number {
        0 => json("503 Service Unavailable", r#"{"error_description":"body-marked"}"#),
        _ => json("200 OK", reply),
    })
    .await;
    let client = client().with_uris(String::new(), server.url("/token"));
    let store = Arc::new(MemoryStore::default());
    let source = CachedSource::new(client, "r-marked".into(), HttpClient::default(), store);
    source.token().await.expect("token");

    let text = log.text();
    assert!(text.contains("the refresh will be tried again"), "something is logged: {text}");
    assert!(!text.contains("marked"), "{text}");
    let span = format!("refresh{{grant=\"{}\"}}", GrantId::of(CLIENT, &"r-marked".into()));
    for event in ["the refresh will be tried again", "there is a token"] {
        let line = text.lines().find(|line| line.contains(event)).expect("the event");
        assert!(line.contains(&span), "{span} stands around {line}");
    }
}

#[tokio::test]
async fn no_part_of_a_sign_in_is_logged() {
    let log = Log::default();
    let _until_dropped = log.listen();

    let emulator = Emulator::builder().approve("ada@example.com").start().expect("emulator");
    let client = OAuthClient::parse(emulator.client_secret_json().as_bytes()).expect("client");
    let sign_in = SignIn::new(client.clone(), Scopes::quickstart(), HttpClient::default());
    let pending = sign_in.start().await.expect("a port");
    tokio::spawn(browser::open(pending.url()));
    let grant = pending.finish().await.expect("grant");

    let requests = emulator.requests();
    let exchange = requests.iter().find(|request| request.path == "/token").expect("an exchange");
    let text = log.text();
    for secret in [
        exchange.form["code"].as_str(),
        exchange.form["code_verifier"].as_str(),
        client.client_secret().expose(),
        grant.access_token.expose(),
        grant.refresh_token.expose(),
    ] {
        assert!(!text.contains(secret), "{text}");
    }
}
