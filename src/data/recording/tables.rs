//! The signals of a topic as tables, and those that were read last: columns of one topic are mostly wanted together.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use super::Recordings;
use super::index::{Recording, Topic};
use super::message;
use crate::data::error::DataError;

/// Larger topics are read again for each column.
const MOST_BYTES: usize = 64 << 20;

/// One column over one episode.
#[derive(Default)]
pub(super) struct Table {
    pub(super) times_s: Vec<f64>,
    /// Row by row.
    pub(super) values: Vec<f32>,
}

/// By what the column is called within its topic.
pub(super) type ByPart = BTreeMap<String, Table>;

/// Position of the episode, name of the topic.
type Key = (usize, String);

#[derive(Default)]
pub(super) struct Tables {
    kept: Mutex<VecDeque<(Key, Arc<ByPart>)>>,
}

fn bytes(tables: &ByPart) -> usize {
    tables.values().map(|table| table.times_s.len() * 8 + table.values.len() * 4).sum()
}

impl Tables {
    /// The tables called `key`, read where they are not kept.
    pub(super) fn of(
        &self,
        key: Key,
        read: impl FnOnce() -> Result<ByPart, DataError>,
    ) -> Result<Arc<ByPart>, DataError> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, tables)) = kept.iter().find(|(other, _)| *other == key) {
            return Ok(Arc::clone(tables));
        }
        drop(kept);
        let tables = Arc::new(read()?);
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.push_back((key, Arc::clone(&tables)));
        let mut all: usize = kept.iter().map(|(_, tables)| bytes(tables)).sum();
        while all > MOST_BYTES {
            all -= kept.pop_front().map_or(all, |(_, tables)| bytes(&tables));
        }
        Ok(tables)
    }
}

impl Recordings {
    /// All columns of a topic: a row a message, NaN where a message lacks a name.
    pub(super) fn read_tables(
        &self,
        recording: &Recording,
        topic: &Topic,
        episode: usize,
    ) -> Result<ByPart, DataError> {
        let columns = self.columns.iter().filter(|column| column.topic == topic.name);
        let mut tables: BTreeMap<&str, (BTreeMap<&str, usize>, Table)> = columns
            .map(|column| {
                let names = column.info.names.iter().enumerate().map(|(at, name)| (name.as_str(), at)).collect();
                (column.part.as_str(), (names, Table::default()))
            })
            .collect();
        let first_ns = self.first_ns(recording);
        for (number, at) in topic.messages.iter().enumerate() {
            let Some(reading) = topic.reading else { break };
            let piece = recording.message(at, &self.chunks, episode);
            let parts = piece.and_then(|piece| message::parts(reading, piece.bytes()));
            let place = || format!("message {number} of `{}`", topic.name);
            for part in parts.map_err(|fault| fault.told(&recording.path, &place()))? {
                let Some((names, table)) = tables.get_mut(part.column.as_str()) else { continue };
                let start = table.values.len();
                table.values.resize(start + names.len(), f32::NAN);
                for (name, value) in &part.values {
                    let place = names.get(name.as_str()).and_then(|at| table.values.get_mut(start + at));
                    if let Some(place) = place {
                        *place = *value as f32;
                    }
                }
                table.times_s.push((i128::from(at.time_ns) - i128::from(first_ns)) as f64 / 1e9);
            }
        }
        let filled = tables.into_iter().filter(|(_, (_, table))| !table.times_s.is_empty());
        Ok(filled.map(|(part, (_, table))| (part.to_owned(), table)).collect())
    }
}
