#![doc = include_str!("../README.md")]
//!
//! # A test of a server that asks Gemini
//!
//! ```
//! use hallpass_emulator::{Emulator, Expectation};
//! # use hallpass_emulator::StartError;
//! # use std::io::{Read, Write};
//! # /// Stands in for the server under test: asks the model over a plain socket.
//! # fn handle(google: &Emulator, token: &str, prompt: &str) -> String {
//! #     let body = format!(r#"{{"contents":[{{"parts":[{{"text":"{prompt}"}}]}}]}}"#);
//! #     let mut stream = std::net::TcpStream::connect(google.address()).expect("an emulator");
//! #     write!(stream, "POST /v1beta/models/gemini-2.5-flash:generateContent HTTP/1.1\r\nHost: {}\r\n\
//! #         Authorization: Bearer {token}\r\nContent-Type: application/json\r\nConnection: close\r\n\
//! #         Content-Length: {}\r\n\r\n{body}", google.address(), body.len()).expect("sent");
//! #     let mut reply = String::new();
//! #     stream.read_to_string(&mut reply).expect("a reply");
//! #     reply
//! # }
//!
//! let google = Emulator::builder().start()?;
//! google.reply("gemini-2.5-flash", "Rome.");
//! google.expect(Expectation::model("gemini-2.5-flash").times(1));
//!
//! // Signed in: `authorized_user` makes the credentials file, `access_token` a token.
//! let scope = "https://www.googleapis.com/auth/generative-language.retriever";
//! let token = google.access_token("ada@example.com", &[scope]);
//!
//! // A server of its own process: `Command::new("server").envs(google.variables())`.
//! let answer = handle(&google, &token, "What is the capital of Italy?");
//!
//! assert!(answer.contains("Rome."));
//! let asked = google.requests()[0].json().expect("a body");
//! assert_eq!(asked["contents"][0]["parts"][0]["text"], "What is the capital of Italy?");
//! // When `google` is dropped, the test fails unless the model was asked exactly once.
//! # Ok::<(), StartError>(())
//! ```
//!
//! # The map
//!
//! `server` accepts connections; each `connection` reads a request and hands it to `route`, which finds one function
//! for it: in `oauth` (the authorization server), `gemini` (the API behind it), `cloud` (the APIs that set a project
//! up) or `control` (what tests change). Each of these takes the one `state`, under the one lock of `service`, and gives
//! back a `message::Reply`. What `gemini` and `cloud` share is in `api`. A `fault` may spoil that reply as `delivery`
//! sends it; `journal` keeps what was asked, `expectation` counts it; `script` says what models answer. `config` is what
//! can be set. Only `clock` reads the time.

mod api;
mod clock;
mod cloud;
mod config;
mod connection;
mod console;
mod control;
mod delivery;
mod dir;
mod emulator;
mod expectation;
mod fault;
#[cfg(any(fuzzing, feature = "fuzzing"))]
#[doc(hidden)]
pub mod fuzzing;
mod gemini;
mod grpc;
mod incoming;
mod journal;
mod ledger;
mod message;
mod metadata;
mod oauth;
mod protobuf;
mod proxy;
mod random;
mod route;
mod script;
mod server;
mod service;
mod snapshot;
mod state;
mod stream_fault;

pub use config::{
    Approval, Audience, Caching, Client, ClientKind, CodeReuseText, Config, ConfigError,
    ConsentScreen, IdentityProvider, Issuer, KeyRefusal, Lifecycle, Outcome, Processing, Project,
    PromptNoneError, Publishing, Quota, QuotaPeriod, RefreshWidening, Refusal, ScriptedReply,
    ServiceAccount, Switches, User, WrongSecretText,
};
pub use emulator::{Builder, Emulator, Page, StartError};
pub use expectation::Expectation;
pub use fault::{Fault, FaultKind, GeminiFault, LineEnd, StreamErrorShape};
pub use journal::RecordedRequest;
pub use script::{Asked, Script, ScriptedAnswer, ScriptedCall, ScriptedError};
