//! From a font's codes to letters: its `ToUnicode` table, else Windows' Latin letters.
//!
//! In: the stream of a table. Out: the letters of a string. Specification: ISO 32000-1, 9.10.3. Fonts without a table
//! whose codes are their own (rare today) come out wrong.

use super::value::{Reader, Value};
use std::collections::HashMap;

/// More codes than two bytes have.
const MOST_CODES: usize = 65_536;

/// The letters of a font.
#[derive(Debug, Clone)]
pub(super) struct Letters {
    /// The bytes of a code.
    width: usize,
    table: Option<HashMap<u32, String>>,
}

impl Letters {
    pub(super) fn latin() -> Self {
        Self { width: 1, table: None }
    }

    pub(super) fn of_table(stream: &[u8]) -> Self {
        let mut width = 1;
        let mut table = HashMap::new();
        let mut reader = Reader::new(stream, 0);
        let mut values = Vec::new();
        while let Some(value) = reader.next() {
            let Value::Word(word) = &value else {
                values.push(value);
                continue;
            };
            match (word.as_str(), values.first()) {
                ("endcodespacerange", Some(Value::Text(code))) => width = code.len().clamp(1, 4),
                ("endbfchar", _) => {
                    values.chunks_exact(2).for_each(|pair| add_one(&mut table, pair))
                }
                ("endbfrange", _) => {
                    values.chunks_exact(3).for_each(|range| add_range(&mut table, range))
                }
                _ => {}
            }
            values.clear();
        }
        Self { width, table: Some(table) }
    }

    pub(super) fn read(&self, codes: &[u8]) -> String {
        let Some(table) = &self.table else {
            return codes.iter().map(|byte| latin(*byte)).collect();
        };
        let letter = |code: &[u8]| table.get(&code_of(code)).map_or("", String::as_str);
        codes.chunks(self.width).map(letter).collect()
    }
}

fn add_one(table: &mut HashMap<u32, String>, pair: &[Value]) {
    if let [Value::Text(code), Value::Text(text)] = pair
        && table.len() < MOST_CODES
    {
        table.insert(code_of(code), utf16(text));
    }
}

fn add_range(table: &mut HashMap<u32, String>, range: &[Value]) {
    let [Value::Text(first), Value::Text(last), to] = range else { return };
    for (step, code) in (code_of(first)..=code_of(last)).take(MOST_CODES).enumerate() {
        let text = match to {
            Value::List(list) => match list.get(step) {
                Some(Value::Text(text)) => utf16(text),
                _ => return,
            },
            Value::Text(text) => utf16(&moved(text, step)),
            _ => return,
        };
        if table.len() >= MOST_CODES {
            return;
        }
        table.insert(code, text);
    }
}

/// The same letters, the last so many steps further.
fn moved(text: &[u8], step: usize) -> Vec<u8> {
    let mut text = text.to_vec();
    if let Some(last) = text.last_chunk_mut::<2>() {
        let step = u16::try_from(step).unwrap_or_default();
        *last = u16::from_be_bytes(*last).wrapping_add(step).to_be_bytes();
    }
    text
}

fn code_of(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0, |code, byte| (code << 8) | u32::from(*byte))
}

fn utf16(bytes: &[u8]) -> String {
    let units: Vec<u16> =
        bytes.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect();
    String::from_utf16_lossy(&units)
}

/// Windows' code page of the West, which fonts without a table nearly always mean.
fn latin(byte: u8) -> char {
    const FROM_128: [char; 32] = [
        '€', ' ', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', ' ', 'Ž', ' ', ' ', '‘',
        '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', ' ', 'ž', 'Ÿ',
    ];
    match byte {
        128..=159 => FROM_128[usize::from(byte - 128)],
        _ => char::from(byte),
    }
}
