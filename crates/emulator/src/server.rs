//! Sockets: listens, accepts connections, ends them all.
//!
//! In: bytes from any program on this machine. Out: a `connection` each, on the port of the emulator or of its proxy.
//! When there are too many connections the oldest is closed, so that idle ones never keep others out.

use crate::connection::serve;
use crate::proxy::{self, Proxy};
use crate::service::{Flag, Service};
use crate::state::State;
use std::collections::VecDeque;
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use std::{io, thread};
use tokio::net::TcpStream;
use tokio::runtime;
use tokio::sync::oneshot;
use tokio::task::AbortHandle;

/// A sign-in needs a handful; a common limit of open files is 1024.
const MAX_CONNECTIONS: usize = 2_000;
/// Too short to be noticed, long enough not to spin.
const ACCEPT_PAUSE: Duration = Duration::from_millis(10);

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
