//! An HTTP CONNECT proxy that ends TLS for Google's host names, so that unmodified clients of any
//! language reach the emulator with nothing but `HTTPS_PROXY` and a CA file.
//!
//! In: connections on a loopback port. Out: the emulator's own service, told which host was meant.
//! Specification: RFC 9110, section 9.3.6 (CONNECT).
//! What comes in leaves the machine only towards hosts that the configuration says to forward to.

mod ca;
mod connect;
mod hosts;

pub(crate) use ca::Authority;
pub(crate) use connect::{Proxy, serve};
pub(crate) use hosts::{is_google, is_other_api};
