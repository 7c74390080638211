#![doc = include_str!("../README.md")]
//!
//! # The map
//!
//! `server` reads a request and hands it to `route`, which finds one function for it: in `oauth` (the
//! authorization server), `gemini` (the API behind it), `cloud` (the APIs that set a project up) or `control` (what tests pull at). Each of
//! these takes the one `state`, under its one lock, and gives back a `message::Reply`. A `fault` may
//! spoil that reply as `delivery` sends it; `journal` keeps what was asked. Only `clock` knows what time it is.

mod api;
mod clock;
mod cloud;
mod config;
mod console;
mod control;
mod delivery;
mod dir;
mod emulator;
mod fault;
#[cfg(any(fuzzing, feature = "fuzzing"))]
#[doc(hidden)]
pub mod fuzzing;
mod gemini;
mod grpc;
mod journal;
mod ledger;
mod message;
mod metadata;
mod oauth;
mod proxy;
mod random;
mod route;
mod server;
mod snapshot;
mod state;

pub use config::{
    Approval, Audience, Client, ClientKind, CodeReuseText, Config, ConfigError, ConsentScreen,
    IdentityProvider, KeyRefusal, Lifecycle, Outcome, Project, PromptNoneError, Publishing, Quota,
    QuotaPeriod, RefreshWidening, Refusal, ScriptedReply, ServiceAccount, Switches, User,
    WrongSecretText,
};
pub use emulator::{Builder, Emulator, StartError};
pub use fault::{Fault, FaultKind, GeminiFault};
pub use journal::RecordedRequest;
