//! The text of a document, by its type.
//!
//! In: bytes and a type. Out: the text, page by page where the type has pages, or why there is none. Read are all
//! types of text, HTML without its tags, JSON and its relatives as they are, PDF (`pdf`) and Word (`docx`). Google reads
//! more types.

use super::{docx, pdf};

/// The text of a page, with its number from 1; of what has no pages, without.
pub(super) type Page = (Option<u32>, String);

/// Types beside `text/…` that are text.
const TEXTS: [&str; 9] = [
    "application/json",
    "application/jsonl",
    "application/x-ndjson",
    "application/xml",
    "application/yaml",
    "application/toml",
    "application/javascript",
    "application/x-javascript",
    "application/octet-stream",
];

pub(super) fn read(mime_type: &str, bytes: &[u8]) -> Result<Vec<Page>, String> {
    let kind = mime_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if kind == "application/pdf" || bytes.starts_with(b"%PDF-") {
        return pdf::pages(bytes);
    }
    if docx::TYPES.contains(&kind.as_str()) {
        return with_words(docx::text(bytes)?);
    }
    let is_text = kind.starts_with("text/") || kind.ends_with("+json") || kind.ends_with("+xml");
    if !is_text && !TEXTS.contains(&kind.as_str()) {
        return Err(format!("The emulator reads text, HTML, JSON, PDF and docx, not {mime_type}."));
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let text = std::str::from_utf8(bytes).map_err(|_| "The document is not UTF-8.".to_owned())?;
    with_words(match kind.as_str() {
        "text/html" | "application/xhtml+xml" => without_tags(text),
        _ => text.to_owned(),
    })
}

/// A text that has at least a word, as the only page.
fn with_words(text: String) -> Result<Vec<Page>, String> {
    if text.chars().any(char::is_alphanumeric) {
        Ok(vec![(None, text)])
    } else {
        Err("The document has no text.".into())
    }
}

/// The text of a page of HTML: without tags, scripts and styles; blocks end with an empty line.
fn without_tags(html: &str) -> String {
    const BLOCKS: [&str; 17] = [
        "p", "div", "li", "h1", "h2", "h3", "h4", "h5", "h6", "tr", "section", "article", "title",
        "pre", "table", "ul", "ol",
    ];
    let mut text = String::new();
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        push_decoded(&mut text, &rest[..at]);
        rest = &rest[at..];
        if let Some(comment) = rest.strip_prefix("<!--") {
            rest = comment.find("-->").map_or("", |end| &comment[end + 3..]);
            continue;
        }
        if !rest[1..]
            .starts_with(|next: char| next.is_ascii_alphabetic() || matches!(next, '/' | '!' | '?'))
        {
            text.push('<');
            rest = &rest[1..];
            continue;
        }
        let Some(end) = rest.find('>') else { return text };
        let tag = rest[1..end].to_ascii_lowercase();
        rest = &rest[end + 1..];
        let name = tag
            .trim_start_matches('/')
            .split([' ', '\n', '\t', '\r', '/'])
            .next()
            .unwrap_or_default();
        if BLOCKS.contains(&name) {
            text.push_str("\n\n");
        } else if matches!(name, "br" | "td" | "th") {
            text.push('\n');
        }
        if matches!(tag.split([' ', '\n']).next(), Some("script" | "style")) {
            rest = from_closing(rest, name);
        }
    }
    push_decoded(&mut text, rest);
    text
}

/// What follows the content of a script: from its closing tag on.
fn from_closing<'a>(html: &'a str, name: &str) -> &'a str {
    let is_closing = |(at, _): &(usize, &str)| {
        let after = html.get(at + 2..at + 2 + name.len());
        after.is_some_and(|after| after.eq_ignore_ascii_case(name))
    };
    html.match_indices("</").find(is_closing).map_or("", |(at, _)| &html[at..])
}

/// Adds a text of HTML or XML with its entities as letters.
pub(super) fn push_decoded(text: &mut String, mut html: &str) {
    while let Some(at) = html.find('&') {
        text.push_str(&html[..at]);
        html = &html[at..];
        let end = html.bytes().take(12).position(|byte| byte == b';');
        match end.and_then(|end| Some((end, entity(&html[1..end])?))) {
            Some((end, letter)) => {
                text.push(letter);
                html = &html[end + 1..];
            }
            None => {
                text.push('&');
                html = &html[1..];
            }
        }
    }
    text.push_str(html);
}

fn entity(name: &str) -> Option<char> {
    let code = match name {
        "amp" => return Some('&'),
        "lt" => return Some('<'),
        "gt" => return Some('>'),
        "quot" => return Some('"'),
        "apos" => return Some('\''),
        "nbsp" => return Some(' '),
        _ => name.strip_prefix('#')?,
    };
    let number = match code.strip_prefix(['x', 'X']) {
        Some(hex) => u32::from_str_radix(hex, 16).ok()?,
        None => code.parse().ok()?,
    };
    char::from_u32(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn html_is_its_text() {
        let html = "<html><head><title>T</title><style>p { x }</style></head><!-- <p>no --><body><p class=a>One &amp; \
                    two<br>&#228;&#x20AC;&copy;</p><SCRIPT>if (a<b) {}</SCRIPT><ul><li>x</ul>1 < 2 & 3";
        let (_, text) = read("text/html; charset=utf-8", html.as_bytes()).expect("text").remove(0);
        assert_eq!(
            text.split_whitespace().collect::<Vec<_>>().join(" "),
            "T One & two ä€&copy; x 1 < 2 & 3"
        );
    }

    #[test]
    fn what_has_no_text_says_so() {
        assert_eq!(
            read("text/plain", b"\xef\xbb\xbfhello").expect("text"),
            [(None, "hello".to_owned())]
        );
        assert_eq!(read("text/plain", b" \n"), Err("The document has no text.".into()));
        assert_eq!(read("text/csv", b"\xff"), Err("The document is not UTF-8.".into()));
        let reads = "The emulator reads text, HTML, JSON, PDF and docx, not image/png.";
        assert_eq!(read("image/png", b"x"), Err(reads.into()));
        assert!(read("application/ld+json", b"[1]").is_ok() && read("text/html", b"<p").is_err());
    }
}
