//! `cargo xtask bench`: the emulator beside oauth2-mock-server, in one run on this machine; and
//! `cargo xtask bench credentials`: the library beside its peers (`benches/credentials`).
//!
//! In: the release build of `hallpass`, and the peer from npm. Out: one table with ratios: time from start
//! to ready, refresh grants per second over plain HTTP, and the emulator's memory after many grants.
//! Not here: a verdict; a benchmark prints, tests do not assert times.
#![expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]

use crate::bench_models;
use crate::clients;
use crate::shell::{self, Outcome, cargo, run};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Starts of each server; the median is printed.
const STARTS: usize = 9;
/// Connections that ask at the same time, each for as long as `LOAD`.
pub(crate) const CONNECTIONS: usize = 16;
pub(crate) const LOAD: Duration = Duration::from_secs(5);
const MANY_GRANTS: usize = 100_000;

/// Runs the benchmark and prints its table.
pub(crate) fn everything() -> Outcome {
    run(cargo(&["build", "--release", "--package", "hallpass-cli"]))?;
    let peer = clients::bench_folder()?.join("node_modules/.bin/oauth2-mock-server");
    let ours = || {
        let mut command = shell::command("target/release/hallpass");
        command.args(["emulator", "--listen", "127.0.0.1:0", "--approve", "ada@example.com"]);
        command
    };
    let theirs = || {
        let mut command = shell::command(&peer);
        command.args(["-a", "127.0.0.1", "-p", "0"]);
        command
    };
    let emulator = ours;
    let (our_start, our_rate, memory) = measured(ours, Server::grant_of_emulator, MANY_GRANTS)?;
    let (their_start, their_rate, _) = measured(theirs, |_| Ok("any".to_owned()), 0)?;
    println!("\n{:<34}{:>12}{:>20}{:>9}", "", "hallpass", "oauth2-mock-server", "ratio");
    let row = |name: &str, ours: f64, theirs: f64, ratio: f64| {
        println!("{name:<34}{ours:>12.1}{theirs:>20.1}{ratio:>8.1}x");
    };
    let milliseconds = |time: Duration| time.as_secs_f64() * 1e3;
    let (ours, theirs) = (milliseconds(our_start), milliseconds(their_start));
    row("start to ready, ms (median)", ours, theirs, theirs / ours);
    row("refresh grants per second", our_rate, their_rate, our_rate / their_rate);
    let grants = format!("memory after {MANY_GRANTS} grants, MiB");
    println!("{grants:<34}{memory:>12.1}");
    bench_models::rows(&Server::start(emulator())?.0)
}

/// Runs the benchmark of the library, in a workspace of its own because of the crates that the peers bring.
pub(crate) fn credentials() -> Outcome {
    let manifest = "benches/credentials/Cargo.toml";
    let target = "target/bench-credentials";
    for task in [&["build", "--workspace"][..], &["run"]] {
        let mut command = cargo(task);
        command.args([
            "--release",
            "--locked",
            "--manifest-path",
            manifest,
            "--target-dir",
            target,
        ]);
        run(command)?;
    }
    Ok(())
}

/// Returns the median start, the rate of refreshes, and the memory in MiB after `grants` refreshes.
fn measured(
    command: impl Fn() -> Command,
    grant: impl Fn(&Server) -> Outcome<String>,
    grants: usize,
) -> Outcome<(Duration, f64, f64)> {
    let mut starts = Vec::new();
    for _ in 0..STARTS {
        starts.push(Server::start(command())?.1);
    }
    starts.sort_unstable();
    let (server, _) = Server::start(command())?;
    let refresh_token = grant(&server)?;
    let until = Instant::now() + LOAD;
    let done = server.load(&refresh_token, |_| Instant::now() < until)?;
    let each = grants.saturating_sub(done) / CONNECTIONS;
    server.load(&refresh_token, |number| number < each)?;
    let rate = done as f64 / LOAD.as_secs_f64();
    Ok((starts[STARTS / 2], rate, server.memory()))
}

