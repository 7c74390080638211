//! `files` and `file-search` against literal bytes: what is sent, what is said, and what an interruption leaves.

use crate::answers::at;
use hallpass_testbed::{Reply, Server, World};
use serde_json::{Value, json};
use snapbox::{assert_data_eq, str};
use std::process::Command;

fn reply(headers: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "HTTP/1.1 200 OK\r\n{headers}Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    )
}

fn ok(body: Value) -> String {
    reply("", &body.to_string())
}

/// The reply to the first request of an upload.
fn started(request: &str) -> String {
    let host = request.lines().find_map(|line| line.strip_prefix("host: ")).expect("a host");
    let headers = format!(
        "X-Goog-Upload-Status: active\r\nX-Goog-Upload-URL: http://{host}/upload?upload_id=u\r\n"
    );
    reply(&headers, "")
}

fn ended(body: Value) -> String {
    reply("X-Goog-Upload-Status: final\r\n", &body.to_string())
}

fn refused(status: &str) -> String {
    let (code, word) = status.split_once(' ').expect("a code");
    let code: u32 = code.parse().expect("a number");
    hallpass_testbed::json(
        status,
        &json!({"error": {"code": code, "message": "m", "status": word}}).to_string(),
    )
}

fn lines(server: &Server) -> Vec<String> {
    let requests = server.requests();
    requests
        .iter()
        .map(|request| request.split(" HTTP/1.1").next().unwrap_or_default().to_owned())
        .collect()
}

