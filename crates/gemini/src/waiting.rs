//! Asks again and again until something is done, less and less often, and not for ever.
//!
//! As Google's SDKs do: after 1 s, then half as long again each time, at most 20 s.

use crate::Error;
use std::time::Duration;
use tokio::time::{Instant, sleep};

const FIRST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(20);

/// Returns what `ask` finds; it returns none while it is not done.
pub(crate) async fn until<T, F>(limit: Duration, ask: impl Fn() -> F) -> Result<T, Error>
where
    F: Future<Output = Result<Option<T>, Error>>,
{
    let (begin, mut wait) = (Instant::now(), FIRST);
    loop {
        if let Some(done) = ask().await? {
            return Ok(done);
        }
        let left = limit.saturating_sub(begin.elapsed());
        if left.is_zero() {
            return Err(Error::late(limit));
        }
        sleep(wait.min(left)).await;
        wait = wait.mul_f64(1.5).min(LONGEST);
    }
}
