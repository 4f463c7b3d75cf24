//! Writes a pack into a folder that appears only when whole.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde_json::Value;

use super::coco::{self, Annotation, Category, Coco, Image, Info, License, Own, Rle};
use super::points::Points;
use super::{
    Conventions, Counts, DIGITAL_SOURCE_TYPE, DrawRow, FORMAT, FamilyStamp, Manifest, PackError, PackHeader, card,
    draws, folder_name,
};
use crate::base::Digest;
use crate::base::digest::hex;
use crate::base::files::{FileError, FolderInProgress, PathBufText, make_folder};
use crate::data::Origin;
use crate::family::{files, text};
use crate::gate::Verdict;
use crate::ledger::merkle::{self, Hash};
use crate::ledger::note::{Checkpoint, SignedNote};
use crate::ledger::{Keys, Timestamp};
use crate::sample::Draw;
use crate::sense::channel::ExtraChannel;
use crate::sense::file::{self, CameraEntry, LabelEntry, LabelFile, SkeletonEntry};

/// A thing that labels can name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Instance {
    /// As in the instance files, from 1.
    pub id: u32,
    /// Its class; 0 for things without labels.
    pub class_id: u32,
    /// Its name in the world.
    pub name: String,
}

/// A finished episode, before its frames.
#[derive(Clone, Copy, Debug)]
pub struct EpisodeRecord<'a> {
    /// Its draw.
    pub draw: &'a Draw,
    /// What the instance ids mean.
    pub instances: &'a [Instance],
    /// Named columns over time.
    pub signals: &'a Value,
    /// The family's measures.
    pub measures: &'a BTreeMap<String, f64>,
    /// Whether the rare event happened.
    pub rare: bool,
    /// Every touch.
    pub contacts: &'a Value,
}

/// One frame with its labels. PNG layouts: `base::png`.
#[derive(Clone, Copy, Debug)]
pub struct FrameRecord<'a> {
    /// The draw's index.
    pub draw: u64,
    /// The frame's number within the episode, from 0.
    pub frame: u32,
    /// Its time in seconds.
    pub time_s: f64,
    /// Pixels in a row.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// The camera that took it, where that is known.
    pub camera: Option<&'a CameraEntry>,
    /// 8-bit RGB.
    pub colour_png: &'a [u8],
    /// 16-bit grey, millimetres.
    pub depth_png: &'a [u8],
    /// 16-bit grey, instance ids.
    pub instance_png: &'a [u8],
    /// What is visible.
    pub labels: &'a [LabelRecord],
}

/// One visible instance.
#[derive(Clone, Debug, PartialEq)]
pub struct LabelRecord {
    /// The instance's id.
    pub instance: u32,
    /// Its class.
    pub class_id: u32,
    /// Its name.
    pub name: String,
    /// Left, top, width, height in pixels, 0-based.
    pub bbox: [u32; 4],
    /// Visible pixels.
    pub area: u64,
    /// COCO's compressed run-length text, column by column.
    pub rle_counts: String,
    /// The mask's height and width in pixels.
    pub size: [u32; 2],
    /// What else is known of it, where more is.
    pub more: Option<LabelEntry>,
    /// What its points are, where it has any.
    pub skeleton: Option<SkeletonEntry>,
}

/// A finished pack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// Its folder.
    pub path: PathBuf,
    /// The signed Merkle root in hex.
    pub root: String,
    /// How much it holds.
    pub counts: Counts,
}

/// A pack in the making. Dropped before [`Self::finish`], it leaves nothing.
#[derive(Debug)]
pub struct PackWriter {
    folder: FolderInProgress,
    header: PackHeader,
    verdict: Verdict,
    coco: Coco,
    points: Points,
    rows: Vec<DrawRow>,
    drawn: BTreeSet<u64>,
    framed: BTreeSet<(u64, u32)>,
    digests: BTreeMap<String, Hash>,
}

/// Where a draw's frames lie within a pack.
pub(super) fn frame_path(draw: u64, channel: &str, frame: u32) -> String {
    format!("frames/draw-{draw:06}/{channel}-{frame:04}.png")
}

/// Where a channel beside the three lies within a pack.
pub(super) fn channel_path(draw: u64, channel: ExtraChannel, frame: u32) -> String {
    format!("frames/draw-{draw:06}/{}-{frame:04}.{}", channel.name(), channel.ending())
}

/// Where what the lidars and radars of a draw met lies within a pack, a folder a sensor.
pub(super) fn sweeps_path(draw: u64) -> String {
    format!("ranging/draw-{draw:06}")
}

/// Where a draw's episode lies within a pack.
pub(super) fn episode_path(draw: u64) -> String {
    format!("episodes/draw-{draw:06}.json")
}

