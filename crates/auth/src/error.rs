//! What can go wrong between a client file and a request header.
//!
//! In: facts, of this crate or of a program's own store or token source. Out: one line that names the
//! object, its cause, and a kind to choose advice by.
//! Not here: advice; the caller knows what its user can do. Never in an error: a token, code, secret,
//! verifier, query string, or the body of a reply.

use crate::formats::file_type::FileType;
use crate::text::plain;
use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::path::Path;
use std::sync::Arc;

/// A failure in one line; its [`source`](StdError::source) says why.
///
/// Cheap to clone: all callers that waited for one request get the same error.
///
/// ```
/// use hallpass::{Error, ErrorKind};
///
/// let lost = std::io::Error::other("connection reset");
/// let error = Error::new(ErrorKind::Store, "cannot read table `grants`").with_source(lost);
/// assert_eq!(error.to_string(), "cannot read table `grants`");
/// assert!(!error.is_transient());
/// ```
#[derive(Clone, Debug)]
pub struct Error {
    kind: ErrorKind,
    what: String,
    cause: Option<Arc<dyn StdError + Send + Sync>>,
}

/// What [`Error::with_source`] takes: a text, or an error of any type.
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
    /// The client file names Google for one half of a sign-in, and another server for the other half.
    ClientFileMixed,
    /// A word that is not a known scope and not an address.
    UnknownScope {
        /// The word.
        word: String,
        /// The known word that looks most like it.
        nearest: Option<&'static str>,
    },
    /// An address that is not `https` and not on this machine.
    InsecureUri,
    /// A token was about to go to a host that is not of Google's APIs.
    ForeignHost,
    /// A blocking call was made inside asynchronous code, or no thread could be started for it.
    NoBlocking,
    /// The program gave up a sign-in that was waiting for the browser.
    Cancelled,
    /// The port of the loopback receiver is taken.
    PortInUse,
    /// The browser did not come back in time.
    RedirectTimeout,
    /// The redirect belongs to another sign-in, or to another server.
    StateMismatch,
    /// The user, or a rule of the account's organization, refused.
    AccessDenied,
    /// The authorization endpoint answered with another error.
    AuthorizationRefused {
        /// `error` of RFC 6749, section 4.1.2.1.
        code: String,
    },
    /// The code exchange brought no refresh token.
    MissingRefreshToken,
    /// Fewer scopes were granted than asked for; these are missing.
    ScopesNotGranted(Vec<String>),
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
    /// The proxy cannot be reached, or opens no way to the host.
    Proxy,
    /// The program's own stream failed while it was sent.
    RequestBody,
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
    /// A credential file names a host that is not Google's and that the program does not trust.
    UntrustedHost {
        /// The host.
        host: String,
    },
    /// A credential file names a program to start, and the environment does not allow that.
    ExecutableNotAllowed,
    /// The token of another identity provider could not be obtained.
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
    /// A store of the program's own could not be read or written.
    Store,
    /// A failure that this crate knows nothing about, in code that the program passed in.
    Custom {
        /// Whether the same call may go well later.
        transient: bool,
    },
    /// Code that the program passed in has panicked.
    Panicked,
}

impl Error {
    /// Returns a failure of this kind; `what` is one line, lower case, without a period.
    ///
    /// Characters that a terminal would obey are left out, so `what` may hold the name of a file.
    #[must_use]
    pub fn new(kind: ErrorKind, what: impl Into<String>) -> Self {
        Self { kind, what: plain(&what.into()), cause: None }
    }

    /// Returns the same failure with its cause.
    #[must_use]
    pub fn with_source(self, cause: impl Into<Cause>) -> Self {
        Self { cause: Some(Arc::from(cause.into())), ..self }
    }

    /// A failure that begins with a file's name: `` `path` is …``.
    pub(crate) fn file(kind: ErrorKind, path: &Path, what: &str) -> Self {
        Self::new(kind, format!("`{}` {what}", path.display()))
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
            ErrorKind::Connect
            | ErrorKind::Proxy
            | ErrorKind::Timeout
            | ErrorKind::Custom { transient: true } => true,
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

/// The kind is the nearest of the standard library's, and the error itself is within.
impl From<Error> for io::Error {
    fn from(error: Error) -> Self {
        let kind = match error.kind {
            ErrorKind::ClientFileNotFound | ErrorKind::CredentialFileNotFound => {
                io::ErrorKind::NotFound
            }
            ErrorKind::Timeout | ErrorKind::RedirectTimeout => io::ErrorKind::TimedOut,
            ErrorKind::PortInUse => io::ErrorKind::AddrInUse,
            ErrorKind::AccessDenied => io::ErrorKind::PermissionDenied,
            _ => io::ErrorKind::Other,
        };
        Self::new(kind, error)
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
            ErrorKind::Proxy,
            ErrorKind::Timeout,
            ErrorKind::ServerStatus(408),
            ErrorKind::ServerStatus(429),
            ErrorKind::ServerStatus(502),
            oauth(503),
            ErrorKind::Custom { transient: true },
        ] {
            assert!(Error::new(kind.clone(), "").is_transient(), "{kind:?}");
        }
        for kind in [
            ErrorKind::InvalidGrant { subtype: None },
            ErrorKind::ServerStatus(404),
            oauth(400),
            ErrorKind::NotJson,
            ErrorKind::RequestBody,
            ErrorKind::Tls,
            ErrorKind::Store,
            ErrorKind::Panicked,
            ErrorKind::Custom { transient: false },
        ] {
            assert!(!Error::new(kind.clone(), "").is_transient(), "{kind:?}");
        }
    }

    #[test]
    fn names_of_files_cannot_move_the_cursor() {
        let path = Path::new("a\u{1b}[2J\u{202e}\u{feff}b\n.json");
        let error = Error::file(ErrorKind::StoreWrite, path, "is not there");
        assert_eq!(error.to_string(), "`a[2Jb.json` is not there");
        let foreign = Error::new(ErrorKind::Store, "table \u{1b}[2J\u{e0041}x");
        assert_eq!(foreign.to_string(), "table [2Jx");
    }

    #[test]
    fn io_errors_keep_the_error_within() {
        let error = Error::new(ErrorKind::CredentialFileNotFound, "`a` is not there");
        let error = io::Error::from(error);
        assert_eq!(error.kind(), io::ErrorKind::NotFound);
        let within = error.get_ref().and_then(|within| within.downcast_ref::<Error>());
        assert_eq!(within.expect("ours").kind(), &ErrorKind::CredentialFileNotFound);
    }
}
