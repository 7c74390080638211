//! Spans with the names of OpenTelemetry's conventions for generative AI: which model, how many tokens, how it ended.
//!
//! In: a question, then its answer or its error. Out: fields of one span. What is said is never in them.
//! Specification: OpenTelemetry semantic conventions, `gen_ai.*`; a subscriber such as tracing-opentelemetry exports them.

use crate::Error;
use crate::generate::{GenerateRequest, Response};
use tracing::Span;
use tracing::field::Empty;

/// Starts the span of one question.
pub(crate) fn chat(model: &str, request: &GenerateRequest) -> Span {
    let span = tracing::info_span!(
        "gen_ai.chat",
        otel.name = format!("chat {}", bare(model)),
        otel.kind = "client",
        otel.status_code = Empty,
        gen_ai.operation.name = "chat",
        gen_ai.provider.name = "gcp.gemini",
        gen_ai.request.model = bare(model),
        gen_ai.request.max_tokens = Empty,
        gen_ai.request.temperature = Empty,
        gen_ai.request.top_p = Empty,
        gen_ai.response.id = Empty,
        gen_ai.response.model = Empty,
        gen_ai.response.finish_reasons = Empty,
        gen_ai.usage.input_tokens = Empty,
        gen_ai.usage.output_tokens = Empty,
        error.type = Empty,
    );
    if let Some(config) = request.generation_config.as_ref().filter(|_| !span.is_disabled()) {
        config.max_output_tokens.map(|value| span.record("gen_ai.request.max_tokens", value));
        config.temperature.map(|value| span.record("gen_ai.request.temperature", value));
        config.top_p.map(|value| span.record("gen_ai.request.top_p", value));
    }
    span
}

/// Starts the span of vectors.
#[cfg(feature = "embed")]
pub(crate) fn embeddings(model: &str) -> Span {
    tracing::info_span!(
        "gen_ai.embeddings",
        otel.name = format!("embeddings {}", bare(model)),
        otel.kind = "client",
        otel.status_code = Empty,
        gen_ai.operation.name = "embeddings",
        gen_ai.provider.name = "gcp.gemini",
        gen_ai.request.model = bare(model),
        error.type = Empty,
    )
}

/// Notes an answer.
pub(crate) fn answered(span: &Span, response: &Response) {
    if span.is_disabled() {
        return;
    }
    if let Some(id) = &response.response_id {
        span.record("gen_ai.response.id", id);
    }
    if let Some(model) = &response.model_version {
        span.record("gen_ai.response.model", model);
    }
    if let Some(reason) = response.finish_reason() {
        span.record("gen_ai.response.finish_reasons", reason.as_str());
    }
    if let Some(usage) = &response.usage_metadata {
        let said = usage.candidates_token_count.unwrap_or(0);
        let thought = usage.thoughts_token_count.unwrap_or(0);
        span.record("gen_ai.usage.input_tokens", usage.prompt_token_count.unwrap_or(0));
        span.record("gen_ai.usage.output_tokens", said.saturating_add(thought));
    }
}

/// Notes an error: Google's status word or the HTTP status, never a message.
pub(crate) fn failed(span: &Span, error: &Error) {
    if span.is_disabled() {
        return;
    }
    span.record("otel.status_code", "ERROR");
    match (error.google_status(), error.status()) {
        (Some(word), _) => span.record("error.type", word),
        (None, Some(status)) => span.record("error.type", status),
        (None, None) if error.connection().is_some() => span.record("error.type", "connection"),
        (None, None) if error.is_truncated() => span.record("error.type", "truncated"),
        (None, None) => span.record("error.type", "_OTHER"),
    };
}

fn bare(model: &str) -> &str {
    model.strip_prefix("models/").unwrap_or(model)
}
