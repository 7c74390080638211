//! Reads an object field by field, and refuses by name the fields that no part has read.
//!
//! `null` is the same as absent, as in OpenAI's own API.

use super::refusal::Refusal;
use serde_json::{Map, Value};

/// The fields of one object that have not been read yet.
#[derive(Debug)]
pub(super) struct Fields {
    map: Map<String, Value>,
    /// The object's own place, such as `messages[2].`; empty for the body.
    at: String,
}

impl Fields {
    /// Takes the object at this place, such as `messages[2]`.
    pub(super) fn of(value: Value, at: &str) -> Result<Self, Refusal> {
        match value {
            Value::Object(map) if at.is_empty() => Ok(Self { map, at: String::new() }),
            Value::Object(map) => Ok(Self { map, at: format!("{at}.") }),
            _ if at.is_empty() => Err(Refusal::request("the body is not a JSON object")),
            _ => Err(Refusal::value(at, format!("`{at}` has to be an object"))),
        }
    }

    /// Returns the full name of a field, such as `messages[2].content`.
    pub(super) fn name(&self, field: &str) -> String {
        format!("{}{field}", self.at)
    }

    /// Takes a field of any kind.
    pub(super) fn take(&mut self, field: &str) -> Option<Value> {
        self.map.remove(field).filter(|value| !value.is_null())
    }

    fn taken<T>(
        &mut self,
        field: &str,
        kind: &str,
        read: impl FnOnce(Value) -> Option<T>,
    ) -> Result<Option<T>, Refusal> {
        let Some(value) = self.take(field) else { return Ok(None) };
        match read(value) {
            Some(value) => Ok(Some(value)),
            None => Err(self.wrong(field, &format!("has to be {kind}"))),
        }
    }

    pub(super) fn text(&mut self, field: &str) -> Result<Option<String>, Refusal> {
        self.taken(field, "a string", |value| match value {
            Value::String(text) => Some(text),
            _ => None,
        })
    }

    pub(super) fn flag(&mut self, field: &str) -> Result<Option<bool>, Refusal> {
        self.taken(field, "true or false", |value| value.as_bool())
    }

    pub(super) fn number(&mut self, field: &str) -> Result<Option<f64>, Refusal> {
        self.taken(field, "a number", |value| value.as_f64())
    }

    /// Takes a whole number of Google's range.
    pub(super) fn whole<T: TryFrom<i64>>(&mut self, field: &str) -> Result<Option<T>, Refusal> {
        let kind = "a whole number within Google's range (32 bits)";
        self.taken(field, kind, |value| T::try_from(value.as_i64()?).ok())
    }

    pub(super) fn list(&mut self, field: &str) -> Result<Option<Vec<Value>>, Refusal> {
        self.taken(field, "a list", |value| match value {
            Value::Array(list) => Some(list),
            _ => None,
        })
    }

    /// Takes an object within this one.
    pub(super) fn object(&mut self, field: &str) -> Result<Option<Self>, Refusal> {
        let name = self.name(field);
        self.take(field).map(|value| Self::of(value, &name)).transpose()
    }

    /// Turns an absent field into a refusal that names it.
    pub(super) fn required<T>(&self, field: &str, value: Option<T>) -> Result<T, Refusal> {
        value.ok_or_else(|| {
            let name = self.name(field);
            Refusal::request(format!("`{name}` is missing")).of(&name, "missing_required_parameter")
        })
    }

    pub(super) fn wrong(&self, field: &str, why: &str) -> Refusal {
        let name = self.name(field);
        Refusal::value(&name, format!("`{name}` {why}"))
    }

    /// Refuses a field, because Google has nothing like it.
    pub(super) fn foreign(&self, field: &str, why: &str) -> Refusal {
        let name = self.name(field);
        Refusal::field(&name, format!("`{name}` {why}"))
    }

    /// Passes over fields that say nothing to a model.
    pub(super) fn skip(&mut self, fields: &[&str]) {
        fields.iter().for_each(|field| drop(self.map.remove(*field)));
    }

    /// Refuses what is left.
    pub(super) fn end(mut self) -> Result<(), Refusal> {
        self.map.retain(|_, value| !value.is_null());
        match self.map.keys().next() {
            None => Ok(()),
            Some(field) => {
                let name = self.name(field);
                let shown = name.escape_debug().to_string();
                Err(Refusal::field(
                    &name,
                    format!("`{shown}` is not translated onto the Gemini API"),
                ))
            }
        }
    }
}
