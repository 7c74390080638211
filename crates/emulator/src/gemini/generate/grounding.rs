//! Google's own tools: what they leave in an answer.
//!
//! In: the tools of a request and the answer's text. Out: parts that stand before the text, and the metadata beside
//! it. Nothing is searched, fetched or run: the results are invented, shaped as google-genai 3.6.1 reads them.
//! What File Search finds is added. A URL whose host ends in `.invalid` cannot be fetched.

use super::asked::{self, Asked};
use super::calls::id;
use crate::gemini::tokens::of_text;
use serde_json::{Map, Value, json};

const REDIRECT: &str = "https://vertexaisearch.cloud.google.com/grounding-api-redirect/";
const MOST_URLS: usize = 20;

/// Which of Google's tools a request names.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Builtin {
    pub(super) search: bool,
    pub(super) maps: bool,
    pub(super) urls: bool,
    pub(super) code: bool,
    pub(super) files: bool,
}

impl Builtin {
    pub(super) fn of(body: &Value) -> Self {
        let has = |name: &str| {
            body["tools"].as_array().into_iter().flatten().any(|tool| tool.get(name).is_some())
        };
        Self {
            search: has("googleSearch") || has("googleSearchRetrieval"),
            maps: has("googleMaps"),
            urls: has("urlContext"),
            code: has("codeExecution"),
            files: has("fileSearch"),
        }
    }

    pub(super) fn any(self) -> bool {
        self.search || self.maps || self.urls || self.code || self.files
    }
}

/// Parts before the text: code that ran, and calls of tools if the request wants to see them.
pub(super) fn parts(builtin: Builtin, asked: &Asked<'_>) -> Vec<Value> {
    let mut parts = Vec::new();
    let shown = asked.body["toolConfig"]["includeServerSideToolInvocations"] == true;
    if shown && builtin.search {
        let (id, kind) = (id(asked, 100), "GOOGLE_SEARCH_WEB");
        let queries = json!({"queries": [asked.last_text()]});
        parts.push(json!({"toolCall": {"id": id, "toolType": kind, "args": queries}}));
        let response = json!({"search_suggestions": suggestions(asked)});
        parts.push(json!({"toolResponse": {"id": id, "toolType": kind, "response": response}}));
    }
    if builtin.code {
        let line = format!("the prompt has {} tokens", asked.prompt.total());
        parts.push(json!({"executableCode": {"language": "PYTHON", "code": format!("print(\"{line}\")\n")}}));
        let result = json!({"outcome": "OUTCOME_OK", "output": format!("{line}\n")});
        parts.push(json!({"codeExecutionResult": result}));
    }
    parts
}

/// `groundingMetadata` and `urlContextMetadata` for a text that is the part of this index.
pub(super) fn metadata(
    builtin: Builtin,
    asked: &Asked<'_>,
    (text, index): (&str, usize),
) -> Map<String, Value> {
    let mut more = Map::new();
    let (mut chunks, mut grounding) = (Vec::new(), Map::new());
    if builtin.search {
        chunks.extend([web("1", "example.com"), web("2", "example.org")]);
        grounding.insert("webSearchQueries".into(), json!([asked.last_text()]));
        grounding.insert("searchEntryPoint".into(), json!({"renderedContent": suggestions(asked)}));
    }
    if builtin.maps {
        chunks.push(json!({"maps": {"uri": "https://maps.google.com/?cid=1", "title": "Example place", "placeId": "places/emulator"}}));
    }
    if builtin.urls {
        let urls = urls(asked);
        let fetched = urls.iter().filter(|url| is_fetched(url));
        chunks.extend(fetched.map(|url| json!({"web": {"uri": url, "title": host(url)}})));
        let status = |url: &String| {
            let word = if is_fetched(url) { "SUCCESS" } else { "ERROR" };
            json!({"retrievedUrl": url, "urlRetrievalStatus": format!("URL_RETRIEVAL_STATUS_{word}")})
        };
        if !urls.is_empty() {
            let list: Vec<Value> = urls.iter().map(status).collect();
            more.insert("urlContextMetadata".into(), json!({"urlMetadata": list}));
        }
    }
    let found = asked.found().and_then(|found| found.metadata((text, index), chunks.len()));
    let (passages, mut supports) = found.unwrap_or_default();
    if !chunks.is_empty() {
        let indices: Vec<usize> = (0..chunks.len()).collect();
        let mut segment = Map::new();
        if index > 0 {
            segment.insert("partIndex".into(), index.into());
        }
        segment.insert("endIndex".into(), text.len().into());
        segment.insert("text".into(), text.into());
        supports.insert(0, json!({"segment": segment, "groundingChunkIndices": indices}));
    }
    chunks.extend(passages);
    if !chunks.is_empty() {
        grounding.insert("groundingChunks".into(), chunks.into());
        grounding.insert("groundingSupports".into(), supports.into());
        more.insert("groundingMetadata".into(), grounding.into());
    }
    more
}

/// The tokens of what the tools brought.
pub(super) fn tokens(builtin: Builtin, asked: &Asked<'_>) -> usize {
    let pages =
        if builtin.urls { urls(asked).iter().filter(|url| is_fetched(url)).count() } else { 0 };
    let code = if builtin.code { of_text("the prompt has N tokens") } else { 0 };
    pages * 100 + code
}

fn web(number: &str, title: &str) -> Value {
    json!({"web": {"uri": format!("{REDIRECT}{number}"), "title": title}})
}

fn suggestions(asked: &Asked<'_>) -> String {
    let query = maud::html! { (asked.last_text()) }.into_string();
    format!("<div class=\"container\"><a class=\"chip\" href=\"{REDIRECT}0\">{query}</a></div>\n")
}

fn urls(asked: &Asked<'_>) -> Vec<String> {
    let mut urls: Vec<String> = Vec::new();
    let texts =
        asked.contents().iter().flat_map(asked::parts).filter_map(|part| part["text"].as_str());
    for word in texts.flat_map(str::split_whitespace) {
        let Some(at) = word.find("https://").or_else(|| word.find("http://")) else { continue };
        let url = word[at..].trim_end_matches(['.', ',', ')', '>', '"', '\'', '?', '!']);
        if urls.len() < MOST_URLS && !urls.iter().any(|one| one == url) {
            urls.push(url.to_owned());
        }
    }
    urls
}

fn host(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split(['/', '?', '#', ':']).next().unwrap_or_default()
}

fn is_fetched(url: &str) -> bool {
    !host(url).ends_with(".invalid")
}
