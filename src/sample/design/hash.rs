//! The keyed hash behind every scramble: from a dimension's key and a place in its design to 64 bits.
//!
//! A dimension's key is drawn once from its stream; after that a hash is three multiplications. Not for secrets.

use crate::base::StreamKey;

/// 2^64 / golden ratio, odd: consecutive places lie far apart.
const STRIDE: u64 = 0x9e37_79b9_7f4a_7c15;

/// The key of the dimension called `name`: no other dimension's name or position enters.
pub(super) fn dimension_key(key: &StreamKey, name: &str) -> u64 {
    key.stream(&format!("design {name}"), 0).next_u64()
}

/// A key for part `part` of what `key` names: an attempt, a hypercube.
pub(super) fn derived(key: u64, part: u64) -> u64 {
    // Twice, so that place p of part a is not place p + 1 of part a − 1.
    hash(hash(key, part), !part)
}

/// Output `place` of `SplitMix64` started at `key`: bits that pass for independent in every place and under every key
/// (G. L. Steele, D. Lea and C. H. Flood, Fast splittable pseudorandom number generators, OOPSLA 2014).
#[inline]
pub(super) fn hash(key: u64, place: u64) -> u64 {
    let mut bits = key.wrapping_add(place.wrapping_mul(STRIDE));
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

/// An integer below `count` from 64 random bits; its bias is below count / 2^64.
#[inline]
pub(super) fn below(bits: u64, count: u64) -> u64 {
    ((u128::from(bits) * u128::from(count)) >> 64) as u64
}

/// A uniform strictly between 0 and 1 from 64 random bits: the middles of 2^52 cells, each an exact f64.
#[inline]
pub(super) fn unit(bits: u64) -> f64 {
    ((bits >> 12) as f64 + 0.5) / (1_u64 << 52) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_meet_the_published_generator() {
        // SplitMix64 started at 0: its first three outputs.
        let outputs = [1, 2, 3].map(|place| hash(0, place));
        assert_eq!(outputs, [0xe220_a839_7b1d_cdaf, 0x6e78_9e6a_a1b9_65f4, 0x06c4_5d18_8009_454f], "SplitMix64");
    }

    #[test]
    fn one_changed_input_bit_changes_half_the_output_bits() {
        for bit in 0..64 {
            let changed = |f: &dyn Fn(u64) -> u64| -> f64 {
                let flips = (0..2_000).map(|n| (f(n) ^ f(n ^ (1 << bit))).count_ones());
                f64::from(flips.sum::<u32>()) / 2_000.0
            };
            for (what, mean) in [("key", changed(&|n| hash(n, 9))), ("place", changed(&|n| hash(9, n)))] {
                assert!((mean - 32.0).abs() < 1.0, "bit {bit} of the {what}: {mean}");
            }
        }
    }

    #[test]
    fn units_reach_both_ends_and_never_0_or_1() {
        assert_eq!((unit(0), unit(u64::MAX)), (f64::EPSILON / 2.0, 1.0 - f64::EPSILON / 2.0), "ends");
        assert_eq!((below(0, 7), below(u64::MAX, 7)), (0, 6), "below");
    }
}
