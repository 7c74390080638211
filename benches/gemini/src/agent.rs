//! The agent beside nginx and LiteLLM's proxy: what each adds to a generate call and to the first streamed byte, a token for
//! a ticket, open streams, and what `exec` costs.
//!
//! Every proxy is a process of its own before the same literal server.

use crate::Result;
use crate::process::{BODY, STREAMS, Server, exchange, held};
use hallpass::Credential;
use hallpass::oauth::{AccessToken, Endpoints};
use hallpass::source::StaticSource;
use hallpass_agent::{Agent, NewTicket};
use std::fs::File;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant, SystemTime};

const ROUNDS: usize = 15;
const CALLS: usize = 200;
const CONNECTIONS: usize = 16;
const LOAD: Duration = Duration::from_secs(5);
/// LiteLLM imports for half a minute, on a busy machine for minutes.
const START: Duration = Duration::from_secs(300);
/// A call through LiteLLM takes milliseconds; its own variation is below its distance to the others.
const CALLS_OF_A_SLOW_ONE: usize = 20;
const ROUNDS_OF_A_SLOW_ONE: usize = 5;
const EXECS: usize = 100;

/// The agent's process: it prints where it is and a ticket.
///
/// One thread, as in `hallpass agent start` and in the agent of `hallpass exec`.
pub fn serve(base: &str) -> Result<()> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(serving(base))
}

async fn serving(base: &str) -> Result<()> {
    let google = base.trim_start_matches("http://").parse()?;
    let agent = Agent::builder().endpoints(Endpoints::emulator(google)).start()?;
    let token = AccessToken::new("ya29.bench", SystemTime::now() + Duration::from_secs(3599))?;
    let credential = Credential::new(StaticSource::new(token));
    let ticket = agent.tickets().issue(NewTicket::new("bench", credential))?;
    println!("{} {}", agent.origin(), ticket.expose());
    // Until the parent ends it.
    std::future::pending::<()>().await;
    Ok(())
}

/// Where a call goes, and how it is written.
struct Way {
    name: &'static str,
    address: String,
    call: String,
    stream: String,
    is_slow: bool,
}

impl Way {
    fn new(name: &'static str, address: &str, key: &str, base: &str) -> Self {
        let request = |path: &str| {
            let length = BODY.len();
            format!(
                "POST {base}/models/{path} HTTP/1.1\r\nHost: {address}\r\nx-goog-api-key: {key}\r\nAuthorization: Bearer {key}\r\n\
                 Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{BODY}"
            )
        };
        let (call, stream) = (
            request("gemini-bench:generateContent"),
            request("gemini-stream-16:streamGenerateContent?alt=sse"),
        );
        Self { name, address: address.to_owned(), call, stream, is_slow: false }
    }

    fn calls(&self) -> usize {
        if self.is_slow { CALLS_OF_A_SLOW_ONE } else { CALLS }
    }
}

