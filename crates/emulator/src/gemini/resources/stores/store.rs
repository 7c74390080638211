//! The File Search stores, and one with its documents as replies show it.

use super::document::Document;
use crate::api::error::ApiError;
use crate::clock;
use crate::gemini::resources::collection::Collection;
use serde::{Deserialize, Serialize};
use std::time::SystemTime;

const MAX_STORES: usize = 1_000;
pub(super) const MAX_DOCUMENTS: usize = 10_000;
/// Google: a hundred mebibytes a document.
pub(super) const LARGEST_DOCUMENT: u64 = 100 * 1024 * 1024;

/// The stores of all projects.
#[derive(Debug)]
pub(crate) struct Stores(pub(super) Collection<Store>);

impl Default for Stores {
    fn default() -> Self {
        Self(Collection::new(MAX_STORES))
    }
}

impl Stores {
    /// The store of this id, if it is this project's.
    pub(in crate::gemini::resources) fn find(
        &self,
        project: &str,
        id: &str,
    ) -> Result<&Store, ApiError> {
        self.0.get(id).filter(|store| store.project == project).ok_or_else(|| missing(id))
    }

    pub(super) fn find_mut(&mut self, project: &str, id: &str) -> Result<&mut Store, ApiError> {
        let store = self.0.get_mut(id).filter(|store| store.project == project);
        store.ok_or_else(|| missing(id))
    }

    /// All, the oldest first.
    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = (&str, &Store)> {
        self.0.iter()
    }

    pub(in crate::gemini::resources) fn saved(&self) -> Vec<SavedStore> {
        self.0.iter().map(|(id, store)| SavedStore::of(id, store)).collect()
    }

    /// The stores of a saved state.
    ///
    /// # Errors
    /// Why there cannot be such stores.
    pub(in crate::gemini::resources) fn restored(
        saved: Vec<SavedStore>,
    ) -> Result<Self, &'static str> {
        let mut stores = Self::default();
        for saved in saved {
            let (id, store) = saved.restored()?;
            if stores.0.get(&id).is_some() {
                return Err("a store comes twice");
            }
            stores.0.insert(id, store);
        }
        Ok(stores)
    }

    /// What all documents take of the room for them.
    pub(super) fn length(&self) -> usize {
        let documents = self.0.iter().flat_map(|(_, store)| store.documents.iter());
        documents.map(|(_, document)| document.length()).sum()
    }
}

#[derive(Debug)]
pub(crate) struct Store {
    pub(crate) project: String,
    pub(crate) display_name: Option<String>,
    pub(super) embedding_model: Option<String>,
    pub(super) created: SystemTime,
    pub(super) updated: SystemTime,
    pub(crate) documents: Collection<Document>,
}

/// A store in a saved state.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SavedStore {
    id: String,
    project: String,
    display_name: Option<String>,
    embedding_model: Option<String>,
    #[serde(with = "clock::stamp")]
    created: SystemTime,
    #[serde(with = "clock::stamp")]
    updated: SystemTime,
    documents: Vec<Document>,
}

impl SavedStore {
    pub(super) fn of(id: &str, store: &Store) -> Self {
        Self {
            id: id.to_owned(),
            project: store.project.clone(),
            display_name: store.display_name.clone(),
            embedding_model: store.embedding_model.clone(),
            created: store.created,
            updated: store.updated,
            documents: store.documents.iter().map(|(_, document)| document.clone()).collect(),
        }
    }

    pub(super) fn restored(self) -> Result<(String, Store), &'static str> {
        let mut documents = Collection::new(MAX_DOCUMENTS);
        for document in self.documents {
            if documents.get(&document.id).is_some() {
                return Err("a document comes twice");
            }
            if document.size > LARGEST_DOCUMENT {
                return Err("a document has a size that none can have");
            }
            documents.insert(document.id.clone(), document);
        }
        let store = Store {
            project: self.project,
            display_name: self.display_name,
            embedding_model: self.embedding_model,
            created: self.created,
            updated: self.updated,
            documents,
        };
        Ok((self.id, store))
    }
}

/// A `FileSearchStore` of the API. Counts are texts, and left out where they are zero, as proto3's JSON has it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Shown {
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    display_name: Option<String>,
    create_time: String,
    update_time: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    active_documents_count: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pending_documents_count: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    failed_documents_count: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    size_bytes: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    embedding_model: Option<String>,
}

impl Store {
    pub(super) fn shown(&self, id: &str, now: SystemTime) -> Shown {
        let documents = || self.documents.iter().map(|(_, document)| document);
        let in_state = |state: &str| {
            let count = documents().filter(|document| document.state(now) == state).count();
            (count > 0).then(|| count.to_string())
        };
        let size: u64 = documents().map(|document| document.size).sum();
        Shown {
            name: format!("fileSearchStores/{id}"),
            display_name: self.display_name.clone(),
            create_time: clock::rfc3339_micros(self.created),
            update_time: clock::rfc3339_micros(self.updated),
            active_documents_count: in_state("STATE_ACTIVE"),
            pending_documents_count: in_state("STATE_PENDING"),
            failed_documents_count: in_state("STATE_FAILED"),
            size_bytes: (size > 0).then(|| size.to_string()),
            embedding_model: self.embedding_model.clone(),
        }
    }
}

/// By the captured words about files.
fn missing(id: &str) -> ApiError {
    ApiError::PermissionDenied(
        format!(
            "You do not have permission to access the FileSearchStore {id} or it may not exist."
        ),
        None,
    )
}