/// Where a draw's labels lie within a pack.
pub(super) fn labels_path(draw: u64) -> String {
    format!("annotations/draw-{draw:06}.json")
}

/// The name that a pack's note signs.
pub(super) fn note_origin(name: &str) -> String {
    format!("worldproof/pack/{name}")
}

/// Width and height from a PNG's first bytes; `None` where they are not a PNG's.
pub(super) fn png_size(head: &[u8; 24]) -> Option<[u32; 2]> {
    let [_, b'P', b'N', b'G', .., w0, w1, w2, w3, h0, h1, h2, h3] = *head else { return None };
    Some([u32::from_be_bytes([w0, w1, w2, w3]), u32::from_be_bytes([h0, h1, h2, h3])])
}

fn content(about: impl Into<String>, what: impl Into<String>) -> PackError {
    PackError::Content { about: about.into(), what: what.into() }
}

impl PackWriter {
    /// Starts the pack that will stand at `target`, whose last part must be [`folder_name`] of the verdict.
    ///
    /// # Errors
    /// When the name does not say the verdict, the verdict is not earned, the header does not fit together, or the folder
    /// exists or cannot be written.
    pub fn start(target: &Path, header: PackHeader, verdict: &Verdict) -> Result<Self, PackError> {
        let expected = folder_name(&header.name, verdict);
        if target.file_name().is_none_or(|name| *name != *expected) {
            return Err(PackError::FolderName { expected, got: PathBufText(target.to_owned()) });
        }
        check_header(&header, verdict)?;
        let folder = FolderInProgress::start(target)?;
        let coco = Coco { categories: header.classes.iter().map(Category::of).collect(), ..Coco::default() };
        let verdict = verdict.clone();
        let (points, rows, drawn, framed, digests) = Default::default();
        Ok(Self { folder, header, verdict, coco, points, rows, drawn, framed, digests })
    }

    /// Adds a finished episode; its frames come after it.
    ///
    /// # Errors
    /// When the draw is there already or the file cannot be written.
    pub fn add_episode(&mut self, record: &EpisodeRecord<'_>) -> Result<(), PackError> {
        let index = record.draw.index;
        if !self.drawn.insert(index) {
            return Err(content(format!("draw {index}"), "it is in the pack already; add each draw once"));
        }
        let body = serde_json::json!({
            "draw": index, "rare": record.rare, "measures": record.measures, "instances": record.instances,
            "contacts": record.contacts, "signals": record.signals,
        });
        self.write(&episode_path(index), format!("{body}\n").as_bytes())?;
        let (draw, measures) = (record.draw.clone(), record.measures.clone());
        self.rows.push(DrawRow { draw, rare: record.rare, measures });
        Ok(())
    }

    /// Adds a frame of an episode that was added.
    ///
    /// # Errors
    /// When the episode is unknown, the frame is there already, a label does not fit, or a file cannot be written.
    pub fn add_frame(&mut self, record: &FrameRecord<'_>) -> Result<(), PackError> {
        let (draw, frame) = (record.draw, record.frame);
        let about = || format!("draw {draw}, frame {frame}");
        if !self.drawn.contains(&draw) {
            return Err(content(about(), "its episode is not in the pack; add it first"));
        }
        if self.framed.contains(&(draw, frame)) {
            return Err(content(about(), "it is in the pack already; add each frame once"));
        }
        for label in record.labels {
            self.check_label(record, label).map_err(|what| content(format!("{}, `{}`", about(), label.name), what))?;
        }
        for png in [record.colour_png, record.depth_png, record.instance_png] {
            let size = png.first_chunk().and_then(png_size);
            if size != Some([record.width, record.height]) {
                let what =
                    format!("a picture is {size:?}, expected a PNG of {} x {} pixels", record.width, record.height);
                return Err(content(about(), what));
            }
        }
        self.framed.insert((draw, frame));
        let file_name = frame_path(draw, "colour", frame);
        self.write(&file_name, record.colour_png)?;
        self.write(&frame_path(draw, "depth", frame), record.depth_png)?;
        self.write(&frame_path(draw, "instance", frame), record.instance_png)?;
        let image_id = self.coco.images.len() as u64 + 1;
        let (width, height, time_s) = (record.width, record.height, record.time_s);
        let camera = record.camera.cloned();
        self.coco.images.push(Image {
            id: image_id,
            width,
            height,
            file_name,
            license: 1,
            draw,
            frame,
            time_s,
            camera,
        });
        for label in record.labels {
            let id = self.coco.annotations.len() as u64 + 1;
            let known = label.more.as_ref().and_then(|more| more.points.as_ref()).zip(label.skeleton.as_ref());
            let keypoints = known.map(|(points, skeleton)| self.points.keypoints(label.class_id, skeleton, points));
            let counted = |all: &Vec<f64>| all.iter().skip(2).step_by(3).filter(|seen| **seen > 0.0).count() as u64;
            self.coco.annotations.push(Annotation {
                id,
                image_id,
                category_id: label.class_id,
                bbox: label.bbox,
                area: label.area,
                iscrowd: 0,
                segmentation: Rle { size: label.size, counts: label.rle_counts.clone() },
                instance_id: label.instance,
                instance_name: label.name.clone(),
                num_keypoints: keypoints.as_ref().map(counted),
                keypoints,
                own: label.more.as_ref().map(|more| Own::of(more, label.size)).unwrap_or_default(),
            });
        }
        Ok(())
    }

