//! Uploads: both resumable protocols byte for byte, whole files, cuts, and what is refused.

use crate::generate::flat;
use crate::wire::{Reply, approving, exchange, exchange_bytes, get, send};
use hallpass_emulator::{Emulator, Fault, FaultKind};
use std::io::Write;
use std::net::TcpStream;
use std::time::Duration;

pub(crate) const KEY: &str = "x-goog-api-key: emulator-api-key\r\n";
const GRANULARITY: usize = 256 * 1024;

/// The first request of a resumable upload.
pub(crate) fn start(
    emulator: &Emulator,
    headers: &str,
    kind: &str,
    length: Option<u64>,
    about: &str,
) -> Reply {
    let length = length.map(|length| format!("X-Goog-Upload-Header-Content-Length: {length}\r\n"));
    let headers = format!(
        "{headers}X-Goog-Upload-Protocol: resumable\r\nX-Goog-Upload-Command: start\r\n{}\
         X-Goog-Upload-Header-Content-Type: {kind}\r\nContent-Type: application/json\r\n",
        length.unwrap_or_default()
    );
    send(emulator, "POST /upload/v1beta/files", &headers, about)
}

/// The path and query of the upload that a reply to the first request names.
fn place(emulator: &Emulator, reply: &Reply) -> String {
    let url =
        reply.header("x-goog-upload-url").unwrap_or_else(|| panic!("no address in {reply:?}"));
    url.strip_prefix(&emulator.url()).expect("an address of the emulator").to_owned()
}

fn begin(emulator: &Emulator, length: u64) -> String {
    place(emulator, &start(emulator, KEY, "text/plain", Some(length), "{}"))
}

fn piece(emulator: &Emulator, place: &str, command: &str, offset: usize, body: &str) -> Reply {
    let headers = format!("X-Goog-Upload-Command: {command}\r\nX-Goog-Upload-Offset: {offset}\r\n");
    send(emulator, &format!("POST {place}"), &headers, body)
}

fn query(emulator: &Emulator, place: &str) -> Reply {
    send(emulator, &format!("POST {place}"), "X-Goog-Upload-Command: query\r\n", "")
}

fn received(emulator: &Emulator, place: &str) -> usize {
    let reply = query(emulator, place);
    assert_eq!(reply.header("x-goog-upload-status"), Some("active"), "{reply:?}");
    reply.header("x-goog-upload-size-received").expect("a size").parse().expect("a number")
}

