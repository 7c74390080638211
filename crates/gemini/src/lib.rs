#![doc = include_str!("../README.md")]
//! # The modules
//!
//! `request` builds a request and sends it for a `client`, `retry` decides whether to send it again, `events` and `sse`
//! take a stream apart, `pages` goes through lists, `models` gives them a meaning, `error` and `refusal` say what
//! Google refused and why.

mod client;
mod error;
mod events;
#[cfg(any(fuzzing, feature = "fuzzing"))]
#[doc(hidden)]
pub mod fuzzing;
mod models;
mod pages;
mod refusal;
mod request;
mod retry;
mod sse;

pub use client::{Client, ClientBuilder, Version};
pub use error::Error;
pub use events::Events;
/// The credentials and the HTTP client that a [`Client`] takes.
pub use hallpass;
pub use models::{Model, Models};
pub use request::RequestBuilder;
pub use retry::Retry;
