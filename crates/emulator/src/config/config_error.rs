//! A mistake in a configuration, named with its place.
//!
//! In: JSON and what `serde_json` says of it. Out: a sentence with field, line and column.

use std::path::Path;
use std::{error, fmt, io};

/// A configuration that cannot be used; the text says where it is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError(pub(crate) String);

impl ConfigError {
    pub(super) fn of_json(json: &str, error: &serde_json::Error) -> Self {
        Self(in_field(json, error, error.to_string()))
    }

    /// The same of a document that was made here, whose lines say nothing to the one who asked.
    pub(super) fn of_value(json: &str, error: &serde_json::Error) -> Self {
        let text = error.to_string();
        let place = format!(" at line {} column {}", error.line(), error.column());
        Self(in_field(json, error, text.strip_suffix(&place).unwrap_or(&text).to_owned()))
    }

    /// Only where the mistake is: what `serde_json` says of it may quote a token.
    pub(crate) fn place_in(json: &str, error: &serde_json::Error) -> Self {
        let (line, column) = (error.line(), error.column());
        match field_before(json, line, column) {
            Some(field) => Self(format!(
                "field `{field}`: a mistake at or after it, at line {line} column {column}"
            )),
            None => Self("the body is not the JSON that `GET /emulator/v1/state` gives".to_owned()),
        }
    }

    pub(super) fn unreadable(path: &Path, error: &io::Error) -> Self {
        Self(format!("cannot read `{}`: {error}", path.display()))
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl error::Error for ConfigError {}

/// What is wrong with the field before the place of an error; an unknown field is named by the error itself.
fn in_field(json: &str, error: &serde_json::Error, text: String) -> String {
    match field_before(json, error.line(), error.column()) {
        Some(field) if !text.starts_with("unknown field") => format!("field `{field}`: {text}"),
        _ => text,
    }
}

/// The last key before a place in JSON: `serde_json` reports the place of a wrong value, not its name.
fn field_before(json: &str, line: usize, column: usize) -> Option<&str> {
    let start: usize = json.split_inclusive('\n').take(line.checked_sub(1)?).map(str::len).sum();
    let mut end = (start + column).min(json.len());
    while !json.is_char_boundary(end) {
        end -= 1;
    }
    let before = &json[..end];
    before.match_indices(':').rev().find_map(|(colon, _)| {
        let key = before[..colon].trim_end().strip_suffix('"')?;
        Some(&key[key.rfind('"')? + 1..])
    })
}
