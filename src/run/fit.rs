//! A nominal from reality: distributions fitted to a column of a real set's reference half, and the one that a person takes.
//!
//! The held half is never read. A column is read in the unit that the person says it has; sets do not carry units. It
//! chooses nothing: the fits are shown, and only a taken one changes the family.

use std::path::Path;
use std::sync::Arc;

use crate::base::text::did_you_mean;
use crate::base::{Digest, Monitor, Unit, unit};
use crate::data::{ColumnInfo, Format, Origin, Set};
use crate::family::distribution::{Distribution, Source, full_turn};
use crate::family::text::distribution_line;
use crate::family::{Family, Fitted, Parameter, Severity, written};
use crate::sample::fit::{self, Fit, FitError, Fits, Model, Resampling, Settings};
use crate::study::{Edit, SetRef, Study};

mod words;

pub use words::{reasons, words};

use super::place::{Place, Stamp};
use super::table_file::{TableFile, Values};
use super::{RunError, check, import};

/// Seconds between neighbouring frames of an episode.
const FRAME_INTERVAL: &str = "frame_interval";
/// Seconds that an episode lasts, one value each.
const EPISODE_LENGTH: &str = "episode_length";

/// A column that can be fitted.
#[derive(Clone, Debug, PartialEq)]
pub struct ColumnSummary {
    /// What to ask for: `observation.state[3]`.
    pub name: String,
    /// What the set calls it, where that is something else: `kLeftElbow`.
    pub label: Option<String>,
    /// The unit where it is known.
    pub unit: Option<&'static str>,
    /// Finite values in the reference half.
    pub n: usize,
    /// Smallest of them; NaN where there is none.
    pub low: f64,
    /// Largest of them.
    pub high: f64,
}

/// What to fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FitRequest {
    /// The real set's name in the study.
    pub set: String,
    /// One of [`columns`], by name or label.
    pub column: String,
    /// The parameter whose nominal it could be: family and name.
    pub target: Option<(String, String)>,
    /// The column's unit; the parameter's where left out.
    pub unit: Option<String>,
    /// The distribution to take, by name ([`Model::named`]); needs a target.
    pub take: Option<String>,
    /// Refits behind a p-value.
    pub refits: u32,
}

/// The fits, in the parameter's unit.
#[derive(Clone, Debug)]
pub struct Found {
    /// The set's origin: what is fitted to a stand-in is no nominal of reality.
    pub origin: Origin,
    /// The column as the set names it.
    pub column: String,
    /// The unit of every number here: the parameter's, or the column's where there is none; `None` where nobody said.
    pub unit: Option<String>,
    /// The fits, with warnings on units and origin among theirs.
    pub fits: Fits,
    /// Digest of the values as the set has them, with their episodes.
    pub digest: String,
    /// What was taken, with the edit that takes it.
    pub taken: Option<(Model, Edit)>,
}

/// Every numeric column of the set, and the times between frames and of episodes.
///
/// # Errors
/// When the study has no such set, it is synthetic, or cannot be read.
pub fn columns(place: &Place, study: &Study, set: &str, monitor: &dyn Monitor) -> Result<Vec<ColumnSummary>, RunError> {
    let reference = Reference::open(place, study, set, monitor)?;
    let mut found = Vec::new();
    for column in reference.columns() {
        let mut parts: Vec<Part> =
            (0..column.width).map(|at| Part { name: part_name(column, at), ..Part::default() }).collect();
        for (_, rows) in reference.rows(&column.name, monitor)? {
            for row in &rows {
                parts.iter_mut().zip(row).for_each(|(part, value)| part.add(f64::from(*value)));
            }
        }
        let label = |at: usize| column.names.get(at).filter(|label| **label != part_name(column, at)).cloned();
        found.extend(parts.iter().enumerate().map(|(at, part)| part.summary(label(at), None)));
    }
    for name in reference.clocks().iter().copied() {
        let mut part = Part { name: name.to_owned(), ..Part::default() };
        for value in reference.times(name, monitor)?.values {
            part.add(value);
        }
        found.push(part.summary(None, Some("s")));
    }
    Ok(found)
}

