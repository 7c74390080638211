//! Turns results and failures into lines of text, or one JSON document.
//!
//! In: facts. Out: what a person or a program reads, without the characters that move a cursor, retitle a window
//! or hide text.
//! Not here: deciding what to say (`commands`, `exit`) and writing it (`output`).

use crate::exit::Exit;
use crate::failure::Failure;
use crate::line::{Line, Style, clean, steers};
use clap::ValueEnum;
use jiff::Timestamp;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::time::SystemTime;

/// The form of what is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    #[default]
    Text,
    Json,
}

/// No line of a server needs more; longer ones are cut.
const LONGEST: usize = 500;

fn shortened(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// Renders a failure: what happened, why, what to do next.
pub(crate) fn failure(
    failure: &Failure,
    hint: Option<String>,
    exit: Exit,
    format: Format,
) -> Vec<Line> {
    match format {
        Format::Text => {
            let what = shortened(failure.what());
            let error =
                Line::default().and(Style::Bad, "error:").and(Style::Plain, format!(" {what}"));
            let cause =
                failure.cause().map(|cause| format!("  caused by: {}", shortened(cause)).into());
            let hint = hint.map(|hint| {
                Line::default()
                    .and(Style::Bold, "hint:")
                    .and(Style::Plain, format!(" {}", shortened(&hint)))
            });
            [Some(error), cause, hint].into_iter().flatten().collect()
        }
        Format::Json => document(&json!({ "error": {
            "kind": failure.kind(),
            "message": failure.what(),
            "cause": failure.cause(),
            "hint": hint,
            "exit_code": exit as u8,
        }})),
    }
}

/// Renders one JSON document; two spaces, as Google's files have it. What steers a terminal can only stand in a
/// string, where JSON has an escape for it.
pub(crate) fn document(value: &Value) -> Vec<Line> {
    let line = |line: &str| {
        let mut clean = String::with_capacity(line.len());
        for character in line.chars() {
            if steers(character) {
                let units = &mut [0; 2];
                for unit in character.encode_utf16(units) {
                    let _ = write!(clean, "\\u{unit:04x}");
                }
            } else {
                clean.push(character);
            }
        }
        Line::from(clean).whole()
    };
    format!("{value:#}").lines().map(line).collect()
}

/// Renders rows of a label and a value, the values under each other; an empty value has no row.
pub(crate) fn rows(rows: &[(&str, String)]) -> Vec<Line> {
    let rows = || rows.iter().filter(|(_, value)| !value.is_empty());
    let width = rows().map(|(label, _)| label.len()).max().unwrap_or_default();
    let line = |(label, value): &(&str, String)| {
        Line::from(format!("{label:width$}  {value}")).with_indent(width + 2)
    };
    rows().map(line).collect()
}

/// Renders rows whose columns stand under each other; a column that is empty in all of them is left out.
pub(crate) fn table<const N: usize>(rows: impl Iterator<Item = [String; N]>) -> Vec<Line> {
    // Columns are of what is shown: an escape is longer than its character.
    let rows: Vec<[String; N]> = rows.map(|row| row.map(|cell| clean(&cell))).collect();
    let width = |at: usize| rows.iter().map(|row| row[at].chars().count()).max().unwrap_or(0);
    let widths: [usize; N] = std::array::from_fn(width);
    let line = |row: &[String; N]| {
        let cells = row.iter().zip(widths).filter(|(_, width)| *width > 0);
        let text = cells.map(|(cell, width)| format!("{cell:width$}")).collect::<Vec<_>>();
        Line::from(text.join("  ").trim_end().to_owned()).with_indent(2)
    };
    rows.iter().map(line).collect()
}

/// Renders a moment in UTC, whole seconds (RFC 3339).
pub(crate) fn time(moment: SystemTime) -> Option<String> {
    let moment = Timestamp::try_from(moment).ok()?;
    Timestamp::from_second(moment.as_second()).ok().map(|moment| moment.to_string())
}

/// Renders a span of time in the two units that matter; days to the nearest hour.
pub(crate) fn span(seconds: u64) -> String {
    const MINUTE: u64 = 60;
    const HOUR: u64 = 60 * MINUTE;
    const DAY: u64 = 24 * HOUR;
    match seconds {
        0..MINUTE => format!("{seconds} s"),
        MINUTE..HOUR => format!("{} min", seconds / MINUTE),
        HOUR..DAY => format!("{} h {} min", seconds / HOUR, seconds % HOUR / MINUTE),
        _ => {
            let hours = (seconds + HOUR / 2) / HOUR;
            match (hours / 24, hours % 24) {
                (days, 0) => format!("{days} d"),
                (days, hours) => format!("{days} d {hours} h"),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exit::Case;
    use crate::line::Colour;

    fn shown(lines: &[Line]) -> Vec<String> {
        lines.iter().map(|line| line.show(Colour::Off, None)).collect()
    }

    #[test]
    fn text_from_outside_cannot_steer_the_terminal() {
        for (raw, expected) in [
            ("plain ÄÖ 漢\tx", "plain ÄÖ 漢\tx"),
            ("\u{1b}]52;c;QQ==\u{7}", r"\u{1b}]52;c;QQ==\u{7}"),
            ("a\r\nb", r"a\u{d}\u{a}b"),
            ("\u{9b}2J", r"\u{9b}2J"),
            ("user\u{202e}gpj.exe", r"user\u{202e}gpj.exe"),
            ("zero\u{200b}width\u{e0041}", r"zero\u{200b}width\u{e0041}"),
        ] {
            assert_eq!(clean(raw), expected);
            let document = shown(&document(&json!([raw]))).concat();
            assert!(document.chars().all(|character| !steers(character)), "{document:?}");
            assert_eq!(serde_json::from_str::<Value>(&document).expect("JSON"), json!([raw]));
        }
        assert_eq!(shortened(&"ä".repeat(600)).chars().count(), LONGEST + 1);
    }

    #[test]
    fn failure_has_three_parts_and_two_forms() {
        let portless = Failure::new(Case::PortInUse, "cannot wait for the browser on port 8085")
            .because("the port is in use");
        let hint = || Some(Case::PortInUse.row().hint.to_owned());
        assert_eq!(
            shown(&failure(&portless, hint(), Exit::Settings, Format::Text)),
            [
                "error: cannot wait for the browser on port 8085",
                "  caused by: the port is in use",
                "hint: leave out `--port` to take any free one",
            ]
        );
        assert_eq!(
            shown(&failure(&portless, hint(), Exit::Settings, Format::Json)).join("\n"),
            "{\n  \"error\": {\n    \"cause\": \"the port is in use\",\n    \"exit_code\": 2,\n    \
             \"hint\": \"leave out `--port` to take any free one\",\n    \"kind\": \"port_in_use\",\n    \
             \"message\": \"cannot wait for the browser on port 8085\"\n  }\n}"
        );
    }

    #[test]
    fn rows_stand_under_each_other_and_empty_ones_are_left_out() {
        let rows = rows(&[
            ("name", "models/aqa".to_owned()),
            ("title", String::new()),
            ("description", "a\nb".to_owned()),
        ]);
        assert_eq!(shown(&rows), ["name         models/aqa", "description  a\\u{a}b"]);
    }

    #[test]
    fn columns_of_a_table_stand_under_each_other() {
        let row = |cells: [&str; 3]| cells.map(str::to_owned);
        let table = table([row(["a", "", "x\n"]), row(["long", "", "y"])].into_iter());
        assert_eq!(shown(&table), [r"a     x\u{a}", "long  y"]);
    }

    #[test]
    fn spans_have_two_units() {
        for (seconds, text) in [
            (0, "0 s"),
            (59, "59 s"),
            (3540, "59 min"),
            (3660, "1 h 1 min"),
            (612_000, "7 d 2 h"),
            (604_790, "7 d"),
        ] {
            assert_eq!(span(seconds), text);
        }
    }
}
