//! The bodies of requests: read whole within a limit, or counted as they come.
//!
//! In: a head and the body that follows it. Out: the bytes, or what came of an upload's piece, whatever its length.
//! When the connection is cut in a piece, what came of it stays, as at Google.

use crate::control;
use crate::gemini::resources::upload::{self, received::Received};
use crate::message::Request;
use crate::service::Service;
use crate::{gemini, grpc};
use bytes::Bytes;
use http::StatusCode;
use http_body_util::{BodyExt, Limited};
use hyper::body::{Body as _, Incoming};
use std::time::Duration;
use tokio::time::timeout;

/// Far above any form or JSON that methods other than the Gemini API's take.
const MAX_BODY: usize = 1024 * 1024;
/// For a body that is read whole; for others, between two of its pieces.
const BODY_TIME: Duration = Duration::from_secs(20);

/// Why an upload's piece was not read to its end.
#[derive(Debug)]
pub(crate) enum Stopped {
    /// The connection is gone, or a fault closes it.
    Cut,
    /// Nothing came for too long.
    Slow,
}

pub(crate) fn is_streamed(request: &Request) -> bool {
    request.path.starts_with("/upload/") && upload::is_streamed(request)
}

/// Reads a body whole.
///
/// # Errors
/// The status for a body that is too long or too slow.
pub(crate) async fn collect(request: &Request, body: Incoming) -> Result<Bytes, StatusCode> {
    let is_large = gemini::is_called_by(request)
        || grpc::call(request).is_some()
        || request.path == control::STATE;
    let most = match is_large {
        _ if request.path.starts_with("/upload/") => MAX_BODY + upload::MOST_AT_ONCE,
        true => gemini::LARGEST_REQUEST,
        false => MAX_BODY,
    };
    // A client that says how much it will send need not send it first.
    if body.size_hint().lower() > most as u64 {
        return Err(StatusCode::PAYLOAD_TOO_LARGE);
    }
    match timeout(BODY_TIME, Limited::new(body, most).collect()).await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(_)) => Err(StatusCode::PAYLOAD_TOO_LARGE),
        Err(_) => Err(StatusCode::REQUEST_TIMEOUT),
    }
}

/// Reads a piece of an upload.
///
/// # Errors
/// Why it was not read to its end; the upload then has what came.
pub(crate) async fn receive(
    service: &Service,
    request: &Request,
    mut body: Incoming,
) -> Result<Received, Stopped> {
    let (received, cut) = {
        let mut state = service.state();
        (state.resources.uploads.begin(request), state.faults.next_cut(request))
    };
    let mut piece = Piece { service, request, received: Some(received) };
    loop {
        let frame = match timeout(BODY_TIME, body.frame()).await {
            Err(_) => return Err(Stopped::Slow),
            Ok(Some(Err(_))) => return Err(Stopped::Cut),
            Ok(None) => return piece.received.take().ok_or(Stopped::Cut),
            Ok(Some(Ok(frame))) => frame,
        };
        let Ok(data) = frame.into_data() else { continue };
        let Some(received) = &mut piece.received else { continue };
        let left = cut.map_or(u64::MAX, |cut| cut.saturating_sub(received.length()));
        let taken = usize::try_from(left).unwrap_or(usize::MAX).min(data.len());
        received.add(&data[..taken]);
        if cut.is_some_and(|cut| received.length() >= cut) {
            return Err(Stopped::Cut);
        }
    }
}

/// A piece that is being read. Dropped before its end, also because its connection is gone, it leaves what came.
struct Piece<'a> {
    service: &'a Service,
    request: &'a Request,
    received: Option<Received>,
}

impl Drop for Piece<'_> {
    fn drop(&mut self) {
        if let Some(received) = &self.received {
            self.service.state().resources.uploads.keep_cut(self.request, received);
        }
    }
}
