//! `metadataFilter`: which documents a question is about, by their `customMetadata`.
//!
//! In: a filter such as `author = "Ida" AND (year > 1820 OR kind = log)`. Out: whether a document fits.
//! Specification: Google's AIP-160, as far as documents with keys and values need it: comparisons with = != < <= > >= and
//! `:` (has), AND, OR (which binds closer), NOT and `-`, brackets. A key that a document lacks fits no comparison.

use serde_json::Value;

/// More brackets within brackets are an attack, not a filter.
const DEEPEST: usize = 32;

/// A filter that was understood.
#[derive(Debug, PartialEq)]
pub(super) enum Filter {
    All(Vec<Filter>),
    Any(Vec<Filter>),
    Not(Box<Filter>),
    Compare(String, Operator, String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Has,
}

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Word(String),
    Quoted(String),
    Sign(&'static str),
}

const SIGNS: [&str; 10] = ["<=", ">=", "!=", "=", "<", ">", ":", "(", ")", "-"];

impl Filter {
    /// Reads a filter; an empty one fits all.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let tokens = tokens(text)?;
        if tokens.is_empty() {
            return Ok(Self::All(Vec::new()));
        }
        let mut parser = Parser { tokens: &tokens, at: 0, depth: 0 };
        let filter = parser.all()?;
        match parser.peek() {
            None => Ok(filter),
            Some(token) => Err(format!("{} is not expected", shown(token))),
        }
    }

    pub(super) fn fits(&self, metadata: &[Value]) -> bool {
        match self {
            Self::All(parts) => parts.iter().all(|part| part.fits(metadata)),
            Self::Any(parts) => parts.iter().any(|part| part.fits(metadata)),
            Self::Not(part) => !part.fits(metadata),
            Self::Compare(key, operator, wanted) => metadata
                .iter()
                .filter(|one| one["key"] == key.as_str())
                .any(|one| compare(one, *operator, wanted)),
        }
    }
}

fn compare(metadata: &Value, operator: Operator, wanted: &str) -> bool {
    if let Some(values) = metadata["stringListValue"]["values"].as_array() {
        let mut texts = values.iter().filter_map(Value::as_str);
        return match operator {
            Operator::NotEqual => texts.all(|text| text != wanted),
            Operator::Equal | Operator::Has => texts.any(|text| text == wanted),
            _ => false,
        };
    }
    let order = match (metadata["numericValue"].as_f64(), metadata["stringValue"].as_str()) {
        (Some(number), _) => wanted.parse().ok().and_then(|wanted| number.partial_cmp(&wanted)),
        (None, Some(text)) if operator == Operator::Has => {
            let has = text.to_lowercase().contains(&wanted.to_lowercase());
            return has || wanted == "*";
        }
        (None, Some(text)) => Some(text.cmp(wanted)),
        (None, None) => None,
    };
    let Some(order) = order else { return operator == Operator::NotEqual };
    match operator {
        Operator::Equal | Operator::Has => order.is_eq(),
        Operator::NotEqual => order.is_ne(),
        Operator::Less => order.is_lt(),
        Operator::LessOrEqual => order.is_le(),
        Operator::Greater => order.is_gt(),
        Operator::GreaterOrEqual => order.is_ge(),
    }
}

struct Parser<'a> {
    tokens: &'a [Token],
    at: usize,
    depth: usize,
}

