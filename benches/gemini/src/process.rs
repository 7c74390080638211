//! Servers in processes of their own, and requests to them that stand as text.
//!
//! In: a program that prints its address. Out: its address, its memory; replies, and streams that stay open.

use crate::Result;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

pub const STREAMS: usize = 1000;
pub const KEY: &str = "emulator-api-key";
pub const BODY: &str =
    r#"{"contents":[{"role":"user","parts":[{"text":"Why is the sky blue?"}]}]}"#;

/// A server in a process of its own, ended when this is dropped.
pub struct Server {
    child: Child,
    pub address: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Server {
    /// Starts a program and waits for the line that names its address.
    pub fn start(command: &mut Command) -> Result<(Self, String)> {
        let mut child = command.stdout(Stdio::piped()).stdin(Stdio::null()).spawn()?;
        let stdout = child.stdout.take().ok_or("no standard output")?;
        let mut lines = BufReader::new(stdout).lines().map_while(std::result::Result::ok);
        let line = lines.find(|line| line.contains("http://127.0.0.1:")).ok_or("it ended early")?;
        let (_, rest) = line.split_once("http://").ok_or("no address")?;
        let address = rest.split(['"', '/', ' ']).next().unwrap_or_default().to_owned();
        std::thread::spawn(move || lines.for_each(drop));
        Ok((Self { child, address }, line))
    }

    /// Returns its resident memory in MiB.
    pub fn memory(&self) -> f64 {
        f64::from(memory(&self.child.id().to_string(), "VmRSS:")) / 1024.0
    }
}

/// Returns one line of a process's status, in KiB.
pub fn memory(process: &str, name: &str) -> u32 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    line.and_then(|line| line.trim().strip_suffix(" kB")?.parse().ok()).unwrap_or(0)
}

/// Opens streams and reads the first frame of each.
pub fn held(address: &str, key: &str, model: &str, count: usize) -> Result<Vec<TcpStream>> {
    let path = format!("/v1beta/models/{model}:streamGenerateContent?alt=sse");
    let request = post(address, key, &path, BODY);
    let mut open = Vec::with_capacity(count);
    for _ in 0..count {
        let mut stream = TcpStream::connect(address)?;
        stream.write_all(request.as_bytes())?;
        let mut seen = Vec::new();
        let mut buffer = [0; 4096];
        while !String::from_utf8_lossy(&seen).contains("data: ") {
            let read = stream.read(&mut buffer)?;
            if read == 0 {
                return Err(format!("no frame: {}", String::from_utf8_lossy(&seen)).into());
            }
            seen.extend_from_slice(&buffer[..read]);
        }
        open.push(stream);
    }
    Ok(open)
}

/// Returns a request as its server wants it: the agent and the emulator look at `Host`.
pub fn post(address: &str, key: &str, path: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "POST {path} HTTP/1.1\r\nHost: {address}\r\nx-goog-api-key: {key}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
    )
}

/// Sends a request on a connection that is kept, and returns the whole reply.
pub fn exchange(stream: &mut TcpStream, request: &str) -> Result<String> {
    stream.write_all(request.as_bytes())?;
    let mut bytes = Vec::with_capacity(4096);
    let mut buffer = [0; 8192];
    loop {
        let read = stream.read(&mut buffer)?;
        bytes.extend_from_slice(&buffer[..read]);
        let text = String::from_utf8_lossy(&bytes);
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let head = head.to_ascii_lowercase();
            let length = head
                .split_once("content-length: ")
                .and_then(|(_, rest)| rest.lines().next()?.trim().parse().ok());
            let is_whole = match length {
                Some(length) => body.len() >= length,
                None => body.ends_with("0\r\n\r\n"),
            };
            if is_whole {
                return Ok(text.into_owned());
            }
        }
        if read == 0 {
            return Err("the server closed the connection".into());
        }
    }
}
