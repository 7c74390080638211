//! What a model was asked, as scripts, expectations and tests look at it.
//!
//! In: the body of a request to a model, its names in camelCase or snake_case. Out: texts, tools and files by name; whether
//! they fit what a script is about.

use serde::{Deserialize, Serialize};
use serde_json::Value;

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
