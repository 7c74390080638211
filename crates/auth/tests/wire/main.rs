//! The library on the wire: literal bytes from hostile servers, and whole sign-ins at the emulator.

#[cfg(feature = "machine")]
mod adc;
#[cfg(feature = "blocking")]
mod blocking;
mod credential;
#[cfg(unix)]
mod environment;
#[cfg(all(unix, feature = "machine"))]
mod external;
mod hostile;
#[cfg(feature = "machine")]
mod hostile_machines;
mod http;
mod load_creds;
#[cfg(feature = "machine")]
mod oddities;
mod own_source;
mod pool;
mod secrets;
mod sign_in;
mod signed;
mod source;
mod streams;
mod token_endpoint;
mod transport;
