//! Ten thousand tasks that want a token at the same moment: how many requests the server sees, and how
//! long the last task waits beside what one request takes.

use crate::peers::Peer;
use crate::server::Server;
use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;

const TASKS: usize = 10_000;
/// What the server takes for one reply.
pub const DELAY_MS: u64 = 200;
const LIMIT: Duration = Duration::from_secs(60);

/// What the crowd met.
#[derive(Debug)]
pub struct Crowd {
    pub name: &'static str,
    pub cold: Result<(u64, Duration), String>,
    pub expired: Result<(u64, Duration), String>,
}

/// Measures one peer: with nothing in its cache, then with a token that has just expired.
pub fn measure<P: Peer>(runtime: &Runtime, server: &Server) -> Crowd {
    let cold = runtime.block_on(async {
        server.heal();
        server.behaviour.delay_ms.store(DELAY_MS, SeqCst);
        server.take_requests();
        let start = Instant::now();
        let peer = P::new(server).await?;
        crowd(peer, start, server).await
    });
    let expired = runtime.block_on(async {
        let peer = with_dead_token::<P>(server).await?;
        server.heal();
        server.behaviour.delay_ms.store(DELAY_MS, SeqCst);
        server.take_requests();
        crowd(peer, Instant::now(), server).await
    });
    server.heal();
    Crowd { name: P::NAME, cold, expired }
}

/// Builds a peer whose token has run out.
pub async fn with_dead_token<P: Peer>(server: &Server) -> Result<P, String> {
    server.heal();
    server.behaviour.expires_in.store(1, SeqCst);
    let peer = P::new(server).await?;
    let first = tokio::time::timeout(LIMIT, peer.token()).await;
    first.map_err(|_| "the first token does not come".to_owned())??;
    tokio::time::sleep(Duration::from_millis(1200)).await;
    Ok(peer)
}

async fn crowd<P: Peer>(
    peer: P,
    start: Instant,
    server: &Server,
) -> Result<(u64, Duration), String> {
    let peer = Arc::new(peer);
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..TASKS {
        let peer = Arc::clone(&peer);
        tasks.spawn(async move { peer.token().await });
    }
    let all = async {
        while let Some(ended) = tasks.join_next().await {
            ended.map_err(|error| error.to_string())??;
        }
        Ok::<(), String>(())
    };
    tokio::time::timeout(LIMIT, all).await.map_err(|_| "over a minute".to_owned())??;
    Ok((server.take_requests(), start.elapsed()))
}
