//! Caches: beginnings of prompts that Google keeps, to be named in later requests.
//!
//! In: the methods of `cachedContents`, and requests to generate that name one. Out: caches that end by the emulator's
//! clock, and requests with what is cached put before their own contents. Sources: captured words where they are too
//! small, too many or used with own tools; the rest remembered (docs/emulator/caches.md).

pub(super) mod cache;
pub(crate) mod schema;

pub(crate) use self::cache::Cache;
use self::cache::{Shown, missing};
use super::attachments;
use super::collection::{OF_LISTS, PageSizes};
use crate::api::error::ApiError;
use crate::gemini::{models, tokens};
use crate::message::Request;
use crate::random;
use crate::state::State;
use serde::Serialize;
use serde_json::{Map, Value};
use std::borrow::Cow;

/// The greatest is Google's; the default is our own.
const PAGES: PageSizes = PageSizes { default: 50, largest: 1000 };
const LONGEST_DISPLAY_NAME: usize = 128;
const KEPT: [&str; 4] = ["contents", "systemInstruction", "tools", "toolConfig"];
// Captured: langchain-google, issue 978; litellm, issue 17304.
const NOT_WITH: &str = "CachedContent can not be used with GenerateContent request setting system_instruction, tools or \
    tool_config.\n\nProposed fix: move those values to CachedContent from GenerateContent request.";

pub(super) const LIST_PARAMETERS: &[&str] = OF_LISTS;

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct List {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    cached_contents: Vec<Shown>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_page_token: Option<String>,
}

pub(super) fn create(state: &mut State, project: &str, body: &Value) -> Result<Shown, ApiError> {
    let now = state.clock.now();
    state.resources.caches.expire(now);
    let id = random::resource_id();
    let model = model(body)?;
    models::demand(state, model, "createCachedContent")?;
    let display_name = body["displayName"].as_str().filter(|name| !name.is_empty());
    if display_name.is_some_and(|name| name.chars().count() > LONGEST_DISPLAY_NAME) {
        return Err(ApiError::InvalidArgument(format!(
            "* CachedContent.display_name: {LONGEST_DISPLAY_NAME} characters are the most"
        )));
    }
    let kept: Map<String, Value> = KEPT
        .into_iter()
        .filter_map(|name| Some((name.to_owned(), body.get(name)?.clone())))
        .collect();
    let kept = Value::Object(kept);
    let mut tokens = tokens::all(&kept);
    let of_files = attachments::tokens_of_files(state, project, &kept)?;
    tokens.add_text(of_files);
    check_size(state, project, model, tokens.total())?;
    let cache = Cache {
        project: project.to_owned(),
        id,
        model: model.to_owned(),
        display_name: display_name.map(str::to_owned),
        kept,
        tokens,
        of_files,
        created: now,
        updated: now,
        expires: cache::end(body, now)?.unwrap_or_else(|| cache::default_end(now)),
    };
    let shown = cache.shown();
    state.resources.caches.add(cache);
    Ok(shown)
}

fn model(body: &Value) -> Result<&str, ApiError> {
    let name = body["model"].as_str().unwrap_or_default();
    let id = name.strip_prefix("models/").unwrap_or(name);
    if id.is_empty() {
        return Err(ApiError::InvalidArgument(
            "* CreateCachedContentRequest.model: model is required".into(),
        ));
    }
    Ok(id)
}

/// The words are captured: plex-rewind, issue 261.
fn check_size(state: &State, project: &str, model: &str, tokens: usize) -> Result<(), ApiError> {
    let caching = &state.config.caching;
    let least = caching.min_tokens as usize;
    if tokens < least {
        return Err(ApiError::InvalidArgument(format!(
            "Cached content is too small. total_token_count={tokens}, min_total_token_count={least}"
        )));
    }
    let Some(limit) = caching.most_tokens else { return Ok(()) };
    let requested = state.resources.caches.stored(project, model) + tokens;
    if requested > limit as usize {
        return Err(ApiError::exhausted(format!(
            "TotalCachedContentStorageTokensPerModelFreeTier limit exceeded for model {model}: limit={limit}, \
             requested={requested}"
        )));
    }
    Ok(())
}

