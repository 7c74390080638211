//! What a file is, by its first bytes, else by the end of its name.

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

/// Returns the type, if it is a known one.
pub(super) fn of(name: &Path, beginning: &[u8]) -> Option<&'static str> {
    let by_bytes = BEGINNINGS.iter().find(|(bytes, _)| beginning.starts_with(bytes));
    let ending = name.extension().and_then(|end| end.to_str()).map(str::to_ascii_lowercase);
    let by_name =
        || ENDINGS.iter().find(|(end, _)| ending.as_deref() == Some(end)).map(|(_, kind)| *kind);
    by_bytes.map(|(_, kind)| *kind).or_else(by_name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_say_more_than_names() {
        let known = |name: &str, bytes: &[u8]| of(Path::new(name), bytes);
        assert_eq!(known("a.TXT", b"x"), Some("text/plain"));
        assert_eq!(known("a.txt", b"%PDF-1.7"), Some("application/pdf"));
        assert_eq!(known("a.unknown", b"x"), None);
        assert_eq!(known("a", b"x"), None);
        assert_eq!(known("a", b"%PDF-1.7"), Some("application/pdf"));
    }
}
