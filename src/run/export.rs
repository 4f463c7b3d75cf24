//! Writes a scenario pack from a synthetic set and the gate's kept verdict on it.

use std::path::{Path, PathBuf};

use crate::base::{Monitor, files};
use crate::data::Origin;
use crate::gate::Verdict;
use crate::ledger::{Entry, Ledger, LockedSet};
use crate::pack::{self, EpisodeRecord, FrameRecord, Instance, LabelRecord, PackHeader, PackWriter, RealSet};
use crate::sense::channel::ExtraChannel;
use crate::sense::file::{FrameLabels, LabelEntry, SkeletonEntry};
use crate::study::{SetRef, Study};
use crate::world::Class;

use super::place::{Place, Stamp};
use super::synthetic::{self, EpisodeFile, SetFile, episode_folder};
use super::{RunError, gate, import, ranging};

/// What to export.
#[derive(Clone, Debug)]
pub struct ExportRequest {
    /// The real set that the gate judged on.
    pub real: String,
    /// The synthetic set.
    pub synthetic: String,
    /// The pack's name; the verdict is added to the folder's.
    pub name: String,
}

/// What was exported.
#[derive(Clone, Debug)]
pub struct Exported {
    /// The pack's folder.
    pub pack: PathBuf,
    /// The verdict that it carries.
    pub verdict: Verdict,
    /// Draws in it.
    pub n_draws: u64,
    /// Frames in it.
    pub n_frames: u64,
}

/// Writes the pack. The gate must have run on this very pair; no flag gets round that.
///
/// # Errors
/// When there is no verdict, a set is unknown, the pack exists or the disk is full. Nothing half done is left.
pub fn export(
    place: &Place,
    study: &Study,
    request: &ExportRequest,
    stamp: &Stamp,
    monitor: &dyn Monitor,
) -> Result<Exported, RunError> {
    super::place::check_name(&request.name)?;
    let real = import::set_ref(study, &request.real)?;
    let made = import::set_ref(study, &request.synthetic)?;
    import::expect_origin(made, &[Origin::Synthetic])?;
    let verdict = gate::kept_verdict(place, &request.real, &request.synthetic)?.ok_or_else(|| {
        let pair = format!("{} {}", request.real, request.synthetic);
        RunError::Request(format!("the gate has not judged this pair yet; run `worldproof gate {pair}` first"))
    })?;
    let root = place.resolve(&made.path);
    let set = SetFile::read(&root)?;
    let entries = Ledger::read(&place.ledger())?;
    gate::expect_recorded(place, &entries, &request.real, made, &verdict)?;
    let header = header(place, study, request, real, (&set, &root), entries)?;
    let target = place.packs().join(pack::folder_name(&request.name, &verdict));
    let channels = header.channels.clone();
    let mut writer = PackWriter::start(&target, header, &verdict)?;
    for (done, episode) in set.episodes.iter().enumerate() {
        monitor.step("Writing the pack", done as u64, set.episodes.len() as u64);
        if monitor.stopped() {
            return Err(RunError::Stopped);
        }
        add_episode(&mut writer, &episode_folder(&root, episode.id), (set.width, set.height), &channels)?;
    }
    monitor.step("Writing the pack", set.episodes.len() as u64, set.episodes.len() as u64);
    let written = writer.finish(&place.keys()?, stamp.time.clone())?;
    let body = serde_json::json!({
        "pack": request.name, "set": request.synthetic, "root": written.root, "decision": verdict.decision.word(),
        "draws": written.counts.draws, "frames": written.counts.frames, "placed": set.lineage.placed.brief(),
    });
    place.record(stamp, "pack.written", body)?;
    Ok(Exported { pack: written.path, verdict, n_draws: written.counts.draws, n_frames: written.counts.frames })
}

