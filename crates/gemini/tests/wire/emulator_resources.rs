//! Files, caches and File Search stores of the emulator: what the literal tests say, against a server that keeps them.

use crate::emulator::{emulator, signed_in};
use futures_util::TryStreamExt;
use hallpass_emulator::{Config, Emulator, Fault, FaultKind};
use hallpass_gemini::file_search::{Delete, Document};
use hallpass_gemini::files::{File, FileState, Source};
use hallpass_gemini::{Client, Retry};
use serde_json::{Value, json};
use std::time::Duration;

const PIECE: usize = 8 * 1024 * 1024;
const GUIDE: &str = "The lighthouse was built in 1820. Its keeper was Ida Lewis.";

/// An emulator whose work is done at once, and a client that never waits between attempts.
async fn ready() -> (Emulator, Client) {
    let mut config = Config::default();
    config.processing.seconds = 0;
    let emulator = emulator(config);
    let retry = Retry { first_wait: Duration::ZERO, ..Retry::default() };
    let builder = Client::builder(signed_in(&emulator).await).base_url(&emulator.url());
    let client = builder.retry(retry).build();
    (emulator, client)
}

/// What uploads have sent: command and offset of each request.
fn commands(emulator: &Emulator) -> Vec<(String, String)> {
    let requests = emulator.requests();
    let of_uploads = requests.iter().filter(|request| request.path.starts_with("/upload/"));
    let header = |headers: &std::collections::BTreeMap<String, String>, name: &str| {
        headers.get(name).cloned().unwrap_or_default()
    };
    of_uploads
        .map(|request| {
            let headers = &request.headers;
            (header(headers, "x-goog-upload-command"), header(headers, "x-goog-upload-offset"))
        })
        .collect()
}

#[tokio::test]
async fn a_small_file_is_uploaded_listed_asked_about_and_deleted() {
    let (emulator, client) = ready().await;
    let file = client.files().upload(Source::bytes("guide.txt", GUIDE)).await.expect("a file");
    assert_eq!(file.display_name.as_deref(), Some("guide.txt"));
    assert_eq!(
        (file.size_bytes.as_deref(), file.state.clone()),
        (Some("59"), Some(FileState::Active))
    );
    let sent = [("start", ""), ("upload, finalize", "0")]
        .map(|(one, two)| (one.to_owned(), two.to_owned()));
    assert_eq!(commands(&emulator), sent);
    let listed: Vec<File> = client.files().list().try_collect().await.expect("files");
    assert_eq!(listed.len(), 1);
    let parts = [(&file).into(), "Who was the keeper?".into()];
    let answer = client.model("gemini-2.5-flash").content(parts).await.expect("an answer");
    assert_eq!(answer.text().expect("text"), "guide.txt: “Its keeper was Ida Lewis.”");
    client.files().delete(&file.name).await.expect("deleted");
    let gone = client.files().get(&file.name).await.expect_err("gone");
    assert_eq!((gone.status(), gone.google_status()), (Some(403), Some("PERMISSION_DENIED")));
}

#[tokio::test]
async fn a_large_file_goes_on_after_a_cut_where_the_emulator_got_to() {
    let (emulator, client) = ready().await;
    let bytes = vec![b'x'; PIECE + 5];
    // The first piece is cut in its middle.
    emulator.fault(Fault::once("/upload/", FaultKind::CutUpload { bytes: 1000 }));
    let mut seen = Vec::new();
    let upload = client.files().upload(Source::bytes("a.txt", bytes));
    let file = upload.on_progress(|at| seen.push(at.sent)).await.expect("a file");
    assert_eq!((file.size_bytes, seen), (Some((PIECE + 5).to_string()), vec![1000]));
    let sent = [("start", ""), ("query", ""), ("upload, finalize", "1000")];
    assert_eq!(commands(&emulator), sent.map(|(one, two)| (one.to_owned(), two.to_owned())));
}

#[tokio::test]
async fn an_upload_that_gets_nowhere_ends() {
    let (emulator, client) = ready().await;
    emulator.fault(Fault::once("/upload/", FaultKind::CutUpload { bytes: 0 }).times(100));
    let error = client.files().upload(Source::bytes("a.txt", "hello")).await.expect_err("cut");
    assert!(error.connection().is_some(), "{error}");
    let questions = commands(&emulator).iter().filter(|(command, _)| command == "query").count();
    assert_eq!(questions, 3);
}

