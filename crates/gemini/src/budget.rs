//! How many retries all requests of a client may have together.
//!
//! In: successes and wishes to send again. Out: whether one more is allowed. While a service is down, every request
//! is sent once instead of four times, and the service can come back.
//! Not here: waits (`retry`).

use std::sync::atomic::{AtomicU32, Ordering};

/// A retry costs this much, a success gives one back: in a steady state, one request in ten may be a retry.
const COST: u32 = 10;

/// A hundred retries in a row.
const MOST: u32 = 100 * COST;

#[derive(Debug)]
pub(crate) struct Budget(AtomicU32);

impl Default for Budget {
    fn default() -> Self {
        Self(AtomicU32::new(MOST))
    }
}

impl Budget {
    /// Takes the cost of one retry; false if it is not there.
    pub(crate) fn take(&self) -> bool {
        self.0
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(COST))
            .is_ok()
    }

    pub(crate) fn give_back(&self) {
        let more = |left: u32| (left < MOST).then_some(left + 1);
        let _full = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_successes_pay_for_one_retry() {
        let budget = Budget::default();
        assert_eq!((0..200).filter(|_| budget.take()).count(), 100);
        (0..9).for_each(|_| budget.give_back());
        assert!(!budget.take());
        budget.give_back();
        assert!(budget.take() && !budget.take());
    }
}
