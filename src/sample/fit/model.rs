//! The distributions that can be fitted: their names, what they are tried on, and how many numbers they learn.

use super::likelihood as ml;
use super::table;
use super::values::Values;
use crate::family::{Distribution, Law, distribution};

/// A kind of distribution that can be fitted to values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Model {
    /// [`Distribution::Uniform`] between the outermost values.
    Uniform,
    /// [`Distribution::LogUniform`] between the outermost values.
    LogUniform,
    /// [`Distribution::Normal`].
    Normal,
    /// [`Distribution::TruncatedNormal`] on the data's range with a margin of one part in n + 1 (n effective).
    TruncatedNormal,
    /// [`Distribution::LogNormal`].
    LogNormal,
    /// [`Distribution::Triangular`].
    Triangular,
    /// [`Distribution::Beta`] on the same range as the truncated normal.
    Beta,
    /// [`Distribution::Gamma`].
    Gamma,
    /// [`Distribution::Weibull`].
    Weibull,
    /// [`Distribution::Exponential`].
    Exponential,
    /// [`Distribution::VonMises`], for angles.
    VonMises,
    /// [`Distribution::Bernoulli`], for zeros and ones.
    Bernoulli,
    /// [`Distribution::Integer`], for whole numbers.
    Integer,
    /// [`Distribution::Poisson`], for counts.
    Poisson,
    /// [`Distribution::Choice`], for values that occur again and again.
    Choice,
    /// [`Distribution::Histogram`] with equal bars.
    Histogram,
    /// [`Distribution::Empirical`].
    Empirical,
    /// [`Distribution::Mixture`] of the values that occur again and again and quantiles of the rest.
    Mixture,
}

impl Model {
    /// Every one, in the order in which ties are listed.
    pub const ALL: [Self; 18] = [
        Self::Uniform,
        Self::LogUniform,
        Self::Normal,
        Self::TruncatedNormal,
        Self::LogNormal,
        Self::Triangular,
        Self::Beta,
        Self::Gamma,
        Self::Weibull,
        Self::Exponential,
        Self::VonMises,
        Self::Bernoulli,
        Self::Integer,
        Self::Poisson,
        Self::Choice,
        Self::Histogram,
        Self::Empirical,
        Self::Mixture,
    ];

    /// The kind of distribution that it fits.
    pub fn kind(self) -> distribution::Kind {
        use distribution::Kind as K;
        match self {
            Self::Uniform => K::Uniform,
            Self::LogUniform => K::LogUniform,
            Self::Normal => K::Normal,
            Self::TruncatedNormal => K::TruncatedNormal,
            Self::LogNormal => K::LogNormal,
            Self::Triangular => K::Triangular,
            Self::Beta => K::Beta,
            Self::Gamma => K::Gamma,
            Self::Weibull => K::Weibull,
            Self::Exponential => K::Exponential,
            Self::VonMises => K::VonMises,
            Self::Bernoulli => K::Bernoulli,
            Self::Integer => K::Integer,
            Self::Poisson => K::Poisson,
            Self::Choice => K::Choice,
            Self::Histogram => K::Histogram,
            Self::Empirical => K::Empirical,
            Self::Mixture => K::Mixture,
        }
    }

