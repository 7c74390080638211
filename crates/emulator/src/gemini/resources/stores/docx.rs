//! The text of a Word document (docx).
//!
//! In: the file. Out: its paragraphs with an empty line between them, or why there are none. Specification: ECMA-376,
//! part 1, section 17.3: of `word/document.xml` what is within `t`, with `tab`, `br` and `cr`. Not here: headers, footers,
//! notes, and text that was deleted with its change kept.

use super::text::push_decoded;
use super::zip;

/// The types of documents and of templates.
pub(super) const TYPES: [&str; 2] = [
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.template",
];
/// More text than this is no document of a test.
const MOST_XML: usize = 32 * 1024 * 1024;

pub(super) fn text(file: &[u8]) -> Result<String, String> {
    let xml = zip::entry(file, "word/document.xml", MOST_XML)
        .ok_or("The document is not a Word file (docx), or has more than 32 MiB of text.")?;
    let xml = String::from_utf8(xml).map_err(|_| "The document is not UTF-8.".to_owned())?;
    Ok(paragraphs(&xml))
}

fn paragraphs(xml: &str) -> String {
    let mut text = String::new();
    let mut is_text = false;
    let mut rest = xml;
    while let Some(at) = rest.find('<') {
        if is_text {
            push_decoded(&mut text, &rest[..at]);
        }
        rest = &rest[at + 1..];
        let Some(end) = rest.find('>') else { break };
        let tag = &rest[..end];
        rest = &rest[end + 1..];
        is_text = name(tag) == "t" && !tag.ends_with('/');
        match name(tag) {
            "/p" => text.push_str("\n\n"),
            "br" | "cr" => text.push('\n'),
            "tab" => text.push('\t'),
            _ => {}
        }
    }
    text
}

/// The name of a tag without its prefix; that of a closing one begins with `/`.
fn name(tag: &str) -> &str {
    let whole = tag.split([' ', '\t', '\r', '\n']).next().unwrap_or_default();
    let whole = whole.trim_end_matches('/');
    match whole.split_once(':') {
        Some((prefix, name)) if !prefix.starts_with('/') => name,
        Some((_, "p")) => "/p",
        _ => whole,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paragraphs_are_texts_with_their_breaks() {
        let xml = r#"<?xml version="1.0"?><w:document><w:body><w:p w:rsidR="1"><w:pPr><w:tabs><w:tab w:val="left"/></w:tabs></w:pPr>
            <w:r><w:t xml:space="preserve">One &amp; </w:t></w:r><w:r><w:t>two</w:t><w:br/><w:t>&#228;</w:t><w:tab/></w:r></w:p>
            <w:p><w:del><w:r><w:delText>gone</w:delText></w:r></w:del><w:t/><w:instrText>PAGE</w:instrText></w:p>
            <p><t>plain</t></p></w:body></w:document>"#;
        let words: Vec<String> =
            paragraphs(xml).split("\n\n").map(|text| text.trim().to_owned()).collect();
        assert_eq!(words, ["One & two\nä", "", "plain", ""]);
        assert_eq!(paragraphs("<w:t>a<b"), "a");
    }

    #[test]
    fn what_is_no_document_says_so() {
        let archive = zip::tests::archive(&[("word/styles.xml", b"<w:t>a</w:t>")]);
        let words = "The document is not a Word file (docx), or has more than 32 MiB of text.";
        assert_eq!(text(&archive), Err(words.into()));
        assert_eq!(text(b"PK\x03\x04"), Err(words.into()));
        let archive = zip::tests::archive(&[("word/document.xml", b"<w:t>a</w:t></w:p>")]);
        assert_eq!(text(&archive), Ok("a\n\n".into()));
    }
}
