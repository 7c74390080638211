//! One generate call: microseconds and allocations, beside a bare call of hyper. The clients take turns, so that what else
//! the machine does meets all of them; the best round counts.

use crate::others::Others;
use crate::peers::Peer;
use crate::{Bare, GeminiRust, Genai, Hallpass, Result, Rig};
use std::time::Instant;
use tokio::runtime::Runtime;

const ROUNDS: usize = 15;
const CALLS: usize = 200;
const COUNTED: u64 = 100;

struct Cost {
    name: &'static str,
    us: f64,
    allocations: u64,
    bytes: u64,
}

pub fn table(base: &str, others: &Others) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let bare = Measured::<Bare>::new(&runtime, base)?;
    let hallpass = Measured::<Hallpass>::new(&runtime, base)?;
    let genai = Measured::<Genai>::new(&runtime, base)?;
    let gemini_rust = Measured::<GeminiRust>::new(&runtime, base)?;
    let rig = Measured::<Rig>::new(&runtime, base)?;
    let all: [&dyn Turn; 5] = [&bare, &hallpass, &genai, &gemini_rust, &rig];
    let mut costs = Vec::new();
    for one in all {
        costs.push(one.counted(&runtime)?);
    }
    for _ in 0..ROUNDS {
        for (one, cost) in all.iter().zip(&mut costs) {
            cost.us = cost.us.min(one.round(&runtime)?);
        }
    }
    let floor = costs[0].us;
    println!(
        "\n| one generate call over loopback, its connection open | µs, median of the best round | to the bare call | allocations | KiB allocated |"
    );
    println!("|---|---:|---:|---:|---:|");
    for Cost { name, us, allocations, bytes } in &costs {
        let kib = *bytes as f64 / 1024.0;
        println!("| {name} | {us:.1} | {:.2} | {allocations} | {kib:.1} |", us / floor);
    }
    for other in &others.0 {
        println!("| {} | {:.1} | {:.2} | | |", other.name, other.call_us, other.call_us / floor);
    }
    Ok(())
}

struct Measured<P>(P);

impl<P: Peer> Measured<P> {
    fn new(runtime: &Runtime, base: &str) -> Result<Self> {
        let peer = runtime.block_on(P::new(base))?;
        // The first calls open the connection.
        for _ in 0..20 {
            runtime.block_on(peer.ask())?;
        }
        Ok(Self(peer))
    }
}

trait Turn {
    fn round(&self, runtime: &Runtime) -> Result<f64>;
    fn counted(&self, runtime: &Runtime) -> Result<Cost>;
}

impl<P: Peer> Turn for Measured<P> {
    fn round(&self, runtime: &Runtime) -> Result<f64> {
        runtime.block_on(async {
            let mut times = Vec::with_capacity(CALLS);
            for _ in 0..CALLS {
                let began = Instant::now();
                self.0.ask().await?;
                times.push(began.elapsed());
            }
            times.sort_unstable();
            Ok(times[CALLS / 2].as_secs_f64() * 1e6)
        })
    }

    /// Everything of a client runs on this thread: its runtime has no other.
    fn counted(&self, runtime: &Runtime) -> Result<Cost> {
        let mut outcome: Result<()> = Ok(());
        let counted = allocation_counter::measure(|| {
            outcome = runtime.block_on(async {
                for _ in 0..COUNTED {
                    self.0.ask().await?;
                }
                Ok(())
            });
        });
        outcome?;
        let (allocations, bytes) = (counted.count_total / COUNTED, counted.bytes_total / COUNTED);
        Ok(Cost { name: P::NAME, us: f64::INFINITY, allocations, bytes })
    }
}
