//! What draws or a synthetic set cover, and what one set has that another lacks.
//!
//! Of a real set only the reference half is looked at, frame by frame, through the columns that the person names.

use std::path::Path;

use serde_json::json;

use crate::base::Monitor;
use crate::data::Origin;
use crate::family::{Columns as FamilyColumns, Family};
use crate::sample::coverage::{
    self, Columns, CombinationCoverage, Coverage, CoverageError, Difference, Factor, PairCells, combination_coverage,
};
use crate::sample::{Draw, Sampler};
use crate::study::Study;

use super::synthetic::{EpisodeFile, SetFile, episode_folder};
use super::table_file::{TableFile, Values};
use super::{Place, RunError, check, fit, import};

/// Levels of a quantity where no goal says otherwise.
pub const LEVELS: usize = 5;

/// The fewest and the most levels that can be asked for.
pub const LEVELS_ENDS: [usize; 2] = [2, 50];

/// What is to be counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CoverageRequest {
    /// The family's id.
    pub family: String,
    /// A synthetic set; draws of the family where left out.
    pub set: Option<String>,
    /// How many draws, where no set is named.
    pub count: u64,
    /// Combinations of how many quantities.
    pub strength: usize,
    /// Levels of a quantity that has no goal.
    pub levels: usize,
    /// Another set to compare with.
    pub against: Option<String>,
    /// Parameter or measure, and the real set's column that holds it.
    pub pairs: Vec<(String, String)>,
}

/// What one set has that another lacks.
#[derive(Clone, Debug)]
pub struct TitledDifference {
    /// The question in words.
    pub title: String,
    /// The answer.
    pub found: Difference,
}

/// What was counted.
#[derive(Clone, Debug)]
pub struct Covered {
    /// Rows of the table.
    pub n_rows: usize,
    /// What they are.
    pub rows_are: String,
    /// Bucket by bucket: the family's goals, then every other parameter.
    pub goals: Vec<Coverage>,
    /// In combinations.
    pub combinations: Vec<CombinationCoverage>,
    /// Against another set, both ways.
    pub differences: Vec<TitledDifference>,
    /// The same two sides over every pair of quantities, cell by cell; none where there are too many cells to keep.
    pub cells: Vec<PairCells>,
}

/// Counts.
///
/// # Errors
/// A family with errors, a set that is not there or of another family, a pair that names nothing.
pub fn coverage(
    place: &Place,
    study: &Study,
    request: &CoverageRequest,
    monitor: &dyn Monitor,
) -> Result<Covered, RunError> {
    let family = check::usable_family(study, &request.family)?;
    let [fewest, most] = LEVELS_ENDS;
    if !(fewest..=most).contains(&request.levels) {
        return Err(RunError::Request(format!("{} levels were asked for; choose {fewest} to {most}", request.levels)));
    }
    let table = if let Some(set) = &request.set {
        synthetic_table(place, study, &family, set)?
    } else {
        let sampler = Sampler::new(&family, study.seed)?;
        Columns::of_draws(&family, &sampler.draws(0..request.count, monitor)?.draws)
    };
    // A goal over a measure is only asked of a set: plain draws have none.
    let goals: Vec<_> = family.coverage.iter().filter(|goal| table.column(&goal.of).is_some()).cloned().collect();
    let found = coverage::coverage(&family, &goals, &table).map_err(told)?;
    let factors = drawn_factors(&family, coverage::factors(&table, &goals, request.levels).map_err(told)?);
    let combinations = combination_coverage(&table, &factors, request.strength, None, monitor).map_err(told)?;
    let (differences, cells) = match &request.against {
        Some(other) => differences(place, study, &family, request, (&table, other), monitor)?,
        None => Default::default(),
    };
    Ok(Covered {
        n_rows: table.n_rows(),
        rows_are: table.rows_are().to_owned(),
        goals: found,
        combinations: vec![combinations],
        differences,
        cells,
    })
}

/// Combinations are counted over what is drawn: what follows from it would be counted twice.
fn drawn_factors(family: &Family, factors: Vec<Factor>) -> Vec<Factor> {
    let columns = FamilyColumns::of(family);
    let drawn = |factor: &Factor| columns.drawn.iter().any(|parameter| parameter.name == factor.name);
    factors.into_iter().filter(drawn).collect()
}

/// The draws and measures of a synthetic set.
fn synthetic_table(place: &Place, study: &Study, family: &Family, name: &str) -> Result<Columns, RunError> {
    let set = import::set_ref(study, name)?;
    if set.origin != Origin::Synthetic {
        let text = format!("`{name}` is not synthetic; name it with --against, and its columns with --pair");
        return Err(RunError::Request(text));
    }
    let folder = place.folder.join(&set.path);
    let file = SetFile::read(&folder)?;
    if file.lineage.family != family.id {
        let text = format!("`{name}` was generated from `{}`, not from `{}`", file.lineage.family, family.id);
        return Err(RunError::Request(text));
    }
    let mut draws: Vec<Draw> = Vec::with_capacity(file.episodes.len());
    let mut measured: Vec<Vec<f64>> = vec![Vec::new(); family.measures.len()];
    for episode in &file.episodes {
        let read = EpisodeFile::read(&episode_folder(&folder, episode.id))?;
        for (column, measure) in measured.iter_mut().zip(&family.measures) {
            column.push(read.measures.get(&measure.name).copied().unwrap_or(f64::NAN));
        }
        draws.push(read.to_draw());
    }
    let mut table = Columns::of_draws(family, &draws);
    for (measure, values) in family.measures.iter().zip(measured) {
        table.push(&measure.name, &measure.unit, values).map_err(told)?;
    }
    Ok(table)
}

