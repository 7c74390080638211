//! The messages of `google.ai.generativelanguage.v1beta` and `google.rpc`, as far as served.
//!
//! Field numbers: googleapis, `google/ai/generativelanguage/v1beta/{model,model_service,generative_service,
//! content,safety,file,file_service}.proto`, as of google-ai-generativelanguage 0.12.1, and `google/rpc/{status,
//! error_details}.proto`. What the emulator does not look into is passed over.

use crate::protobuf::Kind::{
    Bytes, Double, Enum, Flag, Float, Integer, Json, Map, Message, Struct, Text, Texts,
};
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
static FUNCTION_CALL: Table =
    Table(&[one(1, "name", Text), one(2, "args", Struct), one(3, "id", Text)]);
static FUNCTION_RESPONSE: Table =
    Table(&[one(1, "name", Text), one(2, "response", Struct), one(3, "id", Text)]);
static EXECUTABLE_CODE: Table =
    Table(&[one(1, "language", Enum(&["LANGUAGE_UNSPECIFIED", "PYTHON"])), one(2, "code", Text)]);
const OUTCOMES: &[&str] =
    &["OUTCOME_UNSPECIFIED", "OUTCOME_OK", "OUTCOME_FAILED", "OUTCOME_DEADLINE_EXCEEDED"];
static CODE_EXECUTION_RESULT: Table =
    Table(&[one(1, "outcome", Enum(OUTCOMES)), one(2, "output", Text)]);
static PART: Table = Table(&[
    one(2, "text", Text),
    one(3, "inlineData", Message(&BLOB)),
    one(4, "functionCall", Message(&FUNCTION_CALL)),
    one(5, "functionResponse", Message(&FUNCTION_RESPONSE)),
    one(6, "fileData", Message(&FILE_DATA)),
    one(8, "partMetadata", Struct),
    one(9, "executableCode", Message(&EXECUTABLE_CODE)),
    one(10, "codeExecutionResult", Message(&CODE_EXECUTION_RESULT)),
    one(11, "thought", Flag),
    one(13, "thoughtSignature", Bytes),
]);

const TYPES: &[&str] =
    &["TYPE_UNSPECIFIED", "STRING", "NUMBER", "INTEGER", "BOOLEAN", "ARRAY", "OBJECT", "NULL"];
static SCHEMA: Table = Table(&[
    one(1, "type", Enum(TYPES)),
    one(2, "format", Text),
    one(3, "description", Text),
    one(4, "nullable", Flag),
    many(5, "enum", Text),
    one(6, "items", Message(&SCHEMA)),
    one(7, "properties", Map(&SCHEMA)),
    many(8, "required", Text),
    one(9, "minProperties", Integer),
    one(10, "maxProperties", Integer),
    one(11, "minimum", Double),
    one(12, "maximum", Double),
    one(13, "minLength", Integer),
    one(14, "maxLength", Integer),
    one(15, "pattern", Text),
    one(16, "example", Json),
    many(18, "anyOf", Message(&SCHEMA)),
    one(21, "maxItems", Integer),
    one(22, "minItems", Integer),
    many(23, "propertyOrdering", Text),
    one(24, "title", Text),
    one(25, "default", Json),
]);
static FUNCTION_DECLARATION: Table = Table(&[
    one(1, "name", Text),
    one(2, "description", Text),
    one(3, "parameters", Message(&SCHEMA)),
    one(4, "response", Message(&SCHEMA)),
    one(6, "parametersJsonSchema", Json),
    one(7, "responseJsonSchema", Json),
]);
static EMPTY: Table = Table(&[]);
static FILE_SEARCH: Table = Table(&[many(1, "fileSearchStoreNames", Text)]);
static TOOL: Table = Table(&[
    many(1, "functionDeclarations", Message(&FUNCTION_DECLARATION)),
    one(2, "googleSearchRetrieval", Message(&EMPTY)),
    one(3, "codeExecution", Message(&EMPTY)),
    one(4, "googleSearch", Message(&EMPTY)),
    one(8, "urlContext", Message(&EMPTY)),
    one(9, "fileSearch", Message(&FILE_SEARCH)),
    one(11, "googleMaps", Message(&EMPTY)),
]);
static FUNCTION_CALLING_CONFIG: Table = Table(&[
    one(1, "mode", Enum(&["MODE_UNSPECIFIED", "AUTO", "ANY", "NONE", "VALIDATED"])),
    many(2, "allowedFunctionNames", Text),
]);
static TOOL_CONFIG: Table =
    Table(&[one(1, "functionCallingConfig", Message(&FUNCTION_CALLING_CONFIG))]);
static THINKING_CONFIG: Table =
    Table(&[one(1, "includeThoughts", Flag), one(2, "thinkingBudget", Integer)]);
