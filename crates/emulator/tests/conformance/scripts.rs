//! Scripted answers, and the record of what was asked.

use crate::generate::flat;
use crate::tools::keyed;
use crate::wire::{Reply, approving, get, send};
use hallpass_emulator::{Emulator, Expectation, Script, ScriptedAnswer};
use serde_json::json;
use std::process::Command;

const JSON: &str = "Content-Type: application/json\r\n";

fn script(emulator: &Emulator, json: &str) -> Reply {
    send(emulator, "POST /emulator/v1/scripts", JSON, json)
}

fn ask(emulator: &Emulator, prompt: &str) -> Reply {
    let body = format!(r#"{{"contents":[{{"parts":[{{"text":"{prompt}"}}]}}]}}"#);
    keyed(emulator, "gemini-2.5-flash:generateContent", &body)
}

#[test]
fn script_answers_what_it_matches_as_often_as_it_says() {
    let emulator = approving();
    let scripts = r#"[
        {"match":{"text":"weather"},"answer":{"text":"Sunny."},"times":2},
        {"match":{"model":"gemini-2.5-pro"},"answer":{"text":"Never asked."}},
        {"answer":{"text":"Once."}},
        {"match":{"text":"name"},"answer":{"text":"Ada."},"times":null}]"#;
    assert_eq!(script(&emulator, scripts).status, 200);
    let text = |prompt: &str| ask(&emulator, prompt).field("text");
    assert_eq!(text("What weather?"), "Sunny.");
    assert_eq!(text("Hello"), "Once.");
    assert_eq!(text("the weather again"), "Sunny.");
    assert!(text("weather, a third time").starts_with("The emulator answers"));
    assert_eq!((text("your name?"), text("name!")), ("Ada.".into(), "Ada.".into()));
    let pending = get(&emulator, "/emulator/v1/scripts", "").body;
    assert!(pending.contains("Never asked.") && !pending.contains("Once."), "{pending}");
    send(&emulator, "DELETE /emulator/v1/scripts", "", "");
    assert!(text("your name?").starts_with("The emulator answers"));
}

