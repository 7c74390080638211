//! Checks an authorization request; each fault has its error page.
//!
//! In: the query of `/o/oauth2/v2/auth`. Out: what was asked, in order, or the error. The order of checks:
//! client, response type, redirect URI, scope, challenge, prompt.
//! Source: RFC 6749, section 4.1.1; RFC 7636, section 4.3; "OAuth 2.0 for mobile and
//! desktop apps".

use super::error_page::PageError;
use super::flow::{Asked, ChallengeMethod};
use super::redirect_uri::{self, Verdict};
use super::scopes;
use crate::message::Parameters;
use crate::state::State;
use crate::{Client, Lifecycle, Project};

pub(crate) fn check(state: &State, query: &Parameters) -> Result<Asked, PageError> {
    let client_id =
        query.first("client_id").ok_or_else(|| PageError::missing_parameter("client_id"))?;
    if let Some(name) = query.repeated() {
        return Err(PageError::repeated_parameter(name));
    }
    let (project, client) =
        state.config.client(client_id).ok_or_else(PageError::client_not_found)?;
    check_lifecycle(project, client)?;
    match query.first("response_type") {
        Some("code") => {}
        Some(other) => return Err(PageError::response_type(other)),
        None => return Err(PageError::response_type_missing()),
    }
    let redirect_uri =
        query.first("redirect_uri").ok_or_else(|| PageError::missing_parameter("redirect_uri"))?;
    match redirect_uri::judge(client, redirect_uri) {
        Verdict::Accepted => {}
        Verdict::AgainstPolicy => return Err(PageError::against_policy(redirect_uri)),
        Verdict::Mismatch => return Err(PageError::redirect_uri_mismatch(redirect_uri)),
    }
    let text = |name: &str| query.first(name).map(str::to_owned);
    Ok(Asked {
        client_id: client_id.to_owned(),
        project_id: project.id.clone(),
        redirect_uri: redirect_uri.to_owned(),
        scopes: registered(client, check_scopes(state, query)?)?,
        state: text("state"),
        challenge: check_challenge(query)?,
        nonce: text("nonce"),
        offline: query.first("access_type") == Some("offline"),
        with_earlier: query.first("include_granted_scopes") == Some("true"),
        device_code: None,
        prompt: check_prompt(query)?,
        login_hint: text("login_hint"),
        parameters: query.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
    })
}

fn check_lifecycle(project: &Project, client: &Client) -> Result<(), PageError> {
    match (project.lifecycle, client.lifecycle) {
        (Lifecycle::Active, Lifecycle::Active) => Ok(()),
        (Lifecycle::Deleted, _) | (_, Lifecycle::Deleted) => Err(PageError::deleted_client()),
        _ => Err(PageError::disabled_client()),
    }
}

fn check_scopes(state: &State, query: &Parameters) -> Result<Vec<String>, PageError> {
    let asked = query.first("scope").ok_or_else(|| PageError::missing_parameter("scope"))?;
    let refuse_bare = state.config.switches.reject_bare_generative_language;
    let (mut granted, mut valid, mut invalid) = (Vec::new(), Vec::new(), Vec::new());
    for scope in asked.split(' ').filter(|scope| !scope.is_empty()) {
        match scopes::known(scope) {
            Some(_) if refuse_bare && scope == scopes::BARE_GENERATIVE_LANGUAGE => {
                invalid.push(scope)
            }
            Some(long_name) => {
                valid.push(scope);
                if !granted.contains(&long_name) {
                    granted.push(long_name);
                }
            }
            None => invalid.push(scope),
        }
    }
    if invalid.is_empty() { Ok(granted) } else { Err(PageError::invalid_scope(&valid, &invalid)) }
}

fn registered(client: &Client, scopes: Vec<String>) -> Result<Vec<String>, PageError> {
    let Some(registered) = &client.registered_scopes else { return Ok(scopes) };
    let missing: Vec<&str> =
        scopes.iter().filter(|scope| !registered.contains(scope)).map(String::as_str).collect();
    if missing.is_empty() { Ok(scopes) } else { Err(PageError::unregistered_scopes(&missing)) }
}

/// RFC 7636, section 4.2: 43 to 128 unreserved characters; `plain` when no method is named.
fn check_challenge(query: &Parameters) -> Result<Option<(String, ChallengeMethod)>, PageError> {
    let method = match query.first("code_challenge_method") {
        Some("S256") => ChallengeMethod::S256,
        Some("plain") | None => ChallengeMethod::Plain,
        Some(_) => return Err(PageError::code_challenge()),
    };
    let Some(challenge) = query.first("code_challenge") else {
        return match query.first("code_challenge_method") {
            Some(_) => Err(PageError::code_challenge()),
            None => Ok(None),
        };
    };
    let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let length = if method == ChallengeMethod::S256 { 43..=43 } else { 43..=128 };
    if !length.contains(&challenge.len()) || !challenge.bytes().all(unreserved) {
        return Err(PageError::code_challenge());
    }
    Ok(Some((challenge.to_owned(), method)))
}

fn check_prompt(query: &Parameters) -> Result<Vec<String>, PageError> {
    let prompt: Vec<String> = query
        .first("prompt")
        .unwrap_or_default()
        .split_ascii_whitespace()
        .map(str::to_owned)
        .collect();
    let legacy = query.first("approval_prompt");
    if legacy.is_some() && !prompt.is_empty() {
        return Err(PageError::conflicting_prompts());
    }
    let known =
        prompt.iter().all(|word| matches!(word.as_str(), "none" | "consent" | "select_account"));
    if !known || prompt.len() > 1 && prompt.iter().any(|word| word == "none") {
        return Err(PageError::prompt(query.first("prompt").unwrap_or_default()));
    }
    match legacy {
        Some("force") => Ok(vec!["consent".to_owned()]),
        _ => Ok(prompt),
    }
}
