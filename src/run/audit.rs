//! The shortcut audit of a set: whether a nuisance, the sensor or a statistic of the pictures gives an outcome away that should
//! have to be learned from its causes.
//!
//! The statistics are [`drift::audit`]'s. Here numbers are gathered: of a generated set the draws' parameters by their roles, its rare
//! event and its measures; of any other set what was said of its episodes and what its pictures are labelled. Pictures are looked at
//! before the outcome is to be seen in them: of the beginning of each episode only.

mod labels;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::base::{Digest, Monitor, Rgb};
use crate::data::{DataError, Origin, Set};
use crate::drift::audit::{self, Candidate, Draws, Finding, Kind, Outcome, Untold, Values, Why};
use crate::drift::{self, Settings};
use crate::family::Role;
use crate::stats::benjamini_hochberg;
use crate::study::{SetRef, Study};

use super::compare::{Measuring, Unread, spaced};
use super::conditions::{NUMBER, TASK, conditions};
use super::copies::Copies;
use super::place::{Place, Stamp};
use super::synthetic::{EpisodeFile, SetFile, episode_folder, write_json};
use super::{RunError, import};

/// What to look at.
#[derive(Clone, Debug)]
pub struct AuditRequest {
    /// The set.
    pub set: String,
    /// Position of the camera that pictures are taken of.
    pub camera: usize,
    /// Frames of each episode whose mean is one number of it.
    pub frames: u32,
    /// The share of each episode, from its beginning, that pictures are taken from; 0 to 1.
    pub until: f64,
    /// The declared causes to hold fixed; the family's causes where left out.
    pub causes: Option<Vec<String>>,
    /// The least number of shufflings behind a p-value.
    pub permutations: u32,
}

impl AuditRequest {
    /// The first quarter of each episode, four frames of it.
    pub fn of(set: String) -> Self {
        Self { set, camera: 0, frames: 4, until: 0.25, causes: None, permutations: 999 }
    }
}

/// What was found.
#[derive(Clone, Debug)]
pub struct Audited {
    /// The set.
    pub set: String,
    /// Draws or episodes.
    pub n_draws: usize,
    /// What was found of each pair, the most certain first.
    pub findings: Vec<Finding>,
    /// Pairs that cannot be judged.
    pub untold: Vec<Untold>,
    /// In words: what tells what, or what could have been found.
    pub sentences: Vec<String>,
    /// Which causes were held fixed for each outcome.
    pub held_fixed: BTreeMap<String, Vec<String>>,
    /// The parameters of the set's family; none of a recorded set.
    pub parameters: Vec<String>,
    /// Where it is kept.
    pub file: PathBuf,
}

impl Audited {
    /// Pairs in which something is told beyond its causes.
    pub fn told(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.is_told())
    }
}

/// As kept in `audit/`.
#[derive(Debug, Serialize, Deserialize)]
pub struct AuditFile {
    /// `worldproof audit 1`.
    pub format: String,
    /// The set.
    pub set: String,
    /// Draws or episodes.
    pub draws: usize,
    /// The share of each episode that pictures were taken from.
    pub until: f64,
    /// Which causes were held fixed for each outcome.
    pub held_fixed: BTreeMap<String, Vec<String>>,
    /// In words.
    pub sentences: Vec<String>,
    /// Pairs that were judged.
    pub findings: Vec<FindingEntry>,
    /// Pairs that were not, in words.
    pub untold: Vec<String>,
}

/// A pair that was judged.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct FindingEntry {
    /// What may give the outcome away.
    pub candidate: String,
    /// `nuisance`, `sensor` or `image`.
    pub kind: String,
    /// The outcome.
    pub outcome: String,
    /// Bits told beyond chance.
    pub bits: f64,
    /// Bits that the causes leave open.
    pub open: f64,
    /// The mean over shuffled draws.
    pub by_chance: f64,
    /// Permutation p.
    pub p: f64,
    /// Adjusted over all pairs (Benjamini–Hochberg).
    pub p_adjusted: f64,
    /// Which way, where it is one.
    pub direction: Option<String>,
    /// The share of what is open that would be found in about 80 % of cases.
    pub smallest_share: f64,
}

