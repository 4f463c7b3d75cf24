//! Distributions fitted to measured values: which could be a parameter's nominal, and how far to trust each.
//!
//! Maximum likelihood for every distribution that suits the data, then what speaks against it: a penalised likelihood, the
//! Kolmogorov–Smirnov and Anderson–Darling statistics, quantiles against quantiles, and a p-value that knows that the
//! distribution was fitted to the same values and that frames of one episode are not independent. It deliberately chooses
//! nothing: a person takes one. Pure: values in, fits out.

mod dependence;
mod judge;
mod likelihood;
mod model;
mod solve;
mod table;
mod values;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

use rayon::prelude::*;

use crate::base::{Monitor, StreamKey};
use crate::family::{Distribution, Law};
use crate::stats::{self, QqPoint};

pub use judge::Bootstrap;
pub use model::Model;

use judge::{Refits, Ruler};
use model::Kind;
use values::Values;

/// Fewer values say nothing about a distribution.
pub const FEWEST_VALUES: usize = 20;

/// Fewer episodes are too few to draw again.
const FEWEST_REDRAWN: usize = 8;

/// Refits of a distribution whose shares take long, where the caller asks for more.
const SLOW_REFITS: u32 = 200;

/// Refits that make a p-value good to about 0.02 where it matters.
pub const USUAL_REFITS: u32 = 500;

/// Why nothing can be fitted.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum FitError {
    /// Too few numbers.
    #[error(
        "{finite} values are finite numbers, and a fit needs at least {FEWEST_VALUES}; record more, or take a column with more"
    )]
    TooFew {
        /// How many there are.
        finite: usize,
    },
    /// All the same.
    #[error("every value is {value}; there is nothing to fit, write Constant({value:?})")]
    Constant {
        /// The one value.
        value: f64,
    },
    /// Beyond what can be computed with.
    #[error("the values reach from {low} to {high}, whose difference is beyond f64; give them in a larger unit")]
    TooWide {
        /// Smallest.
        low: f64,
        /// Largest.
        high: f64,
    },
    /// Lists of different lengths.
    #[error("{values} values came with {groups} groups; give one group a value")]
    Groups {
        /// Values.
        values: usize,
        /// Groups.
        groups: usize,
    },
    /// The watcher asked to stop.
    #[error("fitting was stopped; start it again")]
    Stopped,
}

/// What to fit, and how hard to test it.
#[derive(Clone, Debug)]
pub struct Settings<'a> {
    /// The distributions to try; all that suit the data where empty.
    pub candidates: &'a [Model],
    /// The length of a full turn in the values' unit ([`crate::family::distribution::full_turn`]); `None` where it is no
    /// angle.
    pub full_turn: Option<f64>,
    /// The study's seed.
    pub seed: u64,
    /// Refits behind a p-value ([`USUAL_REFITS`]); at most 200 for the distributions that take long. 0 gives none.
    pub refits: u32,
}

/// One fitted distribution.
#[derive(Clone, Debug)]
pub struct Fit {
    /// Which.
    pub model: Model,
    /// Its numbers, in the values' unit.
    pub distribution: Distribution,
    /// How many numbers were learnt from the data.
    pub learnt: usize,
    /// Natural logarithm of the likelihood of all values as though they were independent. `None` where probabilities and
    /// densities would have to be added (a mixture of both).
    pub ln_likelihood: Option<f64>,
    /// Akaike's criterion, with the log-likelihood scaled to the effective number of values; smaller is better.
    pub aic: Option<f64>,
    /// Schwarz's criterion, scaled likewise: learnt · ln(effective) − 2 · (effective / n) · log-likelihood.
    pub bic: Option<f64>,
    /// Kolmogorov and Smirnov's distance.
    pub ks: f64,
    /// Its p-value from tables, for the record only: it is valid for independent values and a distribution that was fixed
    /// beforehand, and far too large here. `None` for distributions with atoms.
    pub ks_p_if_fixed: Option<f64>,
    /// The honest p-value. `None` where the distribution follows the data whatever they are, or refits failed.
    pub bootstrap: Option<Bootstrap>,
    /// Anderson and Darling's A²; `None` for distributions with atoms and where a value has the share 0 or 1.
    pub anderson_darling: Option<f64>,
    /// Quantiles of the distribution against those of the data.
    pub qq: Vec<QqPoint>,
}

/// How the p-values were made.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Resampling {
    /// As many independent values as the data are worth were drawn from each fitted distribution.
    Independent,
    /// Whole groups (episodes) of the data were drawn again.
    Groups,
}

/// A bar of the data's own picture; a single value where both ends are the same.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bar {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Share of the values.
    pub share: f64,
}

