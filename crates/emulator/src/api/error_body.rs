//! The frame of Google's API errors: `{"error":{code, message, status, details}}`.
//!
//! In: status, words and details. Out: the JSON, keys in the order of the captures. What is said and when
//! is in `error`; the types of `details` are those of google/rpc/error_details.proto.

use serde::{Serialize, Serializer};
use serde_json::Value;
use std::fmt;

#[derive(Serialize)]
pub(crate) struct Body {
    pub(crate) error: Inner,
}

#[derive(Serialize)]
pub(crate) struct Inner {
    pub(crate) code: u16,
    pub(crate) message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) errors: Option<Value>,
    pub(crate) status: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) details: Vec<Detail>,
}

/// One of `details`; the type comes first and the rest in the order of the captures.
#[derive(Serialize)]
#[serde(tag = "@type")]
pub(crate) enum Detail {
    #[serde(rename = "type.googleapis.com/google.rpc.ErrorInfo")]
    ErrorInfo {
        reason: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        domain: Option<&'static str>,
        #[serde(skip_serializing_if = "Metadata::is_empty")]
        metadata: Metadata,
    },
    #[serde(rename = "type.googleapis.com/google.rpc.LocalizedMessage")]
    LocalizedMessage { locale: &'static str, message: String },
    #[serde(rename = "type.googleapis.com/google.rpc.Help")]
    Help { links: [Link; 1] },
    #[serde(rename = "type.googleapis.com/google.rpc.BadRequest")]
    #[serde(rename_all = "camelCase")]
    BadRequest { field_violations: Vec<Violation> },
    #[serde(rename = "type.googleapis.com/google.rpc.QuotaFailure")]
    QuotaFailure { violations: [QuotaViolation; 1] },
    #[serde(rename = "type.googleapis.com/google.rpc.RetryInfo")]
    #[serde(rename_all = "camelCase")]
    RetryInfo { retry_delay: String },
}

#[derive(Serialize)]
pub(crate) struct Link {
    description: &'static str,
    url: String,
}

#[derive(Debug, Clone, Serialize)]
pub(crate) struct Violation {
    /// Where the message is that has the fault; none for the whole body.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) field: String,
    pub(crate) description: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct QuotaViolation {
    pub(crate) quota_metric: &'static str,
    pub(crate) quota_id: &'static str,
    pub(crate) quota_dimensions: Metadata,
    pub(crate) quota_value: String,
}

/// Keys in the order of the captures.
pub(crate) struct Metadata(pub(crate) Vec<(&'static str, String)>);

impl Metadata {
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Serialize for Metadata {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(key, value)| (key, value)))
    }
}

pub(crate) fn consumer(project: impl fmt::Display) -> (&'static str, String) {
    ("consumer", format!("projects/{project}"))
}

pub(crate) fn info(reason: &'static str, metadata: Vec<(&'static str, String)>) -> Detail {
    Detail::ErrorInfo { reason, domain: Some("googleapis.com"), metadata: Metadata(metadata) }
}

pub(crate) fn link((description, url): (&'static str, String)) -> Detail {
    Detail::Help { links: [Link { description, url }] }
}

/// The numbers of `google.rpc.Code`.
pub(crate) fn code(name: &str) -> i32 {
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
