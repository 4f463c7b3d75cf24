//! What scrambles are made of: a keyed hash from a place in a design to 64 bits, nested scrambling of binary digits, and the
//! order in which later candidates take their points.
//!
//! A dimension's key is drawn once from its stream; after that a hash is three multiplications. Not for secrets.

use crate::base::StreamKey;

/// 2^64 / golden ratio, odd: consecutive places lie far apart.
const STRIDE: u64 = 0x9e37_79b9_7f4a_7c15;

/// The key of the dimension called `name`: no other dimension's name or position enters. Purposes of whole designs begin with
/// `design-`, which no dimension's can.
pub(super) fn dimension_key(key: &StreamKey, name: &str) -> u64 {
    key.stream(&format!("design {name}"), 0).next_u64()
}

/// A key for part `part` of what `key` names: an attempt, a hypercube.
#[inline]
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

/// Binary digits of a coordinate: with half a cell added, 52 are an exact f64.
pub(super) const DIGITS: u32 = 52;

/// Digits that one hash scrambles: its bits 1 to 63 are the nodes of a binary tree of this depth.
const GROUP: u32 = 6;

/// Nested uniform scrambling (A. B. Owen, Randomly permuted (t,m,s)-nets and (t,s)-sequences, 1995): a digit is flipped or
/// not by a random bit that hangs on all digits before it. The bits come from a keyed hash instead of a stored tree
/// (S. Laine and T. Karras, 2011; B. Burley, Practical hash-based Owen scrambling, JCGT 9, 2020); here one hash of the
/// digits before a group of six holds the group's tree of 63 bits, so that nothing is approximated.
#[inline]
pub(super) fn nested(digits: u64, key: u64) -> u64 {
    // Nine groups of six are two digits more than there are.
    const SPARE: u32 = DIGITS.next_multiple_of(GROUP) - DIGITS;
    let padded = digits << SPARE;
    // The leading 1 tells prefixes of different lengths apart.
    let marked = padded | 1 << (DIGITS + SPARE);
    let mut result = 0;
    for low in (0..DIGITS + SPARE).step_by(GROUP as usize) {
        let flips = hash(key, marked >> (low + GROUP));
        let group = padded >> low & ((1 << GROUP) - 1);
        for level in 0..GROUP {
            let node = 1 << level | group >> (GROUP - level);
            result |= (flips >> node & 1) << (low + GROUP - 1 - level);
        }
    }
    (padded ^ result) >> SPARE
}

/// Which point of a copy a draw takes.
///
/// With the same point in every copy, candidates of one draw would be independent over keys but not over draws: with the
/// first digit flipped for all draws or for none, a refused half would come back as the same half for ever, and accepted
/// draws would not approach their distribution however many there were. So copy `attempt` > 0 is also read in an order of
/// its own, a nested permutation of the index (as in B. Burley, JCGT 9, 2020): it takes every aligned block of 2^m indices to
/// such a block, so that a copy alone stays as even as before.
#[derive(Clone, Copy, Debug)]
pub(super) struct Order {
    key: u64,
}

impl Order {
    /// The order that all dimensions of a design share.
    pub(super) fn new(key: &StreamKey) -> Self {
        Self { key: key.stream("design-order", 0).next_u64() }
    }

    /// The point that draw `index` takes in copy `attempt`; indices from 2^52 on keep their high bits.
    #[inline]
    pub(super) fn index(self, index: u64, attempt: u32) -> u64 {
        if attempt == 0 {
            return index;
        }
        let low = index & ((1 << DIGITS) - 1);
        index ^ low ^ nested(low, derived(self.key, u64::from(attempt)))
    }
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

    #[test]
    fn a_scramble_is_a_nested_permutation() {
        // Two numbers share exactly as many leading digits after the scramble as before it.
        for shared in 0..DIGITS {
            let x = hash(1, u64::from(shared)) >> (64 - DIGITS);
            let y = x ^ 1 << (DIGITS - 1 - shared) ^ hash(2, u64::from(shared)) & ((1 << (DIGITS - 1 - shared)) - 1);
            let apart = nested(x, 77) ^ nested(y, 77);
            assert_eq!(apart.leading_zeros() - (64 - DIGITS), shared, "{shared} shared digits");
        }
    }

    #[test]
    fn every_digit_is_flipped_by_a_fair_coin_of_its_own() {
        // Over keys: each digit's flip, and whether it differs from the next digit's and from its cousin's in the next branch.
        let x = 0x5_a5a5_a5a5_a5a5;
        for digit in 0..DIGITS {
            let bit = 1 << digit;
            let cousin = x ^ 1 << (digit + 1).min(DIGITS - 1);
            let mut counts = [0_u32; 3];
            for key in 0..4_000 {
                let key = derived(9, key);
                let flips = nested(x, key) ^ x;
                counts[0] += u32::from(flips & bit != 0);
                counts[1] += u32::from((flips & bit != 0) != (flips & 1 << ((digit + 1) % DIGITS) != 0));
                counts[2] += u32::from((flips ^ nested(cousin, key) ^ cousin) & bit != 0);
            }
            // The top digit has no digit above it to hang on.
            let coins = if digit == DIGITS - 1 { &counts[..2] } else { &counts[..] };
            // Mean 2,000, deviation 32: five and a half deviations.
            assert!(coins.iter().all(|count| (1_826..2_174).contains(count)), "digit {digit}: {counts:?}");
        }
    }

    #[test]
    fn an_order_permutes_aligned_blocks() {
        let order = Order::new(&StreamKey::new(3, "f"));
        assert_eq!(order.index(77, 0), 77, "the first copy is read as it is");
        for (m, start) in [(0, 5), (3, 0), (6, 128), (6, 1 << 60)] {
            let mut taken: Vec<u64> = (start..start + (1 << m)).map(|index| order.index(index, 2)).collect();
            taken.sort_unstable();
            let expected: Vec<u64> = (taken[0]..taken[0] + (1 << m)).collect();
            assert_eq!((taken[0] % (1 << m), taken), (0, expected), "2^{m} from {start}");
        }
    }
}