    /// Adds a channel beside the three of a frame that was added.
    ///
    /// # Errors
    /// When the frame is unknown, the channel is not among the pack's or there already, its size is another than the frame's, or
    /// the file cannot be written.
    pub fn add_channel(&mut self, draw: u64, frame: u32, channel: ExtraChannel, bytes: &[u8]) -> Result<(), PackError> {
        let about = || format!("draw {draw}, frame {frame}, channel `{}`", channel.name());
        let image = self.coco.images.iter().rev().find(|image| (image.draw, image.frame) == (draw, frame));
        let image = image.ok_or_else(|| content(about(), "its frame is not in the pack; add it first"))?;
        if !self.header.channels.contains(&channel) {
            return Err(content(about(), "it is not among the pack's channels"));
        }
        let size = channel.size(bytes).map_err(|what| content(about(), what))?;
        if size != [image.width, image.height] {
            let what = format!("it has {size:?} pixels, the frame has [{}, {}]", image.width, image.height);
            return Err(content(about(), what));
        }
        self.write(&channel_path(draw, channel, frame), bytes)
    }

    /// Adds a file of what the lidar or radar `sensor` met in an episode that was added.
    ///
    /// # Errors
    /// When the episode is unknown, the file is there already or cannot be written.
    pub fn add_sweep(&mut self, draw: u64, sensor: &str, file: &str, bytes: &[u8]) -> Result<(), PackError> {
        if !self.drawn.contains(&draw) {
            let about = format!("draw {draw}, sensor `{sensor}`");
            return Err(content(about, "its episode is not in the pack; add it first"));
        }
        self.write(&format!("{}/{sensor}/{file}", sweeps_path(draw)), bytes)
    }

    fn check_label(&self, record: &FrameRecord<'_>, label: &LabelRecord) -> Result<(), String> {
        if !self.header.classes.iter().any(|class| class.id == label.class_id) {
            return Err(format!("its class {} is not among the pack's classes", label.class_id));
        }
        let rle = Rle { size: label.size, counts: label.rle_counts.clone() };
        let size = [record.width, record.height];
        let more = || label.more.as_ref().and_then(|more| Own::of(more, label.size).fault(size, &rle));
        coco::fault(size, label.bbox, label.area, &rle).or_else(more).map_or(Ok(()), Err)
    }

    /// Adds all labels of an episode that was added, as its set has them; those of an earlier format, which say no more than
    /// COCO does, are left out.
    ///
    /// # Errors
    /// When the episode is unknown or the file cannot be written.
    pub fn add_labels(&mut self, draw: u64, labels: &LabelFile) -> Result<(), PackError> {
        if !self.drawn.contains(&draw) {
            return Err(content(format!("the labels of draw {draw}"), "its episode is not in the pack; add it first"));
        }
        if labels.format != file::FORMAT {
            return Ok(());
        }
        self.write(&labels_path(draw), &json(labels, false)?)
    }

