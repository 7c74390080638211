//! A map that forgets: when it is full, the oldest entry goes.
//!
//! All that clients can make the emulator remember lies in one of these, so that no run, however long,
//! grows without end.

use std::collections::{HashMap, VecDeque};

#[derive(Debug)]
pub(crate) struct Ledger<T> {
    entries: HashMap<String, T>,
    order: VecDeque<String>,
    limit: usize,
}

impl<T> Ledger<T> {
    pub(crate) fn new(limit: usize) -> Self {
        Self { entries: HashMap::new(), order: VecDeque::new(), limit }
    }

    /// Adds an entry under a key that was never used before.
    pub(crate) fn insert(&mut self, key: String, value: T) {
        if self.order.len() >= self.limit
            && let Some(oldest) = self.order.pop_front()
        {
            self.entries.remove(&oldest);
        }
        self.order.push_back(key.clone());
        self.entries.insert(key, value);
    }

    pub(crate) fn get(&self, key: &str) -> Option<&T> {
        self.entries.get(key)
    }

    /// All entries, the oldest first.
    pub(crate) fn entries(&self) -> Vec<(String, T)>
    where
        T: Clone,
    {
        let entry = |key: &String| Some((key.clone(), self.entries.get(key)?.clone()));
        self.order.iter().filter_map(entry).collect()
    }

    pub(crate) fn get_mut(&mut self, key: &str) -> Option<&mut T> {
        self.entries.get_mut(key)
    }

    pub(crate) fn values_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.entries.values_mut()
    }
}

#[cfg(test)]
mod tests {
    use super::Ledger;

    #[test]
    fn full_ledger_forgets_its_oldest_entry() {
        let mut ledger = Ledger::new(2);
        for key in ["a", "b", "c"] {
            ledger.insert(key.into(), ());
        }
        assert!(ledger.get("a").is_none());
        assert!(ledger.get("b").is_some() && ledger.get("c").is_some());
    }
}