/// All fits to one row of values.
#[derive(Clone, Debug)]
pub struct Fits {
    /// Finite values.
    pub n: usize,
    /// Values that were left out because they are no finite numbers.
    pub not_finite: usize,
    /// Groups (episodes) with a finite value; `None` where none were given.
    pub groups: Option<usize>,
    /// How many independent values they are worth.
    pub effective: f64,
    /// Smallest.
    pub low: f64,
    /// Largest.
    pub high: f64,
    /// What sort of numbers they are, in words.
    pub kind: &'static str,
    /// The data as they are, to look at beside a fit: bars of one width, or one a value where values occur again and again.
    pub bars: Vec<Bar>,
    /// How the p-values were made.
    pub resampling: Resampling,
    /// Smallest BIC first; those without at the end.
    pub fits: Vec<Fit>,
    /// What was tried and could not be fitted, with why.
    pub left_out: Vec<(Model, String)>,
    /// What to keep in mind, in sentences.
    pub warnings: Vec<String>,
}

/// Fits distributions to `values`. With `groups` (the episode of each value, values of one in the order of time) the
/// dependence between neighbours is taken into account; without, the values are taken to be independent.
///
/// # Errors
/// Fewer than [`FEWEST_VALUES`] finite values, all the same, or a row that does not fit its groups.
pub fn fit(
    values: &[f64],
    groups: Option<&[u64]>,
    settings: &Settings<'_>,
    monitor: &dyn Monitor,
) -> Result<Fits, FitError> {
    let rows = rows(values, groups)?;
    let finite = rows.concat();
    if finite.len() < FEWEST_VALUES {
        return Err(FitError::TooFew { finite: finite.len() });
    }
    let effective = if groups.is_some() { dependence::effective(&rows) } else { finite.len() as f64 };
    let too_few = FitError::TooFew { finite: 0 };
    let all = Values::plain(&finite, effective).ok_or(too_few)?;
    match all.range() {
        0.0 => return Err(FitError::Constant { value: all.low() }),
        range if !range.is_finite() => return Err(FitError::TooWide { low: all.low(), high: all.high() }),
        _ => {}
    }
    let kind = Kind::of(&all, settings.full_turn);
    // Values that are groups of their own need no redrawing by group.
    let by_group = groups.is_some() && rows.len() >= FEWEST_REDRAWN && rows.len() < finite.len();
    let resampling = if by_group { Resampling::Groups } else { Resampling::Independent };
    let task = Task { settings, all: &all, rows: &rows, resampling, monitor };
    let wanted = |model: &Model| {
        if settings.candidates.is_empty() { model.suits(kind) } else { settings.candidates.contains(model) }
    };
    let models: Vec<Model> = Model::ALL.into_iter().filter(wanted).collect();
    let (done, total) = (AtomicU64::new(0), models.len() as u64);
    let one = |model: &Model| {
        let tried = task.fit(*model);
        monitor.step("Fitting distributions", done.fetch_add(1, Ordering::Relaxed) + 1, total);
        (*model, tried)
    };
    monitor.step("Fitting distributions", 0, total);
    let tried: Vec<(Model, Result<Fit, String>)> = models.par_iter().map(one).collect();
    if monitor.stopped() {
        return Err(FitError::Stopped);
    }
    let (mut fits, mut left_out) = (Vec::new(), Vec::new());
    for (model, tried) in tried {
        match tried {
            Ok(fit) => fits.push(fit),
            Err(why) => left_out.push((model, why)),
        }
    }
    fits.sort_by(|a: &Fit, b| a.bic.unwrap_or(f64::INFINITY).total_cmp(&b.bic.unwrap_or(f64::INFINITY)));
    let groups = groups.map(|_| rows.len());
    let mut fits = Fits {
        n: finite.len(),
        not_finite: values.len() - finite.len(),
        groups,
        effective,
        low: all.low(),
        high: all.high(),
        kind: kind.words(),
        bars: if kind.is_fine { table::bars(&all) } else { table::single(&all) },
        resampling,
        fits,
        left_out,
        warnings: Vec::new(),
    };
    fits.warnings = warnings(&fits, &all);
    Ok(fits)
}

/// The finite values by group, in the order of the groups' numbers; empty groups are left out.
fn rows(values: &[f64], groups: Option<&[u64]>) -> Result<Vec<Vec<f64>>, FitError> {
    let finite = |value: &f64| value.is_finite();
    let Some(groups) = groups else { return Ok(vec![values.iter().copied().filter(finite).collect()]) };
    if groups.len() != values.len() {
        return Err(FitError::Groups { values: values.len(), groups: groups.len() });
    }
    let mut rows: BTreeMap<u64, Vec<f64>> = BTreeMap::new();
    for (value, group) in values.iter().zip(groups).filter(|(value, _)| finite(value)) {
        rows.entry(*group).or_default().push(*value);
    }
    Ok(rows.into_values().collect())
}

/// What is the same for every model.
struct Task<'a> {
    settings: &'a Settings<'a>,
    all: &'a Values,
    rows: &'a [Vec<f64>],
    resampling: Resampling,
    monitor: &'a dyn Monitor,
}

