//! What of a set is there, and where its tables contradict each other: looked at once, when it is opened.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::index::{Located, Pictures};
use super::info::Info;
use super::{INFO, ranges};
use crate::base::text::listed;
use crate::base::{Monitor, Note};
use crate::data::error::DataError;
use crate::data::set::{EpisodeInfo, slashed};
use crate::data::table;
use crate::data::video::{self, VideoIndex};

/// Says which episodes can be read and how long they are, and leaves out the cameras that show none of them.
pub(super) fn episodes(
    root: &Path,
    info: &mut Info,
    located: &mut [Located],
    notes: &mut Vec<Note>,
    monitor: &dyn Monitor,
) -> Result<Vec<EpisodeInfo>, DataError> {
    // A camera that the list does not know is left out even where it is the only one: nothing of it can be downloaded.
    leave_out(info, located, notes);
    let tables = look(root, located, notes, monitor)?;
    if (0..info.cameras.len()).any(|camera| !is_lost(located, camera)) {
        leave_out(info, located, notes);
    }
    let missing: Vec<Option<String>> =
        located.iter().zip(tables).map(|(episode, table)| table.or_else(|| unseen(episode))).collect();
    tell_absent(info, located, &missing, notes);
    agree(info, located, notes);
    let described = located.iter().zip(missing).map(|(episode, missing)| EpisodeInfo {
        id: episode.id,
        n_frames: episode.length,
        task: episode.task.clone(),
        length_s: f64::from(episode.length) / info.fps,
        missing: missing.or_else(|| emptied(episode)),
    });
    Ok(described.collect())
}

/// Looks at the ends of every file once. Returns the fault of each episode's table; faults of videos go to its pictures.
fn look(
    root: &Path,
    located: &mut [Located],
    notes: &mut Vec<Note>,
    monitor: &dyn Monitor,
) -> Result<Vec<Option<String>>, DataError> {
    let mut checked: BTreeMap<PathBuf, Option<String>> = BTreeMap::new();
    let mut fault = |file: &Path| checked.entry(file.to_owned()).or_insert_with(|| fault_of(root, file, notes)).clone();
    let mut tables = Vec::with_capacity(located.len());
    for episode in located {
        if monitor.stopped() {
            return Err(DataError::Stopped);
        }
        tables.push(fault(&episode.data));
        for pictures in &mut episode.pictures {
            let Pictures::Video(clip) = &*pictures else { continue };
            let Some(reason) = fault(&clip.file) else { continue };
            let is_there = root.join(&clip.file).is_file();
            *pictures = if is_there { Pictures::Damaged(reason) } else { Pictures::Absent(reason) };
        }
    }
    Ok(tables)
}

/// Why the file cannot be read. Damage gets a note of its own; absent files are told together.
fn fault_of(root: &Path, file: &Path, notes: &mut Vec<Note>) -> Option<String> {
    let path = root.join(file);
    if !path.is_file() {
        return Some(format!("`{}` is not there; download it", slashed(file)));
    }
    let is_table = file.extension().is_some_and(|extension| extension == "parquet");
    let checked = if is_table { table::quick_check(&path) } else { video::quick_check(&path) };
    let fault = checked.err()?.to_string();
    notes.push(Note::new(slashed(file), fault.clone()));
    Some(fault)
}

/// Whether no episode has anything of the camera at that position.
fn is_lost(located: &[Located], camera: usize) -> bool {
    let absent = |episode: &Located| matches!(episode.pictures.get(camera), Some(Pictures::Absent(_)));
    !located.is_empty() && located.iter().all(absent)
}

/// Leaves out the cameras that are lost, in `info` and in every episode.
fn leave_out(info: &mut Info, located: &mut [Located], notes: &mut Vec<Note>) {
    let kept: Vec<bool> = (0..info.cameras.len()).map(|camera| !is_lost(located, camera)).collect();
    for (at, (camera, _)) in info.cameras.iter().enumerate().filter(|(at, _)| kept.get(*at) == Some(&false)) {
        let reason = located.first().and_then(|episode| episode.pictures.get(at)?.fault()).unwrap_or_default();
        let text = format!("The camera `{}` is left out, as no episode has a video of it: {reason}.", camera.name);
        notes.push(Note::new(INFO, text));
    }
    retain(&mut info.cameras, &kept);
    for episode in located {
        retain(&mut episode.pictures, &kept);
    }
}

fn retain<T>(items: &mut Vec<T>, kept: &[bool]) {
    let mut kept = kept.iter();
    items.retain(|_| kept.next() != Some(&false));
}

/// Why no camera shows the episode; `None` where one does or the set has none.
fn unseen(episode: &Located) -> Option<String> {
    let faults: Option<Vec<&str>> = episode.pictures.iter().map(Pictures::fault).collect();
    faults?.first().map(|fault| (*fault).to_owned())
}

/// Why an episode that is listed with frames has none.
fn emptied(episode: &Located) -> Option<String> {
    (episode.length == 0 && episode.listed > 0).then(|| {
        format!(
            "`{}` counts {} frames of it, but leaves it no rows or no time in its video; download it again",
            slashed(episode.list()),
            episode.listed
        )
    })
}

