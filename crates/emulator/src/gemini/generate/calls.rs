//! Which functions an answer calls, and with which arguments.
//!
//! In: the declarations, the mode and the prompt. Out: `functionCall` objects. The rule: AUTO and VALIDATED call
//! each function that the prompt has a word of, of the name or else (from six letters) of the description; ANY calls the first
//! if there is none; NONE calls none. A function that takes one text is called once for each name in the
//! prompt. After the answers of functions AUTO calls nothing; ANY calls again, as Google's does.

use super::asked::{Asked, parts};
use super::sample::{Sample, Sampler};
use super::words::{LOOKED_AT, Words};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// Calls of one answer.
const MOST_CALLS: usize = 8;
/// Words of function names that say nothing.
const EMPTY_WORDS: [&str; 8] = ["get", "set", "the", "and", "for", "all", "new", "this"];

/// What a request says about functions.
#[derive(Debug)]
pub(super) struct Functions<'a> {
    pub(super) declared: Vec<&'a Value>,
    pub(super) mode: &'a str,
    pub(super) allowed: Vec<&'a str>,
}

impl<'a> Functions<'a> {
    pub(super) fn of(body: &'a Value) -> Self {
        let tools = body["tools"].as_array().into_iter().flatten();
        let declared = tools.filter_map(|tool| tool["functionDeclarations"].as_array()).flatten();
        let config = &body["toolConfig"]["functionCallingConfig"];
        let allowed = config["allowedFunctionNames"].as_array().into_iter().flatten();
        Self {
            declared: declared.collect(),
            mode: config["mode"]
                .as_str()
                .filter(|mode| *mode != "MODE_UNSPECIFIED")
                .unwrap_or("AUTO"),
            allowed: allowed.filter_map(Value::as_str).collect(),
        }
    }

    /// The calls of the next answer.
    pub(super) fn calls(&self, asked: &Asked<'_>) -> Vec<Value> {
        let last = asked.contents().last();
        let answered =
            last.is_some_and(|last| parts(last).any(|part| part["functionResponse"].is_object()));
        let must = self.mode == "ANY";
        if self.mode == "NONE" || answered && !must {
            return Vec::new();
        }
        let text: String = asked.last_text().chars().take(LOOKED_AT).collect();
        let text = text.as_str();
        let open = |one: &&&Value| {
            self.allowed.is_empty() || self.allowed.iter().any(|name| one["name"] == *name)
        };
        let open: Vec<&Value> = self.declared.iter().filter(open).copied().collect();
        let wanted = wanted(&open, text);
        let wanted = match wanted.is_empty() && must {
            true => open.into_iter().take(1).collect(),
            false => wanted,
        };
        let words = Words::of(text);
        let mut calls: Vec<Value> = wanted
            .into_iter()
            .flat_map(|function| calls_of(function, &words))
            .take(MOST_CALLS)
            .collect();
        for (at, call) in calls.iter_mut().enumerate() {
            call["id"] = id(asked, at).into();
        }
        calls
    }
}

/// The schema of a function's arguments, of whichever kind.
fn parameters(function: &Value) -> Option<&Value> {
    function.get("parameters").or_else(|| function.get("parametersJsonSchema"))
}

fn wanted<'a>(open: &[&'a Value], text: &str) -> Vec<&'a Value> {
    let prompt = split(text);
    let by = |key: &str, shortest: usize| -> Vec<&'a Value> {
        let fits = |function: &&&Value| {
            let own = split(function[key].as_str().unwrap_or_default());
            own.iter().any(|word| {
                word.len() >= shortest && prompt.iter().any(|other| is_same(word, other))
            })
        };
        open.iter().filter(fits).copied().collect()
    };
    let named = by("name", 3);
    if named.is_empty() { by("description", 6) } else { named }
}

/// Words in lower case, also those of `camelCase` and `snake_case`.
fn split(text: &str) -> Vec<String> {
    let mut spaced = String::new();
    for letter in text.chars() {
        if letter.is_uppercase() {
            spaced.push(' ');
        }
        spaced.push(if letter.is_alphanumeric() { letter } else { ' ' });
    }
    // `HTTPS` is taken apart above; the word as it stands counts too.
    let whole = text.split(|letter: char| !letter.is_alphanumeric());
    let words = spaced.split_whitespace().chain(whole).map(str::to_lowercase);
    words.filter(|word| !EMPTY_WORDS.contains(&word.as_str())).collect()
}

/// Equal, or the start of each other: `light` and `lights`.
fn is_same(word: &str, other: &str) -> bool {
    let (short, long) = if word.len() <= other.len() { (word, other) } else { (other, word) };
    short == long || short.len() >= 4 && long.len() - short.len() <= 3 && long.starts_with(short)
}

fn calls_of(function: &Value, words: &Words) -> Vec<Value> {
    let call = |words: Words| {
        let args = parameters(function).and_then(|schema| Sampler::new(schema, words).make());
        let args = args.unwrap_or(Sample::Object(Vec::new()));
        json!({"name": function["name"], "args": args})
    };
    let names: Vec<&str> = words.names().take(MOST_CALLS).collect();
    if names.len() > 1 && takes_one_text(function) {
        return names.into_iter().map(|name| call(words.led_by(name))).collect();
    }
    vec![call(words.clone())]
}

fn takes_one_text(function: &Value) -> bool {
    let fields = parameters(function).and_then(|schema| schema["properties"].as_object());
    let free = |schema: &&Value| {
        let is_text =
            schema["type"].as_str().is_some_and(|kind| kind.eq_ignore_ascii_case("string"));
        is_text && ["enum", "format", "pattern"].iter().all(|key| schema.get(*key).is_none())
    };
    fields.is_some_and(|fields| fields.values().filter(free).count() == 1)
}

/// The same for the same request and place.
pub(super) fn id(asked: &Asked<'_>, at: usize) -> String {
    let digest = Sha256::digest(format!("call {at}\n{}\n{}", asked.model, asked.body));
    format!("call_{}", BASE64_URL_SAFE_NO_PAD.encode(&digest[..9]))
}
