#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]
//! # The modules
//!
//! `request` builds a request and sends it for a `client`, signed by `authorization`; `attempts`, `retry` and `budget` decide
//! whether to send it again. `events` and `sse` take a stream apart, `pages` goes through lists. `generate` and `models` give
//! them a meaning, `error` and `refusal` say what Google refused and why. `environment` makes a client as Google's SDKs would.

mod api_key;
mod attempts;
mod authorization;
#[cfg(feature = "batches")]
pub mod batches;
#[cfg(feature = "blocking")]
pub mod blocking;
mod budget;
#[cfg(feature = "caches")]
pub mod caches;
#[cfg(feature = "cassette")]
pub mod cassette;
mod client;
#[cfg(feature = "embed")]
pub mod embed;
mod environment;
mod error;
mod events;
#[cfg(feature = "file-search")]
pub mod file_search;
#[cfg(feature = "files")]
pub mod files;
#[cfg(any(fuzzing, feature = "fuzzing"))]
#[doc(hidden)]
pub mod fuzzing;
pub mod generate;
#[cfg(feature = "interactions")]
pub mod interactions;
mod models;
#[cfg(any(feature = "batches", feature = "file-search"))]
pub mod operations;
mod pages;
mod refusal;
mod reply;
mod request;
mod retry;
mod spans;
pub mod sse;
#[cfg(feature = "tools")]
pub mod tools;
#[cfg(any(feature = "batches", feature = "files"))]
mod waiting;
mod wire;

pub use api_key::ApiKey;
pub use authorization::Authorization;
pub use client::{Client, ClientBuilder, Version};
pub use error::Error;
pub use events::Events;
pub use generate::{Chat, Generate, Response};
/// The credentials and the HTTP client that a [`Client`] takes.
pub use hallpass;
pub use models::{Model, Models};
pub use reply::Reply;
pub use request::RequestBuilder;
pub use retry::Retry;