/// Fits a column and, where asked, takes one of the fits: the edit is recorded in the ledger and left to the caller to keep.
///
/// # Errors
/// When the set, the column, the parameter or the unit is not there or does not fit, the values cannot be fitted, or the
/// taken distribution would leave the family with an error.
pub fn fit(
    place: &Place,
    study: &Study,
    request: &FitRequest,
    stamp: &Stamp,
    monitor: &dyn Monitor,
) -> Result<Found, RunError> {
    if let (Some(name), None) = (&request.take, &request.target) {
        return Err(needs_target(name));
    }
    let target = target(study, request.target.as_ref())?;
    let parameter = target.as_ref().map(|(_, parameter)| parameter);
    let reference = Reference::open(place, study, &request.set, monitor)?;
    let column = reference.column(&request.column)?;
    let scale = scale(request, parameter, &column)?;
    monitor.step("Reading the reference half", 0, 1);
    let series = reference.series(&column, monitor)?;
    let digest = series.digest();
    let values: Vec<f64> = series.values.iter().map(|value| value * scale.factor).collect();
    let settings = Settings {
        candidates: &[],
        full_turn: scale.unit.as_deref().and_then(full_turn),
        seed: study.seed,
        refits: request.refits,
    };
    let mut fits = fit::fit(&values, Some(&series.episodes), &settings, monitor).map_err(|error| match error {
        FitError::Stopped => RunError::Stopped,
        error => RunError::Request(format!("`{}` of `{}`: {error}", column.name, request.set)),
    })?;
    fits.warnings.splice(0..0, warnings(reference.set_ref, parameter, &scale, &column));
    let source = Source { set: request.set.clone(), column: column.name.clone(), n: fits.n as u64, digest };
    for fit in &mut fits.fits {
        name_source(&mut fit.distribution, &source);
    }
    let origin = reference.set_ref.origin;
    let Source { column, digest, .. } = source;
    let mut found = Found { origin, column, unit: scale.unit, fits, digest, taken: None };
    if let Some(name) = &request.take {
        found.taken = Some(take(place, study, request, (&found, name), stamp)?);
    }
    Ok(found)
}

/// Takes the fit called `name` out of what was `found` for `request`: the edit is recorded in the ledger and left to the
/// caller to keep. The study may have changed since the fit.
///
/// # Errors
/// When there is no parameter to take it for, its unit is another than that of the fits, there is no such fit, or the family
/// would have an error with it.
pub fn take(
    place: &Place,
    study: &Study,
    request: &FitRequest,
    (found, name): (&Found, &str),
    stamp: &Stamp,
) -> Result<(Model, Edit), RunError> {
    let Some((family, parameter)) = target(study, request.target.as_ref())? else {
        return Err(needs_target(name));
    };
    if found.unit.as_deref() != Some(parameter.unit.as_str()) {
        return Err(RunError::Request(format!(
            "`{}` is now in {}, but the fits are in {}; fit again",
            parameter.name,
            unit::shown(&parameter.unit),
            unit::shown(found.unit.as_deref().unwrap_or_default())
        )));
    }
    put(place, (&family, &parameter), &request.set, name, found, stamp)
}

/// The fits as a Parquet table, one row a distribution: NaN where a number does not exist.
///
/// # Errors
/// A full disk.
pub fn write(found: &Found, path: &Path) -> Result<(), RunError> {
    let fits = || found.fits.fits.iter();
    let numbers =
        |of: fn(&Fit) -> Option<f64>| Values::Numbers(fits().map(|fit| of(fit).unwrap_or(f64::NAN)).collect());
    let texts = |of: fn(&Fit) -> String| Values::Texts(fits().map(of).collect());
    let mut file = TableFile::begin(path)?;
    file.add(vec![
        ("model".to_owned(), texts(|fit| fit.model.name().to_owned())),
        ("distribution".to_owned(), texts(|fit| distribution_line(&written(&fit.distribution)))),
        ("learnt".to_owned(), Values::Counts(fits().map(|fit| fit.learnt as u64).collect())),
        ("ln_likelihood".to_owned(), numbers(|fit| fit.ln_likelihood)),
        ("aic".to_owned(), numbers(|fit| fit.aic)),
        ("bic".to_owned(), numbers(|fit| fit.bic)),
        ("ks".to_owned(), numbers(|fit| Some(fit.ks))),
        ("bootstrap_p".to_owned(), numbers(|fit| fit.bootstrap.map(|bootstrap| bootstrap.p))),
        ("anderson_darling".to_owned(), numbers(|fit| fit.anderson_darling)),
    ])?;
    file.finish()
}

/// The values of a column in the reference half of a real set, in the order of time, episode by episode.
///
/// # Errors
/// As [`columns`]; no such column.
pub(super) fn reference_values(
    place: &Place,
    study: &Study,
    set: &str,
    column: &str,
    monitor: &dyn Monitor,
) -> Result<Vec<f64>, RunError> {
    let reference = Reference::open(place, study, set, monitor)?;
    let column = reference.column(column)?;
    Ok(reference.series(&column, monitor)?.values)
}

