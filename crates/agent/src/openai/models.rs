//! `models`: the list, and one of them.

use super::call::{Answer, Call, Form, model_path};
use super::refusal::Refusal;
use http::Method;
use serde_json::{Value, json};

/// OpenAI's list has no pages; Google gives at most this many models in one, ten times what there are.
const PAGE: u32 = 1000;

pub(super) fn list() -> Call {
    let path = format!("models?pageSize={PAGE}");
    Call { method: Method::GET, path, bodies: vec![Vec::new()], answer: Answer::of(Form::Models) }
}

pub(super) fn one(name: &str) -> Result<Call, Refusal> {
    let path = model_path(name)?;
    Ok(Call {
        method: Method::GET,
        path,
        bodies: vec![Vec::new()],
        answer: Answer::of(Form::Model),
    })
}

pub(super) fn listed(reply: &[u8]) -> Result<Value, Refusal> {
    let reply = read(reply)?;
    // Google leaves out an empty list.
    let models = reply["models"].as_array().map_or(&[][..], Vec::as_slice);
    let models = models.iter().map(model).collect::<Result<Vec<_>, _>>()?;
    Ok(json!({"object": "list", "data": models}))
}

pub(super) fn described(reply: &[u8]) -> Result<Value, Refusal> {
    model(&read(reply)?)
}

fn read(reply: &[u8]) -> Result<Value, Refusal> {
    let value = serde_json::from_slice(reply).ok().filter(Value::is_object);
    value.ok_or_else(|| Refusal::unexpected("it is not the JSON that was asked for"))
}

/// Google does not say when a model was made; SDKs want a number.
fn model(model: &Value) -> Result<Value, Refusal> {
    let name = model["name"].as_str().ok_or_else(|| Refusal::unexpected("a model has no name"))?;
    let mut described = json!({"id": name, "object": "model", "created": 0, "owned_by": "google"});
    if let Some(title) = model["displayName"].as_str() {
        described["display_name"] = title.into();
    }
    Ok(described)
}
