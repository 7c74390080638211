//! OpenAI's dialect, translated onto the Gemini API's own calls: Google's OpenAI address takes API keys alone, so a program
//! that speaks that dialect cannot use a sign-in there.
//!
//! In: what a program asks in OpenAI's words, then what Google answers. Out: what to ask Google, then the answer in OpenAI's
//! words. Plain functions from bytes to bytes: nothing here opens a connection or reads a clock.
//! What has no counterpart is refused by its name, and nothing is sent. docs/openai.md has the tables.
//! Source: OpenAI's API reference; Google's page "OpenAI compatibility" for `extra_content` and `extra_body`.

mod answer;
mod call;
mod chat;
mod chunks;
mod content;
mod embeddings;
mod fields;
#[cfg(any(fuzzing, feature = "fuzzing"))]
#[doc(hidden)]
pub mod fuzzing;
mod google;
mod messages;
mod models;
mod parts;
mod refusal;
mod tools;
mod translate;
mod words;

pub use call::{Answer, Call, Stamp};
pub use chunks::Chunks;
pub use refusal::Refusal;
pub use translate::translate;
