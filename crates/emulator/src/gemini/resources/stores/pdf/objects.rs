//! The objects of a PDF by number, found by their words in the file instead of its table of places.
//!
//! In: the file. Out: values, and streams as they are before compression. So files with a broken table are read, too.
//! Specification: ISO 32000-1, 7.3.10, 7.5.7. Of filters only `FlateDecode` is known.

use super::value::{Reader, Value, is_space};
use miniz_oxide::inflate::decompress_to_vec_zlib_with_limit;
use std::collections::BTreeMap;

/// What all streams of a file together may hold.
const MOST_INFLATED: usize = 64 * 1024 * 1024;

#[derive(Debug)]
pub(super) struct Object {
    pub(super) value: Value,
    pub(super) stream: Option<Vec<u8>>,
}

#[derive(Debug)]
pub(super) struct Objects {
    all: BTreeMap<u32, Object>,
    /// How much more may be inflated.
    room: usize,
}

impl Objects {
    pub(super) fn read(file: &[u8]) -> Self {
        let mut objects = Self { all: BTreeMap::new(), room: MOST_INFLATED };
        let mut at = 0;
        while let Some(found) = find(file, b"obj", at) {
            at = found + 3;
            if let Some(number) = number_before(file, found) {
                at = objects.add(file, number, at).max(at);
            }
        }
        objects.unpack();
        objects
    }

    /// Adds the object whose value begins here, and returns where it ends.
    fn add(&mut self, file: &[u8], number: u32, at: usize) -> usize {
        let mut reader = Reader::new(file, at);
        let Some(value) = reader.next() else { return file.len() };
        let end = reader.at;
        if reader.next() != Some(Value::Word("stream".into())) {
            self.all.insert(number, Object { value, stream: None });
            return end;
        }
        let mut start = reader.at;
        start += usize::from(file.get(start) == Some(&b'\r'));
        start += usize::from(file.get(start) == Some(&b'\n'));
        let end = end_of_stream(file, start, &value);
        let stream = self.inflated(&value, file.get(start..end).unwrap_or_default());
        self.all.insert(number, Object { value, stream });
        end
    }

    fn inflated(&mut self, value: &Value, bytes: &[u8]) -> Option<Vec<u8>> {
        let filter = match value.key("Filter") {
            Some(Value::List(filters)) if filters.len() == 1 => filters.first(),
            other => other,
        };
        let is_image = value.key("Subtype").is_some_and(|kind| kind.is_name("Image"));
        let bytes = match filter {
            _ if is_image => return None,
            None if bytes.len() > self.room => return None,
            None => bytes.to_vec(),
            Some(filter) if filter.is_name("FlateDecode") => {
                // What came before an error may be the whole.
                decompress_to_vec_zlib_with_limit(bytes, self.room)
                    .unwrap_or_else(|error| error.output)
            }
            Some(_) => return None,
        };
        self.room = self.room.saturating_sub(bytes.len());
        Some(bytes)
    }

    /// Adds the objects that lie in streams.
    fn unpack(&mut self) {
        let is_packed =
            |object: &&Object| object.value.key("Type").is_some_and(|kind| kind.is_name("ObjStm"));
        let number = |value: &Value, name: &str| Some(value.key(name)?.number()? as usize);
        let mut found = Vec::new();
        for object in self.all.values().filter(is_packed) {
            let (Some(bytes), Some(count), Some(first)) =
                (&object.stream, number(&object.value, "N"), number(&object.value, "First"))
            else {
                continue;
            };
            let mut places = Reader::new(bytes, 0);
            for _ in 0..count {
                let mut next = || places.next().and_then(|value| value.number());
                let (Some(number), Some(place)) = (next(), next()) else { break };
                let at = first.saturating_add(place as usize);
                found.extend(Reader::new(bytes, at).next().map(|value| (number as u32, value)));
            }
        }
        for (number, value) in found {
            self.all.entry(number).or_insert(Object { value, stream: None });
        }
    }

    pub(super) fn get(&self, number: u32) -> Option<&Object> {
        self.all.get(&number)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (u32, &Object)> {
        self.all.iter().map(|(number, object)| (*number, object))
    }

    /// The value that a reference means.
    pub(super) fn resolved<'a>(&'a self, value: &'a Value) -> Option<&'a Value> {
        match value {
            Value::Reference(number) => Some(&self.get(*number)?.value),
            value => Some(value),
        }
    }

    pub(super) fn key<'a>(&'a self, value: &'a Value, name: &str) -> Option<&'a Value> {
        self.resolved(value.key(name)?)
    }
}

/// Where a stream ends: after its length, if `endstream` stands there, else before the next such word.
fn end_of_stream(file: &[u8], start: usize, value: &Value) -> usize {
    let length = value.key("Length").and_then(Value::number).unwrap_or_default() as usize;
    let announced = start.saturating_add(length);
    let after = file.get(announced..).unwrap_or_default().trim_ascii_start();
    if length > 0 && after.starts_with(b"endstream") {
        return announced;
    }
    find(file, b"endstream", start).unwrap_or(file.len())
}

/// The number of `12 0 obj` whose `obj` is here.
fn number_before(file: &[u8], at: usize) -> Option<u32> {
    let before = file[..at].trim_ascii_end();
    let generation = before.iter().rev().take_while(|byte| byte.is_ascii_digit()).take(6).count();
    let before = &before[..before.len() - generation];
    let number = before.trim_ascii_end();
    let digits = number.iter().rev().take_while(|byte| byte.is_ascii_digit()).take(10).count();
    let is_apart = before.last().is_some_and(|byte| is_space(*byte));
    if generation == 0 || !is_apart {
        return None;
    }
    std::str::from_utf8(&number[number.len() - digits..]).ok()?.parse().ok()
}

pub(super) fn find(text: &[u8], pattern: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    while let Some(step) = text.get(at..)?.iter().position(|byte| *byte == pattern[0]) {
        at += step;
        if text[at..].starts_with(pattern) {
            return Some(at);
        }
        at += 1;
    }
    None
}
