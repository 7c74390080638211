#![doc = include_str!("../README.md")]
//!
//! # The map
//!
//! `server` reads a request and hands it to `route`, which finds one function for it: in `oauth` (the
//! authorization server), `gemini` (the API behind it), `cloud` (the APIs that set a project up) or `control` (what tests pull at). Each of
//! these takes the one `state`, under its one lock, and gives back a `message::Reply`. A `fault` may
//! spoil that reply as `delivery` sends it; `journal` keeps what was asked. Only `clock` knows what time it is.

mod clock;
mod cloud;
mod config;
mod console;
mod control;
mod defaults;
mod delivery;
mod dir;
mod emulator;
mod fault;
#[cfg(any(test, fuzzing))]
#[doc(hidden)]
pub mod fuzzing;
mod gemini;
mod grpc;
mod identity_provider;
mod journal;
mod ledger;
mod message;
mod metadata;
mod oauth;
mod outcome;
mod proxy;
mod random;
mod route;
mod server;
mod service_account;
mod snapshot;
mod state;
mod switches;

pub use config::{
    Approval, Audience, Client, ClientKind, Config, ConfigError, ConsentScreen, Lifecycle, Project,
    Publishing, User,
};
pub use emulator::{Builder, Emulator, StartError};
pub use fault::{Fault, FaultKind};
pub use gemini::{GeminiFault, KeyRefusal, Quota, QuotaPeriod, ScriptedReply};
pub use identity_provider::IdentityProvider;
pub use journal::RecordedRequest;
pub use outcome::{Outcome, Refusal};
pub use service_account::ServiceAccount;
pub use switches::{CodeReuseText, PromptNoneError, RefreshWidening, Switches, WrongSecretText};
