//! Sign-ins that a test needs done before it begins.
//!
//! In: an account and scopes. Out: what a program has after the user has agreed: an Application Default
//! Credentials file, or an access token. The consent pages and their refusals are gone past.

use super::Emulator;
use crate::Client;
use crate::oauth::flow::Grant;
use crate::oauth::{scopes, token};
use crate::state::State;
use serde_json::json;

impl Emulator {
    /// Adds a Google account that may sign in to every project in Testing, and returns its address.
    pub fn add_user(&self, email: impl Into<String>) -> String {
        let email = email.into();
        let config = &mut self.state().config;
        config.add_user(&email);
        for project in &mut config.projects {
            let testers = &mut project.consent_screen.test_users;
            if !testers.contains(&email) {
                testers.push(email.clone());
            }
        }
        email
    }

    /// Signs an account in and returns its Application Default Credentials: the JSON that gcloud writes, of
    /// the client of [`Emulator::client_secret_json`].
    ///
    /// # Panics
    /// If there is no such account, no such scope or no client.
    #[track_caller]
    #[must_use]
    pub fn authorized_user(&self, email: &str, scopes: &[impl AsRef<str>]) -> String {
        let mut state = self.state();
        let (grant, client) = self.agreed(&mut state, email, scopes);
        let life = token::refresh_life(&state, &grant);
        let file = json!({
            "account": "",
            "client_id": client.client_id,
            "client_secret": client.client_secret,
            "refresh_token": state.issue_refresh_token(grant, life),
            "type": "authorized_user",
            "universe_domain": "googleapis.com",
        });
        format!("{file:#}")
    }

    /// Signs an account in and returns an access token, good for an hour of the virtual clock.
    ///
    /// # Panics
    /// If there is no such account, no such scope or no client.
    #[track_caller]
    #[must_use]
    pub fn access_token(&self, email: &str, scopes: &[impl AsRef<str>]) -> String {
        let mut state = self.state();
        let (grant, _) = self.agreed(&mut state, email, scopes);
        state.issue_access_token(grant).0
    }

    /// What the account has agreed to, and the client that it is for.
    #[track_caller]
    fn agreed(
        &self,
        state: &mut State,
        email: &str,
        scopes: &[impl AsRef<str>],
    ) -> (Grant, Client) {
        let known = |scope: &str| {
            scopes::known(scope).unwrap_or_else(|| panic!("the scope `{scope}` does not exist"))
        };
        let scopes: Vec<String> = scopes.iter().map(|scope| known(scope.as_ref())).collect();
        let user = state.config.user(email);
        let user =
            user.unwrap_or_else(|| panic!("`{email}` is not one of the accounts: `add_user`"));
        let account = user.email.clone();
        let client = self.client(&state.config).expect("the configuration has an OAuth client");
        let (project_id, client) = (client.0.id.clone(), client.1.clone());
        state.note_consent(&account, &project_id, &scopes);
        let (client_id, family) = (client.client_id.clone(), state.new_family());
        (Grant { account, client_id, project_id, scopes, offline: true, family }, client)
    }
}
