//! The emulator against Google's wire, as raw bytes over a socket.
//!
//! No HTTP client and no type of the emulator's own is between a test and the wire: requests are written by
//! hand and replies compared as text. `docs/emulator.md` and the pages below it name the source of each test.

mod authorize;
mod batches;
mod caches;
mod cloud;
mod console;
mod control;
#[cfg(unix)]
mod curl;
mod device;
mod error_pages;
mod failures;
mod faults;
mod file_search;
mod files;
mod gemini;
mod generate;
mod grpc;
mod hostile;
mod identity;
mod impersonation;
mod interactions;
mod jwt_bearer;
mod library;
mod metadata;
mod methods;
mod openai;
mod others;
mod outcomes;
mod pages;
mod proxy;
mod refresh;
mod refresh_json;
mod revoke;
mod schemas;
mod scripts;
mod snapshot;
mod start;
mod stores;
mod strangers;
mod stream_faults;
mod token;
mod token_exchange;
mod tools;
mod uploads;
mod wire;
