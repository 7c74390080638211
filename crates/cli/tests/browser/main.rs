//! Stories that need a real browser: a person clicks, `hallpass` waits, the emulator is Google.
#![cfg(unix)]
#![expect(
    clippy::disallowed_methods,
    reason = "a real browser needs real time, files and variables"
)]

mod agent;
mod chrome;
mod console;
mod sign_in;
mod terminal;
