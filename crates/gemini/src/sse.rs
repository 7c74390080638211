//! Takes server-sent events apart, whatever pieces they come in.
//!
//! In: bytes, cut anywhere. Out: the data of each event, without a copy where it lies in one piece.
//! Specification: HTML, "Server-sent events", section 9.2.6: lines end in LF, CR or CRLF and nothing else, so U+2028
//! stays within a line. Two things differ, as in Google's SDKs: an event at the end needs no empty line, and lines that
//! are no field are kept, since Google writes an error of the last moment as bare JSON.
//! Not here: what an event means.

use crate::Error;
use bytes::{Buf, Bytes};
use std::mem;

/// What is kept of lines that are no field: more than any error of Google's.
const LARGEST_STRAY: usize = 64 * 1024;

/// Takes one stream apart.
#[derive(Debug)]
pub struct Decoder {
    limit: usize,
    /// What has come and is not read.
    piece: Bytes,
    /// The beginning of the line that earlier pieces ended in.
    line: Vec<u8>,
    data: Data,
    stray: Vec<u8>,
    /// The next LF belongs to the CR before it.
    after_cr: bool,
    is_first_line: bool,
}

/// The data of the event that is being read.
#[derive(Debug)]
enum Data {
    /// No line of it has come.
    Absent,
    /// One line, which lies in the piece.
    Slice(Bytes),
    /// Several lines, or one that was cut.
    Copy(Vec<u8>),
}

impl Decoder {
    /// Takes events of at most `limit` bytes.
    #[must_use]
    pub fn new(limit: usize) -> Self {
        let (line, stray) = (Vec::new(), Vec::new());
        let (piece, data) = (Bytes::new(), Data::Absent);
        Self { limit, piece, line, data, stray, after_cr: false, is_first_line: true }
    }

    /// Takes the next piece. [`Decoder::next`] returns its events, and has to be asked until there are no more.
    pub fn push(&mut self, piece: Bytes) {
        debug_assert!(self.piece.is_empty(), "the piece before has events that were not taken");
        self.piece = piece;
    }

