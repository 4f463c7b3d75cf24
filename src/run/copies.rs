//! Recorded episodes that have the very pictures of others: one recording under two names is one piece of evidence.
//!
//! Deliberately not here: pictures that are merely alike ([`super::twins`]), and draws of a family, of which two that look the same may
//! differ in what no picture shows.

use std::collections::BTreeMap;

use crate::base::Digest;
use crate::base::text::counted;
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
    /// Sees an episode; the earlier one that has, as far as both were looked at, the same pictures.
    pub(super) fn sees(&mut self, episode: &EpisodeInfo, pictures: Vec<Digest>) -> Option<u64> {
        let first = *self.first.entry((episode.n_frames, pictures)).or_insert(episode.id);
        (first != episode.id).then_some(first)
    }

    /// Sees a recorded episode; whether it is a copy of an earlier one.
    pub(super) fn repeats(&mut self, episode: &EpisodeInfo, pictures: Vec<Digest>) -> bool {
        let first = self.sees(episode, pictures);
        self.of.extend(first.map(|first| (episode.id, first)));
        first.is_some()
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
        let (count, have) = (self.of.len(), if self.of.len() == 1 { "has" } else { "have" });
        (count > 0).then(|| format!("{} {have} the very pictures of others", counted(count, "episode")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_seen_is_shared_and_what_repeats_is_a_copy() {
        let episode = |id: u64| EpisodeInfo { id, n_frames: 2, task: String::new(), length_s: 2.0, missing: None };
        let pictures = |of: u8| vec![Digest::of(&[of]), Digest::of(&[of, of])];
        let (mut drawn, mut recorded) = (Copies::default(), Copies::default());
        assert_eq!(
            [(4, 1), (5, 2), (6, 1)].map(|(id, of)| drawn.sees(&episode(id), pictures(of))),
            [None, None, Some(4)]
        );
        assert_eq!((drawn.of().len(), drawn.words()), (0, None), "of draws none is left out");
        assert_eq!([(1, 1), (2, 1)].map(|(id, of)| recorded.repeats(&episode(id), pictures(of))), [false, true]);
        assert_eq!(*recorded.of(), [(2, 1)].into());
        assert_eq!(drawn.shared(&recorded), (2, 1), "one of two is in the other set");
    }
}
