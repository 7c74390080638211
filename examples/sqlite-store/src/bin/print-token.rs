//! Prints an access token of the sign-in `ada@example.com` in a database: `print-token FILE [LEASE_IN_MILLISECONDS]`.
#![expect(clippy::print_stdout, reason = "this is what the program is for")]

use hallpass::source::CachedSource;
use hallpass::source::TokenSource;
use hallpass::store::SyncStore;
use hallpass_sqlite_store::SqliteStore;
use std::time::Duration;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let mut store = SqliteStore::open(arguments.next().ok_or("name a database")?)?;
    if let Some(lease) = arguments.next() {
        store = store.with_lease(Duration::from_millis(lease.parse()?));
    }
    let source = CachedSource::builder(SyncStore::new(store), "ada@example.com").build();
    println!("{}", source.token().await?.expose());
    Ok(())
}
