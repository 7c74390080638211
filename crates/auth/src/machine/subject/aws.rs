//! A machine of AWS as its own witness: a signed request that only AWS can check.
//!
//! In: `credential_source` with `environment_id`, keys from variables or the metadata server. Out: a
//! `GetCallerIdentity` request, signed and never sent by us; Google sends it and reads who asks.
//! Source: AIP-4117 (AWS); IMDSv2 of Amazon's EC2 guide.
//! Not here: the signature (`sigv4`).

use super::ask;
use super::sigv4::{AwsKey, sign};
use crate::error::{Error, ErrorKind};
use crate::formats::credential_file::CredentialFile;
use crate::machine::Reach;
use crate::secret::Secret;
use form_urlencoded::byte_serialize;
use http::{HeaderMap, HeaderValue, Method, Uri};
use serde_json::{Value, json};

const VERIFICATION: &str =
    "https://sts.{region}.amazonaws.com?Action=GetCallerIdentity&Version=2011-06-15";

/// Long enough for the three requests that need it; Google's clients ask for as much.
const SESSION_SECONDS: &str = "300";

#[derive(Debug)]
pub(in crate::machine) struct Aws {
    region: Option<String>,
    role: Option<String>,
    session: Option<String>,
    verification: String,
    name: String,
}

impl Aws {
    pub(super) fn read(file: &CredentialFile, reach: &Reach) -> Result<Self, Error> {
        if file.text("environment_id")? != "aws1" {
            return Err(file.malformed("has an `environment_id` of a version that is not `aws1`"));
        }
        let metadata = |key: &str| {
            let address = file.optional(key);
            address.map(|address| reach.hosts.subject(address, file.name())).transpose()
        };
        let verification = file.optional("regional_cred_verification_url").unwrap_or(VERIFICATION);
        reach.hosts.aws(&verification.replace("{region}", "us-east-1"), file.name())?;
        Ok(Self {
            region: metadata("region_url")?,
            role: metadata("url")?,
            session: metadata("imdsv2_session_token_url")?,
            verification: verification.to_owned(),
            name: file.name().to_owned(),
        })
    }

    pub(super) async fn token(&self, reach: &Reach, audience: &str) -> Result<Secret, Error> {
        let (region, key) = (region_in(reach), key_in(reach));
        let session = match &self.session {
            Some(address) if region.is_none() || key.is_none() => session(reach, address).await?,
            _ => HeaderMap::new(),
        };
        let region = match region {
            Some(region) => region,
            None => self.region(reach, &session).await?,
        };
        let key = match key {
            Some(key) => key,
            None => self.key(reach, session).await?,
        };
        let address = self.verification.replace("{region}", &region);
        let uri: Uri =
            address.parse().map_err(|_| no_token("the region of this machine is not one"))?;
        let target = [("x-goog-cloud-target-resource", audience)];
        let headers = sign(("POST", &uri), &target, b"", (&region, &key), reach.clock.now());
        let headers: Vec<Value> =
            headers.iter().map(|(name, value)| json!({"key": name, "value": value})).collect();
        let request = json!({"url": address, "method": "POST", "headers": headers});
        Ok(percent_encoded(&request.to_string()).into())
    }

    /// The server names the zone: the region and a letter.
    async fn region(&self, reach: &Reach, session: &HeaderMap) -> Result<String, Error> {
        let address = self.region.as_ref().ok_or_else(|| {
            let what = format!("{} has no `region_url`, and AWS_REGION is not set", self.name);
            Error::new(ErrorKind::NoSubjectToken, what)
        })?;
        let mut zone = text(&ask(reach, Method::GET, address, session.clone()).await?)?;
        zone.pop();
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        match !zone.is_empty() && zone.bytes().all(plain) {
            true => Ok(zone),
            false => Err(no_token("the metadata server of AWS names no region")),
        }
    }

    async fn key(&self, reach: &Reach, session: HeaderMap) -> Result<AwsKey, Error> {
        let address = self.role.as_ref().ok_or_else(|| {
            let what = format!("{} has no `url`, and AWS_ACCESS_KEY_ID is not set", self.name);
            Error::new(ErrorKind::NoSubjectToken, what)
        })?;
        let role = text(&ask(reach, Method::GET, address, session.clone()).await?)?;
        let address = format!("{}/{}", address.trim_end_matches('/'), percent_encoded(&role));
        let body = ask(reach, Method::GET, &address, session).await?;
        let key: Value = serde_json::from_slice(&body).unwrap_or_default();
        let field = |name: &str| key.get(name).and_then(Value::as_str);
        match (field("AccessKeyId"), field("SecretAccessKey")) {
            (Some(id), Some(secret)) => Ok(AwsKey {
                id: id.to_owned(),
                secret: secret.into(),
                session_token: field("Token").map(Secret::from),
            }),
            _ => Err(no_token("the metadata server of AWS gives no key")),
        }
    }
}

fn region_in(reach: &Reach) -> Option<String> {
    let region = reach.variables.text("AWS_REGION");
    region.or_else(|| reach.variables.text("AWS_DEFAULT_REGION")).map(str::to_owned)
}

fn key_in(reach: &Reach) -> Option<AwsKey> {
    Some(AwsKey {
        id: reach.variables.text("AWS_ACCESS_KEY_ID")?.to_owned(),
        secret: reach.variables.text("AWS_SECRET_ACCESS_KEY")?.into(),
        session_token: reach.variables.text("AWS_SESSION_TOKEN").map(Secret::from),
    })
}

/// Returns the header that IMDSv2 asks for with every request.
async fn session(reach: &Reach, address: &str) -> Result<HeaderMap, Error> {
    let lifetime = HeaderMap::from_iter([(
        http::HeaderName::from_static("x-aws-ec2-metadata-token-ttl-seconds"),
        HeaderValue::from_static(SESSION_SECONDS),
    )]);
    let token = text(&ask(reach, Method::PUT, address, lifetime).await?)?;
    let mut token = HeaderValue::try_from(token)
        .map_err(|_| no_token("the metadata server of AWS gives no session"))?;
    token.set_sensitive(true);
    Ok(HeaderMap::from_iter([(http::HeaderName::from_static("x-aws-ec2-metadata-token"), token)]))
}

fn text(body: &[u8]) -> Result<String, Error> {
    let text = str::from_utf8(body).map(str::trim).unwrap_or_default();
    if text.is_empty() {
        return Err(no_token("the metadata server of AWS answers with nothing"));
    }
    Ok(text.to_owned())
}

fn percent_encoded(text: &str) -> String {
    byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20")
}

fn no_token(what: &str) -> Error {
    Error::new(ErrorKind::NoSubjectToken, what)
}
