//! Application Default Credentials of every type: found, and good for a call at the emulator.

use base64::Engine as _;
use hallpass::adc::ServiceAccountToken;
use hallpass::adc::{Kind, Loader, Place};
use hallpass::file::AuthorizedUser;
use hallpass::http::HttpClient;
use hallpass::oauth::{Endpoints, SignIn};
use hallpass::source::Early;
use hallpass::store::{MemoryStore, write_private};
use hallpass::{Error, ErrorKind, OAuthClient, Scopes};
use hallpass_emulator::Emulator;
use hallpass_testbed::browser;
use hallpass_testbed::{Server, json};
use http::Request;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// A home folder, its environment, and Google.
pub(crate) struct Machine {
    pub(crate) emulator: Emulator,
    pub(crate) folder: tempfile::TempDir,
    pub(crate) variables: BTreeMap<&'static str, OsString>,
}

impl Machine {
    pub(crate) fn new() -> Self {
        let emulator = Emulator::builder().approve("ada@example.com").start().expect("emulator");
        let folder = tempfile::tempdir().expect("folder");
        let variables = BTreeMap::from([
            ("HOME", folder.path().as_os_str().to_owned()),
            ("APPDATA", folder.path().join(".config").into_os_string()),
            ("NO_GCE_CHECK", "true".into()),
        ]);
        Self { emulator, folder, variables }
    }

    /// Writes the file that the variable names.
    pub(crate) fn with_file(text: &str) -> Self {
        let mut machine = Self::new();
        machine.write(text);
        let path = machine.path().into_os_string();
        machine.variables.insert("GOOGLE_APPLICATION_CREDENTIALS", path);
        machine
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("credential.json")
    }

    pub(crate) fn write(&self, text: &str) {
        write_private(self.path(), text.as_bytes()).expect("write");
    }

    pub(crate) fn loader(&self) -> Loader {
        let env = |name: &str| self.variables.get(name).cloned();
        Loader::new(&env, HttpClient::default(), Arc::new(MemoryStore::default()))
            .with_early(Early::Wait)
            .with_endpoints(Endpoints::emulator(self.emulator.address()))
    }

    pub(crate) async fn get(&self, path: &str) -> String {
        let request = Request::get(format!("{}{path}", self.emulator.url()));
        let request = request.body(bytes::Bytes::new()).expect("request");
        let reply = HttpClient::default().send(request, 1 << 20).await.expect("reply");
        String::from_utf8(reply.into_body().to_vec()).expect("text")
    }

    /// Signs Ada in and writes her file, as `login` does.
    async fn sign_in(&self) {
        let client = OAuthClient::parse(self.emulator.client_secret_json().as_bytes());
        let sign_in =
            SignIn::new(client.expect("client"), Scopes::quickstart(), HttpClient::default());
        let pending = sign_in.start().await.expect("a port");
        let browser = tokio::spawn(browser::open(pending.url()));
        let grant = pending.finish().await.expect("grant");
        browser.await.expect("browser");
        self.write(AuthorizedUser::from(&grant).to_json().expose());
    }

    pub(crate) async fn robots_key(&self) -> String {
        self.get("/emulator/v1/service-accounts/robot@demo-project.iam.gserviceaccount.com").await
    }

    /// Lists models with the credential that wins; returns the status and the type.
    pub(crate) async fn call(&self) -> Result<(u16, Kind), Error> {
        let found = self.loader().load().await?;
        let headers = found.credential.headers().await?;
        let mut request = Request::get(format!("{}/v1/models", self.emulator.url()))
            .body(bytes::Bytes::new())
            .expect("request");
        *request.headers_mut() = (*headers).clone();
        let reply = HttpClient::default().send(request, 1 << 20).await?;
        Ok((reply.status().as_u16(), found.summary.kind))
    }
}

#[tokio::test]
async fn new_sign_in_is_used_by_the_first_call_after_it() {
    let machine = Machine::with_file("");
    machine.sign_in().await;
    let found = machine.loader().load().await.expect("found");
    assert_eq!(found.summary.kind, Kind::AuthorizedUser);
    let source = found.credential.source();
    let old = source.token().await.expect("token");
    machine.emulator.advance(Duration::from_secs(8 * 24 * 3600));
    source.reject(&old);
    let error = source.token().await.expect_err("the grant has ended");
    assert!(error.needs_sign_in(), "{error:?}");
    machine.sign_in().await;
    assert_ne!(source.token().await.expect("token").expose(), old.expose());
    assert_eq!(machine.call().await.expect("call"), (200, Kind::AuthorizedUser));
}

