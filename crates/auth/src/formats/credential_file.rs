//! A credential file of any type, as JSON: fields by name, with errors that name file and field.
//!
//! In: bytes. Out: texts of fields; what is missing or of another kind is an error that names it.
//! Not here: what a type of credential does with them (`source`).

use crate::error::{Error, ErrorKind};
use crate::formats::file::Purpose;
#[cfg(feature = "machine")]
use crate::secret::Secret;
use crate::text::code_word;
use serde_json::{Map, Value};

/// An object in a credential file, the whole or a part of it.
pub(crate) struct CredentialFile {
    fields: Map<String, Value>,
    /// How errors call it: `` `path` ``.
    name: String,
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

/// What machines' credentials are read with.
#[cfg(feature = "machine")]
impl CredentialFile {
    pub(crate) fn text(&self, key: &str) -> Result<&str, Error> {
        self.optional(key).ok_or_else(|| self.malformed(&format!("has no `{key}`")))
    }

    pub(crate) fn secret(&self, key: &str) -> Result<Secret, Error> {
        self.text(key).map(Secret::from)
    }

    pub(crate) fn value(&self, key: &str) -> Option<&Value> {
        self.fields.get(key).filter(|value| !value.is_null())
    }

    /// Returns an object within this one.
    pub(crate) fn part(&self, key: &str) -> Result<Option<Self>, Error> {
        match self.value(key) {
            None => Ok(None),
            Some(Value::Object(fields)) => {
                let name = format!("`{key}` of {}", self.name);
                Ok(Some(Self { fields: fields.clone(), name }))
            }
            Some(_) => Err(self.malformed(&format!("has a `{key}` that is not an object"))),
        }
    }

    /// Returns the texts of a list; none where the key is missing.
    pub(crate) fn list(&self, key: &str) -> Result<Vec<String>, Error> {
        let texts = |list: &Vec<Value>| {
            list.iter().map(|item| item.as_str().map(str::to_owned)).collect::<Option<Vec<_>>>()
        };
        match self.value(key) {
            None => Ok(Vec::new()),
            Some(value) => value.as_array().and_then(texts).ok_or_else(|| {
                self.malformed(&format!("has a `{key}` that is not a list of texts"))
            }),
        }
    }

    /// Returns the text of this object, for the reader of another type.
    pub(crate) fn to_json(&self) -> Secret {
        serde_json::to_string(&self.fields).expect("it was JSON").into()
    }

    pub(crate) fn malformed(&self, what: &str) -> Error {
        Purpose::Credential.malformed(&self.name, what)
    }
}

/// A type that is no credential of a program, or not of ours.
pub(crate) fn unsupported_type(name: &str, found: &str) -> Error {
    let found = code_word(found);
    let what = format!("{name} is a credential of type `{found}`");
    Error::new(ErrorKind::CredentialFileUnsupported(found), what)
}
