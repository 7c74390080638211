//! Batches: requests inline or in a file, states by the clock.

use crate::files::{OTHER_KEY, two_projects};
use crate::generate::flat;
use crate::wire::{Reply, approving, get, send};
use hallpass_emulator::{Emulator, Script};
use std::time::Duration;

const KEY: &str = "x-goog-api-key: emulator-api-key\r\nContent-Type: application/json\r\n";
const TWO: &str = r#"{"batch":{"display_name":"mine","input_config":{"requests":{"requests":[{"request":{"contents":[{"parts":[{"text":"a"}]}]},"metadata":{"key":"one"}},{"request":{"contents":[]}}]}}}}"#;

/// An emulator whose work takes a minute, however often it is asked.
fn slow() -> Emulator {
    let emulator = approving();
    emulator.update_config(|config| {
        config.processing.seconds = 60;
        config.processing.polls = None;
    });
    emulator
}

fn post(emulator: &Emulator, path: &str, body: &str) -> Reply {
    send(emulator, &format!("POST /v1beta/{path}"), KEY, body)
}

fn read(emulator: &Emulator, name: &str) -> Reply {
    get(emulator, &format!("/v1beta/{name}"), KEY)
}

#[test]
fn batch_is_pending_then_runs_and_succeeds_by_the_clock() {
    let emulator = slow();
    let made = post(&emulator, "models/gemini-2.5-flash:batchGenerateContent", TWO);
    assert_eq!(
        (made.status, made.field("state").as_str()),
        (200, "BATCH_STATE_PENDING"),
        "{}",
        made.body
    );
    let name = made.field("name");
    assert!(name.starts_with("batches/") && !made.body.contains("\"done\""), "{}", made.body);
    assert_eq!(
        (made.field("displayName").as_str(), made.field("model").as_str()),
        ("mine", "models/gemini-2.5-flash")
    );
    let running = read(&emulator, &name);
    assert_eq!(running.field("state"), "BATCH_STATE_RUNNING");
    assert!(
        flat(&running).contains(r#""batchStats":{"pendingRequestCount":"2","requestCount":"2"}"#),
        "{}",
        running.body
    );
    emulator.advance(Duration::from_secs(61));
    let done = flat(&read(&emulator, &name));
    assert!(done.contains(r#""done":true,"metadata":{"@type":"type.googleapis.com/google.ai.generativelanguage.v1main.GenerateContentBatch","#), "{done}");
    assert!(done.contains(r#""batchStats":{"failedRequestCount":"1","requestCount":"2","successfulRequestCount":"1"}"#), "{done}");
    let output = r#""inlinedResponses":{"inlinedResponses":[{"metadata":{"key":"one"},"response":{"candidates":["#;
    assert_eq!(done.matches(output).count(), 2, "in the metadata and as the response: {done}");
    let error = r#"{"error":{"code":3,"message":"* GenerateContentRequest.contents: contents is not specified"}}]}"#;
    assert!(done.contains(error) && done.contains("\"endTime\""), "{done}");
}

#[test]
fn embeddings_come_in_batches_too() {
    let emulator = approving();
    let body = r#"{"batch":{"inputConfig":{"requests":{"requests":[{"request":{"content":{"parts":[{"text":"a"}]},"outputDimensionality":2}}]}}}}"#;
    let made = post(&emulator, "models/gemini-embedding-001:asyncBatchEmbedContent", body);
    let name = made.field("name");
    emulator.advance(Duration::from_secs(61));
    let done = flat(&read(&emulator, &name));
    assert!(done.contains(r#""inlinedEmbedContentResponses":{"inlinedResponses":[{"response":{"embedding":{"values":["#), "{done}");
    assert!(done.contains("v1main.EmbedContentBatch\""), "{done}");
}

#[test]
fn requests_of_a_file_are_answered_in_a_file() {
    let emulator = approving();
    let lines = "{\"key\":\"k1\",\"request\":{\"contents\":[{\"parts\":[{\"text\":\"a\"}]}]}}\nnonsense\n{\"key\":\"k3\",\"request\":{\"contents\":[]}}\n";
    let headers = "x-goog-api-key: emulator-api-key\r\nX-Goog-Upload-Protocol: raw\r\nContent-Type: application/jsonl\r\n";
    let file = send(&emulator, "POST /upload/v1beta/files", headers, lines).field("name");
    let body = format!(r#"{{"batch":{{"inputConfig":{{"fileName":"{file}"}}}}}}"#);
    let made = post(&emulator, "models/gemini-2.5-flash:batchGenerateContent", &body);
    assert_eq!(made.status, 200, "{}", made.body);
    assert_eq!(read(&emulator, "generatedFiles").body, "{}", "an uploaded file is none of these");
    emulator.advance(Duration::from_secs(61));
    let done = read(&emulator, &made.field("name"));
    let responses = done.field("responsesFile");
    let result = get(&emulator, &format!("/v1beta/{responses}:download?alt=media"), KEY);
    let lines: Vec<&str> = result.body.lines().collect();
    assert_eq!(lines.len(), 3, "{}", result.body);
    assert!(lines[0].starts_with(r#"{"key":"k1","response":{"candidates":["#), "{}", lines[0]);
    assert_eq!(lines[1], r#"{"error":{"code":3,"message":"the line is not JSON"},"key":null}"#);
    assert!(
        lines[2].starts_with(r#"{"error":{"code":3,"#) && lines[2].ends_with(r#""key":"k3"}"#),
        "{}",
        lines[2]
    );
    assert_eq!(read(&emulator, &made.field("name")).field("responsesFile"), responses, "one file");
    let id = responses.strip_prefix("files/").expect("a file");
    let list = read(&emulator, "generatedFiles?pageSize=5");
    let shown = format!(
        r#"{{"name":"generatedFiles/{id}","mimeType":"application/jsonl","state":"GENERATED"}}"#
    );
    assert_eq!(flat(&list), format!(r#"{{"generatedFiles":[{shown}]}}"#));
    let name = format!("generatedFiles/{id}");
    assert_eq!(flat(&read(&emulator, &name)), shown);
    assert_eq!(read(&emulator, &format!("{name}?alt=media")).body, result.body);
    let uploaded = file.replace("files/", "generatedFiles/");
    for path in [uploaded, "generatedFiles/none".into(), format!("{name}/operations/x")] {
        let reply = read(&emulator, &path);
        assert_eq!((reply.status, reply.field("status")), (404, "NOT_FOUND".into()), "{path}");
    }
    assert_eq!(get(&emulator, &format!("/v1beta/{name}"), "").status, 403);
    let missing = body.replace(&file, "files/none");
    assert_eq!(
        post(&emulator, "models/gemini-2.5-flash:batchGenerateContent", &missing).status,
        403
    );
}

#[test]
fn batch_is_listed_cancelled_changed_and_deleted() {
    let emulator = slow();
    let make =
        || post(&emulator, "models/gemini-2.5-flash:batchGenerateContent", TWO).field("name");
    let (first, second, third) = (make(), make(), make());
    let page = read(&emulator, "batches?pageSize=2");
    let places = [&third, &second].map(|name| page.body.find(name.as_str()).expect("listed"));
    assert!(places[0] < places[1] && !page.body.contains(&first), "{}", page.body);
    let rest = read(&emulator, &format!("batches?pageToken={}", page.field("nextPageToken")));
    assert!(rest.body.contains(&first) && !rest.body.contains("nextPageToken"), "{}", rest.body);
    assert_eq!(post(&emulator, &format!("{first}:cancel"), "").body, "{}");
    let cancelled = flat(&read(&emulator, &first));
    assert!(
        cancelled.contains(r#""error":{"code":1,"message":"The batch was cancelled."}"#),
        "{cancelled}"
    );
    assert!(
        cancelled.contains("\"BATCH_STATE_CANCELLED\"") && !cancelled.contains("\"output\""),
        "{cancelled}"
    );
    let patch = send(
        &emulator,
        &format!("PATCH /v1beta/{second}:updateGenerateContentBatch?updateMask=displayName"),
        KEY,
        r#"{"displayName":"new"}"#,
    );
    assert_eq!(patch.field("displayName"), "new");
    assert_eq!(send(&emulator, &format!("DELETE /v1beta/{third}"), KEY, "").body, "{}");
    assert_eq!(read(&emulator, &third).status, 404);
    assert_eq!(
        read(&emulator, "batches").body.matches("\"name\": \"batches/").count(),
        4,
        "each twice"
    );
}

#[test]
fn batch_that_cannot_be_is_refused_and_one_of_a_failing_name_fails() {
    let emulator = slow();
    let target = "models/gemini-2.5-flash:batchGenerateContent";
    for body in [
        "{}",
        r#"{"batch":{"inputConfig":{"requests":{"requests":[]}}}}"#,
        r#"{"batch":{"inputs":1}}"#,
    ] {
        assert_eq!(post(&emulator, target, body).status, 400, "{body}");
    }
    assert_eq!(post(&emulator, "models/gemini-0:batchGenerateContent", TWO).status, 404);
    assert_eq!(read(&emulator, "batches/none").field("status"), "NOT_FOUND");
    assert_eq!(read(&emulator, "batches?pageSize=many").status, 400);
    emulator.update_config(|config| config.processing.fail.push("mine".into()));
    let name = post(&emulator, target, TWO).field("name");
    emulator.advance(Duration::from_secs(61));
    let failed = flat(&read(&emulator, &name));
    assert!(
        failed.contains("\"BATCH_STATE_FAILED\"") && failed.contains(r#""error":{"code":13,"#),
        "{failed}"
    );
}

#[test]
fn scripts_answer_the_requests_of_a_batch() {
    let emulator = approving();
    emulator.script(Script::answer("Scripted.").method("batchGenerateContent"));
    let name = post(&emulator, "models/gemini-2.5-flash:batchGenerateContent", TWO).field("name");
    emulator.advance(Duration::from_secs(61));
    assert!(read(&emulator, &name).body.contains("\"text\": \"Scripted.\""));
}

#[test]
fn batch_of_another_project_is_not_there() {
    let emulator = two_projects();
    let name = post(&emulator, "models/gemini-2.5-flash:batchGenerateContent", TWO).field("name");
    for (line, body) in [
        (format!("GET /v1beta/{name}"), ""),
        (format!("POST /v1beta/{name}:cancel"), ""),
        (format!("PATCH /v1beta/{name}:updateGenerateContentBatch"), r#"{"displayName":"new"}"#),
        (format!("DELETE /v1beta/{name}"), ""),
    ] {
        let reply = send(&emulator, &line, OTHER_KEY, body);
        assert_eq!((reply.status, reply.field("status")), (404, "NOT_FOUND".into()), "{line}");
    }
    let list = get(&emulator, "/v1beta/batches", OTHER_KEY);
    assert!(list.status == 200 && !list.body.contains(&name), "{}", list.body);
    assert_eq!(read(&emulator, &name).field("displayName"), "mine");
}
