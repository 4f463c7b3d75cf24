//! Recorded episodes that have the very pictures of others: one recording under two names is one piece of evidence.
//!
//! Deliberately not here: pictures that are merely alike ([`super::twins`]), and draws of a family, of which two that look the same may
//! differ in what no picture shows.

use std::collections::BTreeMap;

use crate::base::Digest;
use crate::data::EpisodeInfo;

/// How many frames an episode has, and the digests of those that were looked at.
type Pictures = (u32, Vec<Digest>);

/// The episodes that were seen so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Copies {
    /// The first episode that has these pictures.
    first: BTreeMap<Pictures, u64>,
    /// Each copy with the episode that it repeats.
    of: BTreeMap<u64, u64>,
}

impl Copies {
    /// Sees an episode; whether an earlier one has, as far as both were looked at, the same pictures.
    pub(super) fn repeats(&mut self, episode: &EpisodeInfo, pictures: Vec<Digest>) -> bool {
        let first = *self.first.entry((episode.n_frames, pictures)).or_insert(episode.id);
        let is_copy = first != episode.id;
        if is_copy {
            self.of.insert(episode.id, first);
        }
        is_copy
    }

    /// Each copy with the episode that it repeats, by their ids.
    pub(super) fn of(&self) -> &BTreeMap<u64, u64> {
        &self.of
    }

    /// How many episodes are no copies, and how many of them `other` has too.
    pub(super) fn shared(&self, other: &Self) -> (usize, usize) {
        (self.first.len(), self.first.keys().filter(|pictures| other.first.contains_key(*pictures)).count())
    }

    /// `"2 episodes have the very pictures of others"`; `None` where there are no copies.
    pub(super) fn words(&self) -> Option<String> {
        match self.of.len() {
            0 => None,
            1 => Some("1 episode has the very pictures of others".to_owned()),
            count => Some(format!("{count} episodes have the very pictures of others")),
        }
    }
}