impl FindingEntry {
    /// As kept and as printed.
    pub fn new(finding: &Finding) -> Self {
        Self {
            candidate: finding.candidate.clone(),
            kind: word(finding.kind).to_owned(),
            outcome: finding.outcome.clone(),
            bits: finding.bits,
            open: finding.open,
            by_chance: finding.chance,
            p: finding.p,
            p_adjusted: finding.p_adjusted,
            direction: finding.direction.clone(),
            smallest_share: finding.smallest_share,
        }
    }
}

/// What a kind is called.
pub fn word(kind: Kind) -> &'static str {
    match kind {
        Kind::Nuisance => "nuisance",
        Kind::Sensor => "sensor",
        Kind::Image => "image",
    }
}

/// All that is known of the episodes, a row each.
#[derive(Default)]
struct Known {
    ids: Vec<u64>,
    causes: Vec<(String, Vec<f64>)>,
    candidates: Vec<Candidate>,
    outcomes: Vec<Outcome>,
    parameters: Vec<String>,
    /// Episodes that were left out because others are the same recording, in words.
    copies: Option<String>,
}

/// Audits a set.
///
/// # Errors
/// When the set cannot be read, a named cause is not known, or nothing is known of its episodes that could be given away.
pub fn audit(
    place: &Place,
    study: &Study,
    request: &AuditRequest,
    stamp: &Stamp,
    monitor: &dyn Monitor,
) -> Result<Audited, RunError> {
    let refuse = |what: String| Err(RunError::Request(what));
    if request.frames == 0 || request.permutations == 0 {
        return refuse(
            "an audit needs at least 1 frame of each episode and 1 permutation; leave the option out".to_owned(),
        );
    }
    if !(request.until > 0.0 && request.until <= 1.0) {
        return refuse(format!(
            "pictures cannot be taken until {} of an episode; `--until` is above 0 and at most 1",
            request.until
        ));
    }
    let set_ref = import::set_ref(study, &request.set)?;
    let set = import::open_set(place, set_ref, monitor)?;
    let mut known = Known::default();
    let pictures = statistics(&set, set_ref, request, (&mut known, monitor))?;
    if set_ref.origin == Origin::Real {
        if let Some(cause) = request.causes.iter().flatten().next() {
            let what =
                format!("`{cause}` cannot be held fixed: only generated sets declare causes; leave `--cause` out");
            return refuse(what);
        }
        known.outcomes = labels::outcomes(&set, (&known.ids, request.camera), monitor)?;
        of_people(place, (&set, set_ref), (&mut known, monitor))?;
    } else {
        of_draws(place, set_ref, request, &mut known)?;
    }
    known.candidates.extend(pictures);
    monitor.step("Looking for shortcuts", 0, 1);
    let settings = Settings { permutations: request.permutations as usize, seed: study.seed };
    let (findings, untold, held_fixed) = judged(&known, &settings, monitor)?;
    monitor.step("Looking for shortcuts", 1, 1);
    let file = place.folder.join("audit").join(format!("{}.json", request.set));
    let sentences = sentences(&known, &findings, &untold, &held_fixed);
    let found = Audited {
        set: request.set.clone(),
        n_draws: known.ids.len(),
        findings,
        untold,
        sentences,
        held_fixed,
        parameters: known.parameters,
        file,
    };
    keep(place, &found, request, stamp)?;
    Ok(found)
}

