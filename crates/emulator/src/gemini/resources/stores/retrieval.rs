//! Passages of the project's own documents for a request to generate: the tool `fileSearch`, and files of the prompt.
//!
//! In: the request. Out: what is found, as an answer that quotes it and as `groundingMetadata` that cites it. What a
//! request asks is the text of its last content. Source: google-genai 3.6.1 (fields); the answer's form is our own.

use super::chunks::{self, Chunk, Sizes};
use super::filter::Filter;
use super::search;
use super::text;
use crate::api::error::ApiError;
use crate::gemini::resources::enclosed;
use crate::gemini::tokens;
use crate::state::State;
use serde_json::{Map, Value, json};

/// Our own: Google does not publish its default.
const DEFAULT_PASSAGES: usize = 5;
const MOST_PASSAGES: usize = 50;
/// How many passages an answer quotes; it cites all.
const QUOTED: usize = 3;

/// What was found.
#[derive(Debug, Default)]
pub(crate) struct Retrieved {
    lines: Vec<Line>,
    chunks: Vec<Value>,
    tokens: usize,
    stores: Vec<String>,
    /// Documents of these stores that are not indexed yet.
    pending: usize,
}

/// A line of the answer, and the place of its passage in `chunks`; passages of the prompt's own files have none.
#[derive(Debug)]
struct Line {
    text: String,
    chunk: Option<usize>,
}

/// A file of the prompt that has text.
#[derive(Debug)]
pub(crate) struct Attachment {
    title: String,
    chunks: Vec<Chunk>,
    tokens: usize,
}

impl Attachment {
    /// Reads a file; none if it has no text.
    pub(crate) fn read(title: String, mime_type: &str, bytes: &[u8]) -> Option<Self> {
        let pages = text::read(mime_type, bytes).ok()?;
        let tokens = pages.iter().map(|(_, text)| tokens::of_text(text)).sum();
        Some(Self { title, chunks: chunks::cut(&pages, Sizes::default()), tokens })
    }

    /// The tokens of its text.
    pub(crate) fn tokens(&self) -> usize {
        self.tokens
    }
}

/// One `fileSearch`.
struct Wanted<'a> {
    stores: Vec<&'a str>,
    most: usize,
    filter: Filter,
}

/// A piece of a document that can be searched.
struct Piece<'a> {
    title: &'a str,
    chunk: &'a Chunk,
    /// Its store and its document's metadata; none for a file of the prompt.
    source: Option<(&'a str, &'a [Value])>,
    /// The picture's name, if it is one.
    media: Option<String>,
}

/// Finds what the request asks for in the stores of its tools and in its own files; none if it has neither.
pub(crate) fn retrieve(
    state: &State,
    project: &str,
    body: &Value,
    attachments: &[Attachment],
) -> Result<Option<Retrieved>, ApiError> {
    let tools = body["tools"].as_array().into_iter().flatten();
    let wanted: Vec<&Value> = tools.filter_map(|tool| tool.get("fileSearch")).collect();
    if wanted.is_empty() && attachments.is_empty() {
        return Ok(None);
    }
    let question = question(body);
    let mut retrieved = Retrieved::default();
    for tool in wanted {
        let wanted = Wanted::of(tool)?;
        retrieved.stores.extend(wanted.stores.iter().map(|id| format!("fileSearchStores/{id}")));
        let pieces = wanted.pieces(state, project)?;
        retrieved.pending += wanted.pending(state, project);
        retrieved.add(&question, &pieces, wanted.most);
    }
    for Attachment { title, chunks, .. } in attachments {
        let pieces: Vec<Piece<'_>> =
            chunks.iter().map(|chunk| Piece { title, chunk, source: None, media: None }).collect();
        let known = retrieved.lines.len();
        retrieved.add(&question, &pieces, QUOTED);
        if let Some(first) = chunks.first().filter(|_| retrieved.lines.len() == known) {
            let text = format!("{title} begins: “{}”", search::first_sentence(&first.text));
            retrieved.lines.push(Line { text, chunk: None });
        }
    }
    Ok(Some(retrieved))
}

/// The text of the last content, without what was sent along as documents.
fn question(body: &Value) -> String {
    let last = body["contents"].as_array().and_then(|contents| contents.last());
    last.map(|content| enclosed::split(content).1.join(" ")).unwrap_or_default()
}

