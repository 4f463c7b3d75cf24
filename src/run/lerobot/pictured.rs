//! A pack as a `LeRobot` set: the columns of its family's mapping and those of its pictures that the format has a place for.
//!
//! It is made of a pack, not of a generated set, since pictures are what models are trained on: the verdict goes along, in a column
//! that `LeRobot`'s merge keeps and in the card. Pictures stay the pack's own PNG files, lossless. `LeRobot` knows colour and depth; ids can
//! be shown as flat colours; flow, normals and linear light have no place in it and are deliberately left in the pack.

use std::path::{Path, PathBuf};

use rayon::prelude::*;

use crate::base::files::FolderInProgress;
use crate::base::{Monitor, Rgb, files, png};
use crate::family::{self, Family, Mapped};
use crate::pack::lerobot::{About, Made, Picture, PictureKind, SetWriter};
use crate::pack::{self, DrawRow, PackReader};
use crate::run::RunError;
use crate::sense::derive::colours_of;
use crate::world;

/// What can lie beside the colour pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Beside {
    /// Depth in millimetres, `…_depth`.
    Depth,
    /// One flat colour an instance, the same over an episode, `…_seg`.
    Seg,
}

impl Beside {
    /// What is called `name`, or the sentence on a channel that the format has no place for.
    ///
    /// # Errors
    /// That sentence.
    pub fn named(name: &str) -> Result<Self, String> {
        match name {
            "depth" => Ok(Self::Depth),
            "seg" => Ok(Self::Seg),
            _ => Err(format!(
                "a LeRobot set has no place for `{name}`: beside colour it can have `depth`, and `seg`, instances as flat colours; the \
                 pack keeps all others"
            )),
        }
    }

    fn ending(self) -> &'static str {
        match self {
            Self::Depth => "_depth",
            Self::Seg => "_seg",
        }
    }
}

/// What to write.
#[derive(Clone, Debug)]
pub struct PackRequest {
    /// The pack's folder.
    pub pack: PathBuf,
    /// What the camera is called in `observation.images.<camera>`.
    pub camera: String,
    /// What lies beside colour.
    pub beside: Vec<Beside>,
}

/// What was written.
#[derive(Clone, Debug)]
pub struct Pictured {
    /// The set's folder.
    pub folder: PathBuf,
    /// The pack's verdict, with its stamp.
    pub verdict: String,
    /// Episodes.
    pub n_episodes: u64,
    /// Rows, each with its pictures.
    pub n_rows: u64,
}

/// Refuses at once what [`of_pack`] would refuse after it has read every file of the pack: a name, a folder, a family.
///
/// # Errors
/// The sentence.
pub fn refuse(request: &PackRequest, out: &Path) -> Result<(), RunError> {
    check_camera(&request.camera)?;
    if out.exists() {
        let wrong = format!("`{}` is there already; choose a new folder", out.display());
        return Err(RunError::Request(wrong));
    }
    let family = family::text::parse(&PackReader::open(&request.pack)?.family_text()?, "family.ron")?;
    if family.mapping.is_none() { Err(unmapped(&family)) } else { Ok(()) }
}

fn unmapped(family: &Family) -> RunError {
    let wrong =
        format!("`{}` has no mapping, so that nothing says which columns a robot has; add `mapping`", family.id);
    RunError::Request(wrong)
}

/// Writes the pack as a `LeRobot` set into the new folder `out`.
///
/// # Errors
/// A pack that does not verify, a family without a mapping, frames that are not evenly spaced at a whole rate, a folder that is there
/// already, a full disk; nothing is left then.
pub fn of_pack(request: &PackRequest, out: &Path, monitor: &dyn Monitor) -> Result<Pictured, RunError> {
    refuse(request, out)?;
    let report = pack::verify(&request.pack, &[], monitor)?;
    if let Some(check) = report.checks.iter().find(|check| !check.ok) {
        let wrong = format!("the pack does not verify ({}: {}); export it again", check.name, check.detail);
        return Err(RunError::Request(wrong));
    }
    let reader = PackReader::open(&request.pack)?;
    let family = family::text::parse(&reader.family_text()?, "family.ron")?;
    let mapped = Mapped::new(&family, &world::vocabulary(&family)).map_err(world::WorldError::from)?;
    let (Some(mapped), Some(mapping)) = (mapped, &family.mapping) else { return Err(unmapped(&family)) };
    let (rows, frames) = (reader.draws()?, reader.frames()?);
    let of = |draw: u64| frames.iter().filter(move |(own, _)| *own == draw).map(|(_, frame)| *frame);
    let about = about(&reader, &family, rate(&family, &rows, &of)?);
    let verdict = about.verdict.clone().unwrap_or_default();
    let folder = FolderInProgress::start(out)?;
    let pictures = pictures(request, size_px(&reader, &frames)?);
    let mut writer = SetWriter::begin(folder.path(), about, mapping, pictures)?;
    for (done, row) in rows.iter().enumerate() {
        monitor.step("Writing episodes", done as u64, rows.len() as u64);
        if monitor.stopped() {
            return Err(RunError::Stopped);
        }
        let own: Vec<u32> = of(row.draw.index).collect();
        let numbers =
            mapped.rows(&row.draw.values, &reader.signals(row.draw.index)?).map_err(world::WorldError::from)?;
        let made = Made { draw: row.draw.index, ln_weight: row.draw.ln_weight, rare: row.rare };
        writer.add(made, &numbers, &seen(&reader, request, (row.draw.index, &own))?)?;
    }
    monitor.step("Writing episodes", rows.len() as u64, rows.len() as u64);
    let (n_episodes, n_rows) = writer.finish()?;
    files::write_whole(&folder.path().join("README.md"), reader.card()?.as_bytes())?;
    let folder = folder.finish()?;
    Ok(Pictured { folder, verdict, n_episodes, n_rows })
}

