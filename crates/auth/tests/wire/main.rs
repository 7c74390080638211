//! The library on the wire: literal bytes from hostile servers, and whole sign-ins at the emulator.

mod adc;
mod browser;
#[cfg(unix)]
mod external;
mod hostile;
mod hostile_machines;
mod http;
mod load_creds;
mod oddities;
mod secrets;
mod server;
mod sign_in;
mod source;
mod token_endpoint;
