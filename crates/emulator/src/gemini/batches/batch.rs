//! The batches that are kept, and one as an `Operation`.
//!
//! In: a batch and the time. Out: its metadata with state, times and numbers; and once it is done, the answers, in the
//! metadata's `output` and as the response.

use crate::clock;
use crate::gemini::resources::work::{Progress, Work};
use crate::ledger::Ledger;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::time::SystemTime;

const PACKAGE: &str = "type.googleapis.com/google.ai.generativelanguage.v1main";
const MAX_BATCHES: usize = 1_000;
/// Of all answers together, as JSON.
const MAX_BYTES: usize = 64 * 1024 * 1024;

/// The batches of all projects.
#[derive(Debug)]
pub(crate) struct Batches(pub(super) Ledger<Batch>);

impl Default for Batches {
    fn default() -> Self {
        Self(Ledger::of_bytes(MAX_BATCHES, MAX_BYTES))
    }
}

impl Batches {
    /// Adds a batch under its id, which no other has.
    pub(super) fn add(&mut self, batch: Batch) {
        let size = batch.results.iter().map(|result| result.to_string().len()).sum();
        self.0.insert_sized(batch.id.clone(), batch, size);
    }

    /// Those that are not deleted, the oldest first.
    pub(crate) fn saved(&self) -> Vec<Batch> {
        let all = self.0.entries().into_iter().map(|(_, batch)| batch);
        all.filter(|batch| !batch.is_deleted).collect()
    }

    /// The batches of a saved state.
    ///
    /// # Errors
    /// Why there cannot be such batches.
    pub(crate) fn restored(saved: Vec<Batch>) -> Result<Self, &'static str> {
        let mut batches = Self::default();
        for batch in saved {
            if batches.0.get(&batch.id).is_some() {
                return Err("a batch comes twice");
            }
            batches.add(batch);
        }
        Ok(batches)
    }
}

/// What a batch asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    Generate,
    Embed,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Batch {
    pub(super) project: String,
    pub(super) id: String,
    pub(super) kind: Kind,
    pub(super) model: String,
    pub(super) display_name: String,
    pub(super) priority: Value,
    #[serde(with = "clock::stamp")]
    pub(super) created: SystemTime,
    pub(super) work: Work,
    #[serde(with = "clock::stamp_if_any")]
    pub(super) cancelled: Option<SystemTime>,
    #[serde(skip)]
    pub(super) is_deleted: bool,
    /// The name of the file that the requests came in.
    pub(super) file: Option<String>,
    /// One for each request: `{"response" or "error", "metadata" or "key"}`.
    pub(super) results: Vec<Value>,
    /// The file of the results, once it is made.
    pub(super) responses_file: Option<String>,
}

impl Batch {
    pub(super) fn progress(&self, now: SystemTime) -> Progress {
        self.work.progress(now)
    }

    fn state(&self, now: SystemTime) -> &'static str {
        match self.progress(now) {
            _ if self.cancelled.is_some() => "BATCH_STATE_CANCELLED",
            Progress::Pending => "BATCH_STATE_RUNNING",
            Progress::Done => "BATCH_STATE_SUCCEEDED",
            Progress::Failed => "BATCH_STATE_FAILED",
        }
    }

    /// As the reply to its making has it.
    pub(super) fn pending(&self, now: SystemTime) -> Value {
        let mut metadata = self.metadata(now);
        metadata["state"] = "BATCH_STATE_PENDING".into();
        json!({"name": self.name(), "metadata": metadata})
    }

    pub(super) fn operation(&self, now: SystemTime) -> Value {
        let mut json = json!({"name": self.name(), "metadata": self.metadata(now)});
        let state = self.state(now);
        if state == "BATCH_STATE_RUNNING" {
            return json;
        }
        json["done"] = true.into();
        match state {
            "BATCH_STATE_SUCCEEDED" => {
                let mut response = self.output();
                response["@type"] = format!("{PACKAGE}.{}Output", self.type_name()).into();
                json["response"] = response;
            }
            "BATCH_STATE_CANCELLED" => {
                json["error"] = json!({"code": 1, "message": "The batch was cancelled."});
            }
            _ => json["error"] = json!({"code": 13, "message": "The batch failed."}),
        }
        json
    }

    fn name(&self) -> String {
        format!("batches/{}", self.id)
    }

    fn type_name(&self) -> &'static str {
        match self.kind {
            Kind::Generate => "GenerateContentBatch",
            Kind::Embed => "EmbedContentBatch",
        }
    }

    pub(super) fn metadata(&self, now: SystemTime) -> Value {
        let state = self.state(now);
        let time = |time| clock::rfc3339_micros(time);
        let end = self.cancelled.or(self.work.end(now)).unwrap_or(now);
        let is_running = state == "BATCH_STATE_RUNNING";
        let mut json = json!({
            "@type": format!("{PACKAGE}.{}", self.type_name()),
            "name": self.name(),
            "model": format!("models/{}", self.model),
            "displayName": self.display_name,
            "createTime": time(self.created),
            "updateTime": time(if is_running { now } else { end }),
            "state": state,
            "batchStats": self.stats(state),
        });
        if let Some(file) = &self.file {
            json["inputConfig"] = json!({"fileName": file});
        }
        if !self.priority.is_null() {
            json["priority"] = self.priority.clone();
        }
        if !is_running {
            json["endTime"] = time(end).into();
        }
        if state == "BATCH_STATE_SUCCEEDED" {
            json["output"] = self.output();
        }
        json
    }

    /// Numbers as text, as JSON has those of 64 bits; zeros are left out.
    fn stats(&self, state: &str) -> Value {
        let failed = self.results.iter().filter(|result| result.get("error").is_some()).count();
        let mut json = json!({"requestCount": self.results.len().to_string()});
        let counts = match state {
            "BATCH_STATE_SUCCEEDED" => {
                let successful = self.results.len() - failed;
                [("successfulRequestCount", successful), ("failedRequestCount", failed)]
            }
            "BATCH_STATE_RUNNING" => [("pendingRequestCount", self.results.len()), ("", 0)],
            _ => [("failedRequestCount", self.results.len()), ("", 0)],
        };
        for (name, count) in counts.into_iter().filter(|(_, count)| *count > 0) {
            json[name] = count.to_string().into();
        }
        json
    }

    fn output(&self) -> Value {
        if self.file.is_some() {
            return json!({"responsesFile": self.responses_file});
        }
        let inlined = json!({"inlinedResponses": self.results});
        match self.kind {
            Kind::Generate => json!({"inlinedResponses": inlined}),
            Kind::Embed => json!({"inlinedEmbedContentResponses": inlined}),
        }
    }
}
