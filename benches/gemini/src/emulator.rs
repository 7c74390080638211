//! The emulator: how soon it is ready, generate calls per second, and a thousand open streams.

use crate::Result;
use crate::process::{BODY, KEY, STREAMS, Server, exchange, held, post};
use std::net::TcpStream;
use std::process::Command;
use std::time::{Duration, Instant};

const STARTS: usize = 9;
const CONNECTIONS: usize = 16;
const LOAD: Duration = Duration::from_secs(5);

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
    let mut control = TcpStream::connect(&server.address)?;
    let reply = exchange(&mut control, &post(&server.address, KEY, "/emulator/v1/faults", &fault))?;
    if !reply.starts_with("HTTP/1.1 200") {
        return Err(format!("the fault was refused: {reply}").into());
    }
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
    let request = post(address, KEY, "/v1beta/models/gemini-2.5-flash:generateContent", BODY);
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
