//! A method in words: how its draws are placed, and what they are worth.

use super::Method;

impl Method {
    /// How draws are placed, to go on from "Draws were placed".
    pub fn words(&self) -> String {
        match self {
            Self::Independent => "by chance, each on its own".to_owned(),
            Self::Sobol => "as Owen-scrambled Sobol points".to_owned(),
            Self::Halton => "as scrambled Halton points".to_owned(),
            Self::LatinHypercube { points } => format!("in Latin hypercubes of {points} points"),
            Self::Grid { levels } => {
                format!("on every combination of levels, {levels} levels a continuous parameter")
            }
            Self::Covering { strength, levels, seeds } => {
                let first = match seeds.len() {
                    0 => String::new(),
                    1 => ", beginning with a given row".to_owned(),
                    n => format!(", beginning with {n} given rows"),
                };
                format!(
                    "so that every combination of levels of any {strength} parameters comes up, {levels} levels a continuous \
                     parameter{first}"
                )
            }
            Self::Boundary { tails } => {
                let near = if *tails { "at and near the ends" } else { "at the ends" };
                format!("at the centre, with every parameter {near}, and in the corners")
            }
            Self::Learned(proposal) => {
                let components = match proposal.components().len() {
                    1 => "one component".to_owned(),
                    n => format!("{n} components"),
                };
                let share = 100.0 * proposal.defensive();
                format!("by chance from a learned proposal of {components}, with {share:.0} % of the nominal mixed in")
            }
            Self::Found { points } if points.len() == 1 => "at the one point that a search found".to_owned(),
            Self::Found { points } => format!("at {} points that a search found", points.len()),
        }
    }

    /// Whether a probability can be computed from the draws: a sentence.
    pub fn worth(&self) -> &'static str {
        match self {
            Self::Independent | Self::Learned(_) => {
                "Every draw carries its weight: a probability under the nominal can be computed from them, with an interval."
            }
            Self::Sobol | Self::Halton | Self::LatinHypercube { .. } => {
                "Every draw carries its weight: a probability under the nominal can be computed from them, but not its \
                 interval, because these draws depend on each other; studies of other seeds give one."
            }
            Self::Grid { .. } | Self::Covering { .. } | Self::Boundary { .. } | Self::Found { .. } => {
                "Such draws stand for no share of reality and carry no weight: no probability can be computed from them."
            }
        }
    }
}
