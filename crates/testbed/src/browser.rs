//! The least of a browser: opens an address and follows where it is sent.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Opens an address of this machine, follows redirects, and returns the last page.
///
/// # Panics
///
/// After ten redirects, or where no server answers.
pub async fn open(url: String) -> String {
    let mut url = url;
    for _ in 0..10 {
        let reply = get(&url).await;
        let head = reply.split("\r\n\r\n").next().expect("a head");
        let location = head.lines().find_map(|line| {
            let (name, value) = line.split_once(": ")?;
            name.eq_ignore_ascii_case("location").then(|| value.to_owned())
        });
        match location {
            Some(location) if location.starts_with('/') => {
                let origin = url.splitn(4, '/').take(3).collect::<Vec<_>>().join("/");
                url = format!("{origin}{location}");
            }
            Some(location) => url = location,
            None => return reply,
        }
    }
    panic!("redirected in circles");
}

/// The same for threads without a runtime.
///
/// # Panics
///
/// As [`open`] does.
pub fn open_and_wait(url: String) -> String {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("runtime").block_on(open(url))
}

async fn get(url: &str) -> String {
    let rest = url.strip_prefix("http://").expect("an address of this machine");
    // An address may have a query without a path.
    let (host, target) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    let target = target.strip_prefix('/').unwrap_or(target);
    let mut stream = TcpStream::connect(host).await.expect("connect");
    let request = format!("GET /{target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.expect("write");
    let mut reply = String::new();
    stream.read_to_string(&mut reply).await.expect("a whole reply");
    reply
}
