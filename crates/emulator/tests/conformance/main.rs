//! The emulator against the facts, as raw bytes over a socket.
//!
//! No HTTP client and no type of the emulator is between a test and the wire: requests are written by hand
//! and replies compared as text. `docs/emulator.md` names the fact behind each test.

mod authorize;
mod wire;
