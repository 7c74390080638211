//! The messages that requests about File Search stores carry.

use crate::api::body::{Kind, Message};
use Kind::{Any, Many, Number, One, Text};

static STRING_LIST: Message = Message { name: "StringList", fields: &[("values", Any)] };

static CUSTOM_METADATA: Message = Message {
    name: "CustomMetadata",
    fields: &[
        ("key", Text),
        ("stringValue", Text),
        ("numericValue", Number),
        ("stringListValue", One(&STRING_LIST)),
    ],
};

static WHITE_SPACE_CONFIG: Message = Message {
    name: "WhiteSpaceConfig",
    fields: &[("maxTokensPerChunk", Number), ("maxOverlapTokens", Number)],
};

static CHUNKING_CONFIG: Message =
    Message { name: "ChunkingConfig", fields: &[("whiteSpaceConfig", One(&WHITE_SPACE_CONFIG))] };

pub(crate) static STORE: Message = Message {
    name: "FileSearchStore",
    fields: &[
        ("name", Text),
        ("displayName", Text),
        ("embeddingModel", Text),
        ("createTime", Any),
        ("updateTime", Any),
        ("activeDocumentsCount", Any),
        ("pendingDocumentsCount", Any),
        ("failedDocumentsCount", Any),
        ("sizeBytes", Any),
    ],
};

pub(crate) static UPLOAD: Message = Message {
    name: "UploadToFileSearchStoreRequest",
    fields: &[
        ("displayName", Text),
        ("mimeType", Text),
        ("customMetadata", Many(&CUSTOM_METADATA)),
        ("chunkingConfig", One(&CHUNKING_CONFIG)),
    ],
};

pub(crate) static IMPORT: Message = Message {
    name: "ImportFileRequest",
    fields: &[
        ("fileName", Text),
        ("customMetadata", Many(&CUSTOM_METADATA)),
        ("chunkingConfig", One(&CHUNKING_CONFIG)),
    ],
};