impl Task<'_> {
    fn fit(&self, model: Model) -> Result<Fit, String> {
        let full_turn = self.settings.full_turn;
        let (distribution, law) = model.fit(self.all, full_turn)?;
        let ruler = Ruler::new(&law, None);
        let placed = ruler.placed(self.all);
        let ks = ruler.distance(&placed);
        let learnt = model::learnt(&distribution);
        let has_atoms = law.is_discrete() || model == Model::Mixture;
        let ln_likelihood = (model != Model::Mixture).then(|| ln_likelihood(&law, &placed));
        let n_effective = self.all.effective;
        // As many values as the data are worth, each as likely as one of the data is on average.
        let criterion =
            |penalty: f64| ln_likelihood.map(|ln| penalty * learnt as f64 - 2.0 * n_effective / self.all.total * ln);
        let repeated = placed.repeated();
        let fixed = (!has_atoms).then(|| stats::ks_one_sample(&repeated, |x| law.cdf(x))).flatten();
        let squared = (!has_atoms).then(|| stats::anderson_darling(&repeated, |x| law.cdf(x))).flatten();
        Ok(Fit {
            model,
            learnt,
            aic: criterion(2.0),
            bic: criterion(libm::log(n_effective)),
            ks,
            ks_p_if_fixed: fixed.map(|test| test.p),
            bootstrap: self.bootstrap(model, &law, ks),
            anderson_darling: squared.filter(|squared| squared.is_finite()),
            qq: stats::qq_points(&repeated, |p| law.quantile(p)),
            ln_likelihood,
            distribution,
        })
    }

    fn bootstrap(&self, model: Model, law: &Law, distance: f64) -> Option<Bootstrap> {
        let most = if model.is_slow() { SLOW_REFITS } else { u32::MAX };
        let refits = Refits {
            model,
            full_turn: self.settings.full_turn,
            count: self.settings.refits.min(most),
            streams: StreamKey::new(self.settings.seed, "fit").purpose(model.name()),
            monitor: self.monitor,
        };
        match self.resampling {
            _ if !model.can_fail() => None,
            Resampling::Independent => refits.independent(law, distance, self.all.effective),
            Resampling::Groups => refits.by_episode(self.rows, self.all.effective),
        }
    }
}

fn ln_likelihood(law: &Law, values: &Values) -> f64 {
    values.pairs().map(|(value, weight)| weight * law.ln_density(value)).sum()
}

/// Below this a distribution is called a misfit.
pub const MISFIT_P: f64 = 0.05;

fn warnings(fits: &Fits, all: &Values) -> Vec<String> {
    let mut said = Vec::new();
    let mut say = |is_so: bool, text: String| {
        if is_so {
            said.push(text);
        }
    };
    let not_finite = format!("{} values are no finite numbers and were left out.", fits.not_finite);
    say(fits.not_finite > 0, not_finite);
    let tested = fits.fits.iter().any(|fit| fit.bootstrap.is_some());
    let how = match fits.resampling {
        Resampling::Independent => {
            "from refits to values drawn from the fitted distribution itself, as many as the data are worth"
        }
        Resampling::Groups => "from refits to whole episodes drawn again",
    };
    let honest = format!(
        "A p-value from Kolmogorov–Smirnov tables does not hold for a distribution fitted to the same values: it is far too \
         large. The p shown here is {how}."
    );
    say(tested, honest);
    if let Some(groups) = fits.groups {
        let worth = format!(
            "The {} values come from {groups} episodes and are worth about {:.0} independent ones, because neighbouring \
             frames are much alike; BIC, AIC and p reckon with that.",
            fits.n, fits.effective
        );
        say(fits.effective < 0.9 * fits.n as f64, worth);
        let few =
            format!("{groups} episodes say little about the next one: what varies between recordings is hardly seen.");
        say(groups < FEWEST_VALUES, few);
    }
    let blind = format!(
        "{:.0} independent values hardly tell one distribution from another: the order here is little more than chance.",
        fits.effective
    );
    say(fits.effective < FEWEST_VALUES as f64, blind);
    let most = all.pairs().fold((f64::NAN, 0.0), |most, pair| if pair.1 > most.1 { pair } else { most });
    let atom = format!(
        "The value {} holds {:.0} % of the data, which no density can say: Mixture keeps it.",
        most.0,
        100.0 * most.1 / all.total
    );
    say(fits.kind == "continuous" && most.1 >= table::ATOM * all.total, atom);
    let misfits = fits.fits.iter().filter_map(|fit| fit.bootstrap).all(|bootstrap| bootstrap.p <= MISFIT_P);
    let none =
        "None of the tested distributions fits; Empirical, Histogram, Choice or Mixture, where listed, follow the \
                data as they are."
            .to_owned();
    say(tested && misfits, none);
    said
}

#[cfg(test)]
mod tests;