#[tokio::test]
async fn rotated_refresh_token_is_written_into_the_file_and_nothing_else_changes() {
    let reply = r#"{"access_token":"ya29.b","expires_in":3599,"refresh_token":"rotated"}"#;
    let server = Server::always("200 OK", reply).await;
    let before = "{\n  \"account\": \"\",\n  \"client_id\": \"c\",\n  \"client_secret\": \"s\",\n  \
                  \"new\": 1,\n  \"refresh_token\": \"first\",\n  \"type\": \"authorized_user\",\n  \
                  \"universe_domain\": \"googleapis.com\"\n}";
    let machine = Machine::with_file(before);
    let mut endpoints = Endpoints::google();
    endpoints.token = server.url("/token");
    let found = machine.loader().with_endpoints(endpoints).load().await.expect("found");
    found.credential.source().token().await.expect("token");
    let expected = "grant_type=refresh_token&client_id=c&client_secret=s&refresh_token=first";
    assert_eq!(server.only_body(), expected);
    let after = fs::read_to_string(machine.path()).expect("file");
    assert_eq!(after, before.replace("first", "rotated"));
}

#[tokio::test]
async fn key_of_a_service_account_is_traded_for_a_token() {
    let machine = Machine::with_file("");
    machine.write(&machine.robots_key().await);
    assert_eq!(machine.call().await.expect("call"), (200, Kind::ServiceAccount));
    let requests = machine.emulator.requests();
    let trade = requests.iter().find(|request| request.path == "/token").expect("a trade");
    let grant = "urn:ietf:params:oauth:grant-type:jwt-bearer";
    assert_eq!(trade.form.get("grant_type").map(String::as_str), Some(grant));
}

