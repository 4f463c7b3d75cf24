//! To the boundary of the rare event: from the shown draw towards the nearest one with the other outcome, until two sets of
//! values are left that differ in one parameter by almost nothing, and yet one brings the event and the other does not.
//!
//! The parameters are exchanged one after the other, those that lie farthest apart first; a bisection finds the one whose
//! exchange turns the outcome, a second bisection the value at which it turns. So the answer is one parameter, not a mix.

use std::collections::BTreeMap;

use crate::base::Monitor;
use crate::family::plan::{From, Inputs};
use crate::family::{Family, Plan};
use crate::sample::Draw;
use crate::world::Simulator;

/// Episodes of one search at most.
const MOST_STEPS: usize = 20;

/// Normal scores beyond this are the same.
const FARTHEST: f64 = 8.0;

/// One side of the boundary.
#[derive(Clone, Debug, PartialEq)]
pub struct Side {
    /// Every drawn parameter's value.
    pub values: BTreeMap<String, f64>,
    /// Whether the rare event happens.
    pub rare: bool,
}

/// Two sets of values that differ in one parameter.
#[derive(Clone, Debug, PartialEq)]
pub struct Boundary {
    /// The parameter.
    pub parameter: String,
    /// The side of the draw that was begun with, then the other.
    pub sides: [Side; 2],
    /// Episodes that were simulated.
    pub steps: usize,
}

impl Boundary {
    /// What differs, for the status line: `rare_event` is what the family calls it.
    pub fn sentence(&self, rare_event: &str) -> String {
        let of = |rare: bool| {
            self.sides.iter().find(|side| side.rare == rare).and_then(|side| side.values.get(&self.parameter))
        };
        let values = [of(true), of(false)].map(|value| value.copied().unwrap_or(f64::NAN));
        let decimals = (2..12).find(|decimals| {
            let [a, b] = values.map(|value| format!("{value:.decimals$}"));
            a != b
        });
        let [yes, no] = values.map(|value| format!("{value:.*}", decimals.unwrap_or(12)));
        format!("{} {yes}: {rare_event}; {no}: not ({} episodes)", self.parameter, self.steps)
    }
}

/// Walks from the values of `draw` to those of the nearest of `others` with the other outcome. Episodes are simulated, one a
/// step of `monitor`.
///
/// # Errors
/// A sentence: nothing turns the outcome, a draw that cannot be simulated, a boundary that a requirement forbids.
pub fn boundary(family: &Family, draw: &Draw, others: &[Draw], monitor: &dyn Monitor) -> Result<Boundary, String> {
    let plan = Plan::new(family).map_err(|findings| {
        findings.first().map_or_else(String::new, |finding| format!("{}: {}", finding.field, finding.text))
    })?;
    let simulator = Simulator::new(family).map_err(|error| error.to_string())?;
    let mut walk = Walk { simulator, plan: &plan, monitor, steps: 0 };
    let here = walk.row(draw);
    let (from, to) = walk.ends(&here, others)?;
    let order = walk.apart(&here, &to);
    // The outcome is `from` with none exchanged, the other with all.
    let (mut few, mut many) = (0, order.len());
    while many - few > 1 {
        let middle = usize::midpoint(few, many);
        *if walk.outcome(&mixed(&here, &to, order.get(..middle)))? == from { &mut few } else { &mut many } = middle;
    }
    let turning = *order.get(few).ok_or("both draws have the same values")?;
    let sides =
        walk.turn(&mixed(&here, &to, order.get(..few)), &mixed(&here, &to, order.get(..=few)), turning, from)?;
    walk.permitted(&sides)?;
    let parameter = plan.columns().drawn.get(turning).map_or_else(String::new, |parameter| parameter.name.clone());
    let named = |row: &[f64]| {
        let names = plan.columns().drawn.iter().map(|parameter| parameter.name.clone());
        names.zip(row.iter().copied()).collect::<BTreeMap<String, f64>>()
    };
    let [one, other] = sides;
    let sides = [Side { values: named(&one), rare: from }, Side { values: named(&other), rare: !from }];
    Ok(Boundary { parameter, sides, steps: walk.steps })
}

/// `here` with the values of `to` at some places.
fn mixed(here: &[f64], to: &[f64], places: Option<&[usize]>) -> Vec<f64> {
    let mut row = here.to_vec();
    for at in places.unwrap_or_default() {
        if let (Some(slot), Some(value)) = (row.get_mut(*at), to.get(*at)) {
            *slot = *value;
        }
    }
    row
}

struct Walk<'a> {
    simulator: Simulator,
    plan: &'a Plan,
    monitor: &'a dyn Monitor,
    steps: usize,
}

