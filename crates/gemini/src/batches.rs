//! Many questions or texts at once, for half the price, answered within a day.
//!
//! In: questions to one model, or contents for vectors. Out: an `Operation` named `batches/...`; its answers are read from it when it is done.

use crate::generate::{Generate, Response};
use crate::models::{model_path, resource_path};
use crate::operations::Operation;
use crate::pages::{self, Page};
use crate::{Client, Error};
use futures_util::Stream;
use http::Method;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// The batches of the project.
#[derive(Clone, Copy, Debug)]
pub struct Batches<'a> {
    client: &'a Client,
}

impl Client {
    /// Returns the batches of the project.
    #[must_use]
    pub fn batches(&self) -> Batches<'_> {
        Batches { client: self }
    }
}

impl<'a> Batches<'a> {
    /// Asks these questions; they are for the model of the first.
    ///
    /// # Errors
    /// No question, and those of a request.
    pub async fn create(
        self,
        display_name: &str,
        questions: impl IntoIterator<Item = Generate<'_>>,
    ) -> Result<Operation, Error> {
        let questions: Vec<_> = questions.into_iter().map(Generate::into_parts).collect();
        let Some((model, _)) = questions.first() else {
            return Err(Error::not_sent("a batch without a question"));
        };
        let model = model_path(model)?;
        let requests = questions.iter().map(|(_, request)| json!({"request": request}));
        let requests: Vec<Value> = requests.collect();
        let input = json!({"requests": {"requests": requests}});
        self.start(&model, display_name, input).await
    }

    /// Asks the questions of an uploaded file (`files/...`) of JSON lines.
    ///
    /// # Errors
    /// Names that are none, and those of a request.
    pub async fn create_from_file(
        self,
        display_name: &str,
        model: &str,
        file: &str,
    ) -> Result<Operation, Error> {
        let input = json!({"fileName": resource_path("files", file)?});
        self.start(&model_path(model)?, display_name, input).await
    }

    /// Makes vectors of these contents in Google's own time; [`Embed::all`](crate::embed::Embed::all) makes them at once.
    ///
    /// # Errors
    /// No content, an empty one, and those of a request.
    #[cfg(feature = "embed")]
    pub async fn embed(
        self,
        display_name: &str,
        model: &crate::embed::Embed<'_>,
        contents: impl IntoIterator<Item = impl Into<crate::generate::Contents>>,
    ) -> Result<Operation, Error> {
        let (model, requests) = model.requests(contents)?;
        if requests.is_empty() {
            return Err(Error::not_sent("a batch without a content"));
        }
        let requests: Vec<Value> =
            requests.into_iter().map(|request| json!({"request": request})).collect();
        let input = json!({"requests": {"requests": requests}});
        self.start_as("asyncBatchEmbedContent", &model, display_name, input).await
    }

    async fn start(
        self,
        model: &str,
        display_name: &str,
        input: Value,
    ) -> Result<Operation, Error> {
        self.start_as("batchGenerateContent", model, display_name, input).await
    }

    async fn start_as(
        self,
        method: &str,
        model: &str,
        display_name: &str,
        input: Value,
    ) -> Result<Operation, Error> {
        let batch =
            json!({"batch": {"displayName": display_name, "model": model, "inputConfig": input}});
        let path = format!("{model}:{method}");
        self.client.request(Method::POST, &path).json(&batch).send().await
    }

    /// Lists all batches.
    pub fn list(self) -> impl Stream<Item = Result<Operation, Error>> + Send + 'a {
        pages::items::<BatchesPage>(self.client, "batches".to_owned(), None)
    }

    /// Deletes a batch; one that runs goes on.
    ///
    /// # Errors
    /// A name that is none, and those of a request.
    pub async fn delete(self, name: &str) -> Result<(), Error> {
        let path = resource_path("batches", name)?;
        self.client.request(Method::DELETE, &path).send::<Value>().await.map(|_| ())
    }
}

impl Operation {
    /// Returns the answers of a batch that has ended, in the order of the questions; each is an answer or a refusal.
    #[must_use]
    pub fn answers(&self) -> Vec<Result<Response, Error>> {
        self.inlined("inlinedResponses").map(answer_of).collect()
    }

    /// Returns the vectors of a batch that has ended, in the order of the contents; each is a vector or a refusal.
    #[cfg(feature = "embed")]
    #[must_use]
    pub fn embeddings(&self) -> Vec<Result<crate::embed::Embedding, Error>> {
        let embedding = |one: &Value| {
            let reply: Value = answer_of(one)?;
            serde_json::from_value(reply["embedding"].clone()).map_err(|_| Error::not_the_json())
        };
        self.inlined("inlinedEmbedContentResponses").map(embedding).collect()
    }

    /// Returns the answers within the operation: in its result, or in what is known about it.
    fn inlined(&self, kind: &str) -> impl Iterator<Item = &Value> {
        let places =
            [self.response.as_ref(), self.metadata.as_ref().map(|metadata| &metadata["output"])];
        let inlined = places
            .into_iter()
            .flatten()
            .find_map(|place| place[kind]["inlinedResponses"].as_array());
        inlined.into_iter().flatten()
    }
}

fn answer_of<T: DeserializeOwned>(one: &Value) -> Result<T, Error> {
    match one.get("error") {
        Some(error) => Err(Error::from_operation(json!({"error": error}).to_string().as_bytes())),
        None => serde_json::from_value(one["response"].clone()).map_err(|_| Error::not_the_json()),
    }
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct BatchesPage {
    operations: Vec<Operation>,
    batches: Vec<Operation>,
    next_page_token: String,
}

impl Page for BatchesPage {
    type Item = Operation;

    fn into_parts(self) -> (Vec<Operation>, String) {
        ([self.operations, self.batches].concat(), self.next_page_token)
    }
}
