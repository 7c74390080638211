//! Files and caches over gRPC: `FileService` and `CacheService`.
//!
//! Field numbers: googleapis, `google/ai/generativelanguage/v1beta/{file,file_service,cached_content,cache_service}.proto`.
//! Files are uploaded over REST by Google's own clients; `CreateFile` makes one without bytes. Tools of a cache are
//! passed over, as those of requests are.

use super::messages::{CONTENT, STATUS};
use super::served::{Rest, Served};
use crate::protobuf::Kind::{Bytes, Enum, Integer, Message, Span, Text, Time};
use crate::protobuf::{Table, many, one};

const FILE_STATES: &[&str] =
    &["STATE_UNSPECIFIED", "PROCESSING", "ACTIVE", "", "", "", "", "", "", "", "FAILED"];

static FILE: Table = Table(&[
    one(1, "name", Text),
    one(2, "displayName", Text),
    one(3, "mimeType", Text),
    one(4, "sizeBytes", Integer),
    one(5, "createTime", Time),
    one(6, "updateTime", Time),
    one(7, "expirationTime", Time),
    one(8, "sha256Hash", Bytes),
    one(9, "uri", Text),
    one(10, "state", Enum(FILE_STATES)),
    one(11, "error", Message(&STATUS)),
    one(13, "source", Enum(&["SOURCE_UNSPECIFIED", "UPLOADED", "GENERATED", "REGISTERED"])),
    one(15, "downloadUri", Text),
]);
static FILE_AROUND: Table = Table(&[one(1, "file", Message(&FILE))]);
static LIST_FILES_REQUEST: Table = Table(&[one(1, "pageSize", Integer), one(3, "pageToken", Text)]);
static LIST_FILES_RESPONSE: Table =
    Table(&[many(1, "files", Message(&FILE)), one(2, "nextPageToken", Text)]);

static USAGE: Table = Table(&[one(1, "totalTokenCount", Integer)]);
static CACHE: Table = Table(&[
    one(1, "name", Text),
    one(2, "model", Text),
    one(3, "systemInstruction", Message(&CONTENT)),
    many(4, "contents", Message(&CONTENT)),
    one(7, "createTime", Time),
    one(8, "updateTime", Time),
    one(9, "expireTime", Time),
    one(10, "ttl", Span),
    one(11, "displayName", Text),
    one(12, "usageMetadata", Message(&USAGE)),
]);
static CREATE_CACHE_REQUEST: Table = Table(&[one(1, "cachedContent", Message(&CACHE))]);
static FIELD_MASK: Table = Table(&[many(1, "paths", Text)]);
static UPDATE_CACHE_REQUEST: Table =
    Table(&[one(1, "cachedContent", Message(&CACHE)), one(2, "updateMask", Message(&FIELD_MASK))]);
static LIST_CACHES_REQUEST: Table =
    Table(&[one(1, "pageSize", Integer), one(2, "pageToken", Text)]);
static LIST_CACHES_RESPONSE: Table =
    Table(&[many(1, "cachedContents", Message(&CACHE)), one(2, "nextPageToken", Text)]);

static NAMED: Table = Table(&[one(1, "name", Text)]);
static EMPTY: Table = Table(&[]);

const fn served(
    name: &'static str,
    rest: Rest,
    request: &'static Table,
    reply: &'static Table,
) -> Served {
    Served { name, rest, request, reply }
}

pub(super) static SERVED: &[Served] = &[
    served("FileService/CreateFile", Rest::Create("files", ""), &FILE_AROUND, &FILE_AROUND),
    served("FileService/ListFiles", Rest::List("files"), &LIST_FILES_REQUEST, &LIST_FILES_RESPONSE),
    served("FileService/GetFile", Rest::Get, &NAMED, &FILE),
    served("FileService/DeleteFile", Rest::Delete, &NAMED, &EMPTY),
    served(
        "CacheService/CreateCachedContent",
        Rest::Create("cachedContents", "cachedContent"),
        &CREATE_CACHE_REQUEST,
        &CACHE,
    ),
    served(
        "CacheService/ListCachedContents",
        Rest::List("cachedContents"),
        &LIST_CACHES_REQUEST,
        &LIST_CACHES_RESPONSE,
    ),
    served("CacheService/GetCachedContent", Rest::Get, &NAMED, &CACHE),
    served(
        "CacheService/UpdateCachedContent",
        Rest::Update("cachedContent"),
        &UPDATE_CACHE_REQUEST,
        &CACHE,
    ),
    served("CacheService/DeleteCachedContent", Rest::Delete, &NAMED, &EMPTY),
];
