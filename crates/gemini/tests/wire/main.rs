//! What the client sends and understands: literal bytes, and the emulator.

mod answers;
mod emulator;
mod pages;
mod server;