impl<'a> Wanted<'a> {
    fn of(tool: &'a Value) -> Result<Self, ApiError> {
        let invalid = |words: String| {
            ApiError::InvalidArgument(format!("* GenerateContentRequest.tools.file_search.{words}"))
        };
        let names = tool.get("fileSearchStoreNames");
        let names = names.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let id = |name: &'a Value| {
            name.as_str()?.strip_prefix("fileSearchStores/").filter(|id| !id.is_empty())
        };
        let stores = names.iter().map(id).collect::<Option<Vec<_>>>().filter(|ids| !ids.is_empty());
        let stores = stores.ok_or_else(|| {
            invalid(
                "file_search_store_names: each is `fileSearchStores/ID`, and there is at least one"
                    .into(),
            )
        })?;
        let most = match tool.get("topK") {
            None => DEFAULT_PASSAGES,
            Some(number) => number
                .as_u64()
                .and_then(|number| usize::try_from(number).ok())
                .filter(|number| (1..=MOST_PASSAGES).contains(number))
                .ok_or_else(|| invalid(format!("top_k: must be from 1 to {MOST_PASSAGES}")))?,
        };
        let filter = tool.get("metadataFilter").and_then(Value::as_str);
        let filter = Filter::parse(filter.unwrap_or_default())
            .map_err(|why| invalid(format!("metadata_filter: {why}")))?;
        Ok(Self { stores, most, filter })
    }

    /// The pieces of the documents that are ready and fit the filter, in the order of their making.
    fn pieces(&self, state: &'a State, project: &str) -> Result<Vec<Piece<'a>>, ApiError> {
        let now = state.clock.now();
        let mut pieces = Vec::new();
        for store in &self.stores {
            let found = state.resources.stores.find(project, store)?;
            let ready = found.documents.iter().map(|(_, document)| document).filter(|document| {
                document.state(now) == "STATE_ACTIVE" && self.filter.fits(&document.metadata)
            });
            for document in ready {
                let source = Some((*store, document.metadata.as_slice()));
                let (title, media) = (document.title(), document.media(store));
                pieces.extend(document.chunks.iter().map(|chunk| Piece {
                    title,
                    chunk,
                    source,
                    media: media.clone(),
                }));
            }
        }
        Ok(pieces)
    }

    /// How many documents are not ready yet.
    fn pending(&self, state: &State, project: &str) -> usize {
        let now = state.clock.now();
        let stores = &state.resources.stores;
        let found = self.stores.iter().filter_map(|store| stores.find(project, store).ok());
        let documents = found.flat_map(|store| store.documents.iter());
        documents.filter(|(_, document)| document.state(now) == "STATE_PENDING").count()
    }
}

impl Retrieved {
    /// What is said where nothing was found.
    fn nothing(&self) -> String {
        let pending = match self.pending {
            0 => String::new(),
            1 => " One document is not indexed yet.".to_owned(),
            number => format!(" {number} documents are not indexed yet."),
        };
        format!("The emulator found nothing about this in {}.{pending}", self.stores.join(", "))
    }

    fn add(&mut self, question: &str, pieces: &[Piece<'_>], most: usize) {
        let texts: Vec<&str> = pieces.iter().map(|piece| piece.chunk.text.as_str()).collect();
        for hit in search::search(question, &texts, most) {
            let piece = &pieces[hit.at];
            let text = piece.quoted(&hit.quote);
            let chunk = piece.cited().map(|context| {
                self.tokens += tokens::of_text(&piece.chunk.text);
                self.chunks.push(context);
                self.chunks.len() - 1
            });
            self.lines.push(Line { text, chunk });
        }
    }

    /// The answer's text: the best passages, a line each.
    pub(crate) fn text(&self) -> String {
        if self.lines.is_empty() {
            return self.nothing();
        }
        self.quoted().map(|line| line.text.as_str()).collect::<Vec<_>>().join("\n")
    }

    /// The tokens of the passages, which the model reads beside the prompt.
    pub(crate) fn tokens(&self) -> usize {
        self.tokens
    }

    fn quoted(&self) -> impl Iterator<Item = &Line> {
        self.lines.iter().take(QUOTED)
    }

    /// `groundingChunks` and `groundingSupports` for the part of this text and index, after so many other chunks; none
    /// if nothing was found.
    pub(crate) fn metadata(
        &self,
        (text, index): (&str, usize),
        before: usize,
    ) -> Option<(Vec<Value>, Vec<Value>)> {
        if self.chunks.is_empty() {
            return None;
        }
        let mut supports = Vec::new();
        for line in self.quoted() {
            // An answer that was cut lacks the last lines.
            let Some((start, chunk)) = text.find(&line.text).zip(line.chunk) else { continue };
            let mut segment = Map::new();
            if index > 0 {
                segment.insert("partIndex".into(), index.into());
            }
            if start > 0 {
                segment.insert("startIndex".into(), start.into());
            }
            segment.insert("endIndex".into(), (start + line.text.len()).into());
            segment.insert("text".into(), line.text.as_str().into());
            supports.push(json!({"segment": segment, "groundingChunkIndices": [before + chunk]}));
        }
        Some((self.chunks.clone(), supports))
    }
}

impl Piece<'_> {
    /// A line of the answer: the sentence and where it is; a picture has none.
    fn quoted(&self, sentence: &str) -> String {
        let title = self.title;
        match (self.chunk.page, &self.media) {
            (_, Some(_)) => format!("{title}: a picture"),
            (Some(page), None) => format!("{title}, page {page}: “{sentence}”"),
            (None, None) => format!("{title}: “{sentence}”"),
        }
    }

    /// The passage as an answer cites it.
    fn cited(&self) -> Option<Value> {
        let (store, metadata) = self.source?;
        let mut context = Map::new();
        context.insert("title".into(), self.title.into());
        match &self.media {
            Some(media) => context.insert("mediaId".into(), media.as_str().into()),
            None => context.insert("text".into(), self.chunk.text.as_str().into()),
        };
        context.insert("fileSearchStore".into(), format!("fileSearchStores/{store}").into());
        if let Some(page) = self.chunk.page {
            context.insert("pageNumber".into(), page.into());
        }
        if !metadata.is_empty() {
            context.insert("customMetadata".into(), metadata.into());
        }
        Some(json!({"retrievedContext": context}))
    }
}
