//! A reply with everything that came: status, headers, bytes, and what they mean.

use bytes::Bytes;
use http::{HeaderMap, StatusCode};

/// A success as it came.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Reply<T> {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Bytes,
    /// How often an answer that stopped with `CONTINUATION` was asked to go on; each time is billed.
    pub hops: u32,
    /// What the body says.
    pub value: T,
}
