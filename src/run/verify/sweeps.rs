//! Sweeps of a pack's lidars and radars computed again: without graphics, and equal to the last bit on every machine.

use crate::base::Monitor;
use crate::family;
use crate::pack::{DrawRow, PackReader};
use crate::run::RunError;
use crate::run::ranging::{self, Watch, files};
use crate::world::Simulator;

/// Computes every sweep of `rows` and holds it against the pack's; what was found, or `None` where its family has no such sensor.
///
/// # Errors
/// The first sweep that is another, with its draw, sensor and number; one that is missing or too many; [`RunError::Stopped`].
pub(super) fn again(reader: &PackReader, rows: &[DrawRow], monitor: &dyn Monitor) -> Result<Option<String>, RunError> {
    let family = family::text::parse(&reader.family_text()?, "family.ron")?;
    let family = crate::study::with_files(family, &reader.files());
    if !ranging::is_asked(&family) {
        return Ok(None);
    }
    let simulator = Simulator::new(&family)?;
    let mut n_sweeps = 0;
    for (done, row) in rows.iter().enumerate() {
        monitor.step("Computing sweeps again", done as u64, rows.len() as u64);
        let episode = simulator.episode(&row.draw, monitor).map_err(RunError::of_draw(row.draw.index))?;
        let watch = Watch::new(&family, &episode);
        compare(reader, row.draw.index, &watch, monitor)?;
        n_sweeps += watch.all().len();
    }
    monitor.step("Computing sweeps again", rows.len() as u64, rows.len() as u64);
    Ok(Some(format!("{n_sweeps} sweeps of {} draws equal to the last bit", rows.len())))
}

fn compare(reader: &PackReader, draw: u64, watch: &Watch<'_>, monitor: &dyn Monitor) -> Result<(), RunError> {
    let wrong = |sensor: &str, of: &str, what: &str| {
        Err(RunError::Damaged(format!("draw {draw}, sensor `{sensor}`, {of}: {what}")))
    };
    let (made, kept) = (files::names(watch), reader.sweeps(draw)?);
    if let Some((sensor, file)) = made.iter().find(|name| kept.binary_search(name).is_err()) {
        return wrong(sensor, &format!("`{file}`"), "it is missing");
    }
    if let Some((sensor, file)) = kept.iter().find(|name| made.binary_search(name).is_err()) {
        return wrong(sensor, &format!("`{file}`"), "this program makes no such file");
    }
    files::each(watch, monitor, &|sensor, file, made| {
        let kept = reader.sweep_file(draw, sensor, file)?;
        if made == kept {
            return Ok(());
        }
        match file.strip_suffix(".pcd").and_then(|number| number.parse::<u64>().ok()) {
            Some(sweep) => wrong(sensor, &format!("sweep {sweep}"), &files::difference(made, &kept)),
            None => wrong(sensor, &format!("`{file}`"), "it is not what this program makes of its sweeps"),
        }
    })
}
