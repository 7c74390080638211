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
        match field_before(json, error.line(), error.column()) {
            Some(field) => Self(format!("field `{field}`: {error}")),
            None => Self(error.to_string()),
        }
    }

    /// Only where the mistake is: what `serde_json` says of it may quote a token.
    pub(crate) fn place_in(json: &str, error: &serde_json::Error) -> Self {
        let (line, column) = (error.line(), error.column());
        let field = field_before(json, line, column).unwrap_or_default();
        Self(format!("field `{field}`: a mistake at or after it, at line {line} column {column}"))
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
