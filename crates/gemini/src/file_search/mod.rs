//! Stores of one's own documents that a model searches: Google's File Search.
//!
//! In: files. Out: a store, which a question names with `Generate::file_search`; where an answer is from is in
//! [`Response::citations`]. `upload`: a document on its way into a store.

mod upload;

pub use upload::{Chunks, DocumentUpload};

use crate::files::Source;
use crate::generate::Response;
use crate::models::{is_model_id, resource_path};
use crate::operations::Operation;
use crate::pages::{self, Page};
use crate::wire::wire;
use crate::{Client, Error};
use futures_util::Stream;
use http::Method;
use serde::Deserialize;
use serde_json::{Value, json};

wire! {
    /// A store of documents. Counts are digits.
    Store {
        /// Its name: `fileSearchStores/...`.
        name: String,
        /// Its name for people.
        display_name: Option<String>,
        /// How many documents can be searched.
        active_documents_count: Option<String>,
        /// How many are being read.
        pending_documents_count: Option<String>,
        /// How many could not be read.
        failed_documents_count: Option<String>,
        /// Its size in bytes.
        size_bytes: Option<String>,
    }
}

wire! {
    /// A document of a store.
    Document {
        /// Its name: `fileSearchStores/.../documents/...`.
        name: String,
        /// Its name for people.
        display_name: Option<String>,
        /// `STATE_PENDING`, `STATE_ACTIVE` or `STATE_FAILED`.
        state: Option<String>,
        /// Its type.
        mime_type: Option<String>,
        /// Its size in bytes, in digits.
        size_bytes: Option<String>,
    }
}

wire! {
    /// A passage that an answer is from.
    Citation {
        /// The document's title.
        title: Option<String>,
        /// Its address.
        uri: Option<String>,
        /// The passage.
        text: Option<String>,
        /// The store that it is in.
        file_search_store: Option<String>,
        /// The page.
        page_number: Option<u32>,
    }
}

/// The stores of the project.
///
/// ```no_run
/// use std::time::Duration;
///
/// # async fn example(client: hallpass_gemini::Client) -> Result<(), hallpass_gemini::Error> {
/// let stores = client.file_search();
/// let store = stores.create("my documents").await?;
/// let indexing = stores.upload(&store.name, "report.pdf").metadata("year", 2026).await?;
/// indexing.wait(&client, Duration::from_secs(600)).await?;
/// let question = client.model("gemini-flash-latest").file_search([&store.name]).content("What was sold?");
/// let answer = question.await?;
/// println!("{}", answer.text()?);
/// for citation in answer.citations() {
///     println!("{:?}", citation.title);
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct FileSearch<'a> {
    client: &'a Client,
}

/// Whether a store is deleted with its documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delete {
    /// Google refuses if there are documents.
    IfEmpty,
    /// The documents go, too.
    WithDocuments,
}

impl Client {
    /// Returns the File Search stores of the project.
    #[must_use]
    pub fn file_search(&self) -> FileSearch<'_> {
        FileSearch { client: self }
    }
}

impl<'a> FileSearch<'a> {
    /// Makes a store.
    ///
    /// # Errors
    /// Those of a request.
    pub async fn create(self, display_name: &str) -> Result<Store, Error> {
        let store = json!({"displayName": display_name});
        self.client.request(Method::POST, "fileSearchStores").json(&store).send().await
    }

    /// Lists all stores.
    pub fn list(self) -> impl Stream<Item = Result<Store, Error>> + Send + 'a {
        pages::items::<StoresPage>(self.client, "fileSearchStores".to_owned(), None)
    }

    /// Returns one by its name.
    ///
    /// # Errors
    /// A name that is none, and those of a request.
    pub async fn get(self, name: &str) -> Result<Store, Error> {
        self.client.request(Method::GET, &path(name)?).send().await
    }

    /// Deletes a store.
    ///
    /// # Errors
    /// Those of [`FileSearch::get`].
    pub async fn delete(self, name: &str, how: Delete) -> Result<(), Error> {
        let mut request = self.client.request(Method::DELETE, &path(name)?);
        if how == Delete::WithDocuments {
            request = request.query("force", "true");
        }
        request.send::<Value>().await.map(|_| ())
    }

    /// Starts an upload of a document into a store; Google indexes it in its own time.
    pub fn upload(self, store: &str, source: impl Into<Source>) -> DocumentUpload<'a> {
        DocumentUpload::new(self.client, store, source.into())
    }

    /// Puts an uploaded file (`files/...`) into a store.
    ///
    /// # Errors
    /// Those of [`FileSearch::get`].
    pub async fn import(self, store: &str, file: &str) -> Result<Operation, Error> {
        let path = format!("{}:importFile", path(store)?);
        let file = json!({"fileName": resource_path("files", file)?});
        self.client.request(Method::POST, &path).json(&file).send().await
    }

    /// Lists the documents of a store.
    ///
    /// # Errors
    /// A store's name that is none.
    pub fn documents(
        self,
        store: &str,
    ) -> Result<impl Stream<Item = Result<Document, Error>> + Send + 'a, Error> {
        let path = format!("{}/documents", path(store)?);
        Ok(pages::items::<DocumentsPage>(self.client, path, None))
    }
}

impl FileSearch<'_> {
    /// Deletes a document (`fileSearchStores/.../documents/...`) with its passages.
    ///
    /// # Errors
    /// A name that is none, and those of a request.
    pub async fn delete_document(self, name: &str) -> Result<(), Error> {
        let path = document_path(name)?;
        let request = self.client.request(Method::DELETE, &path).query("force", "true");
        request.send::<Value>().await.map(|_| ())
    }
}

impl Response {
    /// Returns the passages of one's own documents that the answer is from.
    #[must_use]
    pub fn citations(&self) -> Vec<Citation> {
        let grounding =
            self.candidate().and_then(|candidate| candidate.grounding_metadata.as_ref());
        let chunks = grounding.and_then(|grounding| grounding["groundingChunks"].as_array());
        let passages =
            chunks.into_iter().flatten().filter_map(|chunk| chunk.get("retrievedContext"));
        passages.filter_map(|passage| serde_json::from_value(passage.clone()).ok()).collect()
    }
}

fn path(name: &str) -> Result<String, Error> {
    resource_path("fileSearchStores", name)
}

fn document_path(name: &str) -> Result<String, Error> {
    let invalid = || Error::invalid_name("a document", name);
    let (store, document) = name.split_once("/documents/").ok_or_else(invalid)?;
    match is_model_id(document) {
        true => Ok(format!("{}/documents/{document}", path(store)?)),
        false => Err(invalid()),
    }
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct StoresPage {
    file_search_stores: Vec<Store>,
    next_page_token: String,
}

impl Page for StoresPage {
    type Item = Store;

    fn into_parts(self) -> (Vec<Store>, String) {
        (self.file_search_stores, self.next_page_token)
    }
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct DocumentsPage {
    documents: Vec<Document>,
    next_page_token: String,
}

impl Page for DocumentsPage {
    type Item = Document;

    fn into_parts(self) -> (Vec<Document>, String) {
        (self.documents, self.next_page_token)
    }
}
