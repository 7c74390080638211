//! `google.protobuf.Struct`, `Value`, `Timestamp` and `Duration`: JSON as protobuf messages.
//!
//! In: bytes or JSON. Out: JSON or bytes. Numbers are doubles there; a whole one is a whole number in JSON, as
//! "ProtoJSON Format" (protobuf.dev) allows. Field numbers: google/protobuf/{struct,timestamp,duration}.proto.

use super::{
    Field, Kind, Table, decode, one, put_bytes, put_number, put_pair, put_varint, take_field,
    take_pair,
};
use jiff::Timestamp;
use serde_json::{Map, Number, Value};

/// Deeper than this is refused, as by the JSON reader.
const MAX_DEPTH: usize = 100;

pub(super) fn object(bytes: &[u8]) -> Option<Value> {
    fields(bytes, 0).map(Value::Object)
}

pub(super) fn value(bytes: &[u8]) -> Option<Value> {
    any(bytes, 0)
}

fn fields(mut bytes: &[u8], depth: usize) -> Option<Map<String, Value>> {
    let mut object = Map::new();
    while !bytes.is_empty() {
        if let (1, Field::Bytes(pair)) = take_field(&mut bytes)? {
            let (key, value) = take_pair(pair)?;
            object.insert(key.to_owned(), any(value, depth + 1)?);
        }
    }
    Some(object)
}

fn any(mut bytes: &[u8], depth: usize) -> Option<Value> {
    if depth > MAX_DEPTH {
        return None;
    }
    let mut json = Value::Null;
    while !bytes.is_empty() {
        json = match take_field(&mut bytes)? {
            (2, Field::Long(bits)) => number(f64::from_bits(bits)),
            (3, Field::Bytes(text)) => std::str::from_utf8(text).ok()?.into(),
            (4, Field::Number(flag)) => (flag != 0).into(),
            (5, Field::Bytes(inner)) => Value::Object(fields(inner, depth + 1)?),
            (6, Field::Bytes(inner)) => Value::Array(list(inner, depth + 1)?),
            _ => continue,
        };
    }
    Some(json)
}

fn list(mut bytes: &[u8], depth: usize) -> Option<Vec<Value>> {
    let mut list = Vec::new();
    while !bytes.is_empty() {
        if let (1, Field::Bytes(inner)) = take_field(&mut bytes)? {
            list.push(any(inner, depth + 1)?);
        }
    }
    Some(list)
}

fn number(value: f64) -> Value {
    #[expect(clippy::cast_possible_truncation, reason = "whole and below 2^53")]
    if value.fract() == 0.0 && value.abs() < 9e15 {
        return Value::from(value as i64);
    }
    Number::from_f64(value).map_or(Value::Null, Value::Number)
}

pub(super) fn put_object(json: &Value) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (key, value) in json.as_object().into_iter().flatten() {
        put_pair(&mut bytes, 1, key, &put_value(value));
    }
    bytes
}

pub(super) fn put_value(json: &Value) -> Vec<u8> {
    let mut bytes = Vec::new();
    match json {
        Value::Null => put_number(&mut bytes, 1, 0),
        Value::Number(number) => {
            put_varint(&mut bytes, 2 << 3 | 1);
            bytes.extend(number.as_f64().unwrap_or_default().to_le_bytes());
        }
        Value::String(text) => put_bytes(&mut bytes, 3, text.as_bytes()),
        Value::Bool(flag) => put_number(&mut bytes, 4, u64::from(*flag)),
        Value::Object(_) => put_bytes(&mut bytes, 5, &put_object(json)),
        Value::Array(list) => {
            let mut inner = Vec::new();
            list.iter().for_each(|one| put_bytes(&mut inner, 1, &put_value(one)));
            put_bytes(&mut bytes, 6, &inner);
        }
    }
    bytes
}

/// Timestamps and durations: they have the same fields.
static SECONDS: Table = Table(&[one(1, "seconds", Kind::Integer), one(2, "nanos", Kind::Integer)]);

fn seconds(bytes: &[u8]) -> Option<(i64, i32)> {
    let time = decode(&SECONDS, bytes)?;
    let number = |name: &str| time[name].as_i64().unwrap_or_default();
    Some((number("seconds"), i32::try_from(number("nanos")).ok()?))
}

fn put_seconds(seconds: i64, nanos: i32) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (field, number) in [(1, seconds), (2, nanos.into())] {
        if number != 0 {
            put_number(&mut bytes, field, number.cast_unsigned());
        }
    }
    bytes
}

/// Reads a timestamp, as RFC 3339 has it.
pub(super) fn time(bytes: &[u8]) -> Option<Value> {
    let (seconds, nanos) = seconds(bytes)?;
    Some(Timestamp::new(seconds, nanos).ok()?.to_string().into())
}

pub(super) fn put_time(json: &Value) -> Vec<u8> {
    let time = json.as_str().and_then(|text| text.parse::<Timestamp>().ok()).unwrap_or_default();
    put_seconds(time.as_second(), time.subsec_nanosecond())
}

/// Reads a duration, as seconds with an `s`.
pub(super) fn span(bytes: &[u8]) -> Option<Value> {
    let (seconds, nanos) = seconds(bytes)?;
    let sign = if seconds < 0 || nanos < 0 { "-" } else { "" };
    Some(format!("{sign}{}.{:09}s", seconds.unsigned_abs(), nanos.unsigned_abs()).into())
}

pub(super) fn put_span(json: &Value) -> Vec<u8> {
    let text = json.as_str().and_then(|text| text.strip_suffix('s')).unwrap_or_default();
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let nanos = format!("{part:0<9}").parse().unwrap_or_default();
    put_seconds(whole.parse().unwrap_or_default(), nanos)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const BYTES: &[u8] = b"\x0a\x0e\x0a\x01a\x12\x09\x11\0\0\0\0\0\0\xf8\x3f\
        \x0a\x10\x0a\x01b\x12\x0b\x32\x09\x0a\x02\x20\x01\x0a\x03\x1a\x01x\
        \x0a\x07\x0a\x01c\x12\x02\x2a\0\
        \x0a\x07\x0a\x01d\x12\x02\x08\0";

    #[test]
    fn object_is_read_and_written_as_literal_bytes() {
        let json = json!({"a": 1.5, "b": [true, "x"], "c": {}, "d": null});
        assert_eq!(object(BYTES), Some(json.clone()));
        assert_eq!(put_object(&json), BYTES);
    }

    #[test]
    fn whole_numbers_are_whole_and_deep_or_broken_values_are_refused() {
        assert_eq!(value(b"\x11\0\0\0\0\0\0\x08\x40"), Some(json!(3)));
        let mut deep = Vec::new();
        for _ in 0..200 {
            let mut outer = Vec::new();
            put_bytes(&mut outer, 1, &deep);
            deep.clear();
            put_bytes(&mut deep, 6, &outer);
        }
        assert_eq!(value(&deep), None);
        assert_eq!(value(b"\x11\0\0"), None);
    }

    #[test]
    fn time_is_seconds_and_nanoseconds() {
        assert_eq!(put_time(&json!("1970-01-01T00:00:05.000000001Z")), b"\x08\x05\x10\x01");
    }
}
