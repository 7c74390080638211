//! The state in one document: out of one emulator, into another.

use crate::wire::{
    RETRIEVER, Reply, approving, code, exchange_form, get, list_models, post_form, refresh_form,
    send, sign_in,
};
use hallpass_emulator::Emulator;
use std::time::Duration;

fn export(emulator: &Emulator) -> String {
    let reply = get(emulator, "/emulator/v1/state", "");
    assert_eq!((reply.status, reply.header("content-type")), (200, Some("application/json")));
    reply.body
}

fn import(emulator: &Emulator, document: &str) -> Reply {
    let json = "Content-Type: application/json\r\n";
    send(emulator, "PUT /emulator/v1/state", json, document)
}

#[test]
fn another_emulator_goes_on_where_one_stopped() {
    let first = approving();
    let tokens = sign_in(&first, RETRIEVER);
    let code = code(&first, RETRIEVER);
    let early = export(&first);
    first.advance(Duration::from_secs(3500));
    let document = export(&first);
    drop(first);
    let second = Emulator::builder().start().unwrap();
    assert_eq!(import(&second, &document).status, 200);
    assert_eq!(list_models(&second, &tokens.field("access_token")).status, 200);
    let refresh = refresh_form(&tokens.field("refresh_token"));
    assert_eq!(post_form(&second, "/token", &refresh).status, 200);
    let third = Emulator::builder().start().unwrap();
    assert_eq!(import(&third, &early).status, 200);
    assert_eq!(post_form(&third, "/token", &exchange_form(&code)).status, 200, "the code is new");
    let late = post_form(&second, "/token", &exchange_form(&code));
    assert_eq!(late.field("error"), "invalid_grant", "the code is ten minutes old");
    assert_eq!(second.config().approve.unwrap().account, "ada@example.com");
    second.advance(Duration::from_secs(100));
    assert_eq!(list_models(&second, &tokens.field("access_token")).status, 401);
    second.advance(Duration::from_secs(7 * 24 * 3600));
    assert_eq!(post_form(&second, "/token", &refresh).field("error"), "invalid_grant");
}

#[test]
fn document_that_was_imported_is_exported_again_and_has_literal_names() {
    let emulator = approving();
    let tokens = sign_in(&emulator, RETRIEVER);
    let document = export(&emulator);
    for text in [
        "{\n  \"version\": 1,\n  \"config\": {",
        "\"clock\": {\n    \"ahead_seconds\": 0\n  }",
        "\"consents\": [\n    {\n      \"account\": \"ada@example.com\",\n      \"project\": \"demo-project\"",
        &tokens.field("refresh_token"),
    ] {
        assert!(document.contains(text), "{text}");
    }
    let document = document.replace(
        "\"unverified_users\": []",
        "\"unverified_users\": [\n    [\n      \"demo-project\",\n      \"ada@example.com\"\n    ]\n  ]",
    );
    assert!(document.contains("\"unverified_users\": [\n"), "{document}");
    emulator.import(&document).unwrap();
    assert_eq!(emulator.export(), document);
    let grants = get(&emulator, "/emulator/v1/grants", "").body;
    assert!(grants.contains("\"refresh_tokens\": 1"), "{grants}");
    emulator.reset();
    assert_eq!(list_models(&emulator, &tokens.field("access_token")).status, 401);
}

#[test]
fn document_with_a_mistake_is_refused_whole_and_quotes_no_token() {
    let emulator = approving();
    let tokens = sign_in(&emulator, RETRIEVER);
    let document = export(&emulator);
    let token = tokens.field("access_token");
    for (from, to, field) in [
        ("\"version\": 1", "\"version\": 2", "`version`"),
        ("\"ahead_seconds\": 0", "\"ahead_seconds\": \"ya29.a0secret\"", "`ahead_seconds`"),
        ("\"revoked\": false", "\"revoked\": \"ya29.a0secret\"", "`revoked`"),
        (
            "\"account\": \"ada@example.com\"",
            "\"account\": \"bob@example.com\"",
            "`bob@example.com`",
        ),
    ] {
        assert!(document.contains(from), "{from}");
        let reply = import(&emulator, &document.replacen(from, to, 1));
        assert_eq!(reply.status, 400, "{reply:?}");
        assert!(reply.body.contains(field) && !reply.body.contains("secret"), "{}", reply.body);
        assert_eq!(list_models(&emulator, &token).status, 200);
    }
    assert_eq!(import(&emulator, "{").status, 400);
}

