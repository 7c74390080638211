//! The messages of a conversation as Google's contents.
//!
//! `system` and `developer` become the system instruction, wherever they stand; results of functions become one turn, in
//! the order of the calls; thought signatures return to the part that they came on.

use super::content::{self, Media};
use super::fields::Fields;
use super::parts::{self, is_generated};
use super::refusal::Refusal;
use hallpass_gemini::generate::{
    Content, FunctionCall, FunctionResponse, GenerateRequest, GenerationConfig, Part, Role,
};
use serde_json::{Map, Value};

/// A call that waits for its result.
struct Open {
    id: String,
    name: String,
    result: Option<Part>,
}

/// What has been read so far.
#[derive(Default)]
struct Conversation {
    system: Vec<Part>,
    contents: Vec<Content>,
    open: Vec<Open>,
    media: Media,
}

pub(super) fn read(
    messages: Vec<Value>,
    request: &mut GenerateRequest,
    config: &mut GenerationConfig,
) -> Result<(), Refusal> {
    let mut conversation = Conversation::default();
    for (index, message) in messages.into_iter().enumerate() {
        conversation.add(Fields::of(message, &format!("messages[{index}]"))?)?;
    }
    conversation.close()?;
    if conversation.contents.is_empty() {
        return Err(Refusal::value("messages", "`messages` needs one of the user's"));
    }
    if !conversation.system.is_empty() {
        request.system_instruction = Some(turn(None, conversation.system));
    }
    request.contents = conversation.contents;
    if let Some(resolution) = conversation.media.resolution() {
        config.other.insert("mediaResolution".to_owned(), resolution.into());
    }
    Ok(())
}

impl Conversation {
    fn add(&mut self, mut message: Fields) -> Result<(), Refusal> {
        let role = message.text("role")?;
        let role = message.required("role", role)?;
        if role != "tool" {
            self.close()?;
        }
        match role.as_str() {
            "system" | "developer" => {
                let content = content_of(&mut message)?;
                self.system.extend(content::texts(content, &message.name("content"))?);
            }
            "user" => {
                let content = content_of(&mut message)?;
                let parts = content::user(content, &message.name("content"), &mut self.media)?;
                self.contents.push(turn(Some(Role::User), parts));
            }
            "assistant" => self.assistant(&mut message)?,
            "tool" => self.result(&mut message)?,
            "function" => {
                return Err(message.foreign("role", "`function` is the old form: use `tool`"));
            }
            _ => {
                return Err(message.wrong(
                    "role",
                    "has to be `system`, `developer`, `user`, `assistant` or `tool`",
                ));
            }
        }
        message.end()
    }

    fn assistant(&mut self, message: &mut Fields) -> Result<(), Refusal> {
        let mut extra = parts::extra(message)?;
        let mut said = Vec::new();
        if let Some(content) = message.take("content") {
            said = content::texts(content, &message.name("content"))?;
        }
        if let Some(text) = message.text("refusal")? {
            said.push(Part::text(text));
        }
        if let Some(signature) = extra.signature.take() {
            sign(&mut said, signature);
        }
        let calls = message.list("tool_calls")?.unwrap_or_default();
        for (index, call) in calls.into_iter().enumerate() {
            let at = message.name(&format!("tool_calls[{index}]"));
            said.push(self.call(Fields::of(call, &at)?)?);
        }
        // What an answer has beside its words: Google's parts tell the same, and more.
        if let Some(parts) = extra.parts {
            said = parts;
        }
        if message.take("audio").is_some() {
            return Err(message.foreign("audio", "is not translated onto the Gemini API"));
        }
        if message.take("function_call").is_some() {
            return Err(message.foreign("function_call", "is the old form: use `tool_calls`"));
        }
        // What SDKs add to an answer, and thoughts, which Google does not want back.
        message.skip(&["annotations", "parsed", "reasoning_content", "reasoning"]);
        if !said.is_empty() {
            self.contents.push(turn(Some(Role::Model), said));
        }
        Ok(())
    }

    fn call(&mut self, mut call: Fields) -> Result<Part, Refusal> {
        let extra = parts::extra(&mut call)?;
        let kind = call.text("type")?;
        if kind.is_some_and(|kind| kind != "function") {
            return Err(call.foreign("type", "has to be `function`"));
        }
        let id = call.text("id")?;
        let id = call.required("id", id)?;
        let function = call.object("function")?;
        let mut function = call.required("function", function)?;
        let name = function.text("name")?;
        let name = function.required("name", name)?;
        let mut asked = FunctionCall::default();
        asked.args = arguments(&mut function)?;
        asked.name.clone_from(&name);
        asked.id = Some(id.clone()).filter(|id| !is_generated(id));
        function.skip(&["parsed_arguments"]);
        function.end()?;
        // Streamed calls have it; some programs keep it.
        call.skip(&["index"]);
        call.end()?;
        self.open.push(Open { id, name, result: None });
        let mut part = Part::default();
        part.function_call = Some(asked);
        part.thought_signature = extra.signature;
        Ok(part)
    }

    fn result(&mut self, message: &mut Fields) -> Result<(), Refusal> {
        let id = message.text("tool_call_id")?;
        let id = message.required("tool_call_id", id)?;
        let content = content_of(message)?;
        let texts = content::texts(content, &message.name("content"))?;
        let text: String = texts.into_iter().filter_map(|part| part.text).collect();
        message.skip(&["name"]);
        let open = self.open.iter_mut().find(|open| open.id == id && open.result.is_none());
        let Some(open) = open else {
            return Err(
                message.wrong("tool_call_id", "names no call of the assistant's message before it")
            );
        };
        let mut response = FunctionResponse::default();
        response.id = Some(id).filter(|id| !is_generated(id));
        response.name.clone_from(&open.name);
        response.response = object(text);
        let mut part = Part::default();
        part.function_response = Some(response);
        open.result = Some(part);
        Ok(())
    }

    /// Ends the results of the calls before, if there are any.
    fn close(&mut self) -> Result<(), Refusal> {
        let mut results = Vec::with_capacity(self.open.len());
        for open in self.open.drain(..) {
            results.push(open.result.ok_or_else(|| {
                let id = open.id.escape_debug();
                Refusal::value("messages", format!("the call `{id}` has no message of role `tool`"))
            })?);
        }
        if !results.is_empty() {
            self.contents.push(turn(Some(Role::User), results));
        }
        Ok(())
    }
}

fn turn(role: Option<Role>, parts: Vec<Part>) -> Content {
    let mut content = Content::default();
    (content.role, content.parts) = (role, parts);
    content
}

fn content_of(message: &mut Fields) -> Result<Value, Refusal> {
    let content = message.take("content");
    message.required("content", content)
}

/// Puts a message's signature on its text; one without a text came on an empty one.
fn sign(said: &mut Vec<Part>, signature: String) {
    if said.is_empty() {
        said.push(Part::text(""));
    }
    if let Some(last) = said.last_mut() {
        last.thought_signature = Some(signature);
    }
}

fn arguments(function: &mut Fields) -> Result<Map<String, Value>, Refusal> {
    let text = function.text("arguments")?.unwrap_or_default();
    if text.trim().is_empty() {
        return Ok(Map::new());
    }
    serde_json::from_str(&text)
        .map_err(|_| function.wrong("arguments", "has to be a JSON object, as a string"))
}

/// Google takes an object for a result; another text is one field of it.
fn object(text: String) -> Map<String, Value> {
    serde_json::from_str(&text)
        .unwrap_or_else(|_| Map::from_iter([("result".to_owned(), text.into())]))
}
