//! Methods that Google still has and that few programs call: empty lists, answers from passages, ephemeral tokens.
//!
//! In: a request. Out: what an account without tuned models and corpora gets; an answer of `models/aqa` made of the
//! given passages; a token that opens nothing here; for the rest of the newest families, word that they are not
//! imitated. Source: discovery document, google-genai 3.6.1; that no model can be tuned: reported.

use super::call::Call;
use super::{models, tokens, versions};
use crate::api::error::ApiError;
use crate::api::{body, encoding, finished, guard, not_imitated};
use crate::message::{Reply, Request};
use crate::state::State;
use crate::{GeminiFault, clock, random};
use body::{Kind, Message};
use serde_json::{Value, json};
use std::time::Duration;

static ANSWER: Message = Message {
    name: "GenerateAnswerRequest",
    fields: &[
        ("model", Kind::Text),
        ("contents", Kind::Any),
        ("answerStyle", Kind::Enum("GenerateAnswerRequest.AnswerStyle", STYLES)),
        ("inlinePassages", Kind::Any),
        ("semanticRetriever", Kind::Any),
        ("safetySettings", Kind::Any),
        ("temperature", Kind::Number),
    ],
};
const STYLES: &[&str] = &["ANSWER_STYLE_UNSPECIFIED", "ABSTRACTIVE", "EXTRACTIVE", "VERBOSE"];
static TOKEN: Message = Message {
    name: "AuthToken",
    fields: &[
        ("uses", Kind::Number),
        ("expireTime", Kind::Text),
        ("newSessionExpireTime", Kind::Text),
        ("bidiGenerateContentSetup", Kind::Any),
        ("fieldMask", Kind::Any),
    ],
};
/// What is known to exist and is not imitated.
const FAMILIES: [&str; 7] =
    ["agents", "environments", "credentials", "triggers", "webhooks", "decisions", "voices"];
const LISTS: &[&str] = &["pageSize", "page_size", "pageToken", "page_token", "filter"];
/// As many characters of a question and words of a passage as are looked at.
const LOOKED_AT: usize = 10_000;
/// Of an ephemeral token and of the time in which it opens a session, unless it says otherwise.
const TOKEN_LIFE: Duration = Duration::from_secs(30 * 60);
const SESSION_TIME: Duration = Duration::from_secs(60);

