//! The credential manager: use, else refresh, else sign in, then save.

use hallpass::saved::UserCredential;
use hallpass::store::{remove_private, write_private};
use hallpass::{Credential, Error, ErrorKind, Scopes, load_creds};
use hallpass_emulator::{Emulator, Fault, FaultKind};
use hallpass_testbed::Server;
use hallpass_testbed::browser;
use serde_json::Value;
use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

struct Program {
    emulator: Emulator,
    folder: tempfile::TempDir,
    sign_ins: AtomicUsize,
}

impl Program {
    fn new() -> Self {
        let emulator = Emulator::builder().approve("ada@example.com").start().expect("emulator");
        let folder = tempfile::tempdir().expect("folder");
        let program = Self { emulator, folder, sign_ins: AtomicUsize::new(0) };
        program.write("client_secret.json", &program.emulator.client_secret_json());
        program
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        write_private(self.path(name), text.as_bytes()).expect("write");
    }

    fn token_file(&self) -> String {
        fs::read_to_string(self.path("token.json")).expect("token.json")
    }

    /// Changes a field of `token.json`, or takes it out.
    fn change(&self, field: &str, value: Option<Value>) {
        let mut file: serde_json::Map<String, Value> =
            serde_json::from_str(&self.token_file()).expect("JSON");
        match value {
            Some(value) => file.insert(field.to_owned(), value),
            None => file.remove(field),
        };
        self.write("token.json", &Value::from(file).to_string());
    }

    fn expire(&self) {
        self.change("expiry", Some("2020-01-01T00:00:00Z".into()));
        self.emulator.advance(Duration::from_secs(7200));
    }

    async fn run_with(&self, scopes: &str) -> Result<Credential, Error> {
        let scopes = Scopes::parse(scopes).expect("scopes");
        let (client, token) = (self.path("client_secret.json"), self.path("token.json"));
        load_creds(&client, &token, &scopes, |url| {
            self.sign_ins.fetch_add(1, Ordering::Relaxed);
            tokio::spawn(browser::open(url.to_owned()));
        })
        .await
    }

    /// Runs the program and says how many sign-ins and refreshes there have been by now.
    async fn run(&self) -> (usize, usize) {
        let credential = self.run_with("retriever").await.expect("credential");
        credential.headers().await.expect("headers");
        let requests = self.emulator.requests();
        let is_refresh = |form: &std::collections::BTreeMap<String, String>| {
            form.get("grant_type").is_some_and(|grant| grant == "refresh_token")
        };
        let refreshes = requests.iter().filter(|request| is_refresh(&request.form)).count();
        (self.sign_ins.load(Ordering::Relaxed), refreshes)
    }
}

#[tokio::test]
async fn signs_in_once_then_uses_then_refreshes_and_saves() {
    let program = Program::new();
    assert_eq!(program.run().await, (1, 0));
    assert_eq!(program.run().await, (1, 0));
    program.expire();
    assert_eq!(program.run().await, (1, 1));
    assert_eq!(program.run().await, (1, 1), "the refreshed token was saved");
}

#[tokio::test]
async fn a_dead_refresh_token_signs_in_again() {
    let program = Program::new();
    program.run().await;
    program.expire();
    program.emulator.advance(Duration::from_secs(8 * 24 * 3600));
    assert_eq!(program.run().await, (2, 1));
    assert_eq!(program.run().await, (2, 1));
}

#[tokio::test]
async fn a_file_without_a_refresh_token_signs_in_again() {
    let program = Program::new();
    program.run().await;
    program.change("refresh_token", None);
    assert_eq!(program.run().await, (2, 0));
}

#[tokio::test]
async fn a_file_of_another_client_signs_in_again() {
    let program = Program::new();
    program.run().await;
    program.change("client_id", Some("2-b.apps.googleusercontent.com".into()));
    assert_eq!(program.run().await, (2, 0));
}

#[tokio::test]
async fn more_scopes_than_the_file_has_sign_in_again() {
    let program = Program::new();
    program.run().await;
    program.run_with("retriever,tuning").await.expect("credential");
    assert_eq!(program.run().await, (2, 0), "the wider file serves the narrower wish");
}

#[tokio::test]
async fn the_client_file_is_needed_for_a_new_sign_in_alone() {
    let program = Program::new();
    program.run().await;
    program.expire();
    remove_private(program.path("client_secret.json")).expect("remove");
    assert_eq!(program.run().await, (1, 1));
    let error = program.run_with("tuning").await.expect_err("no client file");
    assert_eq!(*error.kind(), ErrorKind::ClientFileNotFound);
    program.write("client_secret.json", "{");
    let error = program.run_with("retriever").await.expect_err("torn client file");
    assert_eq!(*error.kind(), ErrorKind::ClientFileMalformed);
}

#[tokio::test]
async fn odd_ends_are_refreshed_at_once() {
    for expiry in [Some(Value::Null), Some("".into()), Some(7.into()), Some("soon".into()), None] {
        let program = Program::new();
        program.run().await;
        program.change("expiry", expiry.clone());
        assert_eq!(program.run().await, (1, 1), "{expiry:?}");
    }
}

