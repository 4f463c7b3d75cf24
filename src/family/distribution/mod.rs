//! One-dimensional distributions as a family's file writes them: names and numbers, no arithmetic.
//!
//! [`Distribution`] is generic in its numbers, so that the same shape holds plain numbers, quantities with a unit or
//! expressions. What a distribution of plain numbers means is computed by [`Law`]: density, distribution function,
//! quantiles and moments, right far in both tails. It is deliberately not a general statistics library (nothing is
//! estimated from data here), and no random number is made: drawing is a quantile of a uniform.

mod atoms;
mod bell;
mod build;
mod check;
mod cover;
mod kind;
mod law;
mod linear;
mod map;
mod mixed;
mod power;
mod quadrature;
mod smooth;

use serde::{Deserialize, Serialize};

pub use cover::{heavy_weights, uncovered};
pub use kind::Kind;
pub use law::{Law, full_turn, ln_ratio};
pub use map::{NumberKind, Place};

/// How a number is distributed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, bound(deserialize = "N: Deserialize<'de>"))]
pub enum Distribution<N = f64> {
    /// Always the same.
    Constant(N),
    /// Equally likely anywhere between.
    Uniform {
        /// Lower end.
        low: N,
        /// Upper end.
        high: N,
    },
    /// The logarithm is uniform.
    LogUniform {
        /// Lower end, above 0.
        low: N,
        /// Upper end.
        high: N,
    },
    /// A normal, without ends.
    Normal {
        /// Mean.
        mean: N,
        /// Standard deviation.
        sd: N,
    },
    /// A normal cut off at both ends.
    TruncatedNormal {
        /// Mean of the normal before the cut.
        mean: N,
        /// Standard deviation before the cut.
        sd: N,
        /// Lower end.
        low: N,
        /// Upper end.
        high: N,
    },
    /// The logarithm is normal.
    LogNormal {
        /// Median, above 0.
        median: N,
        /// Standard deviation of the natural logarithm.
        sigma: N,
    },
    /// Rises straight from the lower end to the mode and falls straight to the upper end.
    Triangular {
        /// Lower end.
        low: N,
        /// The most likely value.
        mode: N,
        /// Upper end.
        high: N,
    },
    /// A smooth estimate from three points: a beta distribution with the given mode.
    Pert {
        /// Lower end.
        low: N,
        /// The most likely value.
        mode: N,
        /// Upper end.
        high: N,
        /// How much the mode counts; 4 where left out.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        shape: Option<N>,
    },
    /// A beta distribution, stretched from 0..1 to the two ends.
    Beta {
        /// The exponent at the lower end, plus 1.
        alpha: N,
        /// The exponent at the upper end, plus 1.
        beta: N,
        /// Lower end; 0 where left out.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        low: Option<N>,
        /// Upper end; 1 where left out.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        high: Option<N>,
    },
    /// A gamma distribution with mean shape × scale.
    Gamma {
        /// The exponent at 0, plus 1.
        shape: N,
        /// What one unit of the standard gamma stands for.
        scale: N,
    },
    /// The power `1 / shape` of an exponential.
    Weibull {
        /// Below 1 many early and a few late, above 1 a bell.
        shape: N,
        /// The value below which a share 1 − 1/e lies.
        scale: N,
    },
    /// Waiting times without memory.
    Exponential {
        /// Mean.
        mean: N,
    },
    /// A direction: the normal's relative on a circle, drawn within half a turn of its mean.
    VonMises {
        /// The middle direction.
        mean: N,
        /// Concentration; 0 is every direction alike, large is a normal with variance 1 / kappa in radians.
        kappa: N,
    },
    /// 1 with probability `p`, otherwise 0.
    Bernoulli {
        /// Probability of 1.
        p: N,
    },
    /// A whole number, both ends included, equally likely.
    Integer {
        /// Smallest.
        low: N,
        /// Largest.
        high: N,
    },
    /// A count of independent rare things.
    Poisson {
        /// Mean count.
        mean: N,
    },
    /// One of several values.
    Choice(Vec<Weighted<N>>),
    /// Flat between neighbouring edges.
    Histogram {
        /// Rising; one more than weights.
        edges: Vec<N>,
        /// The share between two edges, relative to the other weights.
        weights: Vec<N>,
    },
    /// Drawn by hand: points (x, density), straight in between; the density is relative.
    Drawn(Vec<(N, N)>),
    /// As measured: values at equally spaced probabilities from 0 to 1, evenly spread in between.
    Empirical {
        /// Strictly rising.
        quantiles: Vec<N>,
        /// Where they were measured.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<Source>,
    },
    /// Drawn from one of several distributions.
    Mixture(Vec<Part<N>>),
    /// What lies between two ends of another distribution.
    Truncated {
        /// A continuous distribution.
        of: Box<Self>,
        /// Lower end.
        low: N,
        /// Upper end.
        high: N,
    },
    /// Conditional on other parameters: the first case whose condition holds. It has no law before one is chosen
    /// ([`Self::choose`]) and stands only at the top or as a case of another.
    Cases {
        /// In the order in which they are asked.
        of: Vec<Case<N>>,
        /// Where no condition holds.
        otherwise: Box<Self>,
    },
}

