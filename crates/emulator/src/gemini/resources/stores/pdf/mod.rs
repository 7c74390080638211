//! The text of a PDF, page by page.
//!
//! In: the file. Out: text with page numbers from 1, or why there is none: encrypted files and scans have none to read.
//! Specification: ISO 32000-1. Our own reader of the part that text needs: the crates that read PDF bring twenty others,
//! and the emulator is in every binary of the command. Compressed streams are inflated by `miniz_oxide`.

mod content;
mod letters;
mod objects;
mod value;

use letters::Letters;
use objects::Objects;
use std::collections::{BTreeMap, BTreeSet};
use value::Value;

/// A document of more pages is read up to here.
const MOST_PAGES: usize = 5_000;
/// Pages within pages.
const DEEPEST: usize = 32;

pub(super) fn pages(file: &[u8]) -> Result<Vec<(Option<u32>, String)>, String> {
    if objects::find(file, b"/Encrypt", 0).is_some() {
        return Err("The PDF is encrypted.".into());
    }
    let objects = Objects::read(file);
    let texts = numbers(&objects).into_iter().filter_map(|number| {
        let page = &objects.get(number)?.value;
        Some(content::text(&stream(&objects, page), &fonts(&objects, page)))
    });
    let pages: Vec<_> = (1..).map(Some).zip(texts).collect();
    if pages.iter().any(|(_, text)| text.chars().any(char::is_alphanumeric)) {
        Ok(pages)
    } else {
        Err("The PDF has no text; it may be a scan.".into())
    }
}

/// The numbers of the pages, in their order.
fn numbers(objects: &Objects) -> Vec<u32> {
    let is = |value: &Value, kind: &str| value.key("Type").is_some_and(|own| own.is_name(kind));
    let catalogs = objects.iter().filter(|(_, object)| is(&object.value, "Catalog"));
    let roots = catalogs.filter_map(|(_, object)| reference(object.value.key("Pages")?));
    // Of several versions of a document the last one counts.
    let mut waiting: Vec<u32> = roots.last().into_iter().collect();
    let (mut ordered, mut seen) = (Vec::new(), BTreeSet::new());
    while let Some(number) = waiting.pop().filter(|_| ordered.len() < MOST_PAGES) {
        let Some(object) = objects.get(number).filter(|_| seen.insert(number)) else { continue };
        match objects.key(&object.value, "Kids") {
            Some(Value::List(kids)) => waiting.extend(kids.iter().rev().filter_map(reference)),
            _ => ordered.push(number),
        }
    }
    if ordered.is_empty() {
        let pages = objects.iter().filter(|(_, object)| is(&object.value, "Page"));
        ordered = pages.map(|(number, _)| number).take(MOST_PAGES).collect();
    }
    ordered
}

fn reference(value: &Value) -> Option<u32> {
    match value {
        Value::Reference(number) => Some(*number),
        _ => None,
    }
}

/// The content of a page: one stream, or several that are one.
fn stream(objects: &Objects, page: &Value) -> Vec<u8> {
    let parts = match page.key("Contents") {
        Some(whole @ Value::Reference(_)) => match objects.resolved(whole) {
            Some(Value::List(list)) => list.clone(),
            _ => vec![whole.clone()],
        },
        Some(Value::List(list)) => list.clone(),
        _ => Vec::new(),
    };
    let streams = parts.iter().filter_map(|part| objects.get(reference(part)?)?.stream.as_deref());
    streams.collect::<Vec<_>>().join(&b'\n')
}

/// The fonts of a page by the names that its content uses; those of the pages above it count, too.
fn fonts(objects: &Objects, page: &Value) -> BTreeMap<String, Letters> {
    let mut fonts = BTreeMap::new();
    let mut place = Some(page);
    for _ in 0..DEEPEST {
        let Some(value) = place else { break };
        let resources = objects.key(value, "Resources");
        let own = resources.and_then(|resources| objects.key(resources, "Font"));
        if let Some(Value::Dictionary(entries)) = own {
            for (name, font) in entries {
                fonts.entry(name.clone()).or_insert_with(|| letters(objects, font));
            }
        }
        place = objects.key(value, "Parent");
    }
    fonts
}

