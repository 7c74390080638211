//! What a program passes in: its own source of tokens, whose failures are errors like ours.

use hallpass::source::{TokenFuture, TokenSource};
use hallpass::{Credential, Error, ErrorKind};
use std::error::Error as _;
use std::io;

/// A source whose database is away.
#[derive(Debug)]
struct Database {
    transient: bool,
}

impl TokenSource for Database {
    fn token(&self) -> TokenFuture<'_> {
        let kind = ErrorKind::Custom { transient: self.transient };
        let error = Error::new(kind, "table `grants\u{1b}[2J` cannot be read");
        Box::pin(async { Err(error.with_source(io::Error::other("connection reset"))) })
    }
}

#[tokio::test]
async fn failures_of_a_programs_own_source_reach_the_caller_as_they_are() {
    for transient in [true, false] {
        let credential = Credential::new(Database { transient });
        let error = credential.headers().await.expect_err("no database");
        assert_eq!(error.to_string(), "table `grants[2J` cannot be read");
        assert_eq!(error.source().expect("a cause").to_string(), "connection reset");
        assert_eq!(error.is_transient(), transient);
        assert!(!error.needs_sign_in() && !error.is_refusal());
    }
}
