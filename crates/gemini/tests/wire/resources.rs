//! Caches, File Search stores, batches and operations: their bytes.

use crate::generate::{SKY, body, serving};
use futures_util::TryStreamExt;
use hallpass_gemini::Response;
use hallpass_gemini::file_search::{Delete, Document};
use hallpass_testbed::{Server, json as answer};
use serde_json::json;
use std::time::Duration;

fn line(request: &str) -> &str {
    request.split_once(" HTTP/1.1").expect("a request").0
}

#[tokio::test]
async fn a_question_is_cached_and_the_cache_is_used() {
    let (server, client) =
        serving(&[r#"{"name":"cachedContents/c","model":"models/m"}"#, SKY, "{}", "{}"]).await;
    let question = client.model("m").system("s").content("long").google_search();
    let cache = client.caches().create(question, Duration::from_secs(90)).await.expect("a cache");
    client.model("m").cached(&cache.name).content("x").await.expect("answer");
    client.caches().keep(&cache.name, Duration::from_millis(1500)).await.expect("kept");
    client.caches().delete("c").await.expect("deleted");
    let [create, ask, keep, delete] = server.requests().try_into().expect("four requests");
    assert_eq!(line(&create), "POST /v1beta/cachedContents");
    assert_eq!(
        body(&create),
        json!({"model": "models/m", "contents": [{"role": "user", "parts": [{"text": "long"}]}],
            "systemInstruction": {"parts": [{"text": "s"}]}, "tools": [{"googleSearch": {}}], "ttl": "90s"})
    );
    assert_eq!(body(&ask)["cachedContent"], "cachedContents/c");
    assert_eq!(line(&keep), "PATCH /v1beta/cachedContents/c?updateMask=ttl");
    assert_eq!(body(&keep), json!({"ttl": "1.5s"}));
    assert_eq!(line(&delete), "DELETE /v1beta/cachedContents/c");
}

#[tokio::test]
async fn a_question_goes_on_without_a_cache_that_is_gone() {
    let gone = answer("403 Forbidden", r#"{"error":{"code":403,"status":"PERMISSION_DENIED"}}"#);
    let replies = [
        answer("200 OK", r#"{"name":"cachedContents/c","model":"models/m"}"#),
        gone.clone(),
        answer("200 OK", SKY),
        gone.clone(),
        gone,
    ];
    let server = Server::in_order(&replies).await;
    let client = crate::client(server.origin());
    let beginning = client.model("m").system("s").content("long").google_search();
    let caches = client.caches();
    let beginning = caches.begin(beginning, Duration::from_secs(90)).await.expect("a cache");
    assert_eq!(beginning.cache().name, "cachedContents/c");
    let ask = || client.model("m").begin_with(&beginning).content("short").send();
    assert_eq!(ask().await.expect("answer").text().expect("text"), "Rayleigh.");
    let [_, cached, whole] = server.requests().try_into().expect("three requests");
    assert_eq!(
        body(&cached),
        json!({"contents": [{"role": "user", "parts": [{"text": "short"}]}],
            "cachedContent": "cachedContents/c"})
    );
    assert_eq!(
        body(&whole),
        json!({"contents": [{"role": "user", "parts": [{"text": "long"}]},
                {"role": "user", "parts": [{"text": "short"}]}],
            "systemInstruction": {"parts": [{"text": "s"}]}, "tools": [{"googleSearch": {}}]})
    );
    // Once, and no more.
    assert_eq!(ask().await.expect_err("refused").status(), Some(403));
    assert_eq!(server.requests().len(), 5);
}

#[tokio::test(start_paused = true)]
async fn a_store_takes_files_and_is_deleted_by_choice() {
    let (server, client) = serving(&[
        r#"{"name":"fileSearchStores/s"}"#,
        r#"{"name":"fileSearchStores/s/operations/o"}"#,
        r#"{"name":"fileSearchStores/s/operations/o"}"#,
        r#"{"name":"fileSearchStores/s/operations/o","done":true,"response":{"documentName":"d"}}"#,
        r#"{"documents":[{"name":"fileSearchStores/s/documents/d","state":"STATE_ACTIVE"}]}"#,
        "{}",
        "{}",
    ])
    .await;
    let stores = client.file_search();
    let store = stores.create("mine").await.expect("a store");
    let work = stores.import(&store.name, "a").await.expect("an operation");
    let done = work.wait(&client, Duration::from_secs(60)).await.expect("done");
    let result: Option<serde_json::Value> = done.result().expect("a result");
    assert_eq!(result.expect("done")["documentName"], "d");
    let documents = stores.documents(&store.name).expect("a name");
    let documents: Vec<Document> = documents.try_collect().await.expect("documents");
    assert_eq!(documents[0].state.as_deref(), Some("STATE_ACTIVE"));
    stores.delete("s", Delete::IfEmpty).await.expect("deleted");
    stores.delete("s", Delete::WithDocuments).await.expect("deleted");
    stores.delete_document("fileSearchStores/s/documents/d").await.expect("deleted");
    for name in ["d", "fileSearchStores/s/documents/..", "fileSearchStores/a/b/documents/d"] {
        assert!(stores.delete_document(name).await.expect_err("a name").is_invalid_name());
    }
    let requests = server.requests();
    let lines: Vec<&str> = requests.iter().map(|request| line(request)).collect();
    assert_eq!(
        lines,
        [
            "POST /v1beta/fileSearchStores",
            "POST /v1beta/fileSearchStores/s:importFile",
            "GET /v1beta/fileSearchStores/s/operations/o",
            "GET /v1beta/fileSearchStores/s/operations/o",
            "GET /v1beta/fileSearchStores/s/documents",
            "DELETE /v1beta/fileSearchStores/s",
            "DELETE /v1beta/fileSearchStores/s?force=true",
            "DELETE /v1beta/fileSearchStores/s/documents/d?force=true",
        ]
    );
    assert_eq!(body(&requests[0]), json!({"displayName": "mine"}));
    assert_eq!(body(&requests[1]), json!({"fileName": "files/a"}));
}

#[test]
fn citations_are_the_passages_of_ones_own_documents() {
    let answer: Response = serde_json::from_value(json!({"candidates": [{"groundingMetadata": {"groundingChunks": [
        {"web": {"uri": "https://w"}},
        {"retrievedContext": {"title": "report.pdf", "text": "sold", "fileSearchStore": "fileSearchStores/s",
            "pageNumber": 3}}]}}]}))
    .expect("a response");
    let citations = answer.citations();
    assert_eq!(citations.len(), 1);
    assert_eq!(answer.web_sources()[0].uri.as_deref(), Some("https://w"));
    assert_eq!(
        (citations[0].title.as_deref(), citations[0].page_number),
        (Some("report.pdf"), Some(3))
    );
}

#[tokio::test]
async fn a_batch_has_its_questions_and_its_answers_in_their_order() {
    let done = json!({"name": "batches/b", "done": true, "metadata": {"state": "BATCH_STATE_SUCCEEDED", "output":
        {"inlinedResponses": {"inlinedResponses": [
            {"response": serde_json::from_str::<serde_json::Value>(SKY).expect("JSON")},
            {"error": {"code": 8, "message": "m", "status": "RESOURCE_EXHAUSTED"}}]}}}});
    let (server, client) =
        serving(&[r#"{"name":"batches/b"}"#, &done.to_string(), "{}", "{}"]).await;
    let questions = ["one", "two"].map(|text| client.model("m").content(text));
    let batch = client.batches().create("mine", questions).await.expect("a batch");
    let batch = batch.poll(&client).await.expect("the batch");
    let [first, second] = batch.answers().try_into().expect("two answers");
    assert_eq!(first.expect("an answer").text().expect("text"), "Rayleigh.");
    assert_eq!(second.expect_err("a refusal").google_status(), Some("RESOURCE_EXHAUSTED"));
    batch.cancel(&client).await.expect("cancelled");
    client.batches().delete("b").await.expect("deleted");
    let [create, get, cancel, delete] = server.requests().try_into().expect("four requests");
    assert_eq!(line(&create), "POST /v1beta/models/m:batchGenerateContent");
    let asked = |text: &str| json!({"request": {"contents": [{"role": "user", "parts": [{"text": text}]}]}});
    assert_eq!(
        body(&create),
        json!({"batch": {"displayName": "mine", "model": "models/m",
            "inputConfig": {"requests": {"requests": [asked("one"), asked("two")]}}}})
    );
    assert_eq!(line(&get), "GET /v1beta/batches/b");
    assert_eq!(line(&cancel), "POST /v1beta/batches/b:cancel");
    assert_eq!(line(&delete), "DELETE /v1beta/batches/b");
    client.batches().create("mine", []).await.expect_err("no question");
    client.operation("batches/../files/a").await.expect_err("a name");
}

#[tokio::test]
#[cfg(feature = "embed")]
async fn a_batch_makes_vectors_in_their_order() {
    let done = json!({"name": "batches/b", "done": true, "response": {"inlinedEmbedContentResponses": {
        "inlinedResponses": [{"response": {"embedding": {"values": [0.5, -1]}}},
            {"error": {"code": 8, "message": "m", "status": "RESOURCE_EXHAUSTED"}}]}}});
    let (server, client) = serving(&[r#"{"name":"batches/b"}"#, &done.to_string()]).await;
    let model = client.embed("gemini-embedding-001").dimensions(2);
    let batch = client.batches().embed("mine", &model, ["a", "b"]).await.expect("a batch");
    let batch = batch.poll(&client).await.expect("the batch");
    let [first, second] = batch.embeddings().try_into().expect("two vectors");
    assert_eq!(first.expect("a vector").values, [0.5, -1.0]);
    assert_eq!(second.expect_err("a refusal").google_status(), Some("RESOURCE_EXHAUSTED"));
    let requests = server.requests();
    let path = "POST /v1beta/models/gemini-embedding-001:asyncBatchEmbedContent";
    assert_eq!(line(&requests[0]), path);
    let asked = |text: &str| {
        json!({"request": {"model": "models/gemini-embedding-001",
        "content": {"role": "user", "parts": [{"text": text}]}, "outputDimensionality": 2}})
    };
    assert_eq!(
        body(&requests[0]),
        json!({"batch": {"displayName": "mine", "model": "models/gemini-embedding-001",
            "inputConfig": {"requests": {"requests": [asked("a"), asked("b")]}}}})
    );
    let none: [&str; 0] = [];
    assert!(client.batches().embed("mine", &model, none).await.expect_err("none").is_not_sent());
    assert!(client.batches().embed("mine", &model, [""]).await.expect_err("empty").is_not_sent());
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn work_that_failed_has_googles_reason() {
    let (_server, client) =
        serving(&[r#"{"name":"batches/b","done":true,"error":{"code":3,"message":"m","status":"INVALID_ARGUMENT"}}"#]).await;
    let work = client.operation("batches/b").await.expect("the work");
    let error = work.result::<serde_json::Value>().expect_err("failed");
    assert_eq!(error.google_status(), Some("INVALID_ARGUMENT"));
    assert!(!error.is_transient());
}
