//! The search for hashes that differ in a few bits.

use super::apart;

/// In how many bits hashes may differ and still be searched for. The search takes longer with every bit: at 4, a hash is held
/// against one of 1,600 of all, at 7 against one of 32, at 10 against one of 6.
pub const MOST_WITHIN: u32 = 10;

/// A hash of fewer bits is split into at least so many blocks, so that no block has more values than fit a table.
const LEAST_BLOCKS: u32 = 4;

/// Hashes sorted by each of their blocks, for one greatest difference. A million take 12 MB a block.
#[derive(Clone, Debug)]
pub struct Index {
    within: u32,
    blocks: Vec<Block>,
}

/// Hashes sorted by some of their bits.
#[derive(Clone, Debug)]
struct Block {
    /// How far the block's bits lie from the lowest, and how many there are.
    bits: (u32, u32),
    /// Where the hashes with each value of the block begin, and the end of all.
    begins: Vec<u32>,
    hashes: Vec<u64>,
    /// The position that each had.
    positions: Vec<u32>,
}

impl Block {
    fn new(hashes: &[u64], bits: (u32, u32)) -> Self {
        let n_values = 1_usize << bits.1;
        let value = |hash: u64| value(hash, bits);
        let mut begins = vec![0_u32; n_values + 1];
        for hash in hashes {
            begins[value(*hash) + 1] += 1;
        }
        for at in 0..n_values {
            begins[at + 1] += begins[at];
        }
        let (mut next, mut sorted, mut positions) = (begins.clone(), vec![0; hashes.len()], vec![0; hashes.len()]);
        for (hash, at) in hashes.iter().zip(0..) {
            let place = &mut next[value(*hash)];
            (sorted[*place as usize], positions[*place as usize]) = (*hash, at);
            *place += 1;
        }
        Self { bits, begins, hashes: sorted, positions }
    }
}

/// The value of some bits of `hash`.
fn value(hash: u64, (from, count): (u32, u32)) -> usize {
    (hash >> from) as usize & ((1 << count) - 1)
}

impl Index {
    /// An index of `hashes`, of which there are fewer than 2³², for what differs in `within` bits, [`MOST_WITHIN`] at most.
    pub fn new(hashes: &[u64], within: u32) -> Self {
        let within = within.min(MOST_WITHIN);
        // One more block than bits that may differ: one block is the same then.
        let n_blocks = (within + 1).max(LEAST_BLOCKS);
        let begin = |block: u32| 64 * block / n_blocks;
        let bits = |block: u32| (begin(block), begin(block + 1) - begin(block));
        Self { within, blocks: (0..n_blocks).map(|block| Block::new(hashes, bits(block))).collect() }
    }

    /// Calls `found` with the position of every hash that is near enough to `hash`; once each, in no particular order.
    pub fn visit(&self, hash: u64, mut found: impl FnMut(u32)) {
        for (at, block) in self.blocks.iter().enumerate() {
            let own = value(hash, block.bits);
            let bucket = block.begins[own] as usize..block.begins[own + 1] as usize;
            for (other, position) in block.hashes[bucket.clone()].iter().zip(&block.positions[bucket]) {
                if apart(hash, *other) > self.within {
                    continue;
                }
                // One that is the same in an earlier block was told there.
                let told = self.blocks[..at].iter().any(|earlier| value(hash ^ other, earlier.bits) == 0);
                if !told {
                    found(*position);
                }
            }
        }
    }
}
