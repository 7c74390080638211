//! The Gemini API over gRPC: the same methods as over REST, in other clothes.
//!
//! In: a call of `ModelService`, `GenerativeService`, `FileService` or `CacheService`. Out: the REST request that means
//! the same, and its JSON reply as protobuf messages or a status. So checks, errors, faults and the journal are those of REST.
//! Source: `google/ai/generativelanguage/{v1,v1beta}/{model_service,generative_service}.proto`, with their HTTP annotations.

mod frame;
mod messages;
mod resources;
mod served;

use self::served::{Rest, Served};
use crate::api::error_body::code;
use crate::gemini::versions::VERSIONS;
use crate::message::{Parameters, Reply, Request, percent_encoded};
use crate::protobuf::{self, Table};

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_STANDARD_NO_PAD};
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, StatusCode, header};
use messages::{
    BATCH_EMBED_CONTENTS_REQUEST, BATCH_EMBED_CONTENTS_RESPONSE, COUNT_TOKENS_REQUEST,
    COUNT_TOKENS_RESPONSE, EMBED_CONTENT_REQUEST, EMBED_CONTENT_RESPONSE, ERROR_INFO,
    GENERATE_CONTENT_REQUEST, GENERATE_CONTENT_RESPONSE, GET_MODEL_REQUEST, LIST_MODELS_REQUEST,
    LIST_MODELS_RESPONSE, MODEL, STATUS,
};
use serde::Deserialize;
use serde_json::{Value, json};

const PACKAGE: &str = "/google.ai.generativelanguage.";
/// Replies then have numbers for enums, as the wire does.
const ENUMS_AS_NUMBERS: &str = "$alt=json;enum-encoding=int";
const GRPC_STATUS: HeaderName = HeaderName::from_static("grpc-status");
const GRPC_MESSAGE: HeaderName = HeaderName::from_static("grpc-message");
const GRPC_DETAILS: HeaderName = HeaderName::from_static("grpc-status-details-bin");

const fn of_model(
    name: &'static str,
    method: &'static str,
    request: &'static Table,
    reply: &'static Table,
) -> Served {
    Served { name, rest: Rest::OfModel(method), request, reply }
}

static SERVED: &[Served] = &[
    Served {
        name: "ModelService/ListModels",
        rest: Rest::List("models"),
        request: &LIST_MODELS_REQUEST,
        reply: &LIST_MODELS_RESPONSE,
    },
    Served {
        name: "ModelService/GetModel",
        rest: Rest::Get,
        request: &GET_MODEL_REQUEST,
        reply: &MODEL,
    },
    of_model(
        "GenerativeService/GenerateContent",
        "generateContent",
        &GENERATE_CONTENT_REQUEST,
        &GENERATE_CONTENT_RESPONSE,
    ),
    of_model(
        "GenerativeService/StreamGenerateContent",
        "streamGenerateContent",
        &GENERATE_CONTENT_REQUEST,
        &GENERATE_CONTENT_RESPONSE,
    ),
    of_model(
        "GenerativeService/CountTokens",
        "countTokens",
        &COUNT_TOKENS_REQUEST,
        &COUNT_TOKENS_RESPONSE,
    ),
    of_model(
        "GenerativeService/EmbedContent",
        "embedContent",
        &EMBED_CONTENT_REQUEST,
        &EMBED_CONTENT_RESPONSE,
    ),
    of_model(
        "GenerativeService/BatchEmbedContents",
        "batchEmbedContents",
        &BATCH_EMBED_CONTENTS_REQUEST,
        &BATCH_EMBED_CONTENTS_RESPONSE,
    ),
];

/// A call: its method, or none for one that is answered with `UNIMPLEMENTED`.
#[derive(Clone, Copy)]
pub(crate) struct Call<'a>(Option<(&'a str, &'static Served)>);

/// Says which method a request calls, if it is gRPC at all.
pub(crate) fn call(request: &Request) -> Option<Call<'_>> {
    if !request.header("content-type")?.starts_with("application/grpc") {
        return None;
    }
    let method = request.path.strip_prefix(PACKAGE).and_then(|path| path.split_once('.'));
    let method = method.filter(|(version, _)| VERSIONS.contains(version));
    let served = method.and_then(|(version, name)| {
        Some((version, SERVED.iter().chain(resources::SERVED).find(|served| served.name == name)?))
    });
    Some(Call(served))
}

