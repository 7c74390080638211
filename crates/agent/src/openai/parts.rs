//! What stands beside the words, in both directions: `extra_content.google`, and calls with their names.
//!
//! `thought_signature` is Google's own extra, on a message or on a call. `parts` is ours: an answer with parts that OpenAI's
//! messages cannot hold (code that ran, pictures, several signatures) carries them all, and a message that comes back with
//! them is taken from there.

use super::fields::Fields;
use super::refusal::Refusal;
use hallpass_gemini::generate::{Candidate, Part};
use serde_json::{Map, Value, json};

/// The names of calls that Google has given none. They are taken off again on the way back.
const GENERATED: &str = "hallpass-call-";

/// Names a call.
pub(super) fn call_id(given: Option<&str>, answer: &str, candidate: u32, number: usize) -> String {
    match given.filter(|id| !id.is_empty()) {
        Some(id) => id.to_owned(),
        None => format!("{GENERATED}{answer}-{candidate}-{number}"),
    }
}

pub(super) fn is_generated(id: &str) -> bool {
    id.starts_with(GENERATED)
}

/// `extra_content.google` of a message or a call.
#[derive(Debug, Default)]
pub(super) struct Extra {
    pub(super) signature: Option<String>,
    pub(super) parts: Option<Vec<Part>>,
}

/// Takes it; extras of other servers mean nothing here.
pub(super) fn extra(object: &mut Fields) -> Result<Extra, Refusal> {
    let Some(mut content) = object.object("extra_content")? else { return Ok(Extra::default()) };
    let Some(mut google) = content.object("google")? else { return Ok(Extra::default()) };
    let signature = google.text("thought_signature")?;
    let parts = google.take("parts").map(|parts| {
        serde_json::from_value(parts)
            .map_err(|_| google.wrong("parts", "is not a list of parts of the Gemini API"))
    });
    Ok(Extra { signature, parts: parts.transpose()? })
}

/// Writes it.
pub(super) fn with_extra(object: &mut Map<String, Value>, field: &str, value: impl Into<Value>) {
    let extra = object.entry("extra_content").or_insert_with(|| json!({"google": {}}));
    if let Some(google) = extra["google"].as_object_mut() {
        google.insert(field.to_owned(), value.into());
    }
}

/// Adds where an answer is from.
pub(super) fn beside(choice: &mut Map<String, Value>, candidate: &Candidate) {
    for (field, value) in [
        ("grounding_metadata", &candidate.grounding_metadata),
        ("citation_metadata", &candidate.citation_metadata),
    ] {
        if let Some(value) = value {
            with_extra(choice, field, value.clone());
        }
    }
}

/// Returns a call in OpenAI's form, with its signature.
pub(super) fn call(part: &Part, id: &str, candidate: u32, number: usize) -> Option<Value> {
    let asked = part.function_call.as_ref()?;
    let mut call = Map::new();
    call.insert("id".to_owned(), call_id(asked.id.as_deref(), id, candidate, number).into());
    call.insert("type".to_owned(), "function".into());
    let arguments = Value::Object(asked.args.clone()).to_string();
    call.insert("function".to_owned(), json!({"name": asked.name, "arguments": arguments}));
    if let Some(signature) = &part.thought_signature {
        with_extra(&mut call, "thought_signature", signature.as_str());
    }
    Some(call.into())
}

/// What a part is, to OpenAI's messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Thought,
    Call,
    /// What they cannot hold.
    Other,
}

pub(super) fn kind(part: &Part) -> Kind {
    let alone = part.inline_data.is_none()
        && part.file_data.is_none()
        && part.function_response.is_none()
        && part.executable_code.is_none()
        && part.code_execution_result.is_none()
        && part.other.is_empty();
    match (&part.text, &part.function_call) {
        (Some(_), None) if alone && part.is_thought() => Kind::Thought,
        (Some(_), None) if alone => Kind::Text,
        (None, Some(_)) if alone && !part.is_thought() => Kind::Call,
        _ => Kind::Other,
    }
}

/// Says whether a message of text, calls and a signature each cannot give these parts back as they are.
pub(super) fn need_keeping(parts: &[Part]) -> bool {
    let (mut texts, mut is_signed, mut has_call) = (0, false, false);
    for part in parts {
        match kind(part) {
            Kind::Thought if part.thought_signature.is_none() => {}
            Kind::Thought | Kind::Other => return true,
            Kind::Call => has_call = true,
            // Bare texts beside each other are one text.
            Kind::Text if has_call || is_signed => return true,
            Kind::Text => {
                is_signed = part.thought_signature.is_some();
                if is_signed && texts > 0 {
                    return true;
                }
                texts += 1;
            }
        }
    }
    false
}
