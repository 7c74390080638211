//! Sockets: accepts connections, reads each request whole, sends the reply.
//!
//! In: bytes from any program on this machine, so every read has a limit in size and time. Out: one
//! `message::Request` at a time for `route`, and its reply, spoiled by a fault if one matches.
//! When there are too many connections the oldest is closed, so that idle ones never keep others out.

use crate::delivery::{self, Delivery, OutgoingBody};
use crate::incoming::{self, Stopped};
use crate::message::{Parameters, Reply, Request};
use crate::proxy::{self, Proxy};
use crate::state::State;
use crate::{gemini, grpc, route};
use bytes::Bytes;
use http::uri::Authority;
use http::{StatusCode, header};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use std::any::Any;
use std::collections::VecDeque;
use std::net::{SocketAddr, TcpListener};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use std::{io, thread};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::runtime;
use tokio::sync::oneshot;
use tokio::task::AbortHandle;

/// A sign-in needs a handful; a common limit of open files is 1024.
const MAX_CONNECTIONS: usize = 2_000;
/// The longest authorization URL seen is a few kilobytes.
const MAX_HEAD: usize = 64 * 1024;
const HEAD_TIME: Duration = Duration::from_secs(10);
/// Too short to be noticed, long enough not to spin.
const ACCEPT_PAUSE: Duration = Duration::from_millis(10);

/// What answers on all connections.
#[derive(Debug)]
pub(crate) struct Service {
    /// `http://127.0.0.1:PORT`.
    pub(crate) origin: String,
    pub(crate) stopped: Flag,
    state: Mutex<State>,
    panic: Mutex<Option<String>>,
}

impl Service {
    pub(crate) fn new(origin: String, mut state: State) -> Self {
        state.origin.clone_from(&origin);
        Self { origin, stopped: Flag::default(), state: Mutex::new(state), panic: Mutex::new(None) }
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn panic_message(&self) -> Option<String> {
        self.panic.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn note_panic(&self, payload: &(dyn Any + Send)) {
        let text = payload.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| payload.downcast_ref::<&str>().copied());
        let mut noted = self.panic.lock().unwrap_or_else(PoisonError::into_inner);
        noted.get_or_insert_with(|| text.unwrap_or("(no message)").to_owned());
    }
}

/// Something that happens once and can be waited for.
#[derive(Debug, Default)]
pub(crate) struct Flag {
    happened: Mutex<bool>,
    change: Condvar,
}

impl Flag {
    pub(crate) fn set(&self) {
        *self.happened.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.change.notify_all();
    }

    pub(crate) fn wait(&self) {
        let guard = self.happened.lock().unwrap_or_else(PoisonError::into_inner);
        drop(self.change.wait_while(guard, |happened| !*happened));
    }
}

#[derive(Debug)]
pub(crate) struct Server {
    address: SocketAddr,
    proxy: Option<SocketAddr>,
    stop: Mutex<Option<oneshot::Sender<()>>>,
    listeners: Vec<Accepting>,
}

impl Server {
    pub(crate) fn start(
        listen: SocketAddr,
        proxy: Option<(SocketAddr, Proxy)>,
        state: State,
    ) -> io::Result<(Self, Arc<Service>)> {
        let (listener, address) = bind(listen)?;
        let proxy = proxy.map(|(listen, proxy)| Ok::<_, io::Error>((bind(listen)?, proxy)));
        let proxy = proxy.transpose()?;
        let service = Arc::new(Service::new(format!("http://{address}"), state));
        let runtime = runtime::Builder::new_current_thread().enable_io().enable_time().build()?;
        let entered = runtime.enter();
        let direct = Arc::clone(&service);
        let mut listeners =
            vec![Accepting::start(listener, move |stream| serve(stream, Arc::clone(&direct)))?];
        let mut proxy_address = None;
        if let Some(((listener, address), proxy)) = proxy {
            let service = Arc::clone(&service);
            proxy_address = Some(address);
            listeners.push(Accepting::start(listener, move |stream| {
                proxy::serve(stream, proxy.clone(), Arc::clone(&service))
            })?);
        }
        drop(entered);
        // One thread serves all connections: whatever takes long waits, and nothing computes for long.
        let (stop, stopped) = oneshot::channel::<()>();
        thread::Builder::new().name("hallpass-emulator".to_owned()).spawn(move || {
            // A sender that is gone is the word to stop, too.
            let _ = runtime.block_on(stopped);
        })?;
        let stop = Mutex::new(Some(stop));
        Ok((Self { address, proxy: proxy_address, stop, listeners }, service))
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn proxy(&self) -> Option<SocketAddr> {
        self.proxy
    }

    /// Closes the listeners and all connections; the port is free when this returns.
    pub(crate) fn stop(&self) {
        self.listeners.iter().for_each(|listener| listener.task.abort());
        let stop = self.stop.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(stop) = stop {
            self.listeners.iter().for_each(|listener| listener.closed.wait());
            // The connections end with the runtime, on its own thread.
            let _ = stop.send(());
        }
    }
}

fn bind(listen: SocketAddr) -> io::Result<(TcpListener, SocketAddr)> {
    let listener = TcpListener::bind(listen)?;
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?;
    Ok((listener, address))
}

/// A listener at work.
#[derive(Debug)]
struct Accepting {
    task: AbortHandle,
    closed: Arc<Flag>,
}

impl Accepting {
    fn start<F: Future<Output = ()> + Send + 'static>(
        listener: TcpListener,
        serve: impl Fn(TcpStream) -> F + Send + 'static,
    ) -> io::Result<Self> {
        let closed = Arc::new(Flag::default());
        let listener = tokio::net::TcpListener::from_std(listener)?;
        let listening = Listening { listener, _closed: SetOnDrop(Arc::clone(&closed)) };
        let task = tokio::spawn(accept(listening, serve)).abort_handle();
        Ok(Self { task, closed })
    }
}

/// Says that a task is over, also when it was aborted.
struct SetOnDrop(Arc<Flag>);

impl Drop for SetOnDrop {
    fn drop(&mut self) {
        self.0.set();
    }
}

/// The open connections, oldest first; they close with the listener.
#[derive(Default)]
struct Connections(VecDeque<AbortHandle>);

impl Connections {
    fn close_oldest(&mut self) {
        if let Some(oldest) = self.0.pop_front() {
            oldest.abort();
        }
    }

