//! A server that answers each request with literal bytes.

use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// What a client gets.
pub(crate) enum Reply {
    /// These bytes, then the end of the connection.
    Bytes(String),
    /// Nothing, for as long as the client waits.
    Silence,
}

/// Answers until it is dropped, and remembers what it was asked.
pub(crate) struct Server {
    origin: String,
    requests: Arc<Mutex<Vec<String>>>,
    task: JoinHandle<()>,
}

impl Server {
    /// Starts a server; `reply` is asked with the number of the request, from 0, and its text.
    pub(crate) async fn start(
        reply: impl Fn(usize, &str) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("port");
        let origin = format!("http://{}", listener.local_addr().expect("address"));
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (reply, seen) = (Arc::new(reply), Arc::clone(&requests));
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&reply), Arc::clone(&seen)));
            }
        });
        Self { origin, requests, task }
    }

    /// Starts a server that always answers with this.
    pub(crate) async fn always(status: &'static str, body: impl Into<String>) -> Self {
        let body = body.into();
        Self::start(move |_, _| json(status, &body)).await
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }

    pub(crate) fn requests(&self) -> Vec<String> {
        self.requests.lock().expect("requests").clone()
    }

    /// Returns the body of the only request.
    pub(crate) fn only_body(&self) -> String {
        let requests = self.requests();
        let [request] = requests.as_slice() else { panic!("{} requests", requests.len()) };
        request.split_once("\r\n\r\n").expect("a body").1.to_owned()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// A JSON reply.
pub(crate) fn json(status: &str, body: &str) -> Reply {
    Reply::Bytes(format!(
        "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
         Connection: close\r\n\r\n{body}",
        body.len()
    ))
}

async fn serve(
    mut stream: TcpStream,
    reply: Arc<impl Fn(usize, &str) -> Reply>,
    seen: Arc<Mutex<Vec<String>>>,
) {
    let request = read(&mut stream).await;
    let number = {
        let mut seen = seen.lock().expect("requests");
        seen.push(request.clone());
        seen.len() - 1
    };
    match reply(number, &request) {
        Reply::Bytes(bytes) => {
            let _ = stream.write_all(bytes.as_bytes()).await;
        }
        Reply::Silence => {
            let _ = stream.read(&mut [0; 1]).await;
        }
    }
}

async fn read(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes);
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            if body.len() >= length.map_or(0, |length| length.parse().expect("a length")) {
                return text.into_owned();
            }
        }
        if stream.read_buf(&mut bytes).await.expect("read") == 0 {
            return String::from_utf8_lossy(&bytes).into_owned();
        }
    }
}