#[test]
fn script_matches_tool_file_and_method() {
    let emulator = approving();
    emulator
        .script(Script::answer(ScriptedAnswer::call("look", json!({"at": "stars"}))).tool("look"));
    emulator.script(Script::answer("A picture.").file("files/abc").always());
    emulator.script(Script::answer("Streamed.").method("streamGenerateContent"));
    let tools = r#"{"contents":[{"parts":[{"text":"a"}]}],"tools":[{"function_declarations":[{"name":"look"}]}]}"#;
    let reply = flat(&keyed(&emulator, "gemini-3.5-flash:generateContent", tools));
    assert!(reply.contains(r#""functionCall":{"args":{"at":"stars"},"id":"call_"#), "{reply}");
    assert!(
        reply.contains("thoughtSignature") && reply.contains("\"finishReason\":\"STOP\""),
        "{reply}"
    );
    let file = r#"{"contents":[{"parts":[{"file_data":{"mime_type":"image/png","file_uri":"https://x/v1beta/files/abc"}}]}]}"#;
    assert_eq!(
        keyed(&emulator, "gemini-2.5-flash:generateContent", file).field("text"),
        "A picture."
    );
    assert!(ask(&emulator, "a").field("text").starts_with("The emulator"));
    let stream = keyed(&emulator, "gemini-2.5-flash:streamGenerateContent?alt=sse", tools);
    assert!(stream.body.contains("\"Str\"") && stream.body.contains("\"ed.\""), "{}", stream.body);
}

#[test]
fn reasons_and_blocks_are_had_on_demand() {
    let emulator = approving();
    let safety = r#"{"answer":{"finish_reason":"SAFETY"}}"#;
    script(&emulator, safety);
    let reply = flat(&ask(&emulator, "a"));
    let candidate = r#""candidates":[{"content":{"role":"model"},"finishReason":"SAFETY","index":0,"safetyRatings":[{"blocked":true,"category":"HARM_CATEGORY_DANGEROUS_CONTENT","probability":"HIGH"}]}]"#;
    assert!(reply.contains(candidate), "{reply}");
    script(
        &emulator,
        r#"{"answer":{"finish_reason":"MALFORMED_FUNCTION_CALL","finish_message":"Malformed function call: f("}}"#,
    );
    let reply = flat(&ask(&emulator, "a"));
    assert!(reply.contains(r#""finishReason":"MALFORMED_FUNCTION_CALL","index":0,"finishMessage":"Malformed function call: f("}]"#), "{reply}");
    script(&emulator, r#"{"answer":{"text":"Once upon","finish_reason":"RECITATION"}}"#);
    assert_eq!(ask(&emulator, "a").field("finishReason"), "RECITATION");
    script(&emulator, r#"{"answer":{"block_reason":"PROHIBITED_CONTENT"}}"#);
    let reply = flat(&ask(&emulator, "a"));
    assert!(reply.starts_with(r#"{"promptFeedback":{"blockReason":"PROHIBITED_CONTENT"},"usageMetadata":{"promptTokenCount":1,"#), "{reply}");
}

#[test]
fn error_is_answered_with_googles_name_for_the_status() {
    let emulator = approving();
    script(
        &emulator,
        r#"[{"answer":{"error":{"status":503}}},{"answer":{"error":"quota"}},{"answer":{"error":{"status":403,"message":"No."}}}]"#,
    );
    let reply = ask(&emulator, "a");
    assert_eq!((reply.status, reply.field("status").as_str()), (503, "UNAVAILABLE"));
    let reply = ask(&emulator, "a");
    assert_eq!(reply.status, 429);
    assert!(reply.body.contains("google.rpc.RetryInfo"), "{}", reply.body);
    let reply = ask(&emulator, "a");
    assert_eq!((reply.status, reply.field("message").as_str()), (403, "No."));
    assert_eq!(ask(&emulator, "a").status, 200);
}

#[test]
fn text_comes_in_several_requests_by_continuation() {
    let emulator = approving();
    script(
        &emulator,
        r#"{"answer":{"text":"one two three","continuations":2,"finish_reason":"MAX_TOKENS"}}"#,
    );
    let mut token = String::new();
    let mut said = Vec::new();
    for _ in 0..3 {
        let body = format!(r#"{{"contents":[{{"parts":[{{"text":"a"}}]}}]{token}}}"#);
        let reply = keyed(&emulator, "gemini-2.5-flash:generateContent", &body);
        said.push((reply.field("text"), reply.field("finishReason")));
        if reply.body.contains("continuationToken") {
            token = format!(",\"continuationToken\":\"{}\"", reply.field("continuationToken"));
        }
    }
    let said: Vec<_> = said.iter().map(|(text, reason)| (text.as_str(), reason.as_str())).collect();
    assert_eq!(said, [("one t", "CONTINUATION"), ("wo t", "CONTINUATION"), ("hree", "MAX_TOKENS")]);
    let other = format!(r#"{{"contents":[{{"parts":[{{"text":"b"}}]}}]{token}}}"#);
    let reply = keyed(&emulator, "gemini-2.5-flash:generateContent", &other);
    assert_eq!(reply.status, 400, "a token is for the same request: {}", reply.body);
    assert_eq!(emulator.asked().len(), 4);
}

#[test]
fn delay_is_that_of_the_script() {
    let emulator = approving();
    emulator.script(Script::answer("Late.").delay(std::time::Duration::from_secs(60)));
    let mut stream = std::net::TcpStream::connect(emulator.address()).unwrap();
    let body = r#"{"contents":[{"parts":[{"text":"a"}]}]}"#;
    let request = format!(
        "POST /v1/models/gemini-2.5-flash:generateContent?key=emulator-api-key HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    std::io::Write::write_all(&mut stream, request.as_bytes()).unwrap();
    stream.set_read_timeout(Some(std::time::Duration::from_millis(300))).unwrap();
    let read = std::io::Read::read(&mut stream, &mut [0; 1]);
    assert!(read.is_err(), "it must not come at once: {read:?}");
    assert_eq!(ask(&emulator, "b").status, 200, "others do not wait");
}

#[test]
fn what_was_asked_is_recorded() {
    let emulator = approving();
    script(&emulator, r#"{"answer":{"text":"Yes."}}"#);
    let body = r#"{"systemInstruction":{"parts":[{"text":"Be short."}]},"contents":[{"parts":[{"text":"first"}]},{"role":"model","parts":[{"text":"x"}]},{"parts":[{"text":"second"},{"text":"third"}]}],"tools":[{"functionDeclarations":[{"name":"f"}]},{"functionDeclarations":[{"name":"g"}]}]}"#;
    keyed(&emulator, "gemini-2.5-flash:generateContent", body);
    ask(&emulator, "again");
    let asked = flat(&get(&emulator, "/emulator/v1/asked", ""));
    let first = r#"{"asked":[{"model":"gemini-2.5-flash","method":"generateContent","text":"second\nthird","system":"Be short.","contents":3,"tools":["f","g"],"files":[],"scripted":true,"time":""#;
    let keys = [
        "\"text\":\"second\\nthird\"",
        "\"system\":\"Be short.\"",
        "\"contents\":3",
        "\"tools\":[\"f\",\"g\"]",
        "\"scripted\":true",
    ];
    assert!(keys.iter().all(|key| asked.contains(key)) || asked.starts_with(first), "{asked}");
    assert_eq!(emulator.asked()[1].text, "again");
    assert!(!emulator.asked()[1].scripted);
    emulator.reset();
    assert!(emulator.asked().is_empty());
}

#[test]
fn script_with_a_mistake_is_refused_and_none_of_the_list_is_taken() {
    let emulator = approving();
    for scripts in [
        r#"[{"answer":{"text":"a"}},{"anwser":{}}]"#,
        r#"{"answer":{"txt":"a"}}"#,
        r#"{"match":{"modle":"x"},"answer":{}}"#,
        r#"{"match":{"model":"models/x"},"answer":{}}"#,
        r#"{"answer":{"error":{}}}"#,
        "7",
    ] {
        assert_eq!(script(&emulator, scripts).status, 400, "{scripts}");
    }
    let pending = flat(&get(&emulator, "/emulator/v1/scripts", ""));
    assert_eq!(pending, r#"{"scripts":[]}"#);
}

#[test]
fn expectation_can_be_about_text_tool_and_file() {
    let emulator = approving();
    emulator.expect(Expectation::model("gemini-2.5-flash").text("weather").times(2));
    emulator.expect(Expectation::model("gemini-2.5-flash").tool("look").times(0));
    for prompt in ["the weather", "nothing", "weather again"] {
        ask(&emulator, prompt);
    }
    emulator.verify();
    emulator.reset();
}

#[cfg_attr(windows, ignore = "the example is a script of `sh`")]
#[test]
fn shell_example_passes() {
    let emulator = approving();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/ci/scripted.sh");
    let output = Command::new("sh").args([script, &emulator.url()]).output().expect("a shell");
    let said = String::from_utf8_lossy(&output.stdout);
    assert_eq!(said, "4 passed\n", "{}", String::from_utf8_lossy(&output.stderr));
}
