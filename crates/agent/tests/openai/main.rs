//! OpenAI's dialect, as texts: what a program sends, what Google is asked, what Google answers, what the program gets.
//!
//! Every text is written by hand; nothing is read with a type of the library.

mod answers;
mod errors;
mod messages;
mod others;
mod refused;
mod settings;
mod streams;

use hallpass_agent::openai::{Call, Chunks, Refusal, Stamp, translate};
use http::Method;
use serde_json::Value;

/// Reads a text of the test's own, or one that came out.
pub(crate) fn json(text: impl AsRef<[u8]>) -> Value {
    let text = text.as_ref();
    serde_json::from_slice(text).unwrap_or_else(|_| panic!("{}", text.escape_ascii()))
}

pub(crate) fn asked(body: &str) -> Result<Call, Refusal> {
    translate(&Method::POST, "chat/completions", body.as_bytes())
}

/// Asks with these fields beside a model and a message.
pub(crate) fn asked_with(fields: &str) -> Result<Call, Refusal> {
    asked(&format!(
        r#"{{"model":"gemini-3.5-flash","messages":[{{"role":"user","content":"Hello"}}],{fields}}}"#
    ))
}

/// Asks with these messages.
pub(crate) fn said(messages: &str) -> Result<Call, Refusal> {
    asked(&format!(r#"{{"model":"gemini-3.5-flash","messages":[{messages}]}}"#))
}

/// What Google is asked by the one request of a call.
pub(crate) fn sent(call: Result<Call, Refusal>) -> Value {
    let call = call.expect("a call");
    assert_eq!(call.bodies.len(), 1);
    json(&call.bodies[0])
}

/// The status and the error of a refusal.
pub(crate) fn refused<T: std::fmt::Debug>(outcome: Result<T, Refusal>) -> (u16, Value) {
    let refusal = outcome.expect_err("a refusal");
    (refusal.status(), json(refusal.body()))
}

pub(crate) fn stamp() -> Stamp {
    Stamp { created: 1_800_000_000, id: "made".to_owned() }
}

/// What a program gets for this reply to a plain question.
pub(crate) fn answered(reply: &str) -> Value {
    let call = asked_with(r#""n":1"#).expect("a call");
    json(call.answer.whole(&[reply], &stamp()).expect("an answer"))
}

pub(crate) fn stream(fields: &str) -> Chunks {
    let call = asked_with(&format!(r#""stream":true{fields}"#)).expect("a call");
    call.answer.stream(stamp()).expect("a stream")
}

/// The data of the events.
pub(crate) fn events(bytes: Vec<u8>) -> Vec<String> {
    let text = String::from_utf8(bytes).expect("text");
    let events = text.split_terminator("\n\n");
    events.map(|event| event.strip_prefix("data: ").expect("data").to_owned()).collect()
}
