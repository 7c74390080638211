//! The Interactions API.

use crate::files::{OTHER_KEY, two_projects};
use crate::generate::flat;
use crate::wire::{RETRIEVER, Reply, approving, get, send, sign_in};
use hallpass_emulator::{Emulator, Script, ScriptedAnswer};
use std::time::Duration;

const KEY: &str = "x-goog-api-key: emulator-api-key\r\nContent-Type: application/json\r\n";

fn create(emulator: &Emulator, body: &str) -> Reply {
    send(emulator, "POST /v1beta/interactions", KEY, body)
}

fn read(emulator: &Emulator, id: &str) -> Reply {
    get(emulator, &format!("/v1beta/interactions/{id}"), KEY)
}

#[test]
fn interaction_has_steps_text_and_usage() {
    let emulator = approving();
    let reply = create(
        &emulator,
        r#"{"model":"gemini-2.5-flash","input":"Hello, world","system_instruction":"Short."}"#,
    );
    assert_eq!(reply.status, 200, "{}", reply.body);
    let id = reply.field("id");
    assert!(id.starts_with("v1_"), "{id}");
    let body = flat(&reply);
    let text =
        "The emulator answers as gemini-2.5-flash. The prompt has 5 tokens and ends: Hello, world";
    assert!(body.contains(&format!(r#""object":"interaction","output_text":"{text}","status":"completed","steps":[{{"content":[{{"text":"{text}","type":"text"}}],"type":"model_output"}}]"#)), "{body}");
    assert!(body.contains(r#""usage":{"input_tokens_by_modality":[{"modality":"text","tokens":5}],"total_cached_tokens":0,"total_input_tokens":5,"total_output_tokens":22,"total_thought_tokens":0,"total_tokens":27,"total_tool_use_tokens":0}"#), "{body}");
    assert_eq!(flat(&read(&emulator, &id)), body);
    let with_input = get(&emulator, &format!("/v1/interactions/{id}?include_input=true"), KEY);
    assert_eq!(with_input.field("input"), "Hello, world");
}

#[test]
fn interaction_goes_on_from_the_previous_one() {
    let emulator = approving();
    let first = create(
        &emulator,
        r#"{"model":"gemini-3.5-flash","input":"What is the weather in Rome?","tools":[{"type":"function","name":"get_weather","parameters":{"type":"object","properties":{"city":{"type":"string"}}}}]}"#,
    );
    let body = flat(&first);
    assert!(body.contains(r#""status":"requires_action","steps":[{"signature":""#), "{body}");
    assert!(
        body.contains(r#""type":"thought"},{"arguments":{"city":"Rome"},"id":"call_"#),
        "{body}"
    );
    let call =
        body.split("\"id\":\"call_").nth(1).and_then(|rest| rest.split('"').next()).expect("an id");
    let next = format!(
        r#"{{"model":"gemini-3.5-flash","previous_interaction_id":"{}","input":[{{"type":"function_result","call_id":"call_{call}","result":{{"degrees":21}}}}]}}"#,
        first.field("id")
    );
    let second = create(&emulator, &next);
    assert!(second.field("output_text").contains("get_weather returned {"), "{}", second.body);
    assert_eq!(second.field("previous_interaction_id"), first.field("id"));
    assert_eq!(emulator.asked()[1].contents, 3);
    let lost = next.replace(&first.field("id"), "v1_unknown");
    assert_eq!(create(&emulator, &lost).status, 404);
}

#[test]
fn steps_can_come_from_the_caller() {
    let emulator = approving();
    let first = flat(&create(
        &emulator,
        r#"{"model":"gemini-3.5-flash","store":false,"input":[{"type":"text","text":"The weather?"}],"tools":[{"type":"function","name":"weather"}]}"#,
    ));
    let signature = first
        .split("\"signature\":\"")
        .nth(1)
        .and_then(|rest| rest.split('"').next())
        .expect("one");
    let steps = |signature: &str| {
        format!(
            r#"{{"model":"gemini-3.5-flash","input":[{{"type":"user_input","content":[{{"type":"text","text":"The weather?"}}]}},{signature}{{"type":"function_call","id":"c","name":"weather","arguments":{{}}}},{{"type":"function_result","call_id":"c","result":"sunny"}}]}}"#
        )
    };
    let reply =
        create(&emulator, &steps(&format!(r#"{{"type":"thought","signature":"{signature}"}},"#)));
    assert!(reply.field("output_text").contains("weather returned {"), "{}", reply.body);
    let lost = create(&emulator, &steps(""));
    assert!(
        lost.status == 400 && lost.body.contains("missing a thought_signature"),
        "{}",
        lost.body
    );
}

#[test]
fn stream_of_an_interaction_ends_with_done_and_can_be_resumed() {
    let emulator = approving();
    let reply = create(&emulator, r#"{"model":"gemini-2.5-flash","input":"Hi","stream":true}"#);
    assert_eq!(reply.header("content-type"), Some("text/event-stream"));
    let names: Vec<&str> =
        reply.body.lines().filter_map(|line| line.strip_prefix("event: ")).collect();
    assert_eq!(
        names,
        [
            "interaction.created",
            "interaction.status_update",
            "step.start",
            "step.delta",
            "step.delta",
            "step.delta",
            "step.stop",
            "interaction.completed",
            "done"
        ]
    );
    let data: Vec<&str> =
        reply.body.lines().filter_map(|line| line.strip_prefix("data: ")).collect();
    assert!(
        data[0].starts_with(
            r#"{"event_id":"0000","event_type":"interaction.created","interaction":{"created":""#
        ),
        "{}",
        data[0]
    );
    assert_eq!(
        data[2],
        r#"{"event_id":"0002","event_type":"step.start","index":0,"step":{"type":"model_output"}}"#
    );
    assert!(data[3].starts_with(r#"{"delta":{"text":"The emulator answers as ge"#), "{}", data[3]);
    assert_eq!(data[6], r#"{"event_id":"0006","event_type":"step.stop","index":0}"#);
    assert!(
        data[7].contains(r#""status":"completed","updated":""#) && data[7].contains("total_tokens"),
        "{}",
        data[7]
    );
    assert_eq!(data[8], "[DONE]");
    let id =
        data[0].split("\"id\":\"").nth(1).and_then(|rest| rest.split('"').next()).expect("an id");
    let again =
        get(&emulator, &format!("/v1beta/interactions/{id}?stream=true&last_event_id=0005"), KEY);
    let rest: Vec<&str> =
        again.body.lines().filter_map(|line| line.strip_prefix("data: ")).collect();
    assert_eq!(rest, data[6..]);
}

#[test]
fn interaction_in_the_background_is_done_by_the_clock() {
    let emulator = approving();
    emulator.update_config(|config| {
        config.processing.seconds = 60;
        config.processing.polls = None;
    });
    let body =
        r#"{"agent":"deep-research-pro-preview-12-2025","input":"Research","background":true}"#;
    let reply = create(&emulator, body);
    let id = reply.field("id");
    assert_eq!(reply.field("status"), "in_progress");
    assert!(!reply.body.contains("output_text") && !reply.body.contains("steps"), "{}", reply.body);
    assert_eq!(read(&emulator, &id).field("status"), "in_progress");
    emulator.advance(Duration::from_secs(61));
    let done = read(&emulator, &id);
    assert_eq!(done.field("status"), "completed");
    assert!(done.field("output_text").contains("Research"));
    let cancel =
        |id: &str| send(&emulator, &format!("POST /v1beta/interactions/{id}/cancel"), KEY, "");
    assert_eq!(cancel(&id).status, 400, "it is done");
    let other = create(&emulator, body).field("id");
    assert_eq!(cancel(&other).field("status"), "cancelled");
    emulator.advance(Duration::from_secs(61));
    assert_eq!(read(&emulator, &other).field("status"), "cancelled");
}

#[test]
fn interaction_is_deleted_and_one_that_is_not_stored_is_not_there() {
    let emulator = approving();
    let id = create(&emulator, r#"{"model":"gemini-2.5-flash","input":"a"}"#).field("id");
    let delete = send(&emulator, &format!("DELETE /v1beta/interactions/{id}"), KEY, "");
    assert_eq!((delete.status, delete.body.as_str()), (200, "{}"));
    assert_eq!(read(&emulator, &id).status, 404);
    let unstored = create(&emulator, r#"{"model":"gemini-2.5-flash","input":"a","store":false}"#);
    assert_eq!(read(&emulator, &unstored.field("id")).field("status"), "NOT_FOUND");
    emulator.update_config(|config| config.switches.v1_has_all_methods = false);
    assert_eq!(send(&emulator, "POST /v1/interactions", KEY, "{}").status, 404);
}

#[test]
fn settings_thoughts_and_reasons_of_interactions() {
    let emulator = approving();
    let schema = create(
        &emulator,
        r#"{"model":"gemini-2.5-flash","input":"Ada","response_format":{"type":"text","mime_type":"application/json","schema":{"type":"object","properties":{"name":{"const":"Ada"}}}}}"#,
    );
    assert!(schema.body.contains(r#""output_text": "{\"name\":\"Ada\"}""#), "{}", schema.body);
    let short = create(
        &emulator,
        r#"{"model":"gemini-2.5-flash","input":"a","generation_config":{"max_output_tokens":1,"tool_choice":"none"}}"#,
    );
    assert_eq!(
        (short.field("status").as_str(), short.field("output_text").as_str()),
        ("incomplete", "The ")
    );
    let thoughts = flat(&create(
        &emulator,
        r#"{"model":"gemini-3.5-flash","input":"a","generation_config":{"thinking_level":"low","thinking_summaries":"auto"}}"#,
    ));
    assert!(
        thoughts.contains(r#""steps":[{"signature":""#)
            && thoughts.contains(r#""summary":[{"text":"**Reading the prompt**"#),
        "{thoughts}"
    );
    emulator.script(Script::answer(ScriptedAnswer::blocked("SAFETY")));
    let blocked = flat(&create(&emulator, r#"{"model":"gemini-2.5-flash","input":"a"}"#));
    assert!(
        blocked.contains(r#""errors":[{"code":"safety","#)
            && blocked.contains(r#""status":"failed""#),
        "{blocked}"
    );
    let search = flat(&create(
        &emulator,
        r#"{"model":"gemini-2.5-flash","input":"Who?","tools":[{"type":"google_search"}]}"#,
    ));
    assert!(search.contains(r#""type":"google_search_call"},{"call_id":"search_1""#), "{search}");
    assert!(
        search.contains(r#""annotations":[{"end_index":"#)
            && search.contains(r#""type":"url_citation""#),
        "{search}"
    );
}

#[test]
fn interaction_that_cannot_be_is_refused() {
    let emulator = approving();
    for body in [
        "7",
        "{}",
        r#"{"model":"gemini-2.5-flash"}"#,
        r#"{"input":"a"}"#,
        r#"{"model":"m","agent":"a","input":"a"}"#,
        r#"{"model":"gemini-2.5-flash","input":"a","store":false,"background":true}"#,
        r#"{"model":"gemini-2.5-flash","input":[{"type":"smell"}]}"#,
        r#"{"model":"gemini-2.5-flash","input":"a","tools":[{"type":"hammer"}]}"#,
        r#"{"model":"gemini-2.5-flash","input":[{"type":"function_result","call_id":"x","result":1}]}"#,
    ] {
        let reply = create(&emulator, body);
        assert_eq!(
            (reply.status, reply.field("status").as_str()),
            (400, "INVALID_ARGUMENT"),
            "{body}"
        );
    }
    let camel =
        create(&emulator, r#"{"model":"gemini-2.5-flash","input":"a","systemInstruction":"x"}"#);
    assert!(
        camel.body.contains(r#"Unknown name \"systemInstruction\": Cannot find field."#),
        "{}",
        camel.body
    );
    assert_eq!(create(&emulator, r#"{"model":"gemini-0","input":"a"}"#).status, 404);
    let token = sign_in(&emulator, RETRIEVER).field("access_token");
    let bearer = format!("Authorization: Bearer {token}\r\n");
    let body = r#"{"model":"gemini-2.5-flash","input":"a"}"#;
    assert_eq!(send(&emulator, "POST /v1beta/interactions", &bearer, body).status, 200);
    assert_eq!(send(&emulator, "POST /v1beta/interactions", "", body).status, 403);
}

#[test]
fn interaction_of_another_project_is_not_there() {
    let emulator = two_projects();
    let body = r#"{"model":"gemini-2.5-flash","input":"a","background":true}"#;
    let id = create(&emulator, body).field("id");
    let next =
        format!(r#"{{"model":"gemini-2.5-flash","input":"b","previous_interaction_id":"{id}"}}"#);
    for (line, body) in [
        (format!("GET /v1beta/interactions/{id}"), ""),
        (format!("POST /v1beta/interactions/{id}/cancel"), ""),
        (format!("DELETE /v1beta/interactions/{id}"), ""),
        ("POST /v1beta/interactions".into(), next.as_str()),
    ] {
        let reply = send(&emulator, &line, OTHER_KEY, body);
        assert_eq!((reply.status, reply.field("status")), (404, "NOT_FOUND".into()), "{line}");
    }
    assert_eq!(read(&emulator, &id).status, 200);
}