/// Uploads a file and returns the last reply.
pub(crate) fn upload(emulator: &Emulator, kind: &str, display_name: &str, text: &str) -> Reply {
    let about = format!(r#"{{"file":{{"displayName":"{display_name}"}}}}"#);
    let reply = start(emulator, KEY, kind, Some(text.len() as u64), &about);
    let reply = piece(emulator, &place(emulator, &reply), "upload, finalize", 0, text);
    assert_eq!(
        (reply.status, reply.header("x-goog-upload-status")),
        (200, Some("final")),
        "{reply:?}"
    );
    reply
}

#[test]
fn pieces_of_a_resumable_upload_become_a_file() {
    let emulator = approving();
    let text = "a".repeat(GRANULARITY) + "bc";
    let about = r#"{"file":{"display_name":"mine","mimeType":"text/markdown"}}"#;
    let started = start(&emulator, KEY, "text/plain", Some(text.len() as u64), about);
    assert_eq!((started.status, started.body.as_str()), (200, ""));
    assert_eq!(started.header("x-goog-upload-status"), Some("active"));
    assert_eq!(started.header("x-goog-upload-chunk-granularity"), Some("262144"));
    let place = place(&emulator, &started);
    assert!(
        place.starts_with("/upload/v1beta/files?upload_id=")
            && place.ends_with("&upload_protocol=resumable")
    );
    assert_eq!(received(&emulator, &place), 0);
    let first = piece(&emulator, &place, "upload", 0, &text[..GRANULARITY]);
    assert_eq!((first.status, first.body.as_str()), (200, ""));
    assert_eq!(first.header("x-goog-upload-status"), Some("active"));
    assert_eq!(received(&emulator, &place), GRANULARITY);
    let last = piece(&emulator, &place, "upload, finalize", GRANULARITY, "bc");
    assert_eq!((last.status, last.header("x-goog-upload-status")), (200, Some("final")));
    assert_eq!(
        (last.field("displayName"), last.field("mimeType")),
        ("mine".into(), "text/markdown".into())
    );
    assert_eq!(last.field("sizeBytes"), "262146");
    // `(head -c 262144 /dev/zero | tr '\0' a; printf bc) | openssl dgst -sha256 -binary | base64`
    assert_eq!(last.field("sha256Hash"), "zEhcprGRbzdRFZtUiDWJPmsWUaQAje0O1z4NE1E6WiA=");
    assert_eq!(get(&emulator, &format!("/v1beta/{}", last.field("name")), KEY).status, 200);
}

#[test]
fn upload_may_end_with_a_request_of_its_own_or_be_empty() {
    let emulator = approving();
    let place_of_five = place(&emulator, &start(&emulator, KEY, "text/plain", None, "{}"));
    emulator.update_config(|config| config.switches.upload_chunk_granularity = 0);
    assert_eq!(piece(&emulator, &place_of_five, "upload", 0, "hello").status, 200);
    let last = piece(&emulator, &place_of_five, "finalize", 5, "");
    assert_eq!(
        (last.header("x-goog-upload-status"), last.field("sizeBytes")),
        (Some("final"), "5".into())
    );
    assert_eq!(upload(&emulator, "text/plain", "empty", "").field("sizeBytes"), "0");
}

#[test]
fn piece_that_does_not_fit_is_refused_and_changes_nothing() {
    let emulator = approving();
    let place = begin(&emulator, GRANULARITY as u64 + 5);
    let refused = |command: &str, offset: usize, body: &str, words: &str| {
        let reply = piece(&emulator, &place, command, offset, body);
        assert_eq!((reply.status, reply.field("message")), (400, words.into()));
        assert_eq!(reply.header("x-goog-upload-status"), Some("active"));
    };
    refused("upload, finalize", 3, "hello", "the piece begins at byte 3; byte 0 is next");
    refused(
        "upload",
        0,
        "hello",
        "5 bytes are no multiple of 262144, which all pieces but the last are",
    );
    refused("upload, finalize", 0, "hello", "the upload has 5 bytes; 262149 were announced");
    refused("finalize", 0, "", "the upload has 0 bytes; 262149 were announced");
    let much = "a".repeat(2 * GRANULARITY);
    refused("upload", 0, &much, "524288 bytes are more than were announced");
    refused("launch", 0, "", "X-Goog-Upload-Command cannot be `launch`");
    assert_eq!(received(&emulator, &place), 0);
    let no_offset =
        send(&emulator, &format!("POST {place}"), "X-Goog-Upload-Command: upload\r\n", "x");
    assert_eq!(no_offset.field("message"), "the header X-Goog-Upload-Offset is missing");
    let first = "a".repeat(GRANULARITY);
    assert_eq!(piece(&emulator, &place, "upload", 0, &first).status, 200);
    refused("upload", 0, &first, "the piece begins at byte 0; byte 262144 is next");
    assert_eq!(received(&emulator, &place), GRANULARITY);
}

#[test]
fn hash_that_was_announced_is_compared() {
    let emulator = approving();
    let end = |hash: &str| {
        let about = format!(r#"{{"file":{{"sha256Hash":"{hash}"}}}}"#);
        let place = place(&emulator, &start(&emulator, KEY, "text/plain", Some(5), &about));
        piece(&emulator, &place, "upload, finalize", 0, "hello").status
    };
    assert_eq!(end("LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ="), 200);
    assert_eq!(end("AAAAul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ="), 400);
}

#[test]
fn upload_that_has_ended_answers_a_query_alone() {
    let emulator = approving();
    let place = begin(&emulator, 5);
    let last = piece(&emulator, &place, "upload, finalize", 0, "hello");
    let again = query(&emulator, &place);
    assert_eq!((again.status, again.header("x-goog-upload-status")), (200, Some("final")));
    assert_eq!(again.body, last.body);
    let late = piece(&emulator, &place, "upload, finalize", 0, "hello");
    assert_eq!((late.status, late.header("x-goog-upload-status")), (400, Some("final")));
    assert_eq!(get(&emulator, "/v1beta/files", KEY).body.matches("\"name\"").count(), 1);
}

#[test]
fn cancelled_upload_takes_no_more() {
    let emulator = approving();
    let place = begin(&emulator, 5);
    let cancelled =
        send(&emulator, &format!("POST {place}"), "X-Goog-Upload-Command: cancel\r\n", "");
    assert_eq!(
        (cancelled.status, cancelled.header("x-goog-upload-status")),
        (200, Some("cancelled"))
    );
    assert_eq!(query(&emulator, &place).header("x-goog-upload-status"), Some("cancelled"));
    let late = piece(&emulator, &place, "upload, finalize", 0, "hello");
    assert_eq!((late.status, late.header("x-goog-upload-status")), (400, Some("cancelled")));
    assert_eq!(flat(&get(&emulator, "/v1beta/files", KEY)), "{}");
}

#[test]
fn upload_lives_a_week_and_its_address_is_the_permission() {
    let emulator = approving();
    assert_eq!(start(&emulator, "", "text/plain", Some(5), "{}").status, 403);
    let place = begin(&emulator, 5);
    emulator.advance(Duration::from_secs(7 * 24 * 3600 - 60));
    assert_eq!(received(&emulator, &place), 0);
    emulator.advance(Duration::from_secs(60));
    let gone = query(&emulator, &place);
    assert_eq!((gone.status, gone.field("status")), (404, "NOT_FOUND".into()));
    let unknown =
        piece(&emulator, "/upload/v1beta/files?upload_id=x", "upload, finalize", 0, "hello");
    assert_eq!((unknown.status, unknown.header("x-goog-upload-status")), (404, None));
}

#[test]
fn what_came_before_a_cut_stays_and_the_rest_follows() {
    let emulator = approving();
    let place = begin(&emulator, 10);
    emulator.fault(Fault::once("/upload/", FaultKind::CutUpload { bytes: 4 }));
    let headers = "X-Goog-Upload-Command: upload, finalize\r\nX-Goog-Upload-Offset: 0\r\n";
    let request =
        format!("POST {place} HTTP/1.1\r\nHost: 127.0.0.1\r\n{headers}Content-Length: 10\r\n\r\n");
    let cut = exchange_bytes(&emulator, format!("{request}0123456789").as_bytes());
    assert_eq!(String::from_utf8_lossy(&cut), "");
    assert_eq!(received(&emulator, &place), 4);
    // The client's own end of the connection.
    let request = request.replace("Offset: 0", "Offset: 4").replace("Length: 10", "Length: 6");
    let mut stream = TcpStream::connect(emulator.address()).expect("the emulator listens");
    stream.write_all(format!("{request}45").as_bytes()).expect("sent");
    stream.shutdown(std::net::Shutdown::Write).expect("closed");
    std::io::Read::read_to_end(&mut stream, &mut Vec::new()).expect("the end");
    assert_eq!(received(&emulator, &place), 6);
    let last = piece(&emulator, &place, "upload, finalize", 6, "6789");
    assert_eq!(last.field("sizeBytes"), "10", "{last:?}");
    // `printf 0123456789 | openssl dgst -sha256 -binary | base64`
    assert_eq!(last.field("sha256Hash"), "hNiYd/DUBB77a/kaFvAkjy/Vc+avBcGflr7bn4gveII=");
}

#[test]
fn reply_that_a_fault_gives_leaves_the_upload_as_it_was() {
    let emulator = approving();
    let place = begin(&emulator, 5);
    let busy = FaultKind::Gemini { error: hallpass_emulator::GeminiFault::Overloaded };
    emulator.fault(Fault::once("/upload/v1beta/files", busy));
    assert_eq!(piece(&emulator, &place, "upload, finalize", 0, "hello").status, 503);
    assert_eq!(received(&emulator, &place), 0);
    // The network's faults come after the effect.
    emulator.fault(Fault::once("/upload/v1beta/files", FaultKind::CutBody));
    let headers = "X-Goog-Upload-Command: upload, finalize\r\nX-Goog-Upload-Offset: 0\r\n";
    let request = format!(
        "POST {place} HTTP/1.1\r\nHost: 127.0.0.1\r\n{headers}Content-Length: 5\r\nConnection: close\r\n\r\nhello"
    );
    exchange_bytes(&emulator, request.as_bytes());
    assert_eq!(query(&emulator, &place).header("x-goog-upload-status"), Some("final"));
}

#[test]
fn older_protocol_puts_ranges() {
    let emulator = approving();
    let text = "a".repeat(GRANULARITY) + "bc";
    let headers = format!(
        "{KEY}X-Upload-Content-Type: text/plain\r\nX-Upload-Content-Length: {}\r\nContent-Type: application/json\r\n",
        text.len()
    );
    let line = "POST /upload/v1beta/files?uploadType=resumable&alt=json";
    let started = send(&emulator, line, &headers, r#"{"file":{"displayName":"a"}}"#);
    assert_eq!((started.status, started.body.as_str()), (200, ""));
    let place = started.location().strip_prefix(&emulator.url()).expect("an address").to_owned();
    let put = |range: &str, body: &str| {
        send(&emulator, &format!("PUT {place}"), &format!("Content-Range: {range}\r\n"), body)
    };
    let none = put("bytes */262146", "");
    assert_eq!((none.status, none.header("range")), (308, None));
    let first = put("bytes 0-262143/262146", &text[..GRANULARITY]);
    assert_eq!((first.status, first.header("range")), (308, Some("bytes=0-262143")));
    assert_eq!(put("bytes 5-6/262146", "bc").status, 400);
    assert_eq!(put("lines 1-2/3", "bc").status, 400);
    let last = put("bytes 262144-262145/262146", "bc");
    assert_eq!((last.status, last.field("sizeBytes")), (200, "262146".into()));
    let started = send(&emulator, line, KEY, "");
    let place = started.location().strip_prefix(&emulator.url()).expect("an address").to_owned();
    assert_eq!(send(&emulator, &format!("PUT {place}"), "", "hello").field("sizeBytes"), "5");
}

#[test]
fn whole_file_comes_in_one_request() {
    let emulator = approving();
    let raw = format!("{KEY}X-Goog-Upload-Protocol: raw\r\nContent-Type: text/csv\r\n");
    let reply = send(&emulator, "POST /upload/v1/files", &raw, "a,b");
    assert_eq!(
        (reply.field("mimeType"), reply.field("sizeBytes")),
        ("text/csv".into(), "3".into())
    );
    let media = format!("{KEY}Content-Type: text/csv\r\n");
    assert_eq!(
        send(&emulator, "POST /upload/v1/files?uploadType=media", &media, "a,b").status,
        200
    );
    let body = "--b\r\nContent-Type: application/json\r\n\r\n{\"file\":{\"displayName\":\"two\"}}\r\n\
                --b\r\nContent-Type: text/html\r\n\r\n<p>one\r\n--b--";
    for how in ["X-Goog-Upload-Protocol: multipart\r\n", ""] {
        let headers = format!("{KEY}{how}Content-Type: multipart/related; boundary=b\r\n");
        let reply =
            send(&emulator, "POST /upload/v1beta/files?uploadType=multipart", &headers, body);
        assert_eq!(
            (reply.field("displayName"), reply.field("mimeType")),
            ("two".into(), "text/html".into())
        );
        assert_eq!(reply.field("sizeBytes"), "6");
        let wrong =
            send(&emulator, "POST /upload/v1beta/files?uploadType=multipart", &headers, "--b");
        assert_eq!(wrong.status, 400);
    }
    let unknown = send(&emulator, "POST /upload/v1beta/files", KEY, "{}");
    assert!(
        unknown.field("message").starts_with("an upload has the header X-Goog-Upload-Protocol")
    );
    let no_start =
        format!("{KEY}X-Goog-Upload-Protocol: resumable\r\nX-Goog-Upload-Command: upload\r\n");
    assert_eq!(send(&emulator, "POST /upload/v1beta/files", &no_start, "x").status, 400);
}

#[test]
fn file_larger_than_two_gibibytes_is_refused_before_it_comes() {
    let emulator = approving();
    let most = 2 * 1024 * 1024 * 1024;
    assert_eq!(start(&emulator, KEY, "text/plain", Some(most), "{}").status, 200);
    let reply = start(&emulator, KEY, "text/plain", Some(most + 1), "{}");
    assert_eq!(reply.field("message"), "the file has 2147483649 bytes; 2147483648 are the most");
}

#[test]
fn file_of_many_mebibytes_is_hashed_and_counted() {
    let emulator = approving();
    let length = 40 * 1024 * 1024;
    let place = begin(&emulator, length as u64);
    let head = format!(
        "POST {place} HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Goog-Upload-Command: upload, finalize\r\nX-Goog-Upload-Offset: 0\r\n\
         Content-Length: {length}\r\nConnection: close\r\n\r\n"
    );
    let reply = exchange(&emulator, &(head + &"\0".repeat(length)));
    assert_eq!(reply.field("sizeBytes"), "41943040");
    // `head -c 41943040 /dev/zero | openssl dgst -sha256 -binary | base64`
    assert_eq!(reply.field("sha256Hash"), "gKNyEYjkAhiwiyZ3a8U72ugeR4T/9x1xRQoZcxnLoRM=");
}
