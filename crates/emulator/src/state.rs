//! All that the emulator remembers, under one lock.
//!
//! Codes, tokens and consents with the lifetimes of the virtual clock. Entries that no longer count stay
//! until the ledger is full, because Google words "expired" and "never existed" differently.

use crate::clock::Clock;
use crate::expectation::Expectations;
use crate::fault::Faults;
use crate::gemini::batches::batch::Batches;
use crate::gemini::interactions::stored::Interactions;
use crate::gemini::quota::Usage;
use crate::gemini::resources::kept::Resources;
use crate::journal::Journal;
use crate::ledger::Ledger;
use crate::oauth::flow::{Code, Device, Flow, Grant};
use crate::script::Scripts;
use crate::{Config, Issuer, clock, random};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeSet, HashMap, VecDeque};
use std::time::{Duration, SystemTime};

/// Google: at most 100 live refresh tokens for one account and one client; the oldest dies in silence.
const LIVE_REFRESH_TOKENS: usize = 100;
/// Google: a refresh token that was not used for six months dies.
const UNUSED_LIFE: Duration = Duration::from_secs(180 * 24 * 3600);
const CODE_LIFE: Duration = Duration::from_secs(10 * 60);
const MAX_TOKENS: usize = 50_000;
const MAX_CODES: usize = 10_000;
const MAX_FLOWS: usize = 1_000;

#[derive(Debug)]
pub(crate) struct State {
    /// `http://127.0.0.1:PORT`; empty until the server listens.
    pub(crate) origin: String,
    pub(crate) config: Config,
    pub(crate) clock: Clock,
    pub(crate) faults: Faults,
    pub(crate) journal: Journal,
    pub(crate) expectations: Expectations,
    pub(crate) scripts: Scripts,
    pub(crate) interactions: Interactions,
    pub(crate) batches: Batches,
    pub(crate) flows: Ledger<Flow>,
    pub(crate) codes: Ledger<Code>,
    pub(crate) devices: Ledger<Device>,
    pub(crate) access_tokens: Ledger<AccessToken>,
    pub(crate) refresh_tokens: Ledger<RefreshToken>,
    /// The refresh tokens of one account and client, oldest first.
    live: HashMap<(String, String), VecDeque<String>>,
    /// What an account has agreed to, by account and project, and when.
    pub(crate) consents: HashMap<(String, String), (BTreeSet<String>, SystemTime)>,
    /// Project and account of all who ever agreed while Google had not verified the app.
    pub(crate) unverified_users: BTreeSet<(String, String)>,
    pub(crate) families: u64,
    pub(crate) usage: Usage,
    pub(crate) resources: Resources,
    /// Only the console's own page knows it.
    pub(crate) console_token: String,
    initial: Config,
}

