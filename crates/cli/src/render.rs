//! Turns results and failures into text or JSON.
//!
//! In: facts. Out: what a person or a program reads. Whatever came from outside is cleaned here, so
//! that a server's words cannot move the cursor, retitle the window or hide text.
//! Not here: deciding what to say (`commands`, `exit`) and writing it (`context`).

use crate::args::Format;
use crate::failure::Failure;
use jiff::Timestamp;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::time::SystemTime;

/// No line of a server needs more; longer ones are cut.
const LONGEST: usize = 500;

/// Makes text from outside safe to print on one line.
///
/// Control characters (C0, C1, newlines) and those that reorder or hide text become visible escapes.
pub(crate) fn printable(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    for (count, character) in text.chars().enumerate() {
        if count == LONGEST {
            clean.push('…');
            break;
        }
        if character.is_control() || reorders_or_hides(character) {
            let _ = write!(clean, "{}", character.escape_unicode());
        } else {
            clean.push(character);
        }
    }
    clean
}

/// Bidirectional controls, zero-width characters, line separators, tags (Unicode Standard Annex 9 and
/// Technical Report 36).
fn reorders_or_hides(character: char) -> bool {
    matches!(character,
        '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}'
        | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
}

/// Renders a failure: what happened, why, what to do next.
pub(crate) fn failure(failure: &Failure, format: Format) -> String {
    match format {
        Format::Text => {
            let mut text = format!("error: {}", printable(failure.what()));
            if let Some(cause) = failure.cause() {
                let _ = write!(text, "\n  caused by: {}", printable(cause));
            }
            if let Some(hint) = failure.hint() {
                let _ = write!(text, "\nhint: {}", printable(&hint));
            }
            text
        }
        Format::Json => document(&json!({ "error": {
            "kind": failure.kind(),
            "message": failure.what(),
            "cause": failure.cause(),
            "hint": failure.hint(),
            "exit_code": failure.exit() as u8,
        }})),
    }
}

/// Renders one JSON document; two spaces, as Google's files have it.
pub(crate) fn document(value: &Value) -> String {
    format!("{value:#}")
}

/// Renders rows of a label and a value, the values under each other; an empty value has no row.
pub(crate) fn rows(rows: &[(&str, String)]) -> String {
    let rows = || rows.iter().filter(|(_, value)| !value.is_empty());
    let width = rows().map(|(label, _)| label.len()).max().unwrap_or_default();
    let lines = rows().map(|(label, value)| format!("{label:width$}  {}", printable(value)));
    lines.collect::<Vec<_>>().join("\n")
}

/// Renders a moment in UTC, whole seconds (RFC 3339).
pub(crate) fn time(moment: SystemTime) -> Option<String> {
    let moment = Timestamp::try_from(moment).ok()?;
    Timestamp::from_second(moment.as_second()).ok().map(|moment| moment.to_string())
}

/// Renders a span of time in the two units that matter.
pub(crate) fn span(seconds: u64) -> String {
    const MINUTE: u64 = 60;
    const HOUR: u64 = 60 * MINUTE;
    const DAY: u64 = 24 * HOUR;
    match seconds {
        0..MINUTE => format!("{seconds} s"),
        MINUTE..HOUR => format!("{} min", seconds / MINUTE),
        HOUR..DAY => format!("{} h {} min", seconds / HOUR, seconds % HOUR / MINUTE),
        _ => format!("{} d {} h", seconds / DAY, seconds % DAY / HOUR),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exit::Case;

    #[test]
    fn text_from_outside_cannot_steer_the_terminal() {
        for (raw, clean) in [
            ("plain ÄÖ 漢", "plain ÄÖ 漢"),
            ("\u{1b}]52;c;QQ==\u{7}", r"\u{1b}]52;c;QQ==\u{7}"),
            ("a\r\nb", r"a\u{d}\u{a}b"),
            ("\u{9b}2J", r"\u{9b}2J"),
            ("user\u{202e}gpj.exe", r"user\u{202e}gpj.exe"),
            ("zero\u{200b}width", r"zero\u{200b}width"),
        ] {
            assert_eq!(printable(raw), clean);
        }
        assert_eq!(printable(&"x".repeat(600)).chars().count(), LONGEST + 1);
    }

    #[test]
    fn failure_has_three_parts_and_two_forms() {
        let portless = Failure::new(Case::PortInUse, "cannot wait for the browser on port 8085")
            .because("the port is in use");
        assert_eq!(
            failure(&portless, Format::Text),
            "error: cannot wait for the browser on port 8085\n  caused by: the port is in use\n\
             hint: leave out `--port` to take any free one"
        );
        assert_eq!(
            failure(&portless, Format::Json),
            "{\n  \"error\": {\n    \"cause\": \"the port is in use\",\n    \"exit_code\": 2,\n    \
             \"hint\": \"leave out `--port` to take any free one\",\n    \"kind\": \"port_in_use\",\n    \
             \"message\": \"cannot wait for the browser on port 8085\"\n  }\n}"
        );
    }

    #[test]
    fn rows_stand_under_each_other_and_empty_ones_are_left_out() {
        let text = rows(&[
            ("name", "models/aqa".to_owned()),
            ("title", String::new()),
            ("description", "a\nb".to_owned()),
        ]);
        assert_eq!(text, "name         models/aqa\ndescription  a\\u{a}b");
    }

    #[test]
    fn spans_are_told_in_two_units() {
        for (seconds, text) in
            [(0, "0 s"), (59, "59 s"), (3540, "59 min"), (3660, "1 h 1 min"), (612_000, "7 d 2 h")]
        {
            assert_eq!(span(seconds), text);
        }
    }
}
