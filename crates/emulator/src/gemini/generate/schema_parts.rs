//! The parts of a schema, Google's `Schema` or plain JSON Schema, read alike by all that go by one.
//!
//! In: a schema. Out: its numbers and types, the place that a reference names, and one schema within another.

use serde_json::{Map, Value};

/// A number that a schema has as a number or, when 64 bits wide, as text.
pub(super) fn number(value: &Value) -> Option<f64> {
    value.as_f64().or_else(|| value.as_str()?.parse().ok())
}

pub(super) fn count(value: &Value) -> Option<usize> {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "bounded first")]
    number(value).filter(|number| (0.0..=1e9).contains(number)).map(|number| number as usize)
}

/// The place that a reference names: `#`, `#/…` or, in Google's `Schema`, the name of a definition.
pub(super) fn resolve<'a>(root: &'a Value, reference: &str) -> Option<&'a Value> {
    match reference.strip_prefix('#') {
        Some(pointer) => {
            root.pointer(pointer).filter(|found| found.is_object() || found.is_boolean())
        }
        None => root["defs"].get(reference),
    }
}

/// The words for what a schema's `type` allows, in lower case.
pub(super) fn types(schema: &Value) -> Vec<String> {
    let words = match &schema["type"] {
        Value::String(word) => vec![word.to_lowercase()],
        Value::Array(list) => {
            list.iter().filter_map(Value::as_str).map(str::to_lowercase).collect()
        }
        _ => Vec::new(),
    };
    words.into_iter().filter(|word| word != "type_unspecified").collect()
}

/// Whether a value is of a type.
pub(super) fn is(value: &Value, kind: &str) -> bool {
    match kind {
        "string" => value.is_string(),
        "integer" => value.as_f64().is_some_and(|number| number.fract() == 0.0),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        _ => false,
    }
}

/// One schema within another: what the inner says counts, properties and required names of both.
pub(super) fn merged(outer: &Value, inner: &Value) -> Value {
    let (Some(outer), Some(inner)) = (outer.as_object(), inner.as_object()) else {
        return inner.clone();
    };
    let is_choice = |key: &str| matches!(key, "anyOf" | "oneOf" | "allOf");
    let kept = outer.iter().filter(|(key, _)| !is_choice(key));
    let mut whole: Map<String, Value> =
        kept.map(|(key, value)| (key.clone(), value.clone())).collect();
    for (key, value) in inner {
        match (whole.get_mut(key), value) {
            (Some(Value::Object(have)), Value::Object(more)) if key == "properties" => {
                have.extend(more.clone());
            }
            (Some(Value::Array(have)), Value::Array(more)) if key == "required" => {
                have.extend(more.iter().cloned());
            }
            _ => drop(whole.insert(key.clone(), value.clone())),
        }
    }
    Value::Object(whole)
}
