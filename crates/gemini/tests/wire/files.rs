//! Files: the resumable protocol byte for byte, cuts, and files that are not sent.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use futures_util::TryStreamExt;
use hallpass::ErrorKind;
use hallpass_gemini::files::{File, Source};
use hallpass_gemini::generate::{Contents, Part};
use hallpass_testbed::Server;
use serde_json::json;
use sha2::{Digest, Sha256};
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, ReadBuf};

const PIECE: usize = 8 * 1024 * 1024;

fn reply(headers: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "HTTP/1.1 200 OK\r\n{headers}Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    )
}

/// The reply to the first request, with an address at the server itself.
fn started(request: &str) -> String {
    let host = header(request, "host").expect("a host");
    reply(
        &format!(
            "X-Goog-Upload-Status: active\r\nX-Goog-Upload-URL: http://{host}/upload?upload_id=u\r\n"
        ),
        "",
    )
}

fn ended(bytes: &[u8]) -> String {
    let hash = BASE64_STANDARD.encode(Sha256::digest(bytes));
    let file = json!({"file": {"name": "files/a", "uri": "https://g/files/a", "mimeType": "text/plain",
        "sha256Hash": hash, "state": "PROCESSING"}});
    reply("X-Goog-Upload-Status: final\r\n", &file.to_string())
}

fn header<'a>(request: &'a str, name: &str) -> Option<&'a str> {
    let line =
        request.lines().find(|line| line.to_ascii_lowercase().starts_with(&format!("{name}:")))?;
    Some(line[name.len() + 1..].trim())
}

fn command(request: &str) -> &str {
    header(request, "x-goog-upload-command").unwrap_or_default()
}

#[tokio::test]
async fn a_small_file_is_two_requests() {
    let server = Server::start(|number, request| match number {
        0 => started(request),
        _ => ended(b"hello"),
    })
    .await;
    let client = crate::client(server.origin());
    let file = client.files().upload(Source::bytes("a.txt", "hello")).await.expect("a file");
    assert_eq!(file.name, "files/a");
    let part = serde_json::to_value(Part::from(&file)).expect("JSON");
    assert_eq!(
        part,
        json!({"fileData": {"fileUri": "https://g/files/a", "mimeType": "text/plain"}})
    );
    let _: Contents = (&file).into();
    let [start, piece] = server.requests().try_into().expect("two requests");
    assert!(start.starts_with("POST /upload/v1beta/files HTTP/1.1\r\n"), "{start}");
    for (name, value) in [
        ("x-goog-upload-protocol", "resumable"),
        ("x-goog-upload-command", "start"),
        ("x-goog-upload-header-content-length", "5"),
        ("x-goog-upload-header-content-type", "text/plain"),
    ] {
        assert_eq!(header(&start, name), Some(value), "{start}");
    }
    let about = json!({"file": {"displayName": "a.txt", "mimeType": "text/plain"}});
    assert_eq!(crate::generate::body(&start), about);
    assert!(piece.starts_with("POST /upload?upload_id=u HTTP/1.1\r\n"), "{piece}");
    assert_eq!(command(&piece), "upload, finalize");
    assert_eq!(header(&piece, "x-goog-upload-offset"), Some("0"));
    assert!(piece.contains("\r\nauthorization: Bearer ya29.first\r\n"), "{piece}");
    assert!(piece.ends_with("\r\n\r\nhello"), "{piece}");
}

