//! Fields of a credential file by name, each missing or odd one an error that names file and field.
//!
//! In: an object of a credential file. Out: texts, secrets, objects and lists in it.
//! Not here: reading the file (`formats::credential_file`).

use crate::error::Error;
use crate::formats::credential_file::CredentialFile;
use crate::formats::file::Purpose;
use crate::secret::Secret;
use serde_json::Value;

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
