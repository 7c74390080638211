//! What comes from the wire goes back as it came, whatever it is.

use super::{GenerateRequest, Response};
use proptest::prelude::*;
use serde_json::{Value, json};

fn round_trip<T: serde::de::DeserializeOwned + serde::Serialize>(value: &Value) -> Value {
    let typed: T = serde_json::from_value(value.clone()).expect("decodes");
    serde_json::to_value(&typed).expect("encodes")
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

proptest! {
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
