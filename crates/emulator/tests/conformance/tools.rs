//! Tools and thought signatures in `generateContent`.

use crate::generate::flat;
use crate::wire::{Reply, approving, send};
use hallpass_emulator::Emulator;

const WEATHER: &str = r#"[{"functionDeclarations":[{"name":"get_weather","description":"Tells the temperature","parameters":{"type":"OBJECT","properties":{"city":{"type":"STRING"},"days":{"type":"INTEGER","minimum":1}},"required":["city"]}},{"name":"book_table","parameters":{"type":"object","properties":{"seats":{"type":"integer"}}}}]}]"#;

/// Asks a model with the API key.
pub(crate) fn keyed(emulator: &Emulator, target: &str, body: &str) -> Reply {
    let headers = "x-goog-api-key: emulator-api-key\r\nContent-Type: application/json\r\n";
    send(emulator, &format!("POST /v1beta/models/{target}"), headers, body)
}

/// A request with tools and, where given, their configuration.
fn with_tools(prompt: &str, tools: &str, config: &str) -> String {
    let config =
        if config.is_empty() { String::new() } else { format!(",\"toolConfig\":{config}") };
    format!(
        r#"{{"contents":[{{"role":"user","parts":[{{"text":"{prompt}"}}]}}],"tools":{tools}{config}}}"#
    )
}

/// The first object of this name, as it stands in the flat body.
fn object<'a>(body: &'a str, name: &str) -> &'a str {
    let start = body.find(&format!("\"{name}\":{{")).unwrap_or_else(|| panic!("no {name}: {body}"));
    let open = start + name.len() + 3;
    let mut depth = 0;
    let end = body[open..].find(|letter| {
        depth += match letter {
            '{' => 1,
            '}' => -1,
            _ => 0,
        };
        depth == 0
    });
    &body[open..=open + end.expect("an end")]
}