/// What an account has allowed a project's clients, as its account page lists it.
#[derive(Debug, Serialize)]
pub(crate) struct GrantSummary {
    pub(crate) account: String,
    pub(crate) project: String,
    pub(crate) scopes: Vec<String>,
    pub(crate) since: String,
    pub(crate) refresh_tokens: usize,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AccessToken {
    pub(crate) grant: Grant,
    #[serde(with = "clock::stamp")]
    pub(crate) expires: SystemTime,
    revoked: bool,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RefreshToken {
    pub(crate) grant: Grant,
    /// Set in Testing: seven days after consent.
    #[serde(with = "clock::stamp_if_any")]
    pub(crate) expires: Option<SystemTime>,
    #[serde(with = "clock::stamp")]
    last_used: SystemTime,
    revoked: bool,
}

/// What is known about a token that a client presents.
#[derive(Debug)]
pub(crate) enum Lookup<T> {
    Live(T),
    /// Expired or revoked.
    Dead,
    Unknown,
}

impl State {
    pub(crate) fn new(config: Config) -> Self {
        Self {
            origin: String::new(),
            initial: config.clone(),
            config,
            clock: Clock::default(),
            faults: Faults::default(),
            journal: Journal::default(),
            expectations: Expectations::default(),
            scripts: Scripts::default(),
            interactions: Interactions::default(),
            batches: Batches::default(),
            flows: Ledger::new(MAX_FLOWS),
            codes: Ledger::new(MAX_CODES),
            devices: Ledger::new(MAX_FLOWS),
            access_tokens: Ledger::new(MAX_TOKENS),
            refresh_tokens: Ledger::new(MAX_TOKENS),
            live: HashMap::new(),
            consents: HashMap::new(),
            unverified_users: BTreeSet::new(),
            families: 0,
            usage: Usage::default(),
            resources: Resources::default(),
            console_token: random::console_token(),
        }
    }

    pub(crate) fn reset(&mut self) {
        *self = self.as_after_the_start();
    }

    pub(crate) fn as_after_the_start(&self) -> Self {
        let origin = self.origin.clone();
        Self { origin, ..Self::new(self.initial.clone()) }
    }

    /// Who id_tokens, redirects and the discovery document say that this is.
    pub(crate) fn issuer(&self) -> String {
        match self.config.switches.issuer {
            Issuer::Google => "https://accounts.google.com".to_owned(),
            Issuer::Origin => self.origin.clone(),
        }
    }

    /// Fills `live` from the refresh tokens.
    pub(crate) fn find_live_refresh_tokens(&mut self) {
        for (value, token) in self.refresh_tokens.entries() {
            if !token.revoked {
                let key = (token.grant.account, token.grant.client_id);
                self.live.entry(key).or_default().push_back(value);
            }
        }
    }

    pub(crate) fn new_family(&mut self) -> u64 {
        // A document that was put in may have counted to the end.
        self.families = self.families.wrapping_add(1);
        self.families
    }

    pub(crate) fn issue_code(&mut self, code: Code) -> String {
        let value = random::code();
        self.codes.insert(value.clone(), code);
        value
    }

    pub(crate) fn code_expiry(&self) -> SystemTime {
        self.clock.now() + CODE_LIFE
    }

    pub(crate) fn issue_access_token(&mut self, grant: Grant) -> (String, Duration) {
        let life = Duration::from_secs(self.config.access_token_lifetime.into());
        (self.issue_access_token_for(grant, life), life)
    }

    pub(crate) fn issue_access_token_for(&mut self, grant: Grant, life: Duration) -> String {
        let value = random::access_token();
        let expires = self.clock.now() + life;
        self.access_tokens.insert(value.clone(), AccessToken { grant, expires, revoked: false });
        value
    }

    pub(crate) fn issue_refresh_token(&mut self, grant: Grant, life: Option<Duration>) -> String {
        let value = random::refresh_token();
        let now = self.clock.now();
        let key = (grant.account.clone(), grant.client_id.clone());
        let token = RefreshToken {
            grant,
            expires: life.map(|life| now + life),
            last_used: now,
            revoked: false,
        };
        self.refresh_tokens.insert(value.clone(), token);
        let live = self.live.entry(key).or_default();
        live.push_back(value.clone());
        if live.len() > LIVE_REFRESH_TOKENS
            && let Some(oldest) = live.pop_front()
            && let Some(token) = self.refresh_tokens.get_mut(&oldest)
        {
            token.revoked = true;
        }
        value
    }

    pub(crate) fn access_token(&self, value: &str) -> Lookup<&AccessToken> {
        match self.access_tokens.get(value) {
            Some(token) if !token.revoked && token.expires > self.clock.now() => {
                Lookup::Live(token)
            }
            Some(_) => Lookup::Dead,
            None => Lookup::Unknown,
        }
    }

    pub(crate) fn refresh_token(&self, value: &str) -> Lookup<&RefreshToken> {
        let now = self.clock.now();
        match self.refresh_tokens.get(value) {
            Some(token)
                if !token.revoked
                    && token.expires.is_none_or(|expires| expires > now)
                    && token.last_used + UNUSED_LIFE > now =>
            {
                Lookup::Live(token)
            }
            Some(_) => Lookup::Dead,
            None => Lookup::Unknown,
        }
    }

    pub(crate) fn note_use(&mut self, refresh_token: &str) {
        let now = self.clock.now();
        if let Some(token) = self.refresh_tokens.get_mut(refresh_token) {
            token.last_used = now;
        }
    }

    pub(crate) fn has_live_refresh_token(&self, account: &str, client_id: &str) -> bool {
        let key = (account.to_owned(), client_id.to_owned());
        let mut values = self.live.get(&key).into_iter().flatten();
        values.any(|value| matches!(self.refresh_token(value), Lookup::Live(_)))
    }

    /// Ends every token for which this holds.
    fn revoke_where(&mut self, condemned: impl Fn(&Grant) -> bool) {
        for token in self.access_tokens.values_mut().filter(|token| condemned(&token.grant)) {
            token.revoked = true;
        }
        for token in self.refresh_tokens.values_mut().filter(|token| condemned(&token.grant)) {
            token.revoked = true;
        }
        let tokens = &self.refresh_tokens;
        for values in self.live.values_mut() {
            values.retain(|value| tokens.get(value).is_some_and(|token| !token.revoked));
        }
    }

    pub(crate) fn revoke_family(&mut self, family: u64) {
        self.revoke_where(|grant| grant.family == family);
    }

    /// Ends all that an account gave to a project, whichever of its clients asked.
    pub(crate) fn revoke_project(&mut self, account: &str, project_id: &str) {
        self.revoke_where(|grant| grant.account == account && grant.project_id == project_id);
        self.consents.remove(&(account.to_owned(), project_id.to_owned()));
    }

    /// What accounts have agreed to and not taken back, the newest first.
    pub(crate) fn grants(&self) -> Vec<GrantSummary> {
        let mut grants: Vec<_> = self.consents.iter().collect();
        grants.sort_by_key(|(_, (_, since))| std::cmp::Reverse(*since));
        let summary = |(account, project): &(String, String), scopes: &BTreeSet<String>, since| {
            GrantSummary {
                account: account.clone(),
                project: project.clone(),
                scopes: scopes.iter().cloned().collect(),
                since: clock::rfc3339(clock::whole_seconds(since)),
                refresh_tokens: self.live_refresh_tokens(account, project),
            }
        };
        grants.into_iter().map(|(key, (scopes, since))| summary(key, scopes, *since)).collect()
    }

    fn live_refresh_tokens(&self, account: &str, project: &str) -> usize {
        let values = self.live.values().flatten();
        let live = values.filter(|value| {
            matches!(self.refresh_token(value), Lookup::Live(token)
                if token.grant.account == account && token.grant.project_id == project)
        });
        live.count()
    }

    pub(crate) fn note_consent(&mut self, account: &str, project_id: &str, scopes: &[String]) {
        let now = self.clock.now();
        let key = (account.to_owned(), project_id.to_owned());
        let (agreed, since) = self.consents.entry(key).or_insert_with(|| (BTreeSet::new(), now));
        agreed.extend(scopes.iter().cloned());
        *since = now;
    }

    /// What an account has agreed to give a project's clients.
    pub(crate) fn agreed(&self, account: &str, project_id: &str) -> Vec<String> {
        let key = (account.to_owned(), project_id.to_owned());
        self.consents
            .get(&key)
            .map_or_else(Vec::new, |(agreed, _)| agreed.iter().cloned().collect())
    }

    /// Whether the account agreed to all of these scopes, not longer ago than `life`.
    pub(crate) fn has_consented(
        &self,
        account: &str,
        project_id: &str,
        scopes: &[String],
        life: Option<Duration>,
    ) -> bool {
        let key = (account.to_owned(), project_id.to_owned());
        self.consents.get(&key).is_some_and(|(agreed, since)| {
            scopes.iter().all(|scope| agreed.contains(scope))
                && life.is_none_or(|life| *since + life > self.clock.now())
        })
    }
}