impl Call<'_> {
    /// The REST request that means the same.
    ///
    /// # Errors
    /// The reply to a call that cannot be read, or that is not served.
    pub(crate) fn to_rest(self, request: &Request) -> Result<Request, Box<Reply>> {
        let Some((version, served)) = self.0 else {
            return Err(Box::new(status(12, "Method not found.", Vec::new())));
        };
        let bad = |words: &str| Box::new(status(3, words, Vec::new()));
        let message = frame::decode(&request.body).map_err(bad)?;
        let message = protobuf::decode(served.request, message);
        let mut message = message.ok_or_else(|| bad("the message cannot be read"))?;
        let text =
            |message: &Value, name: &str| message[name].as_str().unwrap_or_default().to_owned();
        let (method, path, query) = match served.rest {
            Rest::List(collection) => {
                let size = message["pageSize"].as_i64().unwrap_or_default();
                let token = percent_encoded(&text(&message, "pageToken"));
                (Method::GET, collection.to_owned(), format!("&pageSize={size}&pageToken={token}"))
            }
            Rest::Get => (Method::GET, text(&message, "name"), String::new()),
            Rest::Delete => (Method::DELETE, text(&message, "name"), String::new()),
            Rest::Create(collection, field) => {
                if !field.is_empty() {
                    message = message[field].take();
                }
                (Method::POST, collection.to_owned(), String::new())
            }
            Rest::Update(field) => {
                let paths = message["updateMask"]["paths"].as_array().into_iter().flatten();
                let paths: Vec<&str> = paths.filter_map(Value::as_str).collect();
                let mask = percent_encoded(&paths.join(","));
                message = message[field].take();
                (Method::PATCH, text(&message, "name"), format!("&updateMask={mask}"))
            }
            Rest::OfModel(method) => {
                let model = message.as_object_mut().and_then(|fields| fields.remove("model"));
                let model = model.as_ref().and_then(Value::as_str).unwrap_or_default();
                (Method::POST, format!("{model}:{method}"), String::new())
            }
        };
        let has_body = method == Method::POST || method == Method::PATCH;
        let mut headers = request.headers.clone();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        Ok(Request {
            method,
            host: request.host.clone(),
            origin: request.origin.clone(),
            path: format!("/{version}/{path}"),
            query: Parameters::parse(format!("{ENUMS_AS_NUMBERS}{query}").as_bytes()),
            headers,
            body: if has_body { message.to_string().into() } else { Bytes::new() },
            received: None,
        })
    }

    /// The REST reply as that of the call: a stream has a message for each element of the array.
    pub(crate) fn reply(self, reply: &Reply) -> Reply {
        let json = serde_json::from_slice::<Value>(&reply.body);
        let (Some((_, served)), StatusCode::OK) = (self.0, reply.status) else {
            return error(reply.status, json.ok());
        };
        let messages = match json {
            Ok(Value::Array(list)) => list,
            Ok(one) => vec![one],
            Err(_) => broken_stream(&reply.body),
        };
        if messages.is_empty() {
            return status(13, "An internal error has occurred.", Vec::new());
        }
        let mut body = Vec::new();
        for message in &messages {
            // An error in the middle of a stream is its status.
            if message.get("error").is_some() {
                let failed = error(reply.status, Some(message.clone()));
                let trailers =
                    failed.headers.into_iter().filter_map(|(name, value)| Some((name?, value)));
                let trailers = trailers.filter(|(name, _)| name.as_str().starts_with("grpc-"));
                let reply = Reply::new(StatusCode::OK, "application/grpc", body);
                return trailers
                    .fold(reply, |reply, (name, value)| reply.with_trailer(name, value));
            }
            frame::encode(&mut body, &protobuf::encode(served.reply, message));
        }
        Reply::new(StatusCode::OK, "application/grpc", body)
            .with_trailer(GRPC_STATUS, HeaderValue::from_static("0"))
    }
}

/// The whole messages of an array that a fault has broken, and the error after them.
fn broken_stream(body: &[u8]) -> Vec<Value> {
    let mut messages = Vec::new();
    let mut rest = body;
    loop {
        rest = rest.trim_ascii_start();
        rest = rest.strip_prefix(b"[").or_else(|| rest.strip_prefix(b",")).unwrap_or(rest);
        let mut values = serde_json::Deserializer::from_slice(rest).into_iter::<Value>();
        match values.next() {
            Some(Ok(value)) => messages.push(value),
            _ => return messages,
        }
        rest = &rest[values.byte_offset()..];
    }
}

#[derive(Deserialize)]
struct ErrorBody {
    error: ApiError,
}

#[derive(Deserialize)]
struct ApiError {
    message: String,
    status: String,
    #[serde(default)]
    details: Vec<Value>,
}

fn error(http: StatusCode, json: Option<Value>) -> Reply {
    // The error of a stream is in an array.
    let json = match json {
        Some(Value::Array(mut list)) => list.pop(),
        other => other,
    };
    let Some(ErrorBody { error }) = json.and_then(|json| serde_json::from_value(json).ok()) else {
        // What a gRPC client makes of a plain HTTP error (gRPC's "HTTP to gRPC status code mapping").
        let code = match http.as_u16() {
            401 => 16,
            403 => 7,
            404 => 12,
            429 | 502 | 503 | 504 => 14,
            _ => 2,
        };
        return status(code, "the reply is not JSON", Vec::new());
    };
    let details = error.details.iter().filter_map(error_info).collect();
    status(code(&error.status), &error.message, details)
}

/// Of the details, clients look at the reason.
fn error_info(detail: &Value) -> Option<Value> {
    const TYPE: &str = "type.googleapis.com/google.rpc.ErrorInfo";
    let is_info = detail["@type"] == TYPE;
    let value = || BASE64_STANDARD.encode(protobuf::encode(&ERROR_INFO, detail));
    is_info.then(|| json!({"typeUrl": TYPE, "value": value()}))
}

/// A reply without a message: everything is in its header ("Trailers-Only"). Details are in
/// `grpc-status-details-bin`, base64 without padding, as Google's servers send them.
fn status(code: i32, message: &str, details: Vec<Value>) -> Reply {
    let reply = Reply::new(StatusCode::OK, "application/grpc", Bytes::new())
        .with(GRPC_STATUS, &code.to_string())
        .with(GRPC_MESSAGE, &frame::status_message(message));
    if details.is_empty() {
        return reply;
    }
    let status = json!({"code": code, "message": message, "details": details});
    let status = protobuf::encode(&STATUS, &status);
    reply.with(GRPC_DETAILS, &BASE64_STANDARD_NO_PAD.encode(status))
}
