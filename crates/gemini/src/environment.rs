//! A client as Google's SDKs would make it from the environment: the one place of this crate that reads it.
//!
//! In: Google's variables. Out: a client. An access token wins over a key, a key over Application Default Credentials;
//! one that is hidden by another is logged once.
//! Not here: the credential file (`hallpass::adc`), proxies (`HttpClient::from_env`).
#![expect(
    clippy::disallowed_methods,
    reason = "`from_env` reads the environment when it is asked to"
)]

use crate::{ApiKey, Authorization, Client, ClientBuilder, Error, Version};
use hallpass::Credential;
use hallpass::http::HttpClient;
use hallpass::oauth::AccessToken;
use hallpass::source::StaticSource;
use std::time::{Duration, SystemTime};

const TOKEN: &str = "GOOGLE_GENAI_ACCESS_TOKEN";
const KEYS: [&str; 2] = ["GOOGLE_API_KEY", "GEMINI_API_KEY"];
const PROJECT: &str = "GOOGLE_GENAI_USER_PROJECT";
const BASE_URL: &str = "GOOGLE_GEMINI_BASE_URL";
const VERSION: &str = "GOOGLE_GENAI_API_VERSION";

type Env<'a> = &'a (dyn Fn(&str) -> Option<String> + Sync);

impl Client {
    /// Makes a client of the environment: `GOOGLE_GENAI_ACCESS_TOKEN`, else `GOOGLE_API_KEY` or `GEMINI_API_KEY`, else
    /// Application Default Credentials, such as those of `hallpass login`; `GOOGLE_GENAI_USER_PROJECT`,
    /// `GOOGLE_GEMINI_BASE_URL`, `GOOGLE_GENAI_API_VERSION` and the proxies.
    ///
    /// # Errors
    /// A value that cannot be used ([`Error::is_invalid_setting`]), and no credential ([`Error::auth`]).
    pub async fn from_env() -> Result<Self, Error> {
        Ok(Self::builder_from_env().await?.build())
    }

    /// Does the same, for a program with settings of its own.
    ///
    /// # Errors
    /// Those of [`Client::from_env`].
    pub async fn builder_from_env() -> Result<ClientBuilder, Error> {
        let env = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let authorization = match named(&env)? {
            Some(authorization) => authorization,
            None => {
                let credential = Credential::application_default().await?;
                match env(PROJECT) {
                    None => credential.into(),
                    Some(project) => credential.with_quota_project(project).into(),
                }
            }
        };
        Ok(configured(Self::builder(authorization), &env)?.http(HttpClient::from_env()))
    }
}

/// Returns the token or the key that the environment has.
fn named(env: Env<'_>) -> Result<Option<Authorization>, Error> {
    let set: Vec<&str> =
        [TOKEN, KEYS[0], KEYS[1]].into_iter().filter(|name| env(name).is_some()).collect();
    let Some(first) = set.first() else { return Ok(None) };
    for hidden in &set[1..] {
        tracing::warn!("`{hidden}` is not used, since `{first}` is set");
    }
    let value = env(first).unwrap_or_default();
    if *first == TOKEN {
        // Nothing says when it ends; a 401 does.
        let token =
            AccessToken::new(value, SystemTime::UNIX_EPOCH + Duration::from_secs(u32::MAX.into()))?;
        let credential = Credential::new(StaticSource::new(token));
        return Ok(Some(credential.with_quota_project(env(PROJECT).unwrap_or_default()).into()));
    }
    let key = ApiKey::new(value)?;
    Ok(Some(match env(PROJECT) {
        Some(project) => key.with_quota_project(&project)?.into(),
        None => key.into(),
    }))
}

fn configured(mut builder: ClientBuilder, env: Env<'_>) -> Result<ClientBuilder, Error> {
    if let Some(base_url) = env(BASE_URL) {
        builder = builder.base_url(&base_url);
    }
    if let Some(version) = env(VERSION) {
        let known = Version::parse(&version).ok_or_else(|| {
            Error::setting(format!(
                "`{VERSION}` is `{}`, which is no version",
                version.escape_debug()
            ))
        })?;
        builder = builder.version(known);
    }
    Ok(builder)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(set: &[(&str, &str)]) -> String {
        let env = |name: &str| {
            set.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        };
        match named(&env) {
            Ok(found) => format!("{found:?}"),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn a_token_wins_over_a_key_and_a_key_over_the_default_credential() {
        assert_eq!(kind(&[]), "None");
        assert_eq!(kind(&[("GEMINI_API_KEY", "a")]), "Some(ApiKey)");
        assert_eq!(kind(&[("GEMINI_API_KEY", "a"), (TOKEN, "ya29.x")]), "Some(OAuth)");
        // The second is not looked at.
        assert_eq!(kind(&[("GOOGLE_API_KEY", "a"), ("GEMINI_API_KEY", "b c")]), "Some(ApiKey)");
        assert_eq!(kind(&[("GOOGLE_API_KEY", "ya29.x")]), "the API key is an access token");
    }

    #[test]
    fn a_version_that_is_none_is_refused_by_its_variable() {
        let error = |value: &'static str| {
            let key = ApiKey::new("a").expect("key");
            let env = move |name: &str| (name == VERSION).then(|| value.to_owned());
            configured(Client::builder(key), &env).map(|_| ()).map_err(|error| error.to_string())
        };
        assert_eq!(error("beta"), Ok(()));
        assert_eq!(
            error("v9"),
            Err("`GOOGLE_GENAI_API_VERSION` is `v9`, which is no version".to_owned())
        );
    }
}
