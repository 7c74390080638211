//! The text that the operators of a content stream show, in their order.
//!
//! In: the stream and the fonts of its page. Out: text with line ends. Specification: ISO 32000-1, 9.4. Where letters
//! stand is looked at only as far as it tells lines and words apart; columns come in the order of the file.

use super::letters::Letters;
use super::objects::find;
use super::value::{Reader, Value};
use std::collections::BTreeMap;

/// A gap in `TJ` of so many thousandths of the font's size is a space.
const SPACE: f64 = -180.0;

pub(super) fn text(stream: &[u8], fonts: &BTreeMap<String, Letters>) -> String {
    let latin = Letters::latin();
    let mut writer = Writer { text: String::new(), line: None };
    let (mut letters, mut operands) = (&latin, Vec::new());
    let mut reader = Reader::new(stream, 0);
    while let Some(value) = reader.next() {
        let Value::Word(operator) = &value else {
            operands.push(value);
            continue;
        };
        match (operator.as_str(), operands.as_slice()) {
            ("Tf", [Value::Name(name), ..]) => letters = fonts.get(name).unwrap_or(&latin),
            ("Tj", [.., Value::Text(codes)]) => writer.text.push_str(&letters.read(codes)),
            ("'" | "\"", [.., Value::Text(codes)]) => {
                writer.new_line();
                writer.text.push_str(&letters.read(codes));
            }
            ("TJ", [.., Value::List(pieces)]) => writer.pieces(pieces, letters),
            ("Td" | "TD", [.., Value::Number(_), Value::Number(down)]) => writer.move_by(*down),
            ("Tm", [.., Value::Number(line)]) => writer.move_to(*line),
            ("T*", _) => writer.new_line(),
            ("ID", _) => reader.at = find(stream, b"EI", reader.at).unwrap_or(stream.len()),
            _ => {}
        }
        operands.clear();
    }
    writer.text
}

struct Writer {
    text: String,
    /// The height of the line, if a matrix said it.
    line: Option<f64>,
}

impl Writer {
    fn pieces(&mut self, pieces: &[Value], letters: &Letters) {
        for piece in pieces {
            match piece {
                Value::Text(codes) => self.text.push_str(&letters.read(codes)),
                Value::Number(gap) if *gap < SPACE => self.space(),
                _ => {}
            }
        }
    }

    fn space(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with(char::is_whitespace) {
            self.text.push(' ');
        }
    }

    fn new_line(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with('\n') {
            self.text.push('\n');
        }
    }

    fn move_by(&mut self, down: f64) {
        if down == 0.0 {
            self.space();
        } else {
            self.new_line();
        }
        self.line = self.line.map(|line| line + down);
    }

    fn move_to(&mut self, line: f64) {
        match self.line {
            Some(last) if (last - line).abs() < 1.0 => self.space(),
            _ => self.new_line(),
        }
        self.line = Some(line);
    }
}
