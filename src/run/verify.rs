//! Verifies a pack: what `pack` can tell from the files, and what only the generator can: some draws made again.

use std::path::Path;

use crate::base::{Monitor, Rgb, png};
use crate::family::{self, Family};
use crate::pack::{self, DrawRow, PackReader};
use crate::render::{Cover, Frame, Gpu};
use crate::sample::{SampleError, Sampler};
use crate::sense::Labels;
use crate::sense::camera::lens::Lens;
use crate::sense::channel::ExtraChannel;
use crate::sense::file::{FrameLabels, LabelFile};
use crate::world::{Episode, Simulator};

use super::RunError;
use super::generator::{Generator as _, Look, Procedural};
use super::place::Place;

/// Across adapters: the mean absolute difference of a frame's bytes may be at most this (of 255).
pub const MEAN_DIFFERENCE_MAX: f64 = 2.0;
/// Frames of each chosen draw that are rendered again.
const FRAMES_A_DRAW: usize = 3;

/// One line of the report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackCheck {
    /// A few words in sentence case.
    pub name: String,
    /// Whether it holds.
    pub ok: bool,
    /// What was found.
    pub detail: String,
}

/// What verification found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackChecked {
    /// In a fixed order.
    pub checks: Vec<PackCheck>,
}

impl PackChecked {
    /// Whether every check holds.
    pub fn ok(&self) -> bool {
        self.checks.iter().all(|check| check.ok)
    }

    fn push(&mut self, name: &str, outcome: Result<String, String>) {
        let ok = outcome.is_ok();
        self.checks.push(PackCheck { name: name.to_owned(), ok, detail: outcome.unwrap_or_else(|what| what) });
    }
}

/// Verifies the pack at `path`: draws `again` of its draws anew, computes all sweeps of their lidars and radars and, with a
/// `gpu`, renders some frames of each, and compares.
///
/// # Errors
/// When `path` is no folder, or the watcher stops it. What is wrong with the pack is in the report.
pub fn verify(
    place: &Place,
    path: &Path,
    again: u64,
    gpu: Option<&Gpu>,
    monitor: &dyn Monitor,
) -> Result<PackChecked, RunError> {
    if path.is_dir() && ["pack.json", "pack.note", "digests.txt"].iter().all(|name| !path.join(name).exists()) {
        let wrong = format!("`{}` is not a pack; give the folder whose name ends in `.pack`", path.display());
        return Err(RunError::Request(wrong));
    }
    monitor.step("Checking the pack's files", 0, 1);
    let report = pack::verify(path, &place.known_keys()?, monitor)?;
    let line =
        |check: &pack::PackCheck| PackCheck { name: check.name.to_owned(), ok: check.ok, detail: check.detail.clone() };
    let mut checked = PackChecked { checks: report.checks.iter().map(line).collect() };
    monitor.step("Checking the pack's files", 1, 1);
    if again > 0 && checked.ok() {
        let reader = PackReader::open(path)?;
        let rows = spread(reader.draws()?, again);
        let redrawn = match redraw(&reader, &rows, monitor) {
            Err(RunError::Stopped) => return Err(RunError::Stopped),
            other => other.map_err(|err| err.to_string()),
        };
        checked.push("Draws made again", redrawn);
        match sweeps::again(&reader, &rows, monitor) {
            Err(RunError::Stopped) => return Err(RunError::Stopped),
            Ok(None) => {}
            Ok(Some(said)) => checked.push("Sweeps computed again", Ok(said)),
            Err(err) => checked.push("Sweeps computed again", Err(err.to_string())),
        }
        if let Some(gpu) = gpu {
            checked.push(
                "Frames rendered again",
                match rerender(&reader, &rows, gpu, monitor) {
                    Err(RunError::Stopped) => return Err(RunError::Stopped),
                    other => other.map_err(|err| err.to_string()),
                },
            );
        }
    }
    Ok(checked)
}

/// `count` of the rows, evenly spread.
fn spread(rows: Vec<DrawRow>, count: u64) -> Vec<DrawRow> {
    let (n, count) = (rows.len(), (count as usize).min(rows.len()).max(1));
    rows.into_iter().enumerate().filter(|(at, _)| at * count % n < count).map(|(_, row)| row).collect()
}

fn redraw(reader: &PackReader, rows: &[DrawRow], monitor: &dyn Monitor) -> Result<String, RunError> {
    let family = family::text::parse(&reader.family_text()?, "family.ron")?;
    let placed = reader.manifest().placed();
    let sampler = match Sampler::with(&family, seed(reader)?, &placed.method, monitor) {
        Err(SampleError::Stopped) => return Err(RunError::Stopped),
        other => other?,
    };
    for row in rows {
        if !sampler.draw(row.draw.index)?.is_same(&row.draw) {
            return Err(RunError::Damaged(format!(
                "draw {} comes out with other values than the pack has",
                row.draw.index
            )));
        }
    }
    Ok(format!("{} draws equal to the last bit, placed {}", rows.len(), placed.method.words()))
}

/// The seed that draws and noise of the pack come from.
fn seed(reader: &PackReader) -> Result<u64, RunError> {
    reader.manifest().seed.parse().map_err(|_| RunError::Damaged("the pack's seed is not a number".to_owned()))
}

