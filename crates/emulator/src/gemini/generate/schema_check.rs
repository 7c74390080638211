//! Finds out whether a schema is one.
//!
//! In: a `Schema` of Google's, its names already checked, or a JSON Schema; and its place in the request. Out:
//! what is wrong, a line each. Captured words: an OBJECT without properties, an ARRAY without items, a required
//! name that is no property, an enum of another type than STRING. All other words are the emulator's own.

use super::pattern;
use super::sample::Sampler;
use super::schema_parts::{number, resolve, types};
use super::words::Words;
use serde_json::Value;

/// What JSON Schema's `type` may be.
const TYPES: [&str; 7] = ["string", "number", "integer", "boolean", "array", "object", "null"];
const BOUNDS: [(&str, &str); 4] = [
    ("minimum", "maximum"),
    ("minItems", "maxItems"),
    ("minLength", "maxLength"),
    ("minProperties", "maxProperties"),
];

/// The faults of a `Schema`.
pub(super) fn of_google(schema: &Value, place: &str) -> Vec<String> {
    let mut faults = Vec::new();
    google(schema, place, &mut faults);
    satisfiable(schema, place, faults)
}

/// The faults of a JSON Schema.
pub(super) fn of_json(schema: &Value, place: &str) -> Vec<String> {
    let mut faults = Vec::new();
    json(schema, schema, place, &mut faults);
    satisfiable(schema, place, faults)
}

fn satisfiable(schema: &Value, place: &str, mut faults: Vec<String>) -> Vec<String> {
    if faults.is_empty() && Sampler::new(schema, Words::of("")).make().is_none() {
        faults.push(format!("{place}: no value can satisfy this schema"));
    }
    faults
}

fn google(schema: &Value, place: &str, faults: &mut Vec<String>) {
    let kind = types(schema).pop().unwrap_or_default();
    let empty = |key: &str| schema[key].as_object().is_none_or(|object| object.is_empty());
    match kind.as_str() {
        "object" if empty("properties") && schema.get("additionalProperties").is_none() => {
            faults.push(format!("{place}.properties: should be non-empty for OBJECT type"));
        }
        "array" if schema.get("items").is_none() => {
            faults.push(format!("{place}.items: missing field."));
        }
        "string" | "" => {}
        _ if schema.get("enum").is_some() => {
            faults.push(format!("{place}.enum: only allowed for STRING type"));
        }
        _ => {}
    }
    let names = schema["required"].as_array().into_iter().flatten().enumerate();
    for (at, name) in names {
        if schema["properties"].get(name.as_str().unwrap_or_default()).is_none() {
            faults.push(format!("{place}.required[{at}]: property is not defined"));
        }
    }
    limits(schema, place, faults);
    for (name, inner) in schema["properties"].as_object().into_iter().flatten() {
        google(inner, &format!("{place}.properties[{name}]"), faults);
    }
    for (at, inner) in schema["anyOf"].as_array().into_iter().flatten().enumerate() {
        google(inner, &format!("{place}.any_of[{at}]"), faults);
    }
    if let Some(inner) = schema.get("items") {
        google(inner, &format!("{place}.items"), faults);
    }
}

fn limits(schema: &Value, place: &str, faults: &mut Vec<String>) {
    for (least, most) in BOUNDS {
        if let (Some(low), Some(high)) = (number(&schema[least]), number(&schema[most]))
            && low > high
        {
            faults.push(format!("{place}: {least} is above {most}"));
        }
    }
    if let Some(text) = schema["pattern"].as_str()
        && !pattern::is_valid(text)
    {
        faults.push(format!("{place}.pattern: not a regular expression"));
    }
}

fn json(root: &Value, schema: &Value, place: &str, faults: &mut Vec<String>) {
    let mut fault = |key: &str, why: &str| faults.push(format!("{place}.{key}: {why}"));
    let Some(fields) = schema.as_object() else {
        if !schema.is_boolean() {
            faults.push(format!("{place}: a schema is an object"));
        }
        return;
    };
    let is_word = |word: &Value| {
        word.as_str().is_some_and(|word| TYPES.contains(&word.to_lowercase().as_str()))
    };
    let is_type = match fields.get("type") {
        None => true,
        Some(Value::Array(words)) => !words.is_empty() && words.iter().all(is_word),
        Some(word) => is_word(word),
    };
    if !is_type {
        fault("type", "not a type of JSON Schema");
    }
    if fields.get("enum").is_some_and(|list| list.as_array().is_none_or(Vec::is_empty)) {
        fault("enum", "must be a list that is not empty");
    }
    if let Some(list) = fields.get("required") {
        let is_names = |list: &Vec<Value>| list.iter().all(Value::is_string);
        if !list.as_array().is_some_and(is_names) {
            fault("required", "must be a list of names");
        }
    }
    if let Some(reference) = fields.get("$ref") {
        let found = reference.as_str().and_then(|reference| resolve(root, reference));
        if found.is_none() {
            fault("$ref", "leads nowhere");
        }
    }
    limits(schema, place, faults);
    within(root, schema, place, faults);
}

/// The schemas inside a JSON Schema.
fn within(root: &Value, schema: &Value, place: &str, faults: &mut Vec<String>) {
    for key in ["properties", "$defs", "definitions"] {
        match schema.get(key) {
            None => {}
            Some(Value::Object(inner)) => {
                for (name, one) in inner {
                    json(root, one, &format!("{place}.{key}[{name}]"), faults);
                }
            }
            Some(_) => faults.push(format!("{place}.{key}: must be an object")),
        }
    }
    for key in ["anyOf", "oneOf", "allOf", "prefixItems"] {
        match schema.get(key) {
            None => {}
            Some(Value::Array(inner)) if !inner.is_empty() => {
                for (at, one) in inner.iter().enumerate() {
                    json(root, one, &format!("{place}.{key}[{at}]"), faults);
                }
            }
            Some(_) => faults.push(format!("{place}.{key}: must be a list that is not empty")),
        }
    }
    for key in ["items", "additionalProperties"] {
        if let Some(one) = schema.get(key) {
            json(root, one, &format!("{place}.{key}"), faults);
        }
    }
}
