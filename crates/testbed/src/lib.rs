//! What the tests of all crates but the emulator's stand on. Not published.
//!
//! [`Server`] answers with literal bytes, [`browser`] follows redirects, [`World`] is an emulator and a
//! user's home folder in which `hallpass` and other programs run.
//!
//! Not here: anything of `hallpass` itself, so that a test never decodes with the type under test.

mod attempts;
pub mod browser;
#[cfg(unix)]
mod clients;
mod run;
mod server;
mod tls;
mod world;

pub use run::Run;
pub use server::{Reply, Server, json};
pub use tls::{Authority, Validity};
pub use world::{BROWSER, LOGIN, SCOPES, World};
