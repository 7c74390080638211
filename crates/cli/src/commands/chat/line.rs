//! One line of a conversation: something that is said, or a command of the conversation itself.

/// What can be typed beside what is said.
pub(super) const HELP: &str =
    "`/exit` or Ctrl-D ends the conversation, `/new` begins a new one, Ctrl-C stops an answer";

/// What a line means.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Said {
    Nothing,
    Exit,
    Help,
    New,
    /// A word that looks like a command and is none.
    Unknown(String),
    Turn(String),
}

impl Said {
    pub(super) fn read(line: &str) -> Self {
        let text = line.trim();
        let is_word = text.strip_prefix('/').is_some_and(|word| {
            !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase())
        });
        match text {
            "" => Self::Nothing,
            "/exit" | "/quit" | "/bye" => Self::Exit,
            "/help" | "/?" => Self::Help,
            "/new" | "/clear" => Self::New,
            word if is_word => Self::Unknown(word.to_owned()),
            _ => Self::Turn(text.to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_said_unless_it_is_a_command() {
        for (line, said) in [
            ("\n", Said::Nothing),
            ("/exit\r\n", Said::Exit),
            ("  /help ", Said::Help),
            ("/clear", Said::New),
            ("/exti", Said::Unknown("/exti".to_owned())),
            ("/etc/hosts: what is it?", Said::Turn("/etc/hosts: what is it?".to_owned())),
            ("why?\n", Said::Turn("why?".to_owned())),
        ] {
            assert_eq!(Said::read(line), said, "{line:?}");
        }
    }
}
