//! Finds the pieces of documents that a question is about: words, not meaning.
//!
//! In: a question and pieces. Out: the best pieces, and of each the sentence that has most of the question's words.
//! Specification: Okapi BM25 with the usual k1 = 1.2 and b = 0.75. The same question finds the same pieces; equal
//! pieces come in the order of the documents. Words are compared in lower case, without a plural `s`.

use std::collections::{BTreeMap, BTreeSet};

const K1: f64 = 1.2;
const B: f64 = 0.75;
/// What fits much less than the best does not fit.
const LEAST_OF_BEST: f64 = 0.3;
/// Words that nearly every English sentence has.
const PASSED_OVER: [&str; 45] = [
    "a", "about", "an", "and", "are", "as", "at", "be", "by", "can", "did", "do", "does", "for",
    "from", "had", "has", "have", "how", "in", "is", "it", "its", "me", "my", "of", "on", "or",
    "say", "tell", "that", "the", "their", "there", "thi", "this", "to", "wa", "was", "what",
    "when", "which", "who", "with", "you",
];
/// The longest sentence that is quoted, in characters.
const LONGEST_QUOTE: usize = 400;

/// A piece that fits, by its place in the list.
#[derive(Debug, PartialEq)]
pub(super) struct Hit {
    pub(super) at: usize,
    /// The sentence of it to quote.
    pub(super) quote: String,
}

/// The best pieces, at most so many; none that has no word of the question.
pub(super) fn search(question: &str, pieces: &[&str], most: usize) -> Vec<Hit> {
    let asked = asked(question);
    let counted: Vec<_> = pieces.iter().map(|piece| Counted::of(piece, &asked)).collect();
    let words: usize = counted.iter().map(|piece| piece.words).sum();
    let average = words as f64 / counted.len().max(1) as f64;
    let weights = weights(&asked, &counted);
    let score = |piece: &Counted| -> f64 {
        let length = 1.0 - B + B * piece.words as f64 / average.max(1.0);
        let of_word = |(word, count): (&String, &usize)| {
            let count = *count as f64;
            weights.get(word).copied().unwrap_or_default() * count * (K1 + 1.0)
                / (count + K1 * length)
        };
        piece.found.iter().map(of_word).sum()
    };
    let mut scored: Vec<(f64, usize)> =
        counted.iter().map(score).enumerate().map(|(at, score)| (score, at)).collect();
    scored.retain(|(score, _)| *score > 0.0);
    scored.sort_by(|(one, at), (other, place)| other.total_cmp(one).then(at.cmp(place)));
    let least = scored.first().map_or(0.0, |(best, _)| best * LEAST_OF_BEST);
    scored.retain(|(score, _)| *score >= least);
    scored.truncate(most);
    let hit = |(_, at): (f64, usize)| Hit { at, quote: quote(pieces[at], &weights) };
    scored.into_iter().map(hit).collect()
}

/// The words of a question that count; all of them if it has no others.
fn asked(question: &str) -> BTreeSet<String> {
    let all: BTreeSet<String> = words(question).collect();
    let counting = all.iter().filter(|word| !PASSED_OVER.contains(&word.as_str()));
    let counting: BTreeSet<String> = counting.cloned().collect();
    if counting.is_empty() { all } else { counting }
}

struct Counted {
    words: usize,
    found: BTreeMap<String, usize>,
}

impl Counted {
    fn of(piece: &str, asked: &BTreeSet<String>) -> Self {
        let mut counted = Self { words: 0, found: BTreeMap::new() };
        for word in words(piece) {
            counted.words += 1;
            if asked.contains(&word) {
                *counted.found.entry(word).or_default() += 1;
            }
        }
        counted
    }
}

/// How much each word says: the more, the fewer pieces have it.
fn weights(asked: &BTreeSet<String>, pieces: &[Counted]) -> BTreeMap<String, f64> {
    let all = pieces.len() as f64;
    let weight = |word: &String| {
        let with = pieces.iter().filter(|piece| piece.found.contains_key(word)).count() as f64;
        (word.clone(), ((all - with + 0.5) / (with + 0.5)).ln_1p())
    };
    asked.iter().map(weight).collect()
}

