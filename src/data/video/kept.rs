//! What stays open at once, bounded: the one that was used longest ago is closed first.

use std::sync::{Arc, Mutex, PoisonError};

use crate::data::error::DataError;

/// Tables and decoders that stay open at once: more cameras than most sets have.
const MOST_OPEN: usize = 6;

/// Open things by their keys. Linear search: there are few.
pub(in crate::data) struct Kept<K, V> {
    open: Mutex<Vec<(K, Arc<Mutex<V>>)>>,
}

impl<K, V> Default for Kept<K, V> {
    fn default() -> Self {
        Self { open: Mutex::default() }
    }
}

impl<K: PartialEq, V> Kept<K, V> {
    /// Runs `work` on what is called `key`, opened where it is not yet. Different keys work in parallel, one caller each.
    pub(in crate::data) fn with<T>(
        &self,
        key: K,
        open: impl FnOnce(&K) -> Result<V, DataError>,
        work: impl FnOnce(&mut V) -> Result<T, DataError>,
    ) -> Result<T, DataError> {
        let one = self.get(key, open)?;
        let mut one = one.lock().unwrap_or_else(PoisonError::into_inner);
        work(&mut one)
    }

    fn get(&self, key: K, make: impl FnOnce(&K) -> Result<V, DataError>) -> Result<Arc<Mutex<V>>, DataError> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = if let Some(at) = open.iter().position(|(other, _)| *other == key) {
            open.remove(at)
        } else {
            let made = Arc::new(Mutex::new(make(&key)?));
            (key, made)
        };
        let one = Arc::clone(&entry.1);
        open.push(entry);
        if open.len() > MOST_OPEN {
            open.remove(0);
        }
        Ok(one)
    }
}