pub fn tables(base: &str, litellm: &str, hallpass: &str) -> Result<()> {
    let direct = base.trim_start_matches("http://").to_owned();
    let (agent, line) =
        Server::start(Command::new(std::env::current_exe()?).args(["child", "agent", base]))?;
    let ticket = line.split(' ').nth(1).ok_or("no ticket")?.to_owned();
    let folder = std::env::temp_dir().join(format!("agent-bench-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let nginx = nginx(&folder, &direct)?;
    let litellm = self::litellm(&folder, litellm, base)?;
    let mut ways = vec![
        Way::new("no proxy", &direct, "AQ.bench", "/v1beta"),
        Way::new("hallpass agent", &agent.address, &ticket, "/v1beta"),
        Way::new("nginx, a static header", &nginx.1, "AQ.bench", "/v1beta"),
    ];
    let mut slow = Way::new("LiteLLM's proxy", &litellm.1, "sk-bench", "/gemini/v1beta");
    slow.is_slow = true;
    ways.push(slow);
    let outcome = proxies(&ways)
        .and_then(|()| tokens(&agent, &ticket))
        .and_then(|()| streams(&agent, &ticket));
    let outcome = outcome.and_then(|()| exec(&folder, hallpass));
    drop((nginx, litellm, agent));
    std::fs::remove_dir_all(&folder)?;
    outcome
}

fn proxies(ways: &[Way]) -> Result<()> {
    let mut best = vec![(f64::INFINITY, f64::INFINITY); ways.len()];
    for round in 0..ROUNDS {
        for (way, best) in ways.iter().zip(&mut best) {
            if way.is_slow && round >= ROUNDS_OF_A_SLOW_ONE {
                continue;
            }
            best.0 = best.0.min(calls(way)?);
            best.1 = best.1.min(first_bytes(way)?);
        }
    }
    let added = |at: usize| (best[at].0 - best[0].0, best[at].1 - best[0].1);
    println!(
        "\n| a generate call over loopback | µs, median of the best round | added | to ours | µs to the first streamed byte | added | to ours |"
    );
    println!("|---|---:|---:|---:|---:|---:|---:|");
    for (at, way) in ways.iter().enumerate() {
        let ((call, first), (more, later)) = (best[at], added(at));
        let (ours, ours_first) = added(1);
        println!(
            "| {} | {call:.0} | {more:.0} | {:.2} | {first:.0} | {later:.0} | {:.2} |",
            way.name,
            more / ours,
            later / ours_first
        );
    }
    Ok(())
}

fn calls(way: &Way) -> Result<f64> {
    let mut stream = TcpStream::connect(&way.address)?;
    stream.set_nodelay(true)?;
    median(way.calls(), || {
        let began = Instant::now();
        let reply = exchange(&mut stream, &way.call)?;
        let took = began.elapsed();
        if reply.contains("scatters") {
            Ok(took)
        } else {
            Err(format!("{}: {reply}", way.name).into())
        }
    })
}

fn first_bytes(way: &Way) -> Result<f64> {
    let mut stream = TcpStream::connect(&way.address)?;
    stream.set_nodelay(true)?;
    median(way.calls() / 4, || {
        let began = Instant::now();
        stream.write_all(way.stream.as_bytes())?;
        let (mut first, mut seen, mut buffer) = (None, Vec::new(), [0; 16384]);
        while !seen.ends_with(b"\r\n0\r\n\r\n") {
            let read = stream.read(&mut buffer)?;
            if read == 0 {
                return Err(format!("{}: {}", way.name, String::from_utf8_lossy(&seen)).into());
            }
            seen.extend_from_slice(&buffer[..read]);
            if first.is_none() && seen.windows(5).any(|five| five == b"data:") {
                first = Some(began.elapsed());
            }
        }
        Ok(first.ok_or("no frame")?)
    })
}

fn median(count: usize, mut once: impl FnMut() -> Result<Duration>) -> Result<f64> {
    let mut times = (0..count).map(|_| once()).collect::<Result<Vec<_>>>()?;
    times.sort_unstable();
    Ok(times[count / 2].as_secs_f64() * 1e6)
}

fn tokens(agent: &Server, ticket: &str) -> Result<()> {
    let form =
        format!("grant_type=refresh_token&refresh_token={ticket}&client_id=a&client_secret=a");
    let request = format!(
        "POST /token HTTP/1.1\r\nHost: {}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{form}",
        agent.address,
        form.len()
    );
    let connect = || -> Result<TcpStream> {
        let stream = TcpStream::connect(&agent.address)?;
        stream.set_nodelay(true)?;
        Ok(stream)
    };
    let token = |stream: &mut TcpStream| -> Result<()> {
        let reply = exchange(stream, &request)?;
        if reply.contains("ya29.bench") { Ok(()) } else { Err(reply.into()) }
    };
    let mut stream = connect()?;
    let kept = median(2000, || {
        let began = Instant::now();
        token(&mut stream)?;
        Ok(began.elapsed())
    })?;
    let fresh = median(1000, || {
        let began = Instant::now();
        token(&mut connect()?)?;
        Ok(began.elapsed())
    })?;
    let until = Instant::now() + LOAD;
    let counts: Result<Vec<u32>> = std::thread::scope(|scope| {
        let worker = || -> Result<u32> {
            let (mut stream, mut count) = (connect()?, 0);
            while Instant::now() < until {
                token(&mut stream)?;
                count += 1;
            }
            Ok(count)
        };
        let workers: Vec<_> = (0..CONNECTIONS).map(|_| scope.spawn(worker)).collect();
        workers.into_iter().map(|worker| worker.join().map_err(|_| "a worker panicked")?).collect()
    });
    let rate = f64::from(counts?.iter().sum::<u32>()) / LOAD.as_secs_f64();
    println!("\n| a token for a ticket | |\n|---|---:|");
    println!("| µs, median, the connection open | {kept:.0} |");
    println!("| µs, median, with a new connection | {fresh:.0} |");
    println!("| per second, {CONNECTIONS} connections | {rate:.0} |");
    Ok(())
}

fn streams(agent: &Server, ticket: &str) -> Result<()> {
    let before = agent.memory();
    let open = held(&agent.address, ticket, "gemini-hold", STREAMS)?;
    let after = agent.memory();
    println!("\n| the agent's memory | MiB |\n|---|---:|");
    println!("| before | {before:.1} |");
    println!("| with {} open streams | {after:.1} |", open.len());
    Ok(())
}

/// A process of another program, ended when this is dropped.
struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        // nginx has children, which it ends itself when it is told to.
        let _ = Command::new("kill").arg(self.0.id().to_string()).status();
        let _ = self.0.wait();
    }
}

