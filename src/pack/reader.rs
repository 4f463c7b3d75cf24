//! Reads a pack that stands on disk. It does not check digests; [`super::verify()`] does.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::coco::Coco;
use super::writer::{channel_path, episode_path, frame_path, labels_path, sweeps_path};
use super::{DrawRow, Manifest, PackError, draws};
use crate::base::files::{FileError, PathBufText, read, read_text};
use crate::gate::Verdict;
use crate::sense::channel::ExtraChannel;
use crate::sense::file::LabelFile;

/// What is read of an episode's file.
#[derive(Deserialize)]
struct Recorded {
    signals: BTreeMap<String, Vec<Option<f64>>>,
}

/// An opened pack.
#[derive(Clone, Debug)]
pub struct PackReader {
    root: PathBuf,
    manifest: Manifest,
}

impl PackReader {
    /// Opens the pack at `root` by its manifest.
    ///
    /// # Errors
    /// When `pack.json` is missing or cannot be understood.
    pub fn open(root: &Path) -> Result<Self, PackError> {
        let manifest: Manifest = parse(&root.join("pack.json"))?;
        if manifest.format == super::FORMAT {
            return Ok(Self { root: root.to_owned(), manifest });
        }
        let what = format!("its format `{}` is not known to this version", manifest.format);
        Err(PackError::Damaged { path: PathBufText(root.join("pack.json")), what })
    }

    /// `pack.json`.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// `family.ron`.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn family_text(&self) -> Result<String, PackError> {
        Ok(read_text(&self.root.join("family.ron"))?)
    }

    /// The folder of the files that the family's things are made of.
    pub fn files(&self) -> PathBuf {
        self.root.join(crate::family::files::FOLDER)
    }

    /// `verdict.json`.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn verdict(&self) -> Result<Verdict, PackError> {
        parse(&self.root.join("verdict.json"))
    }

    /// `draws.parquet`, by rising index.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn draws(&self) -> Result<Vec<DrawRow>, PackError> {
        draws::read(&self.root.join("draws.parquet"))
    }

    /// Every frame as (draw, frame number), in the order of the label file.
    ///
    /// # Errors
    /// When the label file cannot be read.
    pub fn frames(&self) -> Result<Vec<(u64, u32)>, PackError> {
        Ok(self.coco()?.images.iter().map(|image| (image.draw, image.frame)).collect())
    }

    /// A frame's colour file.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn frame_png(&self, draw: u64, frame: u32) -> Result<Vec<u8>, PackError> {
        Ok(read(&self.root.join(frame_path(draw, "colour", frame)))?)
    }

    /// A frame's depth file: 16-bit grey, millimetres along the optical axis.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn depth_png(&self, draw: u64, frame: u32) -> Result<Vec<u8>, PackError> {
        Ok(read(&self.root.join(frame_path(draw, "depth", frame)))?)
    }

    /// A frame's instance file: 16-bit grey.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn instance_png(&self, draw: u64, frame: u32) -> Result<Vec<u8>, PackError> {
        Ok(read(&self.root.join(frame_path(draw, "instance", frame)))?)
    }

    /// What a draw's episode recorded at its frames: columns by name, NaN where undefined.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn signals(&self, draw: u64) -> Result<BTreeMap<String, Vec<f64>>, PackError> {
        let file: Recorded = parse(&self.root.join(episode_path(draw)))?;
        let numbers = |column: Vec<Option<f64>>| column.into_iter().map(|value| value.unwrap_or(f64::NAN)).collect();
        Ok(file.signals.into_iter().map(|(name, column)| (name, numbers(column))).collect())
    }

    /// The card: what the pack is, and its verdict, for people.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn card(&self) -> Result<String, PackError> {
        Ok(read_text(&self.root.join("README.md"))?)
    }

    /// The channels beside colour, depth and instance ids.
    ///
    /// # Errors
    /// A channel that this version does not know.
    pub fn channels(&self) -> Result<Vec<ExtraChannel>, PackError> {
        let known = |name: &String| {
            ExtraChannel::named(name).ok_or_else(|| {
                let what = format!("this version does not know its channel `{name}`; use a newer one");
                PackError::Damaged { path: PathBufText(self.root.join("pack.json")), what }
            })
        };
        self.manifest.channels.keys().map(known).collect()
    }

    /// A frame's file of a channel beside the three.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn channel_file(&self, draw: u64, channel: ExtraChannel, frame: u32) -> Result<Vec<u8>, PackError> {
        Ok(read(&self.root.join(channel_path(draw, channel, frame)))?)
    }

    /// All labels of a draw; `None` where its set was of the first format.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn labels(&self, draw: u64) -> Result<Option<LabelFile>, PackError> {
        let path = self.root.join(labels_path(draw));
        if path.exists() { parse(&path).map(Some) } else { Ok(None) }
    }

    /// The files of what the lidars and radars of an episode met, as sensor and file name, in order; none where it has none.
    ///
    /// # Errors
    /// A folder that cannot be listed.
    pub fn sweeps(&self, draw: u64) -> Result<Vec<(String, String)>, PackError> {
        let root = self.root.join(sweeps_path(draw));
        let mut all = Vec::new();
        for sensor in if root.is_dir() { listed(&root)? } else { Vec::new() } {
            all.extend(listed(&root.join(&sensor))?.into_iter().map(|file| (sensor.clone(), file)));
        }
        Ok(all)
    }

    /// One of [`Self::sweeps`].
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn sweep_file(&self, draw: u64, sensor: &str, file: &str) -> Result<Vec<u8>, PackError> {
        Ok(read(&self.root.join(sweeps_path(draw)).join(sensor).join(file))?)
    }

    pub(super) fn coco(&self) -> Result<Coco, PackError> {
        parse(&self.root.join("annotations/coco.json"))
    }
}

/// The names in a folder, in order.
fn listed(folder: &Path) -> Result<Vec<String>, PackError> {
    let fail = |err| FileError::new("list", folder, err);
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(fail)? {
        names.push(entry.map_err(fail)?.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    Ok(names)
}

fn parse<T: DeserializeOwned>(path: &Path) -> Result<T, PackError> {
    serde_json::from_slice(&read(path)?)
        .map_err(|err| PackError::Damaged { path: PathBufText(path.to_owned()), what: err.to_string() })
}