fn header(
    place: &Place,
    study: &Study,
    request: &ExportRequest,
    real: &SetRef,
    (set, root): (&SetFile, &Path),
    entries: Vec<Entry>,
) -> Result<PackHeader, RunError> {
    let sealed = match &real.sealed {
        Some(_) => Some(LockedSet::load(&place.folder, &real.name, &[place.keys()?.public()])?),
        None => None,
    };
    let lineage = &set.lineage;
    let classes = Class::ALL.iter().filter(|class| **class != Class::Background);
    Ok(PackHeader {
        name: request.name.clone(),
        study: study.name.clone(),
        seed: lineage.study_seed,
        placed: lineage.placed.clone(),
        family: lineage.family(root)?,
        software: lineage.program.clone(),
        renderer: pack::Renderer {
            adapter: lineage.generator.adapter.clone(),
            driver: lineage.generator.driver.clone(),
            backend: lineage.generator.backend.clone(),
        },
        channels: set.extra_channels()?,
        classes: classes.map(|class| pack::Class { id: *class as u32, name: class.name().to_owned() }).collect(),
        real_set: sealed.map(|sealed| RealSet {
            seal: sealed.name().to_owned(),
            root: sealed.root(),
            origin: sealed.origin(),
        }),
        license: "CC0-1.0".to_owned(),
        ledger: entries,
    })
}

fn class_id(name: &str) -> u32 {
    Class::ALL.iter().find(|class| class.name() == name).map_or(0, |class| *class as u32)
}

fn add_episode(
    writer: &mut PackWriter,
    folder: &Path,
    size: (u32, u32),
    channels: &[ExtraChannel],
) -> Result<(), RunError> {
    let facts = EpisodeFile::read(folder)?;
    let labels = synthetic::read_labels(folder)?;
    let signals: serde_json::Value = synthetic::read_json(&folder.join("signals.json"))?;
    let contacts = serde_json::json!(facts.contacts);
    let instance = |entry: &synthetic::InstanceEntry| Instance {
        id: u32::from(entry.id),
        class_id: class_id(&entry.class),
        name: entry.name.clone(),
    };
    let instances: Vec<Instance> = facts.instances.iter().map(instance).collect();
    writer.add_episode(&EpisodeRecord {
        draw: &facts.to_draw(),
        instances: &instances,
        signals: &signals,
        measures: &facts.measures,
        rare: facts.rare,
        contacts: &contacts,
    })?;
    for (number, frame) in labels.frames.iter().enumerate() {
        add_frame(writer, folder, (number, frame, &labels.skeletons), facts.draw, size)?;
        for channel in channels {
            let file = folder.join(channel.name()).join(format!("{number:06}.{}", channel.ending()));
            writer.add_channel(facts.draw, frame.state as u32, *channel, &files::read(&file)?)?;
        }
    }
    writer.add_labels(facts.draw, &labels)?;
    for (sensor, file, path) in ranging::files::written(folder)? {
        writer.add_sweep(facts.draw, &sensor, &file, &files::read(&path)?)?;
    }
    Ok(())
}

fn add_frame(
    writer: &mut PackWriter,
    folder: &Path,
    (number, frame, skeletons): (usize, &FrameLabels, &[SkeletonEntry]),
    draw: u64,
    (width, height): (u32, u32),
) -> Result<(), RunError> {
    let picture = |channel: &str| files::read(&folder.join(channel).join(format!("{number:06}.png")));
    let label = |entry: &LabelEntry| LabelRecord {
        instance: u32::from(entry.instance),
        class_id: class_id(&entry.class),
        name: entry.name.clone(),
        bbox: entry.bbox_px,
        area: entry.area_px,
        rle_counts: entry.rle.clone(),
        size: [height, width],
        more: Some(entry.clone()),
        skeleton: skeletons.iter().find(|known| known.instance == entry.instance).cloned(),
    };
    let labels: Vec<LabelRecord> = frame.labels.iter().map(label).collect();
    writer.add_frame(&FrameRecord {
        draw,
        // In a pack a frame is named by its recorded state, so that verification can render it again.
        frame: frame.state as u32,
        time_s: frame.time_s,
        width,
        height,
        camera: frame.camera.as_ref(),
        colour_png: &picture("colour")?,
        depth_png: &picture("depth")?,
        instance_png: &picture("instance")?,
        labels: &labels,
    })?;
    Ok(())
}
