//! Beginnings of prompts that Google keeps: all, one as replies show it, and how long it lives.
//!
//! In: `ttl` or `expireTime`. Out: `CachedContent` as JSON; what is kept is not shown. Specification of both times:
//! proto3's JSON (`3.5s`, RFC 3339).

use crate::api::error::ApiError;
use crate::clock;
use crate::gemini::resources::collection::Collection;
use crate::gemini::tokens::{self, Tokens};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::time::{Duration, SystemTime};

/// From memory: how long a cache lives that names no time.
const DEFAULT_LIFE: Duration = Duration::from_secs(3600);

const MAX_CACHES: usize = 1_000;
/// What all caches together may hold, in bytes of JSON.
const MOST_BYTES: usize = 64 * 1024 * 1024;

/// The caches of all projects.
#[derive(Debug)]
pub(crate) struct Caches {
    pub(super) all: Collection<Cache>,
}

impl Default for Caches {
    fn default() -> Self {
        Self { all: Collection::new(MAX_CACHES) }
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Cache {
    pub(crate) project: String,
    pub(crate) id: String,
    /// The model's id, without `models/`.
    pub(crate) model: String,
    pub(crate) display_name: Option<String>,
    /// Contents, system instruction, tools and tool settings.
    pub(crate) kept: Value,
    /// What all of it counts.
    pub(crate) tokens: Tokens,
    /// What of it is the text of files, which is not in the contents.
    pub(crate) of_files: usize,
    #[serde(with = "clock::stamp")]
    pub(super) created: SystemTime,
    #[serde(with = "clock::stamp")]
    pub(super) updated: SystemTime,
    #[serde(with = "clock::stamp")]
    pub(crate) expires: SystemTime,
}

/// A `CachedContent` of the API.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Shown {
    name: String,
    model: String,
    create_time: String,
    update_time: String,
    expire_time: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    display_name: Option<String>,
    usage_metadata: Usage,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Usage {
    total_token_count: usize,
}

impl Cache {
    pub(super) fn shown(&self) -> Shown {
        Shown {
            name: format!("cachedContents/{}", self.id),
            model: format!("models/{}", self.model),
            create_time: clock::rfc3339_micros(self.created),
            update_time: clock::rfc3339_micros(self.updated),
            expire_time: clock::rfc3339_micros(self.expires),
            display_name: self.display_name.clone(),
            usage_metadata: Usage { total_token_count: self.tokens.total() },
        }
    }
}

impl Caches {
    pub(super) fn expire(&mut self, now: SystemTime) {
        self.all.retain(|cache| cache.expires > now);
    }

    /// The cache of this id, if it is this project's.
    pub(super) fn find(
        &self,
        project: &str,
        id: &str,
        now: SystemTime,
    ) -> Result<&Cache, ApiError> {
        let cache =
            self.all.get(id).filter(|cache| cache.project == project && cache.expires > now);
        cache.ok_or_else(missing)
    }

    /// The tokens that a project keeps of a model.
    pub(super) fn stored(&self, project: &str, model: &str) -> usize {
        let all = self.all.iter().map(|(_, cache)| cache);
        let own = all.filter(|cache| cache.project == project && cache.model == model);
        own.map(|cache| cache.tokens.total()).sum()
    }

    /// All, the oldest first.
    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = &Cache> {
        self.all.iter().map(|(_, cache)| cache)
    }

    /// Adds a cache of a saved state.
    ///
    /// # Errors
    /// Why there cannot be such a cache.
    pub(in crate::gemini::resources) fn restore(
        &mut self,
        cache: Cache,
    ) -> Result<(), &'static str> {
        if self.all.get(&cache.id).is_some() {
            return Err("a cache comes twice");
        }
        if !cache.tokens.are_possible() || cache.of_files > tokens::MOST {
            return Err("a cache has more tokens than one can have");
        }
        self.add(cache);
        Ok(())
    }

    pub(super) fn add(&mut self, cache: Cache) {
        self.all.insert(cache.id.clone(), cache);
        let size = |cache: &Cache| cache.kept.to_string().len();
        let mut bytes: usize = self.all.iter().map(|(_, cache)| size(cache)).sum();
        while bytes > MOST_BYTES {
            let Some((id, oldest)) =
                self.all.iter().next().map(|(id, cache)| (id.to_owned(), size(cache)))
            else {
                break;
            };
            self.all.remove(&id);
            bytes -= oldest;
        }
    }
}

/// When a cache ends that is made or changed now; none if the body does not say.
pub(super) fn end(body: &Value, now: SystemTime) -> Result<Option<SystemTime>, ApiError> {
    let invalid = |field: &str, kind: &str, text: &str| {
        ApiError::InvalidArgument(format!("Invalid value at '{field}' ({kind}), \"{text}\""))
    };
    match (body["ttl"].as_str(), body["expireTime"].as_str()) {
        (Some(_), Some(_)) => Err(ApiError::InvalidArgument(
            "* CachedContent.expiration: only one of ttl and expire_time can be set".into(),
        )),
        (None, None) => Ok(None),
        (Some(text), None) => {
            let kind = "type.googleapis.com/google.protobuf.Duration";
            let life = duration(text).ok_or_else(|| invalid("ttl", kind, text))?;
            Ok(Some(now + life))
        }
        (None, Some(text)) => {
            let kind = "type.googleapis.com/google.protobuf.Timestamp";
            let time =
                text.parse::<jiff::Timestamp>().map_err(|_| invalid("expire_time", kind, text))?;
            let time = SystemTime::from(time);
            if time <= now {
                return Err(ApiError::InvalidArgument(
                    "* CachedContent.expire_time: must be in the future".into(),
                ));
            }
            Ok(Some(time))
        }
    }
}

pub(super) fn default_end(now: SystemTime) -> SystemTime {
    now + DEFAULT_LIFE
}

/// `3.5s`, from a nanosecond to a hundred years.
fn duration(text: &str) -> Option<Duration> {
    const LONGEST: f64 = 100.0 * 365.0 * 24.0 * 3600.0;
    let seconds: f64 = text.strip_suffix('s')?.parse().ok()?;
    let is_written_so =
        text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b's'));
    (is_written_so && seconds > 0.0 && seconds <= LONGEST).then(|| Duration::from_secs_f64(seconds))
}

/// From memory.
pub(super) fn missing() -> ApiError {
    ApiError::PermissionDenied("CachedContent not found (or permission denied)".into(), None)
}

#[cfg(test)]
mod tests {
    use super::duration;
    use std::time::Duration;

    #[test]
    fn durations_are_those_of_protobuf() {
        assert_eq!(duration("300s"), Some(Duration::from_secs(300)));
        assert_eq!(duration("1.5s"), Some(Duration::from_millis(1500)));
        for wrong in ["300", "0s", "-1s", "infs", "NaNs", "1e9s", "+1s", "s", "99999999999s"] {
            assert_eq!(duration(wrong), None, "{wrong}");
        }
    }
}
