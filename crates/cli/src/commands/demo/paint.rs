//! Colour for the demo, where somebody sees it.
//!
//! Not here: who sees it (`context`: a terminal, and no `NO_COLOR`).

/// Colour, where somebody sees it.
#[derive(Clone, Copy)]
pub(super) enum Paint {
    Colour,
    Plain,
}

impl Paint {
    pub(super) fn when(wanted: bool) -> Self {
        if wanted { Self::Colour } else { Self::Plain }
    }

    pub(super) fn bold(self, text: &str) -> String {
        self.with("1", text)
    }

    pub(super) fn dim(self, text: &str) -> String {
        self.with("2", text)
    }

    pub(super) fn green(self, text: &str) -> String {
        self.with("32", text)
    }

    fn with(self, code: &str, text: &str) -> String {
        match self {
            Self::Colour => format!("\u{1b}[{code}m{text}\u{1b}[0m"),
            Self::Plain => text.to_owned(),
        }
    }
}
