//! What comes from the wire goes back as it came, whatever it is.

use super::{GenerateRequest, Part, Response};
use proptest::prelude::*;
use serde_json::{Value, json};

fn round_trip<T: serde::de::DeserializeOwned + serde::Serialize>(value: &Value) -> Value {
    let typed: T = serde_json::from_value(value.clone()).expect("decodes");
    serde_json::to_value(&typed).expect("encodes")
}

/// A response in which every field that is known is set.
fn whole_response() -> Value {
    json!({
        "candidates": [{
            "content": {"role": "model", "parts": [
                {"text": "t", "thought": true, "thoughtSignature": "c2ln"},
                {"inlineData": {"mimeType": "image/png", "data": "YQ=="}},
                {"fileData": {"fileUri": "u", "mimeType": "m"}},
                {"functionCall": {"id": "1", "name": "f", "args": {"a": 1}}},
                {"functionResponse": {"id": "1", "name": "f", "response": {"a": 1}}},
                {"executableCode": {"id": "2", "language": "PYTHON", "code": "1"}},
                {"codeExecutionResult": {"id": "2", "outcome": "OUTCOME_OK", "output": "1"}},
            ]},
            "finishReason": "STOP", "finishMessage": "m", "index": 1,
            "groundingMetadata": {"a": 1}, "citationMetadata": {"a": 1}, "continuationToken": "t",
        }],
        "promptFeedback": {"blockReason": "SAFETY"},
        "usageMetadata": {
            "promptTokenCount": 1, "cachedContentTokenCount": 2, "candidatesTokenCount": 3,
            "toolUsePromptTokenCount": 4, "thoughtsTokenCount": 5, "totalTokenCount": 6,
        },
        "modelVersion": "m", "responseId": "r",
    })
}

/// A request in which every field that is known is set.
fn whole_request() -> Value {
    json!({
        "contents": [{"role": "user", "parts": [{"text": "t"}]}],
        "systemInstruction": {"parts": [{"text": "t"}]},
        "tools": [{"googleSearch": {}}],
        "toolConfig": {"functionCallingConfig": {"mode": "ANY", "allowedFunctionNames": ["f"]}},
        "safetySettings": [{"category": "c", "threshold": "t"}],
        "cachedContent": "cachedContents/a",
        "generationConfig": {
            "candidateCount": 1, "stopSequences": ["s"], "maxOutputTokens": 2, "temperature": 0.5,
            "topP": 0.5, "topK": 3, "seed": 4, "responseMimeType": "application/json",
            "responseJsonSchema": {"type": "object"}, "responseModalities": ["TEXT"],
            "thinkingConfig":
                {"includeThoughts": true, "thinkingBudget": -1, "thinkingLevel": "LOW"},
        },
        "continuationToken": "t",
    })
}

#[test]
fn every_known_field_is_read_into_its_own_place() {
    let response: Response = serde_json::from_value(whole_response()).expect("decodes");
    let request: GenerateRequest = serde_json::from_value(whole_request()).expect("decodes");
    for shown in [format!("{response:?}"), format!("{request:?}")] {
        assert!(shown.contains("other: {}") && !shown.contains("other: {\""), "{shown}");
    }
    assert_eq!(serde_json::to_value(&response).expect("encodes"), whole_response());
    assert_eq!(serde_json::to_value(&request).expect("encodes"), whole_request());
}