impl Parser<'_> {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn next(&mut self) -> Option<Token> {
        let token = self.peek().cloned();
        self.at += 1;
        token
    }

    fn is_word(&self, word: &str) -> bool {
        self.peek() == Some(&Token::Word(word.into()))
    }

    fn all(&mut self) -> Result<Filter, String> {
        let mut parts = vec![self.any()?];
        while self.peek().is_some_and(|token| *token != Token::Sign(")")) {
            if self.is_word("AND") {
                self.at += 1;
            }
            parts.push(self.any()?);
        }
        Ok(one_or(parts, Filter::All))
    }

    fn any(&mut self) -> Result<Filter, String> {
        let mut parts = vec![self.term()?];
        while self.is_word("OR") {
            self.at += 1;
            parts.push(self.term()?);
        }
        Ok(one_or(parts, Filter::Any))
    }

    fn term(&mut self) -> Result<Filter, String> {
        match self.next() {
            Some(Token::Sign("-")) => Ok(Filter::Not(Box::new(self.simple()?))),
            Some(Token::Word(word)) if word == "NOT" => Ok(Filter::Not(Box::new(self.simple()?))),
            _ => {
                self.at -= 1;
                self.simple()
            }
        }
    }

    fn simple(&mut self) -> Result<Filter, String> {
        match self.next() {
            Some(Token::Sign("(")) => {
                self.depth += 1;
                if self.depth > DEEPEST {
                    return Err(format!("more than {DEEPEST} brackets are open"));
                }
                let filter = self.all()?;
                self.depth -= 1;
                match self.next() {
                    Some(Token::Sign(")")) => Ok(filter),
                    _ => Err("a bracket is not closed".into()),
                }
            }
            Some(Token::Word(key) | Token::Quoted(key)) => {
                let operator = match self.next() {
                    Some(Token::Sign("=")) => Operator::Equal,
                    Some(Token::Sign("!=")) => Operator::NotEqual,
                    Some(Token::Sign("<")) => Operator::Less,
                    Some(Token::Sign("<=")) => Operator::LessOrEqual,
                    Some(Token::Sign(">")) => Operator::Greater,
                    Some(Token::Sign(">=")) => Operator::GreaterOrEqual,
                    Some(Token::Sign(":")) => Operator::Has,
                    _ => return Err(format!("`{key}` is not followed by a comparison")),
                };
                Ok(Filter::Compare(key, operator, self.value()?))
            }
            Some(token) => Err(format!("{} is not expected", shown(&token))),
            None => Err("it ends too early".into()),
        }
    }

    fn value(&mut self) -> Result<String, String> {
        match self.next() {
            Some(Token::Word(word) | Token::Quoted(word)) => Ok(word),
            Some(Token::Sign("-")) => match self.next() {
                Some(Token::Word(word)) => Ok(format!("-{word}")),
                _ => Err("`-` is not followed by a number".into()),
            },
            _ => Err("a comparison has no value".into()),
        }
    }
}

fn one_or(mut parts: Vec<Filter>, make: fn(Vec<Filter>) -> Filter) -> Filter {
    match (parts.len(), parts.pop()) {
        (1, Some(one)) => one,
        (_, last) => {
            parts.extend(last);
            make(parts)
        }
    }
}

fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        if let Some(sign) = SIGNS.into_iter().find(|sign| rest.starts_with(sign)) {
            tokens.push(Token::Sign(sign));
            rest = &rest[sign.len()..];
        } else if matches!(first, '"' | '\'') {
            let (quoted, after) =
                quoted(&rest[1..], first).ok_or("a quotation mark is not closed")?;
            tokens.push(Token::Quoted(quoted));
            rest = after;
        } else {
            let ends = |letter: char| letter.is_whitespace() || "<>=!:()\"'".contains(letter);
            let end = rest.find(ends).unwrap_or(rest.len()).max(first.len_utf8());
            tokens.push(Token::Word(rest[..end].to_owned()));
            rest = &rest[end..];
        }
        rest = rest.trim_start();
    }
    Ok(tokens)
}

fn quoted(text: &str, mark: char) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut letters = text.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '\\' => value.push(letters.next()?.1),
            _ if letter == mark => return Some((value, &text[at + mark.len_utf8()..])),
            _ => value.push(letter),
        }
    }
    None
}

fn shown(token: &Token) -> String {
    match token {
        Token::Word(text) | Token::Quoted(text) => format!("`{text}`"),
        Token::Sign(sign) => format!("`{sign}`"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn filters_compare_texts_numbers_and_lists() {
        let metadata = [
            json!({"key": "author", "stringValue": "Ida Lewis"}),
            json!({"key": "year", "numericValue": 1820}),
            json!({"key": "tags", "stringListValue": {"values": ["sea", "light"]}}),
        ];
        let fits = |filter: &str| Filter::parse(filter).expect(filter).fits(&metadata);
        for filter in [
            "",
            "author = \"Ida Lewis\"",
            "author:ida",
            "year >= 1820 AND year<1821",
            "year = 1 OR year = 1820 AND author != 'x'",
            "tags:sea tags = light",
            "NOT year > 1820",
            "-(year = 5 OR author = x)",
            "tags != fish",
            "year > -5",
        ] {
            assert!(fits(filter), "{filter}");
        }
        for filter in [
            "author = Ida",
            "year < 1820",
            "tags:fish",
            "none = 1",
            "none != 1",
            "NOT year = 1820",
            "year = x",
        ] {
            assert!(!fits(filter), "{filter}");
        }
        // OR binds closer than AND.
        assert!(!fits("year = 1 AND author:ida OR year = 1820"));
    }

    #[test]
    fn filters_that_are_none_are_refused() {
        let deep = "(".repeat(100_000);
        for filter in [
            "author",
            "author =",
            "= 1",
            "(a = 1",
            "a = 1)",
            "a = \"x",
            "a = 1 AND",
            "NOT",
            "-",
            deep.as_str(),
        ] {
            Filter::parse(filter).expect_err(filter);
        }
    }
}
