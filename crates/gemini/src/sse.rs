//! Takes server-sent events apart, whatever pieces they come in.
//!
//! In: bytes, cut anywhere. Out: the data of each event.
//! Specification: HTML, "Server-sent events", section 9.2.6: lines end in LF, CR or CRLF and nothing else, so U+2028
//! stays within a line. Two things differ, as in Google's SDKs: an event at the end needs no empty line, and lines that
//! are no field are kept, since Google writes an error of the last moment as bare JSON.
//! Not here: what an event means.

use crate::Error;
use std::collections::VecDeque;
use std::mem;

/// What is kept of lines that are no field: more than any error of Google's.
const LARGEST_STRAY: usize = 64 * 1024;

/// Takes one stream apart.
#[derive(Debug)]
pub struct Decoder {
    limit: usize,
    line: Vec<u8>,
    data: Option<Vec<u8>>,
    stray: Vec<u8>,
    /// The next LF belongs to the CR before it.
    after_cr: bool,
    is_first_line: bool,
}

impl Decoder {
    /// Takes events of at most `limit` bytes.
    #[must_use]
    pub fn new(limit: usize) -> Self {
        let (line, stray) = (Vec::new(), Vec::new());
        Self { limit, line, data: None, stray, after_cr: false, is_first_line: true }
    }

    /// Takes the next piece, and adds the data of each event that ends in it.
    ///
    /// # Errors
    /// An event that is larger than the limit.
    pub fn push(&mut self, mut piece: &[u8], events: &mut VecDeque<Vec<u8>>) -> Result<(), Error> {
        if mem::take(&mut self.after_cr) && !piece.is_empty() {
            piece = piece.strip_prefix(b"\n").unwrap_or(piece);
        } else if piece.is_empty() {
            return Ok(());
        }
        while let Some(end) = piece.iter().position(|byte| matches!(byte, b'\n' | b'\r')) {
            self.check(end)?;
            match self.line.is_empty() {
                // Most lines are whole in one piece, and need no copy.
                true => self.read_line(&piece[..end], events),
                false => {
                    self.line.extend_from_slice(&piece[..end]);
                    self.end_line(events);
                }
            }
            let is_cr = piece[end] == b'\r';
            piece = &piece[end + 1..];
            if is_cr {
                self.after_cr = piece.is_empty();
                piece = piece.strip_prefix(b"\n").unwrap_or(piece);
            }
        }
        self.check(piece.len())?;
        self.line.extend_from_slice(piece);
        Ok(())
    }

    /// Ends the last line and the last event; returns the lines that were no field, if there are any.
    pub fn finish(&mut self, events: &mut VecDeque<Vec<u8>>) -> Option<Vec<u8>> {
        self.end_line(events);
        events.extend(self.data.take());
        let stray = mem::take(&mut self.stray);
        (!stray.trim_ascii().is_empty()).then_some(stray)
    }

    /// Says whether so many bytes more are within the limit.
    fn check(&self, more: usize) -> Result<(), Error> {
        let held = self.line.len() + self.data.as_ref().map_or(0, Vec::len);
        if held + more > self.limit {
            return Err(Error::unexpected("an event is larger than any real one"));
        }
        Ok(())
    }

    /// Reads the line that has come in parts.
    fn end_line(&mut self, events: &mut VecDeque<Vec<u8>>) {
        let mut line = mem::take(&mut self.line);
        self.read_line(&line, events);
        line.clear();
        self.line = line;
    }

    fn read_line(&mut self, line: &[u8], events: &mut VecDeque<Vec<u8>>) {
        let line = match mem::take(&mut self.is_first_line) {
            true => line.strip_prefix("\u{feff}".as_bytes()).unwrap_or(line),
            false => line,
        };
        if line.is_empty() {
            events.extend(self.data.take());
            return;
        }
        let colon = line.iter().position(|byte| *byte == b':').unwrap_or(line.len());
        let (field, value) = (&line[..colon], line.get(colon + 1..).unwrap_or_default());
        match field {
            b"data" => {
                let value = value.strip_prefix(b" ").unwrap_or(value);
                match &mut self.data {
                    Some(data) => {
                        data.push(b'\n');
                        data.extend_from_slice(value);
                    }
                    None => self.data = Some(value.to_vec()),
                }
            }
            b"" | b"event" | b"id" | b"retry" => {}
            _ if self.stray.len() + line.len() < LARGEST_STRAY => {
                self.stray.extend_from_slice(line);
                self.stray.push(b'\n');
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Decodes the text in pieces of `size` bytes.
    fn decoded(text: &str, size: usize) -> (Vec<String>, Option<String>) {
        let mut decoder = Decoder::new(1024);
        let mut events = VecDeque::new();
        for piece in text.as_bytes().chunks(size) {
            decoder.push(piece, &mut events).expect("small events");
        }
        let stray = decoder.finish(&mut events);
        let text = |bytes| String::from_utf8(bytes).expect("text");
        (events.into_iter().map(text).collect(), stray.map(text))
    }

    #[test]
    fn events_are_the_same_over_any_cut_and_any_end_of_line() {
        let lines = [
            "\u{feff}data: {\"a\":1}",
            "",
            ": a comment",
            "event: x",
            "id: 7",
            "retry: 10",
            "data:two",
            "data: lines",
            "",
            "",
            "data",
            "",
            "data:  \u{2028}space\u{85}",
            "",
        ];
        let want = ["{\"a\":1}", "two\nlines", "", " \u{2028}space\u{85}"];
        for end in ["\n", "\r", "\r\n"] {
            let text = lines.map(|line| format!("{line}{end}")).concat();
            for size in 1..=text.len() {
                assert_eq!(
                    decoded(&text, size),
                    (want.map(str::to_owned).to_vec(), None),
                    "{size} {end:?}"
                );
            }
        }
    }

    #[test]
    fn an_event_at_the_end_needs_no_empty_line() {
        for end in ["", "\n", "\r"] {
            assert_eq!(decoded(&format!("data: last{end}"), 3).0, ["last"]);
        }
    }

    #[test]
    fn lines_that_are_no_field_are_kept() {
        let (events, stray) =
            decoded("data: a\n\n{\n  \"error\": {\n    \"code\": 503\n  }\n}\n", 4);
        assert_eq!(events, ["a"]);
        let stray: serde_json::Value = serde_json::from_str(&stray.expect("lines")).expect("JSON");
        assert_eq!(stray["error"]["code"], 503);
    }

    #[test]
    fn an_event_over_the_limit_is_refused_and_stray_lines_are_cut() {
        let mut events = VecDeque::new();
        let mut decoder = Decoder::new(16);
        assert!(decoder.push(b"data: 0123456789\n", &mut events).is_ok());
        assert!(decoder.push(b"data: 0123456789\n", &mut events).is_err());
        let mut decoder = Decoder::new(1024);
        for _ in 0..1000 {
            decoder.push(&[b'x'; 1000], &mut events).expect("a line");
            decoder.push(b"\n", &mut events).expect("its end");
        }
        assert!(decoder.finish(&mut events).expect("lines").len() <= LARGEST_STRAY);
    }
}
