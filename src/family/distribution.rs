//! One-dimensional distributions: their density, distribution function, quantiles and moments, right far in the tails.
//!
//! It is deliberately not a general statistics library: a family needs a bounded number or one of several values, so every
//! distribution here has finite support. Drawing is [`Distribution::quantile`] of a uniform; no random number is made here.

use serde::{Deserialize, Serialize};

use crate::base::special::{normal_cdf, normal_ln_density, normal_quantile};

/// How a number is distributed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
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
    /// One of several values.
    Choice(Vec<Weighted<N>>),
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

/// A truncated normal must keep at least this share of the normal, about 30 standard deviations out. Below it the
/// share nears the smallest f64 and every quantile would lose digits.
const LEAST_MASS: f64 = 1e-200;

impl Distribution {
    /// The value below which a share `u` of the draws lies, for `0 <= u <= 1`; always inside [`Self::support`].
    /// The distribution must have passed [`Self::check`].
    pub fn quantile(&self, u: f64) -> f64 {
        if u <= 0.0 {
            return self.support().0;
        }
        if u >= 1.0 {
            return self.support().1;
        }
        match self {
            Self::Constant(value) => *value,
            Self::Uniform { low, high } => inside(low + u * (high - low), *low, *high),
            Self::LogUniform { low, high } => inside(low * libm::exp(u * ln_of_ratio(*low, *high)), *low, *high),
            Self::TruncatedNormal { mean, sd, low, high } => Cut::new(*mean, *sd, *low, *high).quantile(u),
            Self::Choice(choices) => choice_quantile(choices, u),
        }
    }

    /// The share of draws at or below `x`.
    pub fn cdf(&self, x: f64) -> f64 {
        let (low, high) = self.support();
        if x < low {
            return 0.0;
        }
        if x >= high {
            return 1.0;
        }
        match self {
            Self::Constant(_) => 1.0,
            Self::Uniform { low, high } => (x - low) / (high - low),
            Self::LogUniform { low, high } => ln_of_ratio(*low, x) / ln_of_ratio(*low, *high),
            Self::TruncatedNormal { mean, sd, low, high } => Cut::new(*mean, *sd, *low, *high).cdf(x),
            Self::Choice(choices) => {
                let below: f64 = choices.iter().filter(|choice| choice.value <= x).map(|choice| choice.weight).sum();
                below / total(choices)
            }
        }
    }

    /// The natural logarithm of the density at `x` per unit of `x`; for [`Self::Constant`] and [`Self::Choice`] of the
    /// probability of exactly `x`. Negative infinity outside the support.
    pub fn ln_density(&self, x: f64) -> f64 {
        let (low, high) = self.support();
        // Written so that NaN is outside, too.
        if !(x >= low && x <= high) {
            return f64::NEG_INFINITY;
        }
        match self {
            Self::Constant(_) => 0.0,
            Self::Uniform { low, high } => -libm::log(high - low),
            Self::LogUniform { low, high } => -libm::log(x) - libm::log(ln_of_ratio(*low, *high)),
            Self::TruncatedNormal { mean, sd, low, high } => Cut::new(*mean, *sd, *low, *high).ln_density(x),
            Self::Choice(choices) => {
                let here: f64 = choices.iter().filter(|choice| choice.value == x).map(|choice| choice.weight).sum();
                libm::log(here / total(choices))
            }
        }
    }

    /// The density at `x` per unit of `x`, or the probability of exactly `x` where [`Self::is_discrete`].
    pub fn density(&self, x: f64) -> f64 {
        libm::exp(self.ln_density(x))
    }

    /// The mean.
    pub fn mean(&self) -> f64 {
        match self {
            Self::Constant(value) => *value,
            Self::Uniform { low, high } => low + 0.5 * (high - low),
            Self::LogUniform { low, high } => inside((high - low) / ln_of_ratio(*low, *high), *low, *high),
            Self::TruncatedNormal { mean, sd, low, high } => Cut::new(*mean, *sd, *low, *high).mean(),
            Self::Choice(choices) => {
                choices.iter().map(|choice| choice.value * choice.weight).sum::<f64>() / total(choices)
            }
        }
    }

