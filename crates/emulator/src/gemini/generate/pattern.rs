//! Makes a text that matches a regular expression.
//!
//! In: the expression of a schema's `pattern`. Out: a short text that it matches, or none if it is no regular
//! expression (look-around and back-references are none here). Repeated parts grow until the text is long enough.

use regex_syntax::hir::{Class, Hir, HirKind};

/// A pattern may repeat this often at most, so that no schema asks for gigabytes.
const MOST_REPEATS: u32 = 1_000;
/// Longer texts are not made.
const MAX_LENGTH: usize = 10_000;

/// Whether this is a regular expression.
pub(super) fn is_valid(pattern: &str) -> bool {
    regex_syntax::parse(pattern).is_ok()
}

/// A text that the pattern matches, of as many characters as `least` where its repetitions can give them.
pub(super) fn matching(pattern: &str, least: usize) -> Option<String> {
    let hir = regex_syntax::parse(pattern).ok()?;
    let mut text = String::new();
    put(&hir, least, &mut text)?;
    Some(text)
}

fn put(hir: &Hir, least: usize, text: &mut String) -> Option<()> {
    if text.len() > MAX_LENGTH {
        return None;
    }
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => {}
        HirKind::Literal(literal) => text.push_str(std::str::from_utf8(&literal.0).ok()?),
        HirKind::Class(class) => text.push(one_of(class)?),
        HirKind::Repetition(repetition) => {
            let most = repetition.max.unwrap_or(u32::MAX);
            let mut times = 0;
            while times < most.min(MOST_REPEATS)
                && (times < repetition.min || text.chars().count() < least)
            {
                let before = text.len();
                put(&repetition.sub, least, text)?;
                times += 1;
                // Nothing, however often repeated, is nothing.
                if text.len() == before {
                    return Some(());
                }
            }
            if times < repetition.min {
                return None;
            }
        }
        HirKind::Capture(capture) => put(&capture.sub, least, text)?,
        HirKind::Concat(parts) => {
            for part in parts {
                put(part, least, text)?;
            }
        }
        HirKind::Alternation(choices) => put(choices.first()?, least, text)?,
    }
    Some(())
}

/// A character of a class: a letter if it has one, else a digit, else its first.
fn one_of(class: &Class) -> Option<char> {
    let Class::Unicode(class) = class else { return None };
    let has = |wanted: char| {
        class.ranges().iter().any(|range| (range.start()..=range.end()).contains(&wanted))
    };
    let printable = class.ranges().iter().map(|range| range.start()).find(|c| !c.is_control());
    ['a', 'A', '1', '0'].into_iter().find(|wanted| has(*wanted)).or(printable)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_matches_the_pattern() {
        for (pattern, least, text) in [
            ("^[A-Z]{3}-\\d{4}$", 0, "AAA-1111"),
            ("^(red|green)$", 0, "red"),
            ("^a+$", 5, "aaaaa"),
            ("^[^a-z]*x?$", 2, "AA"),
            ("", 0, ""),
        ] {
            assert_eq!(matching(pattern, least).as_deref(), Some(text), "{pattern}");
        }
        assert_eq!(matching("(?=a)", 0), None);
    }

    #[test]
    fn pattern_that_would_take_for_ever_ends() {
        assert_eq!(matching("((a{1000}){1000}){1000}", 0), None);
        assert_eq!(matching("((){1000}){1000}x", 0).as_deref(), Some("x"));
    }
}
