//! Documents that stand in a prompt as text.
//!
//! In: a content. Out: the texts that are documents, with their titles, and those that are not. A text is one if another
//! text, the question, comes after it, its first line ends with a colon, and the second is empty: so programs send files
//! that are text. Our own rule: to a model they are all text.

use super::stores::retrieval::Attachment;
use serde_json::Value;

/// The documents and all other texts of a content.
pub(super) fn split(content: &Value) -> (Vec<(&str, &str)>, Vec<&str>) {
    let parts = content["parts"].as_array().into_iter().flatten();
    let mut texts: Vec<&str> = parts.filter_map(|part| part["text"].as_str()).collect();
    let question = texts.pop();
    let (mut documents, mut others) = (Vec::new(), Vec::new());
    for text in texts {
        match titled(text).filter(|_| content["role"] != "model") {
            Some(document) => documents.push(document),
            None => others.push(text),
        }
    }
    others.extend(question);
    (documents, others)
}

/// The title and the text of a document. A title in backticks stands alone, as in "File `notes.txt`:".
fn titled(text: &str) -> Option<(&str, &str)> {
    let (line, rest) = text.split_once('\n')?;
    let line = line.trim_end().strip_suffix(':')?;
    let (empty, rest) = rest.split_once('\n')?;
    let mut quoted = line.split('`').skip(1);
    let title = quoted.next().filter(|_| quoted.next().is_some()).unwrap_or(line);
    (empty.trim().is_empty() && !title.trim().is_empty()).then_some((title, rest))
}

/// The documents of all contents of a request.
pub(super) fn documents(body: &Value) -> Vec<Attachment> {
    let contents = body["contents"].as_array().into_iter().flatten();
    let documents = contents.flat_map(|content| split(content).0);
    let read = |(title, text): (&str, &str)| {
        Attachment::read(title.to_owned(), "text/plain", text.as_bytes())
    };
    documents.filter_map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn text_with_a_title_before_the_question_is_a_document() {
        let content = |texts: &[&str]| {
            let parts: Vec<Value> = texts.iter().map(|text| json!({"text": text})).collect();
            json!({"parts": parts})
        };
        let sent = content(&["File `a.txt`:\n\nOne.\n", "Notes:\r\n\r\nTwo.", "Look:\nno", "Why?"]);
        let (documents, others) = split(&sent);
        assert_eq!(documents, [("a.txt", "One.\n"), ("Notes", "Two.")]);
        assert_eq!(others, ["Look:\nno", "Why?"]);
        // What comes last is the question, whatever its form; a model's own text is none.
        let last = content(&["Write a message for this change:\n\n+ a line"]);
        assert!(split(&last).0.is_empty());
        let mut said = content(&["Steps:\n\n1.", "Done."]);
        said["role"] = "model".into();
        assert_eq!(split(&said), (Vec::new(), vec!["Steps:\n\n1.", "Done."]));
        assert_eq!(split(&json!({})), (Vec::new(), Vec::new()));
    }
}
