//! What is said: roles, pictures, calls and their results.

use super::{json, refused, said, sent};

#[test]
fn every_role_has_its_place() {
    let body = sent(said(
        r#"{"role":"system","content":"Be brief."},
           {"role":"user","content":"One"},
           {"role":"assistant","content":"Two"},
           {"role":"developer","content":[{"type":"text","text":"Be kind."}]},
           {"role":"user","content":[{"type":"text","text":"Three"},{"type":"text","text":"Four"}]}"#,
    ));
    let want = r#"{
        "systemInstruction":{"parts":[{"text":"Be brief."},{"text":"Be kind."}]},
        "contents":[
            {"role":"user","parts":[{"text":"One"}]},
            {"role":"model","parts":[{"text":"Two"}]},
            {"role":"user","parts":[{"text":"Three"},{"text":"Four"}]}
        ]}"#;
    assert_eq!(body, json(want));
}

#[test]
fn bytes_in_data_addresses_go_to_google_as_they_are() {
    let body = sent(said(
        r#"{"role":"user","content":[
            {"type":"image_url","image_url":{"url":"data:image/png;base64,iVBORw0KGgo=","detail":"low"}},
            {"type":"image_url","image_url":{"url":"DATA:image/svg+xml;charset=utf-8;BASE64,PHN2Zz4=","detail":"auto"}},
            {"type":"input_audio","input_audio":{"data":"UklGRg==","format":"wav"}},
            {"type":"input_audio","input_audio":{"data":"SUQz","format":"mp3"}},
            {"type":"file","file":{"filename":"a.pdf","file_data":"data:application/pdf;base64,JVBERi0="}}]}"#,
    ));
    let want = r#"{
        "contents":[{"role":"user","parts":[
            {"inlineData":{"mimeType":"image/png","data":"iVBORw0KGgo="}},
            {"inlineData":{"mimeType":"image/svg+xml","data":"PHN2Zz4="}},
            {"inlineData":{"mimeType":"audio/wav","data":"UklGRg=="}},
            {"inlineData":{"mimeType":"audio/mp3","data":"SUQz"}},
            {"inlineData":{"mimeType":"application/pdf","data":"JVBERi0="}}]}],
        "generationConfig":{"mediaResolution":"MEDIA_RESOLUTION_LOW"}}"#;
    assert_eq!(body, json(want));
}

#[test]
fn addresses_that_google_reads_itself_are_passed_on_and_the_finest_detail_counts() {
    let body = sent(said(
        r#"{"role":"user","content":[
            {"type":"image_url","image_url":{"url":"https://generativelanguage.googleapis.com/v1beta/files/abc","detail":"high"}},
            {"type":"image_url","image_url":{"url":"https://www.youtube.com/watch?v=x","detail":"low"}}]}"#,
    ));
    let want = r#"{
        "contents":[{"role":"user","parts":[
            {"fileData":{"fileUri":"https://generativelanguage.googleapis.com/v1beta/files/abc"}},
            {"fileData":{"fileUri":"https://www.youtube.com/watch?v=x"}}]}],
        "generationConfig":{"mediaResolution":"MEDIA_RESOLUTION_HIGH"}}"#;
    assert_eq!(body, json(want));
}

