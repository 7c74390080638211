//! The messages of tools, function calls and Google's `Schema`, as requests carry them.
//!
//! Names are those of the protos and of google-genai 3.6.1, which is newer. A name that is not here is refused
//! as Google refuses it: `$schema` in `parameters` is the best known case. `parametersJsonSchema` is plain JSON
//! Schema and is looked into by `generate::schema_check`, not here.

use crate::api::body::{Kind, Message};
use Kind::{Any, Enum, Flag, Many, Map, Number, One, Text, Texts};

const TYPES: &[&str] = &[
    "TYPE_UNSPECIFIED",
    "STRING",
    "NUMBER",
    "INTEGER",
    "BOOLEAN",
    "ARRAY",
    "OBJECT",
    "NULL",
    // Lower case is in Google's own examples.
    "string",
    "number",
    "integer",
    "boolean",
    "array",
    "object",
    "null",
];

pub(crate) static SCHEMA: Message = Message {
    name: "Schema",
    fields: &[
        ("type", Enum("Type", TYPES)),
        ("format", Text),
        ("title", Text),
        ("description", Text),
        ("nullable", Flag),
        ("default", Any),
        ("enum", Texts),
        ("example", Any),
        ("items", One(&SCHEMA)),
        ("maxItems", Number),
        ("minItems", Number),
        ("properties", Map(&SCHEMA)),
        ("required", Texts),
        ("propertyOrdering", Texts),
        ("minProperties", Number),
        ("maxProperties", Number),
        ("minLength", Number),
        ("maxLength", Number),
        ("pattern", Text),
        ("minimum", Number),
        ("maximum", Number),
        ("anyOf", Many(&SCHEMA)),
        ("additionalProperties", Any),
        ("defs", Any),
        ("ref", Text),
    ],
};

static FUNCTION_DECLARATION: Message = Message {
    name: "FunctionDeclaration",
    fields: &[
        ("name", Text),
        ("description", Text),
        ("parameters", One(&SCHEMA)),
        ("parametersJsonSchema", Any),
        ("response", One(&SCHEMA)),
        ("responseJsonSchema", Any),
        (
            "behavior",
            Enum("FunctionDeclaration.Behavior", &["UNSPECIFIED", "BLOCKING", "NON_BLOCKING"]),
        ),
    ],
};

static FILE_SEARCH: Message = Message {
    name: "FileSearch",
    fields: &[("fileSearchStoreNames", Texts), ("topK", Number), ("metadataFilter", Text)],
};

pub(crate) static TOOL: Message = Message {
    name: "Tool",
    fields: &[
        ("functionDeclarations", Many(&FUNCTION_DECLARATION)),
        ("googleSearch", Any),
        ("googleSearchRetrieval", Any),
        ("googleMaps", Any),
        ("codeExecution", Any),
        ("urlContext", Any),
        ("fileSearch", One(&FILE_SEARCH)),
        ("computerUse", Any),
        ("mcpServers", Any),
    ],
};

static FUNCTION_CALLING_CONFIG: Message = Message {
    name: "FunctionCallingConfig",
    fields: &[
        (
            "mode",
            Enum(
                "FunctionCallingConfig.Mode",
                &["MODE_UNSPECIFIED", "AUTO", "ANY", "NONE", "VALIDATED"],
            ),
        ),
        ("allowedFunctionNames", Texts),
    ],
};

pub(crate) static TOOL_CONFIG: Message = Message {
    name: "ToolConfig",
    fields: &[
        ("functionCallingConfig", One(&FUNCTION_CALLING_CONFIG)),
        ("retrievalConfig", Any),
        ("includeServerSideToolInvocations", Flag),
    ],
};

pub(crate) static FUNCTION_CALL: Message =
    Message { name: "FunctionCall", fields: &[("id", Text), ("name", Text), ("args", Any)] };

pub(crate) static FUNCTION_RESPONSE: Message = Message {
    name: "FunctionResponse",
    fields: &[
        ("id", Text),
        ("name", Text),
        ("response", Any),
        ("parts", Any),
        ("willContinue", Flag),
        ("scheduling", Any),
    ],
};

pub(crate) static THINKING_CONFIG: Message = Message {
    name: "ThinkingConfig",
    fields: &[
        ("includeThoughts", Flag),
        ("thinkingBudget", Number),
        (
            "thinkingLevel",
            Enum(
                "ThinkingConfig.ThinkingLevel",
                &[
                    "THINKING_LEVEL_UNSPECIFIED",
                    "MINIMAL",
                    "LOW",
                    "MEDIUM",
                    "HIGH",
                    "XHIGH",
                    // The documentation writes them so.
                    "minimal",
                    "low",
                    "medium",
                    "high",
                ],
            ),
        ),
    ],
};
