//! What of a prompt goes into arguments and structured answers.
//!
//! In: the last text of a prompt. Out, in order: what stands in quotation marks, runs of capitalized words that
//! do not begin a sentence, numbers; then the whole text once, then the name of the field. This is the
//! emulator's rule, so that a test can foresee the answer; no model works so.

use std::collections::VecDeque;

/// As much of a prompt as one value repeats.
const REPEATED: usize = 200;
/// As much of a prompt as is looked at, and as many names and numbers as are found in it.
pub(super) const LOOKED_AT: usize = 10_000;
const MOST: usize = 64;

/// Words and numbers that are left to be used.
#[derive(Debug, Clone)]
pub(super) struct Words {
    text: String,
    names: VecDeque<String>,
    numbers: Vec<f64>,
    whole: Option<String>,
}

impl Words {
    pub(super) fn of(text: &str) -> Self {
        let text: String = text.chars().take(LOOKED_AT).collect();
        let short: String = text.chars().take(REPEATED).collect();
        Self {
            names: names(&text).into(),
            numbers: numbers(&text),
            whole: Some(short).filter(|short| !short.is_empty()),
            text: text.to_lowercase(),
        }
    }

    /// The same, with this as the next name.
    pub(super) fn led_by(&self, name: &str) -> Self {
        let mut words = self.clone();
        words.names.retain(|one| one != name);
        words.names.push_front(name.to_owned());
        words
    }

    /// The quoted and capitalized words, in order.
    pub(super) fn names(&self) -> impl ExactSizeIterator<Item = &str> {
        self.names.iter().map(String::as_str)
    }

    /// Whether the prompt has this word.
    pub(super) fn name(&self, word: &str) -> bool {
        !word.is_empty() && self.text.contains(&word.to_lowercase())
    }

    pub(super) fn next_text(&mut self, field: &str) -> String {
        let next = self.names.pop_front().or_else(|| self.whole.take());
        next.unwrap_or_else(|| if field.is_empty() { "text" } else { field }.to_owned())
    }

    pub(super) fn next_number(&mut self, fits: impl Fn(f64) -> bool) -> Option<f64> {
        let at = self.numbers.iter().position(|number| fits(*number))?;
        Some(self.numbers.remove(at))
    }
}

fn names(text: &str) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    let mut add = |name: &str| {
        let name = name.trim();
        if !name.is_empty() && names.len() < MOST && !names.iter().any(|one| one == name) {
            names.push(name.chars().take(REPEATED).collect());
        }
    };
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('"') {
        plain.push_str(before);
        let Some((quoted, after)) = after.split_once('"') else { break };
        add(quoted);
        rest = after;
        plain.push_str(" . ");
    }
    plain.push_str(rest);
    capitalized(&plain).iter().for_each(|run| add(run));
    names
}

/// Runs of capitalized words that do not begin a sentence.
fn capitalized(text: &str) -> Vec<String> {
    let (mut runs, mut run, mut begins) = (Vec::new(), Vec::new(), true);
    for word in text.split_whitespace() {
        let bare = word.trim_matches(|c: char| !c.is_alphanumeric());
        let is_name = !begins && bare.chars().next().is_some_and(char::is_uppercase) && bare != "I";
        if is_name {
            run.push(bare);
        }
        let goes_on = word.ends_with(char::is_alphanumeric);
        if !is_name || !goes_on {
            runs.push(std::mem::take(&mut run).join(" "));
        }
        begins = word.ends_with(['.', '!', '?', ':']);
    }
    runs.push(run.join(" "));
    runs.retain(|run| !run.is_empty());
    runs
}

fn numbers(text: &str) -> Vec<f64> {
    let pieces = text.split(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | '-')));
    let bare = pieces.map(|piece| piece.trim_end_matches(['.', '-']));
    let numbers = bare.filter_map(|piece| piece.parse().ok());
    numbers.filter(|number: &f64| number.is_finite()).take(MOST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_numbers_of_a_prompt_are_found() {
        let words =
            Words::of("What is the weather in New York and Boston on 3 or 4.5 \"big days\"?");
        assert_eq!(words.names().collect::<Vec<_>>(), ["big days", "New York", "Boston"]);
        assert_eq!(words.numbers, [3.0, 4.5]);
    }

    #[test]
    fn word_that_begins_a_sentence_is_no_name() {
        assert_eq!(
            Words::of("Look. There is Paris, Rome").names().collect::<Vec<_>>(),
            ["Paris", "Rome"]
        );
    }
}
