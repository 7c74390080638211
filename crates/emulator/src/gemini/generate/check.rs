//! What a `GenerateContentRequest` is refused for, beyond names and types.
//!
//! In: the request. Out: it as `Asked`, or the first refusal. Captured words: roles, parts without data, turns of function
//! calls, functions with JSON, names of functions; the limits of numbers and all else are remembered or the
//! emulator's own. Empty contents are refused where tokens are counted.

use super::asked::{Asked, parts};
use super::calls::Functions;
use super::grounding::Builtin;
use super::{schema_check, signature, thinking};
use crate::Switches;
use crate::api::error::ApiError;
use serde_json::Value;

const MAX_CANDIDATES: u64 = 8;
const MAX_STOP_SEQUENCES: usize = 5;
const MAX_NAME: usize = 128;
/// What a part holds; one of these at least.
const DATA: [&str; 9] = [
    "text",
    "inlineData",
    "fileData",
    "functionCall",
    "functionResponse",
    "executableCode",
    "codeExecutionResult",
    "toolCall",
    "toolResponse",
];
const MIME_TYPES: [&str; 5] =
    ["text/plain", "application/json", "application/xml", "application/yaml", "text/x.enum"];
const ROLES: [&str; 3] = ["user", "model", "function"];
const ORDER_OF_CALL: &str = "Please ensure that function call turn comes immediately after a user turn or after \
    a function response turn.";
const ORDER_OF_RESPONSE: &str =
    "Please ensure that function response turn comes immediately after a function call turn.";
const NUMBER_OF_RESPONSES: &str = "Please ensure that the number of function response parts is equal to the \
    number of function call parts of the function call turn.";

fn invalid<T>(words: impl Into<String>) -> Result<T, ApiError> {
    Err(ApiError::InvalidArgument(words.into()))
}

/// A fault at a place of the request, in the manner of Google's lists of faults.
fn at<T>(place: &str, words: &str) -> Result<T, ApiError> {
    invalid(format!("* GenerateContentRequest.{place}: {words}"))
}

impl<'a> Asked<'a> {
    /// Counts the prompt and checks the request.
    pub(crate) fn new(
        model: &'a str,
        body: &'a Value,
        switches: &'a Switches,
    ) -> Result<Self, ApiError> {
        let asked = Self::unchecked(model, body, switches)?;
        check(&asked)?;
        Ok(asked)
    }
}

fn check(asked: &Asked<'_>) -> Result<(), ApiError> {
    contents(asked)?;
    turns(asked)?;
    config(asked)?;
    let functions = Functions::of(asked.body);
    declarations(asked)?;
    calling(&functions)?;
    combination(asked, &functions)?;
    response_schema(asked)?;
    thinking::check(asked)?;
    signature::check(asked)
}

fn contents(asked: &Asked<'_>) -> Result<(), ApiError> {
    for (place, content) in asked.contents().iter().enumerate() {
        let role = content["role"].as_str().unwrap_or_default();
        if !role.is_empty() && !ROLES.contains(&role) {
            return invalid("Please use a valid role: user, model.");
        }
        for (number, part) in parts(content).enumerate() {
            let place = format!("contents[{place}].parts[{number}]");
            let has_data = DATA.iter().any(|name| part.get(*name).is_some());
            if !has_data && part.get("thoughtSignature").is_none() {
                return at(
                    &format!("{place}.data"),
                    "required oneof field 'data' must have one initialized field",
                );
            }
            let kind = part["inlineData"]["mimeType"].as_str();
            if let Some(kind) = kind.filter(|kind| !is_known(kind)) {
                return invalid(format!("Unsupported MIME type: {kind}"));
            }
            let name = part["functionResponse"].get("name").and_then(Value::as_str);
            if part["functionResponse"].is_object() && name.is_none_or(str::is_empty) {
                return at(&format!("{place}.function_response.name"), "Name cannot be empty.");
            }
        }
    }
    Ok(())
}

