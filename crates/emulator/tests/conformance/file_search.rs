//! File Search as a tool, and files of a prompt: answers from the project's own documents.

use crate::generate::flat;
use crate::stores::{add, post, store};
use crate::uploads::upload;
use crate::wire::{Reply, approving, get};
use hallpass_emulator::Emulator;

const GUIDE: &str =
    "The lighthouse was built in 1820. Its keeper was Ida Lewis.\n\nThe harbour has three cranes.";

fn ask(emulator: &Emulator, question: &str, tool: &str) -> Reply {
    let body = format!(
        r#"{{"contents":[{{"parts":[{{"text":"{question}"}}]}}],"tools":[{{"fileSearch":{tool}}}]}}"#
    );
    post(emulator, "models/gemini-2.5-flash:generateContent", &body)
}

/// A document that is indexed.
fn indexed(emulator: &Emulator, store: &str, kind: &str, about: &str, text: &str) {
    emulator.update_config(|config| config.processing.seconds = 0);
    add(emulator, store, kind, about, text);
}

#[test]
fn answer_quotes_and_cites_the_passage_of_a_document() {
    let emulator = approving();
    let store = store(&emulator);
    let about = r#"{"displayName":"guide.txt","customMetadata":[{"key":"year","numericValue":1820}],"chunkingConfig":{"whiteSpaceConfig":{"maxTokensPerChunk":13}}}"#;
    indexed(&emulator, &store, "text/plain", about, GUIDE);
    let reply = ask(
        &emulator,
        "Who was the keeper?",
        &format!(r#"{{"fileSearchStoreNames":["{store}"]}}"#),
    );
    let line = r#"guide.txt: “Its keeper was Ida Lewis.”"#;
    let candidate = format!(
        r#"{{"candidates":[{{"content":{{"parts":[{{"text":"{line}"}}],"role":"model"}},"finishReason":"STOP","index":0,"groundingMetadata":{{"groundingChunks":[{{"retrievedContext":{{"customMetadata":[{{"key":"year","numericValue":1820}}],"fileSearchStore":"{store}","text":"The lighthouse was built in 1820. Its keeper was Ida Lewis.","title":"guide.txt"}}}}],"groundingSupports":[{{"groundingChunkIndices":[0],"segment":{{"endIndex":{},"text":"{line}"}}}}]}}}}],"#,
        line.len()
    );
    assert!(flat(&reply).starts_with(&candidate), "{}", reply.body);
    assert!(flat(&reply).contains(r#""toolUsePromptTokenCount":15"#), "{}", reply.body);
    let again = ask(
        &emulator,
        "Who was the keeper?",
        &format!(r#"{{"file_search_store_names":["{store}"]}}"#),
    );
    assert!(flat(&again).starts_with(&candidate), "{}", again.body);
}

#[test]
fn stream_cites_in_its_last_frame() {
    let emulator = approving();
    let store = store(&emulator);
    indexed(&emulator, &store, "text/plain", r#"{"displayName":"guide.txt"}"#, GUIDE);
    let body = format!(
        r#"{{"contents":[{{"parts":[{{"text":"How many cranes?"}}]}}],"tools":[{{"fileSearch":{{"fileSearchStoreNames":["{store}"]}}}}]}}"#
    );
    let reply = post(&emulator, "models/gemini-2.5-flash:streamGenerateContent?alt=sse", &body);
    let frames: Vec<&str> = reply.body.trim_end().split("\r\n\r\n").collect();
    assert!(frames.last().is_some_and(|last| last.contains("retrievedContext")), "{}", reply.body);
    assert_eq!(reply.body.matches("groundingMetadata").count(), 1);
}

#[test]
fn filter_and_number_choose_the_passages() {
    let emulator = approving();
    let store = store(&emulator);
    for (name, year) in [("old", 1820), ("new", 1990)] {
        let about = format!(
            r#"{{"displayName":"{name}","customMetadata":[{{"key":"year","numericValue":{year}}}]}}"#
        );
        indexed(&emulator, &store, "text/plain", &about, "The crane is yellow.");
    }
    let text = |more: &str| {
        ask(&emulator, "crane", &format!(r#"{{"fileSearchStoreNames":["{store}"]{more}}}"#))
            .field("text")
    };
    assert_eq!(text(""), "old: “The crane is yellow.”\\nnew: “The crane is yellow.”");
    assert_eq!(text(r#","topK":1"#), "old: “The crane is yellow.”");
    assert_eq!(text(r#","metadataFilter":"year > 1900""#), "new: “The crane is yellow.”");
    let nothing = format!("The emulator found nothing about this in {store}.");
    assert_eq!(text(r#","metadataFilter":"year = 5""#), nothing);
}

#[test]
fn nothing_found_is_said_without_citations() {
    let emulator = approving();
    let store = store(&emulator);
    indexed(&emulator, &store, "text/plain", "{}", GUIDE);
    let reply = ask(
        &emulator,
        "Where is the airport?",
        &format!(r#"{{"fileSearchStoreNames":["{store}"]}}"#),
    );
    assert_eq!(reply.field("text"), format!("The emulator found nothing about this in {store}."));
    assert!(!reply.body.contains("groundingMetadata"), "{}", reply.body);
}

#[test]
fn document_that_is_not_indexed_is_not_found() {
    let emulator = approving();
    let store = store(&emulator);
    emulator
        .update_config(|config| (config.processing.seconds, config.processing.polls) = (60, None));
    add(&emulator, &store, "text/plain", "{}", GUIDE);
    let found = || {
        ask(&emulator, "keeper", &format!(r#"{{"fileSearchStoreNames":["{store}"]}}"#))
            .body
            .contains("Ida")
    };
    assert!(!found());
    emulator.advance(std::time::Duration::from_secs(60));
    assert!(found());
}

#[test]
fn tool_that_will_not_do_is_refused() {
    let emulator = approving();
    let store = store(&emulator);
    let names = format!(r#""fileSearchStoreNames":["{store}"]"#);
    let place = "* GenerateContentRequest.tools.file_search";
    let refused = |tool: &str| {
        let reply = ask(&emulator, "a", tool);
        (reply.status, reply.field("message"))
    };
    let each = "each is `fileSearchStores/ID`, and there is at least one";
    for wrong in ["{}", r#"{"fileSearchStoreNames":[]}"#, r#"{"fileSearchStoreNames":["x"]}"#] {
        assert_eq!(refused(wrong), (400, format!("{place}.file_search_store_names: {each}")));
    }
    let top = format!("{place}.top_k: must be from 1 to 50");
    assert_eq!(refused(&format!(r#"{{{names},"topK":0}}"#)), (400, top));
    let filter = format!("{place}.metadata_filter: `year` is not followed by a comparison");
    assert_eq!(refused(&format!(r#"{{{names},"metadataFilter":"year"}}"#)), (400, filter));
    let missing = refused(r#"{"fileSearchStoreNames":["fileSearchStores/none"]}"#);
    let words =
        "You do not have permission to access the FileSearchStore none or it may not exist.";
    assert_eq!(missing, (403, words.into()));
}

#[test]
fn html_json_csv_and_pdf_are_searched() {
    let emulator = approving();
    let store = store(&emulator);
    let pdf = "%PDF-1.4\n1 0 obj <</Type/Catalog/Pages 2 0 R>> endobj\n2 0 obj <</Type/Pages/Kids[3 0 R]>> endobj\n\
        3 0 obj <</Type/Page/Contents 4 0 R>> endobj\n\
        4 0 obj <</Length 50>> stream\nBT /F1 12 Tf (The bridge is red.) Tj ET\nendstream endobj\n";
    for (name, kind, text) in [
        ("a.html", "text/html", "<p>The tower is <b>tall</b> &amp; old.</p>"),
        ("b.json", "application/json", r#"{"ferry": "runs on Sundays"}"#),
        ("c.csv", "text/csv", "boat,colour,year\nAda,green,1970\nBob,blue,1980"),
        ("d.pdf", "application/pdf", pdf),
    ] {
        indexed(&emulator, &store, kind, &format!(r#"{{"displayName":"{name}"}}"#), text);
    }
    let answer = |question: &str| {
        ask(&emulator, question, &format!(r#"{{"fileSearchStoreNames":["{store}"]}}"#))
            .field("text")
    };
    assert_eq!(answer("How tall is the tower?"), "a.html: “The tower is tall & old.”");
    let ferry = ask(&emulator, "ferry?", &format!(r#"{{"fileSearchStoreNames":["{store}"]}}"#));
    let quoted = r#"b.json: “{\"ferry\": \"runs on Sundays\"}”"#;
    assert!(ferry.body.contains(quoted), "{}", ferry.body);
    assert_eq!(answer("Who is Bob?"), "c.csv: “Bob,blue,1980”");
    assert_eq!(answer("bridge"), "d.pdf, page 1: “The bridge is red.”");
}

#[test]
fn file_of_the_prompt_is_quoted_and_has_to_be_there() {
    let emulator = approving();
    let uri = upload(&emulator, "text/plain", "guide.txt", &GUIDE.replace('\n', " ")).field("uri");
    let with = |uri: &str, question: &str| {
        let body = format!(
            r#"{{"contents":[{{"parts":[{{"fileData":{{"mimeType":"text/plain","fileUri":"{uri}"}}}},{{"text":"{question}"}}]}}]}}"#
        );
        post(&emulator, "models/gemini-2.5-flash:generateContent", &body)
    };
    let reply = with(&uri, "Who was the keeper?");
    assert_eq!(reply.field("text"), "guide.txt: “Its keeper was Ida Lewis.”");
    assert!(!reply.body.contains("groundingMetadata"));
    let begins = "guide.txt begins: “The lighthouse was built in 1820.”";
    assert_eq!(with(&uri, "Summarize!").field("text"), begins);
    let google = uri.replace(&emulator.url(), "https://generativelanguage.googleapis.com");
    assert_eq!(with(&google, "Summarize!").field("text"), begins);
    let missing = with(&google.replace("/files/", "/files/x"), "a");
    assert_eq!((missing.status, missing.field("status")), (403, "PERMISSION_DENIED".into()));
    assert!(
        with("https://elsewhere.example/files/x", "a")
            .field("text")
            .starts_with("The emulator answers")
    );
    let video = upload(&emulator, "video/mp4", "v", "x").field("uri");
    let early = with(&video, "a");
    let words = "is not in an ACTIVE state and usage is not allowed.";
    assert!(early.status == 400 && early.field("message").ends_with(words), "{}", early.body);
    get(
        &emulator,
        &format!("/v1beta{}", video.split("/v1beta").nth(1).expect("a path")),
        crate::uploads::KEY,
    );
    assert!(with(&video, "a").field("text").starts_with("The emulator answers"));
    let inline = r#"{"contents":[{"parts":[{"inlineData":{"mimeType":"text/plain","data":"VGhlIGNyYW5lIGlzIHllbGxvdy4="}},{"text":"crane?"}]}]}"#;
    let inline = post(&emulator, "models/gemini-2.5-flash:generateContent", inline);
    assert_eq!(inline.field("text"), "the file: “The crane is yellow.”");
}

#[test]
fn interactions_and_batches_search_stores_too() {
    let emulator = approving();
    let store = store(&emulator);
    indexed(&emulator, &store, "text/plain", r#"{"displayName":"guide.txt"}"#, GUIDE);
    let quoted = "guide.txt: “Its keeper was Ida Lewis.”";
    let body = format!(
        r#"{{"model":"gemini-2.5-flash","input":"Who was the keeper?","tools":[{{"type":"file_search","file_search_store_names":["{store}"]}}]}}"#
    );
    let reply = post(&emulator, "interactions", &body);
    assert!(reply.status == 200 && reply.body.contains(quoted), "{}", reply.body);
    let body = format!(
        r#"{{"batch":{{"displayName":"b","inputConfig":{{"requests":{{"requests":[{{"request":{{"contents":[{{"parts":[{{"text":"Who was the keeper?"}}]}}],"tools":[{{"fileSearch":{{"fileSearchStoreNames":["{store}"]}}}}]}}}}]}}}}}}}}"#
    );
    let batch = post(&emulator, "models/gemini-2.5-flash:batchGenerateContent", &body);
    let done = get(&emulator, &format!("/v1beta/{}", batch.field("name")), crate::uploads::KEY);
    assert!(done.body.contains(quoted) && done.body.contains("retrievedContext"), "{}", done.body);
}
