//! Where importance sampling draws from: a mixture of Gaussians with diagonal spread, and a defensive share of the nominal
//! that bounds every weight.

use serde::{Deserialize, Serialize};

use crate::base::special::normal_quantile;
use crate::base::stream::Stream;

use super::RareError;
use super::batch::{normals, require};

/// One Gaussian of a proposal, with independent scores.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Component {
    /// Its share of the mixture; the shares sum to 1.
    pub share: f64,
    /// Mean of every score.
    pub mean: Vec<f64>,
    /// Standard deviation of every score, above 0.
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
    components: Vec<Component>,
    ln_scales: Vec<f64>,
    defensive: f64,
}

/// A proposal as files keep it.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ProposalFile {
    defensive: f64,
    components: Vec<Component>,
}

impl From<Proposal> for ProposalFile {
    fn from(proposal: Proposal) -> Self {
        Self { defensive: proposal.defensive, components: proposal.components }
    }
}

impl TryFrom<ProposalFile> for Proposal {
    type Error = RareError;

    fn try_from(file: ProposalFile) -> Result<Self, RareError> {
        Self::new(file.components, file.defensive)
    }
}

impl Proposal {
    /// A proposal from at least one component and a defensive share ε of the nominal, 0 to 1. With ε > 0 no weight exceeds
    /// 1 / ε (Hesterberg, Technometrics 37 (1995) 185–194).
    ///
    /// # Errors
    /// [`RareError::Setting`] where shares, spreads or lengths make no density.
    pub fn new(mut components: Vec<Component>, defensive: f64) -> Result<Self, RareError> {
        let dimensions = components.first().map_or(0, |component| component.mean.len());
        let sound = |component: &Component| {
            let lengths = component.mean.len() == dimensions && component.sd.len() == dimensions;
            let means = component.mean.iter().all(|mean| mean.is_finite());
            let spreads = component.sd.iter().all(|sd| sd.is_finite() && *sd > 0.0);
            lengths && means && spreads && component.share.is_finite() && component.share >= 0.0
        };
        require(dimensions > 0, "a proposal needs at least one component with at least one score")?;
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
        Ok(Self { components, ln_scales, defensive })
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
        self.components.first().map_or(0, |component| component.mean.len())
    }

    /// A point: the stream's first uniform chooses the component, the next ones are the scores.
    pub fn draw(&self, stream: &mut Stream) -> Vec<f64> {
        let choice = stream.next_unit();
        let mut left = choice - self.defensive;
        if left < 0.0 {
            return normals(stream, self.dimensions());
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
        let Some(component) = chosen else { return Vec::new() };
        let mut score = |(mean, sd): (&f64, &f64)| mean + sd * normal_quantile(stream.next_unit());
        component.mean.iter().zip(&component.sd).map(&mut score).collect()
    }

    /// ln (nominal density / proposal density) at `z`, exact.
    pub fn ln_weight(&self, z: &[f64]) -> f64 {
        let ln_nominal = -0.5 * z.iter().map(|score| score * score).sum::<f64>();
        let parts = self.components.iter().zip(&self.ln_scales).map(|(component, scale)| scale + component.ln_shape(z));
        defensive_ln_weight(ln_nominal, ln_sum_exp(&parts.collect::<Vec<_>>()), self.defensive)
    }
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
