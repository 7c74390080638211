//! The store keeps to the suite, and processes that share it make one refresh and lose no refresh token.

use hallpass::store::{
    GrantKey, Saved, StoredGrant, SyncGrantStore, SyncStore, Version, conformance,
};
use hallpass_sqlite_store::SqliteStore;
use hallpass_testbed::{Reply, Server, json};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

#[tokio::test]
async fn the_database_keeps_to_the_suite() {
    let folder = tempfile::tempdir().expect("folder");
    conformance::run(|name| {
        let database = folder.path().join(format!("{name}.db"));
        SyncStore::new(SqliteStore::open(database).expect("a database"))
    })
    .await;
}

/// A database with Ada's sign-in, whose tokens come from this server.
fn database(folder: &Path, server: &Server) -> PathBuf {
    let path = folder.join("grants.db");
    let json = format!(
        r#"{{"client_id":"c","client_secret":"s","refresh_token":"r","token_uri":"{}"}}"#,
        server.url("/token")
    );
    let grant = StoredGrant::from_json(json.as_bytes()).expect("a grant");
    let store = SqliteStore::open(&path).expect("a database");
    let saved = store.save(&key(), &grant, &Version::NOTHING).expect("save");
    assert!(matches!(saved, Saved::Written(_)));
    path
}

fn key() -> GrantKey {
    GrantKey::from("ada@example.com")
}

fn start(database: &Path, arguments: &[&str]) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_print-token"));
    command.arg(database).args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().expect("start")
}

fn printed(child: Child) -> String {
    let Output { status, stdout, stderr } = child.wait_with_output().expect("the end");
    assert!(status.success(), "{}", String::from_utf8_lossy(&stderr));
    String::from_utf8(stdout).expect("UTF-8").trim().to_owned()
}

/// A server that gives a new refresh token each time, and takes the latest one alone.
fn rotating(number: usize, request: &str) -> String {
    let latest = if number == 0 { "r".to_owned() } else { format!("r{}", number - 1) };
    if !request.ends_with(&format!("&refresh_token={latest}")) {
        return json("400 Bad Request", r#"{"error":"invalid_grant"}"#);
    }
    std::thread::sleep(Duration::from_millis(200));
    let body = r#"{"access_token":"ya29.NUMBER","expires_in":3599,"refresh_token":"rNUMBER"}"#;
    json("200 OK", &body.replace("NUMBER", &number.to_string()))
}

fn refresh_token(database: &Path) -> String {
    let store = SqliteStore::open(database).expect("a database");
    let stored = store.load(&key()).expect("load").expect("a grant");
    stored.grant.refresh_token.expect("a refresh token").expose().to_owned()
}

#[test]
fn processes_at_once_make_one_refresh_and_keep_its_refresh_token() {
    let folder = tempfile::tempdir().expect("folder");
    let server = Server::on_thread(rotating);
    let database = database(folder.path(), &server);
    let processes: Vec<Child> = (0..2).map(|_| start(&database, &[])).collect();
    for process in processes {
        assert_eq!(printed(process), "ya29.0");
    }
    assert_eq!(server.requests().len(), 1);
    assert_eq!(refresh_token(&database), "r0");
}

#[test]
fn the_lease_of_a_process_that_was_killed_ends_by_itself() {
    let folder = tempfile::tempdir().expect("folder");
    let server = Server::on_thread(|number, request: &str| match number {
        0 => Reply::Silence,
        _ => rotating(0, request).into(),
    });
    let database = database(folder.path(), &server);
    let mut killed = start(&database, &["500"]);
    while server.requests().is_empty() {
        std::thread::sleep(Duration::from_millis(10));
    }
    // It is renewed while its process lives.
    let waiting = start(&database, &["500"]);
    std::thread::sleep(Duration::from_secs(1));
    assert_eq!(server.requests().len(), 1, "the second one waits for the first");
    killed.kill().and_then(|()| killed.wait()).expect("killed");
    assert_eq!(printed(waiting), "ya29.0");
    assert_eq!(refresh_token(&database), "r0");
}