/// Notes on the episodes that cannot be read, and on those that lack a camera.
fn tell_absent(info: &Info, located: &[Located], missing: &[Option<String>], notes: &mut Vec<Note>) {
    let absent: Vec<u64> =
        located.iter().zip(missing).filter(|(_, missing)| missing.is_some()).map(|(episode, _)| episode.id).collect();
    if !absent.is_empty() {
        let text = format!(
            "{} of {} episodes cannot be read because their files are absent or damaged ({}); download them again if they are needed.",
            absent.len(),
            located.len(),
            ranges(&absent)
        );
        notes.push(Note::new("episodes", text));
    }
    for (at, (camera, _)) in info.cameras.iter().enumerate() {
        let lacks = |episode: &Located| episode.pictures.get(at).is_some_and(|pictures| pictures.fault().is_some());
        let lacking: Vec<u64> = located
            .iter()
            .zip(missing)
            .filter(|(episode, missing)| missing.is_none() && lacks(episode))
            .map(|(episode, _)| episode.id)
            .collect();
        if !lacking.is_empty() {
            let text = format!(
                "{} of {} episodes have no readable video of the camera `{}` ({}); only their other cameras can be read. Download the videos again if they are needed.",
                lacking.len(),
                located.len(),
                camera.name,
                few(&lacking)
            );
            notes.push(Note::new("episodes", text));
        }
    }
}

/// Where the counts of an episode's frames disagree, the smallest is believed: what comes after it may be another episode's,
/// even a sealed one's.
fn agree(info: &Info, located: &mut [Located], notes: &mut Vec<Note>) {
    part(info.fps, located);
    let n_episodes = located.len();
    let (mut sum, mut by_rows, mut by_time) = (0_u64, Vec::new(), Vec::new());
    for episode in located {
        let listed = episode.listed;
        sum = sum.saturating_add(u64::from(listed));
        // Rows are found by their episode's number: where the list gives none by position, it says nothing.
        let n_rows = episode
            .n_rows
            .filter(|n_rows| *n_rows > 0)
            .map_or(listed, |n_rows| u32::try_from(n_rows).unwrap_or(u32::MAX));
        if n_rows != listed {
            by_rows.push(episode.id);
        }
        let shown: Vec<u32> =
            episode.pictures.iter().filter_map(|pictures| pictures.clip()?.n_frames(info.fps)).collect();
        // One picture too many harms nobody: a length of time may be rounded. One too few is another episode's.
        if shown.iter().any(|n_frames| *n_frames < listed || *n_frames > listed.saturating_add(1)) {
            by_time.push(episode.id);
        }
        episode.length = shown.into_iter().fold(listed.min(n_rows), u32::min);
    }
    for (against, ids) in [
        ("the rows from `dataset_from_index` to `dataset_to_index`", by_rows),
        ("the time in its video from `from_timestamp` to `to_timestamp` or to the next episode's start", by_time),
    ] {
        if !ids.is_empty() {
            let text = format!(
                "`length` disagrees with {against} in {} of {n_episodes} episodes ({}); the smaller count is used, so each ends where both agree.",
                ids.len(),
                few(&ids)
            );
            notes.push(Note::new("episodes", text));
        }
    }
    if let Some(total) = info.total_frames.filter(|total| *total != sum) {
        let text =
            format!("It says {total} frames, the lengths of the episodes add up to {sum}; the lengths are used.");
        notes.push(Note::new(INFO, text));
    }
}

/// No clip reaches into the one that starts next in its file, whatever it says of its own end.
fn part(fps: f64, located: &mut [Located]) {
    let mut starts_s: BTreeMap<PathBuf, Vec<f64>> = BTreeMap::new();
    for clip in located.iter().flat_map(|episode| &episode.pictures).filter_map(Pictures::clip) {
        starts_s.entry(clip.file.clone()).or_default().push(clip.from_s);
    }
    for starts_s in starts_s.values_mut() {
        starts_s.sort_by(f64::total_cmp);
    }
    for pictures in located.iter_mut().flat_map(|episode| &mut episode.pictures) {
        let Pictures::Video(clip) = pictures else { continue };
        let Some(starts_s) = starts_s.get(&clip.file) else { continue };
        let next = starts_s.partition_point(|start_s| *start_s < clip.from_s + 0.5 / fps);
        let ends_s = [clip.to_s, starts_s.get(next).copied()];
        clip.to_s = ends_s.into_iter().flatten().min_by(f64::total_cmp);
    }
}

/// The first numbers, and how many more there are.
fn few(ids: &[u64]) -> String {
    listed(ids, 5)
}

/// Where the first video of a camera has another size than `meta/info.json` says, the video is right.
pub(super) fn size(root: &Path, info: &mut Info, located: &[Located], episodes: &[EpisodeInfo], notes: &mut Vec<Note>) {
    for (at, (camera, _)) in info.cameras.iter_mut().enumerate() {
        let mut readable = located.iter().zip(episodes).filter(|(_, episode)| episode.missing.is_none());
        let Some(clip) = readable.find_map(|(located, _)| located.pictures.get(at)?.clip()) else { continue };
        match VideoIndex::read(&root.join(&clip.file)) {
            Ok(index) if (index.width, index.height) == (camera.width, camera.height) => {}
            Ok(index) => {
                let text = format!(
                    "It has {} x {} pixels, meta/info.json says {} x {}; the video's size is used.",
                    index.width, index.height, camera.width, camera.height
                );
                notes.push(Note::new(slashed(&clip.file), text));
                (camera.width, camera.height) = (index.width, index.height);
            }
            Err(err) => notes.push(Note::new(slashed(&clip.file), err.to_string())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_few_are_named() {
        assert_eq!(few(&[3, 9]), "3, 9", "all of a few");
        assert_eq!(few(&[0, 1, 2, 3, 4, 7, 8]), "0, 1, 2, 3, 4 and 2 more", "not all of many");
    }
}
