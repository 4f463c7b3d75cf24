//! Values as the fits see them: distinct and rising, each with a weight, so that drawing episodes again changes weights
//! alone.

/// Distinct values with weights above 0. Never empty.
#[derive(Clone, Debug)]
pub(super) struct Values {
    /// Rising.
    pub(super) at: Vec<f64>,
    /// One a value.
    pub(super) weights: Vec<f64>,
    /// Sum of the weights.
    pub(super) total: f64,
    /// How many independent values they are worth; at least 1.
    pub(super) effective: f64,
}

impl Values {
    /// From (value, weight) in any order. `None` where no weight is above 0.
    pub(super) fn new(mut weighted: Vec<(f64, f64)>, effective: f64) -> Option<Self> {
        weighted.retain(|(_, weight)| *weight > 0.0);
        weighted.sort_by(|a, b| a.0.total_cmp(&b.0));
        weighted.dedup_by(|next, kept| {
            // -0 and 0 sort apart but are one value.
            let same = next.0 == kept.0;
            kept.1 += if same { next.1 } else { 0.0 };
            same
        });
        let total = weighted.iter().map(|(_, weight)| weight).sum();
        let (at, weights): (Vec<f64>, Vec<f64>) = weighted.into_iter().unzip();
        (!at.is_empty()).then_some(Self { at, weights, total, effective: effective.max(1.0) })
    }

    /// Each value once.
    pub(super) fn plain(values: &[f64], effective: f64) -> Option<Self> {
        Self::new(values.iter().map(|value| (*value, 1.0)).collect(), effective)
    }

    pub(super) fn low(&self) -> f64 {
        self.at.first().copied().unwrap_or(f64::NAN)
    }

    pub(super) fn high(&self) -> f64 {
        self.at.last().copied().unwrap_or(f64::NAN)
    }

    pub(super) fn range(&self) -> f64 {
        self.high() - self.low()
    }

    /// (value, weight), rising.
    pub(super) fn pairs(&self) -> impl DoubleEndedIterator<Item = (f64, f64)> + Clone + '_ {
        self.at.iter().copied().zip(self.weights.iter().copied())
    }

    /// Mean of `g`.
    pub(super) fn mean_of(&self, g: impl Fn(f64) -> f64) -> f64 {
        self.pairs().map(|(value, weight)| weight * g(value)).sum::<f64>() / self.total
    }

    /// Mean and standard deviation of `g`, with the divisor n that maximum likelihood has.
    pub(super) fn moments_of(&self, g: impl Fn(f64) -> f64) -> (f64, f64) {
        let mean = self.mean_of(&g);
        let variance = self.mean_of(|value| (g(value) - mean) * (g(value) - mean));
        (mean, libm::sqrt(variance))
    }

    /// The ends that stand in for those of a distribution with a density of 0 or infinity there: one part in n + 1 of the
    /// range beyond the outermost values, with n the effective number. That is the mean gap of as many uniform values.
    pub(super) fn ends_with_margin(&self) -> (f64, f64) {
        let margin = self.range() / (self.effective + 1.0);
        (self.low() - margin, self.high() + margin)
    }

    /// The same directions within half a turn of `centre`.
    pub(super) fn around(&self, centre: f64, full_turn: f64) -> Self {
        let cut = centre - 0.5 * full_turn;
        let turned = self.pairs().map(|(value, weight)| (onto(value, cut, full_turn), weight));
        Self::new(turned.collect(), self.effective).unwrap_or_else(|| self.clone())
    }

    /// Every value as often as its weight says, which is a whole number.
    pub(super) fn repeated(&self) -> Vec<f64> {
        self.pairs().flat_map(|(value, weight)| std::iter::repeat_n(value, weight as usize)).collect()
    }
}

/// `value` moved by whole turns into the turn that begins at `cut`.
pub(super) fn onto(value: f64, cut: f64, full_turn: f64) -> f64 {
    let turned = value - full_turn * libm::floor((value - cut) / full_turn);
    // Rounding may put it on the far end.
    turned.clamp(cut, cut + full_turn)
}
