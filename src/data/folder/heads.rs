//! The heads of pictures at opening time: the size that stands for all, and which pictures differ from it.
//!
//! Whole pictures are not read, and of very many not even all heads: how many were looked at is told.

use std::path::{Path, PathBuf};

use rayon::iter::{IntoParallelRefIterator as _, ParallelIterator as _};

use super::Pictures;
use super::picture::{Head, picture_head};
use crate::base::{Monitor, Note};
use crate::data::error::DataError;
use crate::data::set::{CameraInfo, slashed};

/// Besides the first and the last picture of each episode, where episodes are no more than that, about so many are looked at, evenly
/// over the set.
const MOST_BETWEEN: usize = 2000;

/// The cameras. The size of the first picture stands for all; other sizes, 16-bit values and pictures that cannot be read are
/// told, each in one note.
pub(super) fn cameras(
    pictures: &Pictures,
    notes: &mut Vec<Note>,
    monitor: &dyn Monitor,
) -> Result<Vec<CameraInfo>, DataError> {
    let looked_at = looked_at(&pictures.episodes);
    let (mut cameras, mut deep, mut in_doubt, mut count) = (Vec::new(), Vec::new(), Vec::new(), 0);
    for (name, files) in &pictures.cameras {
        let (positions, files): (Vec<usize>, Vec<&PathBuf>) =
            looked_at.iter().filter_map(|at| Some((*at, files.get(*at)?))).unzip();
        count += files.len();
        let (mut size, mut others, mut errors) = (None, Vec::new(), Vec::new());
        for ((at, file), head) in positions.iter().zip(&files).zip(heads(&pictures.root, &files, monitor)?) {
            match head {
                Ok(head) => {
                    // Labels are of the first camera's pictures.
                    if cameras.is_empty() && is_in_doubt(pictures, *at, head) {
                        in_doubt.push(*file);
                    }
                    let this = (head.width, head.height);
                    if *size.get_or_insert(this) != this {
                        others.push((*file, this));
                    }
                    if head.is_deep {
                        deep.push(*file);
                    }
                }
                Err(err) => errors.push((*file, err)),
            }
        }
        if let Some((file, err)) = errors.first() {
            let more = more(errors.len(), files.len());
            notes.push(Note::new(slashed(file), format!("{err}{more}")));
        }
        let first_error = errors.into_iter().next().map(|(_, err)| err);
        let none =
            || first_error.unwrap_or_else(|| DataError::damaged(&pictures.root, "none of its pictures can be read"));
        let (width, height) = size.ok_or_else(none)?;
        if let Some((file, this)) = others.first() {
            let more = more(others.len(), files.len());
            let text = format!(
                "It has {} x {} pixels, other than the first picture ({width} x {height}){more}.",
                this.0, this.1
            );
            notes.push(Note::new(slashed(file), text));
        }
        cameras.push(CameraInfo { name: name.clone(), width, height, fps: 1.0 });
    }
    if let Some(file) = deep.first() {
        let more = more(deep.len(), count);
        let text = format!("It has 16-bit values: the upper 8 bits are shown and compared{more}.");
        notes.push(Note::new(slashed(file), text));
    }
    tell_in_doubt(&in_doubt, looked_at.len(), notes);
    Ok(cameras)
}

/// Whether a picture is turned before it is shown, and its labels say where things are, but not in which of the two.
fn is_in_doubt(pictures: &Pictures, at: usize, head: Head) -> bool {
    let labelling = &pictures.labelling;
    let is_told = head.is_resized() && !labelling.in_fractions && labelling.size_of(at).is_some();
    head.is_turned() && !is_told && labelling.has_places(at)
}

fn tell_in_doubt(files: &[&PathBuf], of: usize, notes: &mut Vec<Note>) {
    let Some(first) = files.first() else { return };
    let text = format!(
        "Nothing tells whether the boxes on {} of the {of} pictures looked at, which EXIF blocks turn or mirror (the first is {}), were \
         drawn before or after that: they are taken as of the upright picture, which browsers, OpenCV and Detectron2 show, while Pillow \
         and torchvision read it as it is stored. Look at them; where they lie wrong, take the orientation out of the EXIF blocks.",
        files.len(),
        slashed(first)
    );
    notes.push(Note::new("labels", text));
}

/// How many more there are of a kind, where it is more than one.
fn more(count: usize, of: usize) -> String {
    if count > 1 { format!("; so it is with {} more of the {of} pictures looked at", count - 1) } else { String::new() }
}

/// Positions in the lists of those pictures whose heads are looked at, in the order of episodes and frames.
fn looked_at(episodes: &[Vec<usize>]) -> Vec<usize> {
    let every = episodes.iter().map(Vec::len).sum::<usize>().div_ceil(MOST_BETWEEN).max(1);
    let (mut looked_at, mut before) = (Vec::new(), 0_usize);
    for frames in episodes {
        let is_end = |frame: usize| episodes.len() <= MOST_BETWEEN && (frame == 0 || frame + 1 == frames.len());
        let is_wanted = |frame: usize| is_end(frame) || (before + frame).is_multiple_of(every);
        looked_at.extend(frames.iter().enumerate().filter(|(frame, _)| is_wanted(*frame)).map(|(_, at)| *at));
        before += frames.len();
    }
    looked_at
}

/// The heads of the files, in their order.
fn heads(root: &Path, files: &[&PathBuf], monitor: &dyn Monitor) -> Result<Vec<Result<Head, DataError>>, DataError> {
    let one = |file: &&PathBuf| {
        if monitor.stopped() { Err(DataError::Stopped) } else { Ok(picture_head(&root.join(file))) }
    };
    files.par_iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_many_pictures_some_are_looked_at_evenly() {
        let few = [vec![3, 1, 2], vec![], vec![0]];
        assert_eq!(looked_at(&few), [3, 1, 2, 0], "all of few, in the order of frames");
        let many: Vec<Vec<usize>> =
            vec![(0..50_000).collect(), (50_000..50_007).collect(), (50_007..100_000).collect()];
        let looked_at = looked_at(&many);
        assert!((MOST_BETWEEN..=MOST_BETWEEN + 6).contains(&looked_at.len()), "{}", looked_at.len());
        for at in [0, 49_999, 50_000, 50_006, 50_007, 99_999] {
            assert!(looked_at.contains(&at), "the first and the last of each episode: {at}");
        }
        let single: Vec<Vec<usize>> = (0..100_000).map(|at| vec![at]).collect();
        assert_eq!(super::looked_at(&single).len(), MOST_BETWEEN, "of pictures that stand for themselves");
        assert!(looked_at.windows(2).all(|pair| pair[0] < pair[1] && pair[1] - pair[0] <= 50), "evenly");
    }
}