fn needs_target(name: &str) -> RunError {
    let wrong = format!("{name} can only be taken as the nominal of a parameter; say of which family and parameter");
    RunError::Request(wrong)
}

/// The family and the parameter that were named.
fn target(study: &Study, named: Option<&(String, String)>) -> Result<Option<(Arc<Family>, Parameter)>, RunError> {
    let Some((family, parameter)) = named else { return Ok(None) };
    let family = check::family(study, family)?;
    let names = || family.parameters.iter().map(|parameter| parameter.name.as_str());
    let found = family.parameter(parameter).cloned().ok_or_else(|| {
        let guess = did_you_mean(parameter, names());
        let has = names().collect::<Vec<_>>().join(", ");
        RunError::Request(format!("family `{}` has no parameter `{parameter}`{guess}; it has: {has}", family.id))
    })?;
    Ok(Some((family, found)))
}

/// How the column's numbers become the parameter's.
struct Scale {
    unit: Option<String>,
    factor: f64,
    /// Nobody said what the column's unit is.
    is_assumed: bool,
}

fn scale(request: &FitRequest, parameter: Option<&Parameter>, column: &Column) -> Result<Scale, RunError> {
    let said = request.unit.as_deref().or(column.unit);
    let parse = |symbol: &str| Unit::parse(symbol).map_err(RunError::Request);
    let is_assumed = said.is_none();
    let wanted = parameter.map(|parameter| parameter.unit.as_str());
    let (Some(from), Some(to)) = (said, wanted) else {
        said.map(parse).transpose()?;
        return Ok(Scale { unit: wanted.or(said).map(str::to_owned), factor: 1.0, is_assumed });
    };
    let factor = parse(from)?.factor_to(parse(to)?).ok_or_else(|| {
        RunError::Request(format!(
            "`{}` is in {}, but the parameter is in {}; choose another column or parameter, or correct the column's unit",
            column.name,
            unit::shown(from),
            unit::shown(to)
        ))
    })?;
    Ok(Scale { unit: Some(to.to_owned()), factor, is_assumed })
}

fn warnings(set_ref: &SetRef, parameter: Option<&Parameter>, scale: &Scale, column: &Column) -> Vec<String> {
    let mut said = Vec::new();
    if set_ref.origin == Origin::StandIn {
        said.push(format!("`{}` is a STAND-IN: what is fitted to it is no nominal of reality.", set_ref.name));
    }
    if let Some(parameter) = parameter.filter(|_| scale.is_assumed) {
        said.push(format!(
            "The set does not say the unit of `{}`; it is taken to be that of the parameter, {}. If it is another, say it.",
            column.name,
            unit::shown(&parameter.unit)
        ));
    }
    said
}

/// Quantiles know where they were measured.
fn name_source(distribution: &mut Distribution, source: &Source) {
    match distribution {
        Distribution::Empirical { from, .. } => *from = Some(source.clone()),
        Distribution::Mixture(parts) => parts.iter_mut().for_each(|part| name_source(&mut part.of, source)),
        _ => {}
    }
}

fn put(
    place: &Place,
    (family, parameter): (&Family, &Parameter),
    set: &str,
    name: &str,
    found: &Found,
    stamp: &Stamp,
) -> Result<(Model, Edit), RunError> {
    let listed = || found.fits.fits.iter().map(|fit| fit.model.name());
    let chosen = Model::named(name).and_then(|model| found.fits.fits.iter().find(|fit| fit.model == model));
    let chosen = chosen.ok_or_else(|| {
        let why = Model::named(name).and_then(|model| found.fits.left_out.iter().find(|(left, _)| *left == model));
        let why = why.map_or_else(|| did_you_mean(name, listed()), |(_, why)| format!(": {why}"));
        let has = listed().collect::<Vec<_>>().join(", ");
        RunError::Request(format!("`{name}` is none of the fits{why}; take one of {has}"))
    })?;
    let mut changed = family.clone();
    for own in changed.parameters.iter_mut().filter(|own| own.name == parameter.name) {
        own.nominal = written(&chosen.distribution);
        own.fitted = Some(Fitted {
            set: set.to_owned(),
            column: found.column.clone(),
            n: found.fits.n as u64,
            low: found.fits.low,
            high: found.fits.high,
            digest: found.digest.clone(),
            judged: judged(found, chosen),
        });
    }
    refuse_new_errors(family, &changed, chosen.model)?;
    let body = serde_json::json!({
        "family": family.id, "parameter": parameter.name, "set": set, "origin": import::origin_word(found.origin),
        "column": found.column, "n": found.fits.n, "digest": found.digest, "taken": chosen.model.name(),
        "judged": judged(found, chosen), "family_digest": changed.digest().to_string(),
    });
    place.record(stamp, "nominal.fitted", body)?;
    Ok((chosen.model, Edit::PutFamily(Arc::new(changed))))
}

