//! How probable the rare event is in reality, as the page shows it. A number that its method refused is not here.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Answer;
use crate::app::author::{Fault, outcome_scope, typed};
use crate::family::Family;
use crate::run::estimate::{self, DEFENSIVE, EstimateRequest, Estimated, Estimator};

/// The confidences that can be chosen.
pub const CONFIDENCES: [f64; 3] = [0.9, 0.95, 0.99];

/// Evaluations that can be asked for: fewer say nothing, more take days.
pub const BUDGETS: [u64; 2] = [100, 100_000_000];

/// What the person chose to ask.
#[derive(Clone, Debug, PartialEq)]
pub struct EstimateChoice {
    /// The event that is asked about, by the family's id; the family's own rare event where left out.
    pub events: BTreeMap<String, String>,
    /// The ways, in the order of [`Estimator::ALL`].
    pub methods: Vec<Estimator>,
    /// Most evaluations of each; a sensible number where left out.
    pub budget: Option<u64>,
    /// Confidence of the intervals.
    pub confidence: f64,
}

impl Default for EstimateChoice {
    fn default() -> Self {
        Self { events: BTreeMap::new(), methods: Estimator::ALL.to_vec(), budget: None, confidence: CONFIDENCES[1] }
    }
}

/// What the person does on the page.
#[derive(Clone, Debug, PartialEq)]
pub enum EstimateAct {
    /// Ask about another event of the family with this id; an empty one means the family's own again.
    Event(String, String),
    /// Ask this way too, or no longer.
    Toggle(Estimator),
    /// Most evaluations of each; a sensible number where left out.
    Budget(Option<u64>),
    /// Confidence of the intervals.
    Confidence(f64),
    /// Estimate.
    Run,
}

impl EstimateChoice {
    /// Does what only chooses.
    pub fn apply(&mut self, act: &EstimateAct) {
        match act {
            EstimateAct::Event(family, event) if event.trim().is_empty() => drop(self.events.remove(family)),
            EstimateAct::Event(family, event) => {
                self.events.insert(family.clone(), event.trim().to_owned());
            }
            EstimateAct::Toggle(method) => {
                let wanted = |one: &Estimator| self.methods.contains(one) != (one == method);
                self.methods = Estimator::ALL.into_iter().filter(wanted).collect();
            }
            EstimateAct::Budget(budget) => self.budget = *budget,
            EstimateAct::Confidence(confidence) => self.confidence = *confidence,
            EstimateAct::Run => {}
        }
    }

    /// What is asked of `run`.
    pub fn request(&self, family: &str) -> EstimateRequest {
        EstimateRequest {
            family: family.to_owned(),
            event: self.events.get(family).cloned(),
            estimators: self.methods.clone(),
            budget: self.budget,
            defensive: DEFENSIVE,
            confidence: self.confidence,
        }
    }
}

/// The page.
#[derive(Clone, Debug, Default)]
pub struct EstimateView {
    /// The family that is asked about.
    pub family: Option<Arc<Family>>,
    /// What is chosen.
    pub choice: EstimateChoice,
    /// What was found.
    pub answer: Answer<Estimates>,
    /// Draws of the proposals that were simulated for the other views, and how many of them held the event.
    pub of_draws: Option<(u64, u64)>,
    /// Whether any parameter has a proposal of its own.
    pub has_proposals: bool,
}

impl EstimateView {
    /// The family's rare event as an expression; empty where there is none.
    pub fn rare_event(&self) -> &str {
        self.family.as_ref().map_or("", |family| family.rare_event.as_str())
    }

    /// The event that is asked about instead of the family's own; empty where none is.
    pub fn other_event(&self) -> &str {
        let other = self.family.as_ref().and_then(|family| self.choice.events.get(&family.id));
        other.map_or("", String::as_str)
    }

    /// The event that is asked about.
    pub fn event(&self) -> &str {
        match self.other_event() {
            "" => self.rare_event(),
            other => other,
        }
    }

    /// Whether `text` can be asked about, as the family's own rare event is checked.
    ///
    /// # Errors
    /// Where it does not compile or reads what the family does not have.
    pub fn check(&self, text: &str) -> Result<(), Fault> {
        match &self.family {
            Some(family) if !text.trim().is_empty() => {
                typed::formula(text, "", &outcome_scope(family, family.measures.len())).map(drop)
            }
            _ => Ok(()),
        }
    }
}

/// What was found.
#[derive(Clone, Debug, Default)]
pub struct Estimates {
    /// The event as an expression.
    pub event: String,
    /// What was spent, in one line.
    pub head: String,
    /// Confidence of the intervals.
    pub confidence: f64,
    /// One a method.
    pub rows: Vec<Row>,
    /// Everything as JSON, indented.
    pub json: String,
}

/// One method's answer.
#[derive(Clone, Debug, Default)]
pub struct Row {
    /// The method.
    pub method: &'static str,
    /// Probability, lower end, upper end: only where the method stands for them.
    pub answer: Option<[f64; 3]>,
    /// How the interval is made.
    pub interval: &'static str,
    /// Hits, and what they are worth.
    pub hits: Option<(u64, f64)>,
    /// Evaluations that were spent.
    pub evaluations: u64,
    /// Why there is no number, and what would help.
    pub refused: Option<String>,
    /// What to know about the number.
    pub notes: Vec<String>,
}

