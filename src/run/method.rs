//! Which draws: a way that a person chooses in a word and a few numbers, the search that some ways need first, and the
//! indices that there are.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::base::{Monitor, StreamKey};
use crate::family::Family;
use crate::sample::placed::Search;
use crate::sample::rare::{self, Axis, CrossEntropy, Illuminate, RareError, Run, Subset};
use crate::sample::{Method, Placed, Sampler};
use crate::study::Study;

use super::RunError;
use super::estimate::FamilyProblem;

/// A way to place draws, by its word.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Way {
    /// By chance.
    #[default]
    Independent,
    /// Sobol points.
    Sobol,
    /// Halton points.
    Halton,
    /// A Latin hypercube.
    Lhs,
    /// All combinations of levels.
    Grid,
    /// All combinations of levels of any few parameters.
    Pairwise,
    /// Centre, ends, corners.
    Boundary,
    /// A learned proposal.
    Adaptive,
    /// States of subset simulation.
    Subset,
    /// Elites of an archive.
    Diverse,
}

/// A number, or a few, that a way takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Setting {
    /// Levels of a continuous parameter.
    Levels,
    /// How many parameters' combinations.
    Strength,
    /// Rows that a covering array begins with.
    SeedRows,
    /// Points of a Latin hypercube.
    Points,
    /// Whether also near the ends.
    Tails,
    /// Most evaluations of a search.
    Budget,
    /// What tells events apart.
    Axes,
}

impl Way {
    /// All of them, the plainest first.
    pub const ALL: [Self; 10] = [
        Self::Independent,
        Self::Sobol,
        Self::Halton,
        Self::Lhs,
        Self::Grid,
        Self::Pairwise,
        Self::Boundary,
        Self::Adaptive,
        Self::Subset,
        Self::Diverse,
    ];

    /// The word on the command line.
    pub fn word(self) -> &'static str {
        match self {
            Self::Independent => "independent",
            Self::Sobol => "sobol",
            Self::Halton => "halton",
            Self::Lhs => "lhs",
            Self::Grid => "grid",
            Self::Pairwise => "pairwise",
            Self::Boundary => "boundary",
            Self::Adaptive => "adaptive",
            Self::Subset => "subset",
            Self::Diverse => "diverse",
        }
    }

    /// Its name in a list.
    pub fn title(self) -> &'static str {
        match self {
            Self::Independent => "Independent",
            Self::Sobol => "Sobol points",
            Self::Halton => "Halton points",
            Self::Lhs => "Latin hypercube",
            Self::Grid => "Grid",
            Self::Pairwise => "Pairwise",
            Self::Boundary => "Boundary",
            Self::Adaptive => "Adaptive",
            Self::Subset => "Subset simulation",
            Self::Diverse => "Diverse",
        }
    }

    /// What it does.
    pub fn about(self) -> &'static str {
        match self {
            Self::Independent => "By chance, each on its own",
            Self::Sobol => "Owen-scrambled Sobol points, more even than chance",
            Self::Halton => "Scrambled Halton points, more even than chance",
            Self::Lhs => "A Latin hypercube: every parameter's range evenly used",
            Self::Grid => "Every combination of levels",
            Self::Pairwise => "Every combination of levels of any two parameters, or more",
            Self::Boundary => "The centre, the ends, the corners",
            Self::Adaptive => "From a proposal that cross-entropy has learned",
            Self::Subset => "States of subset simulation in which the event happens",
            Self::Diverse => "As different events as MAP-Elites finds",
        }
    }

    /// Whether a probability can be computed from its draws: a sentence.
    pub fn worth(self) -> &'static str {
        match self {
            Self::Independent | Self::Adaptive => Method::Independent.worth(),
            Self::Sobol | Self::Halton | Self::Lhs => Method::Sobol.worth(),
            Self::Grid | Self::Pairwise | Self::Boundary | Self::Subset | Self::Diverse => {
                Method::Found { points: Vec::new() }.worth()
            }
        }
    }

    /// The numbers that it takes.
    pub fn takes(self) -> &'static [Setting] {
        match self {
            Self::Independent | Self::Sobol | Self::Halton => &[],
            Self::Lhs => &[Setting::Points],
            Self::Grid => &[Setting::Levels],
            Self::Pairwise => &[Setting::Levels, Setting::Strength, Setting::SeedRows],
            Self::Boundary => &[Setting::Tails],
            Self::Adaptive | Self::Subset => &[Setting::Budget],
            Self::Diverse => &[Setting::Budget, Setting::Axes],
        }
    }
}

