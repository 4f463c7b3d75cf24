//! Pictures that are nearly the same: a 64-bit hash of how each looks, and the search for hashes that differ in a few bits.
//!
//! The hash is the DCT hash of the field ("pHash", as `imagehash.phash` has it): 32 x 32 means of luminance, the 8 x 8 lowest
//! frequencies of their cosine transform, one bit each for what lies above their median. It does not change with exposure and hardly
//! with size or compression, and it does with what is seen and where. The search splits hashes into one block more than bits that
//! may differ, so that one of the blocks is the same in both (Norouzi, Punjani & Fleet, "Fast search in Hamming space with
//! multi-index hashing", CVPR 2012). Where a network says what is in pictures, its features tell by their directions.
//!
//! Deliberately not here: which set or episode a picture belongs to, and what is to be done about twins. Turned, mirrored and
//! cropped copies look different and are not found.

mod directions;
mod hash;
mod index;

pub use directions::Directions;
pub use hash::perceptual_hash;
pub use index::{Index, MOST_WITHIN};

/// How many of 64 bits two hashes may differ in where nobody says otherwise: a copy compressed again or made smaller stays
/// within it, another picture seldom does.
pub const WITHIN: u32 = 4;

/// In how many bits `a` and `b` differ.
pub fn apart(a: u64, b: u64) -> u32 {
    (a ^ b).count_ones()
}

/// Folds `hashes`: for each the position of the first that stands for it, its own where it stands for itself. In order, each hash
/// goes to the earliest one standing for itself that lies `within` so many bits of it, so that no chain of small steps joins what
/// lies far apart.
pub fn fold(hashes: &[u64], within: u32) -> Vec<u32> {
    let index = Index::new(hashes, within);
    let mut stands_for: Vec<Option<u32>> = vec![None; hashes.len()];
    for (at, hash) in hashes.iter().enumerate() {
        if stands_for.get(at).copied().flatten().is_some() {
            continue;
        }
        let own = at as u32;
        index.visit(*hash, |other| {
            if let Some(free @ None) = stands_for.get_mut(other as usize).filter(|_| other >= own) {
                *free = Some(own);
            }
        });
    }
    stands_for.into_iter().zip(0..).map(|(first, own)| first.unwrap_or(own)).collect()
}

#[cfg(test)]
mod tests;
