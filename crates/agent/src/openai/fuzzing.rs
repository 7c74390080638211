//! What must hold for everything that a program asks in OpenAI's words, and for everything that Google answers.
//!
//! In: any bytes. Out: nothing; a promise that is broken is a panic. The fuzz targets (`fuzz/`) and the tests of this
//! crate call the same functions.

use super::{Answer, Call, Refusal, Stamp, translate};
use bytes::Bytes;
use http::{HeaderMap, Method};
use serde_json::Value;

/// What the first byte of an input chooses.
const PATHS: [&str; 4] = ["chat/completions", "embeddings", "models", "models/"];

/// A request is either refused in OpenAI's shape, or becomes JSON for a model whose name is one segment of a path.
pub fn openai_request(data: &[u8]) {
    let Some((first, body)) = data.split_first() else { return };
    let path = PATHS[usize::from(*first) % PATHS.len()];
    let outcome = match path {
        "models/" => {
            let name = String::from_utf8_lossy(body);
            translate(&Method::GET, &format!("{path}{name}"), b"")
        }
        "models" => translate(&Method::GET, path, b""),
        _ => translate(&Method::POST, path, body),
    };
    match outcome {
        Ok(call) => is_sound(&call),
        Err(refusal) => is_shaped(&refusal, 400..=499),
    }
}

fn is_sound(call: &Call) {
    let path = call.path.as_str();
    let path =
        path.strip_suffix("?alt=sse").or(path.strip_suffix("?pageSize=1000")).unwrap_or(path);
    assert!(
        path.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/:-_.".contains(&byte)),
        "{path}"
    );
    assert!(
        path.matches('/').count() <= 1 && !path.contains("/.:") && !path.ends_with("/.."),
        "{path}"
    );
    assert!(!call.bodies.is_empty());
    for body in &call.bodies {
        let is_json = serde_json::from_slice::<Value>(body).is_ok_and(|body| body.is_object());
        assert!(is_json || call.method == Method::GET && body.is_empty());
    }
}

fn is_shaped(refusal: &Refusal, statuses: std::ops::RangeInclusive<u16>) {
    assert!(statuses.contains(&refusal.status()), "{refusal}");
    let body: Value = serde_json::from_slice(&refusal.body()).expect("JSON");
    assert!(body["error"]["message"].is_string() && body["error"]["type"].is_string());
    assert!(!refusal.to_string().contains(|character: char| character.is_control()));
}

/// An answer is JSON or a refusal; a stream is the same over any cut, and ends well or with one error.
pub fn openai_answer(data: &[u8]) {
    let [kind, size, reply @ ..] = data else { return };
    match kind % 4 {
        0 => is_shaped(
            &Refusal::of_google(400 + u16::from(*size), &HeaderMap::new(), reply),
            400..=655,
        ),
        1 => stream(reply, usize::from(*size).max(1)),
        2 => whole(&chat(false), reply),
        _ => {
            let call = translate(
                &Method::POST,
                "embeddings",
                br#"{"model":"m","input":"a","encoding_format":"base64"}"#,
            );
            whole(&call.expect("a call").answer, reply);
            whole(&translate(&Method::GET, "models", b"").expect("a call").answer, reply);
        }
    }
}

fn chat(stream: bool) -> Answer {
    let body = format!(
        r#"{{"model":"m","messages":[{{"role":"user","content":"a"}}],"stream":{stream}}}"#
    );
    translate(&Method::POST, "chat/completions", body.as_bytes()).expect("a call").answer
}

fn whole(answer: &Answer, reply: &[u8]) {
    match answer.whole(&[reply], &stamp()) {
        Ok(body) => assert!(serde_json::from_slice::<Value>(&body).expect("JSON").is_object()),
        Err(refusal) => is_shaped(&refusal, 502..=502),
    }
}

fn stream(reply: &[u8], size: usize) {
    let translated = |size: usize| {
        let mut chunks = chat(true).stream(stamp()).expect("a stream");
        let mut out = Vec::new();
        reply.chunks(size).for_each(|piece| out.extend(chunks.push(Bytes::copy_from_slice(piece))));
        out.extend(chunks.finish());
        assert!(
            chunks.push(Bytes::copy_from_slice(reply)).is_empty() && chunks.finish().is_empty()
        );
        out
    };
    let out = translated(reply.len().max(1));
    assert_eq!(translated(size), out);
    let text = String::from_utf8(out).expect("text");
    let events: Vec<&str> = text.strip_suffix("\n\n").expect("an event").split("\n\n").collect();
    let (last, earlier) = events.split_last().expect("an event");
    let read = |event: &str| {
        let data = event.strip_prefix("data: ").expect("data");
        serde_json::from_str::<Value>(data).expect("JSON")
    };
    assert!(earlier.iter().all(|event| read(event)["object"] == "chat.completion.chunk"));
    assert!(*last == "data: [DONE]" || read(last)["error"]["message"].is_string());
}

fn stamp() -> Stamp {
    Stamp { created: 0, id: "a".to_owned() }
}
