//! Beginnings of conversations that Google keeps, so that they are cheaper the next time.
//!
//! A question that names one (`Generate::cached`) may have no system instruction, tools or tool settings of its own.

use crate::generate::{Content, Generate, GenerateRequest};
use crate::models::{model_path, resource_path};
use crate::pages::{self, Page};
use crate::wire::wire;
use crate::{Client, Error};
use futures_util::Stream;
use http::Method;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

wire! {
    /// A cached beginning.
    Cache {
        /// Its name: `cachedContents/...`.
        name: String,
        /// The model that it is for.
        model: String,
        /// Its name for people.
        display_name: Option<String>,
        /// What is cached; Google does not return it.
        contents: Vec<Content>,
        /// What the model keeps to; Google does not return it.
        system_instruction: Option<Content>,
        /// What the model may use; Google does not return it.
        tools: Vec<Value>,
        /// How long it is kept, such as `3600s`; Google returns `expire_time`.
        ttl: Option<String>,
        /// When it is deleted.
        expire_time: Option<String>,
        /// How large it is.
        usage_metadata: Option<Value>,
    }
}

/// The cached beginnings of the project.
#[derive(Clone, Copy, Debug)]
pub struct Caches<'a> {
    client: &'a Client,
}

impl Client {
    /// Returns the cached beginnings of the project.
    #[must_use]
    pub fn caches(&self) -> Caches<'_> {
        Caches { client: self }
    }
}

impl<'a> Caches<'a> {
    /// Caches the contents, the system instruction and the tools of a question for so long.
    ///
    /// # Errors
    /// Those of a request; contents that are too small are a status 400.
    pub async fn create(self, question: Generate<'_>, time: Duration) -> Result<Cache, Error> {
        let (model, request) = question.into_parts();
        let cache = Cache {
            model: model_path(&model)?,
            contents: request.contents,
            system_instruction: request.system_instruction,
            tools: request.tools,
            ttl: Some(seconds(time)),
            ..Cache::default()
        };
        self.client.request(Method::POST, "cachedContents").json(&cache).send().await
    }

    /// Caches the beginning of a question, and keeps it here, too: a question that goes on from it ([`Generate::begin_with`])
    /// is sent with the whole beginning where Google has the cache no more.
    ///
    /// # Errors
    /// Those of [`Caches::create`].
    pub async fn begin(self, question: Generate<'_>, time: Duration) -> Result<Beginning, Error> {
        let whole = question.clone().into_parts().1;
        let cache = self.create(question, time).await?;
        Ok(Beginning { cache, whole: Arc::new(whole) })
    }

    /// Lists all.
    pub fn list(self) -> impl Stream<Item = Result<Cache, Error>> + Send + 'a {
        pages::items::<CachesPage>(self.client, "cachedContents".to_owned(), None)
    }

    /// Returns one by its name.
    ///
    /// # Errors
    /// A name that is none, and those of a request.
    pub async fn get(self, name: &str) -> Result<Cache, Error> {
        self.client.request(Method::GET, &path(name)?).send().await
    }

    /// Keeps one for so long from now.
    ///
    /// # Errors
    /// Those of [`Caches::get`].
    pub async fn keep(self, name: &str, time: Duration) -> Result<Cache, Error> {
        let request = self.client.request(Method::PATCH, &path(name)?).query("updateMask", "ttl");
        request.json(&json!({"ttl": seconds(time)})).send().await
    }

    /// Deletes one.
    ///
    /// # Errors
    /// Those of [`Caches::get`].
    pub async fn delete(self, name: &str) -> Result<(), Error> {
        self.client.request(Method::DELETE, &path(name)?).send::<Value>().await.map(|_| ())
    }
}

/// A beginning that Google keeps for a while, and the program as long as it likes.
#[derive(Clone, Debug)]
pub struct Beginning {
    cache: Cache,
    whole: Arc<GenerateRequest>,
}

impl Beginning {
    /// Returns what Google keeps.
    #[must_use]
    pub fn cache(&self) -> &Cache {
        &self.cache
    }
}

impl Generate<'_> {
    /// Goes on from a beginning; a status 403 or 404, as for a cache that has ended, is followed by one more request without
    /// the cache. The question has no system instruction, tools or tool settings of its own.
    pub fn begin_with(mut self, beginning: &Beginning) -> Self {
        self.set_beginning(Arc::clone(&beginning.whole));
        self.cached(&beginning.cache.name)
    }

    /// Begins with a cached beginning (`cachedContents/...`).
    pub fn cached(self, name: impl Into<String>) -> Self {
        self.request(|request| request.cached_content = Some(name.into()))
    }
}

fn path(name: &str) -> Result<String, Error> {
    resource_path("cachedContents", name)
}

fn seconds(time: Duration) -> String {
    format!("{}s", time.as_secs_f64())
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct CachesPage {
    cached_contents: Vec<Cache>,
    next_page_token: String,
}

impl Page for CachesPage {
    type Item = Cache;

    fn into_parts(self) -> (Vec<Cache>, String) {
        (self.cached_contents, self.next_page_token)
    }
}
