//! Distributions fitted to a column of a real set, as the page shows them.

use super::{Answer, ColumnsState, SetChoice};
use crate::app::author;
use crate::app::theme;
use crate::data::Origin;
use crate::family::Law;
use crate::family::distribution::full_turn;
use crate::run::fit::{Found, reasons, words};
use crate::sample::fit::{Bar, Fit, MISFIT_P, Resampling};

/// Points of a drawn density.
const POINTS: usize = 193;

/// What the person chose to fit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FitChoice {
    /// The real set's name.
    pub set: Option<String>,
    /// The column's name.
    pub column: Option<String>,
    /// The column's unit, where it is not the parameter's.
    pub unit: String,
    /// The fit that is looked at; the first where none is.
    pub model: Option<String>,
}

/// What the person does on the page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FitAct {
    /// Choose the real set.
    Set(String),
    /// Choose the column.
    Column(String),
    /// Say the column's unit; empty takes the parameter's.
    Unit(String),
    /// Look at a fit.
    Look(String),
    /// Fit.
    Run,
    /// Make a fit the parameter's nominal.
    Take(String),
}

impl FitChoice {
    /// Does what only chooses.
    pub fn apply(&mut self, act: &FitAct) {
        match act {
            FitAct::Set(set) => *self = Self { set: Some(set.clone()), ..Self::default() },
            FitAct::Column(column) => {
                (self.column, self.model) = (Some(column.clone()), None);
                self.unit.clear();
            }
            FitAct::Unit(unit) => (self.unit, self.model) = (unit.trim().to_owned(), None),
            FitAct::Look(model) => self.model = Some(model.clone()),
            FitAct::Run | FitAct::Take(_) => {}
        }
    }
}

/// The page.
#[derive(Clone, Debug, Default)]
pub struct FitView {
    /// The parameter that is fitted for: name and unit.
    pub parameter: Option<(String, String)>,
    /// All parameters of the family.
    pub parameters: Vec<String>,
    /// Real sets and stand-ins.
    pub sets: Vec<SetChoice>,
    /// Columns of the chosen set.
    pub columns: ColumnsState,
    /// What is chosen.
    pub choice: FitChoice,
    /// What was found for exactly this choice.
    pub answer: Answer<Fits>,
    /// Why the fit that was to be taken was not; one sentence.
    pub refused: Option<String>,
    /// The parameter's nominal is this fit.
    pub taken: Option<String>,
}

impl FitView {
    /// The fit that is looked at.
    pub fn looked_at<'a>(&self, fits: &'a Fits) -> Option<&'a Row> {
        let chosen = fits.rows.iter().find(|row| Some(&row.model) == self.choice.model.as_ref());
        chosen.or(fits.rows.first())
    }
}

/// What was found.
#[derive(Clone, Debug, Default)]
pub struct Fits {
    /// The column as the set names it.
    pub column: String,
    /// The unit of every number.
    pub unit: String,
    /// What was fitted, in one line.
    pub head: String,
    /// Whether the set is a stand-in.
    pub stand_in: bool,
    /// How the p-values were made, in one sentence.
    pub judged_by: String,
    /// What to keep in mind, in sentences.
    pub warnings: Vec<String>,
    /// Distributions that were tried and could not be fitted, with why.
    pub left_out: Vec<String>,
    /// The data as they are.
    pub bars: Vec<Bar>,
    /// One a distribution, best first.
    pub rows: Vec<Row>,
}

/// A fitted distribution.
#[derive(Clone, Debug, Default)]
pub struct Row {
    /// Its name.
    pub model: String,
    /// Its numbers in short.
    pub numbers: String,
    /// Schwarz's criterion less the smallest of all, so that 0 is the best; `None` where there is none.
    pub behind: Option<f64>,
    /// Akaike's criterion less the smallest of all.
    pub behind_aic: Option<f64>,
    /// Kolmogorov and Smirnov's distance.
    pub ks: f64,
    /// The p-value and how many refits are behind it.
    pub p: Option<(f64, u32)>,
    /// The p-value says that the distribution does not fit.
    pub misfit: bool,
    /// Numbers that were learnt.
    pub learnt: usize,
    /// Quantiles: expected, observed.
    pub qq: Vec<[f64; 2]>,
    /// The density; probabilities as spikes where it is discrete.
    pub curve: Vec<[f64; 2]>,
    /// Whether the curve shows probabilities.
    pub discrete: bool,
}

impl Fits {
    /// What the page shows of `found`.
    pub fn of(found: &Found) -> Self {
        let fits = &found.fits;
        let unit = found.unit.clone().unwrap_or_default();
        let least = |of: fn(&Fit) -> Option<f64>| fits.fits.iter().filter_map(of).fold(f64::INFINITY, f64::min);
        let ends = [least(|fit| fit.bic), least(|fit| fit.aic)];
        Self {
            column: found.column.clone(),
            head: head(found, &unit),
            stand_in: found.origin == Origin::StandIn,
            judged_by: judged_by(found),
            warnings: fits.warnings.clone(),
            left_out: reasons(fits),
            bars: fits.bars.clone(),
            rows: fits.fits.iter().map(|fit| row(fit, ends, [fits.low, fits.high], &unit)).collect(),
            unit,
        }
    }