#[test]
fn a_file_is_uploaded_and_waited_for() {
    let world = World::signed_in();
    world.write("notes.org", "hello");
    let server = Server::on_thread(|number, request| match number {
        0 => started(request),
        1 => ended(json!({"file": {"name": "files/a", "state": "PROCESSING"}})),
        _ => ok(
            json!({"name": "files/a", "state": "ACTIVE", "expirationTime": "2026-11-26T12:00:00Z"}),
        ),
    });
    let run =
        at(&world, server.origin(), &["files", "upload", "notes.org", "--title", "mine"]).done();
    assert_eq!(run.stdout, "files/a\n");
    assert!(
        run.stderr.ends_with("uploaded; Google keeps it until 2026-11-26T12:00:00Z\n"),
        "{run:?}"
    );
    let requests = server.requests();
    assert_eq!(
        lines(&server),
        ["POST /upload/v1beta/files", "POST /upload?upload_id=u", "GET /v1beta/files/a"]
    );
    assert!(
        requests[0].ends_with(r#"{"file":{"displayName":"mine","mimeType":"text/plain"}}"#),
        "{requests:?}"
    );
    assert!(requests[1].ends_with("\r\n\r\nhello"), "{requests:?}");
}

#[test]
fn files_are_listed_shown_and_deleted() {
    let world = World::signed_in();
    let server = Server::on_thread(|_, request| {
        let line = request.lines().next().unwrap_or_default();
        if line.starts_with("GET /v1beta/files?pageSize=100 HTTP") {
            ok(json!({"files": [
                {"name": "files/a", "displayName": "report.pdf", "mimeType": "application/pdf", "sizeBytes": "20480", "state": "ACTIVE"},
                {"name": "files/bcd", "displayName": "x\u{1b}[2J", "mimeType": "text/plain", "sizeBytes": "5", "state": "PROCESSING"}]}))
        } else if line.starts_with("GET /v1beta/files/a ") {
            ok(
                json!({"name": "files/a", "sizeBytes": "5", "state": "ACTIVE", "uri": "https://g/files/a"}),
            )
        } else if line.starts_with("DELETE /v1beta/files/a ") {
            ok(json!({}))
        } else {
            refused("403 PERMISSION_DENIED")
        }
    });
    let run = |words: &[&str]| at(&world, server.origin(), words);
    let list = r"files/a    report.pdf  application/pdf  20 KiB   active
files/bcd  x\u{1b}[2J  text/plain       5 bytes  processing
";
    assert_eq!(run(&["files", "list"]).stdout(), list);
    let list: Value =
        serde_json::from_str(&run(&["files", "list", "--format", "json"]).stdout()).expect("JSON");
    assert_eq!(list[1]["name"], "files/bcd");
    assert_data_eq!(
        run(&["files", "get", "a"]).stdout(),
        str![[r#"
name     files/a
size     5 bytes
state    ACTIVE
address  https://g/files/a

"#]]
    );
    let deleted = run(&["files", "delete", "files/a", "--format", "json"]).stdout();
    assert_eq!(
        serde_json::from_str::<Value>(&deleted).expect("JSON"),
        json!({"deleted": ["files/a"]})
    );
    let words = run(&["files", "get", "files/nothing"]).failed_with(3);
    assert!(words.contains("error: Google has no file `files/nothing`\n"), "{words}");
    assert!(words.contains("hint: list the names with `hallpass files list`\n"), "{words}");
    let words = run(&["files", "get", "files/../models"]).failed_with(2);
    assert!(words.contains("error: `files/../models` is not the name of a file\n"), "{words}");
}

#[test]
fn files_that_cannot_be_uploaded_are_not_sent() {
    let world = World::signed_in();
    world.write("empty.txt", "");
    world.write("unknown.bin", "a\0b");
    let server = Server::on_thread(|_, _| refused("500 INTERNAL"));
    for (file, what) in [
        ("nowhere.txt", "`nowhere.txt` is not there"),
        ("empty.txt", "`empty.txt` is empty"),
        ("unknown.bin", "`unknown.bin` is of an unknown type"),
        (".", "`.` is a folder"),
    ] {
        for command in [&["files", "upload"][..], &["file-search", "add", "docs"]] {
            let words = at(&world, server.origin(), &[command, &[file]].concat()).failed_with(2);
            assert!(words.contains(what), "{words}");
        }
    }
    assert!(server.requests().is_empty());
}

#[test]
fn a_large_file_of_a_question_is_uploaded_and_deleted_after_the_answer() {
    let world = World::signed_in();
    world.write("large.txt", &"a".repeat(5 * 1024 * 1024));
    let server = Server::on_thread(|_, request| {
        let line = request.lines().next().unwrap_or_default();
        if line.starts_with("POST /upload/v1beta/files") {
            started(request)
        } else if line.starts_with("POST /upload?") {
            ended(json!({"file": {"name": "files/a", "state": "PROCESSING"}}))
        } else if line.starts_with("GET ") {
            ok(
                json!({"name": "files/a", "state": "ACTIVE", "uri": "https://g/files/a", "mimeType": "text/plain"}),
            )
        } else if line.starts_with("DELETE ") {
            ok(json!({}))
        } else {
            ok(
                json!({"candidates": [{"content": {"parts": [{"text": "All a."}]}, "finishReason": "STOP"}]}),
            )
        }
    });
    let run = at(&world, server.origin(), &["generate", "--file", "large.txt", "What is this?"]);
    assert_eq!(run.stdout(), "All a.\n");
    assert_eq!(
        lines(&server),
        [
            "POST /upload/v1beta/files",
            "POST /upload?upload_id=u",
            "GET /v1beta/files/a",
            "POST /v1beta/models/gemini-flash-latest:generateContent",
            "DELETE /v1beta/files/a",
        ]
    );
    let asked = &server.requests()[3];
    let part = r#"{"fileData":{"fileUri":"https://g/files/a","mimeType":"text/plain"}},{"text":"What is this?"}"#;
    assert!(asked.contains(part), "{asked}");
}

#[test]
fn a_file_of_an_interrupted_question_is_deleted_or_said_to_be_left() {
    let world = World::signed_in();
    world.write("large.txt", &"a".repeat(5 * 1024 * 1024));
    let server = |deletes: bool| {
        Server::on_thread(move |_, request| {
            let line = request.lines().next().unwrap_or_default();
            if line.starts_with("POST /upload/v1beta/files") {
                started(request).into()
            } else if line.starts_with("POST /upload?") {
                ended(json!({"file": {"name": "files/a", "state": "ACTIVE"}})).into()
            } else if line.starts_with("GET ") {
                ok(json!({"name": "files/a", "state": "ACTIVE", "uri": "https://g/files/a"})).into()
            } else if line.starts_with("DELETE ") && deletes {
                ok(json!({})).into()
            } else if line.starts_with("DELETE ") {
                refused("400 INVALID_ARGUMENT").into()
            } else {
                Reply::Silence
            }
        })
    };
    let words = ["generate", "--file", "large.txt", "What is this?"];
    for deletes in [true, false] {
        let server = server(deletes);
        let said = interrupted_when(&world, &server, &words, "POST /v1beta/models/");
        assert_eq!(lines(&server).last().map(String::as_str), Some("DELETE /v1beta/files/a"));
        let left = "`files/a` is still at Google, which deletes it 48 hours after its upload";
        assert_eq!(said.contains(left), !deletes, "{said}");
    }
}

/// Ends a command as Ctrl-C does, once the server was asked this.
fn interrupted_when(world: &World, server: &Server, words: &[&str], asked: &str) -> String {
    let variables = [("HALLPASS_EMULATOR_HOST", ""), ("GOOGLE_GEMINI_BASE_URL", server.origin())];
    let child = world.start(words, &variables);
    while !lines(server).iter().any(|line| line.starts_with(asked)) {
        std::thread::yield_now();
    }
    let id = child.id().to_string();
    assert!(Command::new("kill").args(["-INT", &id]).status().expect("kill").success());
    world.finish(child.wait_with_output().expect("end")).failed_with(130)
}

#[test]
fn an_interrupted_upload_says_what_is_left_at_google() {
    let world = World::signed_in();
    world.write("notes.txt", "hello");
    let silent = Server::on_thread(|number, request| match number {
        0 => Reply::from(started(request)),
        _ => Reply::Silence,
    });
    let words =
        interrupted_when(&world, &silent, &["files", "upload", "notes.txt"], "POST /upload?");
    assert!(words.contains("0 bytes of `notes.txt` were sent; Google drops an upload"), "{words}");

    let reading = Server::on_thread(|number, request| match number {
        0 => Reply::from(started(request)),
        1 => ended(json!({"file": {"name": "files/a", "state": "PROCESSING"}})).into(),
        _ => Reply::Silence,
    });
    let words = interrupted_when(&world, &reading, &["files", "upload", "notes.txt"], "GET ");
    assert!(
        words.contains("caused by: `files/a` is uploaded; Google goes on reading it\n"),
        "{words}"
    );
    assert!(words.contains("hint: see how it is with `hallpass files get files/a`\n"), "{words}");

    let indexing = Server::on_thread(|number, request| match number {
        0 => Reply::from(started(request)),
        1 => ended(json!({"name": "fileSearchStores/s/upload/operations/o"})).into(),
        _ => Reply::Silence,
    });
    let add = ["file-search", "add", "fileSearchStores/s", "notes.txt"];
    let words = interrupted_when(&world, &indexing, &add, "GET ");
    assert!(words.contains("`notes.txt` is at Google, which goes on indexing it\n"), "{words}");
    assert!(words.contains("`hallpass file-search list fileSearchStores/s`\n"), "{words}");
}

#[test]
fn a_store_is_called_by_its_title() {
    let world = World::signed_in();
    world.write("notes.md", "In May ten were sold.");
    let server = Server::on_thread(|_, request| {
        let line = request.lines().next().unwrap_or_default();
        let stores = json!({"fileSearchStores": [
            {"name": "fileSearchStores/docs-1", "displayName": "docs", "activeDocumentsCount": "1", "sizeBytes": "21"},
            {"name": "fileSearchStores/t-1", "displayName": "twice", "pendingDocumentsCount": "2"},
            {"name": "fileSearchStores/t-2", "displayName": "twice"}]});
        let is = |beginning: &str| line.starts_with(beginning);
        if is("GET /v1beta/fileSearchStores HTTP") {
            ok(stores)
        } else if is("POST /v1beta/fileSearchStores ") {
            ok(json!({"name": "fileSearchStores/new-1", "displayName": "new"}))
        } else if is("POST /upload/v1beta/fileSearchStores/docs-1:uploadToFileSearchStore ") {
            started(request)
        } else if is("POST /upload?") {
            ended(json!({"name": "fileSearchStores/docs-1/upload/operations/o"}))
        } else if is("GET /v1beta/fileSearchStores/docs-1/upload/operations/o ") {
            let document = "fileSearchStores/docs-1/documents/d";
            ok(json!({"name": "o", "done": true, "response": {"documentName": document}}))
        } else if is("GET /v1beta/fileSearchStores/docs-1/documents ") {
            ok(
                json!({"documents": [{"name": "fileSearchStores/docs-1/documents/d", "displayName": "notes.md",
                "state": "STATE_ACTIVE", "sizeBytes": "21", "mimeType": "text/markdown"}]}),
            )
        } else if is("POST /v1beta/models/") {
            ok(
                json!({"candidates": [{"content": {"parts": [{"text": "Ten."}]}, "finishReason": "STOP",
                "groundingMetadata": {"groundingChunks": [{"retrievedContext": {"title": "notes.md",
                    "text": "In May ten were sold."}}]}}]}),
            )
        } else if is("DELETE /v1beta/fileSearchStores/docs-1?force=true ")
            || is("DELETE /v1beta/fileSearchStores/docs-1/documents/d?force=true ")
        {
            ok(json!({}))
        } else if is("DELETE ") {
            refused("400 FAILED_PRECONDITION")
        } else {
            refused("404 NOT_FOUND")
        }
    });
    let run = |words: &[&str]| at(&world, server.origin(), &[&["file-search"], words].concat());
    assert_eq!(run(&["create", "new"]).stdout(), "fileSearchStores/new-1\n");
    let words = run(&["create", "docs"]).failed_with(2);
    assert!(words.contains("error: there is a File Search store `docs` already\n"), "{words}");
    assert_eq!(run(&["create", " "]).code, Some(2));
    assert_eq!(run(&["add", "docs", "notes.md"]).stdout(), "fileSearchStores/docs-1/documents/d\n");
    assert_data_eq!(
        run(&["list"]).stdout(),
        str![[r#"
fileSearchStores/docs-1  docs   1 document                    21 bytes
fileSearchStores/t-1     twice  0 documents, 2 being indexed
fileSearchStores/t-2     twice  0 documents

"#]]
    );
    assert_data_eq!(
        run(&["list", "docs"]).stdout(),
        str![[r#"
fileSearchStores/docs-1/documents/d  notes.md  text/markdown  21 bytes  active

"#]]
    );
    assert_data_eq!(
        run(&["ask", "docs", "What was sold?"]).stdout(),
        str![[r#"
Ten.

Sources:
  1  notes.md
     "In May ten were sold."

"#]]
    );
    let asked = server.requests().pop().expect("a request");
    assert!(asked.contains(r#""fileSearchStoreNames":["fileSearchStores/docs-1"]"#), "{asked}");
    let words = run(&["ask", "nothing", "x"]).failed_with(3);
    assert!(words.contains("error: there is no File Search store `nothing`\n"), "{words}");
    assert!(words.contains("`hallpass file-search create TITLE`"), "{words}");
    let words = run(&["ask", "twice", "x"]).failed_with(2);
    assert!(words.contains("caused by: fileSearchStores/t-1, fileSearchStores/t-2\n"), "{words}");
    let words = run(&["delete", "docs"]).failed_with(3);
    assert!(words.contains("error: the File Search store `docs` has documents\n"), "{words}");
    assert!(words.contains("`hallpass file-search delete docs --force`"), "{words}");
    run(&["delete", "fileSearchStores/docs-1/documents/d"]).done();
    run(&["delete", "docs", "--force"]).done();
}

#[test]
fn a_document_that_cannot_be_indexed_and_those_before_it_are_told() {
    let world = World::signed_in();
    world.write("a.md", "a");
    world.write("b.md", "b");
    let server = Server::on_thread(|number, request| {
        let operation = |what: Value| {
            let mut work = json!({"name": "fileSearchStores/s/upload/operations/o", "done": true});
            work.as_object_mut().expect("object").extend(what.as_object().expect("object").clone());
            ended(work)
        };
        match number {
            0 | 2 => started(request),
            1 => operation(json!({"response": {"documentName": "fileSearchStores/s/documents/a"}})),
            _ => operation(json!({"error": {"code": 3, "message": "It is encrypted."}})),
        }
    });
    let run =
        at(&world, server.origin(), &["file-search", "add", "fileSearchStores/s", "a.md", "b.md"]);
    assert_eq!((run.code, run.stdout.as_str()), (Some(1), "fileSearchStores/s/documents/a\n"));
    assert!(
        run.words
            .contains("error: Google cannot index the document\n  caused by: It is encrypted.\n"),
        "{run:?}"
    );
}
