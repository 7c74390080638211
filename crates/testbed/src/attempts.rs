//! Counts what a test tried, for `cargo xtask trust`: the servers and worlds count, not the test itself.

use std::fs::OpenOptions;
use std::io::Write;

/// The file that each count is added to, as a line `TEST NUMBER`.
const FILE: &str = "HALLPASS_TEST_ATTEMPTS";

/// Returns the name of the test on this thread.
pub(crate) fn test() -> String {
    std::thread::current().name().unwrap_or_default().to_owned()
}

/// Adds to what this test tried.
#[expect(clippy::disallowed_methods, reason = "the task names the file")]
pub(crate) fn add(test: &str, number: usize) {
    let Some(file) = std::env::var_os(FILE) else { return };
    if let Ok(mut file) = OpenOptions::new().create(true).append(true).open(file) {
        // One short write is one line, whatever else is written.
        let _ = file.write_all(format!("{test} {number}\n").as_bytes());
    }
}
