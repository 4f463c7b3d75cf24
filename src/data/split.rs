//! Splits a set into what may be looked at and what will be sealed.

use crate::base::StreamKey;

use super::Set;

/// The two halves of a set, by episode id, both in ascending order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Split {
    /// Visible: what a family is fitted to.
    pub reference: Vec<u64>,
    /// About to be sealed.
    pub held: Vec<u64>,
}

/// Splits by whole episodes, because frames of one episode are near copies of each other.
///
/// Every episode gets one keyed random number from the study's seed and its own id; those with the smallest are held. So
/// the split does not depend on the order of episodes, and an episode that is added later moves few others. Episodes whose
/// files are missing are in neither half. `held_fraction` (0 to 1) of the episodes, rounded, are held; where there are two
/// or more, each half gets at least one, unless the fraction is 0. A single episode stays in the reference.
pub fn split(set: &Set, held_fraction: f64, study_seed: u64) -> Split {
    let ids = set.episodes.iter().filter(|episode| episode.missing.is_none()).map(|episode| episode.id).collect();
    split_ids(ids, held_fraction, study_seed)
}

fn split_ids(mut ids: Vec<u64>, held_fraction: f64, study_seed: u64) -> Split {
    ids.sort_unstable();
    ids.dedup();
    let key = StreamKey::new(study_seed, "data");
    let most = ids.len().saturating_sub(1);
    let wanted = (held_fraction.clamp(0.0, 1.0) * ids.len() as f64).round() as usize;
    let count = if held_fraction == 0.0 { 0 } else { wanted.clamp(most.min(1), most) };
    ids.sort_by(|a, b| key.unit("split", *a).total_cmp(&key.unit("split", *b)).then(a.cmp(b)));
    let mut reference = ids.split_off(count);
    reference.sort_unstable();
    ids.sort_unstable();
    Split { reference, held: ids }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_halves_are_filled_and_disjoint() {
        for (count, fraction, held) in
            [(10, 0.3, 3), (2, 0.0, 0), (2, 1e-9, 1), (2, 1.0, 1), (1, 0.5, 0), (0, 0.5, 0), (5, f64::NAN, 1)]
        {
            let split = split_ids((0..count).collect(), fraction, 7);
            assert_eq!(split.held.len(), held, "{count} episodes, {fraction}");
            let mut all = [split.reference, split.held].concat();
            all.sort_unstable();
            assert_eq!(all, (0..count).collect::<Vec<_>>(), "nothing lost, nothing twice");
        }
    }

    #[test]
    fn the_split_depends_on_the_seed_and_not_on_the_order() {
        let ids: Vec<u64> = (0..40).collect();
        let reversed: Vec<u64> = ids.iter().rev().copied().collect();
        let split = split_ids(ids.clone(), 0.3, 1);
        assert_eq!(split, split_ids(reversed, 0.3, 1), "order");
        assert_ne!(split, split_ids(ids, 0.3, 2), "seed");
        let grown = split_ids((0..41).collect(), 0.3, 1);
        let moved = split.held.iter().filter(|id| !grown.held.contains(id)).count();
        assert!(moved <= 1, "an added episode displaces at most one, not {moved}");
    }
}
