//! The emulator: how soon it is ready, generate calls per second, and a thousand open streams.

use crate::{Result, child};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const STARTS: usize = 9;
const CONNECTIONS: usize = 16;
const LOAD: Duration = Duration::from_secs(5);
pub const STREAMS: usize = 1000;
const KEY: &str = "emulator-api-key";
const BODY: &str = r#"{"contents":[{"role":"user","parts":[{"text":"Why is the sky blue?"}]}]}"#;

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
        f64::from(child::memory_of(&self.child.id().to_string(), "VmRSS:")) / 1024.0
    }
}

pub fn table(hallpass: &str) -> Result<()> {
    let start = || {
        let began = Instant::now();
        let (server, _) =
            Server::start(Command::new(hallpass).args(["emulator", "--listen", "127.0.0.1:0"]))?;
        Ok::<_, Box<dyn std::error::Error + Send + Sync>>((server, began.elapsed()))
    };
    let mut starts = Vec::new();
    for _ in 0..STARTS {
        starts.push(start()?.1);
    }
    starts.sort_unstable();
    let (server, _) = start()?;
    let fresh = server.memory();
    let rate = calls(&server.address)?;
    let fault = format!(
        r#"{{"path":"/v1beta/models/gemini-2.5-flash:streamGenerateContent","count":{STREAMS},"fault":{{"kind":"stream_silence","after":1,"milliseconds":600000}}}}"#
    );
    exchange(&mut TcpStream::connect(&server.address)?, &post("/emulator/v1/faults", &fault))?;
    let before = server.memory();
    let open = held(&server.address, KEY, "gemini-2.5-flash", STREAMS)?;
    let after = server.memory();
    println!("\n| the emulator | |\n|---|---:|");
    println!(
        "| start to ready, ms, median of {STARTS} | {:.1} |",
        starts[STARTS / 2].as_secs_f64() * 1e3
    );
    println!("| generate calls per second, {CONNECTIONS} connections | {rate:.0} |");
    println!("| MiB when it is ready | {fresh:.1} |");
    println!("| MiB more for {} open streams | {:.1} |", open.len(), after - before);
    Ok(())
}

fn calls(address: &str) -> Result<f64> {
    let request = post("/v1beta/models/gemini-2.5-flash:generateContent", BODY);
    let until = Instant::now() + LOAD;
    let counts: Result<Vec<u32>> = std::thread::scope(|scope| {
        let worker = || -> Result<u32> {
            let mut stream = TcpStream::connect(address)?;
            stream.set_nodelay(true)?;
            let mut count = 0;
            while Instant::now() < until {
                let reply = exchange(&mut stream, &request)?;
                if !reply.contains("candidates") {
                    return Err(reply.into());
                }
                count += 1;
            }
            Ok(count)
        };
        let workers: Vec<_> = (0..CONNECTIONS).map(|_| scope.spawn(worker)).collect();
        workers.into_iter().map(|worker| worker.join().map_err(|_| "a worker panicked")?).collect()
    });
    Ok(f64::from(counts?.iter().sum::<u32>()) / LOAD.as_secs_f64())
}

/// Opens streams and reads the first frame of each.
pub fn held(address: &str, key: &str, model: &str, count: usize) -> Result<Vec<TcpStream>> {
    let path = format!("/v1beta/models/{model}:streamGenerateContent?alt=sse");
    let request =
        post(&path, BODY).replace(KEY, key).replace("Host: x", &format!("Host: {address}"));
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

fn post(path: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "POST {path} HTTP/1.1\r\nHost: x\r\nx-goog-api-key: {KEY}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
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
