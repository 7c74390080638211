//! The messages of `google.ai.generativelanguage.v1beta` and `google.rpc`, as far as served.
//!
//! Field numbers: googleapis, `google/ai/generativelanguage/v1beta/{model,model_service,generative_service,
//! content,safety}.proto` and `google/rpc/{status,error_details}.proto`. Tools, schemas and function calls of requests
//! are passed over, as they have no effect.

use crate::protobuf::Kind::{Bytes, Enum, Float, Integer, Message, Text, Texts};
use crate::protobuf::{Table, many, one};

pub(super) static LIST_MODELS_REQUEST: Table =
    Table(&[one(2, "pageSize", Integer), one(3, "pageToken", Text)]);
pub(super) static LIST_MODELS_RESPONSE: Table =
    Table(&[many(1, "models", Message(&MODEL)), one(2, "nextPageToken", Text)]);
pub(super) static GET_MODEL_REQUEST: Table = Table(&[one(1, "name", Text)]);
pub(super) static MODEL: Table = Table(&[
    one(1, "name", Text),
    one(2, "baseModelId", Text),
    one(3, "version", Text),
    one(4, "displayName", Text),
    one(5, "description", Text),
    one(6, "inputTokenLimit", Integer),
    one(7, "outputTokenLimit", Integer),
    many(8, "supportedGenerationMethods", Text),
    one(9, "temperature", Float),
    one(10, "topP", Float),
    one(11, "topK", Integer),
    one(13, "maxTemperature", Float),
]);

static BLOB: Table = Table(&[one(1, "mimeType", Text), one(2, "data", Bytes)]);
static FILE_DATA: Table = Table(&[one(1, "mimeType", Text), one(2, "fileUri", Text)]);
static PART: Table = Table(&[
    one(2, "text", Text),
    one(3, "inlineData", Message(&BLOB)),
    one(6, "fileData", Message(&FILE_DATA)),
]);
pub(super) static CONTENT: Table = Table(&[many(1, "parts", Message(&PART)), one(2, "role", Text)]);
static GENERATION_CONFIG: Table = Table(&[
    one(1, "candidateCount", Integer),
    many(2, "stopSequences", Text),
    one(4, "maxOutputTokens", Integer),
    one(5, "temperature", Float),
    one(6, "topP", Float),
    one(7, "topK", Integer),
    one(13, "responseMimeType", Text),
]);
pub(super) static GENERATE_CONTENT_REQUEST: Table = Table(&[
    one(1, "model", Text),
    many(2, "contents", Message(&CONTENT)),
    one(4, "generationConfig", Message(&GENERATION_CONFIG)),
    one(8, "systemInstruction", Message(&CONTENT)),
    one(9, "cachedContent", Text),
]);
// Replies come with numbers for enums, so names are not needed.
static SAFETY_RATING: Table =
    Table(&[one(3, "category", Enum(&[])), one(4, "probability", Enum(&[]))]);
static CANDIDATE: Table = Table(&[
    one(1, "content", Message(&CONTENT)),
    one(2, "finishReason", Enum(&[])),
    one(3, "index", Integer),
    many(5, "safetyRatings", Message(&SAFETY_RATING)),
]);
static PROMPT_FEEDBACK: Table =
    Table(&[one(1, "blockReason", Enum(&[])), many(2, "safetyRatings", Message(&SAFETY_RATING))]);
static USAGE_METADATA: Table = Table(&[
    one(1, "promptTokenCount", Integer),
    one(2, "candidatesTokenCount", Integer),
    one(3, "totalTokenCount", Integer),
    one(4, "cachedContentTokenCount", Integer),
]);
pub(super) static GENERATE_CONTENT_RESPONSE: Table = Table(&[
    many(1, "candidates", Message(&CANDIDATE)),
    one(2, "promptFeedback", Message(&PROMPT_FEEDBACK)),
    one(3, "usageMetadata", Message(&USAGE_METADATA)),
    one(4, "modelVersion", Text),
]);

pub(super) static COUNT_TOKENS_REQUEST: Table = Table(&[
    one(1, "model", Text),
    many(2, "contents", Message(&CONTENT)),
    one(3, "generateContentRequest", Message(&GENERATE_CONTENT_REQUEST)),
]);
pub(super) static COUNT_TOKENS_RESPONSE: Table = Table(&[one(1, "totalTokens", Integer)]);

const TASK_TYPES: &[&str] = &[
    "TASK_TYPE_UNSPECIFIED",
    "RETRIEVAL_QUERY",
    "RETRIEVAL_DOCUMENT",
    "SEMANTIC_SIMILARITY",
    "CLASSIFICATION",
    "CLUSTERING",
    "QUESTION_ANSWERING",
    "FACT_VERIFICATION",
];
pub(super) static EMBED_CONTENT_REQUEST: Table = Table(&[
    one(1, "model", Text),
    one(2, "content", Message(&CONTENT)),
    one(3, "taskType", Enum(TASK_TYPES)),
    one(4, "title", Text),
    one(5, "outputDimensionality", Integer),
]);
static EMBEDDING: Table = Table(&[many(1, "values", Float)]);
pub(super) static EMBED_CONTENT_RESPONSE: Table =
    Table(&[one(1, "embedding", Message(&EMBEDDING))]);
pub(super) static BATCH_EMBED_CONTENTS_REQUEST: Table =
    Table(&[one(1, "model", Text), many(2, "requests", Message(&EMBED_CONTENT_REQUEST))]);
pub(super) static BATCH_EMBED_CONTENTS_RESPONSE: Table =
    Table(&[many(1, "embeddings", Message(&EMBEDDING))]);

/// `google.protobuf.Any`.
static ANY: Table = Table(&[one(1, "typeUrl", Text), one(2, "value", Bytes)]);
/// `google.rpc.Status`.
pub(super) static STATUS: Table =
    Table(&[one(1, "code", Integer), one(2, "message", Text), many(3, "details", Message(&ANY))]);
/// `google.rpc.ErrorInfo`.
pub(super) static ERROR_INFO: Table =
    Table(&[one(1, "reason", Text), one(2, "domain", Text), one(3, "metadata", Texts)]);