impl Setting {
    /// The option on the command line.
    pub fn word(self) -> &'static str {
        match self {
            Self::Levels => "levels",
            Self::Strength => "strength",
            Self::SeedRows => "seed-row",
            Self::Points => "points",
            Self::Tails => "tails",
            Self::Budget => "budget",
            Self::Axes => "axis",
        }
    }
}

/// Levels where nothing else is said.
pub const LEVELS: u32 = 3;
/// Parameters' combinations where nothing else is said.
pub const STRENGTH: usize = 2;
/// Most evaluations of a search where nothing else is said.
pub const BUDGET: u64 = 5_000;

/// A way with its numbers, as typed; what is left out has its usual value.
#[derive(Clone, Debug, Default)]
pub struct Choice {
    /// The way.
    pub way: Way,
    /// For [`Setting::Levels`].
    pub levels: Option<u32>,
    /// For [`Setting::Strength`].
    pub strength: Option<usize>,
    /// For [`Setting::SeedRows`]: each as [`seed_row`] reads it.
    pub seed_rows: Vec<String>,
    /// For [`Setting::Points`]; the number of draws where left out.
    pub points: Option<u64>,
    /// For [`Setting::Tails`].
    pub tails: bool,
    /// For [`Setting::Budget`].
    pub budget: Option<u64>,
    /// For [`Setting::Axes`]: each as [`axis`] reads it.
    pub axes: Vec<String>,
}

impl Choice {
    /// What places `count` draws.
    ///
    /// # Errors
    /// A number that the way does not take; a row or an axis that cannot be understood.
    pub fn placement(&self, count: u64) -> Result<Placement, RunError> {
        if let Some(odd) = self.given().into_iter().find(|setting| !self.way.takes().contains(setting)) {
            let takers = Way::ALL.iter().filter(|way| way.takes().contains(&odd)).map(|way| way.word());
            let (odd, takers) = (odd.word(), takers.collect::<Vec<_>>().join(", "));
            let wrong = format!("--{odd} does not go with {}; leave it out, or choose {takers}", self.way.word());
            return Err(RunError::Request(wrong));
        }
        let levels = self.levels.unwrap_or(LEVELS);
        let budget = self.budget.unwrap_or(BUDGET);
        Ok(match self.way {
            Way::Independent => Placement::Method(Method::Independent),
            Way::Sobol => Placement::Method(Method::Sobol),
            Way::Halton => Placement::Method(Method::Halton),
            Way::Lhs => Placement::Method(Method::LatinHypercube { points: self.points.unwrap_or(count) }),
            Way::Grid => Placement::Method(Method::Grid { levels }),
            Way::Pairwise => Placement::Method(Method::Covering {
                strength: self.strength.unwrap_or(STRENGTH),
                levels,
                seeds: self.seed_rows.iter().map(|row| seed_row(row)).collect::<Result<_, _>>()?,
            }),
            Way::Boundary => Placement::Method(Method::Boundary { tails: self.tails }),
            Way::Adaptive => Placement::Adaptive { budget },
            Way::Subset => Placement::Subset { budget },
            Way::Diverse => {
                if self.axes.is_empty() {
                    return Err(RunError::Request(format!(
                        "say what tells the events apart: {AXIS_FORM}, one to three of them"
                    )));
                }
                Placement::Diverse { budget, axes: self.axes.iter().map(|text| axis(text)).collect::<Result<_, _>>()? }
            }
        })
    }

    /// What was said.
    fn given(&self) -> Vec<Setting> {
        let said = [
            (Setting::Levels, self.levels.is_some()),
            (Setting::Strength, self.strength.is_some()),
            (Setting::SeedRows, !self.seed_rows.is_empty()),
            (Setting::Points, self.points.is_some()),
            (Setting::Tails, self.tails),
            (Setting::Budget, self.budget.is_some()),
            (Setting::Axes, !self.axes.is_empty()),
        ];
        said.into_iter().filter(|(_, is_said)| *is_said).map(|(setting, _)| setting).collect()
    }
}

/// `speed=3,mass=0.2`: a row's values by parameter.
///
/// # Errors
/// With the form.
pub fn seed_row(text: &str) -> Result<BTreeMap<String, f64>, RunError> {
    let wrong = |what: String| RunError::Request(format!("the row `{text}` cannot be read: {what}"));
    let pair = |part: &str| {
        let form = || wrong("write NAME=VALUE pairs with commas between them, such as speed=3,mass=0.2".to_owned());
        let (name, value) = part.split_once('=').ok_or_else(form)?;
        let number: Option<f64> = value.trim().parse().ok().filter(|number: &f64| number.is_finite());
        let number = number.ok_or_else(|| wrong(format!("`{value}` is not a number")))?;
        Ok((name.trim().to_owned(), number))
    };
    text.split(',').map(pair).collect()
}

