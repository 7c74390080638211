//! A credential file of any type, as JSON: fields by name, with errors that name file and field.
//!
//! In: bytes. Out: texts of fields; what is missing or of another kind is an error that names it.
//! Not here: what a type of credential does with them (`source`).

use crate::error::{Error, ErrorKind};
use crate::formats::file::Purpose;
use crate::text::code_word;
use serde_json::{Map, Value};

/// An object in a credential file, the whole or a part of it.
pub(crate) struct CredentialFile {
    pub(crate) fields: Map<String, Value>,
    /// How errors call it: `` `path` ``.
    pub(crate) name: String,
}

impl CredentialFile {
    pub(crate) fn parse(json: &[u8], name: &str) -> Result<Self, Error> {
        Ok(Self { fields: Purpose::Credential.object(json, name)?, name: name.to_owned() })
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Returns a text that is there and not empty.
    pub(crate) fn optional(&self, key: &str) -> Option<&str> {
        self.fields.get(key).and_then(Value::as_str).filter(|text| !text.is_empty())
    }

    /// Returns the account that the file wants to act as: `…/EMAIL:generateAccessToken`.
    pub(crate) fn impersonated(&self) -> Option<&str> {
        let (_, last) = self.optional("service_account_impersonation_url")?.rsplit_once('/')?;
        last.strip_suffix(":generateAccessToken").filter(|email| email.contains('@'))
    }
}

/// A type that is no credential of a program, or not of ours.
pub(crate) fn unsupported_type(name: &str, found: &str) -> Error {
    let found = code_word(found);
    let what = format!("{name} is a credential of type `{found}`");
    Error::new(ErrorKind::CredentialFileUnsupported(found), what)
}