pub(super) fn list(state: &mut State, request: &Request, project: &str) -> Result<List, ApiError> {
    state.resources.caches.expire(state.clock.now());
    let all = &state.resources.caches.all;
    let (page, next_page_token) =
        all.page(request, "ListCachedContentsRequest", PAGES, |cache| cache.project == project)?;
    let cached_contents = page.into_iter().map(|(_, cache)| cache.shown()).collect();
    Ok(List { cached_contents, next_page_token })
}

pub(super) fn get(state: &State, project: &str, id: &str) -> Result<Shown, ApiError> {
    Ok(state.resources.caches.find(project, id, state.clock.now())?.shown())
}

/// Moves the end of a cache; nothing else of it can be changed.
pub(super) fn update(
    state: &mut State,
    request: &Request,
    project: &str,
    id: &str,
    body: &Value,
) -> Result<Shown, ApiError> {
    let now = state.clock.now();
    state.resources.caches.find(project, id, now)?;
    let mask = request.query.first("updateMask").or(request.query.first("update_mask"));
    let named = mask.map(|mask| mask.split(',').map(str::trim).collect::<Vec<_>>());
    let is_time = |name: &str| matches!(name, "ttl" | "expireTime" | "expire_time");
    let foreign = named.iter().flatten().copied().find(|name| !is_time(name));
    let other = || KEPT.into_iter().chain(["displayName"]).find(|name| body.get(*name).is_some());
    if let Some(name) = foreign.or_else(|| other().filter(|_| mask.is_none())) {
        return Err(ApiError::InvalidArgument(format!(
            "* UpdateCachedContentRequest.update_mask: `{name}` cannot be changed; only ttl and expire_time can"
        )));
    }
    let expires = cache::end(body, now)?.ok_or_else(|| {
        ApiError::InvalidArgument(
            "* UpdateCachedContentRequest.cached_content: ttl or expire_time is required".into(),
        )
    })?;
    let cache = state.resources.caches.all.get_mut(id).ok_or_else(missing)?;
    (cache.expires, cache.updated) = (expires, now);
    Ok(cache.shown())
}

pub(super) fn delete(state: &mut State, project: &str, id: &str) -> Result<(), ApiError> {
    state.resources.caches.find(project, id, state.clock.now())?;
    state.resources.caches.all.remove(id);
    Ok(())
}

/// Puts what a cache keeps before the request's own contents, if the request names one, and returns the cache.
pub(super) fn unfold(
    state: &State,
    project: &str,
    model: &str,
    body: &mut Cow<'_, Value>,
) -> Result<Option<Cache>, ApiError> {
    let Some(name) = body["cachedContent"].as_str().filter(|name| !name.is_empty()) else {
        return Ok(None);
    };
    let id = name.strip_prefix("cachedContents/").unwrap_or(name);
    let cache = state.resources.caches.find(project, id, state.clock.now())?;
    if KEPT[1..].iter().any(|name| body.get(*name).is_some()) {
        return Err(ApiError::InvalidArgument(NOT_WITH.into()));
    }
    if cache.model != model {
        // From memory.
        return Err(ApiError::InvalidArgument(format!(
            "Model used by GenerateContent request (models/{model}) and CachedContent (models/{}) has to be the same.",
            cache.model
        )));
    }
    let own = body["contents"].as_array().cloned().unwrap_or_default();
    // Contents that are missing stay so, and are refused as ever.
    if own.is_empty() {
        return Ok(Some(cache.clone()));
    }
    let mut contents = cache.kept["contents"].as_array().cloned().unwrap_or_default();
    contents.extend(own);
    let body = body.to_mut();
    for name in &KEPT[1..] {
        if let Some(value) = cache.kept.get(*name) {
            body[*name] = value.clone();
        }
    }
    body["contents"] = contents.into();
    Ok(Some(cache.clone()))
}