/// The sentence of a piece whose words of the question say most; the first of equals.
fn quote(piece: &str, weights: &BTreeMap<String, f64>) -> String {
    let worth = |sentence: &str| -> f64 {
        let found: BTreeSet<String> = words(sentence).collect();
        found.iter().filter_map(|word| weights.get(word)).sum()
    };
    let (mut best, mut most) = ("", -1.0);
    for sentence in sentences(piece) {
        let worth = worth(sentence);
        if worth > most {
            (best, most) = (sentence, worth);
        }
    }
    let words: Vec<&str> = best.split_whitespace().collect();
    let text = words.join(" ");
    match text.char_indices().nth(LONGEST_QUOTE) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// The first sentence of a piece.
pub(super) fn first_sentence(piece: &str) -> String {
    quote(piece, &BTreeMap::new())
}

/// Cut after `.`, `!`, `?` before white space, and at the ends of lines that end a paragraph or an item.
fn sentences(piece: &str) -> Vec<&str> {
    let mut sentences = Vec::new();
    let mut start = 0;
    let mut letters = piece.char_indices().peekable();
    while let Some((at, letter)) = letters.next() {
        let next = letters.peek().map_or('\n', |(_, next)| *next);
        let rest = &piece[at + letter.len_utf8()..];
        let ends = match letter {
            '.' | '!' | '?' => next.is_whitespace(),
            '。' | '！' | '？' => true,
            '\n' => rest.starts_with(['\n', '\r', '-', '*', '#', '|', '•']) || is_row(rest),
            _ => false,
        };
        if ends {
            sentences.push(&piece[start..at + letter.len_utf8()]);
            start = at + letter.len_utf8();
        }
    }
    sentences.push(&piece[start..]);
    sentences.retain(|sentence| sentence.chars().any(char::is_alphanumeric));
    sentences
}

/// Whether a line is one of a table: with separators, and not ended as a sentence is.
fn is_row(rest: &str) -> bool {
    let line = rest.lines().next().unwrap_or_default().trim_end();
    line.matches([',', ';', '\t', '|']).count() > 1 && !line.ends_with(['.', '!', '?'])
}

/// The words of a text as they are compared; each letter of scripts without spaces is one.
fn words(text: &str) -> impl Iterator<Item = String> {
    text.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty()).flat_map(
        |word| {
            let without_spaces =
                |letter: char| matches!(letter, '\u{3040}'..='\u{30ff}' | '\u{4e00}'..='\u{9fff}');
            if word.contains(without_spaces) {
                return word.chars().map(String::from).collect();
            }
            vec![stem(word.to_lowercase())]
        },
    )
}

fn stem(mut word: String) -> String {
    if word.chars().count() > 3 && word.ends_with('s') && !word.ends_with("ss") {
        word.pop();
    }
    word
}

#[cfg(test)]
mod tests {
    use super::*;

    const PIECES: [&str; 3] = [
        "The lighthouse was built in 1820. Its keeper was Ida Lewis.",
        "The harbour has three cranes. The cranes are yellow.",
        "Fish is sold on Tuesdays, and the harbour is closed on Sundays.",
    ];

    fn found(question: &str) -> Vec<(usize, String)> {
        search(question, &PIECES, 2).into_iter().map(|hit| (hit.at, hit.quote)).collect()
    }

    #[test]
    fn question_finds_the_sentence_with_its_words() {
        assert_eq!(found("Who was the keeper?"), [(0, "Its keeper was Ida Lewis.".to_owned())]);
        assert_eq!(
            found("which colour has a crane, yellow?")[0],
            (1, "The cranes are yellow.".to_owned())
        );
        assert_eq!(found("harbour closed").iter().map(|(at, _)| *at).collect::<Vec<_>>(), [2, 1]);
        assert!(found("What is the airport?").is_empty() && found("").is_empty());
        assert!(search("x", &[], 5).is_empty());
    }

    #[test]
    fn quotes_are_single_sentences_rows_and_items() {
        let cut =
            |text: &str| sentences(text).into_iter().map(str::trim).collect::<Vec<_>>().join("/");
        assert_eq!(cut("One two.\nThree\nfour. 3.5 five"), "One two./Three\nfour./3.5 five");
        assert_eq!(cut("a,b,c\n1,2,3\n4,5,6"), "a,b,c/1,2,3/4,5,6");
        assert_eq!(cut("# Head\n\n- one\n- two"), "# Head/- one/- two");
        let long = "word ".repeat(200);
        assert_eq!(quote(&long, &BTreeMap::new()).chars().count(), LONGEST_QUOTE + 1);
    }

    #[test]
    fn scripts_without_spaces_are_compared_letter_by_letter() {
        let hits = search("灯台", &["港には灯台がある。魚は火曜日。", "山"], 5);
        assert_eq!(hits, [Hit { at: 0, quote: "港には灯台がある。".to_owned() }]);
    }
}
