//! The message that requests about caches carry.

use crate::api::body::{Kind, Message};
use crate::gemini::schema::CONTENT;
use crate::gemini::tool_schema::{TOOL, TOOL_CONFIG};
use Kind::{Any, Many, One, Text};

pub(crate) static CACHED_CONTENT: Message = Message {
    name: "CachedContent",
    fields: &[
        ("name", Text),
        ("displayName", Text),
        ("model", Text),
        ("systemInstruction", One(&CONTENT)),
        ("contents", Many(&CONTENT)),
        ("tools", Many(&TOOL)),
        ("toolConfig", One(&TOOL_CONFIG)),
        ("createTime", Any),
        ("updateTime", Any),
        ("usageMetadata", Any),
        ("expireTime", Text),
        ("ttl", Text),
    ],
};