fn letters(objects: &Objects, font: &Value) -> Letters {
    let table = || {
        let table = objects.resolved(font)?.key("ToUnicode")?;
        objects.get(reference(table)?)?.stream.as_deref()
    };
    table().map_or_else(Letters::latin, Letters::of_table)
}

#[cfg(test)]
mod tests {
    use super::*;
    use miniz_oxide::deflate::compress_to_vec_zlib;

    /// Two pages: literal text in the second; in the first, codes with a table, and objects that lie in a stream.
    fn file() -> Vec<u8> {
        let table = b"1 begincodespacerange <0000> <FFFF> endcodespacerange 1 beginbfchar <0003> <00480069> endbfchar \
                      1 beginbfrange <0010> <0012> <0061> endbfrange";
        let packed = b"4 0 5 58  <</Type/Page/Parent 2 0 R/Contents 7 0 R/Resources 5 0 R>>  <</Font<</F1 6 0 R>>>>";
        let first = compress_to_vec_zlib(
            b"BT /F1 12 Tf 1 0 0 1 0 700 Tm <0003> Tj [<0010> -300 <0011>] TJ ET",
            6,
        );
        let mut file = b"%PDF-1.5\n1 0 obj <</Type/Catalog/Pages 2 0 R>> endobj\n\
            2 0 obj <</Type/Pages/Kids[4 0 R 3 0 R]/Count 2>> endobj\n\
            3 0 obj <</Type/Page/Parent 2 0 R/Contents [8 0 R]>> endobj\n\
            6 0 obj <</Type/Font/ToUnicode 9 0 R>> endobj\n"
            .to_vec();
        let mut add = |head: &str, stream: &[u8]| {
            file.extend(head.bytes());
            file.extend_from_slice(b"stream\r\n");
            file.extend_from_slice(stream);
            file.extend_from_slice(b"\nendstream endobj\n");
        };
        add(&format!("10 0 obj <</Type/ObjStm/N 2/First 10/Length {}>>", packed.len()), packed);
        add(&format!("7 0 obj <</Filter/FlateDecode/Length {}>>", first.len()), &first);
        add(
            "8 0 obj <</Length 11 0 R>>",
            b"BT /F9 9 Tf (Caf\\351 \\223x\\224) Tj 0 -12 Td (two) Tj T* (three) ' ET",
        );
        add("9 0 obj <<>>", table);
        file
    }

    #[test]
    fn pages_come_in_their_order_with_the_letters_of_their_fonts() {
        let pages = pages(&file()).expect("pages");
        assert_eq!(
            pages,
            [(Some(1), "Hia b".to_owned()), (Some(2), "Café “x”\ntwo\nthree".to_owned())]
        );
    }

    #[test]
    fn letters_that_are_moved_for_kerning_stay_one_word() {
        let text = |stream: &[u8]| content::text(stream, &BTreeMap::new());
        assert_eq!(
            text(b"BT /F 10 Tf (T) Tj 4.5 0 Td (uesday) Tj 60 0 Td (noon) Tj ET"),
            "Tuesday noon"
        );
        let matrices = b"BT /F 1 Tf 10 0 0 10 0 700 Tm (T) Tj 10 0 0 10 5 700 Tm (uesday) Tj 10 0 0 10 65 700 Tm (noon) Tj ET";
        assert_eq!(text(matrices), "Tuesday noon");
    }

    #[test]
    fn files_without_text_say_so_and_broken_ones_end() {
        assert_eq!(
            pages(b"%PDF-1.4 trailer <</Encrypt 1 0 R>>"),
            Err("The PDF is encrypted.".into())
        );
        assert_eq!(pages(b"%PDF-1.4"), Err("The PDF has no text; it may be a scan.".into()));
        let whole = file();
        for end in 0..whole.len() {
            let _ = pages(&whole[..end]);
        }
        let circle =
            b"1 0 obj <</Type/Catalog/Pages 2 0 R>> 2 0 obj <</Kids[2 0 R 1 0 R]/Parent 2 0 R>>";
        pages(circle).expect_err("no page");
    }
}