/// What all frames of the beginning of an episode say on average, a statistic each; puts what can be read and is no copy into `known`.
fn statistics(
    set: &Set,
    set_ref: &SetRef,
    request: &AuditRequest,
    (known, monitor): (&mut Known, &dyn Monitor),
) -> Result<Vec<Candidate>, RunError> {
    let visible = import::visible_episodes(set, set_ref);
    let mut columns: Vec<Vec<f64>> = vec![Vec::with_capacity(visible.len()); drift::NAMES.len()];
    let (mut recordings, mut unread) = (Recordings::default(), Unread::default());
    for (done, episode) in visible.iter().enumerate() {
        monitor.step("Looking at the beginnings", done as u64, visible.len() as u64);
        let whole = set.episodes[*episode].n_frames;
        let until = ((f64::from(whole) * request.until).ceil() as u32).clamp(1, whole);
        let mut pictures = Vec::new();
        for frame in spaced(until, request.frames) {
            if monitor.stopped() {
                return Err(RunError::Stopped);
            }
            match set.frame(request.camera, *episode, frame) {
                Ok(picture) => pictures.push(picture),
                Err(DataError::Stopped) => return Err(RunError::Stopped),
                Err(err) => unread.add(set.episodes[*episode].id, err),
            }
        }
        if pictures.is_empty() {
            continue;
        }
        if set_ref.origin == Origin::Real && recordings.repeats((set, request.camera), *episode, &pictures) {
            continue;
        }
        known.ids.push(set.episodes[*episode].id);
        let rows: Vec<Vec<f64>> = pictures.par_iter().map(|picture| drift::describe(picture)).collect();
        for (at, column) in columns.iter_mut().enumerate() {
            column.push(rows.iter().map(|row| row[at]).sum::<f64>() / rows.len() as f64);
        }
    }
    unread.tell(&set_ref.name, monitor);
    known.copies = recordings.copies.words();
    let candidate =
        |(name, values): (&&str, Vec<f64>)| Candidate { name: (*name).to_owned(), kind: Kind::Image, values };
    Ok(drift::NAMES.iter().zip(columns).map(candidate).collect())
}

/// Recordings that were seen. Two may begin with the same pictures and go on with others: such are looked at whole.
#[derive(Default)]
struct Recordings {
    /// The first episode that begins so, and whether it was looked at whole.
    begun: BTreeMap<Vec<Digest>, (usize, bool)>,
    /// What was looked at whole.
    copies: Copies,
}

impl Recordings {
    /// Sees an episode, by its position, that begins so; whether it is an earlier one again.
    fn repeats(&mut self, (set, camera): (&Set, usize), episode: usize, beginning: &[Arc<Rgb>]) -> bool {
        let beginning = beginning.iter().map(|picture| Digest::of(&picture.bytes)).collect();
        let (first, is_whole) = self.begun.entry(beginning).or_insert((episode, false));
        if *first == episode {
            return false;
        }
        let mut whole = |at: usize| {
            let info = &set.episodes[at];
            let frames = spaced(info.n_frames, Measuring::default().frames);
            let pictures = frames.into_iter().filter_map(|frame| set.frame(camera, at, frame).ok());
            self.copies.repeats(info, pictures.map(|picture| Digest::of(&picture.bytes)).collect())
        };
        if !std::mem::replace(is_whole, true) {
            whole(*first);
        }
        whole(episode)
    }
}