    /// The table as CSV.
    pub fn csv(&self) -> String {
        let number = |value: Option<f64>| value.map_or_else(String::new, |value| value.to_string());
        let mut text = String::from("distribution,numbers,bic_behind,aic_behind,ks_d,p,refits\n");
        for row in &self.rows {
            let (p, refits) = row.p.map_or_else(Default::default, |(p, refits)| (p.to_string(), refits.to_string()));
            let (bic, aic) = (number(row.behind), number(row.behind_aic));
            text.push_str(&format!("{},\"{}\",{bic},{aic},{},{p},{refits}\n", row.model, row.numbers, row.ks));
        }
        text
    }
}

fn head(found: &Found, unit: &str) -> String {
    let fits = &found.fits;
    let episodes = match fits.groups {
        Some(1) => " of one episode".to_owned(),
        Some(groups) => format!(" of {groups} episodes"),
        None => String::new(),
    };
    let (low, high) = (theme::figures(fits.low), theme::figures(fits.high));
    let unit = if unit.is_empty() { String::new() } else { format!("{}{unit}", theme::THIN_SPACE) };
    format!(
        "{} values{episodes}, worth about {:.0} independent ones · {low} to {high}{unit} · {}",
        theme::count(fits.n as u64),
        fits.effective,
        fits.kind
    )
}

fn judged_by(found: &Found) -> String {
    let how = match found.fits.resampling {
        Resampling::Groups => "whole episodes are drawn again",
        Resampling::Independent => "as many independent values as the data are worth are drawn",
    };
    format!(
        "p is honest about the fit: {how}, the distribution is fitted to them too, and p is the share of those that lie \
         further off. Tables of Kolmogorov and Smirnov would say a far larger one."
    )
}

fn row(fit: &Fit, [bic, aic]: [f64; 2], ends: [f64; 2], unit: &str) -> Row {
    let law = Law::new(&fit.distribution, full_turn(unit)).ok();
    let margin = 0.06 * (ends[1] - ends[0]);
    let range = [ends[0] - margin, ends[1] + margin];
    Row {
        model: fit.model.name().to_owned(),
        numbers: words(&fit.distribution, theme::figures),
        behind: fit.bic.map(|own| own - bic),
        behind_aic: fit.aic.map(|own| own - aic),
        ks: fit.ks,
        p: fit.bootstrap.map(|bootstrap| (bootstrap.p, bootstrap.refits)),
        misfit: fit.bootstrap.is_some_and(|bootstrap| bootstrap.p < MISFIT_P),
        learnt: fit.learnt,
        qq: fit.qq.iter().map(|point| [point.expected, point.observed]).collect(),
        curve: law.as_ref().map_or_else(Vec::new, |law| author::curve(law, range, POINTS)),
        discrete: law.as_ref().is_some_and(Law::is_discrete),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Silent;
    use crate::sample::fit::{Settings, fit};

    fn found() -> Found {
        let values: Vec<f64> = (0..400).map(|at| ((f64::from(at) * 0.618_033_988_75).fract() * 2.0).powi(2)).collect();
        let settings = Settings { candidates: &[], full_turn: None, seed: 1, refits: 39 };
        let fits = fit(&values, None, &settings, &Silent).expect("enough values");
        let (column, unit) = ("speed".to_owned(), Some("m/s".to_owned()));
        Found { origin: Origin::Real, column, unit, fits, digest: String::new(), taken: None }
    }

    #[test]
    fn the_bars_hold_all_values_and_the_best_is_behind_by_nothing() {
        let shown = Fits::of(&found());
        let share: f64 = shown.bars.iter().map(|bar| bar.share).sum();
        assert!((share - 1.0).abs() < 1e-9, "{share}");
        assert!(shown.bars[0].share > shown.bars[7].share, "squares crowd at nought");
        assert_eq!(shown.rows[0].behind, Some(0.0), "best first");
        let behind: Vec<f64> = shown.rows.iter().filter_map(|row| row.behind).collect();
        assert!(behind.windows(2).all(|pair| pair[0] <= pair[1]), "{behind:?}");
        let normal = shown.rows.iter().find(|row| row.model == "Normal").expect("tried");
        assert!(normal.misfit && normal.p.is_some(), "a square is no bell");
        let area: f64 = normal.curve.windows(2).map(|pair| (pair[1][0] - pair[0][0]) * pair[0][1]).sum();
        assert!((0.8..1.0).contains(&area), "a density, cut at the data's ends: {area}");
        let csv = shown.csv();
        assert_eq!(csv.lines().count(), shown.rows.len() + 1, "{csv}");
    }

    #[test]
    fn another_column_forgets_the_unit_and_the_fit_that_was_looked_at() {
        let mut choice = FitChoice::default();
        for act in [FitAct::Set("g1".into()), FitAct::Column("a".into()), FitAct::Unit(" mm ".into())] {
            choice.apply(&act);
        }
        choice.apply(&FitAct::Look("Normal".into()));
        assert_eq!((choice.unit.as_str(), choice.model.as_deref()), ("mm", Some("Normal")));
        choice.apply(&FitAct::Column("b".into()));
        assert_eq!((choice.unit.as_str(), choice.model.as_deref()), ("", None));
    }
}
