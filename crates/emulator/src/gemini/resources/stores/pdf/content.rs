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
/// What a letter takes on average, of the font's size. Real widths are not read.
const LETTER: f64 = 0.5;
/// A move along the line that leaves so much of the font's size empty is a space; less is kerning.
const GAP: f64 = 0.3;

pub(super) fn text(stream: &[u8], fonts: &BTreeMap<String, Letters>) -> String {
    let latin = Letters::latin();
    let mut writer = Writer { text: String::new(), place: None, size: 1.0, shown: 0 };
    let (mut letters, mut operands) = (&latin, Vec::new());
    let mut reader = Reader::new(stream, 0);
    while let Some(value) = reader.next() {
        let Value::Word(operator) = &value else {
            operands.push(value);
            continue;
        };
        match (operator.as_str(), operands.as_slice()) {
            ("Tf", [Value::Name(name), Value::Number(size), ..]) => {
                letters = fonts.get(name).unwrap_or(&latin);
                writer.size = *size;
            }
            ("Tj", [.., Value::Text(codes)]) => writer.show(&letters.read(codes)),
            ("'" | "\"", [.., Value::Text(codes)]) => {
                writer.new_line();
                writer.show(&letters.read(codes));
            }
            ("TJ", [.., Value::List(pieces)]) => writer.pieces(pieces, letters),
            ("Td" | "TD", [.., Value::Number(along), Value::Number(down)]) => {
                writer.move_by(*along, *down);
            }
            ("Tm", [Value::Number(scale), .., Value::Number(column), Value::Number(line)]) => {
                writer.move_to(*scale, *column, *line)
            }
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
    /// Where the last matrix put the line: column, height.
    place: Option<(f64, f64)>,
    /// The size of the font.
    size: f64,
    /// The letters since the last move.
    shown: usize,
}

impl Writer {
    fn show(&mut self, text: &str) {
        self.text.push_str(text);
        self.shown += text.chars().count();
    }

    fn pieces(&mut self, pieces: &[Value], letters: &Letters) {
        for piece in pieces {
            match piece {
                Value::Text(codes) => self.show(&letters.read(codes)),
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

    /// After a move along the line, in sizes of the font.
    fn moved_along(&mut self, sizes: f64) {
        if sizes - self.shown as f64 * LETTER > GAP {
            self.space();
        }
        self.shown = 0;
    }

    fn move_by(&mut self, along: f64, down: f64) {
        if down == 0.0 {
            self.moved_along(along / self.size);
        } else {
            self.new_line();
            self.shown = 0;
        }
        self.place = self.place.map(|(column, line)| (column + along, line + down));
    }

    fn move_to(&mut self, scale: f64, column: f64, line: f64) {
        match self.place {
            Some((last, same)) if (same - line).abs() < 1.0 => {
                self.moved_along((column - last) / (scale.abs() * self.size));
            }
            _ => {
                self.new_line();
                self.shown = 0;
            }
        }
        self.place = Some((column, line));
    }
}
