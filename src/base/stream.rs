//! Keyed random streams: the only door through which chance enters.
//!
//! A stream is named by (study seed, family id, purpose, index). Two names that differ anywhere give independent
//! streams, so that adding a parameter changes no other parameter's draws and draw 7 is draw 7 in any shard.
//! The first three parts are hashed once with BLAKE3 into a key; the numbers are Philox4x64-10 (Salmon, Moraes, Dror and
//! Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011) under that key with the index and the place in the
//! stream as its counter. So number 10^9 costs what number 1 costs, a few nanoseconds.

/// Names all streams of one family in one study.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamKey {
    /// The study's seed.
    pub study_seed: u64,
    /// The family's id.
    pub family: String,
}

impl StreamKey {
    /// A key for `family` in a study with `study_seed`.
    pub fn new(study_seed: u64, family: &str) -> Self {
        Self { study_seed, family: family.to_owned() }
    }

    /// All streams for `purpose` (a parameter's name, `"noise"`, …), prepared: ask this once where many indices follow.
    pub fn purpose(&self, purpose: &str) -> Purpose {
        let mut hasher = blake3::Hasher::new();
        hasher.update(b"worldproof stream v2");
        hasher.update(&self.study_seed.to_le_bytes());
        for part in [self.family.as_str(), purpose] {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part.as_bytes());
        }
        let mut reader = hasher.finalize_xof();
        let mut word = || {
            let mut bytes = [0_u8; 8];
            reader.fill(&mut bytes);
            u64::from_le_bytes(bytes)
        };
        Purpose { key: [word(), word()] }
    }

    /// The stream for `purpose` at `index` (the draw's index, mostly).
    pub fn stream(&self, purpose: &str, index: u64) -> Stream {
        self.purpose(purpose).stream(index)
    }

    /// The first uniform of that stream, strictly between 0 and 1.
    pub fn unit(&self, purpose: &str, index: u64) -> f64 {
        self.purpose(purpose).unit(index, 0)
    }
}

/// All streams of one purpose: a key, and nothing that changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Purpose {
    key: [u64; 2],
}

impl Purpose {
    /// The stream at `index`.
    pub fn stream(&self, index: u64) -> Stream {
        Stream { key: self.key, index, block: 0, words: [0; 4], used: 4 }
    }

    /// Uniform number `at` of the stream at `index`, without walking there.
    pub fn unit(&self, index: u64, at: u64) -> f64 {
        let words = philox4x64([at / 4, index, 0, 0], self.key);
        unit_of(words[(at % 4) as usize])
    }

    /// 64 bits that depend on the whole name: a seed for hashes that are not streams.
    pub fn seed(&self) -> u64 {
        // A counter that no stream reaches.
        philox4x64([0, 0, 0, 1], self.key)[0]
    }
}

/// An endless row of random numbers under one name.
#[derive(Clone, Debug)]
pub struct Stream {
    key: [u64; 2],
    index: u64,
    block: u64,
    words: [u64; 4],
    used: usize,
}

impl Stream {
    /// The next 64 random bits.
    pub fn next_u64(&mut self) -> u64 {
        if self.used == self.words.len() {
            self.words = philox4x64([self.block, self.index, 0, 0], self.key);
            self.block += 1;
            self.used = 0;
        }
        let word = self.words[self.used];
        self.used += 1;
        word
    }

    /// The next uniform strictly between 0 and 1: `(k + 1/2) / 2^53`, so that no quantile function meets 0 or 1.
    pub fn next_unit(&mut self) -> f64 {
        unit_of(self.next_u64())
    }

    /// A uniform integer below `count` (Lemire's method without bias); 0 where `count` is 0.
    pub fn next_below(&mut self, count: u64) -> u64 {
        if count == 0 {
            return 0;
        }
        let threshold = count.wrapping_neg() % count;
        loop {
            let wide = u128::from(self.next_u64()) * u128::from(count);
            if (wide as u64) >= threshold {
                return (wide >> 64) as u64;
            }
        }
    }

    /// Shuffles `items` in place (Fisher–Yates).
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for at in (1..items.len()).rev() {
            items.swap(at, self.next_below(at as u64 + 1) as usize);
        }
    }
}

