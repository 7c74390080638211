//! What a step costs.
//!
//! In: a piece of work that starts programs and waits for them. Out: seconds by the clock and, on Linux, of the
//! processor, which say the same on a machine that others use too. A program that outlives its parent is not counted.

use std::fmt;
use std::time::{Duration, Instant};

/// Linux counts in hundredths of a second for programs, whatever it does itself (`man 7 time`).
const TICK: Duration = Duration::from_millis(10);

/// Time by the clock, and of the processor where the system says it.
pub(super) struct Cost {
    clock: Duration,
    processor: Option<Duration>,
}

/// Does a piece of work and says what it cost.
pub(super) fn of<T>(work: impl FnOnce() -> T) -> (Cost, T) {
    #[expect(clippy::disallowed_methods, reason = "the cost of a step is what a clock says")]
    let started = Instant::now();
    let before = of_children();
    let done = work();
    let processor = of_children().zip(before).map(|(after, before)| after.saturating_sub(before));
    (Cost { clock: started.elapsed(), processor }, done)
}

/// Returns the processor's time of all programs that this one has waited for.
fn of_children() -> Option<Duration> {
    children(&std::fs::read_to_string("/proc/self/stat").ok()?)
}

/// Reads fields 16 and 17 of `/proc/self/stat`: in the program and in the kernel (`man 5 proc`). The name, field 2, is
/// in parentheses and can hold anything.
fn children(stat: &str) -> Option<Duration> {
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(13);
    let ticks = fields.next()?.parse::<u32>().ok()? + fields.next()?.parse::<u32>().ok()?;
    Some(TICK * ticks)
}

impl fmt::Display for Cost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:>9.0}", self.clock.as_secs_f64())?;
        match self.processor {
            Some(processor) => write!(f, "{:>11.0}", processor.as_secs_f64()),
            None => write!(f, "{:>11}", "?"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::children;
    use std::time::Duration;

    #[test]
    fn the_time_of_children_is_after_the_programs_own() {
        let stat =
            "12 (a ) name) S 1 1 1 0 -1 4194560 100 200 3 4 50 60 700 80 20 0 1 0 5000 1000000 300";
        assert_eq!(children(stat), Some(Duration::from_millis(7_800)));
        assert_eq!(children("12 (name) S 1"), None);
    }
}
