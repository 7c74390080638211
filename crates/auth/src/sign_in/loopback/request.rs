//! Reads the request of a browser, and says whether it is the redirect.
//!
//! In: bytes of a connection. Out: the target of a `GET` for our path and host, or a status.
//! Specification: RFC 9112; RFC 8252, section 8.3.

use std::io;
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;

/// Google's redirects are under 2 KiB, but all ports of 127.0.0.1 share their cookies, and a developer's
/// browser may have many.
pub(super) const LONGEST_HEAD: usize = 64 * 1024;

/// Which request ends the wait.
pub(crate) struct Expected {
    pub(super) path: &'static str,
    pub(super) hosts: Vec<String>,
    pub(super) is_ours: Box<dyn Fn(&str) -> bool + Send + Sync>,
}

impl Expected {
    /// A redirect as gcloud's addresses have it: to `localhost`, with nothing but a query.
    pub(crate) fn of_gcloud(
        port: u16,
        is_ours: impl Fn(&str) -> bool + Send + Sync + 'static,
    ) -> Self {
        let hosts = vec![format!("localhost:{port}"), format!("127.0.0.1:{port}")];
        Self { path: "/", hosts, is_ours: Box::new(is_ours) }
    }
}

/// Reads up to the empty line; `None` is a head over the limit.
pub(super) async fn head(stream: &mut TcpStream) -> io::Result<Option<String>> {
    let mut head = Vec::with_capacity(1024);
    while !head.windows(4).any(|window| window == b"\r\n\r\n") {
        if head.len() >= LONGEST_HEAD {
            return Ok(None);
        }
        let left = LONGEST_HEAD - head.len();
        if stream.take(left as u64).read_buf(&mut head).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    String::from_utf8(head).map(Some).map_err(|_| io::ErrorKind::InvalidData.into())
}

/// Returns the target of a `GET` for our path and host, or the status that says what is wrong.
pub(crate) fn target<'a>(head: &'a str, expected: &Expected) -> Result<&'a str, &'static str> {
    let mut lines = head.split("\r\n");
    let words: Vec<&str> = lines.next().unwrap_or_default().split(' ').collect();
    let [method, target, "HTTP/1.1" | "HTTP/1.0"] = words[..] else {
        return Err("400 Bad Request");
    };
    // A page of another name that resolves to 127.0.0.1 (DNS rebinding) sends that name.
    let fields: Vec<(&str, &str)> = lines.filter_map(|line| line.split_once(':')).collect();
    let values = |wanted: &str| {
        let named = fields.iter().filter(|(name, _)| name.eq_ignore_ascii_case(wanted));
        named.map(|(_, value)| value.trim()).collect::<Vec<_>>()
    };
    let [host] = values("host")[..] else { return Err("400 Bad Request") };
    if !expected.hosts.iter().any(|known| known == host) {
        return Err("400 Bad Request");
    }
    // A redirect is the whole page of a tab; what a script, a picture or a frame asks for says so (Fetch Metadata).
    let is_of_a_tab = |name: &str, value: &str| values(name).iter().all(|sent| *sent == value);
    if !is_of_a_tab("sec-fetch-mode", "navigate") || !is_of_a_tab("sec-fetch-dest", "document") {
        return Err("400 Bad Request");
    }
    if target.split('?').next() != Some(expected.path) {
        return Err("404 Not Found");
    }
    if method != "GET" {
        return Err("405 Method Not Allowed");
    }
    Ok(target)
}
