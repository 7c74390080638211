//! What one message says: texts, pictures, sound and documents.
//!
//! Bytes come in data addresses and go to Google as they are. An address of the web is refused, because nothing here opens
//! connections for a caller; one that Google itself reads (its files, its storage, YouTube) is passed on.

use super::fields::Fields;
use super::refusal::Refusal;
use hallpass_gemini::generate::{Blob, FileData, Part};
use serde_json::Value;

/// What Google reads by itself, without a credential of the caller.
const GOOGLE_READS: [&str; 5] = [
    "https://generativelanguage.googleapis.com/",
    "https://www.youtube.com/watch?",
    "https://youtube.com/watch?",
    "https://youtu.be/",
    "gs://",
];

/// How finely pictures are looked at: Google has one setting for all of them, so the finest that is asked for counts.
#[derive(Debug, Default)]
pub(super) struct Media(Option<Detail>);

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Detail {
    Low,
    High,
}

impl Media {
    pub(super) fn resolution(&self) -> Option<&'static str> {
        self.0.map(|detail| match detail {
            Detail::Low => "MEDIA_RESOLUTION_LOW",
            Detail::High => "MEDIA_RESOLUTION_HIGH",
        })
    }
}

/// Reads a content that can be nothing but text.
pub(super) fn texts(content: Value, at: &str) -> Result<Vec<Part>, Refusal> {
    read(content, at, |kind, part| match kind {
        "text" => text(part, "text"),
        "refusal" => text(part, "refusal"),
        _ => Err(part.foreign("type", "has to be `text` in a message of this role")),
    })
}

/// Reads what a user says.
pub(super) fn user(content: Value, at: &str, media: &mut Media) -> Result<Vec<Part>, Refusal> {
    let parts = read(content, at, |kind, part| match kind {
        "text" => text(part, "text"),
        "image_url" => image(part, media),
        "input_audio" => sound(part),
        "file" => document(part),
        _ => Err(part.foreign("type", "has to be `text`, `image_url`, `input_audio` or `file`")),
    })?;
    if parts.is_empty() {
        return Err(Refusal::value(at, format!("`{at}` is empty")));
    }
    Ok(parts)
}

fn read(
    content: Value,
    at: &str,
    mut one: impl FnMut(&str, &mut Fields) -> Result<Part, Refusal>,
) -> Result<Vec<Part>, Refusal> {
    let list = match content {
        Value::String(text) => return Ok(vec![Part::text(text)]),
        Value::Array(list) => list,
        _ => {
            return Err(Refusal::value(
                at,
                format!("`{at}` has to be a string or a list of parts"),
            ));
        }
    };
    let parts = list.into_iter().enumerate().map(|(index, part)| {
        let mut part = Fields::of(part, &format!("{at}[{index}]"))?;
        let kind = part.text("type")?;
        let kind = part.required("type", kind)?;
        let read = one(&kind, &mut part)?;
        part.end()?;
        Ok(read)
    });
    parts.collect()
}

fn text(part: &mut Fields, field: &str) -> Result<Part, Refusal> {
    let text = part.text(field)?;
    Ok(Part::text(part.required(field, text)?))
}

fn image(part: &mut Fields, media: &mut Media) -> Result<Part, Refusal> {
    let image = part.object("image_url")?;
    let mut image = part.required("image_url", image)?;
    let detail = match image.text("detail")?.as_deref() {
        None | Some("auto") => None,
        Some("low") => Some(Detail::Low),
        Some("high") => Some(Detail::High),
        Some(_) => return Err(image.foreign("detail", "has to be `auto`, `low` or `high`")),
    };
    media.0 = media.0.max(detail);
    let url = image.text("url")?;
    let url = image.required("url", url)?;
    let read = if GOOGLE_READS.iter().any(|start| url.starts_with(start)) {
        file(url)
    } else {
        data(&url).ok_or_else(|| {
            image.foreign(
                "url",
                "has to be a data address (`data:image/png;base64,…`) or a file of Google's: no other address is fetched",
            )
        })?
    };
    image.end()?;
    Ok(read)
}

fn sound(part: &mut Fields) -> Result<Part, Refusal> {
    let sound = part.object("input_audio")?;
    let mut sound = part.required("input_audio", sound)?;
    let format = sound.text("format")?;
    let mime_type = match sound.required("format", format)?.as_str() {
        "wav" => "audio/wav",
        "mp3" => "audio/mp3",
        _ => return Err(sound.foreign("format", "has to be `wav` or `mp3`")),
    };
    let data = sound.text("data")?;
    let data = sound.required("data", data)?;
    if !is_base64(&data) {
        return Err(sound.wrong("data", "has to be base64"));
    }
    sound.end()?;
    Ok(bytes(mime_type, &data))
}

fn document(part: &mut Fields) -> Result<Part, Refusal> {
    let document = part.object("file")?;
    let mut document = part.required("file", document)?;
    if document.take("file_id").is_some() {
        return Err(document.foreign("file_id", "names a file at OpenAI: send `file_data`"));
    }
    let address = document.text("file_data")?;
    let address = document.required("file_data", address)?;
    let read = data(&address).ok_or_else(|| {
        document.foreign("file_data", "has to be a data address (`data:application/pdf;base64,…`)")
    })?;
    document.skip(&["filename"]);
    document.end()?;
    Ok(read)
}

/// Reads `data:TYPE;base64,DATA` (RFC 2397).
fn data(url: &str) -> Option<Part> {
    let (scheme, rest) = url.split_once(':')?;
    let (head, data) = rest.split_once(',')?;
    let (kind, coding) = head.rsplit_once(';')?;
    let is_ours = scheme.eq_ignore_ascii_case("data") && coding.eq_ignore_ascii_case("base64");
    // Parameters of the type, such as `;charset=utf-8`, mean nothing to Google.
    let kind = kind.split(';').next()?;
    (is_ours && kind.contains('/') && is_base64(data)).then(|| bytes(kind, data))
}

fn is_base64(data: &str) -> bool {
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || b"+/-_=".contains(&byte);
    !data.is_empty() && data.bytes().all(letter)
}

fn bytes(mime_type: &str, data: &str) -> Part {
    let mut blob = Blob::default();
    (blob.mime_type, blob.data) = (mime_type.to_owned(), data.to_owned());
    let mut part = Part::default();
    part.inline_data = Some(blob);
    part
}

fn file(uri: String) -> Part {
    let mut file = FileData::default();
    file.file_uri = uri;
    let mut part = Part::default();
    part.file_data = Some(file);
    part
}
