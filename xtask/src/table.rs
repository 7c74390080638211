//! Reads the tables of `docs/`: rows of cells, and the tests that a cell names.

/// Returns the cells of every row that begins with a number: `| 7 | …` or `| T7 | …`.
pub(crate) fn rows(page: &str) -> Vec<Vec<String>> {
    let rows = page.lines().filter_map(|line| {
        let inner = line.strip_prefix("| ")?.strip_suffix(" |")?;
        let cells: Vec<String> = inner.split(" | ").map(|cell| cell.trim().to_owned()).collect();
        let number = cells.first()?.trim_start_matches('T');
        let is_row = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
        is_row.then_some(cells)
    });
    rows.collect()
}

/// Returns the tests that a cell names, as `` `auth/tests/wire/source.rs::name` ``.
pub(crate) fn tests(cell: &str) -> Vec<String> {
    cell.split('`').filter(|part| part.contains(".rs::")).map(str::to_owned).collect()
}