/// A server in a process of its own, ended when this is dropped.
pub(crate) struct Server {
    child: Child,
    address: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Server {
    /// Starts a server and waits for the line that names its address.
    fn start(mut command: Command) -> Outcome<(Self, Duration)> {
        let began = Instant::now();
        let mut child =
            command.stdout(Stdio::piped()).spawn().map_err(|error| error.to_string())?;
        let stdout = child.stdout.take().ok_or("no standard output")?;
        let mut lines = BufReader::new(stdout).lines().map_while(Result::ok);
        let address = lines.find_map(|line| {
            let (_, rest) = line.split_once("http://127.0.0.1:")?;
            let port: String = rest.chars().take_while(char::is_ascii_digit).collect();
            Some(format!("127.0.0.1:{port}"))
        });
        let took = began.elapsed();
        // The server goes on writing; a closed pipe would end it.
        std::thread::spawn(move || lines.for_each(drop));
        let address = address.ok_or("the server ended before it was ready")?;
        Ok((Self { child, address }, took))
    }

    /// Signs in at the emulator, which agrees by itself, and returns the refresh token.
    fn grant_of_emulator(&self) -> Outcome<String> {
        let redirect = "http%3A%2F%2F127.0.0.1%3A1%2F";
        let query = format!(
            "response_type=code&client_id={CLIENT_ID}&redirect_uri={redirect}&scope={SCOPE}&access_type=offline"
        );
        let mut stream = self.connect()?;
        let reply = exchange(
            &mut stream,
            &format!("GET /o/oauth2/v2/auth?{query} HTTP/1.1\r\nHost: x\r\n\r\n"),
        )?;
        let code = between(&reply, "code=", "&").ok_or("no code in the redirect")?;
        let form = format!(
            "grant_type=authorization_code&client_id={CLIENT_ID}&client_secret={SECRET}&redirect_uri={redirect}&code={code}"
        );
        let reply = exchange(&mut stream, &post(&form))?;
        let token = between(&reply, "\"refresh_token\": \"", "\"").ok_or("no refresh token")?;
        Ok(token.replace('/', "%2F"))
    }

    /// Refreshes on all connections at once, each while `go_on` says so; returns how often.
    fn load(&self, refresh_token: &str, go_on: impl Fn(usize) -> bool + Sync) -> Outcome<usize> {
        let form = format!(
            "grant_type=refresh_token&client_id={CLIENT_ID}&client_secret={SECRET}&refresh_token={refresh_token}"
        );
        let request = post(&form);
        std::thread::scope(|scope| {
            let workers: Vec<_> =
                (0..CONNECTIONS).map(|_| scope.spawn(|| self.refresh(&request, &go_on))).collect();
            workers.into_iter().map(|worker| worker.join().map_err(|_| "a worker panicked")?).sum()
        })
    }

    fn refresh(&self, request: &str, go_on: &(impl Fn(usize) -> bool + Sync)) -> Outcome<usize> {
        let mut stream = self.connect()?;
        let mut done = 0;
        while go_on(done) {
            let reply = exchange(&mut stream, request)?;
            if !reply.contains("access_token") {
                return Err(format!(
                    "a refresh was refused: {}",
                    reply.lines().next().unwrap_or("")
                ));
            }
            done += 1;
        }
        Ok(done)
    }

    pub(crate) fn connect(&self) -> Outcome<TcpStream> {
        let stream = TcpStream::connect(&self.address).map_err(|error| error.to_string())?;
        stream.set_nodelay(true).map_err(|error| error.to_string())?;
        Ok(stream)
    }

    /// Returns the resident memory in MiB, where the system tells (Linux).
    pub(crate) fn memory(&self) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()));
        let status = status.unwrap_or_default();
        let kilobytes = between(&status, "VmRSS:", "kB").and_then(|text| text.trim().parse().ok());
        kilobytes.unwrap_or(0.0) / 1024.0
    }
}

const CLIENT_ID: &str = "710000000001-hallpassemulatorquickstartdeskto.apps.googleusercontent.com";
const SECRET: &str = "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";
const SCOPE: &str = "https%3A%2F%2Fwww.googleapis.com%2Fauth%2Fgenerative-language.retriever";

fn post(form: &str) -> String {
    format!(
        "POST /token HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n\
         Content-Length: {}\r\n\r\n{form}",
        form.len()
    )
}

/// Sends a request on a connection that is kept, and returns the whole reply.
pub(crate) fn exchange(stream: &mut TcpStream, request: &str) -> Outcome<String> {
    let failed = |error: std::io::Error| error.to_string();
    stream.write_all(request.as_bytes()).map_err(failed)?;
    let mut bytes = Vec::with_capacity(2048);
    let mut buffer = [0; 4096];
    loop {
        let read = stream.read(&mut buffer).map_err(failed)?;
        bytes.extend_from_slice(&buffer[..read]);
        let text = String::from_utf8_lossy(&bytes);
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = between(&head.to_lowercase(), "content-length: ", "\r\n")
                .map_or(0, |length| length.parse().unwrap_or(0));
            if body.len() >= length {
                return Ok(text.into_owned());
            }
        }
        if read == 0 {
            return Err("the server closed the connection".to_owned());
        }
    }
}

fn between(text: &str, start: &str, end: &str) -> Option<String> {
    let (_, rest) = text.split_once(start)?;
    Some(rest.split(end).next()?.to_owned())
}
