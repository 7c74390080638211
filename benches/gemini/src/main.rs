//! `cargo xtask bench gemini` and `bench agent`: hallpass-gemini beside the other clients of the Gemini API, on the same machine, in the same
//! run, against the same literal loopback server, as tables.
//!
//! In: a Python and a Node folder with Google's SDKs, from the task. Out: tables. Each client's memory is that of a process
//! of its own (`child`).

mod agent;
#[cfg(feature = "peers")]
mod calls;
#[cfg(feature = "peers")]
mod child;
#[cfg(feature = "peers")]
mod emulator;
#[cfg(feature = "peers")]
mod others;
#[cfg(feature = "peers")]
mod peers;
mod process;
mod server;
#[cfg(feature = "peers")]
mod streams;
#[cfg(feature = "peers")]
mod upload;

#[cfg(feature = "peers")]
use peers::{Bare, GeminiRust, Genai, Hallpass, HallpassEvents, Rig};

/// What goes wrong ends the run, and says where.
pub type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

fn main() -> Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["child", "agent", base] => agent::serve(base),
        #[cfg(feature = "peers")]
        ["child", what @ ..] => child::run(what),
        #[cfg(feature = "peers")]
        ["gemini", python, node, hallpass] => tables(python, node, hallpass),
        #[cfg(feature = "peers")]
        ["rust", tables @ ..] => rust(tables),
        ["agent", litellm, hallpass] => agent(litellm, hallpass),
        _ => Err("`cargo xtask bench gemini` and `bench agent` run this".into()),
    }
}

fn agent(litellm: &str, hallpass: &str) -> Result<()> {
    println!("load of the machine before: {}", load());
    agent::tables(&server::start()?, litellm, hallpass)?;
    println!("\nload of the machine after: {}", load());
    Ok(())
}

#[cfg(feature = "peers")]
fn tables(python: &str, node: &str, hallpass: &str) -> Result<()> {
    println!("load of the machine before: {}", load());
    let base = server::start()?;
    let others = others::measure(&base, python, node)?;
    calls::table(&base, &others)?;
    streams::table(&base, &others)?;
    upload::table(&base)?;
    emulator::table(hallpass)?;
    println!("\nload of the machine after: {}", load());
    Ok(())
}

/// Rust's clients and curl alone, without what has to be installed: `gemini-bench rust calls streams upload`.
#[cfg(feature = "peers")]
fn rust(tables: &[&str]) -> Result<()> {
    println!("load of the machine before: {}", load());
    let base = server::start()?;
    let others = others::Others(Vec::new());
    for table in tables {
        match *table {
            "calls" => calls::table(&base, &others)?,
            "streams" => streams::table(&base, &others)?,
            "upload" => upload::table(&base)?,
            other => return Err(format!("no table `{other}`").into()),
        }
    }
    println!("\nload of the machine after: {}", load());
    Ok(())
}

fn load() -> String {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').next().unwrap_or_default().to_owned()
}
