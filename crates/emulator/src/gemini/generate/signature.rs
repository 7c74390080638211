//! Thought signatures: made for what a model says, demanded where it comes back.
//!
//! In: a part. Out: its signature; or, for the contents of a request, the refusal. Which models demand them, the
//! words of all three refusals and that the position is that of the content, counted from 1: captures. That the
//! turn which is going on alone is checked, and that the first of parallel calls alone carries one: remembered; the
//! second is a switch. What is in a signature is the emulator's own: whose call it belongs to.

use super::asked::{Asked, parts};
use crate::api::error::ApiError;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// The start of every signature, so that one of another issuer is told apart.
const MARK: &[u8] = b"\x12hallpass";
const DIGEST: usize = 24;
/// What stands for a signature that the caller does not have; the second is remembered.
const SENTINELS: [&str; 2] =
    ["skip_thought_signature_validator", "context_engineering_is_the_way_to_go"];
const HELP: &str =
    "Please refer to https://ai.google.dev/gemini-api/docs/thought-signatures for more details.";

/// Whether a model refuses calls without signatures: those of the third generation.
pub(crate) fn demanded_by(model: &str) -> bool {
    model.starts_with("gemini-3") || matches!(model, "gemini-flash-latest" | "gemini-pro-latest")
}

/// The signature of a call.
pub(super) fn of_call(call: &Value) -> String {
    made(b'c', &call_digest(call))
}

/// The signature of a text, which may come back on any part.
pub(super) fn of_text(text: &str) -> String {
    made(b't', &Sha256::digest(text))
}

/// The parts of calls, the first of them signed.
pub(super) fn signed(asked: &Asked<'_>, calls: &[Value]) -> Vec<Value> {
    let is_signed = |at: usize| at == 0 || !asked.switches.signature_on_first_call_only;
    let part = |(at, call): (usize, &Value)| {
        let mut part = json!({"functionCall": call});
        if is_signed(at) {
            part["thoughtSignature"] = of_call(call).into();
        }
        part
    };
    calls.iter().enumerate().map(part).collect()
}

fn made(kind: u8, digest: &[u8]) -> String {
    let mut bytes = [MARK, &[kind], &digest[..DIGEST]].concat();
    let check = Sha256::digest(&bytes);
    bytes.extend_from_slice(&check[..8]);
    BASE64_STANDARD.encode(bytes)
}

/// The same for `1` and `1.0`, which clients of protobuf do not tell apart.
fn call_digest(call: &Value) -> Vec<u8> {
    let mut digest = Sha256::new();
    digest.update(call["name"].as_str().unwrap_or_default());
    put(&mut digest, &call["args"]);
    digest.finalize().to_vec()
}

fn put(digest: &mut Sha256, value: &Value) {
    match value {
        Value::Number(number) => digest.update(number.as_f64().unwrap_or_default().to_be_bytes()),
        Value::Array(list) => {
            digest.update("[");
            list.iter().for_each(|one| put(digest, one));
            digest.update("]");
        }
        Value::Object(fields) => {
            digest.update("{");
            for (name, one) in fields {
                digest.update(name);
                digest.update("\0");
                put(digest, one);
            }
            digest.update("}");
        }
        // Arguments that are left out are an empty object.
        Value::Null => digest.update("{}"),
        other => digest.update(other.to_string()),
    }
}

enum Verdict {
    Good,
    /// Not one of this issuer's.
    Corrupted,
    /// That of another part.
    Elsewhere,
}

fn judge(signature: &str, part: &Value) -> Verdict {
    let standard = signature.replace('-', "+").replace('_', "/");
    let bytes = BASE64_STANDARD.decode(&standard).unwrap_or_default();
    if SENTINELS.iter().any(|sentinel| *sentinel == signature || sentinel.as_bytes() == bytes) {
        return Verdict::Good;
    }
    let Some((body, check)) = bytes.split_last_chunk::<8>() else { return Verdict::Corrupted };
    let genuine = body.strip_prefix(MARK).filter(|_| Sha256::digest(body).starts_with(check));
    match genuine.and_then(<[u8]>::split_first) {
        None => Verdict::Corrupted,
        Some((b'c', digest)) if part["functionCall"].is_object() => {
            let own = call_digest(&part["functionCall"]);
            if own.starts_with(digest) { Verdict::Good } else { Verdict::Elsewhere }
        }
        Some((b'c', _)) => Verdict::Elsewhere,
        Some(_) => Verdict::Good,
    }
}

/// Refuses contents whose signatures are lost, moved or another's.
pub(super) fn check(asked: &Asked<'_>) -> Result<(), ApiError> {
    let contents = asked.contents();
    let invalid = |words: &str| Err(ApiError::InvalidArgument(words.to_owned()));
    for part in contents.iter().flat_map(parts) {
        let Some(signature) = part["thoughtSignature"].as_str().filter(|one| !one.is_empty())
        else {
            continue;
        };
        match judge(signature, part) {
            Verdict::Good => {}
            Verdict::Corrupted => return invalid("Corrupted thought signature."),
            Verdict::Elsewhere => return invalid("Invalid thought signature."),
        }
    }
    if !demanded_by(asked.model) {
        return Ok(());
    }
    let begin = contents.iter().rposition(begins_turn).unwrap_or_default();
    for (at, content) in contents.iter().enumerate().skip(begin) {
        let mut calls = parts(content).filter(|part| part["functionCall"].is_object());
        let bare = |part: &&Value| part["thoughtSignature"].as_str().is_none_or(str::is_empty);
        let lost = if asked.switches.signature_on_first_call_only {
            calls.next().filter(bare)
        } else {
            calls.find(bare)
        };
        if let Some(part) = lost {
            return Err(missing(&part["functionCall"], at + 1));
        }
    }
    Ok(())
}

/// A turn begins with what a user says, not with the answers of functions.
fn begins_turn(content: &Value) -> bool {
    content["role"] != "model" && parts(content).any(|part| !part["functionResponse"].is_object())
}

fn missing(call: &Value, position: usize) -> ApiError {
    let name = call["name"].as_str().unwrap_or_default();
    ApiError::InvalidArgument(format!(
        "Function call is missing a thought_signature in functionCall parts. This is required for tools to work \
         correctly, and missing thought_signature may lead to degraded model performance. Additional data, \
         function call `default_api:{name}` , position {position}. {HELP}"
    ))
}
