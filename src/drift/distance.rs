//! Every distance between two sets with what chance alone would give: value, null band, p, and what to keep in mind.
//!
//! Chance relabels whole groups; see [`super::kernel`] on why 0 is no yardstick.

use fearless_simd::Level;
use rayon::prelude::*;

use crate::base::Monitor;
use crate::base::text::in_sentence_case;
use crate::stats::{Interval, benjamini_hochberg};

use super::kernel::{GroupKernel, Kernel};
use super::labelling::{Grouping, Labellings, Statistic, Tail, band, both};
use super::moments::{Frechet, ROWS_PER_FEATURE, Vendi};
use super::neighbours::Neighbours;
use super::pairs::Pairs;
use super::rows::Rows;
use super::sliced::Sliced;
use super::{DriftError, Settings, Side};

/// The most labellings of statistics that take matrices apart; fewer where the features are many, so that all take at most so many
/// steps of arithmetic (half a minute).
const FEW: usize = 199;
const MOST_STEPS: f64 = 4e10;

/// A number that tells how two sets differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Measure {
    /// Kernel distance with a cubic kernel.
    Kid,
    /// Squared MMD with a Gaussian kernel.
    Mmd,
    /// Energy distance.
    Energy,
    /// Sliced Wasserstein-2.
    SlicedWasserstein,
    /// Fréchet distance.
    Frechet,
    /// Accuracy of telling the sides apart.
    Apart,
    /// Share of the other side that looks like the reference.
    Precision,
    /// Share of the reference that the other side reaches.
    Recall,
    /// How densely the other side fills the reference.
    Density,
    /// Share of the reference with a row of the other side near by.
    Coverage,
    /// The same of what is rare in the reference.
    TailCoverage,
    /// How varied the other side is, beside the reference.
    Vendi,
}

impl Measure {
    /// All, in the order in which they are told.
    pub const ALL: [Self; 12] = [
        Self::Kid,
        Self::Mmd,
        Self::Energy,
        Self::SlicedWasserstein,
        Self::Frechet,
        Self::Apart,
        Self::Precision,
        Self::Recall,
        Self::Density,
        Self::Coverage,
        Self::TailCoverage,
        Self::Vendi,
    ];

    /// The field's name for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Kid => "KID",
            Self::Mmd => "MMD²",
            Self::Energy => "Energy",
            Self::SlicedWasserstein => "Sliced W₂",
            Self::Frechet => "Fréchet",
            Self::Apart => "C2ST",
            Self::Precision => "Precision",
            Self::Recall => "Recall",
            Self::Density => "Density",
            Self::Coverage => "Coverage",
            Self::TailCoverage => "Tail coverage",
            Self::Vendi => "Vendi ratio",
        }
    }

    /// What it says, in a sentence.
    pub fn about(self) -> &'static str {
        match self {
            Self::Kid => {
                "Kernel distance with a cubic kernel: how far both sets lie apart; at or below chance it is 0."
            }
            Self::Mmd => "Kernel distance with a Gaussian as wide as the median pair: sees shape as well as place.",
            Self::Energy => {
                "Energy distance: how much farther rows of both sets are from one another than among themselves."
            }
            Self::SlicedWasserstein => "How far mass must be moved along random directions, in standard deviations.",
            Self::Frechet => "Distance of means and covariances, as FID takes it; biased upwards where rows are few.",
            Self::Apart => {
                "How often a frame's nearest neighbour from another episode is of its own set; 0.5 is chance."
            }
            Self::Precision => {
                "Share of the other set's frames that lie among the reference's; low: frames such as it has none."
            }
            Self::Recall => {
                "Share of the reference's frames that lie among the other set's; low: parts of it are missing."
            }
            Self::Density => {
                "How densely the other set's frames fill the reference; far above chance they crowd in one place."
            }
            Self::Coverage => "Share of the reference's frames with one of the other set near by.",
            Self::TailCoverage => {
                "Coverage of the reference's frames at the rare ends of a feature, beyond its own 1 % and 99 %."
            }
            Self::Vendi => {
                "How many different frames the other set is worth, over the reference; below chance it repeats itself."
            }
        }
    }

    /// Which values are farther from "no difference".
    fn tail(self) -> Tail {
        match self {
            Self::Precision | Self::Recall | Self::Coverage | Self::TailCoverage => Tail::Small,
            Self::Density | Self::Vendi => Tail::Both,
            _ => Tail::Large,
        }
    }
}

