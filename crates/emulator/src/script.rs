//! Scripts: what models answer to the requests that a test describes.
//!
//! In: scripts from a test, and each request to a model. Out: the answer that is scripted for it, used as often as the
//! script says, in the order of the scripts; and a record of what was asked. It imitates the wire, not the model.

use crate::GeminiFault;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::VecDeque;

/// More scripts than this are a test that ran away.
const MAX_SCRIPTS: usize = 1_000;
/// What is kept of what was asked.
const MAX_ASKED: usize = 1_000;
const MAX_TEXT: usize = 4 * 1024;
/// What is kept of the tools and of the files of a request.
const MAX_NAMES: usize = 200;

/// Which requests to a model a script or an expectation is about; what is left out fits all.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Matching {
    /// The model, without `models/`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) model: Option<String>,
    /// Such as `generateContent`; also that of a stream, a batch and an interaction.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) method: Option<String>,
    /// A piece of a text or of a function's answer in the last content.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) text: Option<String>,
    /// A declared function, or a tool of Google's such as `googleSearch`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) tool: Option<String>,
    /// A piece of the URI of a file, of its name, or of the name of a File Search store.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) file: Option<String>,
}

/// What a model answers to requests of a kind.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[must_use]
pub struct Script {
    #[serde(default, rename = "match")]
    matching: Matching,
    answer: ScriptedAnswer,
    /// How often it is used; `null` is without end.
    #[serde(default = "once")]
    times: Option<u32>,
    /// How long the answer waits, in real time.
    #[serde(default, skip_serializing_if = "is_zero")]
    delay_milliseconds: u64,
}

fn once() -> Option<u32> {
    Some(1)
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// An answer that a test wrote. What is left out is made by the emulator.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[must_use]
#[non_exhaustive]
pub struct ScriptedAnswer {
    /// What the model says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// What it thinks before, shown as a thought.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thought: Option<String>,
    /// The functions that it calls, in order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub calls: Vec<ScriptedCall>,
    /// Such as `SAFETY`; `STOP` unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finish_reason: Option<String>,
    /// The words beside the reason.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finish_message: Option<String>,
    /// Blocks the prompt: no candidate, this reason.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub block_reason: Option<String>,
    /// In how many requests more than one the text comes, by `CONTINUATION`.
    #[serde(skip_serializing_if = "is_none_or_zero")]
    pub continuations: Option<u32>,
    /// Refuses the request instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<ScriptedError>,
    /// The whole `GenerateContentResponse`; a stream sends it as its only frame.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response: Option<Value>,
    /// The whole frames of a stream; asked for whole, only the last comes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub frames: Vec<Value>,
}

#[expect(clippy::ref_option, reason = "serde passes a reference")]
fn is_none_or_zero(number: &Option<u32>) -> bool {
    number.unwrap_or_default() == 0
}

/// A call of a function in a scripted answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct ScriptedCall {
    /// The function.
    pub name: String,
    /// Its arguments.
    #[serde(default)]
    pub args: Value,
    /// The id of the call; made by the emulator unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
}

/// A refusal in the place of an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum ScriptedError {
    /// One of the failures that faults know by name, whole.
    Named(GeminiFault),
    /// This status, with Google's name for it.
    #[serde(rename_all = "snake_case")]
    Status {
        /// The HTTP status.
        status: u16,
        /// The words; Google's name for the status unless given.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        message: Option<String>,
    },
}

impl Script {
    /// Whether the model's name is one that no request has.
    pub(crate) fn is_never_met(&self) -> bool {
        self.matching.model.as_ref().is_some_and(|model| model.starts_with("models/"))
    }

    /// Answers the next request to any model with this.
    pub fn answer(answer: impl Into<ScriptedAnswer>) -> Self {
        Self {
            matching: Matching::default(),
            answer: answer.into(),
            times: once(),
            delay_milliseconds: 0,
        }
    }

    /// Only for this model, named without `models/`.
    pub fn model(mut self, id: impl Into<String>) -> Self {
        self.matching.model = Some(id.into());
        self
    }

    /// Only for this method, such as `streamGenerateContent`.
    pub fn method(mut self, method: impl Into<String>) -> Self {
        self.matching.method = Some(method.into());
        self
    }

