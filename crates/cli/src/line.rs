//! One line of output: pieces of text, each in a style.
//!
//! In: text of any origin. Out: a line that shows what it holds: characters that steer a terminal, line ends among
//! them, become visible escapes. Only `output` writes, and it takes nothing but these lines.
//! Not here: which characters those are (`render`), and whether there is colour (`output`).

/// How a piece of a line looks where there is colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    Plain,
    Bold,
    Dim,
    Good,
    Warning,
    Bad,
}

/// Whether a stream shows colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Colour {
    On,
    Off,
}

/// One line, without its end.
#[derive(Clone, Debug, Default)]
pub(crate) struct Line {
    pieces: Vec<(Style, String)>,
    /// Where its further rows begin, when it is longer than the terminal is wide.
    indent: usize,
    whole: bool,
}

impl Line {
    /// Adds a piece.
    pub(crate) fn and(mut self, style: Style, text: impl Into<String>) -> Self {
        self.pieces.push((style, text.into()));
        self
    }

    /// Begins its further rows at this column.
    pub(crate) fn with_indent(self, indent: usize) -> Self {
        Self { indent, ..self }
    }

    /// Leaves it to the terminal where a long line ends: a program reads it, or a person copies it.
    pub(crate) fn whole(self) -> Self {
        Self { whole: true, ..self }
    }

    /// Returns the text to write: clean, in colour or not, and with a line end between two words where the next one
    /// would not fit.
    pub(crate) fn show(&self, colour: Colour, width: Option<usize>) -> String {
        let width = width.filter(|_| !self.whole).unwrap_or(usize::MAX);
        let (mut shown, mut column) = (String::new(), 0);
        for (style, text) in &self.pieces {
            let code = style.code().filter(|_| colour == Colour::On);
            shown.extend(code.map(|code| format!("\u{1b}[{code}m")));
            for word in words(&clean(text), width.saturating_sub(self.indent)) {
                let length = word.trim_end().chars().count();
                // A word that fits nowhere stays where it is: most likely it is an address.
                if column > self.indent && column + length > width && self.indent + length <= width
                {
                    shown.truncate(shown.trim_end_matches(' ').len());
                    shown.push('\n');
                    shown.push_str(&" ".repeat(self.indent));
                    column = self.indent;
                }
                shown.push_str(word);
                column += word.chars().count();
            }
            shown.extend(code.map(|_| "\u{1b}[0m"));
        }
        shown
    }
}

/// Splits a text where a row may end: behind a blank, but not within a command between backticks that fits in a row,
/// since a person copies it.
fn words(mut text: &str, longest: usize) -> Vec<&str> {
    let mut words = Vec::new();
    while !text.is_empty() {
        let end_from = |from: usize| text[from..].find(' ').map_or(text.len(), |at| from + at + 1);
        let mut end = end_from(0);
        if text[..end].matches('`').count() % 2 == 1 {
            let closed = text[end..].find('`').map(|at| end_from(end + at));
            let fits = |end: &usize| text[..*end].trim_end().chars().count() <= longest;
            end = closed.filter(fits).unwrap_or(end);
        }
        let (word, rest) = text.split_at(end);
        words.push(word);
        text = rest;
    }
    words
}

impl Style {
    /// Returns the number of ECMA-48's Select Graphic Rendition.
    fn code(self) -> Option<&'static str> {
        match self {
            Self::Plain => None,
            Self::Bold => Some("1"),
            Self::Dim => Some("2"),
            Self::Bad => Some("31"),
            Self::Good => Some("32"),
            Self::Warning => Some("33"),
        }
    }
}

impl From<String> for Line {
    fn from(text: String) -> Self {
        let indent = text.len() - text.trim_start_matches(' ').len();
        Self { pieces: vec![(Style::Plain, text)], indent, whole: false }
    }
}

impl From<&String> for Line {
    fn from(text: &String) -> Self {
        text.clone().into()
    }
}

impl From<&str> for Line {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

/// Makes every character that steers a terminal a visible escape, line ends among them.
pub(crate) fn clean(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    for character in text.chars() {
        if steers(character) {
            clean.extend(character.escape_unicode());
        } else {
            clean.push(character);
        }
    }
    clean
}

/// Makes a text of several lines clean, its line ends kept. So are the two that join letters: without them Persian words
/// fall apart, and so do most emoji of people.
pub(crate) fn prose(text: &str) -> String {
    let mut prose = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\r' if characters.peek() == Some(&'\n') => {}
            '\n' | '\u{200c}' | '\u{200d}' => prose.push(character),
            other if steers(other) => prose.extend(other.escape_unicode()),
            other => prose.push(other),
        }
    }
    prose
}

/// Says whether a terminal would obey a character instead of showing it; a tab is shown.
pub(crate) fn steers(character: char) -> bool {
    character != '\t' && hallpass::text::steers(character)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_one_line_and_steers_no_terminal() {
        let line = Line::from("a\u{1b}]0;x\u{7}").and(Style::Bold, "b\nfix: c\u{e0041}\u{202e}");
        let clean = r"a\u{1b}]0;x\u{7}b\u{a}fix: c\u{e0041}\u{202e}";
        assert_eq!(line.show(Colour::Off, None), clean);
        let coloured = line.show(Colour::On, None);
        assert!(coloured.ends_with("\u{1b}[1mb\\u{a}fix: c\\u{e0041}\\u{202e}\u{1b}[0m"));
    }

    #[test]
    fn prose_keeps_its_lines_and_steers_no_terminal() {
        let text = "a\tb\r\nc\n\u{1b}[2J\u{202e}\rd \u{1f469}\u{200d}\u{1f4bb}";
        let clean = "a\tb\nc\n\\u{1b}[2J\\u{202e}\\u{d}d \u{1f469}\u{200d}\u{1f4bb}";
        assert_eq!(prose(text), clean);
    }

    #[test]
    fn a_long_line_ends_between_words_and_goes_on_at_its_indent() {
        let line = Line::from("  one two").and(Style::Good, " three four");
        assert_eq!(line.show(Colour::Off, Some(11)), "  one two\n  three\n  four");
        assert_eq!(line.clone().whole().show(Colour::Off, Some(11)), "  one two three four");
        let address = Line::from("see https://example.com/a/long/path now");
        assert_eq!(address.show(Colour::Off, Some(12)), "see https://example.com/a/long/path\nnow");
        let command = Line::from("hint: run `a b c`, or `d e f g h i`");
        assert_eq!(command.show(Colour::Off, Some(13)), "hint: run\n`a b c`, or\n`d e f g h i`");
        assert_eq!(command.show(Colour::Off, Some(9)), "hint: run\n`a b c`,\nor `d e f\ng h i`");
        let column = Line::from("ok  a b").with_indent(4);
        assert_eq!(column.show(Colour::Off, Some(5)), "ok  a\n    b");
    }
}
