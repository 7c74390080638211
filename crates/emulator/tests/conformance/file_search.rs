//! File Search as a tool, and files of a prompt: answers from the project's own documents.

use crate::generate::flat;
use crate::stores::{add, add_bytes, post, store};
use crate::uploads::{KEY, upload};
use crate::wire::{Reply, approving, exchange_bytes, get};
use hallpass_emulator::{Emulator, Script};

const GUIDE: &str =
    "The lighthouse was built in 1820. Its keeper was Ida Lewis.\n\nThe harbour has three cranes.";

fn ask(emulator: &Emulator, question: &str, tool: &str) -> Reply {
    let body = format!(
        r#"{{"contents":[{{"parts":[{{"text":"{question}"}}]}}],"tools":[{{"fileSearch":{tool}}}]}}"#
    );
    post(emulator, "models/gemini-2.5-flash:generateContent", &body)
}

/// The body of an interaction that may search a store.
fn interaction(question: &str, store: &str) -> String {
    format!(
        r#"{{"model":"gemini-2.5-flash","input":"{question}","tools":[{{"type":"file_search","file_search_store_names":["{store}"]}}]}}"#
    )
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
    let answer = || {
        ask(&emulator, "keeper", &format!(r#"{{"fileSearchStoreNames":["{store}"]}}"#))
            .field("text")
    };
    let nothing = format!("The emulator found nothing about this in {store}.");
    assert_eq!(answer(), format!("{nothing} One document is not indexed yet."));
    add(&emulator, &store, "text/plain", "{}", GUIDE);
    assert_eq!(answer(), format!("{nothing} 2 documents are not indexed yet."));
    emulator.advance(std::time::Duration::from_secs(60));
    assert!(answer().contains("Ida"));
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
    let reply = post(&emulator, "interactions", &interaction("bridge", &store));
    let cited = r#""file_name":"d.pdf","page_number":1,"source":"The bridge is red.""#;
    assert!(flat(&reply).contains(cited), "{}", reply.body);
}

/// A Word document of one stored entry, as PKWARE's APPNOTE.TXT has it.
fn docx(xml: &str) -> Vec<u8> {
    let name = b"word/document.xml";
    let (size, names) = ((xml.len() as u32).to_le_bytes(), (name.len() as u16).to_le_bytes());
    let sizes = [&[0; 12][..], &size, &size, &names, &[0, 0]].concat();
    let local = [b"PK\x03\x04\x14\0", &sizes[..], name, xml.as_bytes()].concat();
    let directory = [b"PK\x01\x02\x14\0\x14\0", &sizes[..], &[0; 14], name].concat();
    let (length, place) =
        ((directory.len() as u32).to_le_bytes(), (local.len() as u32).to_le_bytes());
    let end = [&b"PK\x05\x06\0\0\0\0\x01\0\x01\0"[..], &length, &place, &[0, 0]].concat();
    [local, directory, end].concat()
}

#[test]
fn word_documents_are_searched() {
    let emulator = approving();
    emulator.update_config(|config| config.processing.seconds = 0);
    let store = store(&emulator);
    let kind = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
    let xml = "<w:p><w:r><w:t>The mill grinds </w:t></w:r><w:r><w:t>rye &amp; oats.</w:t></w:r></w:p><w:p><w:t>It stands on a hill.</w:t></w:p>";
    add_bytes(&emulator, &store, kind, r#"{"displayName":"mill.docx"}"#, &docx(xml));
    let tool = format!(r#"{{"fileSearchStoreNames":["{store}"]}}"#);
    let quoted = "mill.docx: “The mill grinds rye & oats.”";
    assert_eq!(ask(&emulator, "What does the mill grind?", &tool).field("text"), quoted);
    let operation = add(&emulator, &store, kind, "{}", "PK").field("name");
    let words = "The document is not a Word file (docx), or has more than 32 MiB of text.";
    assert!(get(&emulator, &format!("/v1beta/{operation}"), KEY).body.contains(words));
}

#[test]
fn picture_of_a_store_is_found_by_its_name_cited_and_downloaded() {
    let emulator = approving();
    emulator.update_config(|config| config.processing.seconds = 0);
    let about = r#"{"displayName":"Pictures","embeddingModel":"models/gemini-embedding-2"}"#;
    let store = post(&emulator, "fileSearchStores", about).field("name");
    let png = b"\x89PNG\r\n\x1a\n\0\xff";
    let about = r#"{"displayName":"harbour.png","customMetadata":[{"key":"town","stringValue":"Newport"}]}"#;
    let operation = add_bytes(&emulator, &store, "image/png", about, png).field("name");
    let id = operation.rsplit('/').next().expect("an id");
    let media = format!("{store}/media/{id}");
    let tool = format!(r#"{{"fileSearchStoreNames":["{store}"]}}"#);
    for question in ["Show the harbour", "Where is Newport?"] {
        let reply = flat(&ask(&emulator, question, &tool));
        assert!(reply.contains(r#"{"text":"harbour.png: a picture"}"#), "{reply}");
        let cited = format!(
            r#"{{"retrievedContext":{{"customMetadata":[{{"key":"town","stringValue":"Newport"}}],"fileSearchStore":"{store}","mediaId":"{media}","title":"harbour.png"}}}}"#
        );
        assert!(reply.contains(&cited), "{reply}");
    }
    let interaction = post(&emulator, "interactions", &interaction("Newport?", &store));
    let cited = format!(r#""file_name":"harbour.png","media_id":"{media}","start_index":0"#);
    assert!(flat(&interaction).contains(&cited), "{}", interaction.body);
    let download = |path: &str, headers: &str| {
        let head = format!("GET {path} HTTP/1.1\r\nHost: x\r\n{headers}Connection: close\r\n\r\n");
        exchange_bytes(&emulator, head.as_bytes())
    };
    for path in [format!("/v1beta/{media}?alt=media"), format!("/v1/{media}")] {
        let reply = download(&path, KEY);
        assert!(reply.ends_with(&[b"\r\n\r\n", &png[..]].concat()), "{path}");
        let head = String::from_utf8_lossy(&reply).to_ascii_lowercase();
        assert!(head.contains("content-type: image/png\r\n"), "{head}");
    }
    let state = emulator.export();
    let second = approving();
    second.import(&state).expect("the state");
    assert_eq!(second.export(), state);
    let cited = ask(&second, "Newport?", &tool);
    assert!(cited.body.contains(&media), "{}", cited.body);
    let text = add(&emulator, &store, "text/plain", "{}", "hello").field("name");
    let of_text = text.replace("/upload/operations/", "/media/");
    for (path, status) in [
        (of_text, 404),
        (format!("{store}/media/none"), 404),
        ("fileSearchStores/none/media/x".into(), 403),
    ] {
        assert_eq!(
            get(&emulator, &format!("/v1beta/{path}?alt=media"), KEY).status,
            status,
            "{path}"
        );
    }
    assert_eq!(get(&emulator, &format!("/v1beta/{media}?alt=media"), "").status, 403);
    let broken = add(&emulator, &store, "image/jpeg", "{}", "no picture").field("name");
    let broken = get(&emulator, &format!("/v1beta/{broken}"), KEY);
    assert_eq!(broken.field("message"), "The document is not image/jpeg.");
}

#[test]
fn document_in_the_text_of_a_prompt_is_quoted_as_a_file_is() {
    let emulator = approving();
    let ask = |contents: &str| {
        let body = format!(r#"{{"contents":[{contents}]}}"#);
        post(&emulator, "models/gemini-2.5-flash:generateContent", &body).field("text")
    };
    let document = r#"{"text":"File `guide.txt`:\n\nThe lighthouse was built in 1820. Its keeper was Ida Lewis.\n"}"#;
    let quoted = "guide.txt: “Its keeper was Ida Lewis.”";
    let question = r#"{"text":"Who was the keeper?"}"#;
    assert_eq!(ask(&format!(r#"{{"parts":[{document},{question}]}}"#)), quoted);
    let begins = "guide.txt begins: “The lighthouse was built in 1820.”";
    assert_eq!(ask(&format!(r#"{{"parts":[{document},{{"text":"Summarize!"}}]}}"#)), begins);
    // In a conversation the document came earlier.
    let turns = format!(
        r#"{{"role":"user","parts":[{document},{{"text":"Hello"}}]}},{{"role":"model","parts":[{{"text":"Yes?"}}]}},{{"role":"user","parts":[{question}]}}"#
    );
    assert_eq!(ask(&turns), quoted);
    let alone = ask(&format!(r#"{{"parts":[{document}]}}"#));
    assert!(alone.starts_with("The emulator answers as gemini-2.5-flash."), "{alone}");
    let other = r#"{"parts":[{"text":"Be brief.\n\nPlease."},{"text":"Who was the keeper?"}]}"#;
    assert!(ask(other).ends_with("ends: Who was the keeper?"));
    emulator.script(Script::answer("Scripted.").text("lighthouse"));
    assert_eq!(ask(&format!(r#"{{"parts":[{document},{question}]}}"#)), "Scripted.");
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
    get(&emulator, &format!("/v1beta{}", video.split("/v1beta").nth(1).expect("a path")), KEY);
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
    let reply = post(&emulator, "interactions", &interaction("Who was the keeper?", &store));
    assert!(reply.status == 200 && reply.body.contains(quoted), "{}", reply.body);
    let citation = format!(
        r#""annotations":[{{"end_index":{},"file_name":"guide.txt","source":"The lighthouse was built in 1820. Its keeper was Ida Lewis.\n\nThe harbour has three cranes.","start_index":0,"type":"file_citation"}}]"#,
        quoted.len()
    );
    assert!(flat(&reply).contains(&citation), "{}", reply.body);
    let body = format!(
        r#"{{"batch":{{"displayName":"b","inputConfig":{{"requests":{{"requests":[{{"request":{{"contents":[{{"parts":[{{"text":"Who was the keeper?"}}]}}],"tools":[{{"fileSearch":{{"fileSearchStoreNames":["{store}"]}}}}]}}}}]}}}}}}}}"#
    );
    let batch = post(&emulator, "models/gemini-2.5-flash:batchGenerateContent", &body);
    let done = get(&emulator, &format!("/v1beta/{}", batch.field("name")), KEY);
    assert!(done.body.contains(quoted) && done.body.contains("retrievedContext"), "{}", done.body);
}
