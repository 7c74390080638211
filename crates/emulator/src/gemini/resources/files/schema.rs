//! The messages that requests about files carry.

use crate::api::body::{Kind, Message};
use Kind::{Any, One, Text};

static FILE: Message = Message {
    name: "File",
    fields: &[
        ("name", Text),
        ("displayName", Text),
        ("mimeType", Text),
        ("sizeBytes", Any),
        ("createTime", Any),
        ("updateTime", Any),
        ("expirationTime", Any),
        ("sha256Hash", Text),
        ("uri", Text),
        ("downloadUri", Text),
        ("state", Any),
        ("source", Any),
        ("error", Any),
        ("videoMetadata", Any),
    ],
};

pub(crate) static CREATE_FILE: Message =
    Message { name: "CreateFileRequest", fields: &[("file", One(&FILE))] };

pub(crate) static REGISTER_FILES: Message =
    Message { name: "RegisterFilesRequest", fields: &[("uris", Any)] };
