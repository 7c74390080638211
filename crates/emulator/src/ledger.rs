//! A map that forgets: when it is full, the oldest entry goes.
//!
//! All that clients can make the emulator remember lies in one of these, so that no run, however long,
//! grows without end.

use std::collections::{HashMap, VecDeque};

#[derive(Debug)]
pub(crate) struct Ledger<T> {
    entries: HashMap<String, T>,
    /// Each with its size.
    order: VecDeque<(String, usize)>,
    limit: usize,
    bytes: usize,
    most_bytes: usize,
}

impl<T> Ledger<T> {
    pub(crate) fn new(limit: usize) -> Self {
        Self::of_bytes(limit, usize::MAX)
    }

    /// As many entries as `limit` whose sizes, as they are given, come to `most_bytes`.
    pub(crate) fn of_bytes(limit: usize, most_bytes: usize) -> Self {
        Self { entries: HashMap::new(), order: VecDeque::new(), limit, bytes: 0, most_bytes }
    }

    /// Adds an entry under a key that was never used before.
    pub(crate) fn insert(&mut self, key: String, value: T) {
        self.insert_sized(key, value, 0);
    }

    /// The same for an entry of so many bytes; the newest is always kept.
    pub(crate) fn insert_sized(&mut self, key: String, value: T, size: usize) {
        let (limit, most) = (self.limit, self.most_bytes.saturating_sub(size));
        while (self.order.len() >= limit || self.bytes > most)
            && let Some((oldest, size)) = self.order.pop_front()
        {
            self.bytes -= size;
            self.entries.remove(&oldest);
        }
        self.bytes += size;
        self.order.push_back((key.clone(), size));
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
        let entry =
            |(key, _): &(String, usize)| Some((key.clone(), self.entries.get(key)?.clone()));
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

    #[test]
    fn large_entry_makes_room_for_itself() {
        let mut ledger = Ledger::of_bytes(10, 100);
        for (key, size) in [("a", 40), ("b", 60), ("c", 30), ("d", 500)] {
            ledger.insert_sized(key.into(), (), size);
            let kept: Vec<_> = ledger.entries().into_iter().map(|(key, ())| key).collect();
            let expected: &[&str] = match key {
                "a" => &["a"],
                "b" => &["a", "b"],
                "c" => &["b", "c"],
                _ => &["d"],
            };
            assert_eq!(kept, expected);
        }
    }
}
