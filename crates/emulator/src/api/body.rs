//! Reads the JSON of a request as Google's transcoder does: either spelling of a name, no unknown names.
//!
//! In: the bytes and the message that they should be. Out: the same JSON with every known name in camelCase
//! and every repeated field a list. Source: captures of an unknown name at the top; that a place within
//! is named, a single value does for a list, and the words for a wrong type, are from memory.

use super::error::ApiError;
use super::error_body::Violation;
use serde_json::{Map, Value};

const PACKAGE: &str = "type.googleapis.com/google.ai.generativelanguage";

/// A message of a request.
#[derive(Debug)]
pub(crate) struct Message {
    pub(crate) name: &'static str,
    pub(crate) fields: &'static [(&'static str, Kind)],
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind {
    Text,
    Number,
    Flag,
    Any,
    One(&'static Message),
    Many(&'static Message),
}

pub(crate) fn read(bytes: &[u8], message: &Message, version: &str) -> Result<Value, ApiError> {
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Ok(Value::Object(Map::new()));
    }
    let Ok(json) = serde_json::from_slice::<Value>(bytes) else {
        return Err(ApiError::InvalidArgument(
            "Invalid JSON payload received. Unexpected token.".into(),
        ));
    };
    let mut reader = Reader { version, violations: Vec::new() };
    let read = match json {
        Value::Object(object) => reader.message(object, message, ""),
        _ => {
            let description =
                "Invalid JSON payload received. Unknown name \"\": Root element must be a message.";
            reader.violation("", description.into());
            Value::Null
        }
    };
    if reader.violations.is_empty() { Ok(read) } else { Err(ApiError::BadBody(reader.violations)) }
}

struct Reader<'a> {
    version: &'a str,
    violations: Vec<Violation>,
}

impl Reader<'_> {
    fn message(&mut self, object: Map<String, Value>, message: &Message, place: &str) -> Value {
        let mut read = Map::new();
        for (name, value) in object {
            let field =
                message.fields.iter().find(|(known, _)| *known == name || snake(known) == name);
            match field {
                Some(_) if value.is_null() => {}
                Some((known, kind)) => {
                    let place = inside(place, &snake(known));
                    read.insert((*known).to_owned(), self.value(value, *kind, &place));
                }
                None => self.unknown(&name, place),
            }
        }
        Value::Object(read)
    }

    fn value(&mut self, value: Value, kind: Kind, place: &str) -> Value {
        match (kind, value) {
            (Kind::Any, value) => value,
            (Kind::Text, value @ Value::String(_)) => value,
            (Kind::Flag, value @ Value::Bool(_)) => value,
            (Kind::Number, value @ Value::Number(_)) => value,
            (Kind::Number, Value::String(text)) => match text.parse() {
                Ok(number) => Value::Number(number),
                Err(_) => self.wrong(place, "TYPE_DOUBLE", &Value::String(text)),
            },
            (Kind::One(message), Value::Object(object)) => self.message(object, message, place),
            (Kind::Many(message), Value::Array(list)) => {
                let places = list.into_iter().enumerate();
                places
                    .map(|(at, one)| self.value(one, Kind::One(message), &format!("{place}[{at}]")))
                    .collect()
            }
            (Kind::Many(message), one @ Value::Object(_)) => {
                Value::Array(vec![self.value(one, Kind::One(message), place)])
            }
            (Kind::Text, value) => self.wrong(place, "TYPE_STRING", &value),
            (Kind::Flag, value) => self.wrong(place, "TYPE_BOOL", &value),
            (Kind::Number, value) => self.wrong(place, "TYPE_DOUBLE", &value),
            (Kind::One(message) | Kind::Many(message), value) => {
                let name = format!("{PACKAGE}.{}.{}", self.version, message.name);
                self.wrong(place, &name, &value)
            }
        }
    }

    fn unknown(&mut self, name: &str, place: &str) {
        let at = if place.is_empty() { String::new() } else { format!(" at '{place}'") };
        let description = format!(
            "Invalid JSON payload received. Unknown name \"{name}\"{at}: Cannot find field."
        );
        self.violation(place, description);
    }

    fn wrong(&mut self, place: &str, kind: &str, value: &Value) -> Value {
        self.violation(place, format!("Invalid value at '{place}' ({kind}), {value}"));
        Value::Null
    }

    fn violation(&mut self, field: &str, description: String) {
        self.violations.push(Violation { field: field.to_owned(), description });
    }
}

fn inside(place: &str, name: &str) -> String {
    if place.is_empty() { name.to_owned() } else { format!("{place}.{name}") }
}

fn snake(camel: &str) -> String {
    let mut snake = String::new();
    for letter in camel.chars() {
        if letter.is_ascii_uppercase() {
            snake.push('_');
        }
        snake.push(letter.to_ascii_lowercase());
    }
    snake
}