/// A distance between two sets with what chance alone would give.
#[derive(Clone, Debug, PartialEq)]
pub struct Distance {
    /// What is measured.
    pub measure: Measure,
    /// Its value; see the module of each for its unit.
    pub value: f64,
    /// 2.5th percentile under relabelled groups.
    pub null_low: f64,
    /// 97.5th percentile under relabelled groups.
    pub null_high: f64,
    /// Permutation p-value by group: the chance of a value at least as far out where the label makes no difference.
    pub p: f64,
    /// Rows of the reference.
    pub n_x: usize,
    /// Rows of the other side.
    pub n_y: usize,
    /// Groups of the reference.
    pub groups_x: usize,
    /// Groups of the other side.
    pub groups_y: usize,
    /// The feature vector's name and version.
    pub features: String,
    /// Labellings that were tried.
    pub permutations: usize,
    /// Whether these were all that exist; the p-value is then exact.
    pub exact: bool,
    /// Middle 95 % between halves of the reference, split by group: what real against real looks like. Halves are smaller than the
    /// whole, so that the band is a little too wide. `None` with fewer than 4 groups.
    pub reference_band: Option<Interval>,
    /// 95 % interval of the value, from leaving groups out, where the measure has one.
    pub interval: Option<Interval>,
    /// What a reader must know before trusting the p-value.
    pub caveat: Option<String>,
}

/// A measure that is not shown, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hidden {
    /// Which.
    pub measure: Measure,
    /// Why, and what would show it.
    pub why: String,
}

/// The distances of `wanted` between the reference `x` and `y`, in their own order, and those that cannot be shown.
/// Time grows with the square of the rows; some thousand rows are seconds.
///
/// # Errors
/// Fewer than two groups a side, uneven or non-finite rows, or stopped.
pub fn distances(
    x: &Side<'_>,
    y: &Side<'_>,
    (features, wanted): (&str, &[Measure]),
    settings: &Settings,
    monitor: &dyn Monitor,
) -> Result<(Vec<Distance>, Vec<Hidden>), DriftError> {
    let grouping = Grouping::new(x, y)?;
    let rows = Rows::standardised(x, y);
    let task = Task::new((&rows, &grouping), (features, wanted), (settings, monitor))?;
    let (mut found, mut hidden) = (Vec::new(), Vec::new());
    for family in FAMILIES {
        if !family.iter().any(|measure| wanted.contains(measure)) {
            continue;
        }
        let fewest = x.rows.len().min(y.rows.len());
        if let (&[Measure::Frechet], Some(why)) = (*family, too_few(fewest, rows.length)) {
            hidden.push(Hidden { measure: Measure::Frechet, why });
            continue;
        }
        found.extend(task.told(family)?.into_iter().filter(|one| wanted.contains(&one.measure)));
    }
    let place = |measure: Measure| Measure::ALL.iter().position(|one| *one == measure);
    found.sort_by_key(|one| place(one.measure));
    Ok((found, hidden))
}

/// What the distances warn of, in words: parts of the reference that are missing, and an other side that repeats itself or crowds.
/// Chance is adjusted for looking at all four (Benjamini–Hochberg, 0.05).
pub fn warnings(distances: &[Distance], reference: &str, other: &str) -> Vec<String> {
    let looked_at = [Measure::Recall, Measure::TailCoverage, Measure::Vendi, Measure::Density];
    let some: Vec<&Distance> = distances.iter().filter(|one| looked_at.contains(&one.measure)).collect();
    let adjusted = benjamini_hochberg(&some.iter().map(|one| one.p).collect::<Vec<_>>());
    let warning = |(one, p): (&Distance, f64)| {
        let words = match one.measure {
            _ if p > 0.05 => return None,
            Measure::Recall => format!("Parts of {reference} are missing from {other}: recall"),
            Measure::TailCoverage => format!("What is rare in {reference} is missing from {other}: tail coverage"),
            Measure::Vendi if one.value < one.null_low => {
                format!("{other} repeats itself more than {reference} does: Vendi ratio")
            }
            Measure::Density if one.value > one.null_high => {
                format!("{other} crowds in one part of {reference}: density")
            }
            _ => return None,
        };
        let [value, low, high] = [one.value, one.null_low, one.null_high];
        Some(in_sentence_case(&format!("{words} {value:.2}, by chance {low:.2} to {high:.2}.")))
    };
    some.into_iter().zip(adjusted).filter_map(warning).collect()
}

