//! One line of output: pieces of text, each in a style.
//!
//! In: text of any origin. Out: a line that shows what it holds: characters that steer a terminal, line ends among
//! them, become visible escapes. Only `output` writes, and it takes nothing but these lines.
//! Not here: which characters those are (`render`), and whether there is colour (`output`).

use crate::render;

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
pub(crate) struct Line(Vec<(Style, String)>);

impl Line {
    /// Adds a piece.
    pub(crate) fn and(mut self, style: Style, text: impl Into<String>) -> Self {
        self.0.push((style, text.into()));
        self
    }

    /// Returns the text to write: clean, in colour or not.
    pub(crate) fn show(&self, colour: Colour) -> String {
        let piece = |(style, text): &(Style, String)| {
            let text = render::clean(text);
            match style.code() {
                Some(code) if colour == Colour::On => format!("\u{1b}[{code}m{text}\u{1b}[0m"),
                _ => text,
            }
        };
        self.0.iter().map(piece).collect()
    }
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
        Self(vec![(Style::Plain, text)])
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_one_line_and_steers_no_terminal() {
        let line = Line::from("a\u{1b}]0;x\u{7}").and(Style::Bold, "b\nfix: c\u{e0041}\u{202e}");
        assert_eq!(line.show(Colour::Off), r"a\u{1b}]0;x\u{7}b\u{a}fix: c\u{e0041}\u{202e}");
        let coloured = line.show(Colour::On);
        assert!(
            coloured.ends_with("\u{1b}[1mb\\u{a}fix: c\\u{e0041}\\u{202e}\u{1b}[0m"),
            "{coloured}"
        );
    }
}
