//! gcloud's `--format`, as far as scripts use it for credentials: `json`, and `value(KEY[,KEY…])`.
//!
//! Source: what gcloud 528 prints.

use serde_json::Value;

pub(super) fn is_known(format: &str) -> bool {
    ["text", "default", "table", "json"].contains(&format)
        || format.starts_with("value(") && format.ends_with(')')
}

/// gcloud's projection `value(a.b,c)`: tabs between values, a line for each entry of a list.
pub(super) fn values(document: &Value, keys: &str) -> Vec<String> {
    let of = |entry: &Value| {
        let value = |key: &str| {
            let found = key.trim().split('.').fold(entry, |value, part| &value[part]);
            match found {
                Value::Null => String::new(),
                Value::String(text) => text.clone(),
                other => other.to_string(),
            }
        };
        keys.split(',').map(value).collect::<Vec<_>>().join("\t")
    };
    match document {
        Value::Array(entries) => entries.iter().map(of).collect(),
        one => vec![of(one)],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_are_projected_as_gcloud_does() {
        let document = json!({ "a": { "b": "x" }, "c": 7, "d": null });
        assert_eq!(values(&document, "a.b"), ["x"]);
        assert_eq!(values(&document, "a.b, c,d,nothing"), ["x\t7\t\t"]);
        assert_eq!(values(&json!([{ "a": "x" }, { "a": "y" }]), "a"), ["x", "y"]);
        assert!(values(&json!([]), "a").is_empty());
    }
}