impl Walk<'_> {
    /// A draw's drawn values.
    fn row(&self, draw: &Draw) -> Vec<f64> {
        self.plan.columns().drawn.iter().map(|p| draw.values.get(&p.name).copied().unwrap_or(0.0)).collect()
    }

    /// Whether the rare event happens with these drawn values.
    fn outcome(&mut self, drawn: &[f64]) -> Result<bool, String> {
        if self.monitor.stopped() {
            return Err("stopped".to_owned());
        }
        self.steps += 1;
        self.monitor.step("Simulating towards the boundary", self.steps as u64, MOST_STEPS as u64);
        let row = self.whole(drawn)?;
        let values = self.plan.columns().names().map(str::to_owned).zip(row).collect();
        let draw = Draw { index: 0, refused: 0, values, ln_weight: 0.0 };
        self.simulator.measured(&draw, self.monitor).map(|episode| episode.rare).map_err(|error| error.to_string())
    }

    /// The whole row of a draw with these values.
    fn whole(&self, drawn: &[f64]) -> Result<Vec<f64>, String> {
        let mut row = vec![0.0; self.plan.n_columns()];
        let middle = vec![0.0; self.plan.n_drawn()];
        self.plan.fill(Inputs::Scores(&middle), From::Nominal, drawn, &mut row).map_err(|error| error.to_string())?;
        Ok(row)
    }

    /// The outcome here, and the values of the nearest draw whose outcome is the other one.
    fn ends(&mut self, here: &[f64], others: &[Draw]) -> Result<(bool, Vec<f64>), String> {
        let from = self.outcome(here)?;
        let mut near: Vec<(f64, Vec<f64>)> =
            others.iter().map(|draw| self.row(draw)).map(|to| (self.distance(here, &to), to)).collect();
        near.sort_by(|a, b| a.0.total_cmp(&b.0));
        // What was told of them may be of another moment.
        for (_, to) in near.into_iter().take(3) {
            if self.outcome(&to)? != from {
                return Ok((from, to));
            }
        }
        let missing = if from { "without the rare event" } else { "with the rare event" };
        Err(format!("no simulated draw {missing} is known; let more draws be simulated first"))
    }

    /// A value's normal score under the nominal; the middle of its step where there are single values.
    fn score(&self, at: usize, row: &[f64]) -> f64 {
        let Ok(law) = self.plan.nominal_given(at, row) else { return 0.0 };
        let value = row.get(at).copied().unwrap_or(0.0);
        let score = if law.is_discrete() {
            let below = law.cdf(value) - 0.5 * law.mass(value);
            crate::base::special::normal_quantile(below.clamp(1e-15, 1.0 - 1e-15))
        } else {
            law.normal_score(value)
        };
        if score.is_nan() { 0.0 } else { score.clamp(-FARTHEST, FARTHEST) }
    }

    fn distance(&self, a: &[f64], b: &[f64]) -> f64 {
        (0..self.plan.n_drawn()).map(|at| self.score(at, a) - self.score(at, b)).map(|by| by * by).sum()
    }

    /// The places that differ, farthest apart first.
    fn apart(&self, a: &[f64], b: &[f64]) -> Vec<usize> {
        let by = |at: &usize| (self.score(*at, a) - self.score(*at, b)).abs();
        let mut order: Vec<usize> = (0..self.plan.n_drawn()).filter(|at| a.get(*at) != b.get(*at)).collect();
        order.sort_by(|x, y| by(y).total_cmp(&by(x)));
        order
    }

    /// Bisects one parameter in its normal score while there are steps left.
    fn turn(&mut self, near: &[f64], far: &[f64], at: usize, from: bool) -> Result<[Vec<f64>; 2], String> {
        let (mut near, mut far) = (near.to_vec(), far.to_vec());
        let law = self.plan.nominal_given(at, &near).map_err(|error| error.to_string())?;
        while self.steps < MOST_STEPS {
            let score = 0.5 * (self.score(at, &near) + self.score(at, &far));
            let mut middle = near.clone();
            let value = law.at_normal(score);
            if let Some(slot) = middle.get_mut(at) {
                *slot = value;
            }
            // Nothing lies between them, or what lies there is beyond what reality does.
            if middle == near || middle.get(at) == far.get(at) {
                break;
            }
            let is_near = self.outcome(&middle)? == from;
            *if is_near { &mut near } else { &mut far } = middle;
        }
        Ok([near, far])
    }

    /// Whether the requirements allow both sides.
    fn permitted(&self, sides: &[Vec<f64>; 2]) -> Result<(), String> {
        for drawn in sides {
            let row = self.whole(drawn)?;
            for rule in self.plan.requirements().iter().filter(|rule| rule.probability >= 1.0) {
                if !rule.formula.holds(&row).map_err(|error| error.to_string())? {
                    return Err(format!("the boundary lies where requirement `{}` allows no draw", rule.name));
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Silent;
    use crate::run::new;
    use crate::sample::Sampler;

    #[test]
    fn both_sides_differ_in_one_parameter_and_in_the_outcome() {
        let family = new::example(new::EXAMPLES[0].0).expect("ships with the program");
        let sampler = Sampler::new(&family, 7).expect("sound");
        let draws: Vec<Draw> = (0..24).map(|index| sampler.draw(index).expect("a draw")).collect();
        let rare = |draw: &Draw| crate::world::simulate(&family, draw, &Silent).expect("simulates").rare;
        let (yes, no): (Vec<Draw>, Vec<Draw>) = draws.into_iter().partition(rare);
        let found = boundary(&family, &yes[0], &no, &Silent).expect("a boundary");
        assert!(found.steps <= MOST_STEPS && found.sides[0].rare && !found.sides[1].rare, "{found:?}");
        let [a, b] = &found.sides;
        let differing: Vec<&String> =
            a.values.iter().filter(|(name, value)| b.values[*name] != **value).map(|(n, _)| n).collect();
        assert_eq!(differing, [&found.parameter]);
        let again = |side: &Side| {
            let draw = sampler.draw_with(0, &side.values).expect("allowed");
            assert_eq!(rare(&draw), side.rare, "what it says comes true");
        };
        found.sides.iter().for_each(again);
        let sentence = found.sentence("tipped");
        assert!(sentence.contains(&found.parameter) && sentence.contains("tipped"), "{sentence}");
        let refused = boundary(&family, &yes[0], &yes[1..2], &Silent).expect_err("both tip");
        assert!(refused.contains("without the rare event"), "{refused}");
    }
}
