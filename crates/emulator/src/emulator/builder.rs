//! What an emulator is started with, and its start.
//!
//! In: an address, a folder, a configuration. Out: a running [`Emulator`], or why there is none.

use super::{Emulator, StartError};
use crate::proxy::{Authority, Proxy};
use crate::server::Server;
use crate::state::State;
use crate::{Approval, Config, dir};
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Settings of an [`Emulator`] that is to start.
#[derive(Debug, Clone)]
#[must_use]
pub struct Builder {
    listen: SocketAddr,
    proxy: Option<SocketAddr>,
    dir: Option<PathBuf>,
    forward: Vec<String>,
    web_client: Option<(String, Vec<String>)>,
    approve: Option<String>,
    config: Config,
}

impl Emulator {
    /// Starts with the defaults: a free port of 127.0.0.1, the quickstart's project, consent by pages.
    pub fn builder() -> Builder {
        Builder::new()
    }
}

impl Builder {
    fn new() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            proxy: None,
            dir: None,
            forward: Vec::new(),
            web_client: None,
            approve: None,
            config: Config::default(),
        }
    }

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

    /// Passes the proxy's connections to this host, which is not one of Google's that the emulator imitates,
    /// through unchanged. Without it they are refused.
    pub fn forward(mut self, host: impl Into<String>) -> Self {
        self.forward.push(host.into().to_ascii_lowercase());
        self
    }

    /// Adds a client of the type "Web application" to the first project: `NUMBER-NAME.apps.googleusercontent.com`,
    /// with these redirect URIs. Its file is the `client_secret.json`.
    pub fn web_client(
        mut self,
        name: impl Into<String>,
        redirect_uris: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        let redirect_uris = redirect_uris.into_iter().map(Into::into).collect();
        self.web_client = Some((name.into(), redirect_uris));
        self
    }

    /// Answers consent by itself, as this account.
    pub fn approve(mut self, email: impl Into<String>) -> Self {
        self.approve = Some(email.into());
        self
    }

    /// Writes `client_secret.json`, `env.sh` and, for PowerShell, `env.ps1` into this folder, which is made when missing.
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
    /// be written or holds a certificate authority that is not its own.
    pub fn start(self) -> Result<Emulator, StartError> {
        for address in [Some(self.listen), self.proxy].into_iter().flatten() {
            if !address.ip().is_loopback() {
                return Err(StartError::NotLoopback(address));
            }
        }
        let mut config = self.config;
        if let Some(account) = self.approve {
            config.approve = Some(Approval::by(account));
        }
        let web_client = self.web_client;
        let client_id =
            web_client.map(|(name, redirect_uris)| config.add_web_client(&name, redirect_uris));
        let client_id = client_id.transpose().map_err(StartError::Config)?;
        let config = config.checked().map_err(StartError::Config)?;
        let state = State::new(config);
        let now = state.clock.now();
        let dir = self.dir.as_deref();
        let path = || dir.unwrap_or(Path::new("")).to_owned();
        let unwritable = |source: io::Error| match source.kind() {
            io::ErrorKind::InvalidData => StartError::Authority { path: path(), source },
            _ => StartError::Dir { path: path(), source },
        };
        let authority = match self.proxy {
            Some(_) => Some(Authority::load_or_make(dir, now).map_err(unwritable)?),
            None => None,
        };
        let tls = authority.as_ref().map(|authority| authority.server_config(now)).transpose();
        let forward: Arc<[String]> = self.forward.into();
        let proxy = tls.map_err(unwritable)?.map(|tls| Proxy { tls: tls.into(), forward });
        let (server, service) = Server::start(self.listen, self.proxy.zip(proxy), state)
            .map_err(|source| StartError::Listen { address: self.listen, source })?;
        let ca_pem = authority.map(|authority| authority.pem);
        let mut emulator = Emulator { service, server, ca_pem, client_id, files: None };
        if let Some(dir) = dir {
            let (json, origin) = (emulator.client_file(), &emulator.service.origin);
            let files = dir::write(dir, json.as_deref(), origin, emulator.server.proxy());
            emulator.files = Some(files.map_err(unwritable)?);
        }
        Ok(emulator)
    }
}
