//! Tells a JSON Schema from what cannot be one, before it is sent.
//!
//! In: a value. Out: what is wrong with it, and where. Only what makes every answer impossible or is no schema at all is
//! refused; which keywords Google takes is Google's to say.
//! Specification: JSON Schema 2020-12, core and validation.

use serde_json::Value;

/// Deeper than any real one; a reply that deep could not be read either.
const DEEPEST: usize = 64;

/// The words of `type`; Google's own schemas write them in capitals.
const TYPES: [&str; 7] = ["string", "number", "integer", "boolean", "array", "object", "null"];

/// Keywords whose value is one schema.
const ONE: [&str; 3] = ["items", "not", "contains"];
/// Keywords whose value is a list of schemas.
const LIST: [&str; 4] = ["anyOf", "oneOf", "allOf", "prefixItems"];
/// Keywords whose value is schemas by name.
const NAMED: [&str; 3] = ["properties", "$defs", "definitions"];

/// Returns what makes a value no schema.
pub(super) fn check(schema: &Value) -> Result<(), String> {
    below(schema, "the schema", DEEPEST)
}

fn below(schema: &Value, place: &str, depth: usize) -> Result<(), String> {
    if schema.is_boolean() && depth < DEEPEST {
        return Ok(());
    }
    let Some(keywords) = schema.as_object() else {
        return Err(format!("{place} is no JSON object"));
    };
    let Some(depth) = depth.checked_sub(1) else {
        return Err(format!("{place} is nested too deeply"));
    };
    let at = |name: &str| format!("{place}, `{}`", name.escape_debug());
    if let Some(kind) = keywords.get("type") {
        check_type(kind).map_err(|what| format!("{} {what}", at("type")))?;
    }
    if let Some(words) = keywords.get("enum")
        && words.as_array().is_none_or(Vec::is_empty)
    {
        return Err(format!("{} is no list with a value in it", at("enum")));
    }
    for name in ONE {
        if let Some(inner) = keywords.get(name) {
            below(inner, &at(name), depth)?;
        }
    }
    for name in LIST {
        let Some(list) = keywords.get(name) else { continue };
        let list = list.as_array().filter(|list| !list.is_empty());
        let list = list.ok_or_else(|| format!("{} is no list of schemas", at(name)))?;
        list.iter().try_for_each(|inner| below(inner, &at(name), depth))?;
    }
    for name in NAMED {
        let Some(named) = keywords.get(name) else { continue };
        let named = named.as_object().ok_or_else(|| format!("{} is no JSON object", at(name)))?;
        named.iter().try_for_each(|(key, inner)| below(inner, &at(key), depth))?;
    }
    check_required(schema).map_err(|what| format!("{} {what}", at("required")))
}

fn check_type(kind: &Value) -> Result<(), String> {
    let is_type = |word: &str| TYPES.iter().any(|known| known.eq_ignore_ascii_case(word));
    let words: Vec<&Value> = match kind {
        Value::Array(words) if !words.is_empty() => words.iter().collect(),
        other => vec![other],
    };
    match words.into_iter().find(|word| !word.as_str().is_some_and(is_type)) {
        Some(word) => {
            let shown = word.as_str().map_or_else(|| word.to_string(), str::to_owned);
            Err(format!("is `{}`, not one of {}", shown.escape_debug(), TYPES.join(", ")))
        }
        None => Ok(()),
    }
}

/// A property that must be there and may not be makes every answer impossible.
fn check_required(schema: &Value) -> Result<(), String> {
    let Some(required) = schema.get("required") else { return Ok(()) };
    let names = required.as_array().ok_or("is no list of names")?;
    for name in names {
        let name = name.as_str().ok_or("is no list of names")?;
        let closed = schema.get("additionalProperties") == Some(&Value::Bool(false));
        let properties = schema.get("properties").and_then(Value::as_object);
        let is_there = properties.is_some_and(|properties| properties.contains_key(name));
        if closed && !is_there {
            return Err(format!(
                "names `{}`, which `additionalProperties` forbids",
                name.escape_debug()
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_may_be_a_schema_is_one() {
        for schema in [
            json!({}),
            json!({"type": "OBJECT", "properties": {"a": {"type": ["string", "null"]}}}),
            json!({"type": "array", "items": {"$ref": "#/$defs/a"}, "$defs": {"a": true}}),
            json!({"required": ["a"], "x-new": 1}),
        ] {
            assert_eq!(check(&schema), Ok(()), "{schema}");
        }
    }

    #[test]
    fn what_cannot_be_a_schema_is_named_with_its_place() {
        let mut deep = json!({});
        for _ in 0..100 {
            deep = json!({"items": deep});
        }
        for (schema, what) in [
            (json!([]), "the schema is no JSON object"),
            (json!(true), "the schema is no JSON object"),
            (
                json!({"properties": {"a": {"type": "strin"}}}),
                "the schema, `a`, `type` is `strin`, not one of string, number, integer, boolean, array, object, null",
            ),
            (json!({"properties": []}), "the schema, `properties` is no JSON object"),
            (json!({"items": 1}), "the schema, `items` is no JSON object"),
            (json!({"enum": []}), "the schema, `enum` is no list with a value in it"),
            (json!({"anyOf": []}), "the schema, `anyOf` is no list of schemas"),
            (json!({"required": "a"}), "the schema, `required` is no list of names"),
            (
                json!({"required": ["a"], "additionalProperties": false}),
                "the schema, `required` names `a`, which `additionalProperties` forbids",
            ),
        ] {
            assert_eq!(check(&schema), Err(what.to_owned()));
        }
        assert!(check(&deep).expect_err("too deep").ends_with("is nested too deeply"));
    }
}
