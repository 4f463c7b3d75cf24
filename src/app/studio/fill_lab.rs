//! What the pages that ask about a family show, from the document and what its jobs answered.

use std::sync::Arc;

use crate::app::jobs::JobLine;
use crate::app::lab::{
    Answer, BEFORE_EDIT, ColumnsState, DifferenceView, EstimateView, FitView, LabView, SetChoice,
    difference::Differences, estimate::Estimates, fit::Fits,
};
use crate::app::many::Pool;
use crate::data::Origin;
use crate::family::{Columns, Family};

use super::document::Document;
use super::fill_compare::origin;
use super::lab::{self, Running};
use super::tasks::is_reality;

/// The estimate was made with other random numbers.
const BEFORE_SEED: &str = "with the study's seed before your last edit";
/// The count is of other choices than those that are shown.
const BEFORE_CHOICE: &str = "of what was chosen before";

/// The three pages.
pub(super) fn lab(document: &Document, jobs: &[JobLine], pool: Option<&Pool>) -> LabView {
    let Some(family) = document.shown_family() else { return LabView::default() };
    LabView {
        fit: fit(document, family, jobs),
        estimate: estimate(document, family, jobs, pool),
        difference: difference(document, family, jobs),
        // Filled by the window, whose worker draws it.
        matching: crate::app::lab::MatchView::default(),
    }
}

/// What a page shows while its job runs, or after it was stopped; else what `found` gives.
fn answer<T>(running: &Running, jobs: &[JobLine], found: impl FnOnce() -> Answer<T>) -> Answer<T> {
    let job = running.id.and_then(|id| jobs.iter().find(|job| job.id == id));
    match (job, found()) {
        (Some(job), _) => Answer::Running(job.clone()),
        (None, Answer::None) if running.cancelled => Answer::Cancelled,
        (None, found) => found,
    }
}

fn told<T>(answer: &Result<Arc<T>, String>, stale: &'static str) -> Answer<T> {
    match answer {
        Ok(shown) => Answer::Found { shown: Arc::clone(shown), stale },
        Err(why) => Answer::Refused(why.clone()),
    }
}

fn sets(document: &Document, wanted: fn(Origin) -> bool) -> Vec<SetChoice> {
    let sets = document.study().sets.iter().filter(|set| wanted(set.origin));
    sets.map(|set| SetChoice { name: set.name.clone(), origin: origin(set.origin) }).collect()
}

fn columns(document: &Document, set: Option<&str>) -> ColumnsState {
    match set.map(|set| document.lab.columns.get(set)) {
        None => ColumnsState::None,
        Some(None) => ColumnsState::Reading,
        Some(Some(Ok(columns))) => ColumnsState::Known(Arc::clone(columns)),
        Some(Some(Err(why))) => ColumnsState::Failed(why.clone()),
    }
}

fn fit(document: &Document, family: &Family, jobs: &[JobLine]) -> FitView {
    let state = &document.lab.fit;
    let set = lab::fit_set(document);
    let parameter = document.parameter.as_deref().and_then(|name| family.parameter(name));
    let now = lab::fit_request(document);
    let found = || match &state.found {
        Some((request, found)) if now.as_ref() == Some(request) => {
            told(&found.as_ref().map(|(_, fits)| Arc::clone(fits)).map_err(Clone::clone), "")
        }
        _ => Answer::<Fits>::None,
    };
    let fitted = parameter.and_then(|parameter| parameter.fitted.as_ref());
    let column = state.choice.column.as_deref();
    let is_this = |of: &&crate::family::Fitted| Some(of.set.as_str()) == set && Some(of.column.as_str()) == column;
    let taken = fitted.filter(is_this).zip(parameter).map(|(fitted, parameter)| {
        let kind = crate::family::distribution::Kind::of(&parameter.nominal).name();
        format!("The nominal is {kind}, taken from this column: {}", fitted.judged)
    });
    FitView {
        parameter: parameter.map(|parameter| (parameter.name.clone(), parameter.unit.clone())),
        parameters: family.parameters.iter().map(|parameter| parameter.name.clone()).collect(),
        sets: sets(document, is_reality),
        columns: columns(document, set),
        choice: crate::app::lab::FitChoice { set: set.map(str::to_owned), ..state.choice.clone() },
        answer: answer(&state.running, jobs, found),
        refused: state.refused.clone(),
        taken,
    }
}

fn estimate(document: &Document, family: &Arc<Family>, jobs: &[JobLine], pool: Option<&Pool>) -> EstimateView {
    let state = &document.lab.estimate;
    let found = || match state.found.get(&family.id) {
        Some(found) => {
            let same = Arc::ptr_eq(&found.family, family) || found.family == *family;
            let asked = found.request.event.as_ref() == state.choice.events.get(&family.id);
            let stale = match (asked, same, found.seed == document.study().seed) {
                (false, ..) => BEFORE_CHOICE,
                (true, false, _) => BEFORE_EDIT,
                (true, true, false) => BEFORE_SEED,
                (true, true, true) => "",
            };
            if asked || found.answer.is_ok() { told(&found.answer, stale) } else { Answer::None }
        }
        None => Answer::<Estimates>::None,
    };
    let rare = pool.filter(|_| document.pinned().is_empty()).map(|pool| {
        let known = || pool.rare.iter().flatten();
        (known().filter(|rare| **rare).count() as u64, known().count() as u64)
    });
    EstimateView {
        family: Some(Arc::clone(family)),
        choice: state.choice.clone(),
        answer: answer(&state.running, jobs, found),
        of_draws: rare.filter(|(_, n)| *n > 0),
        has_proposals: family.parameters.iter().any(|parameter| parameter.proposal.is_some()),
    }
}

fn difference(document: &Document, family: &Arc<Family>, jobs: &[JobLine]) -> DifferenceView {
    let state = &document.lab.difference;
    let now = state.choice.request(&family.id);
    let found = || match &state.found {
        Some((request, of, answer)) if of.id == family.id => {
            let stale = match (now.as_ref() == Some(request), Arc::ptr_eq(of, family) || of == family) {
                (false, _) => BEFORE_CHOICE,
                (true, false) => BEFORE_EDIT,
                (true, true) => "",
            };
            // A refusal of what was chosen before says nothing now.
            if stale == BEFORE_CHOICE && answer.is_err() { Answer::None } else { told(answer, stale) }
        }
        _ => Answer::<Differences>::None,
    };
    let against_reality = lab::is_against_reality(document);
    let measures = family.measures.iter().filter(|_| state.choice.set.is_some()).map(|measure| measure.name.clone());
    let drawn = Columns::of(family).names().map(str::to_owned).collect::<Vec<_>>();
    DifferenceView {
        synthetic: sets(document, |origin| origin == Origin::Synthetic),
        sets: sets(document, |_| true),
        names: drawn.into_iter().chain(measures).collect(),
        columns: columns(document, state.choice.against.as_deref().filter(|_| against_reality)),
        against_reality,
        choice: state.choice.clone(),
        answer: answer(&state.running, jobs, found),
    }
}
