//! Texts as vectors.
//!
//! In: contents. Out: a vector for each, in their order.
//! Specification: `embedContent`, and `batchEmbedContents`, which takes a hundred at a time.

use crate::generate::{Content, Contents};
use crate::models::model_path;
use crate::wire::{open_enum, wire};
use crate::{Client, Error, RequestBuilder, spans};
use http::Method;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tracing::Instrument as _;

/// Google refuses more (python-genai; the number is from memory).
const LARGEST_BATCH: usize = 100;

open_enum! {
    /// What a vector is for.
    Task {
        Query = "RETRIEVAL_QUERY",
        Document = "RETRIEVAL_DOCUMENT",
        Similarity = "SEMANTIC_SIMILARITY",
        Classification = "CLASSIFICATION",
        Clustering = "CLUSTERING",
        QuestionAnswering = "QUESTION_ANSWERING",
        FactVerification = "FACT_VERIFICATION",
        CodeQuery = "CODE_RETRIEVAL_QUERY",
    }
}

wire! {
    /// The vector of one content.
    Embedding {
        /// Its numbers.
        values: Vec<f32>,
    }
}

/// Vectors in the making.
///
/// ```no_run
/// # async fn example(client: hallpass_gemini::Client) -> Result<(), hallpass_gemini::Error> {
/// use hallpass_gemini::embed::Task;
///
/// let model = client.embed("gemini-embedding-001").dimensions(768);
/// let documents = model.clone().task(Task::Document).all(["a", "b"]).await?;
/// let query = model.task(Task::Query).one("c").await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Embed<'a> {
    client: &'a Client,
    model: String,
    settings: Settings,
}

#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Settings {
    #[serde(skip_serializing_if = "Option::is_none")]
    task_type: Option<Task>,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    output_dimensionality: Option<u32>,
}

#[derive(Serialize)]
struct One<'a> {
    model: &'a str,
    content: &'a Content,
    #[serde(flatten)]
    settings: &'a Settings,
}

impl Client {
    /// Starts vectors of a model, such as `gemini-embedding-001`.
    pub fn embed(&self, model: &str) -> Embed<'_> {
        Embed { client: self, model: model.to_owned(), settings: Settings::default() }
    }
}

impl Embed<'_> {
    /// Says what the vectors are for.
    pub fn task(mut self, task: Task) -> Self {
        self.settings.task_type = Some(task);
        self
    }

    /// Names the document that the texts are from.
    pub fn title(mut self, title: impl Into<String>) -> Self {
        self.settings.title = Some(title.into());
        self
    }

    /// Sets how many numbers a vector has.
    pub fn dimensions(mut self, dimensions: u32) -> Self {
        self.settings.output_dimensionality = Some(dimensions);
        self
    }

    /// Returns the vector of one content.
    ///
    /// # Errors
    /// An empty content, a model's name that is none, and those of a request.
    pub async fn one(&self, content: impl Into<Contents>) -> Result<Embedding, Error> {
        #[derive(Deserialize)]
        struct Reply {
            embedding: Embedding,
        }
        let (model, content) = (model_path(&self.model)?, content_of(content.into())?);
        let path = format!("{model}:embedContent");
        let one = One { model: &model, content: &content, settings: &self.settings };
        let request = self.client.request(Method::POST, &path).json(&one);
        let reply: Reply = self.sent(request).await?;
        Ok(reply.embedding)
    }

    /// Returns the vector of each content, in their order; more than a hundred are asked for in several requests.
    ///
    /// # Errors
    /// Those of [`Embed::one`], and a reply with another number of vectors.
    pub async fn all(
        &self,
        contents: impl IntoIterator<Item = impl Into<Contents>>,
    ) -> Result<Vec<Embedding>, Error> {
        let contents = contents.into_iter().map(|content| content_of(content.into()));
        let contents: Vec<Content> = contents.collect::<Result<_, _>>()?;
        let mut embeddings = Vec::with_capacity(contents.len());
        for batch in contents.chunks(LARGEST_BATCH) {
            embeddings.extend(self.batch(batch).await?);
        }
        Ok(embeddings)
    }

    /// Returns the model and the requests of a batch that Google answers in its own time.
    #[cfg(feature = "batches")]
    pub(crate) fn requests(
        &self,
        contents: impl IntoIterator<Item = impl Into<Contents>>,
    ) -> Result<(String, Vec<serde_json::Value>), Error> {
        let model = model_path(&self.model)?;
        let request = |content: Contents| {
            let content = content_of(content)?;
            let one = One { model: &model, content: &content, settings: &self.settings };
            serde_json::to_value(one).map_err(|_| Error::not_sent("a content has no form in JSON"))
        };
        let requests = contents.into_iter().map(|content| request(content.into()));
        let requests = requests.collect::<Result<Vec<_>, _>>()?;
        Ok((model, requests))
    }

    async fn sent<T: DeserializeOwned>(&self, request: RequestBuilder<'_>) -> Result<T, Error> {
        let span = spans::embeddings(&self.model);
        let reply = request.send().instrument(span.clone()).await;
        reply.inspect_err(|error| spans::failed(&span, error))
    }

    async fn batch(&self, contents: &[Content]) -> Result<Vec<Embedding>, Error> {
        #[derive(Serialize)]
        struct Batch<'a> {
            requests: Vec<One<'a>>,
        }
        #[derive(Deserialize)]
        struct Reply {
            embeddings: Vec<Embedding>,
        }
        let model = model_path(&self.model)?;
        let one = |content| One { model: &model, content, settings: &self.settings };
        let batch = Batch { requests: contents.iter().map(one).collect() };
        let path = format!("{model}:batchEmbedContents");
        let request = self.client.request(Method::POST, &path).json(&batch);
        let reply: Reply = self.sent(request).await?;
        match reply.embeddings.len() == contents.len() {
            true => Ok(reply.embeddings),
            false => Err(Error::unexpected("it has another number of vectors")),
        }
    }
}

fn content_of(contents: Contents) -> Result<Content, Error> {
    match <[Content; 1]>::try_from(contents.0) {
        Ok([content]) if content.says_something() => Ok(content),
        _ => Err(Error::not_sent("a text to embed is empty, or is a whole conversation")),
    }
}