/// Measures that are worked out together, in the order of their numbers.
const FAMILIES: &[&[Measure]] = &[
    &[Measure::Kid],
    &[Measure::Mmd],
    &[Measure::Energy],
    &[Measure::SlicedWasserstein],
    &[Measure::Frechet],
    OF_NEIGHBOURS,
    &[Measure::Vendi],
];

/// What [`Neighbours`] tells, in its order.
const OF_NEIGHBOURS: &[Measure] =
    &[Measure::Precision, Measure::Recall, Measure::Density, Measure::Coverage, Measure::TailCoverage, Measure::Apart];

/// Why the Fréchet distance of so few rows is not shown.
fn too_few(rows: usize, features: usize) -> Option<String> {
    let needs = ROWS_PER_FEATURE * features;
    (rows < needs).then(|| {
        format!(
            "The Fréchet distance is not shown: {rows} frames on the smaller side and {features} features, and below {needs} frames it \
             mostly tells how few there are. Take more frames of each episode, or read KID."
        )
    })
}

/// Warns where groups are too few for the p-value to say much.
fn caveat(groups_x: usize, groups_y: usize, smallest_p: f64) -> Option<String> {
    if smallest_p > 0.05 {
        Some(format!(
            "With {groups_x} and {groups_y} groups no difference, however large, gives a p-value below {smallest_p:.2}; add episodes."
        ))
    } else if groups_x.min(groups_y) < 5 {
        Some(format!(
            "With {groups_x} and {groups_y} groups the smallest possible p-value is {smallest_p:.3} and only large differences are found."
        ))
    } else {
        None
    }
}

/// What every family of measures works on.
struct Task<'a> {
    rows: &'a Rows,
    grouping: &'a Grouping,
    features: &'a str,
    settings: &'a Settings,
    monitor: &'a dyn Monitor,
    /// Of all groups, and of the reference's in halves where it has enough.
    quick: (Labellings, Option<Labellings>),
    kernels: Vec<(Measure, GroupKernel)>,
    /// `None` where nothing is asked of neighbours.
    neighbours: Option<Neighbours>,
}

