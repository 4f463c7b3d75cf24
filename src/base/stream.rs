//! Keyed random streams: the only door through which chance enters.
//!
//! A stream is named by (study seed, family id, purpose, index). Two names that differ anywhere give independent
//! streams, so that adding a parameter changes no other parameter's draws and draw 7 is draw 7 in any shard.
//! The numbers are the BLAKE3 extendable output over the length-prefixed name: counter-based, the same everywhere.

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

    /// The stream for `purpose` (a parameter's name, `"noise"`, …) at `index` (the draw's index, mostly).
    pub fn stream(&self, purpose: &str, index: u64) -> Stream {
        let mut hasher = blake3::Hasher::new();
        hasher.update(b"worldproof stream v1");
        hasher.update(&self.study_seed.to_le_bytes());
        for part in [self.family.as_str(), purpose] {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part.as_bytes());
        }
        hasher.update(&index.to_le_bytes());
        Stream { reader: hasher.finalize_xof() }
    }

    /// The first uniform of that stream, strictly between 0 and 1.
    pub fn unit(&self, purpose: &str, index: u64) -> f64 {
        self.stream(purpose, index).next_unit()
    }
}

/// An endless row of random numbers under one name.
#[derive(Clone, Debug)]
pub struct Stream {
    reader: blake3::OutputReader,
}

impl Stream {
    /// The next 64 random bits.
    pub fn next_u64(&mut self) -> u64 {
        let mut bytes = [0_u8; 8];
        self.reader.fill(&mut bytes);
        u64::from_le_bytes(bytes)
    }

    /// The next uniform strictly between 0 and 1: `(k + 1/2) / 2^53`, so that no quantile function meets 0 or 1.
    pub fn next_unit(&mut self) -> f64 {
        const SCALE: f64 = 1.0 / (1_u64 << 53) as f64;
        let unit = ((self.next_u64() >> 11) as f64 + 0.5) * SCALE;
        // The largest k would round up to exactly 1.
        unit.min(1.0 - f64::EPSILON / 2.0)
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

#[cfg(test)]
mod tests {
    use super::*;

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
