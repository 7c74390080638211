//! A server on a free port of this machine that answers each request with literal bytes.
//!
//! In: a function from the request's number and text to a [`Reply`]. Out: what was asked, and how often.

use crate::attempts;
use crate::tls::{Authority, Validity};
use std::net::TcpListener;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

/// What a client gets.
#[derive(Clone, Debug)]
pub enum Reply {
    /// These bytes, then the end of the connection.
    Bytes(Vec<u8>),
    /// These bytes, then the next request of the same connection.
    KeepOpen(Vec<u8>),
    /// The first bytes once, the others again and again until the client leaves.
    WithoutEnd(Vec<u8>, Vec<u8>),
    /// These bytes, then nothing, for as long as the client waits.
    ThenSilence(Vec<u8>),
    /// One byte after the other, with this time between them, then the end of the connection.
    Slowly(Duration, Vec<u8>),
    /// Nothing, for as long as the client waits.
    Silence,
    /// The reply, this much later.
    After(Duration, Box<Self>),
}

impl From<String> for Reply {
    fn from(text: String) -> Self {
        Self::Bytes(text.into_bytes())
    }
}

impl From<&str> for Reply {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

/// Returns a whole response with a JSON body, after which the connection ends.
#[must_use]
pub fn json(status: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 {status}\r\nContent-Type: application/json; charset=UTF-8\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
}

#[derive(Debug, Default)]
struct Seen {
    connections: AtomicUsize,
    requests: Mutex<Vec<String>>,
    sent: AtomicUsize,
}

/// Answers until it is dropped, and remembers what it was asked.
#[derive(Debug)]
pub struct Server {
    origin: String,
    test: String,
    seen: Arc<Seen>,
    /// Without one, the server runs on a thread of its own until the process ends.
    task: Option<JoinHandle<()>>,
}

impl Server {
    /// Starts a server in this runtime, so that paused time stands still while a request is on its way.
    ///
    /// `reply` is asked with the number of the request, from 0, and its text.
    pub async fn start<R: Into<Reply> + 'static>(
        reply: impl Fn(usize, &str) -> R + Send + Sync + 'static,
    ) -> Self {
        let (mut server, listener) = Self::bound();
        let seen = Arc::clone(&server.seen);
        server.task = Some(tokio::spawn(accept(listener, None, Arc::new(reply), seen)));
        server
    }

    /// The same by TLS, with a certificate of this name: a host, or the address `127.0.0.1`.
    pub async fn start_tls<R: Into<Reply> + 'static>(
        authority: &Authority,
        name: &str,
        validity: Validity,
        reply: impl Fn(usize, &str) -> R + Send + Sync + 'static,
    ) -> Self {
        let (mut server, listener) = Self::bound();
        server.origin = server.origin.replace("http://", "https://");
        let tls = Some(TlsAcceptor::from(authority.server(name, validity)));
        let seen = Arc::clone(&server.seen);
        server.task = Some(tokio::spawn(accept(listener, tls, Arc::new(reply), seen)));
        server
    }

    /// Starts a server on a thread of its own, for tests without a runtime.
    pub fn on_thread<R: Into<Reply> + 'static>(
        reply: impl Fn(usize, &str) -> R + Send + Sync + 'static,
    ) -> Self {
        let (server, listener) = Self::bound();
        let seen = Arc::clone(&server.seen);
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("runtime").block_on(accept(listener, None, Arc::new(reply), seen));
        });
        server
    }

    /// Starts a server that always answers with this JSON.
    pub async fn always(status: &str, body: impl AsRef<str>) -> Self {
        let reply = json(status, body.as_ref());
        Self::start(move |_, _| reply.clone()).await
    }

    /// Starts a server that gives one reply after the other, and the last one again and again.
    ///
    /// # Panics
    ///
    /// At the first request where there is no reply.
    pub async fn in_order<R>(replies: &[R]) -> Self
    where
        R: Into<Reply> + Clone + Send + Sync + 'static,
    {
        let replies = replies.to_vec();
        Self::start(move |number, _| {
            replies.get(number).or(replies.last()).expect("a reply").clone()
        })
        .await
    }

    fn bound() -> (Self, TcpListener) {
        let listener = TcpListener::bind("127.0.0.1:0").expect("port");
        listener.set_nonblocking(true).expect("nonblocking");
        let origin = format!("http://{}", listener.local_addr().expect("address"));
        (Self { origin, test: attempts::test(), seen: Arc::default(), task: None }, listener)
    }

    /// Returns `http://` and the address.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Returns the address of this path.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }

    /// Returns how many connections were opened, with a request or without.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.seen.connections.load(Ordering::SeqCst)
    }

    /// Returns how many bytes were sent, buffers of the sockets included.
    #[must_use]
    pub fn sent(&self) -> usize {
        self.seen.sent.load(Ordering::SeqCst)
    }

    /// Returns all requests, heads and bodies as they came.
    #[must_use]
    pub fn requests(&self) -> Vec<String> {
        self.seen.requests.lock().expect("requests").clone()
    }

    /// Returns the body of the only request.
    #[must_use]
    #[track_caller]
    pub fn only_body(&self) -> String {
        let requests = self.requests();
        let [request] = requests.as_slice() else { panic!("{} requests", requests.len()) };
        request.split_once("\r\n\r\n").expect("a body").1.to_owned()
    }

    /// Returns names and values of the last form; `%7E` and the like are left as they came.
    #[must_use]
    pub fn last_form(&self) -> Vec<(String, String)> {
        let request = self.requests().pop().unwrap_or_default();
        let body = request.split_once("\r\n\r\n").map_or("", |(_, body)| body);
        let pairs = body.split('&').filter_map(|pair| pair.split_once('='));
        pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        attempts::add(&self.test, self.connections().max(self.requests().len()));
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}

