//! The values that a PDF is written in, and the words between them.
//!
//! In: bytes of the file or of a content stream. Out: one value after the other. Specification: ISO 32000-1, 7.2 and 7.3.
//! Broken text is read as far as it goes; a depth within values is limited.

use std::collections::BTreeMap;

const DEEPEST: usize = 40;

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    Number(f64),
    Name(String),
    Text(Vec<u8>),
    List(Vec<Value>),
    Dictionary(BTreeMap<String, Value>),
    Reference(u32),
    /// An operator or a word of the file's structure.
    Word(String),
}

impl Value {
    pub(super) fn number(&self) -> Option<f64> {
        match self {
            Self::Number(number) => Some(*number),
            _ => None,
        }
    }

    pub(super) fn key(&self, name: &str) -> Option<&Value> {
        match self {
            Self::Dictionary(entries) => entries.get(name),
            _ => None,
        }
    }

    pub(super) fn is_name(&self, name: &str) -> bool {
        matches!(self, Self::Name(own) if own == name)
    }
}

/// Reads values from a place on.
#[derive(Debug)]
pub(super) struct Reader<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) at: usize,
    depth: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8], at: usize) -> Self {
        Self { bytes, at, depth: 0 }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    fn skip_space(&mut self) {
        while let Some(byte) = self.peek() {
            if byte == b'%' {
                let end = self.rest().iter().position(|byte| matches!(byte, b'\r' | b'\n'));
                self.at += end.unwrap_or(self.rest().len());
            } else if is_space(byte) {
                self.at += 1;
            } else {
                return;
            }
        }
    }

    pub(super) fn next(&mut self) -> Option<Value> {
        self.skip_space();
        let rest = self.rest();
        match rest.first()? {
            b'/' => {
                self.at += 1;
                Some(Value::Name(self.regular()))
            }
            b'(' => Some(Value::Text(self.literal())),
            b'<' if rest.starts_with(b"<<") => {
                self.at += 2;
                Some(Value::Dictionary(pairs(self.until(">>"))))
            }
            b'<' => Some(Value::Text(self.hexadecimal())),
            b'[' => {
                self.at += 1;
                Some(Value::List(self.until("]")))
            }
            b'>' if rest.starts_with(b">>") => self.sign(2),
            b']' | b'{' | b'}' | b')' | b'>' => self.sign(1),
            _ => {
                let word = self.regular();
                Some(word.parse().map_or(Value::Word(word), Value::Number))
            }
        }
    }

    fn sign(&mut self, length: usize) -> Option<Value> {
        let sign = String::from_utf8_lossy(&self.rest()[..length]).into_owned();
        self.at += length;
        Some(Value::Word(sign))
    }

    /// A name or a word.
    fn regular(&mut self) -> String {
        let is_end = |byte: &u8| is_space(*byte) || b"()<>[]{}/%".contains(byte);
        let length = self.rest().iter().position(is_end).unwrap_or(self.rest().len());
        let text = &self.rest()[..length];
        self.at += length;
        String::from_utf8_lossy(text).into_owned()
    }

    /// The values up to a closing sign; `1 0 R` is one.
    fn until(&mut self, sign: &str) -> Vec<Value> {
        let mut values: Vec<Value> = Vec::new();
        self.depth += 1;
        while self.depth < DEEPEST {
            match self.next() {
                None => break,
                Some(Value::Word(word)) if word == sign => break,
                Some(Value::Word(word)) if word == "R" && values.len() > 1 => {
                    values.pop();
                    let number = values.pop().as_ref().and_then(Value::number).unwrap_or_default();
                    values.push(Value::Reference(number as u32));
                }
                Some(value) => values.push(value),
            }
        }
        self.depth -= 1;
        values
    }

    fn literal(&mut self) -> Vec<u8> {
        let mut text = Vec::new();
        let mut depth = 0;
        while let Some(byte) = self.peek() {
            self.at += 1;
            match byte {
                b'(' => {
                    depth += 1;
                    if depth == 1 {
                        continue;
                    }
                }
                b')' => {
                    depth -= 1;
                    if depth == 0 {
                        break;
                    }
                }
                b'\\' => {
                    text.extend(self.escaped());
                    continue;
                }
                _ => {}
            }
            text.push(byte);
        }
        text
    }

    fn escaped(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.at += 1;
        match byte {
            b'n' => Some(b'\n'),
            b'r' => Some(b'\r'),
            b't' => Some(b'\t'),
            b'0'..=b'7' => {
                let mut code = u32::from(byte - b'0');
                for _ in 0..2 {
                    let Some(digit @ b'0'..=b'7') = self.peek() else { break };
                    code = code * 8 + u32::from(digit - b'0');
                    self.at += 1;
                }
                u8::try_from(code).ok()
            }
            b'\r' | b'\n' | b'b' | b'f' => None,
            other => Some(other),
        }
    }

    fn hexadecimal(&mut self) -> Vec<u8> {
        self.at += 1;
        let length = self.rest().iter().position(|byte| *byte == b'>').unwrap_or(self.rest().len());
        let digits = self.rest()[..length].iter().filter_map(|byte| char::from(*byte).to_digit(16));
        let digits: Vec<u32> = digits.collect();
        self.at += length + 1;
        let byte = |pair: &[u32]| (pair[0] * 16 + pair.get(1).copied().unwrap_or_default()) as u8;
        digits.chunks(2).map(byte).collect()
    }
}

fn pairs(values: Vec<Value>) -> BTreeMap<String, Value> {
    let mut values = values.into_iter();
    let mut entries = BTreeMap::new();
    while let Some(key) = values.next() {
        if let (Value::Name(name), Some(value)) = (key, values.next()) {
            entries.insert(name, value);
        }
    }
    entries
}

pub(super) fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | 0 | 12)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_one_after_the_other() {
        let mut reader = Reader::new(
            b"/A 1.5 (a\\(b\\051(c)\\n) <414> [1 0 R -2] <</K/V/L 3>> Tj % no\n ] Q",
            0,
        );
        let mut all = Vec::new();
        while let Some(value) = reader.next() {
            all.push(value);
        }
        let word = |text: &str| Value::Word(text.into());
        let entries =
            [("K".to_owned(), Value::Name("V".into())), ("L".to_owned(), Value::Number(3.0))];
        assert_eq!(
            all,
            [
                Value::Name("A".into()),
                Value::Number(1.5),
                Value::Text(b"a(b)(c)\n".into()),
                Value::Text(b"A@".into()),
                Value::List(vec![Value::Reference(1), Value::Number(-2.0)]),
                Value::Dictionary(entries.into()),
                word("Tj"),
                word("]"),
                word("Q"),
            ]
        );
    }

    #[test]
    fn depth_has_an_end() {
        let deep = b"[".repeat(100_000);
        let mut reader = Reader::new(&deep, 0);
        while reader.next().is_some() {}
    }
}
