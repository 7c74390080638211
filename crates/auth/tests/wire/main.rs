//! The library on the wire: literal bytes from hostile servers, and whole sign-ins at the emulator.

mod browser;
mod hostile;
mod http;
mod load_creds;
mod secrets;
mod server;
mod sign_in;
mod source;
mod token_endpoint;
