//! Writes the control pictures of an episode beside its other channels: `control_edge/000007.png` and so on.
//!
//! Depth is scaled over the whole episode, so its pictures come at the end; until then its frames are kept, two bytes a pixel.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::RunError;
use super::generate::put;
use crate::base::files::make_folder;
use crate::base::{Rgb, png};
use crate::render::Frame;
use crate::sense::derive::depth::{InverseRange, Kept};
use crate::sense::derive::{Control, Kind, blurred, canny, colours, flat};
use crate::world::Snapshot;

/// The control pictures of one episode in the making.
pub(super) struct Controls {
    wanted: Vec<Control>,
    folder: PathBuf,
    colours: BTreeMap<u16, [u8; 3]>,
    depths: Vec<Kept>,
}

impl Controls {
    /// Makes the folders for `wanted` in `folder`; `snapshots` are all that will be seen.
    pub(super) fn start<'a>(
        wanted: &[Control],
        folder: &Path,
        snapshots: impl Iterator<Item = &'a Snapshot>,
    ) -> Result<Self, RunError> {
        for control in wanted {
            make_folder(&folder.join(named(*control)))?;
        }
        let colours = if wanted.contains(&Control::Seg) { colours(snapshots) } else { BTreeMap::new() };
        Ok(Self { wanted: wanted.to_vec(), folder: folder.to_owned(), colours, depths: Vec::new() })
    }

    /// Writes what can be told of frame `number` alone.
    pub(super) fn write(&self, number: usize, frame: &Frame) -> Result<(), RunError> {
        for control in &self.wanted {
            let picture = match control {
                Control::Edge(preset) => {
                    let [low, high] = preset.thresholds();
                    let bytes = canny(&frame.colour, low, high).into_iter().flat_map(|edge| [edge; 3]).collect();
                    Rgb { width: frame.width, height: frame.height, bytes }
                }
                Control::Blur(preset) => blurred(&frame.colour, Kind::Gaussian, *preset),
                Control::Bilateral(preset) => blurred(&frame.colour, Kind::Bilateral, *preset),
                Control::Seg => flat(frame, &self.colours),
                Control::Depth => continue,
            };
            self.put(*control, number, &picture)?;
        }
        Ok(())
    }

    /// Keeps what is needed at the end of the next frames in order.
    pub(super) fn keep<'a>(&mut self, frames: impl Iterator<Item = &'a Frame>) {
        if self.wanted.contains(&Control::Depth) {
            self.depths.extend(frames.map(Kept::of));
        }
    }

    /// Writes what can only be told of all frames.
    pub(super) fn finish(self) -> Result<(), RunError> {
        let range = InverseRange::of(&self.depths);
        let all: Vec<(usize, &Kept)> = self.depths.iter().enumerate().collect();
        all.par_iter().try_for_each(|(number, kept)| self.put(Control::Depth, *number, &kept.picture(&range)))
    }

    fn put(&self, control: Control, number: usize, picture: &Rgb) -> Result<(), RunError> {
        let path = self.folder.join(named(control)).join(format!("{number:06}.png"));
        put(&path, &png::encode_rgb(picture)?)
    }
}

/// The folder of a control's pictures.
fn named(control: Control) -> String {
    format!("control_{}", control.name())
}