/// A family that could be drawn from must stay so.
fn refuse_new_errors(before: &Family, after: &Family, model: Model) -> Result<(), RunError> {
    let old = check::findings(before);
    let is_new = |finding: &crate::family::Finding| finding.severity == Severity::Error && !old.contains(finding);
    match check::findings(after).into_iter().find(is_new) {
        Some(first) => Err(RunError::Request(format!(
            "with {} the family would have an error, {}: {}; take another, or correct that first",
            model.name(),
            first.field,
            first.text
        ))),
        None => Ok(()),
    }
}

/// One line for the family's file.
fn judged(found: &Found, fit: &Fit) -> String {
    let stand_in = if found.origin == Origin::StandIn { "STAND-IN, " } else { "" };
    let how = match found.fits.resampling {
        Resampling::Groups => "by episode",
        Resampling::Independent => "of independent values",
    };
    let p = fit
        .bootstrap
        .map_or_else(String::new, |bootstrap| format!(", p {:.3} from {} refits {how}", bootstrap.p, bootstrap.refits));
    format!("{stand_in}Kolmogorov–Smirnov D {:.4}{p}, worth {:.0} independent values", fit.ks, found.fits.effective)
}

/// A real set's reference half.
struct Reference<'a> {
    set_ref: &'a SetRef,
    set: Set,
    visible: Vec<usize>,
}

/// A column by name, with the unit where it is known.
struct Column {
    name: String,
    unit: Option<&'static str>,
    from: From,
}

enum From {
    /// Component of a signal.
    Signal(String, usize),
    Times,
}

/// Values in the order of time, episode by episode.
#[derive(Default)]
struct Series {
    values: Vec<f64>,
    episodes: Vec<u64>,
}

impl Series {
    fn digest(&self) -> String {
        let pairs = self.values.iter().zip(&self.episodes);
        let bytes: Vec<u8> = pairs
            .flat_map(|(value, episode)| [episode.to_le_bytes(), value.to_bits().to_le_bytes()].concat())
            .collect();
        Digest::of(&bytes).to_string()
    }
}

/// Rows of one signal, by episode.
type Rows = Vec<(u64, Vec<Vec<f32>>)>;

impl<'a> Reference<'a> {
    fn open(place: &Place, study: &'a Study, name: &str, monitor: &dyn Monitor) -> Result<Self, RunError> {
        let set_ref = import::set_ref(study, name)?;
        import::expect_origin(set_ref, &[Origin::Real, Origin::StandIn])?;
        let set = import::open_set(place, set_ref, monitor)?;
        let visible = import::visible_episodes(&set, set_ref);
        Ok(Self { set_ref, set, visible })
    }

    fn columns(&self) -> impl Iterator<Item = &ColumnInfo> {
        self.set.columns.iter()
    }

    fn rows(&self, column: &str, monitor: &dyn Monitor) -> Result<Rows, RunError> {
        let mut rows = Vec::with_capacity(self.visible.len());
        for at in &self.visible {
            if monitor.stopped() {
                return Err(RunError::Stopped);
            }
            let signal = self.set.signal(*at, column)?;
            rows.push((self.id(*at), signal.rows));
        }
        Ok(rows)
    }

    fn id(&self, at: usize) -> u64 {
        self.set.episodes.get(at).map_or(0, |episode| episode.id)
    }

