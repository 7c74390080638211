//! What a file is: by its first bytes, else by the end of its name, else it is text if it reads like text.

use std::path::Path;

const BEGINNINGS: [(&[u8], &str); 8] = [
    (b"%PDF-", "application/pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
    (b"OggS", "audio/ogg"),
    (b"fLaC", "audio/flac"),
    (b"ID3", "audio/mpeg"),
    (b"\x1aE\xdf\xa3", "video/webm"),
];

const ENDINGS: [(&str, &str); 35] = [
    ("txt", "text/plain"),
    ("log", "text/plain"),
    ("rs", "text/plain"),
    ("toml", "text/plain"),
    ("md", "text/markdown"),
    ("html", "text/html"),
    ("htm", "text/html"),
    ("css", "text/css"),
    ("csv", "text/csv"),
    ("xml", "text/xml"),
    ("rtf", "text/rtf"),
    ("py", "text/x-python"),
    ("js", "text/javascript"),
    ("ts", "text/plain"),
    ("json", "application/json"),
    ("pdf", "application/pdf"),
    ("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ("pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
    ("png", "image/png"),
    ("jpg", "image/jpeg"),
    ("jpeg", "image/jpeg"),
    ("webp", "image/webp"),
    ("heic", "image/heic"),
    ("gif", "image/gif"),
    ("wav", "audio/wav"),
    ("mp3", "audio/mpeg"),
    ("aac", "audio/aac"),
    ("ogg", "audio/ogg"),
    ("flac", "audio/flac"),
    ("mp4", "video/mp4"),
    ("mov", "video/quicktime"),
    ("mpeg", "video/mpeg"),
    ("webm", "video/webm"),
    ("jsonl", "application/jsonl"),
];

/// As much of a file tells text from what is none.
pub(super) const BEGINNING: usize = 4096;

/// Returns the type of a file by its first bytes (4096 are enough) and its name; none if it is not known.
#[must_use]
pub fn media_type(name: impl AsRef<Path>, beginning: &[u8]) -> Option<&'static str> {
    let name = name.as_ref();
    let by_bytes = BEGINNINGS.iter().find(|(bytes, _)| beginning.starts_with(bytes));
    let ending = name.extension().and_then(|end| end.to_str()).map(str::to_ascii_lowercase);
    let by_name =
        || ENDINGS.iter().find(|(end, _)| ending.as_deref() == Some(end)).map(|(_, kind)| *kind);
    let by_text = || is_text(beginning).then_some("text/plain");
    by_bytes.map(|(_, kind)| *kind).or_else(by_name).or_else(by_text)
}

/// Says whether bytes read like text: UTF-8, perhaps cut at its end, without control characters.
fn is_text(beginning: &[u8]) -> bool {
    let text = match std::str::from_utf8(beginning) {
        Ok(text) => text,
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(&beginning[..error.valid_up_to()]).unwrap_or_default()
        }
        Err(_) => return false,
    };
    let stray = |character: char| character.is_control() && !"\t\n\r\u{c}".contains(character);
    !text.is_empty() && !text.contains(stray)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_say_more_than_names() {
        let known = |name: &str, bytes: &[u8]| media_type(name, bytes);
        assert_eq!(known("a.TXT", b"x"), Some("text/plain"));
        assert_eq!(known("a.txt", b"%PDF-1.7"), Some("application/pdf"));
        assert_eq!(known("a.unknown", b"x\0"), None);
        assert_eq!(known("a", b"\xff\xfe"), None);
        assert_eq!(known("a", b""), None);
        assert_eq!(known("a", b"%PDF-1.7"), Some("application/pdf"));
    }

    #[test]
    fn what_reads_like_text_is_text() {
        assert_eq!(media_type("Makefile", b"all:\n\ttrue\n"), Some("text/plain"));
        // A character that is cut at the end of what was read.
        assert_eq!(
            media_type("notes.org", "ä".repeat(9).as_bytes().split_at(17).0),
            Some("text/plain")
        );
    }
}