fn check_camera(name: &str) -> Result<(), RunError> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if !name.is_empty() && name.chars().all(is_plain) {
        return Ok(());
    }
    Err(RunError::Request(format!("a camera cannot be called `{name}`; use letters, digits and underscores")))
}

fn about(reader: &PackReader, family: &Family, fps: u32) -> About {
    let manifest = reader.manifest();
    let stamp = manifest.stamp.as_ref().map_or_else(String::new, |stamp| format!(" {stamp}"));
    let mapping = family.mapping.as_ref();
    let task = mapping.map(|mapping| mapping.task.clone()).filter(|task| !task.is_empty());
    About {
        fps,
        robot: mapping.map_or_else(String::new, |mapping| mapping.robot.clone()),
        task: task.unwrap_or_else(|| family.title.clone()),
        family: manifest.family.id.clone(),
        family_digest: manifest.family.digest.clone(),
        verdict: Some(format!("{}{stamp}", manifest.verdict.word())),
        like: None,
    }
}

/// Rows a second, of frames that lie evenly over every episode.
fn rate<I: Iterator<Item = u32>>(family: &Family, rows: &[DrawRow], of: &dyn Fn(u64) -> I) -> Result<u32, RunError> {
    let mut every = None;
    for row in rows {
        let own: Vec<u32> = of(row.draw.index).collect();
        for (at, [before, after]) in own.array_windows().enumerate() {
            let step = after.saturating_sub(*before);
            if step == 0 || *every.get_or_insert(step) != step {
                let wrong = format!("draw {}: frame {} does not follow as evenly as others do", row.draw.index, at + 1);
                return Err(RunError::Request(format!("{wrong}; a LeRobot set has one rate")));
            }
        }
    }
    let rate_hz = family.clock.frame_rate_hz / f64::from(every.unwrap_or(1));
    if rate_hz != rate_hz.round() || rate_hz < 1.0 {
        return Err(RunError::Request(format!(
            "the pack has {rate_hz} frames a second, and a LeRobot set has a whole number; generate with another `--every`"
        )));
    }
    Ok(rate_hz as u32)
}

/// Pixels in a row, and rows, of the pack's pictures.
fn size_px(reader: &PackReader, frames: &[(u64, u32)]) -> Result<[u32; 2], RunError> {
    let Some((draw, frame)) = frames.first() else {
        return Err(RunError::Request("the pack has no frames; generate a set with some".to_owned()));
    };
    let picture = png::decode_rgb(&reader.frame_png(*draw, *frame)?)?;
    Ok([picture.width, picture.height])
}

fn pictures(request: &PackRequest, size_px: [u32; 2]) -> Vec<Picture> {
    let named =
        |ending: &str, kind| Picture { name: format!("observation.images.{}{ending}", request.camera), size_px, kind };
    let beside = request.beside.iter().map(|beside| {
        named(beside.ending(), if *beside == Beside::Depth { PictureKind::DepthMm } else { PictureKind::Colour })
    });
    std::iter::once(named("", PictureKind::Colour)).chain(beside).collect()
}

/// The files of a draw's frames, picture by picture.
fn seen(
    reader: &PackReader,
    request: &PackRequest,
    (draw, frames): (u64, &[u32]),
) -> Result<Vec<Vec<Vec<u8>>>, RunError> {
    let each = |of: &(dyn Fn(u32) -> Result<Vec<u8>, RunError> + Sync)| -> Result<Vec<Vec<u8>>, RunError> {
        let told: Vec<Result<Vec<u8>, RunError>> = frames.par_iter().map(|frame| of(*frame)).collect();
        told.into_iter().collect()
    };
    let mut all = vec![each(&|frame| Ok(reader.frame_png(draw, frame)?))?];
    for beside in &request.beside {
        all.push(match beside {
            Beside::Depth => each(&|frame| Ok(reader.depth_png(draw, frame)?))?,
            Beside::Seg => flat(&each(&|frame| Ok(reader.instance_png(draw, frame)?))?, &labelled(reader, draw)?)?,
        });
    }
    Ok(all)
}

/// The ids of the instances that a draw's labels name; those of the background are none.
fn labelled(reader: &PackReader, draw: u64) -> Result<Vec<u16>, RunError> {
    let labels = reader.labels(draw)?.ok_or_else(|| {
        RunError::Request(format!("draw {draw} has no label file, which tells things from background; leave `seg` out"))
    })?;
    let all = labels.frames.iter().flat_map(|frame| frame.labels.iter().chain(frame.hidden.iter().flatten()));
    Ok(all.map(|label| label.instance).collect())
}

/// Pictures of `ids` as flat colours.
fn flat(files: &[Vec<u8>], ids: &[u16]) -> Result<Vec<Vec<u8>>, RunError> {
    let colours = colours_of(ids.iter().copied());
    let one = |file: &Vec<u8>| -> Result<Vec<u8>, RunError> {
        let (width, height, ids) = png::decode_grey16(file)?;
        let bytes = ids.iter().flat_map(|id| colours.get(id).copied().unwrap_or([0; 3])).collect();
        Ok(png::encode_rgb(&Rgb { width, height, bytes })?)
    };
    let told: Vec<Result<Vec<u8>, RunError>> = files.par_iter().map(one).collect();
    told.into_iter().collect()
}

#[cfg(test)]
#[path = "pictured_tests.rs"]
mod tests;
