//! The messages that requests may carry, those of Google Cloud too: which names each has and what kind of value.
//!
//! Names are those of the protos, in camelCase; their snake_case is accepted too, as proto3's JSON says. What
//! the emulator does not look into is `Any`: nothing in it is refused. Tools and schemas are in `tool_schema`.

use super::tool_schema::{
    FUNCTION_CALL, FUNCTION_RESPONSE, SCHEMA, THINKING_CONFIG, TOOL, TOOL_CONFIG,
};
use crate::api::body::{Kind, Message};
use Kind::{Any, Bytes, Enum, Flag, Many, Number, One, Text, Texts};

static BLOB: Message =
    Message { name: "Blob", fields: &[("mimeType", Text), ("data", Bytes), ("displayName", Text)] };

static FILE_DATA: Message = Message {
    name: "FileData",
    fields: &[("mimeType", Text), ("fileUri", Text), ("displayName", Text)],
};

static PART: Message = Message {
    name: "Part",
    fields: &[
        ("text", Text),
        ("inlineData", One(&BLOB)),
        ("functionCall", One(&FUNCTION_CALL)),
        ("functionResponse", One(&FUNCTION_RESPONSE)),
        ("fileData", One(&FILE_DATA)),
        ("executableCode", Any),
        ("codeExecutionResult", Any),
        ("thought", Flag),
        ("thoughtSignature", Text),
        ("toolCall", Any),
        ("toolResponse", Any),
        ("videoMetadata", Any),
        ("partMetadata", Any),
        ("mediaResolution", Any),
        ("audioTranscription", Any),
        ("mediaProcessing", Any),
        ("speechMetadata", Any),
        ("documentMetadata", Any),
        ("spreadsheetMetadata", Any),
        ("audioMetadata", Any),
    ],
};

pub(crate) static CONTENT: Message =
    Message { name: "Content", fields: &[("parts", Many(&PART)), ("role", Text)] };

static SAFETY_SETTING: Message =
    Message { name: "SafetySetting", fields: &[("category", Any), ("threshold", Any)] };

static GENERATION_CONFIG: Message = Message {
    name: "GenerationConfig",
    fields: &[
        ("candidateCount", Number),
        ("stopSequences", Texts),
        ("maxOutputTokens", Number),
        ("temperature", Number),
        ("topP", Number),
        ("topK", Number),
        ("seed", Number),
        ("responseMimeType", Text),
        ("responseSchema", One(&SCHEMA)),
        ("responseJsonSchema", Any),
        ("_responseJsonSchema", Any),
        ("presencePenalty", Number),
        ("frequencyPenalty", Number),
        ("responseLogprobs", Flag),
        ("logprobs", Number),
        ("enableEnhancedCivicAnswers", Flag),
        ("responseModalities", Texts),
        ("speechConfig", Any),
        ("thinkingConfig", One(&THINKING_CONFIG)),
        ("imageConfig", Any),
        ("mediaResolution", Any),
        ("audioTranscriptionConfig", Any),
    ],
};

pub(crate) static GENERATE_CONTENT: Message = Message {
    name: "GenerateContentRequest",
    fields: &[
        ("model", Text),
        ("systemInstruction", One(&CONTENT)),
        ("contents", Many(&CONTENT)),
        ("tools", Many(&TOOL)),
        ("toolConfig", One(&TOOL_CONFIG)),
        ("safetySettings", Many(&SAFETY_SETTING)),
        ("generationConfig", One(&GENERATION_CONFIG)),
        ("cachedContent", Text),
        ("labels", Any),
        ("serviceTier", Text),
        ("store", Flag),
        ("continuationToken", Text),
    ],
};

pub(crate) static COUNT_TOKENS: Message = Message {
    name: "CountTokensRequest",
    fields: &[
        ("model", Text),
        ("contents", Many(&CONTENT)),
        ("generateContentRequest", One(&GENERATE_CONTENT)),
    ],
};

const TASK_TYPES: &[&str] = &[
    "TASK_TYPE_UNSPECIFIED",
    "RETRIEVAL_QUERY",
    "RETRIEVAL_DOCUMENT",
    "SEMANTIC_SIMILARITY",
    "CLASSIFICATION",
    "CLUSTERING",
    "QUESTION_ANSWERING",
    "FACT_VERIFICATION",
    "CODE_RETRIEVAL_QUERY",
];

pub(crate) static EMBED_CONTENT: Message = Message {
    name: "EmbedContentRequest",
    fields: &[
        ("model", Text),
        ("content", One(&CONTENT)),
        ("taskType", Enum("TaskType", TASK_TYPES)),
        ("title", Text),
        ("outputDimensionality", Number),
    ],
};

pub(crate) static BATCH_EMBED_CONTENTS: Message = Message {
    name: "BatchEmbedContentsRequest",
    fields: &[("model", Text), ("requests", Many(&EMBED_CONTENT))],
};

pub(crate) static ENABLE_SERVICE: Message =
    Message { name: "EnableServiceRequest", fields: &[("name", Text)] };

pub(crate) static TEST_IAM_PERMISSIONS: Message =
    Message { name: "TestIamPermissionsRequest", fields: &[("permissions", Any)] };