#[tokio::test]
async fn a_large_file_goes_on_after_a_cut_where_the_server_got_to() {
    let bytes = vec![b'x'; PIECE + 5];
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("large.bin");
    std::fs::copy(written(&bytes).path(), &path).expect("a file");
    let whole = bytes.clone();
    let cuts = AtomicUsize::new(0);
    let server = Server::start(move |number, request| match (number, command(request)) {
        (0, _) => started(request),
        // The second piece is cut twice, once after three of its bytes; the first question fails, too.
        (_, "upload, finalize") if cuts.fetch_add(1, Ordering::SeqCst) < 2 => String::new(),
        (3, "query") => {
            "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
                .to_owned()
        }
        (_, "query") => {
            let received = PIECE + 3 * (cuts.load(Ordering::SeqCst) - 1);
            reply(
                &format!(
                    "X-Goog-Upload-Status: active\r\nX-Goog-Upload-Size-Received: {received}\r\n"
                ),
                "",
            )
        }
        (_, "upload") => reply("X-Goog-Upload-Status: active\r\n", ""),
        _ => ended(&whole),
    })
    .await;
    let client = crate::client(server.origin());
    let mut seen = Vec::new();
    let upload = client.files().upload(&path).mime_type("application/x-mine").display_name("mine");
    upload.on_progress(|at| seen.push((at.sent, at.total))).await.expect("a file");
    let total = bytes.len() as u64;
    let sent: Vec<u64> = seen.iter().map(|(sent, _)| *sent).collect();
    assert_eq!(sent, [PIECE as u64, PIECE as u64, PIECE as u64 + 3], "of {total}");
    let requests = server.requests();
    let last = requests.last().expect("requests");
    assert_eq!(header(last, "x-goog-upload-offset"), Some((PIECE + 3).to_string().as_str()));
    assert!(last.ends_with("\r\n\r\nxx"));
}

fn written(bytes: &[u8]) -> tempfile::NamedTempFile {
    use std::io::Write as _;
    let mut file = tempfile::NamedTempFile::new().expect("a file");
    file.write_all(bytes).expect("written");
    file
}

#[tokio::test]
async fn a_reader_is_read_once_and_goes_on_within_its_last_piece() {
    let bytes = [vec![b'x'; PIECE], b"hello".to_vec()].concat();
    let whole = bytes.clone();
    let cuts = AtomicUsize::new(0);
    let server = Server::start(move |number, request| match (number, command(request)) {
        (0, _) => started(request),
        (_, "upload, finalize") if cuts.fetch_add(1, Ordering::SeqCst) == 0 => String::new(),
        (_, "query") => {
            let received = PIECE + 2;
            let headers = format!(
                "X-Goog-Upload-Status: active\r\nX-Goog-Upload-Size-Received: {received}\r\n"
            );
            reply(&headers, "")
        }
        (_, "upload") => reply("X-Goog-Upload-Status: active\r\n", ""),
        _ => ended(&whole),
    })
    .await;
    let client = crate::client(server.origin());
    let length = bytes.len() as u64;
    let source = Source::reader("a.txt", std::io::Cursor::new(bytes), length);
    client.files().upload(source).await.expect("a file");
    assert!(server.requests().last().expect("requests").ends_with("\r\n\r\nllo"));

    // Before its last piece there is no way back.
    let server = Server::start(|number, request| match (number, command(request)) {
        (0, _) => started(request),
        (_, "upload") => reply("X-Goog-Upload-Status: active\r\n", ""),
        (_, "query") => {
            reply("X-Goog-Upload-Status: active\r\nX-Goog-Upload-Size-Received: 0\r\n", "")
        }
        _ => String::new(),
    })
    .await;
    let client = crate::client(server.origin());
    let large = std::io::Cursor::new(vec![b'x'; PIECE + 5]);
    let source = Source::reader("a.txt", large, PIECE as u64 + 5);
    let error = client.files().upload(source).await.expect_err("a reader");
    assert_eq!(error.to_string(), "cannot go back in `a.txt`");

    let short = Source::reader("a.txt", &b"hell"[..], 5);
    let error = client.files().upload(short).await.expect_err("a short reader");
    assert!(error.is_invalid_file(), "{error}");
}

/// A reader that counts what was taken from it; the bytes differ from piece to piece.
struct Counted(Arc<Taken>, u64);

#[derive(Default)]
struct Taken(Mutex<u64>, Condvar);

impl Taken {
    /// Waits until so much was taken, or for a minute; returns what was.
    fn at_least(&self, bytes: u64) -> u64 {
        let taken = self.0.lock().expect("a count");
        let waited = self.1.wait_timeout_while(taken, Duration::from_secs(60), |now| *now < bytes);
        *waited.expect("a count").0
    }
}

/// The byte at this place.
fn letter(at: u64) -> u8 {
    b'a' + u8::try_from(at / 1_000_003 % 26).expect("a letter")
}