    /// The standard deviation.
    pub fn sd(&self) -> f64 {
        match self {
            Self::Constant(_) => 0.0,
            Self::Uniform { low, high } => (high - low) / libm::sqrt(12.0),
            Self::LogUniform { low, high } => log_uniform_sd(*low, *high),
            Self::TruncatedNormal { mean, sd, low, high } => Cut::new(*mean, *sd, *low, *high).sd(),
            Self::Choice(choices) => {
                let mean = self.mean();
                let squares: f64 =
                    choices.iter().map(|choice| choice.weight * (choice.value - mean) * (choice.value - mean)).sum();
                libm::sqrt(squares / total(choices))
            }
        }
    }

    /// The median: half of the draws are at or below it.
    pub fn median(&self) -> f64 {
        self.quantile(0.5)
    }

    /// The smallest interval that holds every draw; both ends belong to it.
    pub fn support(&self) -> (f64, f64) {
        match self {
            Self::Constant(value) => (*value, *value),
            Self::Uniform { low, high } | Self::LogUniform { low, high } | Self::TruncatedNormal { low, high, .. } => {
                (*low, *high)
            }
            Self::Choice(choices) => {
                let likely = choices.iter().filter(|choice| choice.weight > 0.0).map(|choice| choice.value);
                likely.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)))
            }
        }
    }

    /// Whether draws are one of finitely many values, so that [`Self::density`] is a probability.
    pub fn is_discrete(&self) -> bool {
        matches!(self, Self::Constant(_) | Self::Choice(_))
    }

    /// The values that a discrete distribution draws, rising; empty for the others.
    pub fn values(&self) -> Vec<f64> {
        let mut values = match self {
            Self::Constant(value) => vec![*value],
            Self::Choice(choices) => {
                choices.iter().filter(|choice| choice.weight > 0.0).map(|choice| choice.value).collect()
            }
            Self::Uniform { .. } | Self::LogUniform { .. } | Self::TruncatedNormal { .. } => Vec::new(),
        };
        values.sort_by(f64::total_cmp);
        values.dedup();
        values
    }

    /// Whether the numbers make a distribution.
    ///
    /// # Errors
    /// One sentence that says what is wrong and what to write instead.
    pub fn check(&self) -> Result<(), String> {
        match self {
            Self::Constant(value) => finite(&[("the constant", *value)]),
            Self::Uniform { low, high } => check_ends(*low, *high),
            Self::LogUniform { low, high } => {
                check_ends(*low, *high)?;
                if *low <= 0.0 {
                    return Err(format!("low is {low}, but the logarithm needs a low above 0"));
                }
                if !(high / low).is_finite() {
                    return Err(format!("high / low is beyond f64 for low {low} and high {high}; narrow the range"));
                }
                Ok(())
            }
            Self::TruncatedNormal { mean, sd, low, high } => {
                finite(&[("mean", *mean), ("sd", *sd)])?;
                if *sd <= 0.0 {
                    return Err(format!("sd is {sd}, but a standard deviation is above 0"));
                }
                check_ends(*low, *high)?;
                let mass = Cut::new(*mean, *sd, *low, *high).mass;
                if mass.is_finite() && mass >= LEAST_MASS {
                    return Ok(());
                }
                Err(format!(
                    "nearly nothing of a normal with mean {mean} and sd {sd} lies between {low} and {high}; \
                     move the ends towards the mean, or use Uniform"
                ))
            }
            Self::Choice(choices) => check_choices(choices),
        }
    }
}

/// Rounding must not carry a draw out of the support.
fn inside(x: f64, low: f64, high: f64) -> f64 {
    x.max(low).min(high)
}

/// ln(high / low), also for a ratio close to 1.
fn ln_of_ratio(low: f64, high: f64) -> f64 {
    libm::log1p((high - low) / low)
}