#[tokio::test]
async fn another_file_at_the_emulator_is_an_error() {
    let (emulator, client) = ready().await;
    // The first matches the beginning of the upload, which is not JSON.
    for _ in 0..2 {
        let field = "file.sha256Hash".to_owned();
        let fault = FaultKind::ReplaceField { field, value: json!("AAAA") };
        emulator.fault(Fault::once("/upload/", fault));
    }
    let error = client.files().upload(Source::bytes("a.txt", "hello")).await.expect_err("a hash");
    let words = "the file at Google is not the one that was sent";
    assert!(error.to_string().ends_with(words), "{error}");
}

#[tokio::test]
async fn a_file_that_the_emulator_cannot_process_is_not_waited_for() {
    let (emulator, client) = ready().await;
    emulator.update_config(|config| config.processing.fail = vec!["video/".into()]);
    let file = client.files().upload(Source::bytes("a.mp4", "x")).await.expect("a file");
    let error = client.files().wait_active(&file.name, Duration::ZERO).await.expect_err("failed");
    assert_eq!(error.to_string(), format!("Google cannot read `{}`", file.name));
}

#[tokio::test]
#[cfg(feature = "caches")]
async fn a_question_is_cached_and_the_cache_is_used() {
    let (emulator, client) = ready().await;
    emulator.update_config(|config| config.caching.min_tokens = 1);
    let question = client.model("gemini-2.5-flash").system("Be short.").content(GUIDE);
    let cache = client.caches().create(question, Duration::from_secs(90)).await.expect("a cache");
    let ask =
        || client.model("gemini-2.5-flash").cached(&cache.name).content("Who was the keeper?");
    let answer = ask().await.expect("an answer");
    assert!(answer.text().expect("text").contains("Ida Lewis"));
    client.caches().keep(&cache.name, Duration::from_secs(600)).await.expect("kept");
    emulator.advance(Duration::from_secs(300));
    ask().await.expect("an answer");
    client.caches().delete(&cache.name).await.expect("deleted");
    assert_eq!(ask().await.expect_err("gone").status(), Some(403));
}

#[tokio::test]
#[cfg(feature = "file-search")]
async fn a_store_takes_documents_answers_from_them_and_is_deleted_by_choice() {
    let (_emulator, client) = ready().await;
    let stores = client.file_search();
    let store = stores.create("mine").await.expect("a store");
    let upload =
        stores.upload(&store.name, Source::bytes("guide.txt", GUIDE)).metadata("year", 1820);
    let work = upload.await.expect("an operation");
    let done = work.wait(&client, Duration::from_secs(60)).await.expect("done");
    let result: Value = done.result().expect("a result").expect("done");
    let document = result["documentName"].as_str().expect("a name").to_owned();
    let file =
        client.files().upload(Source::bytes("b.md", "The crane is yellow.")).await.expect("a file");
    let work = stores.import(&store.name, &file.name).await.expect("an operation");
    work.wait(&client, Duration::from_secs(60)).await.expect("done");
    let documents = stores.documents(&store.name).expect("a name");
    let documents: Vec<Document> = documents.try_collect().await.expect("documents");
    let states: Vec<_> = documents.iter().map(|document| document.state.clone()).collect();
    assert_eq!(states, ["STATE_ACTIVE", "STATE_ACTIVE"].map(|state| Some(state.to_owned())));
    let question =
        client.model("gemini-2.5-flash").file_search([&store.name]).content("Who was the keeper?");
    let answer = question.await.expect("an answer");
    assert_eq!(answer.text().expect("text"), "guide.txt: “Its keeper was Ida Lewis.”");
    let citations = answer.citations();
    assert_eq!((citations.len(), citations[0].title.as_deref()), (1, Some("guide.txt")));
    assert_eq!(
        (citations[0].text.as_deref(), citations[0].file_search_store.as_ref()),
        (Some(GUIDE), Some(&store.name))
    );
    stores.delete_document(&document).await.expect("deleted");
    let refused =
        stores.delete(&store.name, Delete::IfEmpty).await.expect_err("a document is left");
    assert_eq!(refused.google_status(), Some("FAILED_PRECONDITION"));
    stores.delete(&store.name, Delete::WithDocuments).await.expect("deleted");
    assert_eq!(stores.get(&store.name).await.expect_err("gone").status(), Some(403));
}