#[test]
fn function_is_called_when_the_prompt_has_a_word_of_its_name() {
    let emulator = approving();
    let body = with_tools("What is the weather in Paris for 3 days?", WEATHER, "");
    let reply = flat(&keyed(&emulator, "gemini-2.5-flash:generateContent", &body));
    let call = object(&reply, "functionCall");
    assert!(call.starts_with(r#"{"args":{"city":"Paris","days":3},"id":"call_"#), "{reply}");
    assert!(call.ends_with(r#"","name":"get_weather"}"#), "{reply}");
    assert!(reply.contains(r#""role":"model"},"finishReason":"STOP","index":0"#), "{reply}");
    assert_eq!(reply.matches("functionCall").count(), 1);
    let other = with_tools("Tell me a story", WEATHER, "");
    let reply = flat(&keyed(&emulator, "gemini-2.5-flash:generateContent", &other));
    assert!(reply.contains("ends: Tell me a story") && !reply.contains("functionCall"), "{reply}");
}

#[test]
fn mode_says_whether_functions_are_called() {
    let emulator = approving();
    let ask = |prompt: &str, config: &str| {
        let config = format!(r#"{{"functionCallingConfig":{config}}}"#);
        let body = with_tools(prompt, WEATHER, &config);
        keyed(&emulator, "gemini-2.5-flash:generateContent", &body)
    };
    assert!(!ask("The weather?", r#"{"mode":"NONE"}"#).body.contains("functionCall"));
    let any = flat(&ask("Hello", r#"{"mode":"ANY","allowedFunctionNames":["book_table"]}"#));
    assert!(object(&any, "functionCall").starts_with(r#"{"args":{"seats":0},"#), "{any}");
    assert!(ask("Hello", r#"{"mode":"ANY"}"#).body.contains("get_weather"));
    let wrong = ask("Hello", r#"{"mode":"SOMETIMES"}"#);
    let words = "Invalid value at 'tool_config.function_calling_config.mode' \
        (type.googleapis.com/google.ai.generativelanguage.v1beta.FunctionCallingConfig.Mode), \\\"SOMETIMES\\\"";
    assert!(wrong.status == 400 && wrong.body.contains(words), "{}", wrong.body);
    assert_eq!(
        ask("Hello", r#"{"mode":"AUTO","allowedFunctionNames":["book_table"]}"#).status,
        400
    );
    assert_eq!(ask("Hello", r#"{"mode":"ANY","allowedFunctionNames":["fly"]}"#).status, 400);
}

#[test]
fn parallel_calls_have_ids_and_the_first_has_the_signature() {
    let emulator = approving();
    let body = with_tools("What is the weather in Paris and New York?", WEATHER, "");
    let reply = flat(&keyed(&emulator, "gemini-3.5-flash:generateContent", &body));
    let calls: Vec<&str> = reply.split("\"functionCall\":").skip(1).collect();
    assert_eq!(calls.len(), 2, "{reply}");
    assert!(calls[0].contains("\"Paris\"") && calls[0].contains("thoughtSignature"), "{reply}");
    assert!(calls[1].contains("\"New York\"") && !calls[1].contains("thoughtSignature"), "{reply}");
    let ids: Vec<&str> = reply.split("\"id\":\"").skip(1).map(|rest| &rest[..17]).collect();
    assert_ne!(ids[0], ids[1]);
    emulator.update_config(|config| config.switches.signature_on_first_call_only = false);
    let reply = keyed(&emulator, "gemini-3.5-flash:generateContent", &body);
    assert_eq!(reply.body.matches("thoughtSignature").count(), 2);
}

/// A conversation up to the function's answer; the call's part is given.
fn round(call_part: &str, after: &str) -> String {
    format!(
        r#"{{"contents":[{{"role":"user","parts":[{{"text":"What is the weather in Paris?"}}]}},{{"role":"model","parts":[{call_part}]}},{{"role":"user","parts":[{{"functionResponse":{{"name":"get_weather","response":{{"degrees":21}}}}}}]}}{after}],"tools":{WEATHER}}}"#
    )
}

/// The part of the call as the model gave it.
fn called(emulator: &Emulator, model: &str) -> String {
    let body = with_tools("What is the weather in Paris?", WEATHER, "");
    let reply = flat(&keyed(emulator, &format!("{model}:generateContent"), &body));
    let start = reply.find("\"parts\":[").expect("parts") + "\"parts\":[".len();
    reply[start..start + reply[start..].find("],\"role\"").expect("an end")].to_owned()
}

#[test]
fn answer_of_a_function_is_answered_with_its_content() {
    let emulator = approving();
    let part = called(&emulator, "gemini-3.5-flash");
    let reply = keyed(&emulator, "gemini-3.5-flash:generateContent", &round(&part, ""));
    let text = r#"ends: get_weather returned {\"degrees\":21}"#;
    assert!(reply.status == 200 && reply.body.contains(text), "{}", reply.body);
}

#[test]
fn signature_that_is_lost_is_refused_as_google_words_it() {
    let emulator = approving();
    let bare = r#"{"functionCall":{"name":"get_weather","args":{"city":"Paris","days":1}}}"#;
    let reply = keyed(&emulator, "gemini-3.5-flash:generateContent", &round(bare, ""));
    let words = "Function call is missing a thought_signature in functionCall parts. This is required for tools to \
        work correctly, and missing thought_signature may lead to degraded model performance. Additional data, \
        function call `default_api:get_weather` , position 2. Please refer to \
        https://ai.google.dev/gemini-api/docs/thought-signatures for more details.";
    assert_eq!((reply.status, reply.field("message").as_str()), (400, words));
    assert_eq!(reply.field("status"), "INVALID_ARGUMENT");
    assert_eq!(keyed(&emulator, "gemini-2.5-flash:generateContent", &round(bare, "")).status, 200);
    let earlier = r#",{"role":"model","parts":[{"text":"21 degrees"}]},{"role":"user","parts":[{"text":"Thanks"}]}"#;
    let reply = keyed(&emulator, "gemini-3.5-flash:generateContent", &round(bare, earlier));
    assert_eq!(reply.status, 200, "only the turn that is going on is checked: {}", reply.body);
}

#[test]
fn signature_that_is_moved_or_anothers_is_refused() {
    let emulator = approving();
    let part = called(&emulator, "gemini-3.5-flash");
    let ask = |part: &str| keyed(&emulator, "gemini-3.5-flash:generateContent", &round(part, ""));
    let moved = ask(&part.replace("Paris", "Rome"));
    assert_eq!(
        (moved.status, moved.field("message").as_str()),
        (400, "Invalid thought signature.")
    );
    let start = part.find("\"thoughtSignature\":\"").expect("a signature") + 20;
    let end = start + part[start..].find('"').expect("an end");
    for (signature, status) in [
        ("AAAA", 400),
        ("not base64!", 400),
        ("skip_thought_signature_validator", 200),
        ("c2tpcF90aG91Z2h0X3NpZ25hdHVyZV92YWxpZGF0b3I=", 200),
    ] {
        let reply = ask(&format!("{}{signature}{}", &part[..start], &part[end..]));
        assert_eq!(reply.status, status, "{signature}: {}", reply.body);
        if status == 400 {
            assert_eq!(reply.field("message"), "Corrupted thought signature.");
        }
    }
    let as_float = part.replace("\"days\":1", "\"days\":1.0");
    assert_eq!(ask(&as_float).status, 200, "protobuf has no integers in arguments");
    let on_text = format!(r#"{{"text":"a","thoughtSignature":"{}"}}"#, &part[start..end]);
    let bare = r#"{"functionCall":{"name":"get_weather"}}"#;
    let reply = ask(&format!("{on_text},{bare}"));
    assert_eq!(reply.field("message"), "Invalid thought signature.");
}

#[test]
fn turns_of_functions_have_their_order_and_number() {
    let emulator = approving();
    let user = r#"{"role":"user","parts":[{"text":"a"}]}"#;
    let call = r#"{"role":"model","parts":[{"functionCall":{"name":"f"}}]}"#;
    let answer = r#"{"role":"user","parts":[{"functionResponse":{"name":"f","response":{}}}]}"#;
    let said = r#"{"role":"model","parts":[{"text":"b"}]}"#;
    let ask = |contents: &[&str]| {
        let body = format!(r#"{{"contents":[{}]}}"#, contents.join(","));
        keyed(&emulator, "gemini-2.5-flash:generateContent", &body)
    };
    assert_eq!(ask(&[user, call, answer]).status, 200);
    let number = "Please ensure that the number of function response parts is equal to the number of function call \
        parts of the function call turn.";
    assert_eq!(ask(&[user, call, user]).field("message"), number);
    let two = answer.replace("[{", "[{\"functionResponse\":{\"name\":\"f\",\"response\":{}}},{");
    assert_eq!(ask(&[user, call, &two]).field("message"), number);
    let order = "Please ensure that function call turn comes immediately after a user turn or after a function \
        response turn.";
    assert_eq!(ask(&[call, answer]).field("message"), order);
    assert_eq!(ask(&[user, said, call, answer]).field("message"), order);
    let order =
        "Please ensure that function response turn comes immediately after a function call turn.";
    assert_eq!(ask(&[user, answer]).field("message"), order);
    let nameless = answer.replace("\"name\":\"f\",", "");
    let words = "* GenerateContentRequest.contents[2].parts[0].function_response.name: Name cannot be empty.";
    assert_eq!(ask(&[user, call, &nameless]).field("message"), words);
}

#[test]
fn contents_that_cannot_be_are_refused() {
    let emulator = approving();
    let ask = |content: &str| {
        keyed(
            &emulator,
            "gemini-2.5-flash:generateContent",
            &format!(r#"{{"contents":[{content}]}}"#),
        )
    };
    let role = ask(r#"{"role":"system","parts":[{"text":"a"}]}"#);
    assert_eq!(role.field("message"), "Please use a valid role: user, model.");
    let words = "* GenerateContentRequest.contents[0].parts[0].data: required oneof field 'data' must have one \
        initialized field";
    assert_eq!(ask(r#"{"parts":[{}]}"#).field("message"), words);
    let data = ask(r#"{"parts":[{"inlineData":{"mimeType":"image/png","data":"not base64"}}]}"#);
    let words = r#"Invalid value at 'contents[0].parts[0].inline_data.data' (TYPE_BYTES), Base64 decoding failed for \"not base64\""#;
    assert!(data.status == 400 && data.body.contains(words), "{}", data.body);
    let zip = ask(r#"{"parts":[{"inlineData":{"mimeType":"application/zip","data":"AA=="}}]}"#);
    assert_eq!(zip.field("message"), "Unsupported MIME type: application/zip");
    assert_eq!(
        ask(r#"{"parts":[{"inlineData":{"mimeType":"image/png","data":"_-8"}}]}"#).status,
        200
    );
}

#[test]
fn declarations_that_cannot_be_are_refused() {
    let emulator = approving();
    let ask = |functions: &str| {
        let tools = format!(r#"[{{"functionDeclarations":[{functions}]}}]"#);
        keyed(&emulator, "gemini-2.5-flash:generateContent", &with_tools("a", &tools, ""))
    };
    let name = ask(r#"{"name":"2 names"}"#).field("message");
    let start = "* GenerateContentRequest.tools[0].function_declarations[0].name: Invalid function name. Must start with";
    assert!(name.starts_with(start), "{name}");
    let twice = ask(r#"{"name":"f"},{"name":"f"}"#).field("message");
    assert_eq!(twice, "Duplicate function declaration found: f");
    let empty = ask(r#"{"name":"f","parameters":{"type":"OBJECT"}}"#).field("message");
    let words = "* GenerateContentRequest.tools[0].function_declarations[0].parameters.properties: should be non-empty \
        for OBJECT type\\n";
    assert_eq!(empty, words);
    let dollar = ask(r#"{"name":"f","parameters":{"$schema":"x","type":"OBJECT"}}"#);
    let words = r#"Unknown name \"$schema\" at 'tools[0].function_declarations[0].parameters': Cannot find field."#;
    assert!(dollar.body.contains(words), "{}", dollar.body);
    let both = ask(r#"{"name":"f","parameters":{"type":"STRING"},"parametersJsonSchema":{}}"#);
    assert_eq!(both.status, 400);
    let plain = ask(r#"{"name":"f","parameters_json_schema":{"$schema":"x","type":"object"}}"#);
    assert_eq!(plain.status, 200, "{}", plain.body);
}

#[test]
fn functions_go_with_neither_googles_tools_nor_json_before_the_third_generation() {
    let emulator = approving();
    let function = r#"{"functionDeclarations":[{"name":"f"}]}"#;
    let with_search = with_tools("a", &format!(r#"[{function},{{"googleSearch":{{}}}}]"#), "");
    let with_json = with_tools("a", &format!("[{function}]"), "");
    let with_json = with_json.replacen(
        '{',
        r#"{"generationConfig":{"responseMimeType":"application/json"},"#,
        1,
    );
    let json = "Function calling with a response mime type: 'application/json' is unsupported";
    let search = "Tool use with function calling is unsupported";
    for (body, words) in [(with_search, search), (with_json, json)] {
        let reply = keyed(&emulator, "gemini-2.5-pro:generateContent", &body);
        assert_eq!((reply.status, reply.field("message").as_str()), (400, words));
        assert_eq!(keyed(&emulator, "gemini-3.8-flash:generateContent", &body).status, 200);
    }
}

#[test]
fn search_leaves_grounding_with_byte_places() {
    let emulator = approving();
    let body = with_tools(
        "Wie hoch ist die Zugspitze in Metern über Null?",
        r#"[{"google_search":{}}]"#,
        "",
    );
    let reply = flat(&keyed(&emulator, "gemini-2.5-flash:generateContent", &body));
    assert!(
        reply.contains(r#""webSearchQueries":["Wie hoch ist die Zugspitze in Metern über Null?"]"#),
        "{reply}"
    );
    assert!(reply.contains(r#""groundingChunks":[{"web":{"title":"example.com","uri":"https://vertexaisearch.cloud.google.com/grounding-api-redirect/1"}},"#), "{reply}");
    let text = "The emulator answers as gemini-2.5-flash. The prompt has 12 tokens and ends: Wie hoch ist die Zugspitze in Metern über Null?";
    let support = format!(
        r#""groundingSupports":[{{"groundingChunkIndices":[0,1],"segment":{{"endIndex":{},"text":"{text}"}}}}]"#,
        text.len()
    );
    assert!(reply.contains(&support), "{reply}");
    assert!(reply.contains("searchEntryPoint"), "{reply}");
}

#[test]
fn urls_and_code_leave_their_parts_and_metadata() {
    let emulator = approving();
    let prompt = "Compare https://example.com/a and https://gone.invalid/b.";
    let body = with_tools(prompt, r#"[{"urlContext":{}},{"codeExecution":{}}]"#, "");
    let reply = flat(&keyed(&emulator, "gemini-2.5-flash:generateContent", &body));
    let urls = r#""urlContextMetadata":{"urlMetadata":[{"retrievedUrl":"https://example.com/a","urlRetrievalStatus":"URL_RETRIEVAL_STATUS_SUCCESS"},{"retrievedUrl":"https://gone.invalid/b","urlRetrievalStatus":"URL_RETRIEVAL_STATUS_ERROR"}]}"#;
    assert!(reply.contains(urls), "{reply}");
    let parts = r#""parts":[{"executableCode":{"code":"print(\"the prompt has 15 tokens\")\n","language":"PYTHON"}},{"codeExecutionResult":{"outcome":"OUTCOME_OK","output":"the prompt has 15 tokens\n"}},{"text":"The emulator"#;
    assert!(reply.contains(parts), "{reply}");
    assert!(reply.contains(r#""toolUsePromptTokenCount":106"#), "{reply}");
}

#[test]
fn calls_of_googles_tools_are_shown_if_the_request_wants_them() {
    let emulator = approving();
    let config = r#"{"includeServerSideToolInvocations":true}"#;
    let body = with_tools("Who?", r#"[{"googleSearch":{}}]"#, config);
    let reply = flat(&keyed(&emulator, "gemini-3.5-flash:generateContent", &body));
    assert!(reply.contains(r#""toolCall":{"args":{"queries":["Who?"]},"id":"call_"#), "{reply}");
    assert!(reply.contains(r#""toolResponse":{"id":"call_"#), "{reply}");
    assert!(reply.contains(r#""segment":{"endIndex":80,"partIndex":2,"#), "{reply}");
}

#[test]
fn stream_of_a_call_ends_in_a_frame_without_parts() {
    let emulator = approving();
    let body = with_tools("What is the weather in Paris?", WEATHER, "");
    let reply = keyed(&emulator, "gemini-3.5-flash:streamGenerateContent?alt=sse", &body);
    let frames: Vec<&str> = reply.body.split("\r\n\r\n").collect();
    assert_eq!(frames.len(), 3, "{}", reply.body);
    assert!(
        frames[0].contains("functionCall") && !frames[0].contains("finishReason"),
        "{}",
        frames[0]
    );
    let last = r#"data: {"candidates":[{"content":{"role":"model"},"finishReason":"STOP","index":0}],"usageMetadata":{"#;
    assert!(frames[1].starts_with(last), "{}", frames[1]);
    let text = r#"{"contents":[{"parts":[{"text":"Hello"}]}]}"#;
    let reply = keyed(&emulator, "gemini-3.5-flash:streamGenerateContent?alt=sse", text);
    let last = reply.body.split("\r\n\r\n").nth(3).expect("a fourth frame");
    let part = r#"data: {"candidates":[{"content":{"parts":[{"text":"","thoughtSignature":""#;
    assert!(last.starts_with(part) && last.contains("\"finishReason\":\"STOP\""), "{last}");
}