#[derive(Debug, Clone, Copy)]
enum Target<'a> {
    Empty,
    TuneModel,
    Missing(&'a str),
    Answer(&'a str),
    Predict(&'a str, &'static str),
    Token,
    Family,
}

fn find(request: &Request) -> Option<Call<'_, Target<'_>>> {
    let (version, rest) = versions::split(&request.path)?;
    let (path, verb) = rest.rsplit_once(':').unwrap_or((rest, ""));
    let segments: Vec<&str> = path.split('/').collect();
    let (rpc, target) = match (request.method.as_str(), &segments[..], verb) {
        ("GET", ["tunedModels"], "") => ("ModelService.ListTunedModels", Target::Empty),
        ("GET", ["corpora"], "") => ("RetrieverService.ListCorpora", Target::Empty),
        ("GET", ["models", _, "operations"], "") => ("Operations.ListOperations", Target::Empty),
        ("POST", ["tunedModels"], "") => ("ModelService.CreateTunedModel", Target::TuneModel),
        ("GET" | "PATCH" | "DELETE", ["tunedModels" | "corpora", ..], "")
        | ("POST", ["tunedModels", _], _) => ("ModelService.GetTunedModel", Target::Missing(path)),
        ("GET", ["models", _, "operations", _], "") => {
            ("Operations.GetOperation", Target::Missing(path))
        }
        ("POST", ["models", id], "generateAnswer") => {
            ("GenerativeService.GenerateAnswer", Target::Answer(id))
        }
        ("POST", ["models", id], "predict") => {
            ("PredictionService.Predict", Target::Predict(id, "predict"))
        }
        ("POST", ["models", id], "predictLongRunning") => {
            ("PredictionService.PredictLongRunning", Target::Predict(id, "predictLongRunning"))
        }
        ("POST", ["auth_tokens"], "") if version == "v1alpha" => {
            ("AuthTokenService.CreateToken", Target::Token)
        }
        (_, [family, ..], _) if FAMILIES.contains(family) => ("Other", Target::Family),
        _ => return None,
    };
    Some(Call::new(version, (rpc, LISTS, target)))
}

/// Whether a request is for one of these methods.
pub(super) fn is_called_by(request: &Request) -> bool {
    find(request).is_some()
}

/// The answer to a request, if it is for one of these methods.
pub(super) fn answer(state: &mut State, request: &Request) -> Option<Reply> {
    let call = find(request).filter(|call| call.is_served(state))?;
    let result = guard::check(state, request, call.api, call.parameters)
        .and_then(|_| perform(state, request, &call));
    Some(match result {
        Ok(Some(json)) => finished(encoding::json(request, &json)),
        Ok(None) => not_imitated(request),
        Err(error) => call.refused(state, request, error),
    })
}

/// The answer to a request for one of these methods that a fault makes fail.
pub(super) fn failure(state: &State, request: &Request, fault: GeminiFault) -> Option<Reply> {
    let call = find(request)?;
    Some(call.refused(state, request, fault.error("")))
}

fn perform(
    state: &State,
    request: &Request,
    call: &Call<'_, Target<'_>>,
) -> Result<Option<Value>, ApiError> {
    let version = call.version;
    match call.target {
        Target::Empty => Ok(Some(json!({}))),
        Target::Family => Ok(None),
        // The words of these two are the emulator's own.
        Target::TuneModel => Err(ApiError::InvalidArgument("No model can be tuned.".into())),
        Target::Missing(name) => Err(ApiError::not_found(format!("{name} is not found."))),
        Target::Answer(id) => {
            models::demand(state, id, "generateAnswer")?;
            answered(&body::read(&request.body, &ANSWER, version)?).map(Some)
        }
        Target::Predict(id, method) => Err(ApiError::MethodUnsupported(id.to_owned(), method)),
        Target::Token => {
            let sent = body::read(&request.body, &TOKEN, version)?;
            let now = state.clock.now();
            let time = |name: &str, life| match sent[name].as_str() {
                Some(time) => time.to_owned(),
                None => clock::rfc3339(now + life),
            };
            Ok(Some(json!({
                "name": format!("auth_tokens/{}", random::interaction_id()),
                "uses": sent["uses"].as_u64().unwrap_or(1),
                "expireTime": time("expireTime", TOKEN_LIFE),
                "newSessionExpireTime": time("newSessionExpireTime", SESSION_TIME),
            })))
        }
    }
}

/// The passage that has most words of the question, word for word.
fn answered(sent: &Value) -> Result<Value, ApiError> {
    tokens::prompt(sent)?;
    let style = sent["answerStyle"].as_str().unwrap_or_default();
    if style.is_empty() || style == STYLES[0] {
        return Err(ApiError::InvalidArgument(
            "* GenerateAnswerRequest.answer_style: answer_style is not specified".into(),
        ));
    }
    let passages = sent["inlinePassages"]["passages"].as_array().map(Vec::as_slice);
    let question: String = sent["contents"].to_string().chars().take(LOOKED_AT).collect();
    let question = question.to_lowercase();
    let text = |passage: &Value| passage["content"]["parts"][0]["text"].as_str().map(str::to_owned);
    let score = |passage: &&Value| {
        let text = text(passage).unwrap_or_default().to_lowercase();
        text.split(|letter: char| !letter.is_alphanumeric())
            .take(LOOKED_AT)
            .filter(|word| word.len() > 3 && question.contains(word))
            .count()
    };
    let best = passages.unwrap_or_default().iter().max_by_key(score);
    let found = best.filter(|passage| score(passage) > 0);
    let said = found.and_then(text).unwrap_or_else(|| "The passages do not say.".to_owned());
    let attributions = found.map(|passage| {
        json!({
            "sourceId": {"groundingPassage": {"passageId": passage["id"], "partIndex": 0}},
            "content": passage["content"],
        })
    });
    Ok(json!({
        "answer": {
            "content": {"parts": [{"text": said}], "role": "model"},
            "finishReason": "STOP",
            "groundingAttributions": attributions.into_iter().collect::<Vec<_>>(),
        },
        "answerableProbability": if found.is_some() { 0.9 } else { 0.1 },
    }))
}
