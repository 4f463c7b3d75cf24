//! Video files as sets: one MP4 file, or a folder of them, each an episode.
//!
//! Deliberately not: sound, depth video, and videos beside pictures, which are told of and left out.

use std::path::{Path, PathBuf};

use super::search::{VIDEOS, has_extension, refuse_ours};
use super::{not_a_set, real_set};
use crate::base::text::four_figures;
use crate::base::{Note, Rgb};
use crate::data::error::DataError;
use crate::data::set::{CameraInfo, EpisodeInfo, Format, Reader, Set, name_of, slashed};
use crate::data::video::{Pool, VideoIndex};

/// Rates that differ by less are the same: cameras are not more exact, and 29.97 is called 30.
const SAME_RATE: f64 = 0.01;

struct Videos {
    root: PathBuf,
    /// Relative to the root; empty where the root is the file.
    files: Vec<PathBuf>,
    pool: Pool,
}

impl Videos {
    fn path(&self, episode: usize) -> PathBuf {
        match self.files.get(episode) {
            Some(file) if self.root.is_dir() => self.root.join(file),
            _ => self.root.clone(),
        }
    }
}

impl Reader for Videos {
    fn frame(&self, _camera: usize, episode: usize, frame: u32) -> Result<Rgb, DataError> {
        self.pool.with(&self.path(episode), |video| video.frame(frame as usize))
    }

    fn files(&self, episode: usize) -> Vec<PathBuf> {
        self.files.get(episode).cloned().into_iter().collect()
    }

    fn write_episode(&self, episode: usize, sink: &mut dyn FnMut(&[u8])) -> Result<(), DataError> {
        self.pool.with(&self.path(episode), |video| {
            let all = 0..video.index.len();
            video.encoded(all, sink)
        })
    }
}

/// Opens one video file as a set with one episode.
pub(in crate::data) fn open_video(path: &Path) -> Result<Set, DataError> {
    if !has_extension(path, &VIDEOS) {
        let reason = "a set is a folder, an MP4 file, or a recording (.mcap, .bag); name it so, or open the folder that this file lies in";
        return Err(DataError::NotASet { path: path.display().to_string(), reason: reason.to_owned() });
    }
    refuse_ours(path)?;
    videos(path, vec![PathBuf::from(name_of(path))])
}

pub(super) fn videos(root: &Path, files: Vec<PathBuf>) -> Result<Set, DataError> {
    let (mut camera, mut episodes, mut notes): (Option<CameraInfo>, _, _) = (None, Vec::new(), Vec::new());
    let reader = Videos { root: root.to_owned(), files, pool: Pool::default() };
    let (mut last_error, mut rates_hz) = (None, Vec::new());
    for (at, file) in reader.files.iter().enumerate() {
        let mut episode = EpisodeInfo { id: at as u64, n_frames: 0, task: slashed(file), length_s: 0.0, missing: None };
        match VideoIndex::read(&reader.path(at)) {
            Ok(index) => {
                let fps = index.fps().unwrap_or(1.0);
                rates_hz.extend(index.fps().map(|rate_hz| (at, rate_hz)));
                let this = CameraInfo { name: "camera".to_owned(), width: index.width, height: index.height, fps };
                let first = camera.get_or_insert(this);
                if (first.width, first.height) != (index.width, index.height) {
                    let text = format!("It has {} x {} pixels, other than the first video.", index.width, index.height);
                    notes.push(Note::new(slashed(file), text));
                }
                episode.n_frames = u32::try_from(index.len()).unwrap_or(u32::MAX);
                episode.length_s = f64::from(episode.n_frames) / fps;
            }
            Err(err) => {
                episode.missing = Some(err.to_string());
                notes.push(Note::new(slashed(file), err.to_string()));
                last_error = Some(err);
            }
        }
        episodes.push(episode);
    }
    // A video of one picture has no rate.
    if let (Some(camera), Some((_, first_hz))) = (&mut camera, rates_hz.first()) {
        camera.fps = *first_hz;
    }
    tell_rates(root, &reader.files, &rates_hz, &mut notes);
    match (camera, last_error) {
        (Some(camera), _) => Ok(real_set(root, Format::VideoFile, vec![camera], episodes, notes, Box::new(reader))),
        (None, Some(err)) => Err(err),
        (None, None) => Err(not_a_set(root)),
    }
}

/// Tells of videos with other frame rates than the first; `rates_hz` has those that are known, by position of the file.
fn tell_rates(root: &Path, files: &[PathBuf], rates_hz: &[(usize, f64)], notes: &mut Vec<Note>) {
    let Some(&(first, first_hz)) = rates_hz.first() else { return };
    let differ = |rate: &&(usize, f64)| (rate.1 - first_hz).abs() > SAME_RATE * first_hz;
    let others: Vec<&(usize, f64)> = rates_hz.iter().filter(differ).collect();
    let Some(&&(other, other_hz)) = others.first() else { return };
    let name = |at: usize| files.get(at).map(|file| slashed(file)).unwrap_or_default();
    let have = if others.len() == 1 { "has" } else { "have" };
    let text = format!(
        "{} of its {} videos {have} another frame rate than `{}`, which has {} a second (the first is `{}` with {}); each is held to \
         its own time.",
        others.len(),
        rates_hz.len(),
        name(first),
        four_figures(first_hz),
        name(other),
        four_figures(other_hz)
    );
    notes.push(Note::new(root.display().to_string(), text));
}