#[tokio::test]
async fn what_a_key_signs_for_another_server_is_worth_nothing_at_google() {
    let server = Server::always("200 OK", r#"{"access_token":"ya29.b","expires_in":3599}"#).await;
    let machine = Machine::with_file("");
    let own = machine.emulator.url();
    machine.write(&machine.robots_key().await.replace(&own, "https://oauth2.googleapis.com"));
    let mut endpoints = Endpoints::google();
    endpoints.token = server.url("/token");
    let found = machine.loader().with_endpoints(endpoints).load().await.expect("found");
    found.credential.source().token().await.expect("token");
    let form = server.last_form();
    let (_, assertion) = form.iter().find(|(name, _)| name == "assertion").expect("assertion");
    let claims = assertion.split('.').nth(1).expect("claims");
    let claims = base64::prelude::BASE64_URL_SAFE_NO_PAD.decode(claims).expect("base64");
    let claims: serde_json::Value = serde_json::from_slice(&claims).expect("JSON");
    assert_eq!(claims["aud"], server.url("/token"));
}

#[tokio::test]
async fn self_signed_token_asks_no_server() {
    let machine = Machine::with_file("");
    machine.write(&machine.robots_key().await);
    let loader = machine.loader().with_service_account_token(ServiceAccountToken::SelfSigned);
    let asked = machine.emulator.requests().len();
    let token = loader.load().await.expect("found").credential.source().token().await;
    let token = token.expect("token");
    assert_eq!(machine.emulator.requests().len(), asked);
    assert!(token.expose().starts_with("eyJ"), "a JWT");
    assert_eq!(token.expose().split('.').count(), 3);
}

#[tokio::test]
async fn key_of_a_deleted_account_works_again_once_the_file_is_replaced() {
    let machine = Machine::with_file("");
    let key = machine.robots_key().await;
    machine.write(&key.replace("robot@", "nobody@"));
    let source = machine.loader().load().await.expect("found").credential;
    let error = source.source().token().await.expect_err("no account has this key");
    assert!(!error.is_transient() && !error.needs_sign_in(), "{error:?}");
    assert!(error.to_string().contains("nobody@demo-project"), "{error}");
    machine.write("half a fi");
    assert_eq!(source.source().token().await.expect_err("the same").kind(), error.kind());
    machine.write(&key);
    source.source().token().await.expect("the first call after the change");
}

#[tokio::test]
async fn quota_project_is_the_replaced_files_own() {
    let machine = Machine::with_file("");
    let key = machine.robots_key().await;
    let charging =
        |project: &str| key.replacen('{', &format!(r#"{{"quota_project_id": "{project}","#), 1);
    machine.write(&charging("first-project").replace("robot@", "nobody@"));
    let credential = machine.loader().load().await.expect("found").credential;
    credential.headers().await.expect_err("no account has this key");
    assert_eq!(credential.quota_project().as_deref(), Some("first-project"));
    machine.write(&charging("second-project"));
    let headers = credential.headers().await.expect("headers");
    assert_eq!(headers["x-goog-user-project"], "second-project");
    let fixed = credential.clone().with_quota_project("chosen-project");
    let headers = fixed.headers().await.expect("headers");
    assert_eq!(headers["x-goog-user-project"], "chosen-project");
}

#[tokio::test]
async fn metadata_server_is_asked_last() {
    let mut machine = Machine::new();
    let host = machine.emulator.address().to_string();
    machine.variables.insert("GCE_METADATA_HOST", host.clone().into());
    let found = machine.loader().load().await.expect("found");
    assert_eq!(found.place, Place::MetadataServer(host));
    assert_eq!(machine.call().await.expect("call"), (200, Kind::MetadataServer));
    let folder = machine.folder.path().join(".config/gcloud");
    let well_known = folder.join("application_default_credentials.json");
    write_private(&well_known, machine.robots_key().await.as_bytes()).expect("write");
    assert_eq!(machine.call().await.expect("call").1, Kind::ServiceAccount);
}

#[tokio::test]
async fn metadata_request_is_as_googles_page_prints_it() {
    let server = Server::start(|_, _| {
        let body = r#"{"access_token":"ya29.marked","expires_in":3000,"token_type":"Bearer"}"#;
        json("200 OK\r\nMetadata-Flavor: Google", body)
    })
    .await;
    let mut machine = Machine::new();
    let host = server.url("").replace("http://", "");
    machine.variables.insert("GCE_METADATA_HOST", host.clone().into());
    let found = machine.loader().load().await.expect("found");
    let token = found.credential.source().token().await.expect("token");
    assert_eq!(token.expose(), "ya29.marked");
    let path = "/computeMetadata/v1/instance/service-accounts/default/token";
    let scopes = "https%3A%2F%2Fwww.googleapis.com%2Fauth%2Fcloud-platform%2C\
                  https%3A%2F%2Fwww.googleapis.com%2Fauth%2Fgenerative-language.retriever";
    let user_agent = concat!("hallpass/", env!("CARGO_PKG_VERSION"));
    let expected = format!(
        "GET {path}?scopes={scopes} HTTP/1.1\r\nmetadata-flavor: Google\r\n\
         user-agent: {user_agent}\r\nhost: {host}\r\n\r\n"
    );
    assert_eq!(server.requests(), [expected]);
}

#[tokio::test]
async fn answer_that_is_not_a_metadata_servers_is_not_believed() {
    let server = Server::always("200 OK", r#"{"access_token":"x","expires_in":1}"#).await;
    let mut machine = Machine::new();
    machine.variables.insert("GCE_METADATA_HOST", server.url("").replace("http://", "").into());
    let found = machine.loader().load().await.expect("found");
    let error = found.credential.source().token().await.expect_err("no flavor");
    assert!(error.to_string().ends_with("is not Google's"), "{error}");
}

#[tokio::test]
async fn nothing_anywhere_is_said_without_asking_the_network() {
    let error = Machine::new().loader().load().await.expect_err("nothing");
    assert_eq!(*error.kind(), ErrorKind::NoCredential);
}

#[tokio::test]
async fn file_that_names_a_foreign_host_is_refused_before_anything_is_sent() {
    let machine = Machine::with_file("");
    let key = machine.robots_key().await.replace(&machine.emulator.url(), "https://evil.example");
    machine.write(&key);
    let error = machine.loader().load().await.expect_err("a foreign host");
    let path = machine.path();
    let expected = format!("`{}` names `evil.example/token`, which is not trusted", path.display());
    assert_eq!(error.to_string(), expected);
    assert!(matches!(error.kind(), ErrorKind::UntrustedHost { host } if host == "evil.example"));
    machine.loader().trusting("evil.example").load().await.expect("the program trusts it");
}

#[tokio::test]
async fn nothing_that_is_shown_of_a_found_credential_is_secret() {
    let mut machine = Machine::with_file("");
    let key = machine.robots_key().await;
    machine.variables.insert("AWS_SECRET_ACCESS_KEY", "marked".into());
    let start = key.find("-----\\n").expect("a key") + 7;
    let secret = &key[start..start + 60];
    machine.write(&key);
    let loader = machine.loader();
    let found = loader.load().await.expect("found");
    let token = found.credential.source().token().await.expect("token");
    let shown = format!("{loader:?} {found:?}");
    assert!(shown.contains("robot@demo-project"), "{shown}");
    for secret in [secret, token.expose(), "marked"] {
        assert!(!shown.contains(secret), "{shown}");
    }
}

#[tokio::test]
async fn many_callers_make_one_trade() {
    let machine = Machine::with_file("");
    machine.write(&machine.robots_key().await);
    let found = machine.loader().load().await.expect("found");
    let callers = (0..100).map(|_| found.credential.headers());
    for headers in futures_util::future::join_all(callers).await {
        headers.expect("headers");
    }
    let requests = machine.emulator.requests();
    assert_eq!(requests.iter().filter(|request| request.path == "/token").count(), 1);
}
