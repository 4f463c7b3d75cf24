//! How draws are placed: by chance, more evenly than chance, level by level, or where a search has found something.
//!
//! A method is asked for in words ([`Method`]) and prepared for one family (`Placing`). Draws of a point method carry
//! importance weights like independent ones. Draws of a level method, and points that a search found, stand for no share of
//! reality: their weight is NaN, and no probability can be computed from them.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::SampleError;
use super::design::{Constraint, CoveringArray, Design, Model, Place, covering_array};
use super::rare::Proposal;
use crate::base::{Monitor, StreamKey};
use crate::family::Plan;
use crate::family::plan::{From, Inputs, Rule};

/// A way to place draws, as files keep it: the field `kind` says which.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Method {
    /// Independent draws.
    #[default]
    Independent,
    /// Owen-scrambled Sobol points.
    Sobol,
    /// Scrambled Halton points.
    Halton,
    /// Latin hypercubes of this many points.
    LatinHypercube {
        /// Points of a hypercube.
        points: u64,
    },
    /// Every combination of levels: equally likely parts of a continuous parameter, the values of a discrete one.
    Grid {
        /// Levels of a continuous parameter.
        levels: u32,
    },
    /// So few draws that every combination of levels of any `strength` parameters comes up.
    Covering {
        /// How many parameters' combinations: 2 for pairs.
        strength: usize,
        /// Levels of a continuous parameter.
        levels: u32,
        /// Rows to begin with: values by parameter's name; what is left out is free.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        seeds: Vec<std::collections::BTreeMap<String, f64>>,
    },
    /// The centre, every parameter at its ends, the corners.
    Boundary {
        /// Also near the ends.
        tails: bool,
    },
    /// From a proposal over normal scores that a search has learned, with exact weights.
    Learned(Proposal),
    /// Where a search has found something: states of subset simulation, elites of an archive.
    Found {
        /// In normal scores; draw i is point i.
        points: Vec<Vec<f64>>,
    },
}

impl Method {
    /// Whether its draws carry importance weights.
    pub fn is_weighted(&self) -> bool {
        !matches!(self, Self::Grid { .. } | Self::Covering { .. } | Self::Boundary { .. } | Self::Found { .. })
    }
}

/// A method prepared for a family.
#[derive(Clone, Debug)]
pub(super) enum Placing {
    Independent,
    Points(Design),
    Levels(Design, Vec<Vec<f64>>),
    Learned(Proposal, crate::base::Purpose),
    Found(Vec<Vec<f64>>),
}

impl Placing {
    /// Prepares `method`. A covering array is computed here, which can take seconds.
    pub(super) fn new(
        method: &Method,
        plan: &Arc<Plan>,
        key: &StreamKey,
        monitor: &dyn Monitor,
    ) -> Result<Self, SampleError> {
        let names: Vec<&str> = plan.columns().drawn.iter().map(|parameter| parameter.name.as_str()).collect();
        let asked = |error: &dyn std::fmt::Display| SampleError::Asked(error.to_string());
        if names.is_empty() && *method != Method::Independent {
            return Err(SampleError::Asked("the family draws nothing; add a parameter".to_owned()));
        }
        Ok(match method {
            Method::Independent => Self::Independent,
            Method::Sobol => Self::Points(Design::sobol(key, &names).map_err(|error| asked(&error))?),
            Method::Halton => Self::Points(Design::halton(key, &names).map_err(|error| asked(&error))?),
            Method::LatinHypercube { points } => {
                Self::Points(Design::latin_hypercube(key, &names, *points).map_err(|error| asked(&error))?)
            }
            Method::Grid { levels } => {
                let shares = shares(plan, *levels)?;
                Self::Levels(Design::grid(&counts(&shares)).map_err(|error| asked(&error))?, shares)
            }
            Method::Covering { strength, levels, seeds } => {
                let shares = shares(plan, *levels)?;
                let array = cover(plan, &shares, *strength, seeds, key, monitor)?;
                Self::Levels(Design::covering(array).map_err(|error| asked(&error))?, shares)
            }
            Method::Boundary { tails } => {
                // Five places, whatever the distribution.
                let places = Place::ALL.map(|place| match place {
                    Place::Lowest => 0.0,
                    Place::LowTail => 0.01,
                    Place::Centre => 0.5,
                    Place::HighTail => 0.99,
                    Place::Highest => 1.0,
                });
                Self::Levels(Design::boundary(names.len(), *tails), vec![places.to_vec(); names.len()])
            }
            Method::Learned(proposal) if proposal.dimensions() == names.len() => {
                Self::Learned(proposal.clone(), key.purpose("learned proposal"))
            }
            Method::Found { points } if points.iter().all(|point| point.len() == names.len()) => {
                Self::Found(points.clone())
            }
            Method::Learned(_) | Method::Found { .. } => {
                return Err(SampleError::Asked(
                    "what was learned belongs to a family with other parameters; search again".to_owned(),
                ));
            }
        })
    }