/// Parameters by their roles, the rare event and the measures of a generated set.
fn of_draws(place: &Place, set_ref: &SetRef, request: &AuditRequest, known: &mut Known) -> Result<(), RunError> {
    let folder = place.resolve(&set_ref.path);
    let family = SetFile::read(&folder)?.lineage.family(&folder)?;
    let mut values: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    let mut measures: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    let mut rare = Vec::new();
    for id in &known.ids {
        let file = EpisodeFile::read(&episode_folder(&folder, *id))?;
        file.values.into_iter().for_each(|(name, value)| values.entry(name).or_default().push(value));
        file.measures.into_iter().for_each(|(name, value)| measures.entry(name).or_default().push(value));
        rare.push(Some(usize::from(file.rare)));
    }
    // What a damaged file lacks is not guessed.
    let whole = |values: &Vec<f64>| values.len() == known.ids.len();
    values.retain(|_, values| whole(values));
    measures.retain(|_, values| whole(values));
    let declared: Vec<String> = match &request.causes {
        Some(names) => {
            let mut seen = BTreeSet::new();
            names.iter().filter(|name| seen.insert(*name)).cloned().collect()
        }
        None => family.parameters.iter().filter(|one| one.role == Role::Cause).map(|one| one.name.clone()).collect(),
    };
    known.parameters = family.parameters.iter().map(|one| one.name.clone()).collect();
    for name in &declared {
        let Some(column) = values.get(name) else {
            let names: Vec<&str> = values.keys().map(String::as_str).collect();
            let what = format!("`{name}` is no parameter of `{}`; there are {}", family.id, names.join(", "));
            return Err(RunError::Request(crate::base::text::shortened(what)));
        };
        known.causes.push((name.clone(), column.clone()));
    }
    for parameter in &family.parameters {
        let kind = if parameter.role == Role::Sensor { Kind::Sensor } else { Kind::Nuisance };
        let is_cause = parameter.role == Role::Cause || declared.contains(&parameter.name);
        if let Some(values) = values.get(&parameter.name).filter(|_| !is_cause) {
            known.candidates.push(Candidate { name: parameter.name.clone(), kind, values: values.clone() });
        }
    }
    let event = family.rare_event.clone();
    let names = vec![format!("not {event}"), event.clone()];
    known.outcomes.push(Outcome { name: event, values: Values::Levels { names, of_draw: rare } });
    for (name, numbers) in measures {
        // The event itself is often one of them.
        if known.outcomes.iter().all(|outcome| outcome.name != name) {
            known.outcomes.push(Outcome { name, values: Values::Numbers(numbers) });
        }
    }
    Ok(())
}

/// What people said of a recorded set's episodes.
fn of_people(
    place: &Place,
    (set, set_ref): (&Set, &SetRef),
    (known, monitor): (&mut Known, &dyn Monitor),
) -> Result<(), RunError> {
    let mut single = Vec::new();
    for (name, said) in conditions(place, set, set_ref, monitor) {
        let seen = known.ids.iter().filter_map(|id| said.get(id));
        let values: BTreeSet<&String> = seen.collect();
        if values.len() == 1 && set_ref.conditions.contains_key(&name) {
            single.push(name.clone());
        }
        // A number of its own for each episode is no outcome.
        if name == NUMBER || values.len() < 2 || values.len() > 12 || (name == TASK && values.len() == said.len()) {
            continue;
        }
        let names: Vec<String> = values.into_iter().cloned().collect();
        let level = |id: &u64| said.get(id).and_then(|value| names.iter().position(|name| name == value));
        let of_draw = known.ids.iter().map(level).collect();
        known.outcomes.push(Outcome { name, values: Values::Levels { names, of_draw } });
    }
    if let (true, Some(condition)) = (known.outcomes.is_empty(), single.first()) {
        let name = &set_ref.name;
        return Err(RunError::Request(format!(
            "`{condition}` has one value in all episodes of `{name}` that can be looked at, so that nothing can be told apart; say another \
             value of some, as in `worldproof conditions {name} {condition}=VALUE:EPISODES`"
        )));
    }
    if known.outcomes.is_empty() {
        let name = &set_ref.name;
        return Err(RunError::Request(format!(
            "nothing is known of the episodes of `{name}` that a picture could give away; say it with \
             `worldproof conditions {name} end=fell:EPISODES end=stood:EPISODES`"
        )));
    }
    Ok(())
}

type Judged = (Vec<Finding>, Vec<Untold>, BTreeMap<String, Vec<String>>);