impl AsyncRead for Counted {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        let size = buffer.remaining().min(64 * 1024);
        let start = self.1;
        self.1 += size as u64;
        buffer.put_slice(&(start..self.1).map(letter).collect::<Vec<u8>>());
        *self.0.0.lock().expect("a count") = self.1;
        self.0.1.notify_all();
        Poll::Ready(Ok(()))
    }
}

#[tokio::test]
async fn one_piece_is_read_ahead_of_a_slow_server_and_no_more() {
    const PIECES: u64 = 5;
    let length = PIECES * PIECE as u64 - 3;
    let taken = Arc::new(Taken::default());
    let counts = Arc::new(Mutex::new(Vec::new()));
    let (reader, counted) = (Arc::clone(&taken), Arc::clone(&counts));
    let server = Server::on_thread(move |number, request| {
        if number == 0 {
            return started(request);
        }
        // The answer waits until the next piece was read, while this one is not done.
        let next = length.min((number as u64 + 1) * PIECE as u64);
        counted.lock().expect("counts").push((next, reader.at_least(next)));
        match command(request) {
            "upload" => reply("X-Goog-Upload-Status: active\r\n", ""),
            _ => ended(&(0..length).map(letter).collect::<Vec<u8>>()),
        }
    });
    let client = crate::client(server.origin());
    let source = Source::reader("a.txt", Counted(taken, 0), length);
    client.files().upload(source).await.expect("a file");
    for (wanted, taken) in counts.lock().expect("counts").iter() {
        assert_eq!(taken, wanted, "bytes that were read before a piece was answered");
    }
    let requests = server.requests();
    let pieces = requests[1..].iter();
    let offsets: Vec<&str> = pieces.filter_map(|one| header(one, "x-goog-upload-offset")).collect();
    assert_eq!(offsets, ["0", "8388608", "16777216", "25165824", "33554432"]);
    let bodies = requests[1..].iter().map(|one| one.split_once("\r\n\r\n").expect("a body").1);
    let sent = bodies.collect::<String>().into_bytes();
    assert!(sent.iter().copied().eq((0..length).map(letter)), "{} bytes", sent.len());
}

#[tokio::test]
async fn a_cut_before_the_piece_that_was_read_ahead_goes_on_in_order() {
    let bytes: Vec<u8> = (0..3 * PIECE as u64 + 5).map(letter).collect();
    let file = written(&bytes);
    let length = bytes.len() as u64;
    for reads_once in [true, false] {
        let whole = bytes.clone();
        let server = Server::start(move |number, request| match (number, command(request)) {
            (0, _) => started(request),
            // The second piece is cut after 1 MiB; then the third one was read already.
            (2, "upload") => String::new(),
            (_, "query") => {
                let received = PIECE + 1024 * 1024;
                reply(
                    &format!(
                        "X-Goog-Upload-Status: active\r\nX-Goog-Upload-Size-Received: {received}\r\n"
                    ),
                    "",
                )
            }
            (_, "upload") => reply("X-Goog-Upload-Status: active\r\n", ""),
            _ => ended(&whole),
        })
        .await;
        let client = crate::client(server.origin());
        let source = match reads_once {
            true => Source::reader("a.txt", std::io::Cursor::new(bytes.clone()), length),
            false => Source::path(file.path()),
        };
        client.files().upload(source).mime_type("text/plain").await.expect("a file");
        let mut got = vec![0; bytes.len()];
        for request in &server.requests()[1..] {
            let Some(offset) = header(request, "x-goog-upload-offset") else { continue };
            let offset: usize = offset.parse().expect("an offset");
            let body = request.split_once("\r\n\r\n").expect("a body").1.as_bytes();
            got[offset..offset + body.len()].copy_from_slice(body);
        }
        assert!(got == bytes, "reads once: {reads_once}");
    }
}

