//! The token by which another identity provider vouches for this program.
//!
//! In: `credential_source` of a credential file. Out: the subject token: from a file, an address, a program,
//! or as a signed request to AWS.
//! Source: AIP-4117; the files that `gcloud iam workload-identity-pools create-cred-config` writes.
//! Not here: trading it (`external_account`). X.509 certificates as a source are named and refused.

mod aws;
mod executable;
#[cfg(any(fuzzing, feature = "fuzzing"))]
pub(crate) mod fuzzing;
mod shape;
mod sigv4;

use super::{Reach, with_kind};
use crate::error::{Error, ErrorKind};
use crate::files::read_private;
use crate::formats::credential_file::CredentialFile;
use crate::http::OAUTH_REPLY;
use crate::secret::Secret;
use crate::text::plain;
use aws::Aws;
use bytes::Bytes;
pub(super) use executable::Asked;
use executable::Executable;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request};
use serde_json::Value;
use std::path::PathBuf;

#[derive(Debug)]
pub(super) enum Subject {
    File(PathBuf, Format),
    Address(String, HeaderMap, Format),
    Executable(Executable),
    Aws(Aws),
}

/// How a token stands in a file or an answer.
#[derive(Debug)]
pub(super) enum Format {
    Text,
    /// In this field of a JSON object.
    Json(String),
}

impl Subject {
    pub(super) fn read(file: &CredentialFile, reach: &Reach) -> Result<Self, Error> {
        let source = file.part("credential_source")?;
        let source = source.ok_or_else(|| file.malformed("has no `credential_source`"))?;
        if source.optional("environment_id").is_some() {
            return Aws::read(&source, reach).map(Self::Aws);
        }
        let named = ["file", "url", "executable", "certificate"];
        if named.iter().filter(|key| source.value(key).is_some()).count() > 1 {
            return Err(source.malformed("names more than one source"));
        }
        if let Some(program) = source.part("executable")? {
            return Executable::read(&program).map(Self::Executable);
        }
        if let Some(path) = source.optional("file") {
            return Ok(Self::File(path.into(), Format::read(&source)?));
        }
        if let Some(address) = source.optional("url") {
            let address = reach.hosts.subject(address, file.name())?;
            return Ok(Self::Address(address, headers(&source)?, Format::read(&source)?));
        }
        if source.value("certificate").is_some() {
            let what = format!("{} names an X.509 certificate", file.name());
            let kind = ErrorKind::CredentialFileUnsupported("certificate".to_owned());
            return Err(Error::new(kind, what)
                .with_source("certificates as subject tokens are not supported"));
        }
        Err(source.malformed("has none of `file`, `url`, `executable` and `environment_id`"))
    }

    pub(super) async fn token(&self, reach: &Reach, asked: &Asked<'_>) -> Result<Secret, Error> {
        let token = match self {
            Self::File(path, format) => {
                let bytes = read_private(path, ErrorKind::NoSubjectToken)?.ok_or_else(|| {
                    Error::file(ErrorKind::NoSubjectToken, path, "is not there")
                        .with_source("the credential file says that a token is in it")
                })?;
                format.token(&bytes, &format!("`{}`", plain(&path.display().to_string())))?
            }
            Self::Address(address, headers, format) => {
                let body = ask(reach, Method::GET, address, headers.clone()).await?;
                format.token(&body, "the answer of the identity provider")?
            }
            Self::Executable(program) => program.token(reach, asked).await?,
            Self::Aws(aws) => return aws.token(reach, asked.audience).await,
        };
        match shape::fault(token.expose(), asked.token_type) {
            None => Ok(token),
            Some(fault) => {
                let what = format!("cannot use {} as a subject token", self.source());
                Err(Error::new(ErrorKind::NoSubjectToken, what).with_source(fault))
            }
        }
    }

    fn source(&self) -> String {
        match self {
            Self::File(path, _) => format!("what is in `{}`", plain(&path.display().to_string())),
            Self::Executable(_) => "the program's answer".to_owned(),
            Self::Address(..) | Self::Aws(_) => "the identity provider's answer".to_owned(),
        }
    }
}

impl Format {
    fn read(source: &CredentialFile) -> Result<Self, Error> {
        let Some(format) = source.part("format")? else { return Ok(Self::Text) };
        match format.optional("type") {
            None | Some("text") => Ok(Self::Text),
            Some("json") => Ok(Self::Json(format.text("subject_token_field_name")?.to_owned())),
            Some(_) => Err(format.malformed("has a `type` that is neither `text` nor `json`")),
        }
    }

    fn token(&self, bytes: &[u8], name: &str) -> Result<Secret, Error> {
        let text = match self {
            Self::Text => str::from_utf8(bytes).ok().map(str::trim).map(str::to_owned),
            Self::Json(field) => serde_json::from_slice::<Value>(bytes)
                .ok()
                .and_then(|json| json.get(field)?.as_str().map(str::to_owned)),
        };
        match text.filter(|text| !text.is_empty()) {
            Some(text) => Ok(text.into()),
            None => Err(Error::new(ErrorKind::NoSubjectToken, format!("{name} holds no token"))),
        }
    }
}

fn headers(source: &CredentialFile) -> Result<HeaderMap, Error> {
    let mut headers = HeaderMap::new();
    let bad = || source.malformed("has `headers` that are not texts by name");
    let Some(named) = source.value("headers") else { return Ok(headers) };
    for (name, value) in named.as_object().ok_or_else(bad)? {
        let name = HeaderName::try_from(name.as_str()).map_err(|_| bad())?;
        let mut value =
            HeaderValue::try_from(value.as_str().ok_or_else(bad)?).map_err(|_| bad())?;
        value.set_sensitive(true);
        headers.insert(name, value);
    }
    Ok(headers)
}

/// Asks an address that has been checked.
async fn ask(
    reach: &Reach,
    method: Method,
    address: &str,
    headers: HeaderMap,
) -> Result<Bytes, Error> {
    let mut request = Request::new(Bytes::new());
    *request.method_mut() = method;
    *request.headers_mut() = headers;
    *request.uri_mut() = address.parse().map_err(|_| {
        Error::new(ErrorKind::NoSubjectToken, "the identity provider's address is not one")
    })?;
    let host = request.uri().host().unwrap_or_default().to_owned();
    let reply = reach.http.send_in_clear(request, OAUTH_REPLY).await?;
    if reply.status().is_success() {
        return Ok(reply.into_body());
    }
    let status = reply.status().as_u16();
    let error = Error::new(ErrorKind::ServerStatus(status), format!("`{host}` gives no token"));
    let error = error.with_source(format!("status {status}"));
    Err(if error.is_transient() { error } else { with_kind(&error, ErrorKind::NoSubjectToken) })
}