    fn add(&mut self, connection: AbortHandle) {
        if self.0.len() >= MAX_CONNECTIONS {
            self.0.retain(|connection| !connection.is_finished());
        }
        if self.0.len() >= MAX_CONNECTIONS {
            self.close_oldest();
        }
        self.0.push_back(connection);
    }
}

impl Drop for Connections {
    fn drop(&mut self) {
        self.0.iter().for_each(AbortHandle::abort);
    }
}

/// The listener, and word of its end. Fields drop in this order, also in a task that is aborted before it
/// first runs; the arguments of an `async fn` would not.
struct Listening {
    listener: tokio::net::TcpListener,
    _closed: SetOnDrop,
}

/// Runs until it is aborted.
async fn accept<F: Future<Output = ()> + Send + 'static>(
    listening: Listening,
    serve: impl Fn(TcpStream) -> F + Send + 'static,
) {
    let mut open = Connections::default();
    loop {
        let Ok((stream, _)) = listening.listener.accept().await else {
            // Out of files, most likely: the oldest connection ends, in a moment.
            open.close_oldest();
            tokio::time::sleep(ACCEPT_PAUSE).await;
            continue;
        };
        // Replies are small; waiting to fill a packet would cost 40 ms each.
        let _ = stream.set_nodelay(true);
        open.add(tokio::spawn(serve(stream)).abort_handle());
    }
}

/// Serves one connection, in the clear or inside a tunnel, until it ends.
pub(crate) async fn serve(
    stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
    service: Arc<Service>,
) {
    let mut connection = auto::Builder::new(TokioExecutor::new());
    connection
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIME)
        .max_buf_size(MAX_HEAD);
    let answering = service_fn(move |request| {
        let service = Arc::clone(&service);
        async move { answer(&service, request).await }
    });
    // An error here is the peer's: it went away, or did not speak HTTP.
    let _ = connection.serve_connection(TokioIo::new(stream), answering).await;
}

/// The answer to a request.
///
/// # Errors
/// Of a connection that is to be closed without one.
async fn answer(
    service: &Service,
    request: http::Request<Incoming>,
) -> io::Result<http::Response<OutgoingBody>> {
    let (head, body) = request.into_parts();
    let mut asked = without_body(head, &service.origin);
    if incoming::is_streamed(&asked) {
        match incoming::receive(service, &asked, body).await {
            Ok(received) => asked.received = Some(received),
            Err(Stopped::Cut) => return Err(io::Error::other("cut by a scripted fault")),
            Err(Stopped::Slow) => return Ok(too_much(StatusCode::REQUEST_TIMEOUT)),
        }
    } else {
        match incoming::collect(&asked, body).await {
            Ok(body) => asked.body = body,
            Err(StatusCode::PAYLOAD_TOO_LARGE) if gemini::is_called_by(&asked) => {
                let reply = gemini::too_large().with(header::CONNECTION, "close");
                return Ok(delivery::response(reply));
            }
            Err(status) => return Ok(too_much(status)),
        }
    }
    Ok(delivery::deliver(delivery_of(service, &asked)).await)
}

fn delivery_of(service: &Service, asked: &Request) -> Delivery {
    let call = grpc::call(asked);
    let rest = match call.map(|call| call.to_rest(asked)).transpose() {
        Ok(rest) => rest,
        Err(reply) => return Delivery::plain(*reply),
    };
    let request = rest.as_ref().unwrap_or(asked);
    let delivery = catch_unwind(AssertUnwindSafe(|| {
        let mut state = service.state();
        route::answer(&mut state, request)
    }));
    let delivery = delivery.unwrap_or_else(|payload| {
        service.note_panic(payload.as_ref());
        let text = "the emulator has a bug: this request made it panic\n";
        Delivery::plain(Reply::new(StatusCode::INTERNAL_SERVER_ERROR, "text/plain", text))
    });
    match call {
        Some(call) => delivery.map(|reply| call.reply(&reply)),
        None => delivery,
    }
}

/// Says so and closes the connection, on which the rest of the body would follow.
fn too_much(status: StatusCode) -> http::Response<OutgoingBody> {
    let reply = Reply::new(status, "text/plain", "the request is too long or too slow\n");
    delivery::response(reply.with(header::CONNECTION, "close"))
}

fn without_body(head: http::request::Parts, origin: &str) -> Request {
    let host = head.headers.get(header::HOST).and_then(|host| host.to_str().ok());
    // HTTP/2 has it in `:authority`.
    let host = host.or_else(|| head.uri.authority().map(Authority::as_str));
    Request {
        method: head.method,
        // gRPC clients name the port of https, others do not.
        host: host.unwrap_or_default().trim_end_matches(":443").to_owned(),
        origin: origin.to_owned(),
        path: head.uri.path().to_owned(),
        query: Parameters::parse(head.uri.query().unwrap_or_default().as_bytes()),
        headers: head.headers,
        body: Bytes::new(),
        received: None,
    }
}