impl Estimates {
    /// What the page shows of `found`.
    pub fn of(request: &EstimateRequest, found: &Estimated) -> Self {
        let what = if found.simulated { "simulated episodes" } else { "evaluations, nothing simulated" };
        let rows = found.answers.iter().map(|(method, answer)| match answer {
            Err(error) => Row { method: method.words(), refused: Some(error.to_string()), ..Row::default() },
            Ok(estimate) => Row {
                method: method.words(),
                answer: estimate.answer.as_ref().ok().map(|answer| [answer.probability, answer.low, answer.high]),
                interval: estimate.answer.as_ref().map_or("", |answer| answer.method),
                hits: Some((estimate.hits, estimate.ess_hits)),
                evaluations: estimate.evaluations,
                refused: estimate.answer.as_ref().err().cloned(),
                notes: estimate.notes.clone(),
            },
        });
        Self {
            event: found.event.clone(),
            head: format!("at most {} {what} for each method", crate::app::theme::count(found.budget)),
            confidence: request.confidence,
            rows: rows.collect(),
            json: serde_json::to_string_pretty(&estimate::json(request, found)).unwrap_or_default(),
        }
    }

    /// The decades that hold every interval and `also`: exponents of ten.
    pub fn decades(&self, also: Option<f64>) -> [i32; 2] {
        let ends = self.rows.iter().filter_map(|row| row.answer).flatten().chain(also);
        let exponents = ends.filter(|end| *end > 0.0).map(f64::log10);
        let [low, high] = exponents.fold([f64::MAX, f64::MIN], |[low, high], at| [low.min(at), high.max(at)]);
        if low > high {
            return [-6, 0];
        }
        let (low, high) = (low.floor().max(-30.0) as i32, high.ceil().min(0.0) as i32);
        [low.min(high - 1), high]
    }

    /// The answers as CSV; a number that was refused is empty.
    pub fn csv(&self) -> String {
        let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
        let mut text =
            String::from("event,method,probability,low,high,confidence,hits,effective_hits,evaluations,refused\n");
        for row in &self.rows {
            let [p, low, high] = match row.answer {
                Some(numbers) => numbers.map(|number| number.to_string()),
                None => Default::default(),
            };
            let (hits, worth) = row.hits.map_or_else(Default::default, |(n, ess)| (n.to_string(), ess.to_string()));
            let (event, refused) = (quoted(&self.event), quoted(row.refused.as_deref().unwrap_or_default()));
            let (method, confidence, spent) = (row.method, self.confidence, row.evaluations);
            text.push_str(&format!(
                "{event},{method},{p},{low},{high},{confidence},{hits},{worth},{spent},{refused}\n"
            ));
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::rare::{self, RareError};

    fn found() -> (EstimateRequest, Estimated) {
        let answer = rare::Answer { probability: 2e-4, low: 5e-5, high: 8e-4, confidence: 0.95, method: "exact" };
        let estimate = |answer| rare::Estimate {
            answer,
            evaluations: 4000,
            hits: 3,
            ess_hits: 3.0,
            notes: Vec::new(),
            levels: Vec::new(),
            replicates: Vec::new(),
        };
        let answers = vec![
            (Estimator::Crude, Ok(estimate(Ok(answer)))),
            (Estimator::Importance, Ok(estimate(Err("too few, \"draw\" more".to_owned())))),
            (Estimator::Subset, Err(RareError::Setting("no budget".to_owned()))),
        ];
        let found = Estimated { event: "tipped".to_owned(), simulated: true, budget: 4000, answers };
        (EstimateChoice::default().request("f"), found)
    }

    #[test]
    fn a_refused_number_is_nowhere() {
        let (request, found) = found();
        let shown = Estimates::of(&request, &found);
        assert_eq!(shown.rows.iter().filter(|row| row.answer.is_some()).count(), 1);
        assert!(shown.rows[1].refused.is_some() && shown.rows[2].refused.as_deref() == Some("no budget"));
        let csv = shown.csv();
        assert!(csv.contains("importance sampling,,,,0.95,3,3,4000,\"too few, \"\"draw\"\" more\""), "{csv}");
        let json: serde_json::Value = serde_json::from_str(&shown.json).expect("JSON");
        assert!(json["estimates"][1]["probability"].is_null() && json["estimates"][0]["probability"] == 2e-4);
    }

    #[test]
    fn the_axis_holds_all_intervals_in_whole_decades() {
        let (request, found) = found();
        let shown = Estimates::of(&request, &found);
        assert_eq!(shown.decades(None), [-5, -3]);
        assert_eq!(shown.decades(Some(0.21)), [-5, 0], "draws of the proposal too");
        assert_eq!(Estimates::default().decades(None), [-6, 0], "nothing to hold");
    }

    #[test]
    fn another_event_stays_with_its_family() {
        let mut choice = EstimateChoice::default();
        choice.apply(&EstimateAct::Event("f".into(), " speed > 2 ".into()));
        assert_eq!(choice.request("f").event.as_deref(), Some("speed > 2"));
        assert_eq!(choice.request("g").event, None, "another family asks about its own");
        choice.apply(&EstimateAct::Event("f".into(), " ".into()));
        assert_eq!(choice.request("f").event, None);
    }

    #[test]
    fn methods_come_and_go_in_their_order() {
        let mut choice = EstimateChoice::default();
        choice.apply(&EstimateAct::Toggle(Estimator::Crude));
        choice.apply(&EstimateAct::Toggle(Estimator::Subset));
        assert_eq!(choice.methods, [Estimator::Importance, Estimator::CrossEntropy]);
        choice.apply(&EstimateAct::Toggle(Estimator::Crude));
        assert_eq!(choice.methods, [Estimator::Crude, Estimator::Importance, Estimator::CrossEntropy]);
    }
}