    /// Names of the times that the set has: single pictures and RLDS carry none, and rows only where there are signals.
    fn clocks(&self) -> &'static [&'static str] {
        match self.set.format {
            Format::ImageFolder | Format::Rlds => &[],
            _ if self.set.columns.is_empty() => &[EPISODE_LENGTH],
            // Each topic has its own times, which are not those of the frames.
            Format::Recording => &[EPISODE_LENGTH],
            _ => &[FRAME_INTERVAL, EPISODE_LENGTH],
        }
    }

    /// The times called `name`: between frames, or of episodes.
    fn times(&self, name: &str, monitor: &dyn Monitor) -> Result<Series, RunError> {
        let mut series = Series::default();
        for at in &self.visible {
            if monitor.stopped() {
                return Err(RunError::Stopped);
            }
            let length_s = self.set.episodes.get(*at).map_or(f64::NAN, |episode| episode.length_s);
            let times = match (name, self.set.columns.first()) {
                (EPISODE_LENGTH, _) => vec![length_s],
                (_, Some(column)) => {
                    let at_s = self.set.signal(*at, &column.name)?.timestamps_s;
                    at_s.iter().zip(at_s.iter().skip(1)).map(|(from, to)| rounded(to - from)).collect()
                }
                (_, None) => Vec::new(),
            };
            series.episodes.extend(times.iter().map(|_| self.id(*at)));
            series.values.extend(times);
        }
        Ok(series)
    }

    /// The column called `name`: by its own name, or by a component's label that no other has.
    fn column(&self, name: &str) -> Result<Column, RunError> {
        if self.clocks().contains(&name) {
            return Ok(Column { name: name.to_owned(), unit: Some("s"), from: From::Times });
        }
        let all: Vec<(String, &str, &ColumnInfo, usize)> = self
            .columns()
            .flat_map(|column| (0..column.width).map(move |at| (column, at)))
            .map(|(column, at)| (part_name(column, at), column.names.get(at).map_or("", String::as_str), column, at))
            .collect();
        let labelled: Vec<_> = all.iter().filter(|(_, label, ..)| *label == name).collect();
        let whole = |label: &str, column: &ColumnInfo| {
            name.strip_prefix(&column.name)?.strip_prefix('.')?.eq(label).then_some(())
        };
        let exact = all.iter().find(|(own, label, column, _)| own == name || whole(label, column).is_some());
        if let Some((own, _, column, at)) = exact.or(if let [only] = labelled[..] { Some(only) } else { None }) {
            return Ok(Column { name: own.clone(), unit: None, from: From::Signal(column.name.clone(), *at) });
        }
        let set = &self.set_ref.name;
        if !labelled.is_empty() {
            let names: Vec<&str> = labelled.iter().map(|(own, ..)| own.as_str()).collect();
            let wrong = format!("`{name}` is the label of several columns of `{set}`; say which: {}", names.join(", "));
            return Err(RunError::Request(wrong));
        }
        let known = all.iter().flat_map(|(own, label, ..)| [own.as_str(), *label]).filter(|known| !known.is_empty());
        let guess = did_you_mean(name, known.chain(self.clocks().iter().copied()));
        let has = self.set.columns.iter().map(|column| match column.width {
            1 => column.name.clone(),
            width => format!("{}[0] to [{}]", column.name, width - 1),
        });
        let has: Vec<String> = has.chain(self.clocks().iter().map(|name| (*name).to_owned())).collect();
        let has = if has.is_empty() { "none, only pictures".to_owned() } else { has.join(", ") };
        let wrong = format!("`{set}` has no column `{name}`{guess}; it has: {has}");
        Err(RunError::Request(wrong))
    }

    fn series(&self, column: &Column, monitor: &dyn Monitor) -> Result<Series, RunError> {
        let From::Signal(signal, at) = &column.from else { return self.times(&column.name, monitor) };
        let mut series = Series::default();
        for (episode, rows) in self.rows(signal, monitor)? {
            series.episodes.extend(rows.iter().map(|_| episode));
            series.values.extend(rows.iter().map(|row| row.get(*at).map_or(f64::NAN, |value| f64::from(*value))));
        }
        Ok(series)
    }
}

/// To 10 µs: sets keep times as f32, which in the second minute of an episode tells no less apart.
fn rounded(interval_s: f64) -> f64 {
    (interval_s * 1e5).round() / 1e5
}

/// `observation.state[3]`, or the column's own name where it has one component.
fn part_name(column: &ColumnInfo, at: usize) -> String {
    if column.width == 1 { column.name.clone() } else { format!("{}[{at}]", column.name) }
}

/// A column as it is counted.
#[derive(Default)]
struct Part {
    name: String,
    n: usize,
    ends: Option<(f64, f64)>,
}

impl Part {
    fn add(&mut self, value: f64) {
        if value.is_finite() {
            self.n += 1;
            let (low, high) = self.ends.unwrap_or((value, value));
            self.ends = Some((low.min(value), high.max(value)));
        }
    }

    fn summary(&self, label: Option<String>, unit: Option<&'static str>) -> ColumnSummary {
        let (low, high) = self.ends.unwrap_or((f64::NAN, f64::NAN));
        ColumnSummary { name: self.name.clone(), label, unit, n: self.n, low, high }
    }
}

mod changed;

pub use changed::{Changed, advice, changed, comparable};

#[cfg(test)]
mod tests;