fn log_uniform_sd(low: f64, high: f64) -> f64 {
    // In units of the geometric mean: mean sinh(d)/d and mean square sinh(2d)/(2d) with d half the log of the ratio.
    let d = 0.5 * ln_of_ratio(low, high);
    let variance = if d < 1e-3 {
        // The difference below loses all digits here; its series does not.
        d * d * (1.0 / 3.0 + d * d * 4.0 / 45.0)
    } else {
        let mean = libm::sinh(d) / d;
        libm::sinh(2.0 * d) / (2.0 * d) - mean * mean
    };
    libm::sqrt(low) * libm::sqrt(high) * libm::sqrt(variance.max(0.0))
}

fn total(choices: &[Weighted]) -> f64 {
    choices.iter().map(|choice| choice.weight).sum()
}

fn choice_quantile(choices: &[Weighted], u: f64) -> f64 {
    // By value, not by the order in the file: reordering the lines changes no draw, and the function is monotone.
    let mut sorted: Vec<&Weighted> = choices.iter().filter(|choice| choice.weight > 0.0).collect();
    sorted.sort_by(|a, b| a.value.total_cmp(&b.value));
    let target = u * total(choices);
    let mut below = 0.0;
    for choice in &sorted {
        below += choice.weight;
        if below >= target {
            return choice.value;
        }
    }
    sorted.last().map_or(f64::NAN, |choice| choice.value)
}

fn finite(numbers: &[(&str, f64)]) -> Result<(), String> {
    match numbers.iter().find(|(_, number)| !number.is_finite()) {
        Some((name, number)) => Err(format!("{name} is {number}, but must be a finite number")),
        None => Ok(()),
    }
}

fn check_ends(low: f64, high: f64) -> Result<(), String> {
    finite(&[("low", low), ("high", high), ("the width high - low", high - low)])?;
    if low < high {
        return Ok(());
    }
    Err(format!(
        "low is {low} and high is {high}, but low must be below high; for a single value use Constant({low:?})"
    ))
}

fn check_choices(choices: &[Weighted]) -> Result<(), String> {
    if choices.is_empty() {
        return Err("Choice needs at least one value".to_owned());
    }
    for (at, choice) in choices.iter().enumerate() {
        finite(&[("a choice's value", choice.value), ("a choice's weight", choice.weight)])?;
        if choice.weight <= 0.0 {
            let Weighted { value, weight, .. } = choice;
            return Err(format!("the weight of {value} is {weight}, but must be above 0; leave the value out instead"));
        }
        if choices.iter().take(at).any(|earlier| earlier.value == choice.value) {
            return Err(format!("the value {} stands twice in the Choice; join the two weights", choice.value));
        }
    }
    finite(&[("the sum of the weights", total(choices))])
}

/// A normal cut to `alpha..=beta` in standard units, mirrored where needed so that the nearer tail is the lower one:
/// there the distribution function keeps its relative precision.
struct Cut {
    mean: f64,
    sd: f64,
    low: f64,
    high: f64,
    alpha: f64,
    beta: f64,
    mirrored: bool,
    mass: f64,
}

impl Cut {
    fn new(mean: f64, sd: f64, low: f64, high: f64) -> Self {
        let (a, b) = ((low - mean) / sd, (high - mean) / sd);
        let mirrored = a + b > 0.0;
        let (alpha, beta) = if mirrored { (-b, -a) } else { (a, b) };
        Self { mean, sd, low, high, alpha, beta, mirrored, mass: normal_mass(alpha, beta) }
    }

    /// From a value to mirrored standard units.
    fn standard(&self, x: f64) -> f64 {
        let z = (x - self.mean) / self.sd;
        inside(if self.mirrored { -z } else { z }, self.alpha, self.beta)
    }

    fn cdf(&self, x: f64) -> f64 {
        let z = self.standard(x);
        let mass = if self.mirrored { normal_mass(z, self.beta) } else { normal_mass(self.alpha, z) };
        (mass / self.mass).min(1.0)
    }