fn differences(
    place: &Place,
    study: &Study,
    family: &Family,
    request: &CoverageRequest,
    (table, other): (&Columns, &str),
    monitor: &dyn Monitor,
) -> Result<(Vec<TitledDifference>, Vec<PairCells>), RunError> {
    let set = import::set_ref(study, other)?;
    let is_made = set.origin == Origin::Synthetic;
    let theirs = if is_made {
        synthetic_table(place, study, family, other)?
    } else {
        real_table(place, study, request, (table, other), monitor)?
    };
    // Only what both have can be compared.
    let mut ours = Columns::new("draw", "draws");
    for column in table.columns().iter().filter(|column| theirs.column(&column.name).is_some()) {
        ours.push(&column.name, &column.unit, column.values.clone()).map_err(told)?;
    }
    let factors = coverage::common_factors(&[&ours, &theirs], &family.coverage, request.levels).map_err(told)?;
    let factors = if is_made { drawn_factors(family, factors) } else { factors };
    let strength = request.strength.min(factors.len());
    let adds = coverage::what_synthetic_adds(&ours, &theirs, &factors, strength, monitor).map_err(told)?;
    let lacks = coverage::what_nothing_covers(&theirs, &[&ours], &factors, strength, monitor).map_err(told)?;
    let whose = request.set.as_deref().unwrap_or("the draws");
    let cells = coverage::pair_cells([&ours, &theirs], &factors, monitor).map_err(told)?;
    let both_ways = vec![
        TitledDifference { title: format!("What {whose} add over {other}"), found: adds },
        TitledDifference { title: format!("What {other} has that {whose} do not cover"), found: lacks },
    ];
    Ok((both_ways, cells))
}

/// The named columns of a real set's reference half, one row a frame.
fn real_table(
    place: &Place,
    study: &Study,
    request: &CoverageRequest,
    (table, set): (&Columns, &str),
    monitor: &dyn Monitor,
) -> Result<Columns, RunError> {
    if request.pairs.is_empty() {
        let text = format!("say which column of `{set}` is which parameter, as in --pair reach_speed_m_s=action[0]");
        return Err(RunError::Request(text));
    }
    let mut real = Columns::new("real frame", "real frames");
    for (name, column) in &request.pairs {
        let Some(ours) = table.column(name) else {
            let names = table.columns().iter().map(|column| column.name.as_str());
            let hint = crate::base::text::did_you_mean(name, names);
            return Err(RunError::Request(format!("--pair: `{name}` is no parameter or measure here{hint}")));
        };
        let values = fit::reference_values(place, study, set, column, monitor)?;
        real.push(name, &ours.unit, values).map_err(told)?;
    }
    Ok(real)
}

fn told(error: CoverageError) -> RunError {
    match error {
        CoverageError::Stopped => RunError::Stopped,
        other => RunError::Request(other.to_string()),
    }
}

/// Everything as one JSON object; `most` missing combinations are listed.
pub fn json(covered: &Covered, most: usize) -> serde_json::Value {
    let goals = covered.goals.iter().map(|goal| {
        let buckets = (0..goal.counts.len()).map(|at| {
            let ends = goal.buckets.ends(at).map(|(low, high)| [low, high].map(finite));
            json!({ "ends": ends, "hits": goal.counts.get(at) })
        });
        json!({
            "of": goal.of, "unit": goal.unit, "target": goal.target, "share": goal.share(),
            "expected_share": goal.expected_share(), "below": goal.below, "above": goal.above, "missing": goal.missing,
            "buckets": buckets.collect::<Vec<_>>(), "sentences": goal.sentences(),
        })
    });
    let combinations =
        covered.combinations.iter().map(|found| json!({ "share": found.share(), "sentences": found.sentences(most) }));
    let differences = covered.differences.iter().map(|difference| {
        let found = &difference.found;
        json!({
            "title": difference.title, "strength": found.strength, "present": found.present, "only": found.only, "possible": found.possible(),
            "share": found.share(), "rows": found.n_rows, "rows_with": found.rows_with, "sentences": found.sentences(most),
        })
    });
    json!({
        "rows": covered.n_rows, "rows_are": covered.rows_are, "goals": goals.collect::<Vec<_>>(),
        "combinations": combinations.collect::<Vec<_>>(), "differences": differences.collect::<Vec<_>>(),
    })
}

/// JSON has no infinity: an open end is null.
fn finite(number: f64) -> Option<f64> {
    Some(number).filter(|number| number.is_finite())
}

/// The buckets as a Parquet table: `of`, `unit`, `low`, `high`, `hits`, `target`.
///
/// # Errors
/// A full disk.
pub fn write(covered: &Covered, path: &Path) -> Result<(), RunError> {
    let mut file = TableFile::begin(path)?;
    for goal in &covered.goals {
        let n = goal.counts.len();
        let ends: Vec<(f64, f64)> = (0..n).map(|at| goal.buckets.ends(at).unwrap_or((f64::NAN, f64::NAN))).collect();
        file.add(vec![
            ("of".to_owned(), Values::Texts(vec![goal.of.clone(); n])),
            ("unit".to_owned(), Values::Texts(vec![goal.unit.clone(); n])),
            ("low".to_owned(), Values::Numbers(ends.iter().map(|(low, _)| *low).collect())),
            ("high".to_owned(), Values::Numbers(ends.iter().map(|(_, high)| *high).collect())),
            ("hits".to_owned(), Values::Counts(goal.counts.clone())),
            ("target".to_owned(), Values::Counts(vec![goal.target; n])),
        ])?;
    }
    file.finish()
}
