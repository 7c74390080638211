//! Lists and describes the models that a credential may use.
//!
//! In: a `Client`. Out: `Model`s, as a stream over all pages or one by name.
//! Specification: Gemini API reference, `models.list` and `models.get`; the message
//! `google.ai.generativelanguage.v1beta.Model`.
//! Not here: calling a model.

use crate::pages::{self, Page};
use crate::{Client, Error};
use futures_util::stream::{Stream, TryStreamExt};
use http::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The models of the Gemini API, seen through a [`Client`].
#[derive(Clone, Debug)]
pub struct Models<'a> {
    client: &'a Client,
    page_size: Option<u32>,
}

impl<'a> Models<'a> {
    pub(crate) fn new(client: &'a Client) -> Self {
        Self { client, page_size: None }
    }

    /// Asks for this many models in each reply; Google's own default is 50, its maximum 1000.
    #[must_use]
    pub fn with_page_size(self, page_size: u32) -> Self {
        Self { page_size: Some(page_size), ..self }
    }

    /// Returns every model, page after page; a page is asked for when the one before it is used up.
    ///
    /// A list that goes on past 1000 pages, 100,000 models, 64 MiB or five minutes of waiting ends in an error.
    pub fn list(self) -> impl Stream<Item = Result<Model, Error>> + Send + 'a {
        pages::items::<ModelsPage>(self.client, "models".to_owned(), self.page_size)
    }

    /// Returns one model by its name: `gemini-2.5-flash` or `models/gemini-2.5-flash`.
    ///
    /// # Errors
    /// A name that Google could not have given out is refused before anything is sent; see
    /// [`Error::is_invalid_name`]. A model that is not there is a status 404.
    pub async fn get(self, name: &str) -> Result<Model, Error> {
        let id = name.strip_prefix("models/").unwrap_or(name);
        if !is_model_id(id) {
            return Err(Error::invalid_name("a model", name));
        }
        self.client.request(Method::GET, &format!("models/{id}")).send().await
    }
}

/// How many names are worth a look.
const MOST_NEAREST: usize = 3;
/// Slips that a name may have; in a short one, fewer.
const FARTHEST: usize = 3;

impl Models<'_> {
    /// Returns the names that are most like one that is not there, the most alike first, without `models/`: at most
    /// three, of the models that have this method (such as `generateContent`).
    ///
    /// # Errors
    /// Those of [`Models::list`].
    pub async fn nearest(self, name: &str, method: &str) -> Result<Vec<String>, Error> {
        let mut models = self.with_page_size(LARGEST_PAGE).list();
        let mut names = Vec::new();
        while let Some(model) = models.try_next().await? {
            if model.supported_generation_methods.iter().any(|known| known == method) {
                names.push(model.name.strip_prefix("models/").unwrap_or(&model.name).to_owned());
            }
        }
        Ok(nearest(name, names))
    }
}

/// One request, not several: Google's maximum.
const LARGEST_PAGE: u32 = 1000;

/// A name is like another that is a slip or two away, or that has all of its words.
fn nearest(name: &str, names: Vec<String>) -> Vec<String> {
    let name = name.strip_prefix("models/").unwrap_or(name).to_ascii_lowercase();
    let has_all_words = |other: &str| {
        let words: Vec<&str> = other.split('-').collect();
        name.split('-').all(|word| words.contains(&word))
    };
    let farthest = FARTHEST.min(name.len() / 3);
    let mut near: Vec<(usize, String)> = names
        .into_iter()
        .map(|other| (strsim::osa_distance(&name, &other), other))
        .filter(|(distance, other)| *distance <= farthest || has_all_words(other))
        .collect();
    near.sort();
    near.into_iter().take(MOST_NEAREST).map(|(_, other)| other).collect()
}

/// Returns the path of a model: one of Google's, or a tuned one.
pub(crate) fn model_path(name: &str) -> Result<String, Error> {
    let (kind, id) = name.split_once('/').unwrap_or(("models", name));
    match matches!(kind, "models" | "tunedModels" | "dynamic") && is_model_id(id) {
        true => Ok(format!("{kind}/{id}")),
        false => Err(Error::invalid_name("a model", name)),
    }
}

/// Returns the path of a thing of one kind, such as `files/...`; its id alone will do.
#[cfg(any(feature = "files", feature = "caches", feature = "batches"))]
pub(crate) fn resource_path(kind: &str, name: &str) -> Result<String, Error> {
    let id = name.strip_prefix(kind).and_then(|rest| rest.strip_prefix('/')).unwrap_or(name);
    match is_model_id(id) {
        true => Ok(format!("{kind}/{id}")),
        false => Err(Error::invalid_name(singular(kind), name)),
    }
}

