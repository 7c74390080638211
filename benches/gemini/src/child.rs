//! What is measured in a process of its own: the memory of open streams, and uploads.

use crate::peers::Peer;
use crate::process::memory;
use crate::{Bare, GeminiRust, Genai, Hallpass, HallpassEvents, Result, Rig};
use hallpass_gemini::{ApiKey, Client};
use std::process::Command;
use std::time::Instant;

/// Streams that are open at once.
pub const OPEN: u32 = 200;

pub fn run(words: &[&str]) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        match words {
            ["held", "bare", base] => hold::<Bare>(base).await,
            ["held", "hallpass", base] => hold::<Hallpass>(base).await,
            ["held", "events", base] => hold::<HallpassEvents>(base).await,
            ["held", "genai", base] => hold::<Genai>(base).await,
            ["held", "gemini-rust", base] => hold::<GeminiRust>(base).await,
            ["held", "rig", base] => hold::<Rig>(base).await,
            ["upload", base, file] => upload(base, file).await,
            _ => Err("no such child".into()),
        }
    })
}

/// Opens streams and prints how much memory each has added, in KiB.
async fn hold<P: Peer>(base: &str) -> Result<()> {
    let mut peers = vec![P::new(base).await?];
    let mut held = Vec::new();
    let mut before = 0;
    for number in 0..=OPEN {
        // One of hyper's connections carries one stream.
        if P::NAME == Bare::NAME && number > 0 {
            peers.push(P::new(base).await?);
        }
        let peer = peers.last().ok_or("no client")?;
        let mut stream = peer.open("gemini-hold").await?;
        P::next(&mut stream).await?.ok_or("no frame")?;
        held.push(stream);
        // The first one pays for what all share.
        if number == 0 {
            before = memory("self", "VmRSS:");
        }
    }
    println!("{}", f64::from(memory("self", "VmRSS:").saturating_sub(before)) / f64::from(OPEN));
    Ok(())
}

/// Uploads a file and prints the seconds and the most memory that it took, in KiB.
async fn upload(base: &str, file: &str) -> Result<()> {
    let client = Client::builder(ApiKey::new("AQ.bench".to_owned())?).base_url(base).build();
    let began = Instant::now();
    client.files().upload(file).mime_type("application/octet-stream").await?;
    println!("{} {}", began.elapsed().as_secs_f64(), memory("self", "VmHWM:"));
    Ok(())
}

pub fn held(base: &str, word: &str) -> Result<f64> {
    let kib = output(&["held", word, base])?;
    Ok(kib.trim().parse()?)
}

/// Runs a child and returns what it prints.
pub fn output(words: &[&str]) -> Result<String> {
    let child = Command::new(std::env::current_exe()?).arg("child").args(words).output()?;
    if !child.status.success() {
        return Err(format!("{words:?}: {}", String::from_utf8_lossy(&child.stderr)).into());
    }
    Ok(String::from_utf8(child.stdout)?)
}