const AXIS_FORM: &str = "NAME:LOW:HIGH:BINS, such as tilt_deg:0:90:18";

/// `tilt_deg:0:90:18`: a number that tells events apart.
///
/// # Errors
/// With the form.
pub fn axis(text: &str) -> Result<Axis, RunError> {
    let wrong = || RunError::Request(format!("the axis `{text}` cannot be read: write {AXIS_FORM}"));
    let parts: Vec<&str> = text.split(':').map(str::trim).collect();
    let [name, low, high, bins] = parts.as_slice() else { return Err(wrong()) };
    let (Ok(low), Ok(high), Ok(bins)) = (low.parse(), high.parse(), bins.parse()) else { return Err(wrong()) };
    Ok(Axis { name: (*name).to_owned(), low, high, bins })
}

/// What places the draws: a method, or a search that has to run first.
#[derive(Clone, Debug)]
pub enum Placement {
    /// Known beforehand.
    Method(Method),
    /// A proposal learned by cross-entropy.
    Adaptive {
        /// Most evaluations of the event.
        budget: u64,
    },
    /// The last states of subset simulation: draws of the nominal in which the event happens.
    Subset {
        /// Most evaluations of the event.
        budget: u64,
    },
    /// The elites of an archive over parameters or measures: as different events as can be found.
    Diverse {
        /// Most evaluations of the event.
        budget: u64,
        /// One to three names with range and bins.
        axes: Vec<Axis>,
    },
}

impl Default for Placement {
    fn default() -> Self {
        Self::Method(Method::Independent)
    }
}

impl Placement {
    /// The method, after whatever search it needs. The same study, family and request find the same.
    ///
    /// # Errors
    /// When a search finds nothing, cannot be made, or `monitor` stops it.
    pub fn settle(&self, study: &Study, family: &Family, monitor: &dyn Monitor) -> Result<Placed, RunError> {
        let key = StreamKey::new(study.seed, &family.id);
        let run = |budget: u64| Run { key: &key, max_evaluations: budget, confidence: 0.95, monitor };
        let (search, method) = match self {
            Self::Method(method) => return Ok(Placed::by(method.clone())),
            Self::Adaptive { budget } => adaptive(family, &run(*budget))?,
            Self::Subset { budget } => subset(family, &run(*budget))?,
            Self::Diverse { axes, budget } => diverse(family, axes, &run(*budget))?,
        };
        Ok(Placed::after(search, method))
    }
}

fn adaptive(family: &Family, run: &Run<'_>) -> Result<(Search, Method), RunError> {
    let problem = hard(family)?;
    let settings = CrossEntropy::within(run.max_evaluations);
    let learned = rare::learn(&problem, &settings, run).map_err(|error| match told(error) {
        RunError::Request(why) => RunError::Request(format!("{why} (a level has {} draws)", settings.level_draws)),
        other => other,
    })?;
    let found = format!("a proposal of {} components was learned", learned.proposal.components().len());
    let search = search("cross-entropy", &problem, run, (learned.evaluations, found));
    Ok((search, Method::Learned(learned.proposal)))
}

fn subset(family: &Family, run: &Run<'_>) -> Result<(Search, Method), RunError> {
    let problem = hard(family)?;
    let states = rare::states(&problem, &Subset::climbing_once(run.max_evaluations), run).map_err(told)?;
    let found = format!("{} states of one climb; neighbours in a chain are alike", states.points.len());
    let search = search("subset simulation", &problem, run, (states.evaluations, found));
    Ok((search, Method::Found { points: states.points }))
}

fn diverse(family: &Family, axes: &[Axis], run: &Run<'_>) -> Result<(Search, Method), RunError> {
    let problem = hard(family)?;
    let names: Vec<String> = axes.iter().map(|axis| axis.name.clone()).collect();
    let measured = problem.measured(&names)?;
    let archive = rare::illuminate(&measured, &Illuminate::over(axes.to_vec()), run).map_err(told)?;
    if archive.elites.is_empty() {
        let wrong = "no point lies within the ranges that tell the events apart; widen them";
        return Err(RunError::Request(wrong.to_owned()));
    }
    let found = format!(
        "{} of {} cells filled, {} of them with the event",
        archive.elites.len(),
        archive.cells,
        archive.events()
    );
    let search = Search { axes: axes.to_vec(), ..search("MAP-Elites", &problem, run, (archive.evaluations, found)) };
    Ok((search, Method::Found { points: archive.elites.into_values().map(|elite| elite.z).collect() }))
}

