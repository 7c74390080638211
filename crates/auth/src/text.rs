//! Text from outside, made fit to be shown: by an error, a log line or a terminal.
//!
//! In: words of a server or a file. Out: the same without characters that a terminal would obey.
//! The one list of such characters is here; programs that show what a server said use it, too.

/// Makes a word of a server's answer fit for an error. Codes are visible ASCII (RFC 6749, section 5.2), and 64
/// characters tell them apart; a text with anything else is no code, and what is left of it would pass for one.
pub(crate) fn code_word(text: &str) -> String {
    match text.bytes().all(|byte| byte.is_ascii_graphic()) {
        true => text.chars().take(64).collect(),
        false => "unknown".to_owned(),
    }
}

/// Returns a text without what a terminal would obey instead of showing it.
#[must_use]
pub fn plain(text: &str) -> String {
    text.chars().filter(|character| !steers(*character)).collect()
}

/// Says whether a character moves the cursor, or hides or reorders its neighbours: controls, marks of
/// direction, characters without width, and the tag characters, which no terminal shows.
#[must_use]
pub fn steers(character: char) -> bool {
    let invisible = matches!(character,
        '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}'
        | '\u{feff}' | '\u{e0000}'..='\u{e007f}');
    character.is_control() || invisible
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_a_server_cannot_move_the_cursor() {
        for text in
            ["invalid_grant\u{1b}]0;PWN\u{7}", "inv\u{202e}alid", "invalid grant", "a\u{e9}"]
        {
            assert_eq!(code_word(text), "unknown");
        }
        assert_eq!(code_word("invalid_grant"), "invalid_grant");
        assert_eq!(code_word(&"x".repeat(1000)).len(), 64);
    }

    #[test]
    fn every_character_that_steers_a_terminal_is_left_out() {
        let ranges = [
            (0x00, 0x1f),
            (0x7f, 0x9f),
            (0x61c, 0x61c),
            (0x200b, 0x200f),
            (0x2028, 0x202e),
            (0x2060, 0x2069),
            (0xfeff, 0xfeff),
            (0xe0000, 0xe007f),
        ];
        let named = |code: u32| ranges.iter().any(|(first, last)| (*first..=*last).contains(&code));
        for character in '\0'..=char::MAX {
            assert_eq!(
                steers(character),
                named(character.into()),
                "{}",
                character.escape_unicode()
            );
        }
        assert_eq!(plain("a\u{1b}b\u{e0061}c é\u{2026}"), "abc é\u{2026}");
    }
}
