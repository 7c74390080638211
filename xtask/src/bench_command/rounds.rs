//! Compares programs in rounds: in each, all of them are run in turn, so that a minute in which the machine is busy
//! with something else is a minute for all of them.
//!
//! In: lines of programs. Out: of each, the median of the rounds' medians. Not here: the clock, which is hyperfine's.

use super::world::World;
use crate::shell::{Outcome, run};
use std::path::Path;
use std::process::Stdio;

const RESULT: &str = "result.json";

/// How often: rounds, and runs of each program in a round.
#[derive(Clone, Copy)]
pub(super) struct Times {
    pub(super) rounds: usize,
    pub(super) runs: usize,
}

/// Returns, in milliseconds, the median of the rounds' medians of every line. `prepare` is run before each run of
/// each line, and is not measured.
pub(super) fn medians(
    world: &World,
    hyperfine: &Path,
    times: Times,
    prepare: Option<&str>,
    lines: &[String],
) -> Outcome<Vec<f64>> {
    let mut of_each = vec![Vec::new(); lines.len()];
    for round in 0..times.rounds {
        // Every other round goes backwards: whatever the program before leaves to the next one, it leaves to both.
        let mut order: Vec<usize> = (0..lines.len()).collect();
        if round % 2 == 1 {
            order.reverse();
        }
        let in_turn: Vec<&str> = order.iter().map(|&place| lines[place].as_str()).collect();
        let medians = one_round(world, hyperfine, times.runs, prepare, &in_turn)?;
        for (place, median) in order.into_iter().zip(medians) {
            of_each[place].push(median);
        }
    }
    of_each.into_iter().map(|medians| middle(medians).ok_or("no round was run".into())).collect()
}

fn one_round(
    world: &World,
    hyperfine: &Path,
    runs: usize,
    prepare: Option<&str>,
    lines: &[&str],
) -> Outcome<Vec<f64>> {
    let mut command = world.command(hyperfine);
    command.args(["--shell=none", "--style=none", "--warmup", "3", "--export-json", RESULT]);
    command.args(["--runs", &runs.to_string()]);
    if let Some(prepare) = prepare {
        command.args(["--prepare", prepare]);
    }
    command.args(lines).stdout(Stdio::null()).stderr(Stdio::null());
    run(command)?;
    let medians = read_medians(&world.read(RESULT)?)?;
    if medians.len() == lines.len() {
        Ok(medians)
    } else {
        Err(format!("hyperfine measured {} of {} programs", medians.len(), lines.len()))
    }
}

/// Returns the medians of hyperfine's report, in milliseconds and in the order of its commands.
fn read_medians(report: &str) -> Outcome<Vec<f64>> {
    let numbers = report.split("\"median\":").skip(1);
    let numbers = numbers.map(|after| after.split(',').next().unwrap_or_default().trim());
    let numbers = numbers.map(|number| number.parse::<f64>().map(|seconds| seconds * 1e3));
    numbers.collect::<Result<_, _>>().map_err(|error| error.to_string())
}

/// Returns the median; of an even number, the mean of the two in the middle.
pub(super) fn middle(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let upper = *values.get(values.len() / 2)?;
    let lower = values[(values.len() - 1) / 2];
    Some(f64::midpoint(lower, upper))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians_are_read_in_the_order_of_the_commands() {
        let report = r#"{"results": [
            {"command": "/bin/true", "mean": 0.3, "median": 0.0005, "min": 0.1},
            {"command": "hallpass status", "mean": 0.3, "median": 0.00125, "min": 0.1}]}"#;
        assert_eq!(read_medians(report), Ok(vec![0.5, 1.25]));
        assert!(read_medians(r#"{"median": null,}"#).is_err());
    }

    #[test]
    fn the_median_of_an_even_number_lies_between_the_two_in_the_middle() {
        assert_eq!(middle(vec![3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(middle(vec![4.0, 1.0, 3.0, 2.0]), Some(2.5));
        assert_eq!(middle(Vec::new()), None);
    }
}
