//! What a program asks a credential for, whatever its source.

use hallpass::Credential;
use hallpass::oauth::AccessToken;
use hallpass::source::{Early, Fetch, FetchFuture, InMemory};
use hallpass::time::SystemClock;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, SystemTime};

/// Gives `token-1`, `token-2` and so on, each for an hour.
#[derive(Debug, Default)]
struct Numbered(AtomicU32);

impl Fetch for Numbered {
    fn fetch(&self) -> FetchFuture<'_> {
        let number = self.0.fetch_add(1, Ordering::Relaxed) + 1;
        Box::pin(async move { AccessToken::new(format!("token-{number}"), end()) })
    }
}

fn end() -> SystemTime {
    // 2100: no test runs as long.
    SystemTime::UNIX_EPOCH + Duration::from_secs(4_102_444_800)
}

#[tokio::test]
async fn tokens_are_kept_until_they_are_rejected_or_replaced() {
    let source = InMemory::new(Numbered::default(), Arc::new(SystemClock), Early::Wait);
    let credential = Credential::new(source);
    let first = credential.token().await.expect("token");
    assert_eq!((first.expose(), first.expires_at()), ("token-1", end()));
    assert_eq!(*credential.token().await.expect("token"), *first);

    credential.reject(&first);
    let headers = credential.headers().await.expect("headers");
    assert_eq!(headers["authorization"], "Bearer token-2");

    assert_eq!(credential.refresh_now().await.expect("token").expose(), "token-3");
    let headers = credential.headers().await.expect("headers");
    assert_eq!(headers["authorization"], "Bearer token-3");
}
