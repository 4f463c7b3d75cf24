//! How well a fitted distribution fits: the distance between two distribution functions, and how often chance alone makes
//! one as large where the distribution is fitted anew each time.

use super::model::Model;
use super::values::{Values, onto};
use crate::base::Monitor;
use crate::base::stream::Purpose;
use crate::family::Law;

/// Largest sample that is drawn for a refit; the distances of larger ones are scaled by the root of the size.
const LARGEST_REFIT: f64 = 1_000.0;
const LARGEST_SLOW_REFIT: f64 = 400.0;

/// Values, evenly taken, on which episodes are drawn again.
const MOST_REDRAWN: usize = 2_000;

/// Share of the refits that must succeed.
const ENOUGH: f64 = 0.5;

/// A p-value from refits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bootstrap {
    /// (1 + refits at least as far off) / (1 + refits).
    pub p: f64,
    /// Refits that succeeded.
    pub refits: u32,
}

/// A law that also measures directions, counted from one cut around the circle.
pub(super) struct Ruler<'a> {
    law: &'a Law,
    /// Where the turn begins, its length, and the law's share there.
    turn: Option<(f64, f64, f64)>,
}

impl<'a> Ruler<'a> {
    /// Directions are counted from `cut`, or from where the law's own turn begins.
    pub(super) fn new(law: &'a Law, cut: Option<f64>) -> Self {
        let (low, _) = law.support();
        let turn = law.period().map(|full_turn| {
            let cut = cut.unwrap_or(low);
            (cut, full_turn, law.cdf(onto(cut, low, full_turn)))
        });
        Self { law, turn }
    }

    /// The values on this ruler: themselves, or directions in its turn.
    pub(super) fn placed(&self, values: &Values) -> Values {
        match self.turn {
            Some((cut, full_turn, _)) => values.around(cut + 0.5 * full_turn, full_turn),
            None => values.clone(),
        }
    }

    /// P(X < x) and P(X ≤ x), counted from the cut.
    fn shares(&self, x: f64) -> (f64, f64) {
        let Some((_, full_turn, before)) = self.turn else {
            let until = self.law.cdf(x);
            return (until - self.law.mass(x), until);
        };
        let (low, _) = self.law.support();
        let share = self.law.cdf(onto(x, low, full_turn)) - before;
        let share = if share < 0.0 { share + 1.0 } else { share };
        (share, share)
    }

    /// The empirical less the law's distribution function, just below and at every value.
    pub(super) fn gaps(&self, values: &Values) -> Vec<(f64, f64)> {
        let mut sum = 0.0;
        let gap = |(x, weight): (f64, f64)| {
            let below = sum;
            sum += weight;
            let shares = self.shares(x);
            (below / values.total - shares.0, sum / values.total - shares.1)
        };
        values.pairs().map(gap).collect()
    }

    /// Kolmogorov and Smirnov's distance, also for laws with atoms.
    pub(super) fn distance(&self, values: &Values) -> f64 {
        largest(self.gaps(values).into_iter())
    }
}

fn largest(gaps: impl Iterator<Item = (f64, f64)>) -> f64 {
    gaps.fold(0.0, |most, (below, at)| most.max(below.abs()).max(at.abs()))
}

/// How one model's refits are made.
pub(super) struct Refits<'a> {
    pub(super) model: Model,
    pub(super) full_turn: Option<f64>,
    pub(super) count: u32,
    /// Streams by refit.
    pub(super) streams: Purpose,
    pub(super) monitor: &'a dyn Monitor,
}

impl Refits<'_> {
    /// The parametric bootstrap that Lilliefors (J. Amer. Stat. Assoc. 62, 1967) tabulated for the normal: values are drawn
    /// from the fitted law, as many as the data are worth, and the same model is fitted to them.
    pub(super) fn independent(&self, law: &Law, distance: f64, effective: f64) -> Option<Bootstrap> {
        let largest = if self.model.is_slow() { LARGEST_SLOW_REFIT } else { LARGEST_REFIT };
        let size = libm::round(effective).clamp(5.0, largest);
        // Distances shrink with the root of the size.
        let limit = distance * libm::sqrt(effective / size);
        self.p(limit, |refit| {
            let mut stream = self.streams.stream(refit);
            let drawn: Vec<f64> = (0..size as usize).map(|_| law.quantile(stream.next_unit())).collect();
            let drawn = Values::plain(&drawn, size)?;
            let (_, refitted) = self.model.fit(&drawn, self.full_turn).ok()?;
            let ruler = Ruler::new(&refitted, None);
            Some(ruler.distance(&ruler.placed(&drawn)))
        })
    }

    /// Whole episodes drawn again with replacement, so that whatever holds the frames of one together stays. The distance is
    /// that between the refit's gaps and the fit's own (Babu and Rao, Sankhyā 66(1), 2004), times √(k/(k − 1)) for k
    /// episodes, whose redraws vary that much less than new episodes would.
    pub(super) fn by_episode(&self, rows: &[Vec<f64>], effective: f64) -> Option<Bootstrap> {
        let n: usize = rows.iter().map(Vec::len).sum();
        let step = n.div_ceil(MOST_REDRAWN).max(1);
        let taken: Vec<Vec<f64>> = rows.iter().map(|row| row.iter().copied().step_by(step).collect()).collect();
        let base = Values::plain(&taken.concat(), effective)?;
        let (_, law) = self.model.fit(&base, self.full_turn).ok()?;
        let ruler = Ruler::new(&law, None);
        let cut = ruler.turn.map(|(cut, ..)| cut);
        let base = ruler.placed(&base);
        let own = ruler.gaps(&base);
        let place = |x: &f64| {
            let x = ruler.turn.map_or(*x, |(cut, full_turn, _)| onto(*x, cut, full_turn));
            base.at.partition_point(|at| *at < x)
        };
        let places: Vec<Vec<usize>> = taken.iter().map(|row| row.iter().map(place).collect()).collect();
        let k = rows.len() as f64;
        let limit = largest(own.iter().copied()) / libm::sqrt(k / (k - 1.0));
        self.p(limit, |refit| {
            let mut stream = self.streams.stream(refit);
            let mut weights = vec![0.0; base.at.len()];
            for _ in 0..rows.len() {
                let row = places.get(stream.next_below(rows.len() as u64) as usize)?;
                row.iter().filter_map(|at| weights.get_mut(*at).map(|weight| *weight += 1.0)).for_each(drop);
            }
            let pairs = base.at.iter().copied().zip(weights.iter().copied());
            let redrawn = Values::new(pairs.collect(), effective)?;
            let (_, refitted) = self.model.fit(&redrawn, self.full_turn).ok()?;
            let all = Values { at: base.at.clone(), weights, total: redrawn.total, effective };
            let gaps = Ruler::new(&refitted, cut).gaps(&all);
            Some(largest(gaps.iter().zip(&own).map(|(new, own)| (new.0 - own.0, new.1 - own.1))))
        })
    }

    fn p(&self, limit: f64, distance: impl Fn(u64) -> Option<f64>) -> Option<Bootstrap> {
        let (mut done, mut beyond) = (0, 0);
        for refit in 0..self.count {
            if self.monitor.stopped() {
                return None;
            }
            let Some(distance) = distance(u64::from(refit)) else { continue };
            done += 1;
            beyond += u32::from(distance >= limit);
        }
        let is_enough = self.count > 0 && f64::from(done) >= ENOUGH * f64::from(self.count);
        is_enough.then(|| Bootstrap { p: f64::from(1 + beyond) / f64::from(1 + done), refits: done })
    }
}