    fn ln_density(&self, x: f64) -> f64 {
        normal_ln_density(self.standard(x)) - libm::log(self.sd) - libm::log(self.mass)
    }

    fn quantile(&self, u: f64) -> f64 {
        // The share on either side of the target, in mirrored units. 1 - u is exact enough: u is never below 2^-54.
        let (below, above) = if self.mirrored { (1.0 - u, u) } else { (u, 1.0 - u) };
        let lower = normal_cdf(self.alpha) + below * self.mass;
        let guess = if lower <= 0.5 {
            normal_quantile(lower)
        } else {
            -normal_quantile(normal_cdf(-self.beta) + above * self.mass)
        };
        let z = self.polished(inside(guess, self.alpha, self.beta), below);
        let x = self.mean + self.sd * if self.mirrored { -z } else { z };
        inside(x, self.low, self.high)
    }

    /// Newton steps on the cut's own distribution function: where the cut is narrow, the normal's quantile function
    /// cannot tell its ends apart, but [`normal_mass`] can. A step is kept only where it helps.
    fn polished(&self, start: f64, below: f64) -> f64 {
        let off = |z: f64| normal_mass(self.alpha, z) / self.mass - below;
        let mut z = start;
        let mut error = off(z);
        for _ in 0..3 {
            let slope = libm::exp(normal_ln_density(z)) / self.mass;
            let next = inside(z - error / slope, self.alpha, self.beta);
            let next_error = off(next);
            // Written so that a NaN is not taken.
            let better = next_error.abs() < error.abs();
            if !better {
                break;
            }
            (z, error) = (next, next_error);
        }
        z
    }

    /// Mean in mirrored standard units.
    fn centre(&self) -> f64 {
        if is_narrow(self.alpha, self.beta) {
            return integral(self.alpha, self.beta, |z| z * libm::exp(normal_ln_density(z))) / self.mass;
        }
        (self.edge(self.alpha) - self.edge(self.beta)).clamp(self.alpha, self.beta)
    }

    /// Density of the cut normal at an end, in standard units.
    fn edge(&self, z: f64) -> f64 {
        libm::exp(normal_ln_density(z)) / self.mass
    }

    fn mean(&self) -> f64 {
        let centre = self.centre();
        inside(self.mean + self.sd * if self.mirrored { -centre } else { centre }, self.low, self.high)
    }

    fn sd(&self) -> f64 {
        let centre = self.centre();
        let variance = if is_narrow(self.alpha, self.beta) {
            let square = |z: f64| (z - centre) * (z - centre) * libm::exp(normal_ln_density(z));
            integral(self.alpha, self.beta, square) / self.mass
        } else {
            // x times its density goes to 0 faster than x grows, but inf * 0 is NaN.
            let moment = |z: f64| if z.abs() > 1e3 { 0.0 } else { z * self.edge(z) };
            1.0 + moment(self.alpha) - moment(self.beta) - centre * centre
        };
        self.sd * libm::sqrt(variance.max(0.0))
    }
}

/// The standard normal's share between `alpha` and `beta`, for `alpha <= beta` with the nearer tail below 0.
fn normal_mass(alpha: f64, beta: f64) -> f64 {
    use core::f64::consts::SQRT_2;
    if is_narrow(alpha, beta) {
        return integral(alpha, beta, |z| libm::exp(normal_ln_density(z)));
    }
    if beta <= 0.0 {
        return normal_cdf(beta) - normal_cdf(alpha);
    }
    // Two terms of one sign: nothing cancels.
    0.5 * (libm::erf(beta / SQRT_2) - libm::erf(alpha / SQRT_2))
}

/// Whether the normal density is so smooth over the interval that eight Gauss–Legendre points give every digit, while
/// a difference of distribution functions would lose some.
fn is_narrow(alpha: f64, beta: f64) -> bool {
    (beta - alpha) * alpha.abs().max(beta.abs()).max(1.0) < 0.5
}

