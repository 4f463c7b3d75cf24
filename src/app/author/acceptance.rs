//! What the requirements do to a family's candidates: how many are accepted, which requirement refuses how many, and how
//! near the nearest came where none is.
//!
//! Each of a number of draws gives its first candidate. A soft requirement counts with the share of draws that it is asked
//! for in, so that the rate is the expected one.

use crate::base::StreamKey;
use crate::family::Plan;
use crate::family::plan::{From, Inputs};

/// Candidates that are asked.
const CANDIDATES: u64 = 2_000;

/// Accepted candidates that are kept to be shown.
const KEPT: usize = 300;

/// What was found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Acceptance {
    /// Candidates that were asked; 0 where none could be computed.
    pub candidates: u64,
    /// The share of candidates that is accepted.
    pub rate: f64,
    /// One a requirement, in the order of the file: the share of candidates that meets it by itself.
    pub met: Vec<f64>,
    /// Where nothing was accepted: how near the nearest candidate came, in one sentence.
    pub nearest: Option<String>,
    /// Names of the columns.
    pub names: Vec<String>,
    /// Some accepted candidates, as rows of numbers in the order of the names.
    pub rows: Vec<Vec<f64>>,
    /// Why nothing could be asked.
    pub error: Option<String>,
}

/// Asks the candidates of the family called `id`, prepared, under `seed`; `None` where `stopped` says so.
pub fn acceptance((id, plan): (&str, &Plan), seed: u64, stopped: &dyn Fn() -> bool) -> Option<Acceptance> {
    let key = StreamKey::new(seed, id);
    let names = plan.columns().drawn.iter().map(|parameter| format!("parameter {}", parameter.name));
    let streams: Vec<_> = names.map(|name| key.purpose(&name)).collect();
    let rules = plan.requirements();
    let (mut row, mut units) = (vec![0.0; plan.n_columns()], vec![0.5; streams.len()]);
    let mut found = Acceptance {
        met: vec![0.0; rules.len()],
        names: plan.columns().names().map(str::to_owned).collect(),
        ..Acceptance::default()
    };
    let mut nearest: Option<(f64, usize, Vec<f64>)> = None;
    for index in 0..CANDIDATES {
        if index % 64 == 0 && stopped() {
            return None;
        }
        units.iter_mut().zip(&streams).for_each(|(unit, stream)| *unit = stream.stream(index).next_unit());
        if let Err(error) = plan.fill(Inputs::Units(&units), From::Proposal, &[], &mut row) {
            return Some(Acceptance { error: Some(error.to_string()), ..Acceptance::default() });
        }
        let mut chance = 1.0;
        // The requirement that is missed farthest decides how near a candidate came.
        let mut worst: Option<(f64, usize)> = None;
        for (at, (rule, met)) in rules.iter().zip(&mut found.met).enumerate() {
            match rule.formula.holds(&row) {
                Ok(true) => *met += 1.0,
                Ok(false) => {
                    chance *= 1.0 - rule.probability;
                    let margin = rule.formula.margin(&row).unwrap_or(f64::NEG_INFINITY);
                    worst = Some(
                        worst.map_or((margin, at), |before| if margin < before.0 { (margin, at) } else { before }),
                    );
                }
                Err(error) => {
                    let error = Some(format!("requirement `{}`: {error}", rule.name));
                    return Some(Acceptance { error, ..Acceptance::default() });
                }
            }
        }
        found.candidates += 1;
        found.rate += chance;
        if chance > 0.0 && found.rows.len() < KEPT {
            found.rows.push(row.clone());
        }
        if let Some((margin, at)) = worst
            && nearest.as_ref().is_none_or(|(best, ..)| margin > *best)
        {
            nearest = Some((margin, at, row.clone()));
        }
    }
    let n = found.candidates as f64;
    found.rate /= n;
    found.met.iter_mut().for_each(|met| *met /= n);
    if let (true, Some((margin, at, row))) = (found.rate == 0.0, nearest) {
        found.nearest = told(plan, at, margin, &row);
    }
    Some(found)
}

fn told(plan: &Plan, at: usize, margin: f64, row: &[f64]) -> Option<String> {
    let rule = plan.requirements().get(at)?;
    let read = rule.reads.iter().filter_map(|at| Some((plan.columns().all.get(*at)?, row.get(*at)?)));
    let values: Vec<String> = read.map(|(column, value)| format!("{} = {value:.4}", column.name)).collect();
    let by = if margin.is_finite() { format!(" by {:.3}", -margin) } else { String::new() };
    Some(format!("Nothing is accepted. The nearest candidate misses `{}`{by}, with {}", rule.name, values.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::family::{Distribution, Family, Parameter, Requirement};

    fn rule(name: &str, that: &str, probability: Option<f64>) -> Requirement {
        Requirement { name: name.to_owned(), that: that.to_owned(), probability, because: String::new() }
    }

    fn family(requirements: Vec<Requirement>) -> Family {
        let flat = Distribution::Uniform { low: 0.0, high: 1.0 };
        let parameters = ["a", "b"].map(|name| Parameter::new(name, "", &flat)).to_vec();
        Family { parameters, requirements, ..Family::new("asked", "Asked", "tabletop") }
    }

    fn asked(family: &Family, stop: bool) -> Option<Acceptance> {
        acceptance((&family.id, &Plan::new(family).expect("sound")), 3, &|| stop)
    }

    #[test]
    fn rates_are_those_of_the_areas() {
        let halved = family(vec![rule("half", "a < 0.5", None), rule("soft", "b < 0.2", Some(0.5))]);
        let found = asked(&halved, false).expect("not stopped");
        // Half of them, of which a fifth always and the rest every second time.
        assert!((found.rate - 0.5 * 0.6).abs() < 0.03, "{}", found.rate);
        assert!((found.met[0] - 0.5).abs() < 0.035 && (found.met[1] - 0.2).abs() < 0.03, "{:?}", found.met);
        assert!(found.rows.len() == KEPT && found.rows.iter().all(|row| row[0] < 0.5), "accepted ones are kept");
        assert!(asked(&halved, true).is_none(), "stopped");
    }

    #[test]
    fn where_nothing_is_accepted_the_nearest_miss_is_told() {
        let found = asked(&family(vec![rule("beyond", "a > 1.25", None)]), false).expect("not stopped");
        let text = found.nearest.expect("a sentence");
        assert!(found.rate == 0.0 && text.contains("`beyond` by 0.25") && text.contains("a = 0.99"), "{text}");
        let broken = asked(&family(vec![rule("broken", "1 / (a - a) > 1", None)]), false).expect("not stopped");
        assert!(broken.error.is_some_and(|text| text.contains("`broken`")), "says why");
    }
}
