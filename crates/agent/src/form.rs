//! Reads a small form that a program or a page sends.
//!
//! In: the body of a request. Out: its bytes; none where it is too long, too slow or cut.

use bytes::Bytes;
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use std::time::Duration;

/// A form with one ticket in it.
const LONGEST: usize = 16 * 1024;

/// For a form of a few hundred bytes that is on its way already.
const TIME: Duration = Duration::from_secs(10);

pub(crate) async fn read(body: Incoming) -> Option<Bytes> {
    let form = tokio::time::timeout(TIME, Limited::new(body, LONGEST).collect()).await;
    Some(form.ok()?.ok()?.to_bytes())
}