fn rerender(reader: &PackReader, rows: &[DrawRow], gpu: &Gpu, monitor: &dyn Monitor) -> Result<String, RunError> {
    let family = family::text::parse(&reader.family_text()?, "family.ron")?;
    let family = crate::study::with_files(family, &reader.files());
    let manifest = reader.manifest();
    let generator = Procedural::new(gpu, Look::Family, seed(reader)?)?;
    let same_adapter = generator.describe().adapter == manifest.renderer.adapter
        && generator.describe().driver == manifest.renderer.driver;
    let simulator = Simulator::new(&family)?;
    let mut again = Again { reader, family: &family, generator, same_adapter, channels: reader.channels()? };
    let frames = reader.frames()?;
    let (mut n_frames, mut n_labelled, mut worst) = (0_usize, 0_usize, 0.0_f64);
    for (done, row) in rows.iter().enumerate() {
        monitor.step("Rendering draws again", done as u64, rows.len() as u64);
        let labels = if same_adapter { reader.labels(row.draw.index)? } else { None };
        let own: Vec<u32> =
            frames.iter().filter(|(draw, _)| *draw == row.draw.index).map(|(_, frame)| *frame).collect();
        let own: Vec<u32> = own.iter().copied().step_by(own.len().div_ceil(FRAMES_A_DRAW).max(1)).collect();
        let episode = simulator.judged(&row.draw, &|state| own.contains(&(state as u32)), monitor);
        let episode = episode.map_err(RunError::of_draw(row.draw.index))?;
        for frame in &own {
            if monitor.stopped() {
                return Err(RunError::Stopped);
            }
            worst = worst.max(again.compare(row, (&episode, *frame), labels.as_ref())?);
            n_labelled += usize::from(labels.is_some());
            n_frames += 1;
        }
    }
    monitor.step("Rendering draws again", rows.len() as u64, rows.len() as u64);
    Ok(if same_adapter {
        format!(
            "{n_frames} frames of {} draws equal to the last bit, {n_labelled} of them with all their labels, on the same adapter and driver",
            rows.len()
        )
    } else {
        format!("{n_frames} frames within {worst:.2} of 255 on another adapter (at most {MEAN_DIFFERENCE_MAX} allowed)")
    })
}

/// Frames of a pack rendered again.
struct Again<'a> {
    reader: &'a PackReader,
    family: &'a Family,
    generator: Procedural,
    same_adapter: bool,
    channels: Vec<ExtraChannel>,
}

impl Again<'_> {
    /// Renders one frame and holds it against the pack's; by how much its colours differ on average, of 255. On the same adapter
    /// its other channels and labels must be the same, too.
    fn compare(
        &mut self,
        row: &DrawRow,
        (episode, frame): (&Episode, u32),
        labels: Option<&LabelFile>,
    ) -> Result<f64, RunError> {
        let (draw, at) = (row.draw.index, frame as usize);
        let Some(state) = episode.snapshots.get(at) else {
            return Err(RunError::Damaged(format!("draw {draw} has no recorded state {at}")));
        };
        let kept = png::decode_rgb(&self.reader.frame_png(draw, frame)?)?;
        let wanted = ExtraChannel::wanted(&self.channels);
        let (made, extra) = self.generator.frame_with(self.family, &row.draw, (episode, at), wanted)?;
        let difference = mean_difference(&kept, &made.colour);
        if difference > if self.same_adapter { 0.0 } else { MEAN_DIFFERENCE_MAX } {
            return Err(RunError::Damaged(format!(
                "draw {draw} frame {frame} differs by {difference:.2} of 255 on average from what this program renders"
            )));
        }
        for channel in self.channels.iter().filter(|_| self.same_adapter) {
            let kept = self.reader.channel_file(draw, *channel, frame)?;
            if channel.encode(state, &made, &extra)?.as_ref() != Some(&kept) {
                return Err(RunError::Damaged(format!(
                    "the channel `{}` of draw {draw} frame {frame} is not what this program renders",
                    channel.name()
                )));
            }
        }
        if let Some(labels) = labels {
            let covers = self.generator.covers(episode, at)?;
            relabel(labels, (episode, at), &made, covers.as_deref())?;
        }
        Ok(difference)
    }
}

/// Labels a frame that was rendered again, and compares with what the pack says of it.
fn relabel(
    labels: &LabelFile,
    (episode, at): (&Episode, usize),
    frame: &Frame,
    covers: Option<&[Cover]>,
) -> Result<(), RunError> {
    let about = |what: &str| RunError::Damaged(format!("draw {} frame {at}: {what}", episode.draw));
    let kept = labels.frames.iter().find(|kept| kept.state == at).ok_or_else(|| about("it has no labels"))?;
    let (snapshot, facts) = (&episode.snapshots[at], &episode.facts[at]);
    let lens = episode.sensor.as_deref().map_or(Lens::PINHOLE, Lens::of);
    let found = Labels::of(frame, (snapshot, lens), facts, covers);
    let made = FrameLabels::of(at, snapshot, facts, &found, covers.is_some());
    // Through the same text, so that both have been rounded in the same way.
    let text = serde_json::to_string(&made).map_err(|err| about(&err.to_string()))?;
    let made: FrameLabels = serde_json::from_str(&text).map_err(|err| about(&err.to_string()))?;
    if made == *kept { Ok(()) } else { Err(about("its labels are not those that this program makes of it")) }
}

/// Mean absolute difference of the bytes; 255 where the sizes differ.
fn mean_difference(a: &Rgb, b: &Rgb) -> f64 {
    if (a.width, a.height) != (b.width, b.height) || a.bytes.is_empty() {
        return 255.0;
    }
    let sum: u64 = a.bytes.iter().zip(&b.bytes).map(|(x, y)| u64::from(x.abs_diff(*y))).sum();
    sum as f64 / a.bytes.len() as f64
}

mod sweeps;
#[cfg(test)]
pub(in crate::run) mod tests;
