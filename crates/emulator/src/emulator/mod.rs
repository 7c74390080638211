//! Starts and stops the emulator, and is its control panel in Rust.
//!
//! In: a configuration, faults, scripted replies. Out: a running server on threads of its own, so that it
//! serves tests with any runtime or none. Dropping it stops it; a panic inside it, or an expectation that is
//! not met, fails the test that owns it.

mod browser;
mod builder;
mod sign_in;
mod start_error;

pub use self::browser::Page;
pub use self::builder::Builder;
pub use self::start_error::StartError;

use crate::expectation::Expectation;
use crate::server::Server;
use crate::service::Service;
use crate::state::State;
use crate::{
    Asked, Client, Config, ConfigError, Fault, Project, RecordedRequest, Script, ScriptedReply,
    dir, snapshot,
};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::net::SocketAddr;
use std::sync::{Arc, MutexGuard};
use std::thread;
use std::time::{Duration, SystemTime};

/// A running offline Google; stops when dropped.
#[derive(Debug)]
pub struct Emulator {
    service: Arc<Service>,
    server: Server,
    ca_pem: Option<String>,
    /// The client that the files are for, if the start named one.
    client_id: Option<String>,
    files: Option<dir::Files>,
}

impl Emulator {
    /// Returns the base URL, `http://127.0.0.1:PORT`.
    #[must_use]
    pub fn url(&self) -> String {
        self.service.origin.clone()
    }

    /// Returns the address of the HTTPS proxy, if there is one.
    #[must_use]
    pub fn proxy_address(&self) -> Option<SocketAddr> {
        self.server.proxy()
    }

    /// Returns the certificate that clients of the proxy have to trust, in PEM.
    #[must_use]
    pub fn ca_pem(&self) -> Option<&str> {
        self.ca_pem.as_deref()
    }

    /// Returns the variables that aim unmodified clients at this emulator, as `env.sh` sets them. Those of
    /// the proxy need [`Builder::dir`], where the CA file is.
    #[must_use]
    pub fn variables(&self) -> BTreeMap<&'static str, String> {
        dir::variables(&self.service.origin, self.server.proxy(), self.files.as_ref())
    }

    /// Returns a look-up of [`Emulator::variables`], for code that takes the environment as a function.
    pub fn env(&self) -> impl Fn(&str) -> Option<OsString> + Clone + Send + Sync + 'static {
        let variables = self.variables();
        move |name| variables.get(name).map(OsString::from)
    }

    /// Returns the address that it listens on.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// Returns a `client_secret.json` with this emulator's URLs: of the client of
    /// [`Builder::web_client`], else of the first desktop client, else of the first client of another kind.
    /// `null` where no project has a client.
    #[must_use]
    pub fn client_secret_json(&self) -> String {
        self.client_file().unwrap_or_else(|| "null".to_owned())
    }

    fn client_file(&self) -> Option<String> {
        let config = &self.state().config;
        let (project, client) = self.client(config)?;
        Some(dir::client_file(&project.id, client, &self.service.origin))
    }

    /// The client that the start asked for, else the first.
    fn client<'a>(&self, config: &'a Config) -> Option<(&'a Project, &'a Client)> {
        let asked = self.client_id.as_ref().and_then(|id| config.client(id));
        asked.or_else(|| config.first_client())
    }

    /// Moves the virtual clock forward.
    pub fn advance(&self, by: Duration) {
        self.state().clock.advance(by);
    }

    /// Returns the virtual time.
    #[must_use]
    pub fn now(&self) -> SystemTime {
        self.state().clock.now()
    }

    /// Returns the requests so far, control requests left out.
    #[must_use]
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.state().journal.requests()
    }

    /// Makes coming requests fail as described.
    pub fn fault(&self, fault: Fault) {
        self.state().faults.add(fault);
    }

    /// Scripts what a model answers next: text, or a whole response as JSON. The model is named without
    /// `models/`; once its replies are used up it gives the emulator's own answer again.
    pub fn reply(&self, model: impl Into<String>, reply: impl Into<ScriptedReply>) {
        self.replies(model, [reply]);
    }

    /// Scripts a sequence of answers, one for each call.
    pub fn replies(
        &self,
        model: impl Into<String>,
        replies: impl IntoIterator<Item = impl Into<ScriptedReply>>,
    ) {
        let replies = replies.into_iter().map(Into::into);
        self.state().config.replies.entry(model.into()).or_default().extend(replies);
    }

    /// Scripts the answer to requests that this describes; scripts come before [`Emulator::reply`], in their order.
    pub fn script(&self, script: Script) {
        self.state().scripts.add(script);
    }

    /// Returns what models were asked so far, oldest first.
    #[must_use]
    pub fn asked(&self) -> Vec<Asked> {
        self.state().scripts.asked()
    }

    /// Expects requests from now on; [`Emulator::verify`] and the drop say whether they came.
    pub fn expect(&self, expectation: Expectation) {
        self.state().expectations.add(expectation);
    }

    /// Checks all expectations.
    ///
    /// # Panics
    /// If one is not met; the message lists each with the number of requests that came.
    #[track_caller]
    pub fn verify(&self) {
        let unmet = self.state().expectations.unmet();
        assert!(unmet.is_empty(), "{}", unmet.join("\n"));
    }

    /// Returns to the state after the start: tokens, expectations, clock, journal, faults and configuration.
    pub fn reset(&self) {
        self.state().reset();
    }

    /// Returns configuration, clock, codes, tokens and consents as one JSON document. Tokens are in clear.
    #[must_use]
    pub fn export(&self) -> String {
        snapshot::export(&self.state())
    }

    /// Goes on from the state of [`Emulator::export`]; journal and faults are emptied.
    ///
    /// # Errors
    /// A document with a mistake; the error names the field, and nothing has changed.
    pub fn import(&self, json: &str) -> Result<(), ConfigError> {
        snapshot::import(&mut self.state(), json)
    }

    /// Returns the configuration in force.
    #[must_use]
    pub fn config(&self) -> Config {
        self.state().config.clone()
    }

    /// Replaces the configuration; tokens stay, as they do at Google.
    pub fn set_config(&self, config: Config) {
        self.state().config = config;
    }

    /// Changes the configuration in place.
    pub fn update_config(&self, change: impl FnOnce(&mut Config)) {
        change(&mut self.state().config);
    }

    /// Returns the line that the command prints when it is ready: one JSON object.
    #[must_use]
    pub fn ready_json(&self) -> String {
        dir::ready_json(&self.service.origin, self.server.proxy(), self.files.as_ref())
    }

    /// Blocks until [`Emulator::stop`] is called.
    pub fn wait(&self) {
        self.service.stopped.wait();
    }

    /// Stops answering; open connections are closed.
    pub fn stop(&self) {
        self.server.stop();
        self.service.stopped.set();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.service.state()
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        self.stop();
        if thread::panicking() {
            return;
        }
        if let Some(message) = self.service.panic_message() {
            panic!("the emulator panicked: {message}");
        }
        self.verify();
    }
}

#[cfg(test)]
mod tests {
    use super::Emulator;
    use std::panic::{AssertUnwindSafe, catch_unwind};

    #[test]
    fn panic_inside_fails_the_test_that_owns_the_emulator() {
        let emulator = Emulator::builder().start().unwrap();
        emulator.service.note_panic(&"the state is broken");
        let payload = catch_unwind(AssertUnwindSafe(|| drop(emulator))).unwrap_err();
        let message = payload.downcast_ref::<String>().unwrap();
        assert_eq!(message, "the emulator panicked: the state is broken");
    }
}
