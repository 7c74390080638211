//! The protobuf messages of `google.ai.generativelanguage.v1beta.ModelService`, as far as served.
//!
//! Field numbers: googleapis, `google/ai/generativelanguage/v1beta/{model,model_service}.proto`.

use serde::Deserialize;

/// `google.ai.generativelanguage.v1beta.Model`.
#[derive(Clone, PartialEq, prost::Message, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Model {
    #[prost(string, tag = "1")]
    pub(crate) name: String,
    #[prost(string, tag = "2")]
    pub(crate) base_model_id: String,
    #[prost(string, tag = "3")]
    pub(crate) version: String,
    #[prost(string, tag = "4")]
    pub(crate) display_name: String,
    #[prost(string, tag = "5")]
    pub(crate) description: String,
    #[prost(int32, tag = "6")]
    pub(crate) input_token_limit: i32,
    #[prost(int32, tag = "7")]
    pub(crate) output_token_limit: i32,
    #[prost(string, repeated, tag = "8")]
    pub(crate) supported_generation_methods: Vec<String>,
    #[prost(float, optional, tag = "9")]
    pub(crate) temperature: Option<f32>,
    #[prost(float, optional, tag = "10")]
    pub(crate) top_p: Option<f32>,
    #[prost(int32, optional, tag = "11")]
    pub(crate) top_k: Option<i32>,
    #[prost(float, optional, tag = "13")]
    pub(crate) max_temperature: Option<f32>,
}

/// `GetModelRequest`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct GetModelRequest {
    #[prost(string, tag = "1")]
    pub(crate) name: String,
}

/// `ListModelsRequest`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct ListModelsRequest {
    #[prost(int32, tag = "2")]
    pub(crate) page_size: i32,
    #[prost(string, tag = "3")]
    pub(crate) page_token: String,
}

/// `ListModelsResponse`.
#[derive(Clone, PartialEq, prost::Message, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct ListModelsResponse {
    #[prost(message, repeated, tag = "1")]
    pub(crate) models: Vec<Model>,
    #[prost(string, tag = "2")]
    pub(crate) next_page_token: String,
}

/// `google.rpc.Status`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Status {
    #[prost(int32, tag = "1")]
    pub(crate) code: i32,
    #[prost(string, tag = "2")]
    pub(crate) message: String,
    #[prost(message, repeated, tag = "3")]
    pub(crate) details: Vec<Any>,
}

/// `google.protobuf.Any`.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Any {
    #[prost(string, tag = "1")]
    pub(crate) type_url: String,
    #[prost(bytes = "vec", tag = "2")]
    pub(crate) value: Vec<u8>,
}

/// `google.rpc.ErrorInfo`.
#[derive(Clone, PartialEq, prost::Message, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct ErrorInfo {
    #[prost(string, tag = "1")]
    pub(crate) reason: String,
    #[prost(string, tag = "2")]
    pub(crate) domain: String,
    #[prost(btree_map = "string, string", tag = "3")]
    pub(crate) metadata: std::collections::BTreeMap<String, String>,
}
