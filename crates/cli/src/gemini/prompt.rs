//! The words of a question: those of the command line, and standard input where `-` stands for it.
//!
//! In: words. Out: one text, or why there is none; nothing has been sent by then.

use crate::exit::Case;
use crate::failure::{Failure, Outcome};
use std::io::Read as _;

/// More than any model reads; a pipe without an end is left here.
const LARGEST: u64 = 16 * 1024 * 1024;

/// Returns the prompt: the words with spaces between them, and what is piped in on lines of its own. Without any word it is
/// what is piped in.
pub(crate) fn read(words: &[String], stdin_is_terminal: bool) -> Outcome<String> {
    let mut prompt = String::new();
    let mut add = |text: &str, between: &str| {
        if !prompt.is_empty() {
            prompt.push_str(between);
        }
        prompt.push_str(text);
    };
    let mut between = " ";
    for word in words {
        if word == "-" {
            add(&piped(stdin_is_terminal)?, "\n\n");
            between = "\n\n";
        } else {
            add(word, between);
            between = " ";
        }
    }
    if words.is_empty() {
        prompt = piped(stdin_is_terminal)?;
    }
    if prompt.trim().is_empty() {
        return Err(Failure::new(Case::NoPrompt, "the prompt is empty"));
    }
    Ok(prompt)
}

/// Returns the texts of `embed`: each word is one, and each line that is piped in.
pub(crate) fn texts(words: &[String], stdin_is_terminal: bool) -> Outcome<Vec<String>> {
    let mut texts = Vec::new();
    let input = ["-".to_owned()];
    for word in if words.is_empty() { &input } else { words } {
        if word == "-" {
            texts.extend(piped(stdin_is_terminal)?.lines().map(str::to_owned));
        } else {
            texts.push(word.clone());
        }
    }
    match texts.iter().position(|text| text.trim().is_empty()) {
        Some(at) => Err(Failure::new(Case::NoPrompt, format!("text {} is empty", at + 1))),
        None if texts.is_empty() => Err(Failure::new(Case::NoPrompt, "there is no text")),
        None => Ok(texts),
    }
}

/// Reads standard input to its end; on a terminal nobody would know that it is waited for.
fn piped(stdin_is_terminal: bool) -> Outcome<String> {
    if stdin_is_terminal {
        return Err(Failure::new(Case::NoPrompt, "there is no prompt, and nothing is piped in"));
    }
    let mut bytes = Vec::new();
    let read = std::io::stdin().lock().take(LARGEST + 1).read_to_end(&mut bytes);
    let unusable = |what: &str| Failure::new(Case::PromptUnusable, what.to_owned());
    read.map_err(|error| unusable("cannot read standard input").because(error))?;
    if bytes.len() as u64 > LARGEST {
        return Err(unusable("standard input has more than 16 MiB"));
    }
    let text = String::from_utf8(bytes);
    text.map_err(|_| unusable("standard input is not text (UTF-8)"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_one_prompt_and_an_empty_one_is_none() {
        let words = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect::<Vec<_>>();
        let read = |list: &[&str]| read(&words(list), true).map_err(|failure| failure.kind());
        assert_eq!(read(&["Why is", "the sky blue?"]), Ok("Why is the sky blue?".to_owned()));
        for empty in [&[][..], &[""], &[" ", "\n"], &["-"]] {
            assert_eq!(read(empty), Err("no_prompt"), "{empty:?}");
        }
        assert!(texts(&words(&["a", " "]), true).is_err());
    }
}
