//! Where importance sampling draws from: a mixture of Gaussians along a few directions, nominal across them, and a
//! defensive share of the nominal that bounds every weight.

use serde::{Deserialize, Serialize};

use crate::base::stream::Stream;

use super::RareError;
use super::batch::{normals, require};
use super::directions::{add, axes, dot};

/// One Gaussian of a proposal, independent along every direction.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Component {
    /// Its share of the mixture; the shares sum to 1.
    pub share: f64,
    /// Mean along every direction.
    pub mean: Vec<f64>,
    /// Standard deviation along every direction, above 0.
    pub sd: Vec<f64>,
}

/// How far from 1 the rounded shares of a mixture may sum to.
const SUM_ROUNDING: f64 = 1e-12;

impl Component {
    /// ln (share / Π sd): what does not depend on the point.
    pub(super) fn ln_scale(&self) -> f64 {
        libm::log(self.share) - self.sd.iter().map(|sd| libm::log(*sd)).sum::<f64>()
    }

    /// −½ Σ ((z − mean) / sd)². With [`Self::ln_scale`] the logarithm of share · density, but for −½ d ln 2π, which every
    /// ratio of densities here cancels.
    pub(super) fn ln_shape(&self, z: &[f64]) -> f64 {
        let scores = z.iter().zip(&self.mean).zip(&self.sd);
        let scaled = scores.map(|((z, mean), sd)| (z - mean) / sd);
        -0.5 * scaled.map(|score| score * score).sum::<f64>()
    }
}

/// q = (1 − ε) Σ share · Gaussian + ε · nominal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "ProposalFile", into = "ProposalFile")]
pub struct Proposal {
    /// Orthonormal; across them every component is the nominal.
    directions: Vec<Vec<f64>>,
    components: Vec<Component>,
    ln_scales: Vec<f64>,
    defensive: f64,
}

/// A proposal as files keep it.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ProposalFile {
    defensive: f64,
    directions: Vec<Vec<f64>>,
    components: Vec<Component>,
}

impl From<Proposal> for ProposalFile {
    fn from(proposal: Proposal) -> Self {
        Self { defensive: proposal.defensive, directions: proposal.directions, components: proposal.components }
    }
}

impl TryFrom<ProposalFile> for Proposal {
    type Error = RareError;

    fn try_from(file: ProposalFile) -> Result<Self, RareError> {
        Self::along(file.directions, file.components, file.defensive)
    }
}

impl Proposal {
    /// A proposal over scores of their own: from at least one component and a defensive share ε of the nominal, 0 to 1. With
    /// ε > 0 no weight exceeds 1 / ε (Hesterberg, Technometrics 37 (1995) 185–194).
    ///
    /// # Errors
    /// [`RareError::Setting`] where shares, spreads or lengths make no density.
    pub fn new(components: Vec<Component>, defensive: f64) -> Result<Self, RareError> {
        let scores = components.first().map_or(0, |component| component.mean.len());
        Self::along(axes(scores), components, defensive)
    }

    /// As [`Self::new`], along orthonormal `directions` of the scores: a component has a mean and a spread for each.
    ///
    /// # Errors
    /// As [`Self::new`]; also where the directions are not orthonormal.
    pub fn along(directions: Vec<Vec<f64>>, mut components: Vec<Component>, defensive: f64) -> Result<Self, RareError> {
        let count = directions.len();
        let sound = |component: &Component| {
            let lengths = component.mean.len() == count && component.sd.len() == count;
            let means = component.mean.iter().all(|mean| mean.is_finite());
            let spreads = component.sd.iter().all(|sd| sd.is_finite() && *sd > 0.0);
            lengths && means && spreads && component.share.is_finite() && component.share >= 0.0
        };
        require(
            count > 0 && !components.is_empty(),
            "a proposal needs at least one component with at least one score",
        )?;
        require(orthonormal(&directions), "the directions of a proposal must be orthonormal")?;
        require(components.iter().all(sound), "a component needs finite means and positive finite spreads")?;
        require((0.0..=1.0).contains(&defensive), "the defensive share must lie between 0 and 1")?;
        let sum: f64 = components.iter().map(|component| component.share).sum();
        require(sum > 0.0, "the components' shares must not all be 0")?;
        // Shares that sum to 1 but for rounding stay as they are: a proposal that was read is the one that was written.
        if libm::fabs(sum - 1.0) > SUM_ROUNDING {
            for component in &mut components {
                component.share /= sum;
            }
        }
        let ln_scales = components.iter().map(Component::ln_scale).collect();
        Ok(Self { directions, components, ln_scales, defensive })
    }

