#![doc = include_str!("../README.md")]
//! # The rooms
//!
//! `client` builds a request and sends it, `retry` decides whether to send it again, `models` gives it a
//! meaning, `error` says what Google refused and why.

mod client;
mod error;
#[cfg(any(test, fuzzing))]
#[doc(hidden)]
pub mod fuzzing;
mod models;
mod retry;

pub use client::{BASE_URL, Client, ClientBuilder};
pub use error::Error;
pub use models::{Model, Models};
pub use retry::Retry;

/// The README of the repository shows the libraries at work; this compiles what it shows.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;
