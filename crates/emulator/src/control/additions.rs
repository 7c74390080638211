//! Adds one account, OAuth client or API key, without writing the whole configuration.
//!
//! In: a small JSON object. Out: what was added, a client as its `client_secret.json`; or what is wrong.

use crate::state::State;
use crate::{Client, ClientKind, Project, dir, random};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewUser {
    email: String,
    name: Option<String>,
    hd: Option<String>,
    #[serde(default)]
    claims: Map<String, Value>,
}

/// The project is the first one unless it is named.
#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
struct NewClient {
    project: Option<String>,
    kind: ClientKind,
    redirect_uris: Vec<String>,
}

impl Default for NewClient {
    fn default() -> Self {
        Self { project: None, kind: ClientKind::Desktop, redirect_uris: Vec::new() }
    }
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct NewKey {
    project: Option<String>,
}

/// Adds an account that is a test user of every project.
pub(super) fn user(state: &mut State, body: &[u8]) -> Result<Value, String> {
    let asked: NewUser = read(body)?;
    let mut config = state.config.clone();
    for project in &mut config.projects {
        let testers = &mut project.consent_screen.test_users;
        if !testers.contains(&asked.email) {
            testers.push(asked.email.clone());
        }
    }
    let user = config.add_user(&asked.email);
    user.name = asked.name.unwrap_or_else(|| user.name.clone());
    user.hd = asked.hd.or_else(|| user.hd.take());
    user.claims.extend(asked.claims);
    let added = json!(user);
    state.config = config.checked().map_err(|error| error.to_string())?;
    Ok(added)
}

pub(super) fn client(state: &mut State, body: &[u8], origin: &str) -> Result<Value, String> {
    let asked: NewClient = read(body)?;
    if (asked.kind == ClientKind::Web) == asked.redirect_uris.is_empty() {
        return Err("a web client, and no other, has `redirect_uris`".to_owned());
    }
    let project = project(state, asked.project.as_deref())?;
    let (id, secret) = (random::client_id(project.number), random::client_secret());
    let client = match asked.kind {
        ClientKind::Desktop => Client::desktop(id, secret),
        ClientKind::LimitedInput => Client::limited_input(id, secret),
        ClientKind::Web => Client::web(id, secret, asked.redirect_uris),
    };
    let file = dir::client_file(&project.id, &client, origin);
    project.clients.push(client);
    serde_json::from_str(&file).map_err(|error| error.to_string())
}

pub(super) fn api_key(state: &mut State, body: &[u8]) -> Result<Value, String> {
    let asked: NewKey = read(body)?;
    let project = project(state, asked.project.as_deref())?;
    let key = random::api_key();
    project.api_keys.push(key.clone());
    Ok(json!({"project": project.id, "key": key}))
}

/// An empty body asks for nothing in particular.
fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, String> {
    let body = if body.is_empty() { b"{}" } else { body };
    serde_json::from_slice(body).map_err(|error| super::why(&error))
}

fn project<'a>(state: &'a mut State, id: Option<&str>) -> Result<&'a mut Project, String> {
    let mut projects = state.config.projects.iter_mut();
    let found = projects.find(|project| id.is_none_or(|id| project.id == id));
    found.ok_or_else(|| format!("there is no project `{}`", id.unwrap_or_default()))
}