fn is_known(mime_type: &str) -> bool {
    let known = ["image/", "audio/", "video/", "text/"];
    let single = ["application/pdf", "application/json", "application/rtf", "application/xml"];
    let code = ["application/x-javascript", "application/x-python", "application/x-ipynb"];
    known.iter().chain(&code).any(|start| mime_type.starts_with(start))
        || single.contains(&mime_type.split(';').next().unwrap_or_default())
}

fn turns(asked: &Asked<'_>) -> Result<(), ApiError> {
    let contents = asked.contents();
    let number =
        |content: &Value, name: &str| parts(content).filter(|part| part[name].is_object()).count();
    for (place, content) in contents.iter().enumerate() {
        let before = place.checked_sub(1).map(|before| &contents[before]);
        let (calls, responses) =
            (number(content, "functionCall"), number(content, "functionResponse"));
        if calls > 0 && before.is_none_or(|before| before["role"] == "model") {
            return invalid(ORDER_OF_CALL);
        }
        let called = before.map_or(0, |before| number(before, "functionCall"));
        if responses > 0 && called == 0 {
            return invalid(ORDER_OF_RESPONSE);
        }
        if called != responses {
            return invalid(NUMBER_OF_RESPONSES);
        }
    }
    Ok(())
}

fn config(asked: &Asked<'_>) -> Result<(), ApiError> {
    let config = asked.config();
    if !(1..=MAX_CANDIDATES).contains(&config["candidateCount"].as_u64().unwrap_or(1)) {
        let words = format!("must be from 1 to {MAX_CANDIDATES}");
        return at("generation_config.candidate_count", &words);
    }
    for (key, name, most) in [("temperature", "temperature", 2.0), ("topP", "top_p", 1.0)] {
        if config[key].as_f64().is_some_and(|number| !(0.0..=most).contains(&number)) {
            let words = format!("{name} must be in the range [0.0, {most:.1}].");
            return at(&format!("generation_config.{name}"), &words);
        }
    }
    if config["maxOutputTokens"].as_f64().is_some_and(|number| number < 0.0) {
        return at("generation_config.max_output_tokens", "max_output_tokens must be positive.");
    }
    let stops = config["stopSequences"].as_array().map_or(0, Vec::len);
    if stops > MAX_STOP_SEQUENCES {
        let words = format!("at most {MAX_STOP_SEQUENCES} stop sequences can be set");
        return at("generation_config.stop_sequences", &words);
    }
    let mime_type = config["responseMimeType"].as_str().unwrap_or_default();
    if !mime_type.is_empty() && !MIME_TYPES.contains(&mime_type) {
        return at(
            "generation_config.response_mime_type",
            "allowed mimetypes are `text/plain`, `application/json`, `application/xml`, `application/yaml` and \
             `text/x.enum`.",
        );
    }
    let modalities = config["responseModalities"].as_array().into_iter().flatten();
    let foreign = modalities.filter_map(Value::as_str).find(|word| *word != "TEXT");
    match foreign {
        Some(word) => invalid(format!(
            "Model does not support the requested response modalities: {}",
            word.to_lowercase()
        )),
        None => Ok(()),
    }
}

fn declarations(asked: &Asked<'_>) -> Result<(), ApiError> {
    let mut names: Vec<&str> = Vec::new();
    let tools = asked.body["tools"].as_array().into_iter().flatten().enumerate();
    for (tool, declared) in tools {
        let functions = declared["functionDeclarations"].as_array().into_iter().flatten();
        for (number, function) in functions.enumerate() {
            let place = format!("tools[{tool}].function_declarations[{number}]");
            let name = function["name"].as_str().unwrap_or_default();
            if !is_function_name(name) {
                let words = format!(
                    "Invalid function name. Must start with a letter or an underscore. Must be alphanumeric (a-z, \
                     A-Z, 0-9), underscores (_), dots (.), colons (:), or dashes (-), with a maximum length of {MAX_NAME}."
                );
                return at(&format!("{place}.name"), &words);
            }
            if names.contains(&name) {
                return invalid(format!("Duplicate function declaration found: {name}"));
            }
            names.push(name);
            parameters(function, &place)?;
        }
    }
    Ok(())
}

