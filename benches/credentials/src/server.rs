//! The one token endpoint that every peer is measured against: plain HTTP on 127.0.0.1, on a thread of
//! its own, with a delay, a status and a lifetime that can be changed while it runs.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// What the server does now, and how often it was asked.
#[derive(Debug, Default)]
pub struct Behaviour {
    pub requests: AtomicU64,
    pub status: AtomicU64,
    pub delay_ms: AtomicU64,
    pub expires_in: AtomicU64,
}

/// A running server; it ends with the process.
#[derive(Clone, Debug)]
pub struct Server {
    pub behaviour: Arc<Behaviour>,
    address: SocketAddr,
}

impl Server {
    /// Starts one on a free port.
    pub fn start() -> std::io::Result<Self> {
        let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
        listener.set_nonblocking(true)?;
        let server = Self { behaviour: Arc::default(), address: listener.local_addr()? };
        server.heal();
        let behaviour = Arc::clone(&server.behaviour);
        std::thread::spawn(move || serve(listener, behaviour));
        Ok(server)
    }

    pub fn token_uri(&self) -> String {
        format!("http://{}/token", self.address)
    }

    /// Answers 200 at once, with tokens that last an hour.
    pub fn heal(&self) {
        self.behaviour.status.store(200, SeqCst);
        self.behaviour.delay_ms.store(0, SeqCst);
        self.behaviour.expires_in.store(3599, SeqCst);
    }

    /// Returns how often it was asked since the last call.
    pub fn take_requests(&self) -> u64 {
        self.behaviour.requests.swap(0, SeqCst)
    }
}

fn serve(listener: std::net::TcpListener, behaviour: Arc<Behaviour>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("runtime").block_on(async move {
        let listener = TcpListener::from_std(listener).expect("listener");
        loop {
            let Ok((stream, _)) = listener.accept().await else { continue };
            let behaviour = Arc::clone(&behaviour);
            tokio::spawn(async move {
                let _ = connection(stream, &behaviour).await;
            });
        }
    });
}

async fn connection(stream: TcpStream, behaviour: &Behaviour) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut stream = BufReader::new(stream);
    while let Some(length) = head(&mut stream).await? {
        let mut body = vec![0; length];
        stream.read_exact(&mut body).await?;
        behaviour.requests.fetch_add(1, SeqCst);
        tokio::time::sleep(Duration::from_millis(behaviour.delay_ms.load(SeqCst))).await;
        stream.write_all(reply(behaviour).as_bytes()).await?;
    }
    Ok(())
}

/// Reads a request head and returns the length of its body; `None` once the client has gone.
async fn head(stream: &mut BufReader<TcpStream>) -> std::io::Result<Option<usize>> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(None);
        }
        if line.trim().is_empty() {
            return Ok(Some(length));
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().unwrap_or(0);
        }
    }
}

fn reply(behaviour: &Behaviour) -> String {
    let status = behaviour.status.load(SeqCst);
    let body = match status {
        200 => format!(
            "{{\"access_token\":\"ya29.{}\",\"expires_in\":{},\"token_type\":\"Bearer\",\
             \"scope\":\"https://www.googleapis.com/auth/cloud-platform\"}}",
            "a".repeat(195),
            behaviour.expires_in.load(SeqCst)
        ),
        400 => "{\"error\":\"invalid_grant\",\"error_description\":\"Bad Request\"}".to_owned(),
        _ => "{\"error\":\"internal_failure\"}".to_owned(),
    };
    format!(
        "HTTP/1.1 {status} Status\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}