#[test]
fn addresses_of_the_web_are_refused_by_name() {
    for url in [
        "https://example.com/cat.png",
        "http://169.254.169.254/computeMetadata/v1/",
        "https://generativelanguage.googleapis.com.example.com/x",
        "https://www.youtube.com.example.com/watch?v=x",
        "file:///etc/passwd",
        "data:image/png,notbase64",
        "data:image/png;base64,",
        "data:;base64,AAAA",
        "data:image/png;base64,not base64!",
        "",
    ] {
        let part = format!(r#"{{"type":"image_url","image_url":{{"url":"{url}"}}}}"#);
        let (status, body) = refused(said(&format!(r#"{{"role":"user","content":[{part}]}}"#)));
        assert_eq!(status, 400, "{url}");
        assert_eq!(body["error"]["param"], "messages[0].content[0].image_url.url", "{url}");
        assert_eq!(body["error"]["code"], "unsupported_parameter", "{url}");
    }
}

/// Two calls at once, whose results come back in the other order.
const CALLS: &str = r#"
    {"role":"user","content":"Compare."},
    {"role":"assistant","content":"I look.","refusal":null,"annotations":[],
     "extra_content":{"google":{"thought_signature":"c2lnMA=="}},
     "tool_calls":[
        {"id":"google-1","index":0,"type":"function","function":{"name":"weather","arguments":"{\"city\":\"Bern\"}"},
         "extra_content":{"google":{"thought_signature":"c2lnMQ=="}}},
        {"id":"hallpass-call-r1-0-1","type":"function","function":{"name":"now","arguments":""}}]},
    {"role":"tool","tool_call_id":"hallpass-call-r1-0-1","content":"noon"},
    {"role":"tool","tool_call_id":"google-1","name":"weather","content":[{"type":"text","text":"{\"sky\":"},{"type":"text","text":"\"blue\"}"}]}"#;

#[test]
fn results_go_back_in_the_order_of_the_calls_and_signatures_to_their_parts() {
    let body = sent(said(CALLS));
    let want = r#"{"contents":[
        {"role":"user","parts":[{"text":"Compare."}]},
        {"role":"model","parts":[
            {"text":"I look.","thoughtSignature":"c2lnMA=="},
            {"functionCall":{"id":"google-1","name":"weather","args":{"city":"Bern"}},"thoughtSignature":"c2lnMQ=="},
            {"functionCall":{"name":"now"}}]},
        {"role":"user","parts":[
            {"functionResponse":{"id":"google-1","name":"weather","response":{"sky":"blue"}}},
            {"functionResponse":{"name":"now","response":{"result":"noon"}}}]}]}"#;
    assert_eq!(body, json(want));
}

#[test]
fn calls_without_results_and_results_without_calls_are_refused() {
    let call = r#"{"role":"assistant","tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"{}"}}]}"#;
    let (status, body) = refused(said(&format!(r#"{call},{{"role":"user","content":"And?"}}"#)));
    assert_eq!((status, &body["error"]["param"]), (400, &json(r#""messages""#)));
    assert_eq!(body["error"]["message"], "the call `a` has no message of role `tool`");
    let result = r#"{"role":"tool","tool_call_id":"b","content":"x"}"#;
    for messages in [format!("{call},{result}"), result.to_owned()] {
        let (_, body) = refused(said(&messages));
        let message = body["error"]["message"].as_str().expect("a message");
        assert!(
            message.ends_with("names no call of the assistant's message before it"),
            "{message}"
        );
    }
    let twice = r#"{"role":"tool","tool_call_id":"a","content":"x"},{"role":"tool","tool_call_id":"a","content":"x"}"#;
    assert_eq!(
        refused(said(&format!("{call},{twice}"))).1["error"]["param"],
        "messages[2].tool_call_id"
    );
}

#[test]
fn arguments_that_are_no_object_are_refused() {
    for arguments in ["[1]", "{", "7"] {
        let call = format!(
            r#"{{"id":"a","type":"function","function":{{"name":"f","arguments":"{arguments}"}}}}"#
        );
        let (_, body) = refused(said(&format!(r#"{{"role":"assistant","tool_calls":[{call}]}}"#)));
        assert_eq!(body["error"]["param"], "messages[0].tool_calls[0].function.arguments");
    }
}

#[test]
fn parts_that_an_answer_carried_go_back_in_place_of_its_words() {
    let body = sent(said(
        r#"{"role":"user","content":"Compute."},
           {"role":"assistant","content":"4","extra_content":{"google":{"parts":[
                {"executableCode":{"language":"PYTHON","code":"2+2"},"thoughtSignature":"c2ln"},
                {"somethingNew":{"a":[1,2]}},
                {"text":"4"}]}}},
           {"role":"user","content":"Again."}"#,
    ));
    let want = r#"{"contents":[
        {"role":"user","parts":[{"text":"Compute."}]},
        {"role":"model","parts":[
            {"executableCode":{"language":"PYTHON","code":"2+2"},"thoughtSignature":"c2ln"},
            {"somethingNew":{"a":[1,2]}},
            {"text":"4"}]},
        {"role":"user","parts":[{"text":"Again."}]}]}"#;
    assert_eq!(body, json(want));
}
