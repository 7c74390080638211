//! File Search stores: documents uploaded and imported, their operations, and how stores end.

use crate::files::{OTHER_KEY, two_projects};
use crate::generate::flat;
use crate::uploads::{KEY, upload};
use crate::wire::{Reply, approving, get, send, send_bytes};
use hallpass_emulator::Emulator;
use std::time::Duration;

pub(crate) fn post(emulator: &Emulator, path: &str, body: &str) -> Reply {
    let headers = format!("{KEY}Content-Type: application/json\r\n");
    send(emulator, &format!("POST /v1beta/{path}"), &headers, body)
}

fn read(emulator: &Emulator, path: &str) -> Reply {
    get(emulator, &format!("/v1beta/{path}"), KEY)
}

fn delete(emulator: &Emulator, path: &str) -> Reply {
    send(emulator, &format!("DELETE /v1beta/{path}"), KEY, "")
}

/// Makes a store and returns its name.
pub(crate) fn store(emulator: &Emulator) -> String {
    post(emulator, "fileSearchStores", r#"{"displayName":"My documents"}"#).field("name")
}

/// Uploads a document; the reply is the operation.
pub(crate) fn add(emulator: &Emulator, store: &str, kind: &str, about: &str, text: &str) -> Reply {
    add_bytes(emulator, store, kind, about, text.as_bytes())
}

pub(crate) fn add_bytes(
    emulator: &Emulator,
    store: &str,
    kind: &str,
    about: &str,
    bytes: &[u8],
) -> Reply {
    let headers = format!(
        "{KEY}X-Goog-Upload-Protocol: resumable\r\nX-Goog-Upload-Command: start\r\n\
         X-Goog-Upload-Header-Content-Length: {}\r\nX-Goog-Upload-Header-Content-Type: {kind}\r\n",
        bytes.len()
    );
    let line = format!("POST /upload/v1beta/{store}:uploadToFileSearchStore");
    let started = send(emulator, &line, &headers, about);
    assert_eq!(started.status, 200, "{started:?}");
    let url = started.header("x-goog-upload-url").expect("an address").to_owned();
    let place = url.strip_prefix(&emulator.url()).expect("an address of the emulator");
    let command = "X-Goog-Upload-Command: upload, finalize\r\nX-Goog-Upload-Offset: 0\r\n";
    let reply = send_bytes(emulator, &format!("POST {place}"), command, bytes);
    assert_eq!(reply.header("x-goog-upload-status"), Some("final"), "{reply:?}");
    reply
}

/// Lets no question end the indexing.
fn by_clock(emulator: &Emulator) {
    emulator
        .update_config(|config| (config.processing.seconds, config.processing.polls) = (60, None));
}

#[test]
fn store_has_the_fields_of_the_discovery_document() {
    let emulator = approving();
    let made = post(&emulator, "fileSearchStores", r#"{"display_name":"My documents"}"#);
    let (name, created) = (made.field("name"), made.field("createTime"));
    assert!(name.starts_with("fileSearchStores/my-documents-") && name.len() == 42, "{name}");
    let expected = format!(
        r#"{{"name":"{name}","displayName":"My documents","createTime":"{created}","updateTime":"{created}"}}"#
    );
    assert_eq!((made.status, flat(&made)), (200, expected.clone()));
    assert_eq!(flat(&read(&emulator, &name)), expected);
    assert_eq!(
        flat(&read(&emulator, "fileSearchStores")),
        format!(r#"{{"fileSearchStores":[{expected}]}}"#)
    );
    let bare = post(&emulator, "fileSearchStores", "");
    assert_eq!(bare.field("name").len(), "fileSearchStores/".len() + 12);
    assert_eq!(post(&emulator, "fileSearchStores", r#"{"emial":""}"#).status, 400);
}

#[test]
fn uploaded_document_is_indexed_by_an_operation() {
    let emulator = approving();
    by_clock(&emulator);
    let store = store(&emulator);
    let about = r#"{"displayName":"A.txt","customMetadata":[{"key":"year","numericValue":1820}]}"#;
    let operation = add(&emulator, &store, "text/plain", about, "hello world");
    let name = operation.field("name");
    let start = format!("{store}/upload/operations/a-txt-");
    assert!(name.starts_with(&start), "{name}");
    assert_eq!(flat(&operation), format!(r#"{{"name":"{name}"}}"#));
    let id = name.rsplit('/').next().expect("an id");
    let document = read(&emulator, &format!("{store}/documents/{id}"));
    let created = document.field("createTime");
    let expected = format!(
        r#"{{"name":"{store}/documents/{id}","displayName":"A.txt","customMetadata":[{{"key":"year","numericValue":1820}}],"updateTime":"{created}","createTime":"{created}","state":"STATE_PENDING","sizeBytes":"11","mimeType":"text/plain"}}"#
    );
    assert_eq!(flat(&document), expected);
    assert!(
        flat(&read(&emulator, &store)).contains(r#""pendingDocumentsCount":"1","sizeBytes":"11""#)
    );
    assert!(!read(&emulator, &name).body.contains("done"));
    let of_import = name.replace("/upload/operations/", "/operations/");
    assert_eq!(read(&emulator, &of_import).status, 404, "it is an upload's");
    emulator.advance(Duration::from_secs(60));
    let done = format!(
        r#"{{"name":"{name}","done":true,"response":{{"@type":"type.googleapis.com/google.ai.generativelanguage.v1beta.UploadToFileSearchStoreResponse","documentName":"{store}/documents/{id}","parent":"{store}"}}}}"#
    );
    assert_eq!(flat(&read(&emulator, &name)), done);
    let list = read(&emulator, &format!("{store}/documents"));
    assert_eq!(
        (list.field("state"), list.body.matches("mimeType").count()),
        ("STATE_ACTIVE".into(), 1)
    );
    assert!(
        flat(&read(&emulator, &store)).contains(r#""activeDocumentsCount":"1","sizeBytes":"11""#)
    );
}

#[test]
fn file_is_imported_once_it_is_active() {
    let emulator = approving();
    let store = store(&emulator);
    let file = upload(&emulator, "text/plain", "a.txt", "hello").field("name");
    let import = |file: &str| {
        post(&emulator, &format!("{store}:importFile"), &format!(r#"{{"fileName":"{file}"}}"#))
    };
    let operation = import(&file);
    let name = operation.field("name");
    assert!(name.starts_with(&format!("{store}/operations/a-txt-")), "{operation:?}");
    assert!(!read(&emulator, &name).body.contains("done"));
    let done = flat(&read(&emulator, &name));
    assert!(
        done.contains(r#""done":true"#) && done.contains("v1beta.ImportFileResponse"),
        "{done}"
    );
    let document = read(&emulator, &name.replace("/operations/", "/documents/"));
    assert_eq!(
        (document.field("displayName"), document.field("state")),
        ("a.txt".into(), "STATE_ACTIVE".into())
    );
    assert_eq!(read(&emulator, &name.replace("/operations/", "/upload/operations/")).status, 404);
    let video = upload(&emulator, "video/mp4", "v", "x").field("name");
    let early = import(&video);
    assert_eq!((early.status, early.field("status")), (400, "FAILED_PRECONDITION".into()));
    assert_eq!(import("files/none").status, 403);
    assert_eq!(import("none").status, 400);
}

#[test]
fn document_without_text_fails_and_says_why() {
    let emulator = approving();
    let store = store(&emulator);
    let fault = |kind: &str, text: &str| {
        let name = add(&emulator, &store, kind, "{}", text).field("name");
        read(&emulator, &name);
        flat(&read(&emulator, &name)).replace(&name, "NAME")
    };
    let failed = |words: &str| {
        format!(r#"{{"name":"NAME","done":true,"error":{{"code":3,"message":"{words}"}}}}"#)
    };
    assert_eq!(
        fault("video/mp4", "x"),
        failed("The emulator reads text, HTML, JSON, PDF and docx, not video/mp4.")
    );
    assert_eq!(fault("application/pdf", "x"), failed("The PDF has no text; it may be a scan."));
    let words =
        "Pictures are indexed in stores with the embeddingModel models/gemini-embedding-2 alone.";
    assert_eq!(fault("image/png", "x"), failed(words));
    emulator.update_config(|config| config.processing.fail = vec!["text/csv".into()]);
    assert_eq!(fault("text/csv", "a,b"), failed("The document could not be indexed."));
    assert!(flat(&read(&emulator, &store)).contains(r#""failedDocumentsCount":"4""#));
}

#[test]
fn store_with_documents_is_deleted_by_force_alone() {
    let emulator = approving();
    let store = store(&emulator);
    let operation = add(&emulator, &store, "text/plain", "{}", "hello").field("name");
    let document = operation.replace("/upload/operations/", "/documents/");
    let refused = delete(&emulator, &store);
    assert_eq!((refused.status, refused.field("status")), (400, "FAILED_PRECONDITION".into()));
    let refused = delete(&emulator, &document);
    assert_eq!((refused.status, refused.field("status")), (400, "FAILED_PRECONDITION".into()));
    assert_eq!(delete(&emulator, &format!("{document}?force=true")).status, 200);
    assert_eq!(read(&emulator, &document).status, 404);
    add(&emulator, &store, "text/plain", "{}", "hello");
    assert_eq!(delete(&emulator, &format!("{store}?force=false")).status, 400);
    assert_eq!(flat(&delete(&emulator, &format!("{store}?force=True"))), "{}");
    assert_eq!(read(&emulator, &store).status, 403);
    let other = self::store(&emulator);
    let operation = add(&emulator, &other, "text/plain", "{}", "hello").field("name");
    emulator.update_config(|config| config.switches.document_delete_needs_force = false);
    let document = operation.replace("/upload/operations/", "/documents/");
    assert_eq!(delete(&emulator, &document).status, 200);
    assert_eq!(delete(&emulator, &other).status, 200);
}

#[test]
fn store_of_another_project_is_no_permission() {
    let emulator = two_projects();
    let store = store(&emulator);
    let id = store.trim_start_matches("fileSearchStores/");
    let words = format!(
        "You do not have permission to access the FileSearchStore {id} or it may not exist."
    );
    for path in [store.clone(), format!("{store}/documents"), format!("{store}/operations/x")] {
        let reply = get(&emulator, &format!("/v1beta/{path}"), OTHER_KEY);
        assert_eq!((reply.status, reply.field("message")), (403, words.clone()), "{path}");
    }
    assert_eq!(flat(&get(&emulator, "/v1beta/fileSearchStores", OTHER_KEY)), "{}");
    let headers =
        format!("{OTHER_KEY}X-Goog-Upload-Protocol: resumable\r\nX-Goog-Upload-Command: start\r\n");
    let line = format!("POST /upload/v1beta/{store}:uploadToFileSearchStore");
    assert_eq!(send(&emulator, &line, &headers, "{}").status, 403);
}

#[test]
fn documents_come_in_pages_and_their_descriptions_are_checked() {
    let emulator = approving();
    let store = store(&emulator);
    for _ in 0..11 {
        add(&emulator, &store, "text/plain", "{}", "hello");
    }
    let first = read(&emulator, &format!("{store}/documents"));
    assert_eq!(first.body.matches("\"state\"").count(), 10);
    let token = first.field("nextPageToken");
    let second = read(&emulator, &format!("{store}/documents?pageToken={token}"));
    assert_eq!(second.body.matches("\"state\"").count(), 1);
    let begin = |about: &str| {
        let headers =
            format!("{KEY}X-Goog-Upload-Protocol: resumable\r\nX-Goog-Upload-Command: start\r\n");
        send(
            &emulator,
            &format!("POST /upload/v1beta/{store}:uploadToFileSearchStore"),
            &headers,
            about,
        )
        .status
    };
    assert_eq!(
        begin(
            r#"{"chunkingConfig":{"whiteSpaceConfig":{"maxTokensPerChunk":20,"maxOverlapTokens":5}}}"#
        ),
        200
    );
    for wrong in [
        r#"{"chunkingConfig":{"whiteSpaceConfig":{"maxTokensPerChunk":20,"maxOverlapTokens":20}}}"#,
        r#"{"customMetadata":[{"key":"a"}]}"#,
        r#"{"customMetadata":[{"stringValue":"a"}]}"#,
        r#"{"customMetadata":[{"key":"a","stringValue":"a","numericValue":1}]}"#,
        r#"{"file":{}}"#,
    ] {
        assert_eq!(begin(wrong), 400, "{wrong}");
    }
    let headers = format!(
        "{KEY}X-Goog-Upload-Protocol: resumable\r\nX-Goog-Upload-Command: start\r\n\
        X-Goog-Upload-Header-Content-Length: 104857601\r\n"
    );
    let large = send(
        &emulator,
        &format!("POST /upload/v1beta/{store}:uploadToFileSearchStore"),
        &headers,
        "{}",
    );
    assert_eq!(large.field("message"), "the document has 104857601 bytes; 104857600 are the most");
}