impl<'a> Task<'a> {
    /// Looks at every pair of rows once, for all that `wanted` needs of them.
    fn new(
        (rows, grouping): (&'a Rows, &'a Grouping),
        (features, wanted): (&'a str, &[Measure]),
        (settings, monitor): (&'a Settings, &'a dyn Monitor),
    ) -> Result<Self, DriftError> {
        let level = Level::new();
        let kernel = |measure: &Measure| match measure {
            Measure::Kid => Some((*measure, Kernel::Cubic)),
            Measure::Mmd => Some((*measure, Kernel::gaussian(rows, level))),
            Measure::Energy => Some((*measure, Kernel::Distance)),
            _ => None,
        };
        let (measures, kernels): (Vec<Measure>, Vec<Kernel>) = wanted.iter().filter_map(kernel).unzip();
        let wants_near = wanted.iter().any(|measure| OF_NEIGHBOURS.contains(measure));
        let (mut seen, mut neighbours) = (Vec::new(), None);
        if !kernels.is_empty() || wants_near {
            let pairs = Pairs::new(rows, grouping, level);
            let found = pairs.look(grouping, (&kernels, wants_near), monitor)?;
            seen = found.kernels;
            neighbours = wants_near.then(|| Neighbours::new(rows, pairs, found.near));
        }
        let kernels = measures.into_iter().zip(seen).collect();
        let quick = both(grouping, |(first, second), purpose| Labellings::new(first, second, settings, purpose));
        Ok(Self { rows, grouping, features, settings, monitor, quick, kernels, neighbours })
    }

    fn told(&self, family: &[Measure]) -> Result<Vec<Distance>, DriftError> {
        let (rows, grouping) = (self.rows, self.grouping);
        if let Some(near) = self.neighbours.as_ref().filter(|_| family == OF_NEIGHBOURS) {
            let mut told = self.relabelled(family, near, false)?;
            for one in told.iter_mut().filter(|one| one.measure == Measure::Apart) {
                one.interval = Some(near.accuracy_interval(&grouping.parts(&grouping.observed())));
            }
            return Ok(told);
        }
        match family {
            [Measure::SlicedWasserstein] => {
                self.relabelled(family, &Sliced::new(rows, grouping, self.settings.seed), false)
            }
            [Measure::Frechet] => self.relabelled(family, &Frechet::new(rows, grouping), true),
            [Measure::Vendi] => self.relabelled(family, &Vendi::new(rows, grouping), true),
            _ => {
                let own = self.kernels.iter().find(|(measure, _)| family.contains(measure));
                own.map_or_else(|| Ok(Vec::new()), |(_, kernel)| self.relabelled(family, kernel, false))
            }
        }
    }

    /// Every number of `statistic` as observed, under relabelled groups, and between halves of the reference.
    fn relabelled(
        &self,
        family: &[Measure],
        statistic: &dyn Statistic,
        is_slow: bool,
    ) -> Result<Vec<Distance>, DriftError> {
        let grouping = self.grouping;
        let slow;
        let (labellings, halves) = if is_slow {
            slow = self.few();
            &slow
        } else {
            &self.quick
        };
        let observed = statistic.of(&grouping.parts(&grouping.observed()));
        let null = self.all(statistic, labellings)?;
        let halves = halves.as_ref().map(|halves| self.all(statistic, halves)).transpose()?;
        let numbers = |all: &[Vec<f64>], at: usize| -> Vec<f64> { all.iter().map(|values| values[at]).collect() };
        let (groups_x, groups_y) = (grouping.groups_x, grouping.groups_y());
        let n_x = grouping.sizes[..groups_x].iter().sum();
        let told = family.iter().enumerate().map(|(at, measure)| {
            let null = numbers(&null, at);
            let null_band = band(&null);
            let smallest_p = if measure.tail() == Tail::Both { 2.0 } else { 1.0 } * labellings.smallest_p;
            Distance {
                measure: *measure,
                value: observed[at],
                null_low: null_band.low,
                null_high: null_band.high,
                p: labellings.chance(measure.tail(), (observed[at], &null), 1e-12 * statistic.scale()),
                n_x,
                n_y: self.rows.count() - n_x,
                groups_x,
                groups_y,
                features: self.features.to_owned(),
                permutations: labellings.all.len(),
                exact: labellings.exact,
                reference_band: halves.as_ref().map(|halves| band(&numbers(halves, at))),
                interval: None,
                caveat: caveat(groups_x, groups_y, smallest_p),
            }
        });
        Ok(told.collect())
    }

    /// Labellings of what takes matrices apart.
    fn few(&self) -> (Labellings, Option<Labellings>) {
        let length = self.rows.length as f64;
        let steps = self.rows.count() as f64 * length * length + 30.0 * length * length * length;
        let most = ((MOST_STEPS / steps) as usize).clamp(19, FEW);
        let few = Settings { permutations: self.settings.permutations.min(most), ..*self.settings };
        both(self.grouping, |sides, purpose| Labellings::up_to(most as f64, sides, &few, purpose))
    }

    fn all(&self, statistic: &dyn Statistic, labellings: &Labellings) -> Result<Vec<Vec<f64>>, DriftError> {
        let one = |labels: &Vec<bool>| {
            if self.monitor.stopped() {
                Err(DriftError::Stopped)
            } else {
                Ok(statistic.of(&self.grouping.parts(labels)))
            }
        };
        labellings.all.par_iter().map(one).collect()
    }
}

#[cfg(test)]
#[path = "distance_tests.rs"]
mod tests;