/// ∫ f from `a` to `b` by eight Gauss–Legendre points.
fn integral(a: f64, b: f64, f: impl Fn(f64) -> f64) -> f64 {
    const POINTS: [(f64, f64); 4] = [
        (0.183_434_642_495_649_8, 0.362_683_783_378_362),
        (0.525_532_409_916_329, 0.313_706_645_877_887_3),
        (0.796_666_477_413_626_7, 0.222_381_034_453_374_47),
        (0.960_289_856_497_536_2, 0.101_228_536_290_376_26),
    ];
    let (centre, half) = (0.5 * (a + b), 0.5 * (b - a));
    POINTS.iter().map(|(at, weight)| weight * (f(centre - half * at) + f(centre + half * at))).sum::<f64>() * half
}


/// shim
#[derive(Clone,Debug,PartialEq)] pub struct Place{pub path:String,pub kind:NumberKind}
/// shim
#[derive(Clone,Copy,Debug,PartialEq,Eq)] pub enum NumberKind{/// v
Value,/// p
Pure}
impl<N> Distribution<N>{
    /// shim
    pub fn try_map<M,E>(&self,f:&mut impl FnMut(Place,&N)->Result<M,E>)->Result<Distribution<M>,E>{
        let v=|path:&str|Place{path:path.to_owned(),kind:NumberKind::Value};
        Ok(match self{
            Self::Constant(x)=>Distribution::Constant(f(v(""),x)?),
            Self::Uniform{low,high}=>Distribution::Uniform{low:f(v("low"),low)?,high:f(v("high"),high)?},
            Self::LogUniform{low,high}=>Distribution::LogUniform{low:f(v("low"),low)?,high:f(v("high"),high)?},
            Self::TruncatedNormal{mean,sd,low,high}=>Distribution::TruncatedNormal{mean:f(v("mean"),mean)?,sd:f(v("sd"),sd)?,low:f(v("low"),low)?,high:f(v("high"),high)?},
            Self::Choice(c)=>Distribution::Choice(c.iter().map(|w|Ok(Weighted{value:f(v("value"),&w.value)?,weight:f(v("weight"),&w.weight)?,label:w.label.clone()})).collect::<Result<_,E>>()?),
        })
    }
    /// shim
    pub fn choose<E>(&self,_:&mut impl FnMut(&str)->Result<bool,E>)->Result<&Self,E>{Ok(self)}
}
/// shim
#[derive(Clone,Debug)] pub struct Law(Distribution);
impl Law{
    /// shim
    pub fn new(d:&Distribution,_:Option<f64>)->Result<Self,String>{d.check()?;Ok(Self(d.clone()))}
    /// shim
    pub fn quantile(&self,p:f64)->f64{self.0.quantile(p)}
    /// shim
    pub fn at_normal(&self,z:f64)->f64{self.0.quantile(normal_cdf(z))}
    /// shim
    pub fn normal_score(&self,x:f64)->f64{normal_quantile(self.0.cdf(x))}
    /// shim
    pub fn is_discrete(&self)->bool{self.0.is_discrete()}
    /// shim
    pub fn support(&self)->(f64,f64){self.0.support()}
    /// shim
    pub fn shown_range(&self)->(f64,f64){self.0.support()}
    /// shim
    pub fn atoms(&self)->Vec<(f64,f64)>{self.0.values().into_iter().map(|v|(v,self.0.density(v))).collect()}
    /// shim
    pub fn median(&self)->f64{self.0.median()}
    /// shim
    pub fn density(&self,x:f64)->f64{self.0.density(x)}
}
/// shim
pub fn ln_ratio(a:&Law,b:&Law,x:f64)->f64{a.0.ln_density(x)-b.0.ln_density(x)}
/// shim
pub fn uncovered(_:&Law,_:&Law)->Option<String>{None}
/// shim
pub fn heavy_weights(_:&Law,_:&Law)->Option<String>{None}
#[cfg(test)]
mod tests;