/// Each outcome with the causes that say most of it held fixed, as many as there are draws for; p-values adjusted over all pairs.
fn judged(known: &Known, settings: &Settings, monitor: &dyn Monitor) -> Result<Judged, RunError> {
    let (mut findings, mut untold, mut held_fixed) = (Vec::new(), Vec::new(), BTreeMap::new());
    for outcome in &known.outcomes {
        let causes = strongest(known, outcome);
        held_fixed.insert(outcome.name.clone(), causes.iter().map(|(name, _)| name.clone()).collect());
        let outcomes = std::slice::from_ref(outcome);
        let draws = Draws { causes: &causes, candidates: &known.candidates, outcomes };
        // As many shufflings as all pairs together need.
        let permutations = settings.permutations.max(40 * known.candidates.len() * known.outcomes.len()).min(99_999);
        match audit::audit(&draws, &Settings { permutations, ..*settings }, monitor) {
            Ok(found) => {
                findings.extend(found.findings);
                untold.extend(found.untold);
            }
            Err(drift::DriftError::Stopped) => return Err(RunError::Stopped),
            Err(err) => return Err(err.into()),
        }
    }
    let adjusted = benjamini_hochberg(&findings.iter().map(|finding| finding.p).collect::<Vec<_>>());
    for (finding, p) in findings.iter_mut().zip(adjusted) {
        finding.p_adjusted = p;
    }
    findings.sort_by(|a, b| a.p_adjusted.total_cmp(&b.p_adjusted).then(b.share.total_cmp(&a.share)));
    Ok((findings, untold, held_fixed))
}

/// The causes whose ranks go most with the outcome, as many as the draws can hold fixed: 5 d (d + 1) draws for d of them. A cause that
/// says nothing of the outcome confounds nothing.
fn strongest(known: &Known, outcome: &Outcome) -> Vec<(String, Vec<f64>)> {
    let (present, numbers): (Vec<usize>, Vec<f64>) = match &outcome.values {
        Values::Levels { of_draw, .. } => {
            of_draw.iter().enumerate().filter_map(|(at, level)| Some((at, (*level)? as f64))).unzip()
        }
        Values::Numbers(numbers) => numbers
            .iter()
            .enumerate()
            .filter(|(_, number)| number.is_finite())
            .map(|(at, number)| (at, *number))
            .unzip(),
    };
    let others = match &outcome.values {
        Values::Levels { .. } => {
            let rare = numbers.iter().filter(|number| **number > 0.0).count();
            rare.min(numbers.len() - rare)
        }
        Values::Numbers(_) => numbers.len(),
    };
    let fits = |d: usize| 5 * d * (d + 1) <= present.len() && 4 + 2 * d <= others;
    let most = (1..=known.causes.len()).take_while(|d| fits(*d)).count();
    let ranks = crate::stats::ranks(&numbers);
    let strength = |values: &[f64]| {
        let some: Vec<f64> = present.iter().map(|draw| values[*draw]).collect();
        correlation(&crate::stats::ranks(&some), &ranks).abs()
    };
    let mut ordered: Vec<(f64, &(String, Vec<f64>))> =
        known.causes.iter().map(|cause| (strength(&cause.1), cause)).collect();
    ordered.sort_by(|a, b| b.0.total_cmp(&a.0));
    ordered.into_iter().take(most).map(|(_, cause)| cause.clone()).collect()
}

/// Pearson's; 0 where one side never changes.
fn correlation(a: &[f64], b: &[f64]) -> f64 {
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len().max(1) as f64;
    let (mean_a, mean_b) = (mean(a), mean(b));
    let sum = |of: &dyn Fn(f64, f64) -> f64| a.iter().zip(b).map(|(x, y)| of(x - mean_a, y - mean_b)).sum::<f64>();
    let spread = libm::sqrt(sum(&|x, _| x * x) * sum(&|_, y| y * y));
    if spread > 0.0 { sum(&|x, y| x * y) / spread } else { 0.0 }
}

