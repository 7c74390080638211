//! Keeps the promises of `docs/` honest: a table that says "test" has one in every row, and it exists.
//!
//! In: `docs/failure-classes.md`. A cell names tests as `auth/tests/wire/source.rs::name`, below `crates/`.
//! Not here: the emulator's own table, which its conformance tests compare with themselves.

use crate::shell;
use std::fs;

/// The tables whose last column names tests.
const TABLES: &[&str] = &["docs/failure-classes.md"];

#[test]
fn every_promise_names_a_test_that_exists() {
    for table in TABLES {
        let text = fs::read_to_string(shell::root().join(table)).expect(table);
        let rows: Vec<&str> = text.lines().filter(|line| is_row(line)).collect();
        assert!(rows.len() > 10, "{table} holds no table");
        for row in rows {
            let cell = row.trim_end_matches('|').rsplit(" | ").next().unwrap_or_default();
            let tests: Vec<&str> = cell.split('`').filter(|part| part.contains(".rs::")).collect();
            assert!(!tests.is_empty(), "{table}: a row names no test: {row}");
            for test in tests {
                assert!(exists(test), "{table}: there is no test {test}");
            }
        }
    }
}

/// A row of a table's body: not its heading, not the line below that.
fn is_row(line: &str) -> bool {
    line.starts_with("| ") && !line.starts_with("| #") && !line.starts_with("|---")
}

fn exists(test: &str) -> bool {
    let Some((file, name)) = test.split_once("::") else { return false };
    let Ok(text) = fs::read_to_string(shell::root().join("crates").join(file)) else {
        return false;
    };
    let lines: Vec<&str> = text.lines().collect();
    let Some(at) = lines.iter().position(|line| line.contains(&format!("fn {name}("))) else {
        return false;
    };
    lines
        .iter()
        .take(at)
        .rev()
        .take_while(|line| line.contains("#["))
        .any(|line| line.contains("test"))
}