fn nginx(folder: &Path, google: &str) -> Result<(Ended, String)> {
    let address = free_address()?;
    let at = folder.display();
    let config = format!(
        "daemon off; worker_processes 2; pid {at}/nginx.pid; error_log {at}/error.log;\n\
         events {{ worker_connections 4096; }}\n\
         http {{ access_log off; keepalive_requests 1000000; client_body_temp_path {at}/b; proxy_temp_path {at}/p;\n\
         fastcgi_temp_path {at}/f; uwsgi_temp_path {at}/u; scgi_temp_path {at}/s;\n\
         upstream google {{ server {google}; keepalive 64; }}\n\
         server {{ listen {address}; location / {{ proxy_pass http://google; proxy_http_version 1.1; proxy_buffering off;\n\
         proxy_set_header Connection \"\"; proxy_set_header x-goog-api-key \"\"; proxy_set_header Authorization \"Bearer ya29.bench\"; }} }} }}\n"
    );
    let file = folder.join("nginx.conf");
    std::fs::write(&file, config)?;
    let mut nginx = Command::new("nginx");
    nginx.arg("-p").arg(folder).arg("-c").arg(&file);
    let ended = started(nginx, &folder.join("nginx.log"), &address)?;
    Ok((ended, address))
}

fn litellm(folder: &Path, program: &str, base: &str) -> Result<(Ended, String)> {
    let address = free_address()?;
    let port = address.split(':').nth(1).unwrap_or_default();
    let file = folder.join("litellm.yaml");
    std::fs::write(&file, "model_list: []\ngeneral_settings:\n  master_key: sk-bench\n")?;
    let mut litellm = Command::new(program);
    litellm
        .args(["--host", "127.0.0.1", "--port", port, "--num_workers", "1", "--config"])
        .arg(&file);
    litellm
        .env("GEMINI_API_BASE", base)
        .env("GEMINI_API_KEY", "AQ.bench")
        .env("LITELLM_LOCAL_MODEL_COST_MAP", "True");
    let ended = started(litellm, &folder.join("litellm.log"), &address)?;
    Ok((ended, address))
}

fn free_address() -> Result<String> {
    Ok(std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.to_string())
}

/// Starts a program and waits until something listens at its address.
fn started(mut program: Command, log: &Path, address: &str) -> Result<Ended> {
    let output = File::create(log)?;
    let child = program.stdin(Stdio::null()).stdout(output.try_clone()?).stderr(output).spawn()?;
    let mut ended = Ended(child);
    let until = Instant::now() + START;
    while TcpStream::connect(address).is_err() {
        let words = || std::fs::read_to_string(log).unwrap_or_default();
        if let Some(status) = ended.0.try_wait()? {
            return Err(format!("it ended with {status}: {}", words()).into());
        }
        if Instant::now() >= until {
            return Err(format!("nothing listens after {} s: {}", START.as_secs(), words()).into());
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    Ok(ended)
}

/// Starts a program by `exec` with an agent and without, in a home that is signed in at an emulator.
fn exec(folder: &Path, hallpass: &str) -> Result<()> {
    let mut start = Command::new(hallpass);
    let dir = folder.join("emulator");
    start
        .args(["emulator", "--listen", "127.0.0.1:0", "--approve", "ada@example.com", "--dir"])
        .arg(&dir);
    let (emulator, _) = Server::start(&mut start)?;
    let command = |words: &[&str]| {
        let mut command = Command::new(hallpass);
        command.args(words).env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.env("HOME", folder).env("HALLPASS_EMULATOR_HOST", &emulator.address);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command
    };
    let secret = dir.join("client_secret.json");
    let secret = secret.to_str().ok_or("a path")?;
    // A browser that follows redirects: the emulator agrees by itself.
    let mut login = command(&["login", "--client-id-file", secret]);
    let browser = format!("curl -sL -o {}/page %s", folder.display());
    if !login.env("BROWSER", browser).status()?.success() {
        return Err("the sign-in failed".into());
    }
    let once = |words: &[&str]| -> Result<Duration> {
        let began = Instant::now();
        if !command(words).status()?.success() {
            return Err(format!("{words:?} failed").into());
        }
        Ok(began.elapsed())
    };
    // In turn, so that what else the machine does is shared out.
    let (mut with, mut without) = (Vec::new(), Vec::new());
    for _ in 0..EXECS {
        with.push(once(&["exec", "--", "true"])?);
        without.push(once(&["exec", "--env", "TOKEN", "--", "true"])?);
    }
    let milliseconds = |times: &mut Vec<Duration>| {
        times.sort_unstable();
        times[times.len() / 2].as_secs_f64() * 1e3
    };
    let (with, without) = (milliseconds(&mut with), milliseconds(&mut without));
    println!("\n| `exec -- true`, median of {EXECS} | ms |\n|---|---:|");
    println!("| with an agent of its own | {with:.1} |");
    println!("| with a bare token (`--env`) | {without:.1} |");
    println!("| more | {:.1} |", with - without);
    Ok(())
}