/// A value with its weight.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Weighted<N = f64> {
    /// The number that the draw carries.
    pub value: N,
    /// Its share, relative to the other weights.
    pub weight: N,
    /// What it stands for (`"oak"`), for people.
    #[serde(default)]
    pub label: String,
}

/// One distribution of a mixture.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, bound(deserialize = "N: Deserialize<'de>"))]
pub struct Part<N = f64> {
    /// How often it is drawn from, relative to the other weights.
    pub weight: N,
    /// What is drawn then.
    pub of: Distribution<N>,
}

/// One case of a conditional distribution.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, bound(deserialize = "N: Deserialize<'de>"))]
pub struct Case<N = f64> {
    /// An expression over other parameters that is true or false.
    pub when: String,
    /// What holds then.
    pub then: Distribution<N>,
}

/// Where measured quantiles come from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// The set by name.
    pub set: String,
    /// The column by name.
    pub column: String,
    /// Number of values.
    pub n: u64,
    /// Digest of the values.
    pub digest: String,
}

impl<N> Distribution<N> {
    /// How many cases it has, those of its cases among them.
    pub fn n_cases(&self) -> usize {
        match self {
            Self::Cases { of, otherwise } => {
                of.iter().map(|case| 1 + case.then.n_cases()).sum::<usize>() + otherwise.n_cases()
            }
            _ => 0,
        }
    }

    /// The distribution that holds where `pick` says which conditions are true, through cases of cases; itself where it
    /// has no cases.
    ///
    /// # Errors
    /// The first error of `pick`.
    pub fn choose<E>(&self, pick: &mut impl FnMut(&str) -> Result<bool, E>) -> Result<&Self, E> {
        let mut chosen = self;
        while let Self::Cases { of, otherwise } = chosen {
            chosen = otherwise;
            for case in of {
                if pick(&case.when)? {
                    chosen = &case.then;
                    break;
                }
            }
        }
        Ok(chosen)
    }
}

/// Each of these prepares a [`Law`]: for more than a few numbers, prepare one. A distribution that does not pass
/// [`Distribution::check`], cases before one is chosen and a direction (whose law depends on the parameter's unit) give NaN.
impl Distribution {
    fn law(&self) -> Option<Law> {
        Law::new(self, None).ok()
    }

    fn ask(&self, question: impl Fn(&Law) -> f64) -> f64 {
        self.law().as_ref().map_or(f64::NAN, question)
    }

    /// [`Law::quantile`].
    pub fn quantile(&self, u: f64) -> f64 {
        self.ask(|law| law.quantile(u))
    }

    /// [`Law::cdf`].
    pub fn cdf(&self, x: f64) -> f64 {
        self.ask(|law| law.cdf(x))
    }

    /// [`Law::ln_density`].
    pub fn ln_density(&self, x: f64) -> f64 {
        self.ask(|law| law.ln_density(x))
    }

    /// [`Law::density`].
    pub fn density(&self, x: f64) -> f64 {
        self.ask(|law| law.density(x))
    }

    /// [`Law::mean`].
    pub fn mean(&self) -> f64 {
        self.ask(Law::mean)
    }

    /// [`Law::sd`].
    pub fn sd(&self) -> f64 {
        self.ask(Law::sd)
    }

    /// [`Law::median`].
    pub fn median(&self) -> f64 {
        self.ask(Law::median)
    }

    /// [`Law::support`].
    pub fn support(&self) -> (f64, f64) {
        self.law().map_or((f64::NAN, f64::NAN), |law| law.support())
    }

    /// [`Law::is_discrete`]; false where there is no law.
    pub fn is_discrete(&self) -> bool {
        self.law().is_some_and(|law| law.is_discrete())
    }

    /// The values that a discrete distribution draws, rising; empty for the others and where [`Law::atoms`] are too many.
    pub fn values(&self) -> Vec<f64> {
        let discrete = self.law().filter(Law::is_discrete);
        discrete.map_or_else(Vec::new, |law| law.atoms().into_iter().map(|(value, _)| value).collect())
    }

    /// Whether the numbers make a distribution, in every case. Whether a direction's unit is an angle is asked by
    /// [`Self::check_for`].
    ///
    /// # Errors
    /// One sentence that says what is wrong and what to write instead.
    pub fn check(&self) -> Result<(), String> {
        self.check_for(Some(core::f64::consts::TAU))
    }

    /// Whether the numbers make a distribution of a parameter for whose unit [`full_turn`] gives `full_turn`, in every
    /// case.
    ///
    /// # Errors
    /// One sentence that says what is wrong and what to write instead.
    pub fn check_for(&self, full_turn: Option<f64>) -> Result<(), String> {
        match self {
            Self::Cases { of, otherwise } => {
                check::length("Cases", of.len())?;
                for (index, case) in of.iter().enumerate() {
                    case.then.check_for(full_turn).map_err(|text| format!("of[{index}].then: {text}"))?;
                }
                otherwise.check_for(full_turn).map_err(|text| format!("otherwise: {text}"))
            }
            _ => Law::new(self, full_turn).map(drop),
        }
    }
}

#[cfg(test)]
mod file_tests;
#[cfg(test)]
mod law_tests;
#[cfg(test)]
mod reference_tests;
#[cfg(test)]
mod tests;