    /// As a family's file writes it.
    pub fn name(self) -> &'static str {
        self.kind().name()
    }

    /// The one called `name`, in any case.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|model| model.name().eq_ignore_ascii_case(name))
    }

    /// Whether a p-value says something: not where the distribution follows the data whatever they are.
    pub(super) fn can_fail(self) -> bool {
        !matches!(self, Self::Bernoulli | Self::Choice | Self::Histogram | Self::Empirical | Self::Mixture)
    }

    /// Whether its shares cost so much that fewer refits must do.
    pub(super) fn is_slow(self) -> bool {
        matches!(self, Self::Beta | Self::Gamma | Self::VonMises | Self::Triangular | Self::TruncatedNormal)
    }

    /// Whether it is tried on such data.
    pub(super) fn suits(self, kind: Kind) -> bool {
        match self {
            Self::Bernoulli => kind.is_binary,
            Self::Integer => kind.is_whole && !kind.is_fine,
            Self::Poisson => kind.is_whole && kind.is_count && !kind.is_binary,
            Self::Choice => kind.has_few || (kind.is_whole && !kind.is_fine),
            Self::VonMises => kind.is_fine && kind.is_angle,
            Self::Mixture => kind.is_fine && kind.has_atom,
            _ => kind.is_fine,
        }
    }

    /// The likeliest distribution of this kind, ready to draw from.
    ///
    /// # Errors
    /// Why there is none.
    pub(super) fn fit(self, values: &Values, full_turn: Option<f64>) -> Result<(Distribution, Law), String> {
        let distribution = match self {
            Self::Uniform => Ok(ml::uniform(values)),
            Self::LogUniform => ml::log_uniform(values),
            Self::Normal => Ok(ml::normal(values)),
            Self::TruncatedNormal => ml::truncated_normal(values),
            Self::LogNormal => ml::log_normal(values),
            Self::Triangular => Ok(ml::triangular(values)),
            Self::Beta => ml::beta(values),
            Self::Gamma => ml::gamma(values),
            Self::Weibull => ml::weibull(values),
            Self::Exponential => ml::exponential(values),
            Self::VonMises => ml::von_mises(values, full_turn),
            Self::Bernoulli => Ok(Distribution::Bernoulli { p: values.mean_of(|x| x) }),
            Self::Integer => Ok(Distribution::Integer { low: values.low(), high: values.high() }),
            Self::Poisson => Ok(Distribution::Poisson { mean: values.mean_of(|x| x) }),
            Self::Choice => table::choice(values),
            Self::Histogram => Ok(table::histogram(values)),
            Self::Empirical => table::empirical(values),
            Self::Mixture => table::mixture(values),
        }?;
        let law = Law::new(&distribution, full_turn)?;
        Ok((distribution, law))
    }
}

/// How many numbers were learnt from the data.
pub(super) fn learnt(distribution: &Distribution) -> usize {
    use Distribution as D;
    match distribution {
        D::Exponential { .. } | D::Bernoulli { .. } | D::Poisson { .. } => 1,
        D::Triangular { .. } => 3,
        D::TruncatedNormal { .. } | D::Beta { .. } => 4,
        D::Choice(choices) => choices.len().saturating_sub(1),
        // Two ends, and shares that sum to 1.
        D::Histogram { weights, .. } => weights.len() + 1,
        D::Empirical { quantiles, .. } => quantiles.len(),
        D::Mixture(parts) => parts.len().saturating_sub(1) + parts.iter().map(|part| learnt(&part.of)).sum::<usize>(),
        _ => 2,
    }
}

/// What sort of numbers the data are.
#[expect(clippy::struct_excessive_bools, reason = "independent facts about the data, not states")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Kind {
    /// Only 0 and 1.
    is_binary: bool,
    /// Only whole numbers.
    is_whole: bool,
    /// None below 0.
    is_count: bool,
    /// So few distinct values that each comes again and again.
    has_few: bool,
    /// Fine enough for a density.
    pub(super) is_fine: bool,
    /// A single value holds much of the data.
    pub(super) has_atom: bool,
    /// The unit is an angle.
    is_angle: bool,
}

impl Kind {
    pub(super) fn of(values: &Values, full_turn: Option<f64>) -> Self {
        let distinct = values.at.len();
        let is_whole = values.at.iter().all(|x| libm::floor(*x) == *x);
        let has_few = distinct <= 20 && distinct as f64 <= values.total / 4.0;
        // A density over a few whole numbers would be judged by the gaps between them.
        let is_coarse = is_whole && distinct <= 50 && distinct as f64 <= values.total / 2.0;
        Self {
            is_binary: values.at.iter().all(|x| *x == 0.0 || *x == 1.0),
            is_whole,
            is_count: values.low() >= 0.0,
            has_few,
            is_fine: !has_few && !is_coarse,
            has_atom: values.weights.iter().any(|weight| *weight >= table::ATOM * values.total),
            is_angle: full_turn.is_some(),
        }
    }

    /// For people.
    pub(super) fn words(self) -> &'static str {
        match self {
            Self { is_binary: true, .. } => "only 0 and 1",
            Self { is_whole: true, is_fine: false, .. } => "whole numbers",
            Self { is_fine: false, .. } => "a few values again and again",
            _ => "continuous",
        }
    }
}
