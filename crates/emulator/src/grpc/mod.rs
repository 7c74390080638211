//! The Gemini API over gRPC: the same methods as over REST, in other clothes.
//!
//! In: a unary call of `ModelService`. Out: the REST request that means the same, and its JSON reply as a
//! protobuf message or a status. So checks, errors, faults and the journal are those of REST.
//! Source: `google/ai/generativelanguage/{v1,v1beta}/model_service.proto`, with its HTTP annotations.
//! Not here: streaming methods.

mod frame;
mod messages;

use crate::message::{Parameters, Reply, Request, percent_encoded};
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, StatusCode};
use messages::{
    Any, ErrorInfo, GetModelRequest, ListModelsRequest, ListModelsResponse, Model, Status,
};
use prost::Message;
use serde::Deserialize;

const PACKAGE: &str = "/google.ai.generativelanguage.";
const GRPC_STATUS: HeaderName = HeaderName::from_static("grpc-status");
const GRPC_MESSAGE: HeaderName = HeaderName::from_static("grpc-message");
const GRPC_DETAILS: HeaderName = HeaderName::from_static("grpc-status-details-bin");

/// A method that is served.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Rpc {
    ListModels,
    GetModel,
    /// Anything else, which is answered with `UNIMPLEMENTED`.
    Other,
}

/// Says which method a request calls, if it is gRPC at all.
pub(crate) fn rpc(request: &Request) -> Option<Rpc> {
    if !request.header("content-type")?.starts_with("application/grpc") {
        return None;
    }
    let method = request.path.strip_prefix(PACKAGE).and_then(|path| path.split_once('.'));
    Some(match method {
        Some(("v1" | "v1beta", "ModelService/ListModels")) => Rpc::ListModels,
        Some(("v1" | "v1beta", "ModelService/GetModel")) => Rpc::GetModel,
        _ => Rpc::Other,
    })
}

/// Turns a call into the REST request that means the same.
///
/// # Errors
///
/// The reply to a call that cannot be read, or that is not served.
pub(crate) fn to_rest(rpc: Rpc, request: &Request) -> Result<Request, Box<Reply>> {
    let rest = request.path.strip_prefix(PACKAGE).unwrap_or_default();
    let version = rest.split('.').next().unwrap_or_default().to_owned();
    let bad = |words: String| Box::new(status(3, &words, Vec::new()));
    let (path, query) = match rpc {
        Rpc::ListModels => {
            let call: ListModelsRequest = frame::decode(&request.body).map_err(bad)?;
            let token = percent_encoded(&call.page_token);
            ("models".to_owned(), format!("pageSize={}&pageToken={token}", call.page_size))
        }
        Rpc::GetModel => {
            let call: GetModelRequest = frame::decode(&request.body).map_err(bad)?;
            (call.name, String::new())
        }
        Rpc::Other => return Err(Box::new(status(12, "Method not found.", Vec::new()))),
    };
    Ok(Request {
        method: Method::GET,
        host: request.host.clone(),
        origin: request.origin.clone(),
        path: format!("/{version}/{path}"),
        query: Parameters::parse(query.as_bytes()),
        headers: request.headers.clone(),
        body: Bytes::new(),
    })
}

/// Turns the REST reply into that of the call.
pub(crate) fn from_rest(rpc: Rpc, reply: &Reply) -> Reply {
    if reply.status != StatusCode::OK {
        return error(reply);
    }
    let body = match rpc {
        Rpc::ListModels => transcoded::<ListModelsResponse>(&reply.body),
        _ => transcoded::<Model>(&reply.body),
    };
    match body {
        Some(body) => Reply::new(StatusCode::OK, "application/grpc", body)
            .with_trailer(GRPC_STATUS, HeaderValue::from_static("0")),
        None => status(13, "An internal error has occurred.", Vec::new()),
    }
}

fn transcoded<M: Message + for<'a> Deserialize<'a>>(json: &Bytes) -> Option<Bytes> {
    let message: M = serde_json::from_slice(json).ok()?;
    Some(frame::encode(&message))
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
    details: Vec<serde_json::Value>,
}

fn error(reply: &Reply) -> Reply {
    let Ok(ErrorBody { error }) = serde_json::from_slice(&reply.body) else {
        // What a gRPC client makes of a plain HTTP error (gRPC's "HTTP to gRPC status code mapping").
        let code = match reply.status.as_u16() {
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

/// The numbers of `google.rpc.Code`.
fn code(name: &str) -> i32 {
    match name {
        "CANCELLED" => 1,
        "INVALID_ARGUMENT" => 3,
        "DEADLINE_EXCEEDED" => 4,
        "NOT_FOUND" => 5,
        "ALREADY_EXISTS" => 6,
        "PERMISSION_DENIED" => 7,
        "RESOURCE_EXHAUSTED" => 8,
        "FAILED_PRECONDITION" => 9,
        "ABORTED" => 10,
        "OUT_OF_RANGE" => 11,
        "UNIMPLEMENTED" => 12,
        "INTERNAL" => 13,
        "UNAVAILABLE" => 14,
        "DATA_LOSS" => 15,
        "UNAUTHENTICATED" => 16,
        _ => 2,
    }
}

/// Of the details, clients look at the reason.
fn error_info(detail: &serde_json::Value) -> Option<Any> {
    const TYPE: &str = "type.googleapis.com/google.rpc.ErrorInfo";
    if detail.get("@type")?.as_str()? != TYPE {
        return None;
    }
    let info: ErrorInfo = serde_json::from_value(detail.clone()).ok()?;
    Some(Any { type_url: TYPE.to_owned(), value: info.encode_to_vec() })
}

/// A reply without a message: everything is in its header ("Trailers-Only").
fn status(code: i32, message: &str, details: Vec<Any>) -> Reply {
    let status = Status { code, message: message.to_owned(), details };
    let mut reply = Reply::new(StatusCode::OK, "application/grpc", Bytes::new())
        .with(GRPC_STATUS, &code.to_string())
        .with(GRPC_MESSAGE, &frame::status_message(message));
    if !status.details.is_empty() {
        reply = reply.with(GRPC_DETAILS, &frame::binary_header(&status));
    }
    reply
}