    /// Only where a text or a function's answer of the last content has this piece.
    pub fn text(mut self, piece: impl Into<String>) -> Self {
        self.matching.text = Some(piece.into());
        self
    }

    /// Only where this function is declared, or this tool of Google's is given.
    pub fn tool(mut self, name: impl Into<String>) -> Self {
        self.matching.tool = Some(name.into());
        self
    }

    /// Only where a file's URI or name, or a File Search store's name, has this piece.
    pub fn file(mut self, piece: impl Into<String>) -> Self {
        self.matching.file = Some(piece.into());
        self
    }

    /// Is used so many times instead of once.
    pub fn times(mut self, times: u32) -> Self {
        self.times = Some(times);
        self
    }

    /// Is used without end.
    pub fn always(mut self) -> Self {
        self.times = None;
        self
    }

    /// Lets the answer wait this long, in real time.
    pub fn delay(mut self, time: std::time::Duration) -> Self {
        self.delay_milliseconds = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        self
    }
}

impl ScriptedAnswer {
    /// Answers with this text.
    pub fn text(text: impl Into<String>) -> Self {
        Self { text: Some(text.into()), ..Self::default() }
    }

    /// Answers with a call of this function.
    pub fn call(name: impl Into<String>, args: Value) -> Self {
        Self::default().and_call(name, args)
    }

    /// Calls this function, too.
    pub fn and_call(mut self, name: impl Into<String>, args: Value) -> Self {
        self.calls.push(ScriptedCall { name: name.into(), args, id: None });
        self
    }

    /// Refuses the request with this HTTP status.
    pub fn error(status: u16) -> Self {
        let error = ScriptedError::Status { status, message: None };
        Self { error: Some(error), ..Self::default() }
    }

    /// Refuses the request with this failure.
    pub fn fault(fault: GeminiFault) -> Self {
        Self { error: Some(ScriptedError::Named(fault)), ..Self::default() }
    }

    /// Blocks the prompt for this reason, such as `SAFETY`.
    pub fn blocked(reason: impl Into<String>) -> Self {
        Self { block_reason: Some(reason.into()), ..Self::default() }
    }

    /// Ends the answer for this reason, such as `MAX_TOKENS`.
    pub fn finish(mut self, reason: impl Into<String>) -> Self {
        self.finish_reason = Some(reason.into());
        self
    }

    /// Gives the text in this many requests more than one.
    pub fn continued(mut self, times: u32) -> Self {
        self.continuations = Some(times);
        self
    }
}

impl From<&str> for ScriptedAnswer {
    fn from(text: &str) -> Self {
        Self::text(text)
    }
}

impl From<String> for ScriptedAnswer {
    fn from(text: String) -> Self {
        Self::text(text)
    }
}

/// What was asked of a model, and whether a script answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Asked {
    /// The model, without `models/`.
    pub model: String,
    /// The method.
    pub method: String,
    /// The texts and function answers of the last content, a line each.
    pub text: String,
    /// The text of the system instruction.
    pub system: String,
    /// How many contents there were.
    pub contents: usize,
    /// The names of the functions and of Google's tools.
    pub tools: Vec<String>,
    /// URIs of files, then names of File Search stores.
    pub files: Vec<String>,
    /// Whether a script or a reply answered, and not the emulator itself.
    pub scripted: bool,
    /// When, on the virtual clock, in RFC 3339.
    pub time: String,
}

impl Asked {
    /// Reads a request with names in camelCase or snake_case.
    pub(crate) fn of(model: &str, method: &str, body: &Value) -> Self {
        let contents = list(&body["contents"]);
        let last = contents.last().copied().unwrap_or(&Value::Null);
        let mut text = texts(last);
        for part in list(&last["parts"]) {
            let answer = &either(part, "functionResponse", "function_response")["response"];
            if !answer.is_null() {
                text.push(answer.to_string());
            }
        }
        let tools = list(&body["tools"]);
        Self {
            model: model.to_owned(),
            method: method.to_owned(),
            text: cut(&text.join("\n")),
            system: cut(&texts(either(body, "systemInstruction", "system_instruction")).join("\n")),
            contents: contents.len(),
            tools: tools.iter().flat_map(|tool| names_of(tool)).take(MAX_NAMES).collect(),
            files: files(&contents, &tools).into_iter().take(MAX_NAMES).collect(),
            scripted: false,
            time: String::new(),
        }
    }
}