pub(super) static CONTENT: Table = Table(&[many(1, "parts", Message(&PART)), one(2, "role", Text)]);
static GENERATION_CONFIG: Table = Table(&[
    one(1, "candidateCount", Integer),
    many(2, "stopSequences", Text),
    one(4, "maxOutputTokens", Integer),
    one(5, "temperature", Float),
    one(6, "topP", Float),
    one(7, "topK", Integer),
    one(8, "seed", Integer),
    one(13, "responseMimeType", Text),
    one(14, "responseSchema", Message(&SCHEMA)),
    one(15, "presencePenalty", Float),
    one(16, "frequencyPenalty", Float),
    one(22, "thinkingConfig", Message(&THINKING_CONFIG)),
    one(24, "_responseJsonSchema", Json),
    one(28, "responseJsonSchema", Json),
]);
pub(super) static GENERATE_CONTENT_REQUEST: Table = Table(&[
    one(1, "model", Text),
    many(2, "contents", Message(&CONTENT)),
    one(4, "generationConfig", Message(&GENERATION_CONFIG)),
    many(5, "tools", Message(&TOOL)),
    one(7, "toolConfig", Message(&TOOL_CONFIG)),
    one(8, "systemInstruction", Message(&CONTENT)),
    one(9, "cachedContent", Text),
]);
// Replies come with numbers for enums, so names are not needed.
static SAFETY_RATING: Table =
    Table(&[one(3, "category", Enum(&[])), one(4, "probability", Enum(&[]))]);
static WEB: Table = Table(&[one(1, "uri", Text), one(2, "title", Text)]);
static GROUNDING_CHUNK: Table = Table(&[one(1, "web", Message(&WEB))]);
static SEGMENT: Table = Table(&[
    one(1, "partIndex", Integer),
    one(2, "startIndex", Integer),
    one(3, "endIndex", Integer),
    one(4, "text", Text),
]);
static GROUNDING_SUPPORT: Table =
    Table(&[one(1, "segment", Message(&SEGMENT)), many(2, "groundingChunkIndices", Integer)]);
static SEARCH_ENTRY_POINT: Table = Table(&[one(1, "renderedContent", Text)]);
static GROUNDING_METADATA: Table = Table(&[
    one(1, "searchEntryPoint", Message(&SEARCH_ENTRY_POINT)),
    many(2, "groundingChunks", Message(&GROUNDING_CHUNK)),
    many(3, "groundingSupports", Message(&GROUNDING_SUPPORT)),
    many(5, "webSearchQueries", Text),
]);
const URL_STATES: &[&str] = &[
    "URL_RETRIEVAL_STATUS_UNSPECIFIED",
    "URL_RETRIEVAL_STATUS_SUCCESS",
    "URL_RETRIEVAL_STATUS_ERROR",
];
static URL_METADATA: Table =
    Table(&[one(1, "retrievedUrl", Text), one(2, "urlRetrievalStatus", Enum(URL_STATES))]);
static URL_CONTEXT_METADATA: Table = Table(&[many(1, "urlMetadata", Message(&URL_METADATA))]);
static CANDIDATE: Table = Table(&[
    one(1, "content", Message(&CONTENT)),
    one(2, "finishReason", Enum(&[])),
    one(3, "index", Integer),
    one(4, "finishMessage", Text),
    many(5, "safetyRatings", Message(&SAFETY_RATING)),
    one(9, "groundingMetadata", Message(&GROUNDING_METADATA)),
    one(13, "urlContextMetadata", Message(&URL_CONTEXT_METADATA)),
]);
static TOKENS: Table = Table(&[one(1, "modality", Enum(&[])), one(2, "tokenCount", Integer)]);
static PROMPT_FEEDBACK: Table =
    Table(&[one(1, "blockReason", Enum(&[])), many(2, "safetyRatings", Message(&SAFETY_RATING))]);
static USAGE_METADATA: Table = Table(&[
    one(1, "promptTokenCount", Integer),
    one(2, "candidatesTokenCount", Integer),
    one(3, "totalTokenCount", Integer),
    one(4, "cachedContentTokenCount", Integer),
    many(5, "promptTokensDetails", Message(&TOKENS)),
    many(6, "cacheTokensDetails", Message(&TOKENS)),
    one(8, "toolUsePromptTokenCount", Integer),
    one(10, "thoughtsTokenCount", Integer),
]);
pub(super) static GENERATE_CONTENT_RESPONSE: Table = Table(&[
    many(1, "candidates", Message(&CANDIDATE)),
    one(2, "promptFeedback", Message(&PROMPT_FEEDBACK)),
    one(3, "usageMetadata", Message(&USAGE_METADATA)),
    one(4, "modelVersion", Text),
    one(5, "responseId", Text),
]);

pub(super) static COUNT_TOKENS_REQUEST: Table = Table(&[
    one(1, "model", Text),
    many(2, "contents", Message(&CONTENT)),
    one(3, "generateContentRequest", Message(&GENERATE_CONTENT_REQUEST)),
]);
pub(super) static COUNT_TOKENS_RESPONSE: Table = Table(&[
    one(1, "totalTokens", Integer),
    one(5, "cachedContentTokenCount", Integer),
    many(6, "promptTokensDetails", Message(&TOKENS)),
]);

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
