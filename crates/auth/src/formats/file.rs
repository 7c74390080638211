//! Reads a file of Google's: its bytes, and the JSON object in them.
//!
//! In: a path, or a text and what errors call it. Out: the object, or which of three things is wrong: the file is
//! not there, cannot be read, or is not JSON. No error quotes the file.
//! Not here: what the fields mean (`client_secret`, `authorized_user`, `token_json`, `credential_file`).

use crate::error::{Error, ErrorKind};
use crate::files::read_private;
use crate::formats::json;
use serde_json::{Map, Value};
use std::path::Path;
use zeroize::Zeroizing;

/// What a file is for; the kinds of its errors say so.
#[derive(Clone, Copy)]
pub(crate) enum Purpose {
    Client,
    Credential,
}

/// Returns what errors call a file.
pub(crate) fn name(path: &Path) -> String {
    format!("`{}`", path.display())
}

/// Skips a UTF-8 byte order mark, as PowerShell writes it.
pub(crate) fn without_mark(text: &[u8]) -> &[u8] {
    text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text)
}

impl Purpose {
    /// Reads a file whole.
    pub(crate) fn read(self, path: &Path) -> Result<Zeroizing<Vec<u8>>, Error> {
        let (missing, unreadable) = match self {
            Self::Client => (ErrorKind::ClientFileNotFound, ErrorKind::ClientFileUnreadable),
            Self::Credential => {
                (ErrorKind::CredentialFileNotFound, ErrorKind::CredentialFileUnreadable)
            }
        };
        read_private(path, unreadable)?.ok_or_else(|| Error::file(missing, path, "is not there"))
    }

    /// Reads the text of a file as one object.
    pub(crate) fn object(self, text: &[u8], name: &str) -> Result<Map<String, Value>, Error> {
        json::object(without_mark(text)).map_err(|error| {
            self.malformed(name, "is not a JSON object").with_source(json::error_at(&error))
        })
    }

    /// A text that is not what it should be: `` `path` has no `client_id` ``.
    pub(crate) fn malformed(self, name: &str, what: &str) -> Error {
        let kind = match self {
            Self::Client => ErrorKind::ClientFileMalformed,
            Self::Credential => ErrorKind::CredentialFileMalformed,
        };
        Error::new(kind, format!("{name} {what}"))
    }
}

#[cfg(test)]
mod tests {
    use crate::adc::{Loader, Summary};
    use crate::formats::authorized_user::AuthorizedUser;
    use crate::formats::client_secret::OAuthClient;
    use crate::formats::token_json::TokenFile;
    use crate::http::HttpClient;
    use crate::store::MemoryStore;
    use std::sync::Arc;

    #[test]
    #[cfg_attr(windows, ignore = "Windows has no such names")]
    fn every_reader_names_the_file_and_cannot_move_the_cursor() {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("a\u{1b}[2J.json");
        let loader = Loader::new(&|_| None, HttpClient::default(), Arc::<MemoryStore>::default());
        let shown = format!("`{}`", folder.path().join("a[2J.json").display());
        let say = |what: &str| {
            let errors = [
                OAuthClient::from_file(&path).err(),
                TokenFile::from_file(&path).err(),
                AuthorizedUser::from_file(&path).err(),
                Summary::from_file(&path).err(),
                loader.from_file(&path).err(),
            ];
            for error in errors {
                assert_eq!(error.expect("an error").to_string(), format!("{shown} {what}"));
            }
        };
        say("is not there");
        crate::store::write_private(&path, b"\xef\xbb\xbf[]").expect("a file");
        say("is not a JSON object");
        crate::store::write_private(&path, &vec![b' '; 1024 * 1024 + 1]).expect("a file");
        say("cannot be read");
    }
}