impl Matching {
    pub(crate) fn fits(&self, asked: &Asked) -> bool {
        let is = |wanted: &Option<String>, one: &str| {
            wanted.as_deref().is_none_or(|wanted| wanted == one)
        };
        let within = |piece: &Option<String>, texts: &[String]| {
            piece
                .as_ref()
                .is_none_or(|piece| texts.iter().any(|text| text.contains(piece.as_str())))
        };
        is(&self.model, &asked.model)
            && is(&self.method, &asked.method)
            && within(&self.text, std::slice::from_ref(&asked.text))
            && self.tool.as_ref().is_none_or(|name| asked.tools.contains(name))
            && within(&self.file, &asked.files)
    }

    /// Whether the body of a request has to be read to know.
    pub(crate) fn is_about_the_body(&self) -> bool {
        self.text.is_some() || self.tool.is_some() || self.file.is_some()
    }
}

fn either<'a>(value: &'a Value, camel: &str, snake: &str) -> &'a Value {
    value.get(camel).unwrap_or(&value[snake])
}

/// The messages of a list, or the one that stands in its place.
fn list(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(list) => list.iter().collect(),
        Value::Null => Vec::new(),
        one => vec![one],
    }
}

fn texts(content: &Value) -> Vec<String> {
    let parts = list(&content["parts"]);
    parts.into_iter().filter_map(|part| part["text"].as_str()).map(str::to_owned).collect()
}

fn names_of(tool: &Value) -> Vec<String> {
    let mut names = Vec::new();
    for function in list(either(tool, "functionDeclarations", "function_declarations")) {
        names.extend(function["name"].as_str().map(str::to_owned));
    }
    let own = tool.as_object().into_iter().flatten().map(|(name, _)| name);
    names.extend(own.filter(|name| !name.starts_with("function")).cloned());
    names
}

fn files(contents: &[&Value], tools: &[&Value]) -> Vec<String> {
    let mut files = Vec::new();
    for part in contents.iter().flat_map(|content| list(&content["parts"])) {
        for data in
            [either(part, "fileData", "file_data"), either(part, "inlineData", "inline_data")]
        {
            for name in
                [either(data, "fileUri", "file_uri"), either(data, "displayName", "display_name")]
            {
                files.extend(name.as_str().map(str::to_owned));
            }
        }
    }
    for tool in tools {
        let search = either(tool, "fileSearch", "file_search");
        let stores = list(either(search, "fileSearchStoreNames", "file_search_store_names"));
        files.extend(stores.into_iter().filter_map(Value::as_str).map(str::to_owned));
    }
    files
}

fn cut(text: &str) -> String {
    text.chars().take(MAX_TEXT).collect()
}

/// The scripts that are not used up, and what was asked.
#[derive(Debug, Default)]
pub(crate) struct Scripts {
    scripts: VecDeque<Script>,
    asked: VecDeque<Asked>,
}

impl Scripts {
    pub(crate) fn add(&mut self, script: Script) {
        if self.scripts.len() >= MAX_SCRIPTS {
            self.scripts.pop_front();
        }
        self.scripts.push_back(script);
    }

    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }

    pub(crate) fn pending(&self) -> Vec<Script> {
        self.scripts.iter().cloned().collect()
    }

    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.iter().cloned().collect()
    }

    pub(crate) fn note(&mut self, asked: Asked) {
        if self.asked.len() >= MAX_ASKED {
            self.asked.pop_front();
        }
        self.asked.push_back(asked);
    }

    /// The answer of the first script that fits, counted down; and how many milliseconds it waits.
    pub(crate) fn next(&mut self, asked: &Asked) -> Option<(ScriptedAnswer, u64)> {
        let fits = |script: &Script| script.times != Some(0) && script.matching.fits(asked);
        let at = self.scripts.iter().position(fits)?;
        let script = &mut self.scripts[at];
        script.times = script.times.map(|times| times - 1);
        let found = (script.answer.clone(), script.delay_milliseconds);
        if script.times == Some(0) {
            self.scripts.remove(at);
        }
        Some(found)
    }
}
