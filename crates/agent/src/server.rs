//! Sockets: accepts connections, each on a task of its own, within limits of number, size and time.
//!
//! In: bytes of any program on this machine. Out: one request at a time for `answer`. Where there are too many
//! connections, the oldest one without a request makes room, so that silent ones never keep others out.

use crate::answer::answer;
use crate::guard::Via;
use crate::outgoing::Outgoing;
use crate::shared::Shared;
use bytes::Bytes;
use http::Request;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::convert::Infallible;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::task::AbortHandle;

/// A thousand open streams, and as many programs that keep a connection for later.
const MAX_CONNECTIONS: usize = 4096;

/// A head is a few hundred bytes, with a long prompt in a query a few thousand.
const MAX_HEAD: usize = 64 * 1024;

/// For a head that has begun, and for a connection that is kept for later.
const HEAD_TIME: Duration = Duration::from_secs(30);

/// Too short to be noticed, long enough not to spin.
const ACCEPT_PAUSE: Duration = Duration::from_millis(10);

/// A listener at work; it and its connections end when this is dropped.
#[derive(Debug)]
pub(crate) struct Serving {
    pub(crate) address: SocketAddr,
    task: AbortHandle,
}

impl Drop for Serving {
    fn drop(&mut self) {
        self.task.abort();
    }
}

pub(crate) fn start(
    listen: SocketAddr,
    shared: Arc<Shared>,
    via: impl FnOnce(SocketAddr) -> Via,
) -> io::Result<Serving> {
    let listener = TcpListener::bind(listen)?;
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?;
    let listener = tokio::net::TcpListener::from_std(listener)?;
    let task = tokio::spawn(accept(listener, via(address), shared)).abort_handle();
    Ok(Serving { address, task })
}

/// Serves a socket of this path, too, which must not be there yet.
#[cfg(unix)]
pub(crate) fn start_unix(path: &std::path::Path, shared: Arc<Shared>) -> io::Result<AbortOnDrop> {
    let listener = tokio::net::UnixListener::bind(path)?;
    std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    let open = Connections::default();
    let task = tokio::spawn(async move {
        loop {
            let Ok((stream, _)) = listener.accept().await else {
                open.close_oldest_idle();
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            };
            if crate::peer::is_same_user(&stream).unwrap_or(false) {
                open.admit(stream, Via::UnixSocket, Arc::clone(&shared));
            }
        }
    });
    Ok(AbortOnDrop(task.abort_handle()))
}

/// A task that ends when this is dropped.
#[cfg(unix)]
#[derive(Debug)]
pub(crate) struct AbortOnDrop(AbortHandle);

#[cfg(unix)]
impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Runs until it is aborted.
async fn accept(listener: tokio::net::TcpListener, via: Via, shared: Arc<Shared>) {
    let open = Connections::default();
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            // Out of files, most likely: a silent connection makes room, in a moment.
            open.close_oldest_idle();
            tokio::time::sleep(ACCEPT_PAUSE).await;
            continue;
        };
        // Pieces of a stream are small; waiting to fill a packet would cost 40 ms each.
        let _ = stream.set_nodelay(true);
        open.admit(stream, via.clone(), Arc::clone(&shared));
    }
}

/// The open connections, oldest first; they close with the listener.
#[derive(Default)]
struct Connections(Mutex<Vec<Connection>>);

struct Connection {
    task: AbortHandle,
    /// How many requests are being answered: 0 or 1.
    busy: Arc<AtomicUsize>,
}

impl Connections {
    /// Serves a connection, or closes it where all others are at work.
    fn admit<S>(&self, stream: S, via: Via, shared: Arc<Shared>)
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let full = {
            let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            if open.len() >= MAX_CONNECTIONS {
                open.retain(|connection| !connection.task.is_finished());
            }
            open.len() >= MAX_CONNECTIONS
        };
        if full && !self.close_oldest_idle() {
            return;
        }
        let busy = Arc::new(AtomicUsize::new(0));
        let task = tokio::spawn(serve(stream, via, shared, Arc::clone(&busy))).abort_handle();
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        open.push(Connection { task, busy });
    }

    fn close_oldest_idle(&self) -> bool {
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        open.retain(|connection| !connection.task.is_finished());
        let idle = open.iter().position(|connection| connection.busy.load(Ordering::Relaxed) == 0);
        idle.map(|at| open.remove(at).task.abort()).is_some()
    }
}

impl Drop for Connections {
    fn drop(&mut self) {
        let open = self.0.get_mut().unwrap_or_else(PoisonError::into_inner);
        open.iter().for_each(|connection| connection.task.abort());
    }
}

/// Counts a request until its reply is sent to the end, or dropped.
struct Busy(Arc<AtomicUsize>);

impl Busy {
    fn new(counter: &Arc<AtomicUsize>) -> Self {
        counter.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(counter))
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Serves one connection until it ends.
async fn serve<S>(stream: S, via: Via, shared: Arc<Shared>, busy: Arc<AtomicUsize>)
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let answering = service_fn(|request: Request<Incoming>| {
        let (shared, via, busy) = (&shared, &via, Busy::new(&busy));
        async move {
            let reply = answer(shared, via, request).await;
            // A connection is at work as long as its reply is on its way.
            Ok::<_, Infallible>(reply.map(|body| Sending { body, _busy: busy }))
        }
    });
    // An error here is the peer's: it went away, or did not speak HTTP.
    let _ = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIME)
        .max_buf_size(MAX_HEAD)
        .serve_connection(TokioIo::new(stream), answering)
        .await;
}

/// A reply's body, and word of its end.
struct Sending {
    body: Outgoing,
    _busy: Busy,
}

impl Body for Sending {
    type Data = Bytes;
    type Error = <Outgoing as Body>::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
