//! Why an emulator did not start, in words.

use crate::ConfigError;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::{error, fmt};

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
    /// The folder holds a certificate authority that is not this user's, or not the emulator's.
    Authority {
        /// The folder asked for.
        path: PathBuf,
        /// What is wrong with it.
        source: std::io::Error,
    },
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
            Self::Authority { path, .. } => {
                write!(f, "cannot use the certificate authority in `{}`", path.display())
            }
            Self::Dir { path, .. } => write!(f, "cannot write to `{}`", path.display()),
        }
    }
}

impl error::Error for StartError {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match self {
            Self::Listen { source, .. }
            | Self::Dir { source, .. }
            | Self::Authority { source, .. } => Some(source),
            Self::NotLoopback(_) | Self::Config(_) => None,
        }
    }
}