/// What tells what, for each outcome; where nothing does, what could have been found.
fn sentences(
    known: &Known,
    findings: &[Finding],
    untold: &[Untold],
    held_fixed: &BTreeMap<String, Vec<String>>,
) -> Vec<String> {
    let fixed_of = |name: &String| held_fixed.get(name).map_or(0, Vec::len);
    let told = |finding: &Finding| {
        let sentence = finding.sentence(findings.len());
        if fixed_of(&finding.outcome) > 0 {
            return sentence;
        }
        let causeless = sentence.replace(" beyond its causes", "").replace(" that they leave open", "");
        causeless.replace(" instead of the cause", " instead")
    };
    let mut all: Vec<String> = findings.iter().filter(|finding| finding.is_told()).take(8).map(told).collect();
    for outcome in &known.outcomes {
        let of = |name: &String| *name == outcome.name;
        let mut judged = findings.iter().filter(|finding| of(&finding.outcome)).peekable();
        if judged.peek().is_none() {
            all.push(format!("Of `{}` nothing can be said: {}.", outcome.name, why_not(outcome, untold)));
            continue;
        }
        let smallest: Vec<f64> = judged.clone().map(|finding| finding.smallest_share).collect();
        if judged.all(|finding| !finding.is_told()) {
            let share = smallest.iter().copied().fold(f64::INFINITY, f64::min);
            let could = if share < 1.0 {
                format!(
                    "a cue that tells {:.0} % of what its causes leave open would have been found in four of five cases",
                    share * 100.0
                )
            } else {
                "so few draws would have shown an all but perfect cue alone".to_owned()
            };
            let beyond = if fixed_of(&outcome.name) > 0 { " beyond its causes" } else { "" };
            all.push(format!("Nothing tells `{}`{beyond}; {could}.", outcome.name));
        }
        let fixed = fixed_of(&outcome.name);
        if fixed < known.causes.len() {
            all.push(format!(
                "For `{}` the {fixed} of {} causes that say most of it were held fixed; more draws let more be.",
                outcome.name,
                known.causes.len()
            ));
        }
    }
    all.extend(known.copies.iter().map(|words| format!("{words}: such are left out, for a copy is no evidence.")));
    all
}

/// Why an outcome cannot be judged against anything.
fn why_not(outcome: &Outcome, untold: &[Untold]) -> String {
    let is = |why: Why| untold.iter().any(|one| one.outcome == outcome.name && one.why == why);
    if is(Why::OutcomeFixed) {
        return "it is the same in all draws".to_owned();
    }
    if is(Why::OutcomeFollows) {
        return "it follows from the declared causes".to_owned();
    }
    match &outcome.values {
        Values::Levels { names, of_draw } => {
            let count = |level: usize| of_draw.iter().filter(|of| **of == Some(level)).count();
            let counts: Vec<String> =
                names.iter().enumerate().map(|(level, name)| format!("{} {name}", count(level))).collect();
            format!(
                "{} are too few to tell; at least 24 draws are needed, and 6 of the rarer kind for one cause",
                counts.join(" and ")
            )
        }
        Values::Numbers(numbers) => {
            format!("{} draws are too few to tell; at least 24 are needed, more for each cause", numbers.len())
        }
    }
}

fn keep(place: &Place, found: &Audited, request: &AuditRequest, stamp: &Stamp) -> Result<(), RunError> {
    let file = AuditFile {
        format: "worldproof audit 1".to_owned(),
        set: found.set.clone(),
        draws: found.n_draws,
        until: request.until,
        held_fixed: found.held_fixed.clone(),
        sentences: found.sentences.clone(),
        findings: found.findings.iter().map(FindingEntry::new).collect(),
        untold: found.untold.iter().map(Untold::sentence).collect(),
    };
    crate::base::files::make_folder(&place.folder.join("audit"))?;
    write_json(&found.file, &file)?;
    let told: Vec<&str> = found.told().map(|finding| finding.candidate.as_str()).collect();
    let body = serde_json::json!({
        "set": found.set, "draws": found.n_draws, "pairs": found.findings.len(), "untold": found.untold.len(), "told": told,
    });
    place.record(stamp, "audit.run", body)?;
    Ok(())
}

#[cfg(test)]
mod tests;
