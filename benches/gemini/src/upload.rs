//! One GiB from the disk to the server: seconds and memory, beside curl's.

use crate::{Result, child};
use std::fs::File;
use std::process::Command;
use std::time::Instant;

const SIZE: u64 = 1024 * 1024 * 1024;
const ROUNDS: usize = 3;

pub fn table(base: &str) -> Result<()> {
    let path = std::env::temp_dir().join(format!("gemini-bench-{}", std::process::id()));
    let outcome = measure(base, path.to_str().ok_or("a path")?);
    std::fs::remove_file(path)?;
    outcome
}

fn measure(base: &str, path: &str) -> Result<()> {
    // Without holes: a file system may answer those from nothing.
    std::io::copy(&mut std::io::Read::take(std::io::repeat(b'x'), SIZE), &mut File::create(path)?)?;
    let (mut ours, mut memory, mut theirs) = (f64::INFINITY, 0, f64::INFINITY);
    for _ in 0..ROUNDS {
        let printed = child::output(&["upload", base, path])?;
        let (seconds, kib) = printed.trim().split_once(' ').ok_or("two numbers")?;
        ours = ours.min(seconds.parse()?);
        memory = memory.max(kib.parse::<u64>()?);
        theirs = theirs.min(curl(base, path)?);
    }
    println!(
        "\n| upload of 1 GiB from the disk, best of {ROUNDS} | MiB per second | to curl | most memory, MiB |"
    );
    println!("|---|---:|---:|---:|");
    let rate = |seconds: f64| SIZE as f64 / 1024.0 / 1024.0 / seconds;
    println!(
        "| hallpass-gemini, hash included | {:.0} | {:.2} | {:.1} |",
        rate(ours),
        theirs / ours,
        memory as f64 / 1024.0
    );
    println!("| curl -T | {:.0} | 1.00 | |", rate(theirs));
    Ok(())
}

fn curl(base: &str, path: &str) -> Result<f64> {
    let began = Instant::now();
    let mut curl = Command::new("curl");
    let curl = curl.args(["-q", "--silent", "--fail", "-X", "POST", "-T", path, "-o", "/dev/null"]);
    if !curl.arg(format!("{base}/sink")).status()?.success() {
        return Err("curl failed".into());
    }
    Ok(began.elapsed().as_secs_f64())
}
