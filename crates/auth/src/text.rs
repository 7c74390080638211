//! Text from outside, made fit to be shown: by an error, a log line or a terminal.
//!
//! In: words of a server or a file. Out: the same without characters that a terminal would obey.

/// Makes a word of a server's answer fit for an error: specifications allow visible ASCII alone
/// (RFC 6749, section 5.2), and nobody needs more than 64 characters of it.
pub(crate) fn code_word(text: &str) -> String {
    text.chars().filter(char::is_ascii_graphic).take(64).collect()
}

/// Leaves out of a text what a terminal would obey instead of showing it.
pub(crate) fn plain(text: &str) -> String {
    text.chars().filter(|character| !steers(*character)).collect()
}

/// Says whether a character moves the cursor, or hides or reorders what stands beside it.
pub(crate) fn steers(character: char) -> bool {
    let invisible = matches!(character,
        '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}');
    character.is_control() || invisible
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_a_server_cannot_move_the_cursor() {
        assert_eq!(code_word("inv\u{1b}[2Jalid\n grant\u{202e}"), "inv[2Jalidgrant");
        assert_eq!(code_word(&"x".repeat(1000)).len(), 64);
    }
}