fn parameters(function: &Value, place: &str) -> Result<(), ApiError> {
    let faults = match (function.get("parameters"), function.get("parametersJsonSchema")) {
        (Some(_), Some(_)) => {
            return at(place, "only one of parameters and parameters_json_schema can be set");
        }
        (Some(schema), None) => schema_check::of_google(schema, &format!("{place}.parameters")),
        (None, Some(schema)) => {
            schema_check::of_json(schema, &format!("{place}.parameters_json_schema"))
        }
        (None, None) => Vec::new(),
    };
    listed(&faults)
}

/// All faults, a line each.
fn listed(faults: &[String]) -> Result<(), ApiError> {
    if faults.is_empty() {
        return Ok(());
    }
    invalid(
        faults
            .iter()
            .map(|fault| format!("* GenerateContentRequest.{fault}\n"))
            .collect::<String>(),
    )
}

fn is_function_name(name: &str) -> bool {
    let rest = |letter: char| letter.is_ascii_alphanumeric() || "_.:-".contains(letter);
    name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && name.len() <= MAX_NAME
        && name.chars().all(rest)
}

fn calling(functions: &Functions<'_>) -> Result<(), ApiError> {
    let place = "tool_config.function_calling_config";
    if functions.mode == "ANY" && functions.declared.is_empty() {
        return invalid("Function calling config is set without function_declarations.");
    }
    if functions.allowed.is_empty() {
        return Ok(());
    }
    if !matches!(functions.mode, "ANY" | "VALIDATED") {
        let words = "can only be set when the mode is ANY or VALIDATED";
        return at(&format!("{place}.allowed_function_names"), words);
    }
    let is_declared = |name: &&&str| functions.declared.iter().any(|one| one["name"] == ***name);
    match functions.allowed.iter().find(|name| !is_declared(name)) {
        Some(name) => {
            let words = format!("`{name}` is not a declared function");
            at(&format!("{place}.allowed_function_names"), &words)
        }
        None => Ok(()),
    }
}

/// Models before the third generation take functions neither with Google's tools nor with JSON.
fn combination(asked: &Asked<'_>, functions: &Functions<'_>) -> Result<(), ApiError> {
    if functions.declared.is_empty() || signature::demanded_by(asked.model) {
        return Ok(());
    }
    if Builtin::of(asked.body).any() {
        return invalid("Tool use with function calling is unsupported");
    }
    match asked.config()["responseMimeType"].as_str() {
        Some(kind @ ("application/json" | "text/x.enum")) => {
            invalid(format!("Function calling with a response mime type: '{kind}' is unsupported"))
        }
        _ => Ok(()),
    }
}

fn response_schema(asked: &Asked<'_>) -> Result<(), ApiError> {
    let config = asked.config();
    let ordered = config.get("responseJsonSchema").or_else(|| config.get("_responseJsonSchema"));
    let place = "generation_config";
    let (schema, name, is_google) = match (config.get("responseSchema"), ordered) {
        (None, None) => return Ok(()),
        (Some(_), Some(_)) => {
            return at(place, "only one of response_schema and response_json_schema can be set");
        }
        (Some(schema), None) => (schema, "response_schema", true),
        (None, Some(schema)) => (schema, "response_json_schema", false),
    };
    let mime_type = config["responseMimeType"].as_str().unwrap_or_default();
    if !matches!(mime_type, "application/json" | "text/x.enum") {
        let words = "only allowed with the response_mime_type `application/json` or `text/x.enum`";
        return at(&format!("{place}.{name}"), words);
    }
    let place = format!("{place}.{name}");
    let check = if is_google { schema_check::of_google } else { schema_check::of_json };
    listed(&check(schema, &place))
}