/// `(k + 1/2) / 2^53` of the upper 53 bits.
fn unit_of(word: u64) -> f64 {
    const SCALE: f64 = 1.0 / (1_u64 << 53) as f64;
    let unit = ((word >> 11) as f64 + 0.5) * SCALE;
    // The largest k would round up to exactly 1.
    unit.min(1.0 - f64::EPSILON / 2.0)
}

/// Philox4x64 with ten rounds: 256 random bits for a counter under a key.
fn philox4x64(counter: [u64; 4], key: [u64; 2]) -> [u64; 4] {
    const MULTIPLIERS: [u64; 2] = [0xD2E7_470E_E14C_6C93, 0xCA5A_8263_9512_1157];
    const WEYL: [u64; 2] = [0x9E37_79B9_7F4A_7C15, 0xBB67_AE85_84CA_A73B];
    let (mut c, mut k) = (counter, key);
    for _ in 0..10 {
        let a = u128::from(MULTIPLIERS[0]) * u128::from(c[0]);
        let b = u128::from(MULTIPLIERS[1]) * u128::from(c[2]);
        c = [(b >> 64) as u64 ^ c[1] ^ k[0], b as u64, (a >> 64) as u64 ^ c[3] ^ k[1], a as u64];
        k = [k[0].wrapping_add(WEYL[0]), k[1].wrapping_add(WEYL[1])];
    }
    c
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn philox_meets_the_known_answers_of_its_authors() {
        // Random123's kat_vectors, philox4x64 10.
        let cases = [
            (
                [0; 4],
                [0; 2],
                [0x1655_4d9e_ca36_314c, 0xdb20_fe9d_672d_0fdc, 0xd7e7_72ce_e186_176b, 0x7e68_b68a_ec7b_a23b],
            ),
            (
                [u64::MAX; 4],
                [u64::MAX; 2],
                [0x87b0_92c3_013f_e90b, 0x438c_3c67_be8d_0224, 0x9cc7_d7c6_9cd7_77b6, 0xa09c_aebf_594f_0ba0],
            ),
            (
                [0x243f_6a88_85a3_08d3, 0x1319_8a2e_0370_7344, 0xa409_3822_299f_31d0, 0x082e_fa98_ec4e_6c89],
                [0x4528_21e6_38d0_1377, 0xbe54_66cf_34e9_0c6c],
                [0xa528_f454_03e6_1d95, 0x38c7_2dbd_566e_9788, 0xa5a1_610e_72fd_18b5, 0x57bd_43b5_e52b_7fe6],
            ),
        ];
        for (counter, key, words) in cases {
            assert_eq!(philox4x64(counter, key), words, "{counter:x?}");
        }
    }

    #[test]
    fn a_number_far_on_is_the_one_that_walking_reaches() {
        let purpose = StreamKey::new(3, "f").purpose("p");
        let mut stream = purpose.stream(1_000_000_000);
        for at in 0..11 {
            assert_eq!(stream.next_unit(), purpose.unit(1_000_000_000, at), "number {at}");
        }
    }

    #[test]
    fn a_stream_depends_on_every_part_of_its_name() {
        let base = StreamKey::new(1, "f").unit("p", 0);
        assert_eq!(base, StreamKey::new(1, "f").unit("p", 0), "same name, same number");
        for other in [
            StreamKey::new(2, "f").unit("p", 0),
            StreamKey::new(1, "g").unit("p", 0),
            StreamKey::new(1, "f").unit("q", 0),
            StreamKey::new(1, "f").unit("p", 1),
            StreamKey::new(1, "fp").unit("", 0),
        ] {
            assert_ne!(base, other, "a different name gives a different number");
        }
    }

    #[test]
    fn units_are_uniform_and_open() {
        let mut stream = StreamKey::new(7, "f").stream("p", 3);
        let units: Vec<f64> = (0..20_000).map(|_| stream.next_unit()).collect();
        assert!(units.iter().all(|unit| *unit > 0.0 && *unit < 1.0), "open interval");
        let mean = units.iter().sum::<f64>() / units.len() as f64;
        assert!((mean - 0.5).abs() < 0.01, "mean {mean}");
    }

    #[test]
    fn next_below_covers_its_range() {
        let mut stream = StreamKey::new(7, "f").stream("p", 4);
        let mut seen = [0_u32; 5];
        (0..5_000).for_each(|_| seen[stream.next_below(5) as usize] += 1);
        assert!(seen.iter().all(|count| (850..1150).contains(count)), "{seen:?}");
        assert_eq!(stream.next_below(0), 0, "no range");
    }
}
