//! What the browser shows while the port is open.
//!
//! In: a connection, a heading and a sentence. Out: one page without scripts, which no other page may embed.
//! Source: RFC 9700, section 4.2.4, for `Referrer-Policy`.

use std::io;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

/// A browser tab whose request has not been answered yet.
#[derive(Debug)]
pub struct Tab(pub(super) TcpStream);

impl Tab {
    /// Shows a page with this heading and sentence, and lets the browser go.
    pub async fn show(self, heading: &str, sentence: &str) {
        // If the browser has closed the connection, there is no page to show.
        let _ =
            answer(self.0, "200 OK", "text/html; charset=utf-8", &page(heading, sentence)).await;
    }
}

pub(super) async fn answer(
    mut stream: TcpStream,
    status: &str,
    kind: &str,
    body: &str,
) -> io::Result<()> {
    let reply = format!(
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\
         Cache-Control: no-store\r\nReferrer-Policy: no-referrer\r\n\
         Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'\r\n\
         X-Content-Type-Options: nosniff\r\nX-Frame-Options: DENY\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(reply.as_bytes()).await?;
    stream.shutdown().await
}

fn page(heading: &str, sentence: &str) -> String {
    let (heading, sentence) = (escape(heading), escape(sentence));
    format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>{heading}</title>\
         <meta name=\"viewport\" content=\"width=device-width\">\
         <style>:root{{color-scheme:light dark}}body{{font:1.1rem/1.5 system-ui,sans-serif;\
         max-width:34rem;margin:20vh auto;padding:0 1rem}}</style>\
         <h1>{heading}</h1><p>{sentence}</p>\n"
    )
}

fn escape(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut escaped, character| {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            other => escaped.push(other),
        }
        escaped
    })
}