async fn accept<R: Into<Reply> + 'static>(
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    reply: Arc<impl Fn(usize, &str) -> R + Send + Sync + 'static>,
    seen: Arc<Seen>,
) {
    let listener = tokio::net::TcpListener::from_std(listener).expect("listener");
    while let Ok((stream, _)) = listener.accept().await {
        seen.connections.fetch_add(1, Ordering::SeqCst);
        let (reply, seen, tls) = (Arc::clone(&reply), Arc::clone(&seen), tls.clone());
        tokio::spawn(async move {
            let reply = |number, text: &str| reply(number, text).into();
            // A client that leaves in the middle is the client's to tell.
            let _ = match tls {
                None => serve(stream, reply, &seen).await,
                Some(tls) => match tls.accept(stream).await {
                    Ok(stream) => serve(stream, reply, &seen).await,
                    Err(error) => Err(error),
                },
            };
        });
    }
}

async fn serve(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    reply: impl Fn(usize, &str) -> Reply,
    seen: &Seen,
) -> std::io::Result<()> {
    while let Some(request) = read(&mut stream).await? {
        let number = {
            let mut requests = seen.requests.lock().expect("requests");
            requests.push(request.clone());
            requests.len() - 1
        };
        let mut reply = reply(number, &request);
        while let Reply::After(wait, later) = reply {
            tokio::time::sleep(wait).await;
            reply = *later;
        }
        let mut send = async |bytes: &[u8]| {
            seen.sent.fetch_add(bytes.len(), Ordering::SeqCst);
            stream.write_all(bytes).await
        };
        match reply {
            Reply::Bytes(bytes) => return send(&bytes).await,
            Reply::KeepOpen(bytes) => send(&bytes).await?,
            Reply::WithoutEnd(head, more) => {
                send(&head).await?;
                loop {
                    send(&more).await?;
                }
            }
            Reply::ThenSilence(bytes) => {
                send(&bytes).await?;
                return stream.read(&mut [0]).await.map(drop);
            }
            Reply::Slowly(pause, bytes) => {
                for byte in bytes {
                    send(&[byte]).await?;
                    tokio::time::sleep(pause).await;
                }
                return Ok(());
            }
            Reply::Silence | Reply::After(..) => return stream.read(&mut [0]).await.map(drop),
        }
    }
    Ok(())
}

/// Reads head and body: closing with unread bytes would reset the connection.
async fn read(stream: &mut (impl AsyncRead + Unpin)) -> std::io::Result<Option<String>> {
    let mut bytes = Vec::new();
    while !is_whole(&bytes) {
        if stream.read_buf(&mut bytes).await? == 0 {
            break;
        }
    }
    Ok((!bytes.is_empty()).then(|| String::from_utf8_lossy(&bytes).into_owned()))
}

fn is_whole(request: &[u8]) -> bool {
    let Some(end) = request.windows(4).position(|four| four == b"\r\n\r\n") else { return false };
    let head = String::from_utf8_lossy(&request[..end]).to_ascii_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length:"));
    request.len() >= end + 4 + length.map_or(0, |length| length.trim().parse().unwrap_or(0))
}