#[cfg(any(feature = "files", feature = "caches", feature = "batches"))]
fn singular(kind: &str) -> &'static str {
    match kind {
        "files" => "a file",
        "fileSearchStores" => "a File Search store",
        "cachedContents" => "a cached beginning",
        "batches" => "a batch",
        _ => "a resource",
    }
}

/// Google's model ids are lower-case words, digits, dots and dashes. Anything else could lead the
/// request to another path: slashes, dots alone, percent signs, question marks.
pub(crate) fn is_model_id(id: &str) -> bool {
    id.bytes().any(|byte| byte.is_ascii_alphanumeric())
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ModelsPage {
    #[serde(default)]
    pub(crate) models: Vec<Model>,
    #[serde(default)]
    pub(crate) next_page_token: String,
}

impl Page for ModelsPage {
    type Item = Model;

    fn into_parts(self) -> (Vec<Model>, String) {
        (self.models, self.next_page_token)
    }
}

/// What Google says about one model.
///
/// Serializes to the names that Google uses; fields this version does not know are kept in
/// [`Model::other`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Model {
    /// The name to ask for, such as `models/gemini-2.5-flash`.
    pub name: String,
    /// The model it is a version of; live replies leave it out.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub base_model_id: String,
    /// Its version, such as `001`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub version: String,
    /// Its name for people.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub display_name: String,
    /// A sentence about it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// How many tokens go in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input_token_limit: Option<i64>,
    /// How many tokens come out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output_token_limit: Option<i64>,
    /// What can be done with it, such as `generateContent`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub supported_generation_methods: Vec<String>,
    /// The default temperature.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub temperature: Option<f64>,
    /// The highest temperature.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_temperature: Option<f64>,
    /// The default for nucleus sampling.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub top_p: Option<f64>,
    /// The default for top-k sampling.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub top_k: Option<i64>,
    /// Whether it thinks before it answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thinking: Option<bool>,
    /// Fields that Google has added since.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_that_stay_in_their_place_are_model_ids() {
        for good in ["gemini-2.5-flash", "aqa", "gemma-4_x.1", "GEMINI"] {
            assert!(is_model_id(good), "{good}");
        }
        for bad in
            ["", ".", "..", "-", "a/b", "../tunedModels", "a?key=1", "a#b", "a%2fb", "a b", "ä"]
        {
            assert!(!is_model_id(bad), "{bad}");
        }
    }

    #[test]
    fn a_name_that_is_not_there_has_names_like_it() {
        let names = ["gemini-2.5-flash", "gemini-2.5-pro", "gemini-flash-latest", "aqa"];
        let like = |name| nearest(name, names.map(str::to_owned).to_vec());
        assert_eq!(like("gemini-2.0-flash"), ["gemini-2.5-flash"]);
        assert_eq!(like("models/Gemini-2.5-Por"), ["gemini-2.5-pro"]);
        assert_eq!(like("flash"), ["gemini-2.5-flash", "gemini-flash-latest"]);
        for other in ["gemini-0", "gpt-4o", ""] {
            assert!(like(other).is_empty(), "{other}");
        }
    }

    #[test]
    fn model_keeps_what_it_does_not_know_and_goes_back_to_googles_names() {
        let bytes = r#"{"name":"models/gemini-3.1-pro-preview","version":"3.1-pro-preview-01-2026",
            "displayName":"Gemini 3.1 Pro Preview","description":"Gemini 3.1 Pro Preview",
            "inputTokenLimit":1048576,"outputTokenLimit":65536,
            "supportedGenerationMethods":["generateContent","countTokens"],"temperature":1,
            "topP":0.95,"topK":64,"maxTemperature":2,"thinking":true,"modelStage":"PREVIEW"}"#;
        let model: Model = serde_json::from_str(bytes).expect("model");
        assert_eq!(model.input_token_limit, Some(1_048_576));
        assert_eq!(model.max_temperature, Some(2.0));
        assert_eq!(model.other["modelStage"], "PREVIEW");
        let back = serde_json::to_value(&model).expect("JSON");
        assert_eq!(back["displayName"], "Gemini 3.1 Pro Preview");
        assert_eq!(back["topK"], 64);
        assert_eq!(back["modelStage"], "PREVIEW");
        assert!(back.get("baseModelId").is_none(), "{back}");
    }

    #[test]
    fn model_with_a_name_alone_is_a_model() {
        let model: Model = serde_json::from_str(r#"{"name":"models/aqa"}"#).expect("model");
        assert_eq!(model.name, "models/aqa");
        assert_eq!(model.output_token_limit, None);
    }
}