    /// One Gaussian of spread 1 about `mean`.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn shifted(mean: &[f64], defensive: f64) -> Result<Self, RareError> {
        Self::new(vec![Component { share: 1.0, mean: mean.to_vec(), sd: vec![1.0; mean.len()] }], defensive)
    }

    /// Its Gaussians.
    pub fn components(&self) -> &[Component] {
        &self.components
    }

    /// The share ε of the nominal.
    pub fn defensive(&self) -> f64 {
        self.defensive
    }

    /// How many scores a point has.
    pub fn dimensions(&self) -> usize {
        self.directions.first().map_or(0, Vec::len)
    }

    /// A point: the stream's first uniform chooses the component, the next ones are nominal scores, which the component
    /// stretches and moves along its directions.
    pub fn draw(&self, stream: &mut Stream) -> Vec<f64> {
        let choice = stream.next_unit();
        let mut z = normals(stream, self.dimensions());
        let mut left = choice - self.defensive;
        if left < 0.0 {
            return z;
        }
        left /= 1.0 - self.defensive;
        let mut chosen = None;
        for component in &self.components {
            chosen = Some(component);
            left -= component.share;
            if left < 0.0 {
                break;
            }
        }
        let Some(Component { mean, sd, .. }) = chosen else { return z };
        let nominal = self.seen_along(&z);
        for (((direction, nominal), mean), sd) in self.directions.iter().zip(nominal).zip(mean).zip(sd) {
            add(&mut z, mean + sd * nominal - nominal, direction);
        }
        z
    }

    /// ln (nominal density / proposal density) at `z`, exact. Across the directions the two are the same.
    pub fn ln_weight(&self, z: &[f64]) -> f64 {
        let along = self.seen_along(z);
        let parts =
            self.components.iter().zip(&self.ln_scales).map(|(component, scale)| scale + component.ln_shape(&along));
        defensive_ln_weight(-0.5 * dot(&along, &along), ln_sum_exp(&parts.collect::<Vec<_>>()), self.defensive)
    }

    fn seen_along(&self, z: &[f64]) -> Vec<f64> {
        self.directions.iter().map(|direction| dot(direction, z)).collect()
    }
}

fn orthonormal(directions: &[Vec<f64>]) -> bool {
    let scores = directions.first().map_or(0, Vec::len);
    directions.iter().enumerate().all(|(at, one)| {
        let before = directions.iter().take(at).all(|other| dot(one, other).abs() < 1e-9);
        one.len() == scores && before && (dot(one, one) - 1.0).abs() < 1e-9
    })
}

/// ln (p / ((1 − ε) g + ε p)) from ln p and ln g: the weight of a draw of the defensive mixture, at most ln (1 / ε).
pub fn defensive_ln_weight(ln_nominal: f64, ln_proposal: f64, defensive: f64) -> f64 {
    let ratio = ln_proposal - ln_nominal;
    if defensive <= 0.0 {
        return -ratio;
    }
    -ln_sum_exp(&[libm::log1p(-defensive) + ratio, libm::log(defensive)])
}

/// ln Σ eˣ without overflow; negative infinity of nothing.
pub(super) fn ln_sum_exp(values: &[f64]) -> f64 {
    let largest = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if !largest.is_finite() {
        return largest;
    }
    largest + libm::log(values.iter().map(|value| libm::exp(value - largest)).sum::<f64>())
}
