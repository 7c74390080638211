//! The two streams, and the only way to them.
//!
//! In: lines. Out: data on standard output, words on standard error, both clean, in colour where a terminal shows
//! it. A reader that has left is no error.
//! Not here: what is said (`commands`) and how it is laid out (`render`).

use crate::exit::Case;
use crate::failure::{Failure, Outcome};
use crate::line::{Colour, Line, clean, prose};
use std::io::{self, IsTerminal, Write};
use std::sync::{Arc, Mutex};

/// One stream.
pub(crate) struct Stream {
    writer: Box<dyn Write + Send>,
    pub(crate) is_terminal: bool,
    colour: Colour,
    /// How wide the terminal is, when it is one.
    width: Option<usize>,
}

impl Stream {
    /// A stream of this process; `colour` says whether the user wants colour on terminals.
    fn of_this_process(stream: impl IsTerminal + Write + Send + 'static, colour: Colour) -> Self {
        let is_terminal = stream.is_terminal();
        let colour = if is_terminal { colour } else { Colour::Off };
        let width = if is_terminal { width() } else { None };
        Self { writer: Box::new(stream), is_terminal, colour, width }
    }

    /// A stream that no person looks at.
    #[cfg_attr(not(any(feature = "emulator", test)), expect(dead_code, reason = "for `demo`"))]
    pub(crate) fn kept(writer: impl Write + Send + 'static) -> Self {
        Self { writer: Box::new(writer), is_terminal: false, colour: Colour::Off, width: None }
    }

    fn write(&mut self, lines: impl IntoIterator<Item = Line>) -> io::Result<()> {
        let text: String =
            lines.into_iter().map(|line| line.show(self.colour, self.width) + "\n").collect();
        self.write_text(&text)
    }

    fn write_text(&mut self, text: &str) -> io::Result<()> {
        self.writer.write_all(text.as_bytes())?;
        self.writer.flush()
    }
}

/// Returns the width of this process's terminal; a terminal that says none is left alone.
#[cfg(unix)]
fn width() -> Option<usize> {
    let size = rustix::termios::tcgetwinsize(rustix::stdio::stderr())
        .or_else(|_| rustix::termios::tcgetwinsize(rustix::stdio::stdout()));
    size.ok().map(|size| usize::from(size.ws_col)).filter(|width| *width > 0)
}

#[cfg(not(unix))]
fn width() -> Option<usize> {
    None
}

/// Standard output and standard error.
pub(crate) struct Output {
    pub(crate) data: Stream,
    pub(crate) notes: Stream,
    reader_left: bool,
    /// Whether a text that comes in pieces has not come to the end of its line.
    in_a_line: bool,
    /// Whether the last line of the terminal says how far something is.
    shows_progress: bool,
}

/// A terminal that says no width has at least this one.
const NARROWEST: usize = 80;

impl Output {
    pub(crate) fn new(data: Stream, notes: Stream) -> Self {
        Self { data, notes, reader_left: false, in_a_line: false, shows_progress: false }
    }

    #[cfg(test)]
    pub(crate) fn unseen() -> Self {
        Self::new(Stream::kept(io::sink()), Stream::kept(io::sink()))
    }

    pub(crate) fn of_this_process(colour: Colour) -> Self {
        // Windows' console shows colour when it is asked to; an older one never does.
        #[cfg(windows)]
        let colour = match anstyle_query::windows::enable_ansi_colors() {
            Some(false) => Colour::Off,
            _ => colour,
        };
        Self::new(
            Stream::of_this_process(io::stdout(), colour),
            Stream::of_this_process(io::stderr(), colour),
        )
    }

    /// Writes data to standard output.
    pub(crate) fn data(&mut self, lines: impl IntoIterator<Item = Line>) -> Outcome {
        self.end_line()?;
        self.end_progress();
        let written = if self.reader_left { Ok(()) } else { self.data.write(lines) };
        self.written(written)
    }

    /// Writes a piece of a text to standard output: clean, and where the piece before it ended.
    pub(crate) fn piece(&mut self, text: &str) -> Outcome {
        let text = prose(text);
        let Some(last) = text.chars().next_back().filter(|_| !self.reader_left) else {
            return Ok(());
        };
        self.end_progress();
        self.in_a_line = last != '\n';
        let written = self.data.write_text(&text);
        self.written(written)
    }

