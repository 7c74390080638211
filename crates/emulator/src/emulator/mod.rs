//! Starts and stops the emulator, and is its control panel in Rust.
//!
//! In: an address, a folder, a configuration. Out: a running server on threads of its own, so that it
//! serves tests with any runtime or none. Dropping it stops it; a panic inside it fails the test that owns it.

use crate::proxy::Authority;
use crate::server::{Server, Service};
use crate::state::State;
use crate::{Approval, Config, ConfigError, Fault, RecordedRequest, dir, snapshot};
use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::{Arc, MutexGuard};
use std::time::{Duration, SystemTime};
use std::{error, fmt, thread};

/// A running offline Google; stops when dropped.
#[derive(Debug)]
pub struct Emulator {
    service: Arc<Service>,
    server: Server,
    ca_pem: Option<String>,
    files: Option<dir::Files>,
}

/// Settings of an [`Emulator`] that is to start.
#[derive(Debug, Clone)]
#[must_use]
pub struct Builder {
    listen: SocketAddr,
    proxy: Option<SocketAddr>,
    dir: Option<PathBuf>,
    approve: Option<String>,
    config: Config,
}

impl Emulator {
    /// Starts with the defaults: a free port of 127.0.0.1, the quickstart's project, consent by pages.
    pub fn builder() -> Builder {
        Builder {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            proxy: None,
            dir: None,
            approve: None,
            config: Config::default(),
        }
    }

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

    /// Returns the address that it listens on.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// Returns a `client_secret.json` of the first desktop client, with this emulator's URLs.
    ///
    /// A configuration without a desktop client gives an `installed` object without an id.
    #[must_use]
    pub fn client_secret_json(&self) -> String {
        dir::client_secret_json(&self.state().config, &self.service.origin)
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

    /// Returns to the state after the start: tokens, clock, journal, faults and configuration.
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
        if let Some(message) = self.service.panic_message()
            && !thread::panicking()
        {
            panic!("the emulator panicked: {message}");
        }
    }
}

impl Builder {
    /// Listens on this address; only loopback addresses are accepted.
    pub fn listen(mut self, address: SocketAddr) -> Self {
        self.listen = address;
        self
    }

    /// Listens here, too, as an HTTPS proxy that answers in the place of Google's hosts; only loopback
    /// addresses are accepted. Clients have to trust [`Emulator::ca_pem`].
    pub fn proxy(mut self, address: SocketAddr) -> Self {
        self.proxy = Some(address);
        self
    }

    /// Answers consent by itself, as this account.
    pub fn approve(mut self, email: impl Into<String>) -> Self {
        self.approve = Some(email.into());
        self
    }

    /// Writes `client_secret.json` and `env.sh` into this folder, which is made when missing.
    pub fn dir(mut self, path: impl Into<PathBuf>) -> Self {
        self.dir = Some(path.into());
        self
    }

    /// Starts from this configuration.
    pub fn config(mut self, config: Config) -> Self {
        self.config = config;
        self
    }

    /// Starts the server and returns once it accepts connections.
    ///
    /// # Errors
    /// An address that is not loopback or is in use, an account that does not exist, a folder that cannot
    /// be written.
    pub fn start(self) -> Result<Emulator, StartError> {
        for address in [Some(self.listen), self.proxy].into_iter().flatten() {
            if !address.ip().is_loopback() {
                return Err(StartError::NotLoopback(address));
            }
        }
        let mut config = self.config;
        if let Some(account) = self.approve {
            config.approve = Some(Approval { account, ..Approval::default() });
        }
        let config = config.checked().map_err(StartError::Config)?;
        let state = State::new(config);
        let now = state.clock.now();
        let dir = self.dir.as_deref();
        let unwritable =
            |source| StartError::Dir { path: dir.unwrap_or(Path::new("")).to_owned(), source };
        let authority = match self.proxy {
            Some(_) => Some(Authority::load_or_make(dir, now).map_err(unwritable)?),
            None => None,
        };
        let tls = authority.as_ref().map(|authority| authority.server_config(now)).transpose();
        let proxy = self.proxy.zip(tls.map_err(unwritable)?);
        let (server, service) = Server::start(self.listen, proxy, state)
            .map_err(|source| StartError::Listen { address: self.listen, source })?;
        let ca_pem = authority.map(|authority| authority.pem);
        let mut emulator = Emulator { service, server, ca_pem, files: None };
        if let Some(dir) = dir {
            let json = emulator.client_secret_json();
            let files = dir::write(dir, &json, &emulator.service.origin, emulator.server.proxy());
            emulator.files = Some(files.map_err(unwritable)?);
        }
        Ok(emulator)
    }
}

/// Why an emulator did not start.
#[derive(Debug)]
#[non_exhaustive]
pub enum StartError {
    /// The address is not loopback.
    NotLoopback(SocketAddr),
    /// The address cannot be listened on.
    Listen {
        /// The address asked for.
        address: SocketAddr,
        /// Why the system refused.
        source: std::io::Error,
    },
    /// The configuration contradicts itself.
    Config(ConfigError),
    /// The folder cannot be written.
    Dir {
        /// The folder asked for.
        path: PathBuf,
        /// Why the system refused.
        source: std::io::Error,
    },
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotLoopback(address) => write!(
                f,
                "cannot listen on `{address}`: it is not a loopback address, and anyone who reaches the \
                 emulator can sign in as anyone"
            ),
            Self::Listen { address, .. } => write!(f, "cannot listen on `{address}`"),
            Self::Config(error) => write!(f, "cannot use the configuration: {error}"),
            Self::Dir { path, .. } => write!(f, "cannot write to `{}`", path.display()),
        }
    }
}

impl error::Error for StartError {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match self {
            Self::Listen { source, .. } | Self::Dir { source, .. } => Some(source),
            Self::NotLoopback(_) | Self::Config(_) => None,
        }
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