#[test]
fn sign_ins_go_on_after_a_document_that_counted_to_the_end() {
    let emulator = approving();
    let document =
        export(&emulator).replace("\"families\": 0", "\"families\": 18446744073709551615");
    assert!(document.contains("18446744073709551615"));
    assert_eq!(import(&emulator, &document).status, 200);
    let tokens = sign_in(&emulator, RETRIEVER);
    assert_eq!(list_models(&emulator, &tokens.field("access_token")).status, 200);
}

#[test]
fn files_stores_and_caches_go_on_in_another_emulator() {
    use crate::stores::{add, post, store};
    use crate::uploads::{KEY, upload};
    let first = approving();
    first.update_config(|config| (config.processing.seconds, config.caching.min_tokens) = (0, 1));
    let file = upload(&first, "text/plain", "a.txt", "The crane is yellow.").field("name");
    upload(&first, "text/plain", "large.txt", &"a".repeat(256 * 1024 + 1));
    let store = store(&first);
    add(&first, &store, "text/plain", r#"{"displayName":"b.txt"}"#, "The keeper was Ida.");
    let cached = r#"{"model":"models/gemini-2.5-flash","contents":[{"parts":[{"text":"Fish is sold on Fridays."}]}]}"#;
    let cache = post(&first, "cachedContents", cached).field("name");
    let document = export(&first);
    assert_eq!(document.matches("\"bytes\": null").count(), 1);
    let second = approving();
    assert_eq!(import(&second, &document).status, 200);
    assert_eq!(export(&second), document);
    let generate =
        |body: &str| post(&second, "models/gemini-2.5-flash:generateContent", body).field("text");
    let uri = format!("{}/v1beta/{file}", second.url());
    let of_file = format!(
        r#"{{"contents":[{{"parts":[{{"fileData":{{"fileUri":"{uri}"}}}},{{"text":"crane"}}]}}]}}"#
    );
    assert_eq!(generate(&of_file), "a.txt: “The crane is yellow.”");
    let of_store = format!(
        r#"{{"contents":[{{"parts":[{{"text":"keeper"}}]}}],"tools":[{{"fileSearch":{{"fileSearchStoreNames":["{store}"]}}}}]}}"#
    );
    assert_eq!(generate(&of_store), "b.txt: “The keeper was Ida.”");
    let of_cache =
        format!(r#"{{"contents":[{{"parts":[{{"text":"fish"}}]}}],"cachedContent":"{cache}"}}"#);
    assert_eq!(generate(&of_cache), "the cached content: “Fish is sold on Fridays.”");
    assert_eq!(get(&second, "/v1beta/files", KEY).body.matches("UPLOADED").count(), 2);
    for (from, to) in [
        ("\"size\": 20,", "\"size\": 9000000000000000000,"),
        ("\"of_files\": 0", "\"of_files\": 9000000000000000000"),
        ("\"caches\": [", "\"cash\": ["),
    ] {
        assert!(document.contains(from), "{from}");
        assert_eq!(import(&second, &document.replace(from, to)).status, 400, "{to}");
    }
    assert_eq!(export(&second), document);
}

#[test]
fn scripts_interactions_and_batches_go_on_in_another_emulator() {
    use crate::stores::post;
    use crate::uploads::KEY;
    let first = approving();
    first.update_config(|config| {
        (config.processing.seconds, config.processing.polls) = (60, None);
    });
    let in_background = || {
        let body = r#"{"model":"gemini-2.5-flash","input":"Later","background":true}"#;
        post(&first, "interactions", body).field("id")
    };
    let (slow, stopped) = (in_background(), in_background());
    let cancel = format!("interactions/{stopped}/cancel");
    assert_eq!(post(&first, &cancel, "").field("status"), "cancelled");
    let scripts = r#"[{"match":{"text":"weather"},"answer":{"text":"Sunny."},"times":2},{"answer":{"error":{"status":503}}}]"#;
    let json = "Content-Type: application/json\r\n";
    assert_eq!(send(&first, "POST /emulator/v1/scripts", json, scripts).status, 200);
    let ask = |emulator: &Emulator, more: &str| {
        let body = format!(r#"{{"model":"gemini-2.5-flash","input":"What weather?"{more}}}"#);
        post(emulator, "interactions", &body)
    };
    let said = ask(&first, "");
    assert_eq!(said.field("output_text"), "Sunny.");
    let batch = |words: &str| {
        format!(
            r#"{{"batch":{{"displayName":"mine","inputConfig":{{"requests":{{"requests":[{{"request":{{"{words}":{{"parts":[{{"text":"a"}}]}}}},"metadata":{{"key":"one"}}}}]}}}}}}}}"#
        )
    };
    let embedded =
        post(&first, "models/gemini-embedding-001:asyncBatchEmbedContent", &batch("content"));
    let cancelled =
        post(&first, "models/gemini-embedding-001:asyncBatchEmbedContent", &batch("content"));
    let (embedded, cancelled) = (embedded.field("name"), cancelled.field("name"));
    assert_eq!(post(&first, &format!("{cancelled}:cancel"), "").status, 200);
    let gone =
        post(&first, "models/gemini-embedding-001:asyncBatchEmbedContent", &batch("content"));
    assert_eq!(
        send(&first, &format!("DELETE /v1beta/{}", gone.field("name")), KEY, "").status,
        200
    );
    let document = export(&first);
    let second = approving();
    assert_eq!(import(&second, &document).status, 200);
    assert_eq!(export(&second), document);
    let read = |path: &str| get(&second, &format!("/v1beta/{path}"), KEY);

    assert_eq!(read("batches").body.matches("\"name\": \"batches/").count(), 4, "each twice");
    assert_eq!(read(&embedded).field("state"), "BATCH_STATE_RUNNING");
    assert_eq!(read(&cancelled).field("state"), "BATCH_STATE_CANCELLED");
    assert_eq!(read(&format!("interactions/{slow}")).field("status"), "in_progress");
    assert_eq!(read(&format!("interactions/{stopped}")).field("status"), "cancelled");
    second.advance(Duration::from_secs(61));
    let done = read(&format!("interactions/{slow}")).field("output_text");
    assert!(done.ends_with("ends: Later"), "{done}");
    let done = read(&embedded).body;
    assert!(done.contains("BATCH_STATE_SUCCEEDED") && done.contains("\"values\": ["), "{done}");
    assert!(done.contains("\"key\": \"one\"") && done.contains("\"displayName\": \"mine\""));

    let id = said.field("id");
    assert_eq!(
        read(&format!("interactions/{id}")).body,
        get(&first, &format!("/v1beta/interactions/{id}"), KEY).body
    );
    let next = ask(&second, &format!(r#","previous_interaction_id":"{id}""#));
    assert_eq!(next.field("output_text"), "Sunny.", "the script was used once of two times");
    assert_eq!(second.asked()[0].contents, 3, "the conversation went on");
    assert_eq!(ask(&second, "").status, 503, "the first script is used up");
    assert_eq!(get(&second, "/emulator/v1/scripts", "").body.matches("answer").count(), 0);

    let twice = |name: &str| {
        let (before, list) = document.split_once(&format!("\"{name}\": [")).expect("a list");
        let ends = ["\n    },\n", "\n    }\n"].into_iter().filter_map(|end| list.find(end));
        let end = ends.min().expect("an entry") + "\n    }".len();
        format!("{before}\"{name}\": [{},{list}", &list[..end])
    };
    for (changed, field) in [
        (twice("batches"), "`batches`: a batch comes twice"),
        (twice("interactions"), "`interactions`: an interaction comes twice"),
        (
            document.replacen("\"text\": \"weather\"", "\"model\": \"models/x\"", 1),
            "`scripts`: a model",
        ),
        (document.replacen("\"is_cancelled\"", "\"is_canceled\"", 1), "a mistake at or after it"),
    ] {
        let reply = import(&first, &changed);
        assert!(reply.status == 400 && reply.body.contains(field), "{field}: {}", reply.body);
    }
    assert_eq!(export(&first), document);
    let (older, _) = document.split_once(",\n  \"scripts\": [").expect("what is new comes last");
    assert_eq!(import(&second, &format!("{older}\n}}")).status, 200);
    assert_eq!(read("batches").body.matches("batches/").count(), 0);
}