    /// Returns the data of the next event that has ended; none until another piece comes.
    ///
    /// # Errors
    /// An event that is larger than the limit.
    #[expect(
        clippy::should_implement_trait,
        reason = "an iterator that has said none is at its end; this one waits for a piece"
    )]
    pub fn next(&mut self) -> Result<Option<Bytes>, Error> {
        while !self.piece.is_empty() {
            if mem::take(&mut self.after_cr) && self.piece[0] == b'\n' {
                self.piece.advance(1);
                continue;
            }
            let Some(end) = memchr::memchr2(b'\n', b'\r', &self.piece) else {
                self.check(self.piece.len())?;
                self.line.extend_from_slice(&self.piece);
                break;
            };
            self.check(end)?;
            let line = self.piece.split_to(end);
            self.after_cr = self.piece[0] == b'\r';
            self.piece.advance(1);
            let event = match self.line.is_empty() {
                true => self.read_line(&line, Some(&line)),
                false => {
                    self.line.extend_from_slice(&line);
                    self.end_line()
                }
            };
            if event.is_some() {
                return Ok(event);
            }
        }
        // Nothing of a piece is held while the next one is waited for.
        self.piece = Bytes::new();
        if let Data::Slice(data) = &self.data {
            self.data = Data::Copy(data.to_vec());
        }
        Ok(None)
    }

    /// Ends the last line and the last event; returns its data, and the lines that were no field, if there are any.
    pub fn finish(&mut self) -> (Option<Bytes>, Option<Vec<u8>>) {
        let event = self.end_line().or_else(|| self.end_event());
        let stray = mem::take(&mut self.stray);
        (event, (!stray.trim_ascii().is_empty()).then_some(stray))
    }

    /// Says whether so many bytes more are within the limit.
    fn check(&self, more: usize) -> Result<(), Error> {
        let data = match &self.data {
            Data::Absent => 0,
            Data::Slice(data) => data.len(),
            Data::Copy(data) => data.len(),
        };
        if self.line.len() + data + more > self.limit {
            return Err(Error::unexpected("an event is larger than any real one"));
        }
        Ok(())
    }

    /// Reads the line that has come in parts.
    fn end_line(&mut self) -> Option<Bytes> {
        let mut line = mem::take(&mut self.line);
        let event = self.read_line(&line, None);
        line.clear();
        self.line = line;
        event
    }

    fn end_event(&mut self) -> Option<Bytes> {
        match mem::replace(&mut self.data, Data::Absent) {
            Data::Absent => None,
            Data::Slice(data) => Some(data),
            Data::Copy(data) => Some(data.into()),
        }
    }

    /// Reads one line, which may lie in the piece; returns the event that it ends.
    fn read_line(&mut self, line: &[u8], piece: Option<&Bytes>) -> Option<Bytes> {
        let line = match mem::take(&mut self.is_first_line) {
            true => line.strip_prefix("\u{feff}".as_bytes()).unwrap_or(line),
            false => line,
        };
        if line.is_empty() {
            return self.end_event();
        }
        let colon = memchr::memchr(b':', line).unwrap_or(line.len());
        let (field, value) = (&line[..colon], line.get(colon + 1..).unwrap_or_default());
        match field {
            b"data" => self.add_data(value.strip_prefix(b" ").unwrap_or(value), piece),
            b"" | b"event" | b"id" | b"retry" => {}
            _ if self.stray.len() + line.len() < LARGEST_STRAY => {
                self.stray.extend_from_slice(line);
                self.stray.push(b'\n');
            }
            _ => {}
        }
        None
    }

    fn add_data(&mut self, value: &[u8], piece: Option<&Bytes>) {
        let mut data = match (mem::replace(&mut self.data, Data::Absent), piece) {
            (Data::Absent, Some(piece)) => {
                self.data = Data::Slice(piece.slice_ref(value));
                return;
            }
            (Data::Absent, None) => {
                self.data = Data::Copy(value.to_vec());
                return;
            }
            (Data::Slice(data), _) => data.to_vec(),
            (Data::Copy(data), _) => data,
        };
        data.push(b'\n');
        data.extend_from_slice(value);
        self.data = Data::Copy(data);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Decodes the text in pieces of `size` bytes.
    fn decoded(text: &str, size: usize) -> (Vec<String>, Option<String>) {
        let mut decoder = Decoder::new(1024);
        let mut events = Vec::new();
        for piece in text.as_bytes().chunks(size) {
            decoder.push(Bytes::copy_from_slice(piece));
            while let Some(event) = decoder.next().expect("small events") {
                events.push(event);
            }
        }
        let (last, stray) = decoder.finish();
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("text");
        let events = events.iter().chain(&last).map(|event| text(event)).collect();
        (events, stray.map(|stray| text(&stray)))
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
        let mut decoder = Decoder::new(16);
        decoder.push(Bytes::from_static(b"data: 0123456789\n"));
        assert!(decoder.next().expect("within the limit").is_none());
        decoder.push(Bytes::from_static(b"data: 0123456789\n"));
        assert!(decoder.next().is_err());
        // An event before it is told.
        let mut decoder = Decoder::new(16);
        decoder.push(Bytes::from_static(b"data: a\n\ndata: 0123456789x\n\n"));
        assert_eq!(decoder.next().expect("small").expect("an event"), "a");
        assert!(decoder.next().is_err());
        let mut decoder = Decoder::new(1024);
        for _ in 0..1000 {
            for piece in [[b'x'; 1000].as_slice(), b"\n"] {
                decoder.push(Bytes::copy_from_slice(piece));
                assert!(decoder.next().expect("a line").is_none());
            }
        }
        assert!(decoder.finish().1.expect("lines").len() <= LARGEST_STRAY);
    }

    #[test]
    fn an_event_in_one_piece_is_not_copied_and_one_that_was_cut_holds_no_piece() {
        let mut decoder = Decoder::new(1024);
        let piece = Bytes::from("data: whole\r\n\r\ndata: cut\n".to_owned());
        decoder.push(piece.clone());
        let event = decoder.next().expect("small").expect("an event");
        assert_eq!(event.as_ptr(), piece[6..].as_ptr());
        assert!(decoder.next().expect("small").is_none());
        drop(event);
        assert!(piece.is_unique(), "the beginning of the second event is a copy");
        decoder.push(Bytes::from_static(b"\n"));
        assert_eq!(decoder.next().expect("small").expect("an event"), "cut");
    }
}
