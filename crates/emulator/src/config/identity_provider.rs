//! Identity providers: who outside Google may exchange their tokens for Google's.
//!
//! In: the configuration's `identity_providers`, a subject token. Out: the principal that it stands for.
//! Signatures of foreign tokens are not checked: their keys would have to come over the network. Source: Google's
//! documentation of workload and workforce identity federation (names of principals); RFC 8693, section 3.

use crate::clock::Clock;
use crate::message::Parameters;
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use std::time::{Duration, UNIX_EPOCH};

const RESOURCE_HOST: &str = "//iam.googleapis.com/";
const TARGET_HEADER: &str = "x-goog-cloud-target-resource";

/// A provider of a workload or workforce identity pool.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct IdentityProvider {
    /// The provider's full name, `//iam.googleapis.com/…/providers/NAME`, which clients send as `audience`.
    pub audience: String,
    /// The id of the project that pays for its tokens' calls.
    pub project: String,
    /// Subject tokens of any type that are accepted as they stand, each with the subject that it names.
    pub subject_tokens: BTreeMap<String, String>,
    /// The `iss` of the JWTs that are accepted; their signature is not checked.
    pub issuer: Option<String>,
    /// The AWS account whose signed requests are accepted; their signature is not checked.
    pub aws_account: Option<String>,
    /// Refresh tokens of `external_account_authorized_user` files, each with its subject.
    pub refresh_tokens: BTreeMap<String, String>,
}

impl Default for IdentityProvider {
    fn default() -> Self {
        let subject = |token: &str| BTreeMap::from([(token.to_owned(), "demo-subject".to_owned())]);
        Self {
            audience: "//iam.googleapis.com/projects/710000000001/locations/global\
                       /workloadIdentityPools/demo-pool/providers/demo-provider"
                .into(),
            project: "demo-project".into(),
            subject_tokens: subject("emulator-subject-token"),
            issuer: Some("https://issuer.example.com".into()),
            aws_account: Some("000000000001".into()),
            refresh_tokens: subject("emulator-external-refresh-token"),
        }
    }
}

/// Why a subject token is refused.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Rejected {
    Malformed,
    Issuer,
    Expired,
    TargetResource,
}

impl IdentityProvider {
    /// The principal of a subject, as permissions name it.
    pub(crate) fn principal(&self, subject: &str) -> String {
        let name = self.audience.strip_prefix(RESOURCE_HOST).unwrap_or(&self.audience);
        let pool = name.split_once("/providers/").map_or(name, |(pool, _)| pool);
        format!("principal://iam.googleapis.com/{pool}/subject/{subject}")
    }

    /// The subject that a token of this type stands for.
    pub(crate) fn subject(
        &self,
        token: &str,
        token_type: &str,
        clock: &Clock,
    ) -> Result<String, Rejected> {
        if let Some(subject) = self.subject_tokens.get(token) {
            return Ok(subject.clone());
        }
        match token_type {
            "urn:ietf:params:oauth:token-type:jwt"
            | "urn:ietf:params:oauth:token-type:id_token" => self.of_jwt(token, clock),
            "urn:ietf:params:aws:token-type:aws4_request" => self.of_aws(token),
            _ => Err(Rejected::Malformed),
        }
    }

    fn of_jwt(&self, token: &str, clock: &Clock) -> Result<String, Rejected> {
        let claims = claims(token).ok_or(Rejected::Malformed)?;
        if self.issuer.is_none() || claims["iss"].as_str() != self.issuer.as_deref() {
            return Err(Rejected::Issuer);
        }
        let expires = claims["exp"].as_u64().ok_or(Rejected::Malformed)?;
        let expires = UNIX_EPOCH.checked_add(Duration::from_secs(expires));
        if expires.is_none_or(|expires| expires <= clock.now()) {
            return Err(Rejected::Expired);
        }
        claims["sub"].as_str().map(str::to_owned).ok_or(Rejected::Malformed)
    }

    /// A signed `GetCallerIdentity`, as JSON that is percent-encoded once more.
    fn of_aws(&self, token: &str) -> Result<String, Rejected> {
        let account = self.aws_account.as_deref().ok_or(Rejected::Issuer)?;
        let decoded = Parameters::parse(format!("v={}", token.replace('+', "%2B")).as_bytes());
        let text = decoded.first("v").unwrap_or(token);
        let request: Value = serde_json::from_str(text).map_err(|_| Rejected::Malformed)?;
        let headers = request["headers"].as_array().ok_or(Rejected::Malformed)?;
        let header = |name: &str| {
            let named = |one: &&Value| {
                one["key"].as_str().is_some_and(|key| key.eq_ignore_ascii_case(name))
            };
            headers.iter().find(named)?["value"].as_str()
        };
        let called = request["url"].as_str().is_some_and(|url| url.contains("GetCallerIdentity"));
        if !called || header("authorization").is_none_or(|it| !it.starts_with("AWS4-HMAC-SHA256 "))
        {
            return Err(Rejected::Malformed);
        }
        if header(TARGET_HEADER) != Some(self.audience.as_str()) {
            return Err(Rejected::TargetResource);
        }
        Ok(format!("arn:aws:sts::{account}:assumed-role/demo-role/demo-session"))
    }
}

fn claims(token: &str) -> Option<Value> {
    let mut parts = token.split('.');
    let (_, claims, _) = (parts.next()?, parts.next()?, parts.next()?);
    serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(claims).ok()?).ok()
}
