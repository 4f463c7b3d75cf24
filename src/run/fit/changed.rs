//! Whether the columns that nominals were fitted to still hold what they held.
//!
//! Only the reference half is read, exactly as a fit reads it. A set that is not there or cannot be read says nothing.

use crate::base::Monitor;
use crate::family::{Family, Finding, Fitted, Severity};
use crate::study::Study;

use super::Reference;
use crate::run::{Place, RunError};

/// A fit whose column is another by now.
#[derive(Clone, Debug, PartialEq)]
pub struct Changed {
    /// The fit as the family has it.
    pub fitted: Fitted,
    /// What changed, to go on from the parameter's name.
    pub text: String,
}

/// The fits of the study's families that can be compared with their data: they have a digest and their set is in the study.
pub fn comparable(study: &Study) -> Vec<Fitted> {
    let mut all: Vec<Fitted> = Vec::new();
    let fits = study.families.iter().flat_map(|family| &family.parameters).filter_map(|one| one.fitted.as_ref());
    for fitted in fits.filter(|fitted| !fitted.digest.is_empty() && study.set(&fitted.set).is_some()) {
        if !all.contains(fitted) {
            all.push(fitted.clone());
        }
    }
    all
}

/// Those of `fits` whose column has changed since. What cannot be read is passed over: a disk that is not plugged in says
/// nothing about the data.
///
/// # Errors
/// [`RunError::Stopped`] once the watcher asks.
pub fn changed(place: &Place, study: &Study, fits: &[Fitted], monitor: &dyn Monitor) -> Result<Vec<Changed>, RunError> {
    let mut found = Vec::new();
    // A set is opened once for all its columns.
    let mut sets: Vec<&str> = fits.iter().map(|fitted| fitted.set.as_str()).collect();
    sets.sort_unstable();
    sets.dedup();
    for (done, set) in sets.iter().enumerate() {
        monitor.step("Comparing fits with their data", done as u64, sets.len() as u64);
        let reference = match Reference::open(place, study, set, monitor) {
            Ok(reference) => reference,
            Err(RunError::Stopped) => return Err(RunError::Stopped),
            Err(_) => continue,
        };
        for fitted in fits.iter().filter(|fitted| fitted.set == *set) {
            let text = compare(&reference, fitted, monitor)?;
            found.extend(text.map(|text| Changed { fitted: fitted.clone(), text }));
        }
    }
    Ok(found)
}

/// What is different, if anything is.
fn compare(reference: &Reference<'_>, fitted: &Fitted, monitor: &dyn Monitor) -> Result<Option<String>, RunError> {
    let Fitted { set, column, n, digest, .. } = fitted;
    let Ok(named) = reference.column(column) else {
        return Ok(Some(format!("was fitted to `{column}` of `{set}`, which that set no longer has; fit it again")));
    };
    let series = match reference.series(&named, monitor) {
        Err(RunError::Stopped) => return Err(RunError::Stopped),
        Err(_) => return Ok(None),
        Ok(series) => series,
    };
    if series.digest() == *digest {
        return Ok(None);
    }
    let now = series.values.iter().filter(|value| value.is_finite()).count() as u64;
    let counts = if now == *n { format!("{n} values, as before") } else { format!("{n} values then, {now} now") };
    Ok(Some(format!(
        "was fitted to `{column}` of `{set}`, and its reference half has changed since ({counts}); fit it again"
    )))
}

/// What a person should know of `family`: advice on each parameter whose fit is among `changed`.
pub fn advice(family: &Family, changed: &[Changed]) -> Vec<Finding> {
    let of = |(at, parameter): (usize, &crate::family::Parameter)| {
        let mine = changed.iter().find(|one| parameter.fitted.as_ref() == Some(&one.fitted))?;
        let text = format!("`{}` {}", parameter.name, mine.text);
        Some(Finding { severity: Severity::Advice, field: format!("parameters[{at}].fitted"), text })
    };
    family.parameters.iter().enumerate().filter_map(of).collect()
}
