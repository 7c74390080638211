//! The state as one JSON document, to stop an emulator and go on with another.
//!
//! In: `GET /emulator/v1/state`, or `PUT` of what it gave. Out: configuration, clock, codes, tokens, consents, scripts, and what
//! the Gemini API keeps. Tokens are in clear: a program that can ask can sign in as any account anyway. A document with a
//! mistake changes nothing. Not here: sign-ins, devices and uploads in progress, faults, counted quotas, what was asked.

use crate::gemini::batches::batch::{Batch, Batches};
use crate::gemini::interactions::stored::{Interactions, Stored};
use crate::gemini::resources::Saved;
use crate::ledger::Ledger;
use crate::oauth::flow::Code;
use crate::script::{Script, Scripts};
use crate::state::{AccessToken, RefreshToken, State};
use crate::{Config, ConfigError, clock};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, SystemTime};

/// Goes up when older documents can no longer be read.
const VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    version: u32,
    config: Config,
    clock: ClockPart,
    codes: Vec<(String, Code)>,
    access_tokens: Vec<(String, AccessToken)>,
    refresh_tokens: Vec<(String, RefreshToken)>,
    consents: Vec<Consent>,
    unverified_users: BTreeSet<(String, String)>,
    families: u64,
    /// Files, stores and caches; older documents have none.
    #[serde(default)]
    resources: Saved,
    /// Older documents have none of these three.
    #[serde(default)]
    scripts: Vec<Script>,
    #[serde(default)]
    interactions: Vec<Stored>,
    #[serde(default)]
    batches: Vec<Batch>,
}

/// How far the clock is ahead of the system's.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ClockPart {
    ahead_seconds: u64,
}

/// What an account has agreed to for a project.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Consent {
    account: String,
    project: String,
    scopes: BTreeSet<String>,
    #[serde(with = "clock::stamp")]
    since: SystemTime,
}

pub(crate) fn export(state: &State) -> String {
    let sorted: BTreeMap<_, _> = state.consents.iter().collect();
    let consents = sorted.into_iter().map(|((account, project), (scopes, since))| Consent {
        account: account.clone(),
        project: project.clone(),
        scopes: scopes.clone(),
        since: *since,
    });
    let document = Document {
        version: VERSION,
        config: state.config.clone(),
        clock: ClockPart { ahead_seconds: state.clock.ahead().as_secs() },
        codes: state.codes.entries(),
        access_tokens: state.access_tokens.entries(),
        refresh_tokens: state.refresh_tokens.entries(),
        consents: consents.collect(),
        unverified_users: state.unverified_users.clone(),
        families: state.families,
        resources: Saved::of(&state.resources),
        scripts: state.scripts.pending(),
        interactions: state.interactions.saved(),
        batches: state.batches.saved(),
    };
    serde_json::to_string_pretty(&document).unwrap_or_default()
}

/// Takes a document for the state; all else is as after a reset.
pub(crate) fn import(state: &mut State, json: &str) -> Result<(), ConfigError> {
    let document: Document =
        serde_json::from_str(json).map_err(|error| ConfigError::place_in(json, &error))?;
    if document.version != VERSION {
        let text = format!("field `version`: {} is not {VERSION}", document.version);
        return Err(ConfigError(text));
    }
    let mut next = state.as_after_the_start();
    next.config = document.config.checked()?;
    next.clock.advance(Duration::from_secs(document.clock.ahead_seconds));
    fill(&mut next.codes, document.codes, "codes")?;
    fill(&mut next.access_tokens, document.access_tokens, "access_tokens")?;
    fill(&mut next.refresh_tokens, document.refresh_tokens, "refresh_tokens")?;
    next.find_live_refresh_tokens();
    next.families = document.families;
    next.resources = document.resources.restored()?;
    next.scripts = Scripts::restored(document.scripts).map_err(in_field("scripts"))?;
    next.interactions =
        Interactions::restored(document.interactions).map_err(in_field("interactions"))?;
    next.batches = Batches::restored(document.batches).map_err(in_field("batches"))?;
    next.unverified_users = document.unverified_users;
    for Consent { account, project, scopes, since } in document.consents {
        next.consents.insert((account, project), (scopes, since));
    }
    *state = next;
    Ok(())
}

fn in_field(field: &str) -> impl Fn(&str) -> ConfigError {
    move |why| ConfigError(format!("field `{field}`: {why}"))
}

fn fill<T>(
    ledger: &mut Ledger<T>,
    entries: Vec<(String, T)>,
    field: &str,
) -> Result<(), ConfigError> {
    for (key, value) in entries {
        if ledger.get(&key).is_some() {
            return Err(in_field(field)("an entry comes twice"));
        }
        ledger.insert(key, value);
    }
    Ok(())
}
