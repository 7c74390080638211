//! Reads the JSON of a request as Google's transcoder does: either spelling of a name, no unknown names.
//!
//! In: the bytes and the message that they should be. Out: the same JSON with every known name in camelCase
//! and every repeated field a list. Source: captures of an unknown name at the top; that a place within
//! is named, a single value does for a list, and the words for a wrong type, are from memory.

use super::error::ApiError;
use super::error_body::Violation;
use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde_json::{Map, Value};

/// As much of a bad value as an error repeats.
const SHOWN: usize = 80;
static BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::RequireNone),
);

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
    /// Base64, in either alphabet.
    Bytes,
    /// The type's name within its package, and its words in the order of their numbers, which are taken too.
    Enum(&'static str, &'static [&'static str]),
    /// A list of texts.
    Texts,
    /// Messages by name.
    Map(&'static Message),
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
            (Kind::Bytes, Value::String(text)) => self.bytes(text, place),
            (Kind::Enum(_, words), Value::Number(number)) => {
                let at = number.as_u64().and_then(|number| usize::try_from(number).ok());
                at.and_then(|at| words.get(at)).map_or(Value::Number(number), |word| (*word).into())
            }
            (Kind::Enum(name, words), value) => {
                if value.as_str().is_some_and(|word| words.contains(&word)) {
                    return value;
                }
                self.wrong(place, &self.type_name(name), &value)
            }
            (Kind::Texts, one @ Value::String(_)) => Value::Array(vec![one]),
            (Kind::Texts, Value::Array(list)) => {
                let places = list.into_iter().enumerate();
                places
                    .map(|(at, one)| self.value(one, Kind::Text, &format!("{place}[{at}]")))
                    .collect()
            }
            (Kind::Map(message), Value::Object(object)) => {
                let entries = object.into_iter().enumerate().map(|(at, (key, one))| {
                    let place = format!("{place}[{at}].value");
                    let read = self.value(one, Kind::One(message), &place);
                    (key, read)
                });
                Value::Object(entries.collect())
            }
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
            (Kind::Text | Kind::Texts, value) => self.wrong(place, "TYPE_STRING", &value),
            (Kind::Bytes, value) => self.wrong(place, "TYPE_BYTES", &value),
            (Kind::Flag, value) => self.wrong(place, "TYPE_BOOL", &value),
            (Kind::Number, value) => self.wrong(place, "TYPE_DOUBLE", &value),
            (Kind::One(message) | Kind::Many(message) | Kind::Map(message), value) => {
                self.wrong(place, &self.type_name(message.name), &value)
            }
        }
    }

    fn type_name(&self, name: &str) -> String {
        format!("{PACKAGE}.{}.{name}", self.version)
    }

    fn bytes(&mut self, text: String, place: &str) -> Value {
        let standard = text.replace('-', "+").replace('_', "/");
        if BASE64.decode(standard.trim_end_matches('=')).is_ok() {
            return Value::String(text);
        }
        let shown: String = text.chars().take(SHOWN).collect();
        let why = format!("Base64 decoding failed for \"{shown}\"");
        self.violation(place, format!("Invalid value at '{place}' (TYPE_BYTES), {why}"));
        Value::Null
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