    /// How many different draws there are; `None` where there is no end.
    pub(super) fn count(&self) -> Option<u64> {
        match self {
            Self::Independent | Self::Points(_) | Self::Learned(..) => None,
            Self::Levels(design, _) => design.count(),
            Self::Found(points) => Some(points.len() as u64),
        }
    }

    /// What the person should know when asking for `draws` draws.
    pub(super) fn remark(&self, draws: u64) -> Option<String> {
        match self {
            Self::Points(design) | Self::Levels(design, _) => design.remark(draws),
            Self::Independent | Self::Learned(..) | Self::Found(_) => None,
        }
    }
}

/// The shares of each drawn parameter's distribution at its levels.
fn shares(plan: &Plan, levels: u32) -> Result<Vec<Vec<f64>>, SampleError> {
    if !(1..=1_000).contains(&levels) {
        return Err(SampleError::Asked(format!("{levels} levels; choose 1 to 1000")));
    }
    let middles: Vec<f64> = (0..levels).map(|level| (f64::from(level) + 0.5) / f64::from(levels)).collect();
    let of = |at: usize| match plan.drawn_from(at).map(|law| (law.support(), law.atoms())) {
        Some(((low, high), _)) if low == high => vec![0.5],
        // One level a value, in the middle of its share.
        Some((_, atoms)) if !atoms.is_empty() && plan.drawn_from(at).is_some_and(crate::family::Law::is_discrete) => {
            let mut below = 0.0;
            let middle = |(_, mass): (f64, f64)| {
                below += mass;
                below - 0.5 * mass
            };
            let all: Vec<f64> = atoms.into_iter().map(middle).collect();
            if all.len() <= 1_000 { all } else { middles.clone() }
        }
        _ => middles.clone(),
    };
    Ok((0..plan.n_drawn()).map(of).collect())
}

fn counts(shares: &[Vec<f64>]) -> Vec<u32> {
    shares.iter().map(|all| all.len() as u32).collect()
}

/// The covering array of the levels, with the hard requirements as constraints.
fn cover(
    plan: &Arc<Plan>,
    shares: &[Vec<f64>],
    strength: usize,
    seeds: &[std::collections::BTreeMap<String, f64>],
    key: &StreamKey,
    monitor: &dyn Monitor,
) -> Result<CoveringArray, SampleError> {
    let rules =
        plan.requirements().iter().enumerate().filter(|(_, rule)| rule.probability >= 1.0 && !rule.drawn.is_empty());
    let constraints = rules.map(|(at, rule)| constraint(plan, shares, at, rule)).collect();
    let seeds = seeds.iter().map(|row| seed(plan, shares, row)).collect::<Result<Vec<_>, _>>()?;
    // Fewer parameters than the strength: all their combinations.
    let strength = strength.min(shares.len());
    let model = Model { levels: counts(shares), constraints, seeds, strength };
    covering_array(&model, key, monitor).map_err(|error| SampleError::Asked(error.to_string()))
}

fn constraint(plan: &Arc<Plan>, shares: &[Vec<f64>], at: usize, rule: &Rule) -> Constraint {
    let (plan, shares) = (Arc::clone(plan), shares.to_vec());
    let dimensions = rule.drawn.clone();
    let inner = dimensions.clone();
    let allowed = move |levels: &[u32]| {
        let mut chosen = vec![0.5; plan.n_drawn()];
        for (dimension, level) in inner.iter().zip(levels) {
            let share = shares.get(*dimension).and_then(|all| all.get(*level as usize));
            if let (Some(slot), Some(share)) = (chosen.get_mut(*dimension), share) {
                *slot = *share;
            }
        }
        let mut row = vec![0.0; plan.n_columns()];
        let filled = plan.fill(Inputs::Levels(&chosen), From::Proposal, &[], &mut row).is_ok();
        // What cannot be evaluated is not allowed.
        filled && plan.requirements().get(at).is_some_and(|rule| rule.formula.holds(&row).unwrap_or(false))
    };
    Constraint { name: rule.name.clone(), dimensions, allowed: Box::new(allowed) }
}

/// A row of values as levels: each value's nearest.
fn seed(
    plan: &Plan,
    shares: &[Vec<f64>],
    row: &std::collections::BTreeMap<String, f64>,
) -> Result<Vec<Option<u32>>, SampleError> {
    let mut levels = vec![None; shares.len()];
    for (name, value) in row {
        let at = plan.columns().position(name).filter(|at| *at < shares.len());
        let Some((at, law)) = at.and_then(|at| Some((at, plan.drawn_from(at)?))) else {
            let hint = crate::base::text::did_you_mean(name, plan.columns().names());
            return Err(SampleError::Asked(format!("a seed row names `{name}`, which is not drawn by itself{hint}")));
        };
        let distance = |share: &f64| (law.quantile(*share) - value).abs();
        let all = shares.get(at).into_iter().flatten().enumerate();
        let nearest = all.min_by(|(_, a), (_, b)| distance(a).total_cmp(&distance(b))).map(|(level, _)| level as u32);
        if let Some(slot) = levels.get_mut(at) {
            *slot = nearest;
        }
    }
    Ok(levels)
}

mod words;

#[cfg(test)]
pub(super) mod tests;
