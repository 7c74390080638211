//! What can go wrong between a client file and a request header.
//!
//! In: facts. Out: one line that names the object, its cause, and a kind to choose advice by.
//! Not here: advice; the caller knows what its user can do. Never in an error: a token, code, secret,
//! verifier, query string, or the body of a reply.

use crate::formats::client_secret::FileType;
use crate::scope::Scopes;
use crate::text::plain;
use std::error::Error as StdError;
use std::fmt;
use std::path::Path;
use std::sync::Arc;

/// A failure, told in one line; its [`source`](StdError::source) says why.
///
/// Cheap to clone: everybody who waited for one request is told how it ended.
#[derive(Clone, Debug)]
pub struct Error {
    kind: ErrorKind,
    what: String,
    cause: Option<Arc<dyn StdError + Send + Sync>>,
}

type Cause = Box<dyn StdError + Send + Sync>;

/// What kind of failure it is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The client file is not there.
    ClientFileNotFound,
    /// The client file cannot be read.
    ClientFileUnreadable,
    /// The client file is not JSON, or a field is missing.
    ClientFileMalformed,
    /// The file is another of Google's.
    ClientFileWrongType(FileType),
    /// A word is neither a known scope nor an address.
    UnknownScope {
        /// The word.
        word: String,
        /// The known word that looks most like it.
        nearest: Option<&'static str>,
    },
    /// An address is neither `https` nor on this machine.
    InsecureUri,
    /// A token was about to go to a host that is not of Google's APIs.
    ForeignHost,
    /// A blocking call was made inside asynchronous code, or no thread could be had for it.
    NoBlocking,
    /// The port of the loopback receiver is taken.
    PortInUse,
    /// The browser did not come back in time.
    RedirectTimeout,
    /// The redirect belongs to another sign-in, or to another server.
    StateMismatch,
    /// The user, or a rule about who may pass, said no.
    AccessDenied,
    /// The authorization endpoint answered with another error.
    AuthorizationRefused {
        /// `error` of RFC 6749, section 4.1.2.1.
        code: String,
    },
    /// The code exchange brought no refresh token.
    MissingRefreshToken,
    /// Fewer scopes were granted than asked for; these are missing.
    ScopesNotGranted(Scopes),
    /// The grant (or the code) is no longer good: `invalid_grant`.
    InvalidGrant {
        /// Google's `error_subtype`, such as `invalid_rapt`.
        subtype: Option<String>,
    },
    /// The token endpoint answered with another error.
    OAuth {
        /// `error` of RFC 6749, section 5.2.
        code: String,
        /// The HTTP status.
        status: u16,
    },
    /// A 200 without a usable access token.
    NoAccessToken,
    /// The answer is not JSON.
    NotJson,
    /// The answer is larger than the limit.
    TooLarge,
    /// The server was silent for too long.
    Timeout,
    /// No connection, or one that was cut.
    Connect,
    /// No secure connection.
    Tls,
    /// A status without an OAuth error in its body.
    ServerStatus(u16),
    /// There are no Application Default Credentials.
    NoCredential,
    /// The named credential file is not there.
    CredentialFileNotFound,
    /// The credential file cannot be read.
    CredentialFileUnreadable,
    /// The credential file is not JSON, or a field is missing.
    CredentialFileMalformed,
    /// The credential file is of a type that is not a user's sign-in.
    CredentialFileUnsupported(String),
    /// A credential file names a host that is neither Google's nor trusted by the program.
    UntrustedHost {
        /// The host.
        host: String,
    },
    /// A credential file names a program to start, and nobody has allowed that.
    ExecutableNotAllowed,
    /// The token of another identity provider could not be had.
    NoSubjectToken,
    /// Another account signed in than the one that was named.
    WrongAccount {
        /// The one that was named.
        wanted: String,
    },
    /// An address or code that a person carried over is not one.
    RemoteAddress,
    /// No home folder is known.
    NoHome,
    /// A file could not be written, or its lock not be taken.
    StoreWrite,
    /// The system's keyring is not there, is locked, or does not answer.
    Keyring,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, what: impl Into<String>) -> Self {
        Self { kind, what: what.into(), cause: None }
    }

    pub(crate) fn because(self, cause: impl Into<Cause>) -> Self {
        Self { cause: Some(Arc::from(cause.into())), ..self }
    }

    /// A failure that begins with a file's name: `` `path` is …``.
    pub(crate) fn file(kind: ErrorKind, path: &Path, what: &str) -> Self {
        Self::new(kind, format!("`{}` {what}", plain(&path.display().to_string())))
    }

    #[cfg(feature = "machine")]
    pub(crate) fn with_kind(self, kind: ErrorKind) -> Self {
        Self { kind, ..self }
    }

    /// Returns what kind of failure it is.
    #[must_use]
    pub fn kind(&self) -> &ErrorKind {
        &self.kind
    }

    /// Says whether a new sign-in is the way out.
    #[must_use]
    pub fn needs_sign_in(&self) -> bool {
        matches!(
            self.kind,
            ErrorKind::InvalidGrant { .. }
                | ErrorKind::NoCredential
                | ErrorKind::CredentialFileMalformed
                | ErrorKind::MissingRefreshToken
        )
    }

    /// Says whether the same call may go well later: no connection, a cut one, 408, 429, 5xx.
    /// Everything else is final.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match &self.kind {
            ErrorKind::Connect | ErrorKind::Timeout => true,
            ErrorKind::ServerStatus(status) | ErrorKind::OAuth { status, .. } => {
                matches!(status, 408 | 429 | 500..=599)
            }
            _ => false,
        }
    }

    /// Says whether Google understood the request and refused it.
    #[must_use]
    pub fn is_refusal(&self) -> bool {
        matches!(
            self.kind,
            ErrorKind::AccessDenied
                | ErrorKind::AuthorizationRefused { .. }
                | ErrorKind::MissingRefreshToken
                | ErrorKind::ScopesNotGranted(_)
                | ErrorKind::OAuth { .. }
        ) && !self.is_transient()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.cause.as_deref().map(|cause| cause as &(dyn StdError + 'static))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_passing_faults_are_transient() {
        let oauth = |status| ErrorKind::OAuth { code: "x".to_owned(), status };
        for kind in [
            ErrorKind::Connect,
            ErrorKind::Timeout,
            ErrorKind::ServerStatus(408),
            ErrorKind::ServerStatus(429),
            ErrorKind::ServerStatus(502),
            oauth(503),
        ] {
            assert!(Error::new(kind.clone(), "").is_transient(), "{kind:?}");
        }
        for kind in [
            ErrorKind::InvalidGrant { subtype: None },
            ErrorKind::ServerStatus(404),
            oauth(400),
            ErrorKind::NotJson,
            ErrorKind::Tls,
        ] {
            assert!(!Error::new(kind.clone(), "").is_transient(), "{kind:?}");
        }
    }

    #[test]
    fn names_of_files_cannot_move_the_cursor() {
        let path = Path::new("a\u{1b}[2J\u{202e}\u{feff}b\n.json");
        let error = Error::file(ErrorKind::StoreWrite, path, "is not there");
        assert_eq!(error.to_string(), "`a[2Jb.json` is not there");
    }
}
