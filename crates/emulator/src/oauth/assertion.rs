//! A JWT that a service account has signed: for the token endpoint, or for an API in the place of a token.
//!
//! In: its text. Out: the account and the claims, once form, account, signature and times are right.
//! Source: RFC 7523, section 3. Not here: for whom it is; the audience is the caller's to check.

use crate::ServiceAccount;
use crate::clock::epoch_seconds;
use crate::config::service_account;
use crate::state::State;
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::Deserialize;

const LONGEST_LIFE: u64 = 3600;
/// How far ahead the clock of a client may be; from memory.
const SKEW: u64 = 300;

#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
}

/// What an assertion claims.
#[derive(Deserialize)]
pub(crate) struct Claims {
    iss: String,
    pub(crate) aud: Option<String>,
    iat: u64,
    exp: u64,
    #[serde(default)]
    pub(crate) scope: String,
    pub(crate) target_audience: Option<String>,
    pub(crate) sub: Option<String>,
}

/// What is wrong with an assertion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    Malformed,
    Account,
    Signature,
    Time,
}

pub(crate) fn open(state: &State, assertion: &str) -> Result<(ServiceAccount, Claims), Fault> {
    let (signed, signature, header, claims) = parts(assertion).ok_or(Fault::Malformed)?;
    let accounts = &state.config.service_accounts;
    let account = accounts.iter().find(|account| account.email == claims.iss);
    let account = account.ok_or(Fault::Account)?;
    let key_fits = header.kid.is_none_or(|kid| kid == account.key_id);
    if header.alg != "RS256" || !key_fits || !service_account::signed(signed.as_bytes(), &signature)
    {
        return Err(Fault::Signature);
    }
    let now = epoch_seconds(state.clock.now());
    let life = claims.exp.checked_sub(claims.iat).filter(|life| *life <= LONGEST_LIFE);
    if life.is_none() || claims.exp <= now || claims.iat > now.saturating_add(SKEW) {
        return Err(Fault::Time);
    }
    Ok((account.clone(), claims))
}

fn parts(assertion: &str) -> Option<(&str, Vec<u8>, Header, Claims)> {
    let decoded = |part: &str| BASE64_URL_SAFE_NO_PAD.decode(part).ok();
    let (signed, signature) = assertion.rsplit_once('.')?;
    let (header, claims) = signed.split_once('.')?;
    let header = serde_json::from_slice(&decoded(header)?).ok()?;
    let claims = serde_json::from_slice(&decoded(claims)?).ok()?;
    Some((signed, decoded(signature)?, header, claims))
}