#[test]
fn a_known_field_that_comes_twice_is_refused_and_of_an_unknown_one_the_last_counts() {
    let twice = serde_json::from_str::<Part>(r#"{"text":"a","new":1,"text":"b"}"#);
    let error = twice.expect_err("a field twice").to_string();
    assert!(error.starts_with("duplicate field `text`"), "{error}");
    let twice = r#"{"usageMetadata":{"totalTokenCount":1,"totalTokenCount":1}}"#;
    assert!(serde_json::from_str::<Response>(twice).is_err());
    // Absent and there again are twice, too.
    assert!(serde_json::from_str::<Part>(r#"{"text":null,"text":"b"}"#).is_err());
    let part: Part = serde_json::from_str(r#"{"new":1,"text":"a","new":2}"#).expect("decodes");
    assert_eq!(serde_json::to_value(&part).expect("encodes"), json!({"text": "a", "new": 2}));
}

#[test]
fn a_name_with_escapes_is_the_same_name_and_a_list_is_no_object() {
    let part: Part = serde_json::from_str(r#"{"\u0074ext":"a","n\u0065w":1}"#).expect("decodes");
    assert_eq!((part.text.as_deref(), &part.other["new"]), (Some("a"), &json!(1)));
    for other in ["[]", r#"["a"]"#, "null", "1", r#""text""#] {
        assert!(serde_json::from_str::<Part>(other).is_err(), "{other}");
    }
}

#[test]
fn a_response_with_everything_new_is_written_back() {
    let value = json!({
        "candidates": [{
            "content": {"role": "tool", "parts": [
                {"functionCall": {"id": "1", "name": "f", "args": {"a": [1, 2.5, null]}, "willContinue": true},
                 "thoughtSignature": "c2ln", "partMetadata": {"x": 1}},
                {"executableCode": {"language": "PYTHON", "code": "1"}},
                {"codeExecutionResult": {"outcome": "OUTCOME_LATE", "output": "1"}},
                {"hologram": {"depth": 3}, "thought": false},
            ], "weight": 1},
            "finishReason": "SOLAR_FLARE", "index": 0, "avgLogprobs": -0.25,
            "groundingMetadata": {"webSearchQueries": ["q"]},
        }],
        "promptFeedback": {"blockReason": "TIRED", "safetyRatings": [{"category": "C"}]},
        "usageMetadata": {"totalTokenCount": 1, "promptTokensDetails": [{"modality": "TEXT"}]},
        "modelStatus": {"modelStage": "LEGACY"},
    });
    assert_eq!(round_trip::<Response>(&value), value);
}

#[test]
fn a_request_with_everything_new_is_written_back() {
    let value = json!({
        "contents": [{"role": "user", "parts": [{"fileData": {"fileUri": "u", "mimeType": "m", "displayName": "d"},
            "videoMetadata": {"fps": 1.5}}]}],
        "tools": [{"googleSearch": {}}, {"urlContext": {}, "codeExecution": {}}],
        "toolConfig": {"functionCallingConfig": {"mode": "SOMETIMES"}, "retrievalConfig": {"languageCode": "de"}},
        "generationConfig": {"temperature": 0.1, "speechConfig": {"languageCode": "de"},
            "thinkingConfig": {"thinkingLevel": "COSMIC"}},
        "serviceTier": "flex", "labels": {"a": "b"},
    });
    assert_eq!(round_trip::<GenerateRequest>(&value), value);
}

/// JSON below a name that no version knows.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_filter("JSON", |number| number.is_finite()).prop_map(Value::from),
        ".*".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::hash_map("[a-z]{1,6}", inner, 0..4)
                .prop_map(|map| map.into_iter().collect::<serde_json::Map<_, _>>().into()),
        ]
    })
}

/// Puts unknown fields into every object, before all others and after them.
fn with_new(value: &mut Value, new: &Value) {
    match value {
        Value::Array(values) => values.iter_mut().for_each(|value| with_new(value, new)),
        Value::Object(fields) => {
            fields.values_mut().for_each(|value| with_new(value, new));
            fields.insert("aNew".to_owned(), new.clone());
            fields.insert("zNew".to_owned(), new.clone());
        }
        _ => {}
    }
}

proptest! {
    #[test]
    fn unknown_fields_at_every_level_are_written_back(new in any_json()) {
        let (mut response, mut request) = (whole_response(), whole_request());
        with_new(&mut response, &new);
        with_new(&mut request, &new);
        prop_assert_eq!(round_trip::<Response>(&response), response.clone());
        prop_assert_eq!(round_trip::<GenerateRequest>(&request), request);
        // From text, where names and strings stand in the input.
        let typed: Response = serde_json::from_str(&response.to_string()).expect("decodes");
        prop_assert_eq!(serde_json::to_value(&typed).expect("encodes"), response);
    }

    #[test]
    fn unknown_kinds_of_part_and_words_are_written_back(
        new in any_json(), word in "[A-Z_]{1,20}", text in ".{1,40}", signature in "[A-Za-z0-9+/]{0,20}",
    ) {
        let value = json!({"candidates": [{
            "content": {"parts": [{"text": text, "thoughtSignature": signature, "xNew": new}], "xOld": new},
            "finishReason": word, "xKind": new}], "xWhole": new});
        prop_assert_eq!(round_trip::<Response>(&value), value);
    }
}
