//! Figures of `cargo xtask bench` about the emulator's models: calls per second, and what open streams cost.
//!
//! In: a running emulator. Out: the rate of `generateContent` on a few connections, and the memory that a thousand
//! streams take that have begun and are silent. No peer serves these methods.
#![expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]

use crate::bench::{CONNECTIONS, LOAD, Server, exchange};
use crate::shell::Outcome;
use std::io::Read;
use std::net::TcpStream;
use std::time::Instant;

/// Streams that are open at the same time.
const STREAMS: usize = 1_000;
const PROMPT: &str = r#"{"contents":[{"parts":[{"text":"What is the capital of Italy?"}]}]}"#;

fn post(path: &str, body: &str) -> String {
    format!(
        "POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nx-goog-api-key: emulator-api-key\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// Prints the rows of the table.
pub(crate) fn rows(server: &Server) -> Outcome {
    let rate = generate(server)?;
    println!("{:<34}{rate:>12.1}", "generate calls per second");
    let before = server.memory();
    let streams = open(server)?;
    let after = server.memory();
    println!("{:<34}{:>12}", "streams open at once", streams.len());
    println!("{:<34}{:>12.1}", "memory of these, MiB", after - before);
    Ok(())
}

fn generate(server: &Server) -> Outcome<f64> {
    let request = post("/v1beta/models/gemini-2.5-flash:generateContent", PROMPT);
    let until = Instant::now() + LOAD;
    let worker = || -> Outcome<usize> {
        let mut stream = server.connect()?;
        let mut done = 0;
        while Instant::now() < until {
            let reply = exchange(&mut stream, &request)?;
            if !reply.contains("candidates") {
                return Err(format!("a call was refused: {}", reply.lines().next().unwrap_or("")));
            }
            done += 1;
        }
        Ok(done)
    };
    let done: Outcome<usize> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..CONNECTIONS).map(|_| scope.spawn(worker)).collect();
        workers.into_iter().map(|worker| worker.join().map_err(|_| "a worker panicked")?).sum()
    });
    Ok(done? as f64 / LOAD.as_secs_f64())
}

/// Opens the streams; each has sent its first frame when this returns.
fn open(server: &Server) -> Outcome<Vec<TcpStream>> {
    let fault = format!(
        r#"{{"path":"/v1beta/","count":{STREAMS},"fault":{{"kind":"stream_silence","after":1,"milliseconds":600000}}}}"#
    );
    let reply = exchange(&mut server.connect()?, &post("/emulator/v1/faults", &fault))?;
    if !reply.starts_with("HTTP/1.1 200") {
        return Err(format!("the fault was refused: {reply}"));
    }
    let request = post("/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse", PROMPT);
    let mut streams = Vec::new();
    for _ in 0..STREAMS {
        let mut stream = server.connect()?;
        std::io::Write::write_all(&mut stream, request.as_bytes())
            .map_err(|error| error.to_string())?;
        let (mut text, mut buffer) = (String::new(), [0; 4096]);
        while !text.contains("data: ") {
            match stream.read(&mut buffer) {
                Ok(read @ 1..) => text.push_str(&String::from_utf8_lossy(&buffer[..read])),
                _ => return Err("a stream was closed".to_owned()),
            }
        }
        streams.push(stream);
    }
    Ok(streams)
}