    /// Writes what stands over all frames, signs, and moves the pack to its place.
    ///
    /// # Errors
    /// When there is no frame or a file cannot be written; nothing is left then.
    pub fn finish(mut self, keys: &Keys, time: Timestamp) -> Result<Written, PackError> {
        if self.coco.images.is_empty() {
            return Err(content(self.header.name.clone(), "the pack has no frame; render at least one"));
        }
        self.rows.sort_by_key(|row| row.draw.index);
        let manifest = self.manifest(keys, time);
        let family_text = text::canonical(&self.header.family);
        let readme = card::render(&manifest, &self.header.family, &self.verdict);
        let ledger = self.header.ledger.iter().fold(String::new(), |text, entry| text + &entry.line + "\n");
        self.coco.info = Info {
            description: format!("{} ({})", manifest.name, manifest.verdict.word()),
            version: FORMAT.to_owned(),
            date_created: manifest.time.to_string(),
        };
        self.points.finish(&mut self.coco.categories, &mut self.coco.annotations);
        self.coco.licenses = vec![License { id: 1, name: manifest.license.clone(), url: String::new() }];
        let labels = json(&self.coco, false)?;
        let table = draws::encode(&self.rows)?;
        self.write("README.md", readme.as_bytes())?;
        self.write("family.ron", family_text.as_bytes())?;
        let beside = self.header.family.files.clone();
        for (path, bytes, _) in beside.iter() {
            self.write(&format!("{}/{path}", files::FOLDER), bytes)?;
        }
        self.write("pack.json", &json(&manifest, true)?)?;
        self.write("verdict.json", &json(&self.verdict, true)?)?;
        self.write("ledger_excerpt.jsonl", ledger.as_bytes())?;
        self.write("annotations/coco.json", &labels)?;
        self.write("draws.parquet", &table)?;
        let lines: Vec<String> = self.digests.iter().map(|(path, hash)| format!("{}  {path}", hex(hash))).collect();
        let leaves: Vec<Hash> = lines.iter().map(|line| merkle::leaf(line.as_bytes())).collect();
        let root = merkle::root(&leaves);
        let head = Checkpoint { origin: note_origin(&manifest.name), size: leaves.len() as u64, root };
        let note = SignedNote::sign(&head.render(), keys)?;
        self.write("digests.txt", format!("{}\n", lines.join("\n")).as_bytes())?;
        self.write("pack.note", note.render().as_bytes())?;
        let path = self.folder.finish()?;
        Ok(Written { path, root: hex(&root), counts: manifest.counts })
    }

    fn manifest(&self, keys: &Keys, time: Timestamp) -> Manifest {
        let header = &self.header;
        let family = &header.family;
        let digest = family.digest().to_string();
        Manifest {
            format: FORMAT.to_owned(),
            name: header.name.clone(),
            verdict: self.verdict.decision,
            stamp: self.verdict.stand_in.then(|| "STAND-IN".to_owned()),
            origin: Origin::Synthetic,
            digital_source_type: DIGITAL_SOURCE_TYPE.to_owned(),
            time,
            study: header.study.clone(),
            seed: header.seed.to_string(),
            placed: Some(header.placed.clone()),
            family: FamilyStamp { id: family.id.clone(), version: family.version, digest },
            software: header.software.clone(),
            renderer: header.renderer.clone(),
            real_set: header.real_set.clone(),
            license: header.license.clone(),
            counts: Counts {
                draws: self.rows.len() as u64,
                rare: self.rows.iter().filter(|row| row.rare).count() as u64,
                frames: self.coco.images.len() as u64,
                labels: self.coco.annotations.len() as u64,
            },
            classes: header.classes.clone(),
            conventions: Conventions::default(),
            channels: header.channels.iter().map(|one| (one.name().to_owned(), one.about().to_owned())).collect(),
            ledger_fingerprint: header.ledger.last().map_or(Digest([0; 32]), |entry| entry.hash).to_string(),
            key: keys.public().to_string(),
        }
    }

    /// A file of the pack, with its digest kept. Not synced one by one: a pack that a power cut tore fails its check.
    fn write(&mut self, relative: &str, bytes: &[u8]) -> Result<(), PackError> {
        let path = self.folder.path().join(relative);
        if let Some(parent) = path.parent() {
            make_folder(parent)?;
        }
        let attempt = || File::create_new(&path)?.write_all(bytes);
        attempt().map_err(|err| FileError::new("write", &path, err))?;
        self.digests.insert(relative.to_owned(), merkle::sha256(bytes));
        Ok(())
    }
}

fn json(value: &impl Serialize, pretty: bool) -> Result<Vec<u8>, PackError> {
    let bytes = if pretty { serde_json::to_vec_pretty(value) } else { serde_json::to_vec(value) };
    let mut bytes = bytes.map_err(|err| content("the pack", err.to_string()))?;
    bytes.push(b'\n');
    Ok(bytes)
}

fn check_header(header: &PackHeader, verdict: &Verdict) -> Result<(), PackError> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    if header.name.is_empty() || !header.name.chars().all(plain) {
        return Err(content(format!("the name `{}`", header.name), "use letters, digits, `-` and `_`"));
    }
    if !verdict.is_earned() {
        return Err(PackError::Unearned);
    }
    if header.real_set.as_ref().is_some_and(|set| (set.origin == Origin::StandIn) != verdict.stand_in) {
        return Err(content("the real set", "the verdict was given on a set of another origin; judge again"));
    }
    let ids: BTreeSet<u32> = header.classes.iter().map(|class| class.id).collect();
    if ids.len() != header.classes.len() || ids.contains(&0) {
        return Err(content("the classes", "their ids must differ and start at 1"));
    }
    Ok(())
}
