//! Streams: frames per second, the memory that a long one takes, and the memory of each open one.

use crate::others::Others;
use crate::peers::Peer;
use crate::{Bare, GeminiRust, Genai, Hallpass, HallpassEvents, Result, Rig, child};
use std::time::Instant;

const SHORT: u32 = 10_000;
pub const LONG: u32 = 100_000;
const ROUNDS: usize = 3;

struct Cost {
    name: &'static str,
    frames_per_second: f64,
    /// The most that was allocated at once, in KiB, for a short stream and a long one.
    peaks: [f64; 2],
    kib_each: f64,
}

pub fn table(base: &str, others: &Others) -> Result<()> {
    let mut costs = vec![
        measured::<Bare>(base, "bare")?,
        measured::<Hallpass>(base, "hallpass")?,
        measured::<HallpassEvents>(base, "events")?,
        measured::<Genai>(base, "genai")?,
        measured::<GeminiRust>(base, "gemini-rust")?,
        measured::<Rig>(base, "rig")?,
    ];
    for _ in 1..ROUNDS {
        for (index, cost) in costs.iter_mut().enumerate() {
            let speed = match index {
                0 => speed::<Bare>(base)?,
                1 => speed::<Hallpass>(base)?,
                2 => speed::<HallpassEvents>(base)?,
                3 => speed::<Genai>(base)?,
                4 => speed::<GeminiRust>(base)?,
                _ => speed::<Rig>(base)?,
            };
            cost.frames_per_second = cost.frames_per_second.max(speed);
        }
    }
    println!(
        "\n| streams | frames per second | to ours | peak KiB, {SHORT} frames | peak KiB, {LONG} frames | KiB resident for each of {} open ones |",
        child::OPEN
    );
    println!("|---|---:|---:|---:|---:|---:|");
    let ours = costs[1].frames_per_second;
    for Cost { name, frames_per_second: speed, peaks: [short, long], kib_each } in &costs {
        println!(
            "| {name} | {speed:.0} | {:.2} | {short:.0} | {long:.0} | {kib_each:.1} |",
            speed / ours
        );
    }
    for other in &others.0 {
        let speed = other.frames_per_second;
        println!(
            "| {} | {speed:.0} | {:.2} | | | {:.1} |",
            other.name,
            speed / ours,
            other.kib_each
        );
    }
    Ok(())
}

fn measured<P: Peer>(base: &str, word: &str) -> Result<Cost> {
    let peak = |frames: u32| {
        let mut outcome: Result<f64> = Ok(0.0);
        let counted = allocation_counter::measure(|| outcome = read::<P>(base, frames));
        outcome.map(|_| counted.bytes_max as f64 / 1024.0)
    };
    let peaks = [peak(SHORT)?, peak(LONG)?];
    let kib_each = child::held(base, word)?;
    Ok(Cost { name: P::NAME, frames_per_second: speed::<P>(base)?, peaks, kib_each })
}

fn speed<P: Peer>(base: &str) -> Result<f64> {
    read::<P>(base, LONG)
}

/// Reads one stream to its end and returns the frames per second.
fn read<P: Peer>(base: &str, frames: u32) -> Result<f64> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let peer = P::new(base).await?;
        let began = Instant::now();
        let mut held = peer.open(&format!("gemini-stream-{frames}")).await?;
        let (mut count, mut length) = (0, 0);
        while let Some(text) = P::next(&mut held).await? {
            count += 1;
            length += text;
        }
        // Some clients join the last piece to the end of the stream.
        if count < frames - 1 || length == 0 {
            return Err(format!("{}: {count} frames of {frames}", P::NAME).into());
        }
        Ok(f64::from(frames) / began.elapsed().as_secs_f64())
    })
}
