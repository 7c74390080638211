//! Plays the browser of a user: opens a URL and follows its redirects.
//!
//! In: an authorization URL, at this emulator or at Google. Out: the page at which the redirects end, usually
//! that of the program that waits on a loopback port. Nothing but loopback is connected to.
//! Not here: forms. With [`Builder::approve`](super::Builder::approve) no page has one.

use super::Emulator;
use crate::proxy;
use http::Uri;
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// Longer than any chain of Google's.
const MOST_REDIRECTS: usize = 10;
/// A program that is being signed in exchanges the code before it shows its page.
const PATIENCE: Duration = Duration::from_secs(60);
const LARGEST_PAGE: u64 = 4 * 1024 * 1024;

/// Where a browser ended.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Page {
    /// The address of the page.
    pub url: String,
    /// Its status; that of a redirect if it leads away from this computer, to `url`.
    pub status: u16,
    /// Its text.
    pub body: String,
}

impl Emulator {
    /// Opens a URL as a browser would and follows its redirects, also to a program on a loopback port.
    ///
    /// Google's own addresses are opened at this emulator; a redirect that leads away from this computer, such
    /// as that of a web client, is where it stops. It blocks until the last page is there: a program that
    /// answers on this very thread needs it called on another.
    ///
    /// # Errors
    /// A URL that is neither Google's nor on this computer, and a server that does not answer in a minute.
    pub fn visit(&self, url: &str) -> io::Result<Page> {
        let mut page = self.open(url)?;
        for _ in 0..MOST_REDIRECTS {
            let Some(mut location) = page.1.take() else { break };
            if location.starts_with('/') {
                let origin = page.0.url.splitn(4, '/').take(3).collect::<Vec<_>>().join("/");
                location = format!("{origin}{location}");
            }
            match self.open(&location) {
                Ok(next) => page = next,
                Err(error) if error.kind() == io::ErrorKind::Unsupported => {
                    page.0.url = location;
                    break;
                }
                Err(error) => return Err(error),
            }
        }
        Ok(page.0)
    }

    /// The page of one address, and where it redirects to.
    fn open(&self, url: &str) -> io::Result<(Page, Option<String>)> {
        let elsewhere = || io::Error::new(io::ErrorKind::Unsupported, "not on this computer");
        let uri: Uri = url.parse().map_err(io::Error::other)?;
        let authority = uri.authority().ok_or_else(elsewhere)?;
        let mut stream = match (uri.scheme_str(), authority.host()) {
            (Some("https"), host) if proxy::is_google(host) => TcpStream::connect(self.address())?,
            (Some("http"), "127.0.0.1" | "[::1]" | "localhost") => {
                let port = authority.port_u16().unwrap_or(80);
                TcpStream::connect((authority.host().trim_matches(['[', ']']), port))?
            }
            _ => return Err(elsewhere()),
        };
        stream.set_read_timeout(Some(PATIENCE))?;
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        let head = "Accept: text/html\r\nSec-Fetch-Mode: navigate\r\nConnection: close\r\n\r\n";
        // In one piece: some programs answer what they have read first.
        let request = format!("GET {path} HTTP/1.1\r\nHost: {authority}\r\n{head}");
        stream.write_all(request.as_bytes())?;
        let mut reply = Vec::new();
        stream.take(LARGEST_PAGE).read_to_end(&mut reply)?;
        read(url, &String::from_utf8_lossy(&reply))
            .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "the reply is not HTTP"))
    }
}

fn read(url: &str, reply: &str) -> Option<(Page, Option<String>)> {
    let (head, body) = reply.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    let header = |name: &str| {
        let fields = head.lines().skip(1).filter_map(|line| line.split_once(':'));
        let mut named = fields.filter(|(key, _)| key.eq_ignore_ascii_case(name));
        named.next().map(|(_, value)| value.trim().to_owned())
    };
    let location = header("location").filter(|_| matches!(status, 301..=303 | 307 | 308));
    let chunked = header("transfer-encoding").is_some_and(|value| value.contains("chunked"));
    let body = if chunked { joined(body) } else { body.to_owned() };
    Some((Page { url: url.to_owned(), status, body }, location))
}

/// The chunks of a body as one text.
fn joined(mut chunks: &str) -> String {
    let mut text = String::new();
    while let Some((size, rest)) = chunks.split_once("\r\n") {
        let length = usize::from_str_radix(size.trim(), 16).unwrap_or_default();
        let Some(chunk) = rest.get(..length).filter(|chunk| !chunk.is_empty()) else { break };
        text += chunk;
        chunks = rest[length..].trim_start_matches("\r\n");
    }
    text
}
