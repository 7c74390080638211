//! Protocol buffers: messages as JSON, by tables of their fields, and the wire format below them.
//!
//! In: bytes and a table, or JSON and a table. Out: JSON with proto3's names, or bytes. Fields that a table lacks are
//! passed over. Specification: protobuf.dev, "Encoding" and "ProtoJSON Format".
//! Not here: groups, maps whose keys are not texts. `Struct`, `Value` and times are in `json`.

mod json;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Map, Value, json};

/// The fields of a message.
#[derive(Debug)]
pub(crate) struct Table(pub(crate) &'static [Entry]);

#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) number: u64,
    /// In camelCase, as JSON has it.
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) is_list: bool,
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind {
    Text,
    /// Base64 in JSON.
    Bytes,
    Integer,
    Float,
    /// The names by number; JSON may have either.
    Enum(&'static [&'static str]),
    Message(&'static Table),
    /// A map from text to text.
    Texts,
    /// `google.protobuf.Timestamp`: RFC 3339 in JSON.
    Time,
    /// `google.protobuf.Duration`: seconds and an `s` in JSON.
    Span,
    Flag,
    /// 64 bits wide.
    Double,
    /// A map from text to messages.
    Map(&'static Table),
    /// `google.protobuf.Struct`: a JSON object.
    Struct,
    /// `google.protobuf.Value`: any JSON.
    Json,
}

/// A field of a message as the wire has it.
#[derive(Debug)]
pub(crate) enum Field<'a> {
    Number(u64),
    Fixed(u32),
    Long(u64),
    Bytes(&'a [u8]),
}

pub(crate) const fn one(number: u64, name: &'static str, kind: Kind) -> Entry {
    Entry { number, name, kind, is_list: false }
}

pub(crate) const fn many(number: u64, name: &'static str, kind: Kind) -> Entry {
    Entry { number, name, kind, is_list: true }
}

/// The message as JSON; none if it cannot be read.
pub(crate) fn decode(table: &Table, mut bytes: &[u8]) -> Option<Value> {
    let mut message = Map::new();
    while !bytes.is_empty() {
        let (number, field) = take_field(&mut bytes)?;
        let Some(entry) = table.0.iter().find(|entry| entry.number == number) else { continue };
        let values = match field {
            Field::Bytes(packed) if is_number(entry.kind) => unpacked(entry.kind, packed)?,
            field => vec![value(entry.kind, &field)?],
        };
        for value in values {
            match message.get_mut(entry.name) {
                Some(Value::Array(list)) if entry.is_list => list.push(value),
                Some(Value::Object(map)) if matches!(entry.kind, Kind::Map(_)) => {
                    map.extend(value.as_object().cloned().unwrap_or_default());
                }
                _ if entry.is_list => drop(message.insert(entry.name.to_owned(), json!([value]))),
                _ => drop(message.insert(entry.name.to_owned(), value)),
            }
        }
    }
    Some(Value::Object(message))
}

fn is_number(kind: Kind) -> bool {
    matches!(kind, Kind::Integer | Kind::Float | Kind::Enum(_))
}

fn unpacked(kind: Kind, mut packed: &[u8]) -> Option<Vec<Value>> {
    let mut values = Vec::new();
    while !packed.is_empty() {
        let field = match kind {
            Kind::Float => Field::Fixed(take_fixed(&mut packed)?),
            _ => Field::Number(take_varint(&mut packed)?),
        };
        values.push(value(kind, &field)?);
    }
    Some(values)
}

fn value(kind: Kind, field: &Field<'_>) -> Option<Value> {
    Some(match (kind, field) {
        (Kind::Text, Field::Bytes(text)) => std::str::from_utf8(text).ok()?.into(),
        (Kind::Bytes, Field::Bytes(bytes)) => BASE64_STANDARD.encode(bytes).into(),
        (Kind::Message(table), Field::Bytes(bytes)) => decode(table, bytes)?,
        (Kind::Time, Field::Bytes(bytes)) => json::time(bytes)?,
        (Kind::Span, Field::Bytes(bytes)) => json::span(bytes)?,
        (Kind::Integer, Field::Number(number)) => number.cast_signed().into(),
        (Kind::Float, Field::Fixed(bits)) => f32::from_bits(*bits).into(),
        (Kind::Double, Field::Long(bits)) => f64::from_bits(*bits).into(),
        (Kind::Flag, Field::Number(number)) => (*number != 0).into(),
        (Kind::Map(table), Field::Bytes(bytes)) => {
            let (key, inner) = take_pair(bytes)?;
            json!({key: decode(table, inner)?})
        }
        (Kind::Struct, Field::Bytes(bytes)) => json::object(bytes)?,
        (Kind::Json, Field::Bytes(bytes)) => json::value(bytes)?,
        (Kind::Enum(names), Field::Number(number)) => {
            let name = usize::try_from(*number).ok().and_then(|number| names.get(number));
            name.map_or_else(|| (*number).into(), |name| (*name).into())
        }
        _ => return None,
    })
}

/// The bytes of a message; what JSON has beside the table is left out.
pub(crate) fn encode(table: &Table, json: &Value) -> Vec<u8> {
    let mut bytes = Vec::new();
    for entry in table.0 {
        match &json[entry.name] {
            Value::Null => {}
            Value::Array(list) => list.iter().for_each(|one| put_value(&mut bytes, entry, one)),
            one => put_value(&mut bytes, entry, one),
        }
    }
    bytes
}

fn put_value(bytes: &mut Vec<u8>, entry: &Entry, value: &Value) {
    let number = entry.number;
    match entry.kind {
        Kind::Text => put_bytes(bytes, number, value.as_str().unwrap_or_default().as_bytes()),
        Kind::Bytes => {
            let decoded = BASE64_STANDARD.decode(value.as_str().unwrap_or_default());
            put_bytes(bytes, number, &decoded.unwrap_or_default());
        }
        Kind::Integer => {
            // 64-bit numbers are texts in JSON.
            let text = || value.as_str().and_then(|text| text.parse().ok());
            let integer = value.as_i64().or_else(text).unwrap_or_default();
            put_number(bytes, number, integer.cast_unsigned());
        }
        Kind::Float => {
            #[expect(clippy::cast_possible_truncation, reason = "the wire's numbers are single")]
            let float = value.as_f64().unwrap_or_default() as f32;
            put_varint(bytes, number << 3 | 5);
            bytes.extend(float.to_le_bytes());
        }
        Kind::Enum(names) => {
            let named = names.iter().position(|name| value == name).unwrap_or_default() as u64;
            put_number(bytes, number, value.as_u64().unwrap_or(named));
        }
        Kind::Message(table) => put_bytes(bytes, number, &encode(table, value)),
        Kind::Time => put_bytes(bytes, number, &json::put_time(value)),
        Kind::Span => put_bytes(bytes, number, &json::put_span(value)),
        Kind::Flag => put_number(bytes, number, u64::from(value == true)),
        Kind::Double => {
            put_varint(bytes, number << 3 | 1);
            bytes.extend(value.as_f64().unwrap_or_default().to_le_bytes());
        }
        Kind::Struct => put_bytes(bytes, number, &json::put_object(value)),
        Kind::Json => put_bytes(bytes, number, &json::put_value(value)),
        Kind::Map(table) => {
            for (key, value) in value.as_object().into_iter().flatten() {
                put_pair(bytes, number, key, &encode(table, value));
            }
        }
        Kind::Texts => {
            for (key, value) in value.as_object().into_iter().flatten() {
                put_pair(bytes, number, key, value.as_str().unwrap_or_default().as_bytes());
            }
        }
    }
}

/// An entry of a map.
fn put_pair(bytes: &mut Vec<u8>, number: u64, key: &str, value: &[u8]) {
    let mut pair = Vec::new();
    put_bytes(&mut pair, 1, key.as_bytes());
    put_bytes(&mut pair, 2, value);
    put_bytes(bytes, number, &pair);
}

fn take_pair(mut bytes: &[u8]) -> Option<(&str, &[u8])> {
    let (mut key, mut value) = ("", &[][..]);
    while !bytes.is_empty() {
        match take_field(&mut bytes)? {
            (1, Field::Bytes(text)) => key = std::str::from_utf8(text).ok()?,
            (2, Field::Bytes(inner)) => value = inner,
            _ => {}
        }
    }
    Some((key, value))
}

pub(crate) fn put_number(bytes: &mut Vec<u8>, field: u64, number: u64) {
    put_varint(bytes, field << 3);
    put_varint(bytes, number);
}

pub(crate) fn put_bytes(bytes: &mut Vec<u8>, field: u64, content: &[u8]) {
    put_varint(bytes, field << 3 | 2);
    put_varint(bytes, content.len() as u64);
    bytes.extend_from_slice(content);
}

fn put_varint(bytes: &mut Vec<u8>, mut number: u64) {
    while number > 0x7f {
        bytes.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

fn take_varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0_u64;
    for shift in (0..64).step_by(7) {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

fn take_fixed(bytes: &mut &[u8]) -> Option<u32> {
    let (number, rest) = bytes.split_first_chunk()?;
    *bytes = rest;
    Some(u32::from_le_bytes(*number))
}

pub(crate) fn take_field<'a>(bytes: &mut &'a [u8]) -> Option<(u64, Field<'a>)> {
    let tag = take_varint(bytes)?;
    let field = match tag & 7 {
        0 => Field::Number(take_varint(bytes)?),
        2 => {
            let length = usize::try_from(take_varint(bytes)?).ok()?;
            let (content, rest) = bytes.split_at_checked(length)?;
            *bytes = rest;
            Field::Bytes(content)
        }
        1 => {
            let (number, rest) = bytes.split_first_chunk()?;
            *bytes = rest;
            Field::Long(u64::from_le_bytes(*number))
        }
        5 => Field::Fixed(take_fixed(bytes)?),
        _ => return None,
    };
    Some((tag >> 3, field))
}

#[cfg(test)]
mod tests {
    use super::*;

    static PART: Table = Table(&[one(2, "text", Kind::Text), one(3, "data", Kind::Bytes)]);
    static MESSAGE: Table = Table(&[
        many(1, "parts", Kind::Message(&PART)),
        one(2, "level", Kind::Enum(&["NONE", "LOW"])),
        many(3, "values", Kind::Float),
        one(4, "count", Kind::Integer),
    ]);
    const BYTES: &[u8] =
        b"\x0a\x04\x12\x02hi\x0a\x04\x1a\x02\0\xff\x10\x01\x1d\0\0\x80\x3f\x1d\0\0\0\xbf\
        \x20\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01";

    fn message() -> Value {
        json!({
            "parts": [{"text": "hi"}, {"data": "AP8="}],
            "level": "LOW",
            "values": [1.0, -0.5],
            "count": -1,
        })
    }

    #[test]
    fn message_is_read_from_literal_bytes_and_unknown_fields_are_passed_over() {
        let with_more = [BYTES, b"\x7a\x01x\x78\x05"].concat();
        assert_eq!(decode(&MESSAGE, &with_more), Some(message()));
    }

    #[test]
    fn packed_numbers_are_a_list() {
        let packed = b"\x1a\x08\0\0\x80\x3f\0\0\0\xbf";
        assert_eq!(decode(&MESSAGE, packed), Some(json!({"values": [1.0, -0.5]})));
    }

    #[test]
    fn message_is_written_as_literal_bytes() {
        assert_eq!(encode(&MESSAGE, &message()), BYTES);
        let by_number = json!({"level": 1, "stranger": 7});
        assert_eq!(encode(&MESSAGE, &by_number), b"\x10\x01");
    }

    #[test]
    fn message_cut_anywhere_is_refused_or_read_without_panic() {
        for end in 0..BYTES.len() {
            let _ = decode(&MESSAGE, &BYTES[..end]);
        }
        for broken in [
            &b"\x0a"[..],
            b"\x0a\xff\xff\xff\xff\xff\xff\xff\xff\x7f",
            b"\x0b",
            b"\x0a\x02\x12\x05",
        ] {
            assert_eq!(decode(&MESSAGE, broken), None, "{broken:?}");
        }
    }
}