    /// Ends the line of a text that came in pieces, if it has not ended.
    pub(crate) fn end_line(&mut self) -> Outcome {
        if std::mem::take(&mut self.in_a_line) && !self.reader_left {
            let written = self.data.write_text("\n");
            return self.written(written);
        }
        Ok(())
    }

    /// Says whether nobody reads the data any more.
    pub(crate) fn reader_left(&self) -> bool {
        self.reader_left
    }

    fn written(&mut self, written: io::Result<()>) -> Outcome {
        match written {
            Err(error) if has_left(&error) => self.reader_left = true,
            Err(error) => {
                return Err(Failure::new(Case::Output, "cannot write the result").because(error));
            }
            Ok(()) => {}
        }
        Ok(())
    }

    /// Writes a line of words to standard error. Where that fails there is no other place to say so.
    pub(crate) fn note(&mut self, line: Line) {
        self.end_progress();
        if self.data.is_terminal {
            let _ = self.end_line();
        }
        let _ = self.notes.write([line]);
    }

    /// Shows on a terminal how far something is, in one line that the next one replaces.
    pub(crate) fn progress(&mut self, text: &str) {
        if self.notes.is_terminal {
            let width = self.progress_width();
            let text: String = clean(text).chars().take(width).collect();
            // Spaces, not an escape: a dumb terminal knows none.
            let _ = self.notes.write_text(&format!("\r{text:width$}"));
            self.shows_progress = true;
        }
    }

    /// Takes the line that shows progress away.
    pub(crate) fn end_progress(&mut self) {
        if std::mem::take(&mut self.shows_progress) {
            let nothing = " ".repeat(self.progress_width());
            let _ = self.notes.write_text(&format!("\r{nothing}\r"));
        }
    }

    /// The last column stays free: a terminal that is full goes on to the next line.
    fn progress_width(&self) -> usize {
        self.notes.width.unwrap_or(NARROWEST).saturating_sub(1)
    }

    /// Writes a question to standard error and stays on its line.
    pub(crate) fn question(&mut self, text: &str) {
        let text = Line::from(text).show(self.notes.colour, self.notes.width);
        let _ = write!(self.notes.writer, "{text}").and_then(|()| self.notes.writer.flush());
    }
}

/// Says whether the reader has gone; ERROR_PIPE_NOT_CONNECTED has no kind of its own.
fn has_left(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::BrokenPipe || cfg!(windows) && error.raw_os_error() == Some(233)
}

/// A stream in memory.
#[derive(Clone, Default)]
pub(crate) struct Buffer(Arc<Mutex<Vec<u8>>>);

impl Buffer {
    #[cfg_attr(not(any(feature = "emulator", test)), expect(dead_code, reason = "for `demo`"))]
    pub(crate) fn text(&self) -> String {
        self.0
            .lock()
            .map_or_else(|_| String::new(), |bytes| String::from_utf8_lossy(&bytes).into_owned())
    }
}

impl Write for Buffer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().map_err(|_| io::Error::other("poisoned"))?.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_that_leaves_is_no_error() {
        struct Closed;
        impl Write for Closed {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::BrokenPipe.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let mut output = Output::new(Stream::kept(Closed), Stream::kept(io::sink()));
        assert!(output.data(["models/aqa".into()]).is_ok());
        assert!(output.reader_left());
        assert!(output.piece("more").is_ok());
    }

    #[test]
    fn a_text_in_pieces_is_one_text_and_what_follows_begins_a_line() {
        let data = Buffer::default();
        let mut output = Output::new(Stream::kept(data.clone()), Stream::kept(io::sink()));
        for piece in ["one", " two\nth", "ree", ""] {
            output.piece(piece).expect("written");
        }
        output.data(["four".into()]).expect("written");
        assert_eq!(data.text(), "one two\nthree\nfour\n");
    }

    #[test]
    fn progress_is_one_line_without_escapes_that_goes_away() {
        let notes = Buffer::default();
        let mut stream = Stream::kept(notes.clone());
        (stream.is_terminal, stream.width) = (true, Some(10));
        let mut output = Output::new(Stream::kept(io::sink()), stream);
        output.progress("a long line of progress");
        output.note("end".into());
        assert_eq!(notes.text(), "\ra long li\r         \rend\n");
    }
}
