//! A service account's key: signs who it is, and trades that for a token, or sends it as it is.
//!
//! In: a key file, scopes. Out: an access token, or a self-signed JWT in its place.
//! Specification: RFC 7523, sections 2.1 and 3; AIP-4111 and AIP-4112 (the self-signed one needs no server).
//! Not here: keeping the token (`in_memory`).

use super::hosts::Service;
use super::{Reach, of_machine};
use crate::error::Error;
use crate::formats::credential_file::CredentialFile;
use crate::scope::Scopes;
use crate::secret::Secret;
use crate::source::{Fetch, FetchFuture};
use crate::token::AccessToken;
use crate::token_endpoint::trade;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use form_urlencoded::Serializer;
use http::Request;
use ring::rand::SystemRandom;
use ring::rsa::KeyPair;
use ring::signature::RSA_PKCS1_SHA256;
use serde_json::json;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use zeroize::Zeroizing;

/// The longest that Google takes.
const LIFE: Duration = Duration::from_secs(3600);

/// Clocks of servers differ; Go's client dates its assertions back as well.
const DATED_BACK: Duration = Duration::from_secs(10);

/// What a service account's key is used for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ServiceAccountToken {
    /// An assertion is traded for an access token: every API of Google's takes it.
    #[default]
    Exchanged,
    /// The signed JWT itself is the token: no request, but some APIs and all delegation refuse it.
    SelfSigned,
}

#[derive(Debug)]
pub(crate) struct ServiceAccount {
    email: String,
    key: KeyPair,
    key_id: Option<String>,
    /// The token service, as the file has it.
    audience: String,
    /// Where that is.
    address: String,
    scope: String,
    form: ServiceAccountToken,
    reach: Reach,
}

impl ServiceAccount {
    pub(crate) fn read(
        file: &CredentialFile,
        scopes: &Scopes,
        form: ServiceAccountToken,
        reach: &Reach,
    ) -> Result<Self, Error> {
        let email = file.text("client_email")?.to_owned();
        let key = key(&file.secret("private_key")?).ok_or_else(|| {
            file.malformed("has a `private_key` that is not an RSA key of 2048 bits or more in PEM")
        })?;
        let address = reach.hosts.named(Service::Token, file, "token_uri")?;
        // What is signed for an emulator must be worth nothing at Google.
        let audience = match reach.hosts.endpoints.are_googles() {
            true => file.optional("token_uri").unwrap_or(&address).to_owned(),
            false => address.clone(),
        };
        let universe = file.optional("universe_domain");
        reach.hosts.universe(universe, file.name())?;
        // AIP-4112: other universes have no server that trades assertions.
        let other = universe.is_some_and(|universe| universe != super::hosts::UNIVERSE);
        let form = if other { ServiceAccountToken::SelfSigned } else { form };
        let key_id = file.optional("private_key_id").map(str::to_owned);
        let (scope, reach) = (scopes.join(), reach.clone());
        Ok(Self { email, key, key_id, audience, address, scope, form, reach })
    }

    fn self_signed(&self) -> Result<AccessToken, Error> {
        let now = self.reach.clock.now();
        let jwt = self.jwt(now, ("sub", &self.email));
        AccessToken::new(jwt, now + LIFE - DATED_BACK)
    }

    async fn exchanged(&self) -> Result<AccessToken, Error> {
        let assertion = self.jwt(self.reach.clock.now(), ("aud", &self.audience));
        let form = Serializer::new(String::new())
            .append_pair("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer")
            .append_pair("assertion", assertion.expose())
            .finish();
        let subject = format!("the key of `{}`", self.email);
        let (http, clock) = (&self.reach.http, self.reach.clock.as_ref());
        let reply = trade(http, clock, Request::post(&self.address), form, &subject).await;
        Ok(reply.map_err(of_machine)?.access_token)
    }

    fn jwt(&self, now: SystemTime, claim: (&str, &str)) -> Secret {
        let since = now.duration_since(UNIX_EPOCH).unwrap_or_default() - DATED_BACK;
        let mut header = json!({"alg": "RS256", "typ": "JWT"});
        if let Some(id) = &self.key_id {
            header["kid"] = id.as_str().into();
        }
        let mut claims = json!({"iss": self.email, "scope": self.scope, "iat": since.as_secs(), "exp": (since + LIFE).as_secs()});
        claims[claim.0] = claim.1.into();
        let encoded = |json: serde_json::Value| URL_SAFE_NO_PAD.encode(json.to_string());
        let message = format!("{}.{}", encoded(header), encoded(claims));
        let mut signature = vec![0; self.key.public().modulus_len()];
        let random = SystemRandom::new();
        let signed = self.key.sign(&RSA_PKCS1_SHA256, &random, message.as_bytes(), &mut signature);
        signed.expect("the buffer is as long as the modulus, and the system has random numbers");
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature)).into()
    }
}

/// Google writes PKCS #8; older tools write PKCS #1.
fn key(pem: &Secret) -> Option<KeyPair> {
    let mut lines =
        pem.expose().lines().map(str::trim).skip_while(|line| !line.starts_with("-----BEGIN "));
    let label = lines.next()?;
    let base64: Zeroizing<String> =
        Zeroizing::new(lines.take_while(|line| !line.starts_with("-----")).collect());
    let der = Zeroizing::new(STANDARD.decode(base64.as_bytes()).ok()?);
    match label {
        "-----BEGIN PRIVATE KEY-----" => KeyPair::from_pkcs8(&der).ok(),
        "-----BEGIN RSA PRIVATE KEY-----" => KeyPair::from_der(&der).ok(),
        _ => None,
    }
}

impl Fetch for ServiceAccount {
    fn fetch(&self) -> FetchFuture<'_> {
        Box::pin(async {
            match self.form {
                ServiceAccountToken::SelfSigned => self.self_signed(),
                ServiceAccountToken::Exchanged => self.exchanged().await,
            }
        })
    }
}
