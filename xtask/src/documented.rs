//! Keeps the promises of `docs/` honest: a table that says "test" has one in every row, and it exists.
//!
//! In: those tables of `docs/` whose rows have a number. A cell names tests as `auth/tests/wire/source.rs::name`, below `crates/`.
//! Not here: the emulator's own table, which its conformance tests compare with themselves.

use crate::shell;
use std::fs;

/// The tables whose last column names tests.
const TABLES: &[&str] = &["docs/failure-classes.md", "docs/compliance.md", "docs/threat-model.md"];

#[test]
fn every_promise_names_a_test_that_exists() {
    for table in TABLES {
        let text = fs::read_to_string(shell::root().join(table)).expect(table);
        let rows: Vec<&str> = text.lines().filter(|line| is_row(line)).collect();
        assert!(rows.len() > 10, "{table} holds no table");
        for row in rows {
            let cell = row.trim_end_matches('|').rsplit(" | ").next().unwrap_or_default();
            let tests: Vec<&str> = cell.split('`').filter(|part| part.contains(".rs::")).collect();
            assert!(!row.contains("|  |"), "{table}: an empty cell: {row}");
            // What does not apply says so, and why.
            let unused = cell.trim().starts_with("not used: ");
            assert!(unused || !tests.is_empty(), "{table}: a row names no test: {row}");
            for test in tests {
                assert!(exists(test), "{table}: there is no test {test}");
            }
        }
    }
}

/// A row that begins with a number: `| 7 | …` or `| T7 | …`.
fn is_row(line: &str) -> bool {
    let first = line.strip_prefix("| ").and_then(|rest| rest.split(' ').next()).unwrap_or_default();
    let number = first.trim_start_matches('T');
    !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
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