#[tokio::test]
async fn a_failed_sign_in_leaves_the_file_as_it_was() {
    let program = Program::new();
    program.run().await;
    let before = program.token_file();
    let no_refresh_token = FaultKind::RemoveField { field: "refresh_token".to_owned() };
    program.emulator.fault(Fault::once("/token", no_refresh_token));
    let error = program.run_with("tuning").await.expect_err("no refresh token");
    assert_eq!(*error.kind(), ErrorKind::MissingRefreshToken);
    assert_eq!(program.token_file(), before);
}

#[tokio::test]
async fn a_server_in_trouble_is_no_reason_to_sign_in_again() {
    let program = Program::new();
    program.run().await;
    program.expire();
    let before = program.token_file();
    let down = FaultKind::Respond { status: 503, headers: Default::default(), body: String::new() };
    program.emulator.fault(Fault::once("/token", down).times(3));
    let error = program.run_with("retriever").await.expect_err("down");
    assert!(error.is_transient());
    assert_eq!(program.token_file(), before);
    assert_eq!(program.run().await.0, 1);
}

#[tokio::test]
async fn a_file_that_is_not_json_is_named_and_not_overwritten() {
    let program = Program::new();
    program.write("token.json", "my notes");
    let error = program.run_with("retriever").await.expect_err("not a token file");
    assert_eq!(*error.kind(), ErrorKind::CredentialFileMalformed);
    assert_eq!(program.token_file(), "my notes");
}

#[tokio::test]
async fn another_programs_json_is_named_and_not_overwritten() {
    let program = Program::new();
    let text = r#"{"name":"my-web-app","dependencies":{"left-pad":"1"}}"#;
    program.write("token.json", text);
    let error = program.run_with("retriever").await.expect_err("another program's file");
    assert!(matches!(error.kind(), ErrorKind::CredentialFileUnsupported(_)), "{error:?}");
    assert_eq!(program.token_file(), text);
    assert_eq!(program.sign_ins.load(Ordering::Relaxed), 0, "the user is not asked to consent");
}

#[tokio::test]
async fn a_file_of_another_account_signs_in_again_and_no_other_account_is_let_in() {
    let program = Program::new();
    let run = async |account: &str| {
        UserCredential::from_client_file(program.path("client_secret.json"))
            .token_file(program.path("token.json"))
            .scopes(Scopes::parse("retriever,openid,email").expect("scopes"))
            .account(account)
            .quota_project("demo-project")
            .timeout(Duration::from_secs(60))
            .open(|url| drop(tokio::spawn(browser::open(url.to_owned()))))
            .load()
            .await
    };
    let credential = run("Ada@example.com").await.expect("credential");
    let headers = credential.headers().await.expect("headers");
    assert_eq!(headers["x-goog-user-project"], "demo-project");
    let before = program.token_file();
    let error = run("bob@example.com").await.expect_err("Ada signs in again");
    assert!(matches!(error.kind(), ErrorKind::WrongAccount { .. }), "{error:?}");
    assert_eq!(program.token_file(), before);
}

#[tokio::test]
async fn without_a_browser_a_sign_in_is_an_error() {
    let program = Program::new();
    let user = UserCredential::from_client_file(program.path("client_secret.json"));
    let error = user.token_file(program.path("token.json")).load().await.expect_err("none");
    assert!(error.needs_sign_in(), "{error:?}");
}

#[tokio::test]
async fn without_a_file_the_sign_in_ends_with_the_program() {
    let program = Program::new();
    let credential = UserCredential::from_client_file(program.path("client_secret.json"))
        .open(|url| drop(tokio::spawn(browser::open(url.to_owned()))))
        .load()
        .await
        .expect("credential");
    credential.headers().await.expect("headers");
    assert!(!program.path("token.json").exists());
}

#[tokio::test]
async fn a_rotated_refresh_token_is_written_down() {
    let reply = r#"{"access_token":"ya29.b","expires_in":3599,"refresh_token":"rotated"}"#;
    let server = Server::always("200 OK", reply).await;
    let folder = tempfile::tempdir().expect("folder");
    let (client, token) = (folder.path().join("no client"), folder.path().join("token.json"));
    let uri = server.url("/token");
    let before = format!(
        r#"{{"token": "ya29.a", "refresh_token": "r", "token_uri": "{uri}", "client_id": "c", "client_secret": "s", "expiry": "2020-01-01T00:00:00Z"}}"#
    );
    write_private(&token, before.as_bytes()).expect("write");
    let scopes = Scopes::quickstart();
    let no_sign_in = |_: &str| panic!("a sign-in");
    load_creds(&client, &token, &scopes, no_sign_in).await.expect("token");
    let after = fs::read_to_string(&token).expect("token.json");
    let expected = before.replace("ya29.a", "ya29.b").replace("\"r\"", "\"rotated\"");
    let (start, _) = expected.split_once("2020").expect("an end");
    assert!(after.starts_with(start), "{after}");
    assert!(!after.contains("2020-01-01"), "{after}");
}

#[tokio::test]
async fn program_that_stays_goes_on_when_another_one_signs_in_again() {
    let program = Program::new();
    let credential = program.run_with("retriever").await.expect("credential");
    program.expire();
    program.emulator.advance(Duration::from_secs(8 * 24 * 3600));
    let source = credential.source();
    let error = source.token().await.expect_err("there is no new sign-in");
    assert!(error.needs_sign_in(), "{error:?}");
    program.run_with("retriever").await.expect("another program");
    assert_eq!(program.sign_ins.load(Ordering::Relaxed), 2);
    source.token().await.expect("the first call after it");
}
