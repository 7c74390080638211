//! One entry of a ZIP archive.
//!
//! In: the archive and the entry's name. Out: the entry's bytes, or none if it is not there or too large.
//! Specification: PKWARE's APPNOTE.TXT, sections 4.3.7, 4.3.12 and 4.3.16. Our own reader of the part that is needed:
//! entries that are stored or deflated. Not here: ZIP64, encryption, archives of several files.

use miniz_oxide::inflate::decompress_to_vec_with_limit;

const STORED: u16 = 0;
const DEFLATED: u16 = 8;
/// The record at the end of an archive without the comment after it, which has at most 65,535 bytes.
const END: usize = 22;
const LONGEST_COMMENT: usize = 65_535;

pub(super) fn entry(archive: &[u8], name: &str, most: usize) -> Option<Vec<u8>> {
    let end = end_of_directory(archive)?;
    let mut at = number(archive, end + 16)?;
    for _ in 0..short(archive, end + 10)? {
        if archive.get(at..at + 4)? != b"PK\x01\x02" {
            return None;
        }
        let names = at + 46;
        let lengths = [28, 30, 32].map(|place| short(archive, at + place).map(usize::from));
        let [length, extra, comment] = [lengths[0]?, lengths[1]?, lengths[2]?];
        if archive.get(names..names + length)? == name.as_bytes() {
            return content(archive, at, most);
        }
        at = names + length + extra + comment;
    }
    None
}

/// The bytes of the entry whose place in the directory this is.
fn content(archive: &[u8], at: usize, most: usize) -> Option<Vec<u8>> {
    let (method, size) = (short(archive, at + 10)?, number(archive, at + 20)?);
    let head = number(archive, at + 42)?;
    let start = head
        + 30
        + usize::from(short(archive, head.checked_add(26)?)?)
        + usize::from(short(archive, head + 28)?);
    let bytes = archive.get(start..start.checked_add(size)?)?;
    match method {
        STORED if size <= most => Some(bytes.to_vec()),
        DEFLATED => decompress_to_vec_with_limit(bytes, most).ok(),
        _ => None,
    }
}

/// Where the record at the end begins.
fn end_of_directory(archive: &[u8]) -> Option<usize> {
    let last = archive.len().checked_sub(END)?;
    let first = last.saturating_sub(LONGEST_COMMENT);
    (first..=last).rev().find(|at| archive[*at..].starts_with(b"PK\x05\x06"))
}

fn short(bytes: &[u8], at: usize) -> Option<u16> {
    let bytes = bytes.get(at..at.checked_add(2)?)?;
    Some(u16::from_le_bytes(bytes.try_into().ok()?))
}

fn number(bytes: &[u8], at: usize) -> Option<usize> {
    let bytes = bytes.get(at..at.checked_add(4)?)?;
    usize::try_from(u32::from_le_bytes(bytes.try_into().ok()?)).ok()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use miniz_oxide::deflate::compress_to_vec;

    /// An archive of these entries; the second is stored, all others are deflated.
    pub(in super::super) fn archive(entries: &[(&str, &[u8])]) -> Vec<u8> {
        let (mut archive, mut directory) = (Vec::new(), Vec::new());
        for (at, (name, content)) in entries.iter().enumerate() {
            let packed = if at == 1 { content.to_vec() } else { compress_to_vec(content, 6) };
            let method = if at == 1 { STORED } else { DEFLATED };
            let place = u32::try_from(archive.len()).expect("a place");
            let mut sizes = vec![20, 0, 20, 0, 0, 0];
            sizes.extend(method.to_le_bytes());
            sizes.extend([0; 8]);
            sizes.extend(u32::try_from(packed.len()).expect("a size").to_le_bytes());
            sizes.extend(u32::try_from(content.len()).expect("a size").to_le_bytes());
            sizes.extend(u16::try_from(name.len()).expect("a name").to_le_bytes());
            archive.extend(b"PK\x03\x04");
            // The version that made it is in the directory alone.
            archive.extend(&sizes[2..]);
            // An extra field that the directory does not have.
            archive.extend([3, 0]);
            archive.extend(name.as_bytes());
            archive.extend([9; 3]);
            archive.extend(&packed);
            directory.extend(b"PK\x01\x02");
            directory.extend(&sizes);
            directory.extend([0; 12]);
            directory.extend(place.to_le_bytes());
            directory.extend(name.as_bytes());
        }
        let (count, place) = (u16::try_from(entries.len()).expect("few"), archive.len());
        let size = u32::try_from(directory.len()).expect("a size");
        archive.extend(&directory);
        archive.extend(b"PK\x05\x06\0\0\0\0");
        archive.extend([count.to_le_bytes(), count.to_le_bytes()].concat());
        archive.extend(size.to_le_bytes());
        archive.extend(u32::try_from(place).expect("a place").to_le_bytes());
        archive.extend(b"\x07\0comment");
        archive
    }

    #[test]
    fn entries_are_found_by_their_names() {
        let archive = archive(&[("a", b"one"), ("b/c", b"two"), ("d", &[7; 1000])]);
        assert_eq!(entry(&archive, "a", 3).as_deref(), Some(&b"one"[..]));
        assert_eq!(entry(&archive, "b/c", 3).as_deref(), Some(&b"two"[..]));
        assert_eq!(entry(&archive, "d", 1000), Some(vec![7; 1000]));
        for (name, most) in [("d", 999), ("b/c", 2), ("c", 9), ("", 9)] {
            assert_eq!(entry(&archive, name, most), None, "{name}");
        }
    }

    #[test]
    fn broken_archives_have_no_entries_and_end() {
        let whole = archive(&[("a", b"one"), ("b", b"two")]);
        for at in 0..whole.len() {
            let _ = entry(&whole[..at], "b", 9);
            let _ = entry(&whole[at..], "b", 9);
            let mut broken = whole.clone();
            broken[at] = 0xff;
            let _ = entry(&broken, "b", 9);
        }
        assert_eq!(entry(b"", "a", 9), None);
    }
}
