//! The body of a multipart upload: a description in JSON, then the file (RFC 2387).
//!
//! In: the content type with its boundary, and the body. Out: the two parts. Such a body is read whole, so it is
//! limited; larger files are uploaded by the resumable protocol.

/// What such a body holds.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Parts<'a> {
    pub(super) description: &'a [u8],
    pub(super) mime_type: Option<&'a str>,
    pub(super) file: &'a [u8],
}

pub(super) fn read<'a>(content_type: &str, body: &'a [u8]) -> Option<Parts<'a>> {
    let boundary = content_type.split(';').skip(1).find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim().eq_ignore_ascii_case("boundary").then(|| value.trim().trim_matches('"'))
    })?;
    // googleapiclient ends its lines with LF.
    let delimiter = format!("\n--{boundary}");
    let opening = delimiter.trim_start();
    let mut rest = &body[find(body, opening.as_bytes())? + opening.len()..];
    let mut parts = [&[][..]; 2];
    for part in &mut parts {
        let end = find(rest, delimiter.as_bytes())?;
        *part = rest[..end].strip_suffix(b"\r").unwrap_or(&rest[..end]);
        rest = &rest[end + delimiter.len()..];
    }
    let (_, description) = headed(parts[0])?;
    let (mime_type, file) = headed(parts[1])?;
    Some(Parts { description, mime_type, file })
}

/// The type that a part's head names, and its body.
fn headed(part: &[u8]) -> Option<(Option<&str>, &[u8])> {
    let empty_lines: [&[u8]; 2] = [b"\r\n\r\n", b"\n\n"];
    let ends = empty_lines.iter().filter_map(|line| Some((find(part, line)?, line.len())));
    let (at, length) = ends.min()?;
    let head = std::str::from_utf8(&part[..at]).ok()?;
    let mime_type = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.trim().eq_ignore_ascii_case("content-type").then(|| value.trim())
    });
    Some((mime_type, &part[at + length..]))
}

fn find(text: &[u8], pattern: &[u8]) -> Option<usize> {
    text.windows(pattern.len()).position(|window| window == pattern)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_line_ends_are_read() {
        for end in ["\r\n", "\n"] {
            let body = [
                "--b",
                "Content-Type: application/json",
                "",
                "{}",
                "--b",
                "Content-Type: text/plain",
                "",
                "one\r\n\r\ntwo\n",
                "--b--",
                "",
            ]
            .join(end);
            let parts = read("multipart/related; boundary=\"b\"", body.as_bytes()).expect("parts");
            let file: &[u8] = b"one\r\n\r\ntwo\n";
            assert_eq!(parts, Parts { description: b"{}", mime_type: Some("text/plain"), file });
        }
    }

    #[test]
    fn what_is_no_multipart_body_is_refused() {
        for body in ["", "--b", "--b\r\n\r\n{}", "--b\r\n\r\n{}\r\n--b\r\nx\r\n--b--", "\n--b"] {
            assert_eq!(read("multipart/related; boundary=b", body.as_bytes()), None, "{body}");
        }
        assert_eq!(read("application/json", b"--b\r\n\r\n{}\r\n--b\r\n\r\nx\r\n--b--"), None);
    }
}
