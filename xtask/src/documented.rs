//! Keeps the promises of `docs/` honest: a table that says "test" has one in every row, and it exists.
//!
//! In: those tables of `docs/` whose rows have a number. A cell names tests as `auth/tests/wire/source.rs::name`, below `crates/`.
//! Not here: the emulator's own table, which its conformance tests compare with themselves.

use crate::shell;
use crate::table;
use std::collections::BTreeSet;
use std::fs;

/// The tables whose last column names tests.
const TABLES: &[&str] = &["docs/failure-classes.md", "docs/compliance.md", "docs/threat-model.md"];

#[test]
fn every_promise_names_a_test_that_exists() {
    for page in TABLES {
        let text = fs::read_to_string(shell::root().join(page)).expect(page);
        let rows = table::rows(&text);
        assert!(rows.len() > 10, "{page} holds no table");
        let names: BTreeSet<&String> = rows.iter().filter_map(|row| row.first()).collect();
        assert_eq!(names.len(), rows.len(), "{page}: two rows have one name");
        for row in rows {
            assert!(!row.iter().any(String::is_empty), "{page}: an empty cell: {row:?}");
            let tests: Vec<String> = row.iter().flat_map(|cell| table::tests(cell)).collect();
            // What does not apply says so, and why.
            let unused = row.iter().any(|cell| cell.starts_with("not used: "));
            assert!(unused || !tests.is_empty(), "{page}: a row names no test: {row:?}");
            for test in tests {
                assert!(exists(&test), "{page}: there is no test {test}");
            }
        }
    }
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