fn search(by: &str, problem: &FamilyProblem<'_>, run: &Run<'_>, (evaluations, found): (u64, String)) -> Search {
    let event = problem.event.clone();
    Search { by: by.to_owned(), event, budget: run.max_evaluations, evaluations, axes: Vec::new(), found }
}

/// The problem of a family whose requirements are all hard: a search's points must be points of its parameters alone.
fn hard(family: &Family) -> Result<FamilyProblem<'_>, RunError> {
    if let Some(soft) = family.requirements.iter().find(|requirement| requirement.probability.is_some_and(|p| p < 1.0))
    {
        let text = format!("a search cannot use the soft requirement `{}`; make it hard, or leave it out", soft.name);
        return Err(RunError::Request(text));
    }
    FamilyProblem::new(family, None)
}

fn told(error: RareError) -> RunError {
    match error {
        RareError::Stopped => RunError::Stopped,
        other => RunError::Request(other.to_string()),
    }
}

/// The draws that there are of those asked for, and what the person should know about them.
#[derive(Clone, Debug)]
pub struct Asked {
    /// Their indices.
    pub indices: Range<u64>,
    /// A sentence each.
    pub remarks: Vec<String>,
}

/// The indices from `from` on: `count` of them, or as many as the method has.
///
/// # Errors
/// When they lie beyond the method's last draw or the largest number.
pub fn asked(sampler: &Sampler, placed: &Placed, from: u64, count: u64) -> Result<Asked, RunError> {
    let wrong = "the draws' indices pass the largest number there is; begin lower";
    let wanted = from.checked_add(count).ok_or_else(|| RunError::Request(wrong.to_owned()))?;
    let end = sampler.count().map_or(wanted, |there| wanted.min(there));
    if let Some(there) = sampler.count().filter(|there| from >= *there && count > 0) {
        let wrong = format!("draw {from} is beyond the last of the method, {}; begin lower", there.saturating_sub(1));
        return Err(RunError::Request(wrong));
    }
    let mut remarks: Vec<String> = placed.search.iter().map(Search::sentence).collect();
    remarks.extend(sampler.remark(end.saturating_sub(from)));
    if end < wanted {
        remarks.push(format!("{} of the {count} draws asked for: the method ends with draw {}", end - from, end - 1));
    }
    if placed.method != Method::Independent {
        remarks.push(placed.method.worth().to_owned());
    }
    Ok(Asked { indices: from..end.max(from), remarks })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_distinct_and_numbers_belong_to_their_ways() {
        for way in Way::ALL {
            assert_eq!(Way::ALL.iter().filter(|other| other.word() == way.word()).count(), 1, "{way:?}");
            assert_eq!(Way::ALL.iter().filter(|other| other.title() == way.title()).count(), 1, "{way:?}");
            let choice = Choice { way, budget: Some(7), ..Choice::default() };
            let is_search = matches!(way, Way::Adaptive | Way::Subset | Way::Diverse);
            let refused = choice.placement(3).err().map(|error| error.to_string());
            let odd = refused.as_ref().is_some_and(|text| text.contains("--budget does not go with"));
            assert_eq!(odd, !is_search, "{way:?}: {refused:?}");
        }
        let lhs = Choice { way: Way::Lhs, ..Choice::default() };
        let Ok(Placement::Method(method)) = lhs.placement(12) else { panic!("a method") };
        assert_eq!(method, Method::LatinHypercube { points: 12 }, "as many as draws");
        for way in Way::ALL {
            let Ok(Placement::Method(method)) = (Choice { way, ..Choice::default() }).placement(3) else { continue };
            assert_eq!(method.worth(), way.worth(), "{way:?}");
        }
    }

    #[test]
    fn rows_and_axes_are_read_or_refused_with_their_form() {
        assert_eq!(
            seed_row("speed = 3, mass=0.2").unwrap(),
            [("mass".to_owned(), 0.2), ("speed".to_owned(), 3.0)].into()
        );
        assert_eq!(axis("tilt_deg:0:90:18").unwrap().bins, 18);
        for wrong in ["speed", "speed=fast", "speed=inf", ""] {
            assert!(seed_row(wrong).unwrap_err().to_string().contains("the row"), "{wrong}");
        }
        for wrong in ["tilt", "tilt:0:90", "tilt:0:x:3", "tilt:0:90:-1", ""] {
            assert!(axis(wrong).unwrap_err().to_string().contains("NAME:LOW:HIGH:BINS"), "{wrong}");
        }
    }
}
