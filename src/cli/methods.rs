//! The choice of a method, as `draw` and `generate` take it.

use clap::builder::PossibleValue;
use clap::{Args, ValueEnum};

use crate::run::method::{Choice, Way};

impl ValueEnum for Way {
    fn value_variants<'a>() -> &'a [Self] {
        &Self::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.word()).help(self.about()))
    }
}

/// How draws are placed.
#[derive(Args, Clone, Debug)]
pub struct MethodArguments {
    /// How draws are placed.
    #[arg(long, value_enum, default_value = "independent")]
    pub method: Way,
    /// Levels of a continuous parameter (grid, pairwise); 3 where left out.
    #[arg(long, value_name = "N")]
    pub levels: Option<u32>,
    /// How many parameters' combinations a covering array covers (pairwise); 2, pairs, where left out.
    #[arg(long, value_name = "T")]
    pub strength: Option<usize>,
    /// A row that a covering array begins with (pairwise); may be given more than once.
    #[arg(long = "seed-row", value_name = "NAME=VALUE,…")]
    pub seed_rows: Vec<String>,
    /// Points of a Latin hypercube (lhs); the count where left out. Shards of one hypercube name the same number.
    #[arg(long, value_name = "N")]
    pub points: Option<u64>,
    /// Also near the ends (boundary).
    #[arg(long)]
    pub tails: bool,
    /// Most evaluations of a search (adaptive, subset, diverse); 5000 where left out.
    #[arg(long, value_name = "N")]
    pub budget: Option<u64>,
    /// What tells events apart (diverse); up to three times.
    #[arg(long = "axis", value_name = "NAME:LOW:HIGH:BINS")]
    pub axes: Vec<String>,
}

impl MethodArguments {
    /// What was chosen.
    pub(super) fn choice(&self) -> Choice {
        Choice {
            way: self.method,
            levels: self.levels,
            strength: self.strength,
            seed_rows: self.seed_rows.clone(),
            points: self.points,
            tails: self.tails,
            budget: self.budget,
            axes: self.axes.clone(),
        }
    }
}
