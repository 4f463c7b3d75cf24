//! From a value to a share of a range and back, and the round numbers that a range is told by.

use serde::{Deserialize, Serialize};

/// How values are spread over a range.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Spread {
    /// Equal factors are equally far apart.
    #[default]
    Log,
    /// Equal differences are.
    Linear,
    /// Equal differences of the reciprocal are, as of a stereo camera's disparity.
    Inverse,
}

impl Spread {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Log, Self::Linear, Self::Inverse];

    /// What people call it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Log => "Logarithmic",
            Self::Linear => "Linear",
            Self::Inverse => "Inverse depth",
        }
    }
}

/// A range above 0 and how values are spread over it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scale {
    /// What lies at 0.
    pub low: f32,
    /// What lies at 1, above `low`.
    pub high: f32,
    /// How values lie between.
    pub spread: Spread,
}

/// The least that a scale can tell, and the least ratio of its ends.
const LEAST: f32 = 1e-3;
const NARROWEST: f32 = 1.01;

impl Scale {
    /// A scale from `low` to `high`, made sound: above 0, finite, and not empty.
    pub fn new([low, high]: [f32; 2], spread: Spread) -> Self {
        let sound = |value: f32, otherwise: f32| if value.is_finite() { value.max(LEAST) } else { otherwise };
        let low = sound(low, LEAST);
        Self { low, high: sound(high, low).max(low * NARROWEST), spread }
    }

    /// Where `value` lies, 0 to 1; outside of the range at its nearer end.
    pub fn share(&self, value: f32) -> f32 {
        let place = |value: f32| match self.spread {
            Spread::Log => value.ln(),
            Spread::Linear => value,
            Spread::Inverse => -1.0 / value,
        };
        let (low, high) = (place(self.low), place(self.high));
        ((place(value.max(LEAST)) - low) / (high - low)).clamp(0.0, 1.0)
    }

    /// What lies at `share`.
    pub fn value(&self, share: f32) -> f32 {
        let Self { low, high, .. } = *self;
        match self.spread {
            Spread::Log => low * (high / low).powf(share),
            Spread::Linear => low + share * (high - low),
            Spread::Inverse => 1.0 / (1.0 / low + share * (1.0 / high - 1.0 / low)),
        }
    }

    /// Round numbers in the range, at least `apart` (a share) from each other and from the range's ends, and both ends.
    pub fn ticks(&self, apart: f32) -> Vec<f32> {
        let mut ticks = vec![self.low, self.high];
        // The rounder ones first: 1, then 5 and 2, of every power of ten.
        for digit in [1.0_f32, 5.0, 2.0, 3.0] {
            for power in -3..6 {
                let tick = digit * 10.0_f32.powi(power);
                let clear = |other: &f32| (self.share(*other) - self.share(tick)).abs() >= apart;
                if tick > self.low && tick < self.high && ticks.iter().all(clear) {
                    ticks.push(tick);
                }
            }
        }
        ticks.sort_by(f32::total_cmp);
        ticks
    }
}

/// Round numbers that hold all of `values` but the outermost two hundredth at either end; `None` where there are none. Only
/// every so many are looked at where there are very many.
pub fn range_of(values: &[f32]) -> Option<[f32; 2]> {
    const LOOKED_AT: usize = 20_000;
    const OUTSIDE: f32 = 0.005;
    let step = values.len().div_ceil(LOOKED_AT).max(1);
    let mut known: Vec<f32> = values.iter().copied().step_by(step).filter(|value| *value > 0.0).collect();
    known.sort_unstable_by(f32::total_cmp);
    let last = known.len().checked_sub(1)?;
    let at = |share: f32| known.get((share * last as f32) as usize).copied();
    Some([round(at(OUTSIDE)?, false), round(at(1.0 - OUTSIDE)?, true)])
}

/// The next round number below, or above: so a range stays while a picture changes a little.
pub fn round(value: f32, up: bool) -> f32 {
    const STEPS: [f32; 9] = [1.0, 1.2, 1.5, 2.0, 3.0, 4.0, 5.0, 7.0, 10.0];
    if value <= 0.0 || !value.is_finite() {
        return LEAST;
    }
    let power = 10.0_f32.powf(value.log10().floor());
    let digits = value / power;
    let found = if up {
        STEPS.iter().find(|step| **step >= digits * 0.9999)
    } else {
        STEPS.iter().rev().find(|step| **step <= digits * 1.0001)
    };
    found.copied().unwrap_or(1.0) * power
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_and_shares_are_inverse() {
        for spread in Spread::ALL {
            let scale = Scale::new([0.4, 120.0], spread);
            for share in [0.0, 0.1, 0.5, 0.93, 1.0] {
                assert!((scale.share(scale.value(share)) - share).abs() < 1e-4, "{spread:?} {share}");
            }
            assert_eq!((scale.share(0.01), scale.share(900.0)), (0.0, 1.0), "{spread:?}: beyond its ends");
        }
        let half = |spread| Scale::new([1.0, 100.0], spread).value(0.5);
        assert!((half(Spread::Log) - 10.0).abs() < 1e-3 && (half(Spread::Linear) - 50.5).abs() < 1e-3);
        assert!((half(Spread::Inverse) - 2.0 / 1.01).abs() < 1e-3, "the reciprocals' middle");
    }

    #[test]
    fn ranges_hold_a_table_and_a_road() {
        let table: Vec<f32> = (0..5000).map(|at| 0.43 + 2.0 * at as f32 / 5000.0).collect();
        assert_eq!(range_of(&table), Some([0.4, 3.0]));
        let road: Vec<f32> = (0..100_000).map(|at| 3.0 + 190.0 * at as f32 / 100_000.0).collect();
        assert_eq!(range_of(&road), Some([3.0, 200.0]));
        assert_eq!(range_of(&[0.0, 0.0]), None, "sky alone");
        let odd = Scale::new([f32::NAN, -3.0], Spread::Log);
        assert!(odd.low > 0.0 && odd.high > odd.low && odd.share(f32::NAN).is_finite(), "{odd:?}");
    }

    #[test]
    fn ticks_are_round_in_range_and_apart() {
        for (ends, spread) in
            [([0.4, 3.0], Spread::Log), ([2.0, 200.0], Spread::Linear), ([0.5, 70.0], Spread::Inverse)]
        {
            let scale = Scale::new(ends, spread);
            let ticks = scale.ticks(0.1);
            assert!(ticks.len() >= 4 && ticks[0] == ends[0] && ticks.last() == Some(&ends[1]), "{ticks:?}");
            let shares: Vec<f32> = ticks.iter().map(|tick| scale.share(*tick)).collect();
            assert!(shares.windows(2).all(|pair| pair[1] - pair[0] > 0.099), "{spread:?} {ticks:?} {shares:?}");
        }
    }
}
