//! A valid token from the cache: nanoseconds and allocations of one call, alone and on two threads.

use crate::peers::Peer;
use crate::server::Server;
use arc_swap::ArcSwap;
use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};
use tokio::runtime::Runtime;

const CALLS: u32 = 100_000;
const ROUNDS: usize = 15;

/// What one call costs.
#[derive(Debug)]
pub struct Cost {
    pub name: &'static str,
    pub ns: f64,
    pub ns_on_two_threads: f64,
    pub allocations: u64,
}

/// The least that a correct cache can do: take the token out, and look at both clocks.
pub struct Floor(ArcSwap<(Instant, SystemTime, usize)>);

impl Peer for Floor {
    const NAME: &'static str = "floor: arc-swap load, both clocks";
    async fn new(_: &Server) -> Result<Self, String> {
        let hour = Duration::from_secs(3600);
        let token = (Instant::now() + hour, SystemTime::now() + hour, 200);
        Ok(Self(ArcSwap::from_pointee(token)))
    }
    async fn token(&self) -> Result<usize, String> {
        let token = Arc::clone(&self.0.load());
        let fresh = Instant::now() < token.0 && SystemTime::now() < token.1;
        if fresh { Ok(token.2) } else { Err("expired".to_owned()) }
    }
}

/// Measures one peer.
pub fn measure<P: Peer>(runtime: &Runtime, server: &Server) -> Result<Cost, String> {
    let peer = Arc::new(runtime.block_on(P::new(server))?);
    runtime.block_on(peer.token())?;
    let ns = median((0..ROUNDS).map(|_| runtime.block_on(round(&*peer))).collect());
    let two = (0..ROUNDS).map(|_| {
        let tasks = [Arc::clone(&peer), Arc::clone(&peer)]
            .map(|peer| runtime.spawn(async move { round(&*peer).await }));
        let [one, other] = tasks.map(|task| runtime.block_on(task).expect("no panic"));
        one.max(other)
    });
    let ns_on_two_threads = median(two.collect());
    let counted = allocation_counter::measure(|| {
        let single = async {
            for _ in 0..100 {
                black_box(peer.token().await.expect("token"));
            }
        };
        futures_block_on(single);
    });
    Ok(Cost { name: P::NAME, ns, ns_on_two_threads, allocations: counted.count_total / 100 })
}

/// Polls on this thread, without a runtime of its own: only the calls are counted.
fn futures_block_on(future: impl Future<Output = ()>) {
    let mut future = std::pin::pin!(future);
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    while future.as_mut().poll(&mut context).is_pending() {}
}

async fn round<P: Peer>(peer: &P) -> f64 {
    let start = Instant::now();
    for _ in 0..CALLS {
        black_box(peer.token().await.expect("token"));
    }
    start.elapsed().as_nanos() as f64 / f64::from(CALLS)
}

/// Returns the middle of some figures.
pub fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}