#[tokio::test]
async fn the_same_bytes_are_uploaded_once_while_google_has_them() {
    let server = Server::start(|number, request| {
        let line = request.lines().next().unwrap_or_default();
        match number {
            // After the first upload, Google has the file once, then no more.
            2 => reply("", r#"{"name":"files/a","state":"ACTIVE","uri":"https://g/files/a"}"#),
            3 => "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
                .to_owned(),
            _ if line.starts_with("POST /upload/") => started(request),
            _ => ended(b"hello"),
        }
    })
    .await;
    let client = crate::client(server.origin());
    let cache = hallpass_gemini::files::UploadCache::default();
    let upload = || client.files().upload(Source::bytes("a.txt", "hello")).reuse(&cache);
    for _ in 0..3 {
        assert_eq!(upload().await.expect("a file").name, "files/a");
    }
    let requests = server.requests();
    let lines: Vec<&str> =
        requests.iter().map(|one| one.split(" HTTP").next().expect("a line")).collect();
    let once = ["POST /upload/v1beta/files", "POST /upload?upload_id=u"];
    assert_eq!(lines, [&once[..], &["GET /v1beta/files/a"; 2], &once].concat());
    let kept = serde_json::to_value(&cache).expect("JSON");
    let digits = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
    assert_eq!(kept, json!({digits: "files/a"}));
}

#[tokio::test]
async fn an_upload_that_gets_nowhere_ends() {
    let server = Server::start(|number, request| match (number, command(request)) {
        (0, _) => started(request),
        (_, "query") => {
            reply("X-Goog-Upload-Status: active\r\nX-Goog-Upload-Size-Received: 0\r\n", "")
        }
        _ => String::new(),
    })
    .await;
    let client = crate::client(server.origin());
    let error = client.files().upload(Source::bytes("a.txt", "hello")).await.expect_err("cut");
    assert!(error.connection().is_some(), "{error}");
    let pieces =
        server.requests().iter().filter(|request| command(request) == "upload, finalize").count();
    assert_eq!(pieces, 4);
}

#[tokio::test]
async fn an_upload_that_begins_again_and_again_ends() {
    let bytes = vec![b'x'; PIECE + 5];
    let whole = bytes.clone();
    let server = Server::start(move |number, request| match (number, command(request)) {
        (0, _) => started(request),
        // Far more than any client should ask, so that one without an end does not hold the test.
        (40.., "upload, finalize") => ended(&whole),
        (_, "upload") => reply("X-Goog-Upload-Status: active\r\n", ""),
        // The end is always cut, and then nothing of the beginning is left.
        (_, "query") => {
            reply("X-Goog-Upload-Status: active\r\nX-Goog-Upload-Size-Received: 0\r\n", "")
        }
        _ => String::new(),
    })
    .await;
    let client = crate::client(server.origin());
    let error = client.files().upload(Source::bytes("a.txt", bytes)).await.expect_err("no end");
    assert!(error.connection().is_some(), "{error}");
    let commands = server.requests();
    let ends = commands.iter().filter(|request| command(request) == "upload, finalize").count();
    assert_eq!(ends, 4);
}

#[tokio::test]
async fn another_file_at_google_is_an_error() {
    let server = Server::start(|number, request| match number {
        0 => started(request),
        _ => ended(b"other"),
    })
    .await;
    let client = crate::client(server.origin());
    let error = client.files().upload(Source::bytes("a.txt", "hello")).await.expect_err("a hash");
    assert!(
        error.to_string().ends_with("the file at Google is not the one that was sent"),
        "{error}"
    );
}

#[tokio::test]
async fn the_token_does_not_follow_an_address_elsewhere() {
    let answer = reply("X-Goog-Upload-URL: https://files.example/u\r\n", "");
    let server = Server::in_order(&[answer]).await;
    let client = crate::client(server.origin());
    let error = client.files().upload(Source::bytes("a.txt", "hello")).await.expect_err("foreign");
    assert_eq!(*error.auth().expect("no token").kind(), ErrorKind::ForeignHost);
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn a_file_that_cannot_be_uploaded_is_not_sent() {
    let server = Server::in_order(&[reply("", "{}")]).await;
    let client = crate::client(server.origin());
    let folder = tempfile::tempdir().expect("a folder");
    // It takes no space on the disk.
    let large = written(b"");
    large.as_file().set_len(2 * 1024 * 1024 * 1024 + 1).expect("a length");
    for (source, what) in [
        (Source::path("/nowhere/a.txt"), "cannot read `/nowhere/a.txt`"),
        (Source::path(folder.path()), "is no file"),
        (Source::path(large.path()), "is larger than 2 GiB"),
        (Source::bytes("a.txt", ""), "`a.txt` is empty"),
        (Source::bytes("a.unknown", "x\0"), "`a.unknown` is of an unknown type"),
    ] {
        let error = client.files().upload(source).await.expect_err(what);
        assert!(error.is_invalid_file() && error.to_string().ends_with(what), "{error}");
    }
    assert!(server.requests().is_empty());
}

#[tokio::test]
#[cfg(feature = "file-search")]
async fn a_document_goes_into_a_store_with_what_is_known_of_it() {
    use hallpass_gemini::file_search::Chunks;
    let server = Server::start(|number, request| match number {
        0 => started(request),
        _ => reply(
            "X-Goog-Upload-Status: final\r\n",
            r#"{"name":"fileSearchStores/s/operations/o"}"#,
        ),
    })
    .await;
    let client = crate::client(server.origin());
    let upload = client.file_search().upload("s", Source::bytes("a.md", "hello"));
    let upload = upload.display_name("mine").mime_type("text/x-mine");
    let upload =
        upload.metadata("year", 2026).metadata("author", "Ada").metadata("tags", vec!["a", "b"]);
    let chunks = Chunks { max_tokens_per_chunk: 200, max_overlap_tokens: 20 };
    let work = upload.chunks(chunks).await.expect("an operation");
    assert_eq!(work.name, "fileSearchStores/s/operations/o");
    let request = &server.requests()[0];
    let line = "POST /upload/v1beta/fileSearchStores/s:uploadToFileSearchStore HTTP/1.1\r\n";
    assert!(request.starts_with(line), "{request}");
    let body = request.split_once("\r\n\r\n").expect("a body").1;
    assert_eq!(
        serde_json::from_str::<serde_json::Value>(body).expect("JSON"),
        json!({"displayName": "mine", "mimeType": "text/x-mine",
            "customMetadata": [{"key": "year", "numericValue": 2026}, {"key": "author", "stringValue": "Ada"},
                {"key": "tags", "stringListValue": {"values": ["a", "b"]}}],
            "chunkingConfig": {"whiteSpaceConfig": {"maxTokensPerChunk": 200, "maxOverlapTokens": 20}}})
    );
}

#[tokio::test(start_paused = true)]
async fn a_file_is_waited_for_and_not_for_ever() {
    let state = |word: &str| reply("", &json!({"name": "files/a", "state": word}).to_string());
    let replies = ["PROCESSING", "PROCESSING", "ACTIVE", "FAILED", "PROCESSING"].map(state);
    let server = Server::in_order(&replies).await;
    let client = crate::client(server.origin());
    let wait = async |name: &str| -> Result<File, _> {
        client.files().wait_active(name, Duration::from_secs(30)).await
    };
    assert_eq!(wait("a").await.expect("active").name, "files/a");
    assert_eq!(server.requests().len(), 3);
    assert!(server.requests()[0].starts_with("GET /v1beta/files/a HTTP/1.1\r\n"));
    assert_eq!(
        wait("files/a").await.expect_err("failed").to_string(),
        "Google cannot read `files/a`"
    );
    let error = wait("files/a").await.expect_err("late");
    assert!(error.is_late() && error.to_string() == "not done after 30 seconds", "{error}");
    assert!(wait("files/../models").await.expect_err("a name").is_invalid_name());
}

#[tokio::test]
async fn files_are_listed_and_deleted() {
    let first = r#"{"files":[{"name":"files/a","sizeBytes":"5"}],"nextPageToken":"t"}"#;
    let replies =
        [reply("", first), reply("", r#"{"files":[{"name":"files/b"}]}"#), reply("", "{}")];
    let server = Server::in_order(&replies).await;
    let client = crate::client(server.origin());
    let files: Vec<File> = client.files().list().try_collect().await.expect("files");
    assert_eq!(files[0].size_bytes.as_deref(), Some("5"));
    assert_eq!(files.len(), 2);
    client.files().delete(&files[1].name).await.expect("deleted");
    assert!(server.requests()[1].starts_with("GET /v1beta/files?pageSize=100&pageToken=t "));
    assert!(server.requests()[2].starts_with("DELETE /v1beta/files/b "));
}
