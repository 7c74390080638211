//! A token endpoint that answers 503, or 400 invalid_grant: what fifty callers cost it, and how soon a
//! token comes once it is well again.

use crate::crowd::with_dead_token;
use crate::peers::Peer;
use crate::server::Server;
use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;

const CALLERS: usize = 50;
/// A peer that has not recovered within this is said not to recover.
const PATIENCE: Duration = Duration::from_secs(12);
const LONGEST: Duration = Duration::from_secs(90);

/// What trouble did to one peer.
#[derive(Debug)]
pub struct Trouble {
    pub name: &'static str,
    /// Requests and time until the last of fifty callers had its answer.
    pub callers: Result<(u64, Duration), String>,
    /// Calls and time until the first token after a 503 was healed.
    pub after_503: Recovery,
    /// The same after `invalid_grant`.
    pub after_400: Recovery,
}

#[derive(Debug)]
pub enum Recovery {
    After { calls: u32, time: Duration },
    Never,
    Untried(String),
}

/// Measures one peer.
pub fn measure<P: Peer>(runtime: &Runtime, server: &Server) -> Trouble {
    let callers = runtime.block_on(fifty::<P>(server));
    let after_503 = runtime.block_on(recovery::<P>(server, 503));
    let after_400 = runtime.block_on(recovery::<P>(server, 400));
    server.heal();
    Trouble { name: P::NAME, callers, after_503, after_400 }
}

async fn fifty<P: Peer>(server: &Server) -> Result<(u64, Duration), String> {
    let peer = Arc::new(with_dead_token::<P>(server).await?);
    server.behaviour.status.store(503, SeqCst);
    server.take_requests();
    let start = Instant::now();
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..CALLERS {
        let peer = Arc::clone(&peer);
        tasks.spawn(async move { peer.token().await.is_ok() });
    }
    let all = async {
        while let Some(ended) = tasks.join_next().await {
            if ended.unwrap_or(true) {
                return Err("a token came from a dead endpoint".to_owned());
            }
        }
        Ok(())
    };
    tokio::time::timeout(LONGEST, all).await.map_err(|_| "hangs".to_owned())??;
    Ok((server.take_requests(), start.elapsed()))
}

async fn recovery<P: Peer>(server: &Server, status: u64) -> Recovery {
    let peer = match with_dead_token::<P>(server).await {
        Ok(peer) => peer,
        Err(error) => return Recovery::Untried(error),
    };
    server.behaviour.status.store(status, SeqCst);
    match tokio::time::timeout(LONGEST, peer.token()).await {
        Ok(Err(_)) => {}
        Ok(Ok(_)) => return Recovery::Untried("a token came from a dead endpoint".to_owned()),
        Err(_) => return Recovery::Untried("hangs".to_owned()),
    }
    server.heal();
    let start = Instant::now();
    let mut calls = 0;
    while start.elapsed() < PATIENCE {
        calls += 1;
        if let Ok(Ok(_)) = tokio::time::timeout(PATIENCE, peer.token()).await {
            return Recovery::After { calls, time: start.elapsed() };
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Recovery::Never
}
