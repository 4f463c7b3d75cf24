//! A comparison as a page that others can open: its numbers, and pairs of pictures that can be handled in a browser.
//!
//! What stands on the page is [`super::compare_page`]'s; here pairs are chosen and their pictures read.

use std::path::{Path, PathBuf};

use crate::base::{Monitor, files};
use crate::data::{DataError, Origin, Set};
use crate::study::{PairRemark, SetRef, Study};

use super::compare::Comparison;
use super::compare_page::{self, PageMap, PagePair, PagePicture, PageSide, PageView};
use super::conditions::{Conditions, conditions};
use super::pairing::{self, FrameAt, MatchBy, Pairing, Side, TimeLock};
use super::place::{Place, Stamp};
use super::{RunError, import};

/// Pictures are made no wider than this: a page is looked at in a browser, and mailed.
const WIDEST_PX: u32 = 960;

/// Which pairs stand on the page.
#[derive(Clone, Debug)]
pub struct PageRequest {
    /// How episodes are matched.
    pub by: MatchBy,
    /// What time is locked by.
    pub lock: TimeLock,
    /// How far into each pair the shown frames are, 0 to 1.
    pub share: f64,
    /// How many pairs, evenly taken of all, beside those that were remarked on.
    pub pairs: usize,
    /// The file.
    pub out: PathBuf,
}

impl PageRequest {
    /// Twelve pairs in order, from their middles.
    pub fn to(out: PathBuf) -> Self {
        Self { by: MatchBy::Order, lock: TimeLock::Phase, share: 0.5, pairs: 12, out }
    }
}

/// Writes the page of `found`; the file that was written. A picture that cannot be read is said in its place.
///
/// # Errors
/// When a set cannot be opened, the sets cannot be matched so, or the disk refuses.
pub fn write(
    place: &Place,
    study: &Study,
    found: &Comparison,
    request: &PageRequest,
    stamp: &Stamp,
    monitor: &dyn Monitor,
) -> Result<PathBuf, RunError> {
    expect_few(request)?;
    let both = Both::open(place, study, found.names.each_ref().map(String::as_str), monitor)?;
    let pairing = both.pair_up(found.cameras, &request.by, monitor)?;
    let sets = &both.sets;
    let chosen = chosen(study, &both, &pairing, request);
    let mut pairs = Vec::new();
    for (done, one) in chosen.iter().enumerate() {
        monitor.step("Reading the pairs", done as u64, chosen.len() as u64);
        if monitor.stopped() {
            return Err(RunError::Stopped);
        }
        let sides = [
            page_side(&sets[0], found.cameras[0], one.frames[0])?,
            page_side(&sets[1], found.cameras[1], one.frames[1])?,
        ];
        pairs.push(PagePair { sides, flag: one.flag.clone(), note: one.note.clone() });
    }
    let about: Vec<(&str, &str)> = found.distances().map(|one| (one.measure.name(), one.measure.about())).collect();
    let mut finding = found.to_file();
    // The page has one table of all that may differ.
    for more in [&mut finding.signals, &mut finding.touches, &mut finding.parameters].map(std::mem::take) {
        finding.differences.extend(more);
    }
    let title = format!("{} held against {}", found.names[1], found.names[0]);
    let made = format!("{}, {}, by {}", study.name, stamp.time, stamp.actor);
    let sample = if chosen.len() < pairing.pairs.len() { " A sample of them stands here." } else { "" };
    let matched = format!("{}.{sample}", pairing.summary);
    let colours = Some(&found.colours);
    let shown: Vec<[(u64, u32); 2]> = chosen.iter().map(|one| one.shown(sets)).collect();
    let map = found.map.as_ref().map(|map| PageMap::of(map, &shown));
    let view = PageView { title, made, matched, pairs, finding: &finding, about: &about, colours, map };
    files::write_whole(&request.out, compare_page::page(&view).as_bytes())?;
    monitor.step("Reading the pairs", chosen.len() as u64, chosen.len() as u64);
    Ok(request.out.clone())
}

/// Where the page of two sets lies unless another file is named.
pub fn default_file(place: &Place, names: &[String; 2]) -> PathBuf {
    place.folder.join("compare").join(format!("{}--{}.html", names[0], names[1]))
}

/// Both sets, open, and what is known of their episodes; the reference's first.
struct Both<'a> {
    refs: [&'a SetRef; 2],
    sets: [Set; 2],
    known: [Conditions; 2],
}

impl<'a> Both<'a> {
    fn open(place: &Place, study: &'a Study, names: [&str; 2], monitor: &dyn Monitor) -> Result<Self, RunError> {
        let refs = [import::set_ref(study, names[0])?, import::set_ref(study, names[1])?];
        let sets = [import::open_set(place, refs[0], monitor)?, import::open_set(place, refs[1], monitor)?];
        let known = [0, 1].map(|at| conditions(place, &sets[at], refs[at], monitor));
        Ok(Self { refs, sets, known })
    }

    fn pair_up(&self, cameras: [usize; 2], by: &MatchBy, monitor: &dyn Monitor) -> Result<Pairing, RunError> {
        let side = |at: usize| Side {
            set: &self.sets[at],
            set_ref: self.refs[at],
            camera: cameras[at],
            conditions: &self.known[at],
        };
        pairing::pair_up([side(0), side(1)], by, monitor)
    }
}

/// Two frames, and what was said of them.
struct Chosen {
    frames: [FrameAt; 2],
    flag: Option<String>,
    note: Option<String>,
}

impl Chosen {
    /// Episode ids and frames.
    fn shown(&self, sets: &[Set; 2]) -> [(u64, u32); 2] {
        [0, 1].map(|side| (sets[side].episodes[self.frames[side].episode].id, self.frames[side].frame))
    }
}

/// What was remarked on comes first, flagged or not; then pairs evenly taken of all.
fn chosen(study: &Study, both: &Both<'_>, pairing: &Pairing, request: &PageRequest) -> Vec<Chosen> {
    let remarks = study.remarks_on(&both.refs[0].name, &both.refs[1].name);
    let mut all: Vec<Chosen> = remarks.filter_map(|remark| remarked(both, remark)).collect();
    let count = request.pairs.min(pairing.pairs.len());
    for at in 0..count {
        let pair = &pairing.pairs[(2 * at + 1) * pairing.pairs.len() / (2 * count)];
        let frames = pair.at([&both.sets[0], &both.sets[1]], request.share, request.lock).frames;
        if all.iter().all(|other| other.frames != frames) {
            let note = (!pair.words.is_empty()).then(|| pair.words.clone());
            all.push(Chosen { frames, flag: None, note });
        }
    }
    all
}

/// The frames of a remark, where both sets still have them and neither is held: what was held back after it was written is not
/// shown.
fn remarked(both: &Both<'_>, remark: &PairRemark) -> Option<Chosen> {
    let at = |side: usize| {
        let set = &both.sets[side];
        let episode = set.position(remark.episodes[side])?;
        let is_visible = import::visible_episodes(set, both.refs[side]).contains(&episode);
        is_visible.then_some(FrameAt { episode, frame: remark.frames[side] })
    };
    let text = remark.text.trim();
    let said = (!text.is_empty()).then(|| text.to_owned());
    let flag = remark.flagged.then(|| said.clone().unwrap_or_else(|| "flagged".to_owned()));
    Some(Chosen { frames: [at(0)?, at(1)?], note: said.filter(|_| !remark.flagged), flag })
}

fn page_side(set: &Set, camera: usize, at: FrameAt) -> Result<PageSide, RunError> {
    let episode = &set.episodes[at.episode];
    let picture = match set.frame(camera, at.episode, at.frame) {
        Ok(picture) if picture.width > WIDEST_PX => {
            let height = (u64::from(picture.height) * u64::from(WIDEST_PX) / u64::from(picture.width)).max(1) as u32;
            PagePicture::jpeg(&picture.resized(WIDEST_PX, height))
        }
        Ok(picture) => PagePicture::jpeg(&picture),
        Err(DataError::Stopped) => return Err(RunError::Stopped),
        Err(err) => Err(err.to_string()),
    };
    let is_recorded = set.origin != Origin::Real || set.cameras.get(camera).is_some_and(|camera| camera.fps != 1.0);
    Ok(PageSide {
        episode: episode.id.to_string(),
        frame: at.frame,
        n_frames: episode.n_frames,
        // Pictures without time are numbered one a second: no time to speak of.
        time_s: is_recorded.then(|| f64::from(at.frame) / pairing::episode_rate_hz(set, at.episode)),
        picture,
    })
}

fn expect_few(request: &PageRequest) -> Result<(), RunError> {
    if request.pairs <= 500 {
        return Ok(());
    }
    let what = format!("a page of {} pairs is too large to open; ask for at most 500 with `--pairs`", request.pairs);
    Err(RunError::Request(what))
}

/// Whether the page that is asked for can be written, before anything is measured: its file, its number of pairs, and how two sets
/// are matched.
///
/// # Errors
/// With what to ask for instead.
pub fn expect(
    place: &Place,
    study: &Study,
    names: [&str; 2],
    request: &PageRequest,
    monitor: &dyn Monitor,
) -> Result<(), RunError> {
    expect_page(&request.out)?;
    expect_few(request)?;
    if let MatchBy::Condition(_) = request.by {
        Both::open(place, study, names, monitor)?.pair_up([0, 0], &request.by, monitor)?;
    }
    Ok(())
}

/// Whether `path` is one that a page can be written to: a file name that ends so.
///
/// # Errors
/// With what to write instead.
fn expect_page(path: &Path) -> Result<(), RunError> {
    let refuse = |what: String| Err(RunError::Request(what));
    if path.is_dir() {
        return refuse(format!("`{}` is a folder; name a file in it that ends in `.html`", path.display()));
    }
    if path.extension().is_none_or(|ending| !ending.eq_ignore_ascii_case("html")) {
        return refuse(format!("`{}` is no page's name; give it one that ends in `.html`", path.display()));
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    if let Some(folder) = folder.filter(|folder| !folder.is_dir()) {
        return refuse(format!("there is no folder `{}` for the page; make it first", folder.display()));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{Rgb, Silent, png};

    #[test]
    fn a_remark_on_what_is_held_by_now_is_not_shown() {
        let dir = tempfile::tempdir().unwrap();
        for take in 0..2 {
            let folder = dir.path().join(format!("take_{take}"));
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(folder.join("0.png"), png::encode_rgb(&Rgb::black(4, 3)).unwrap()).unwrap();
        }
        let set_ref = |held: &[u64]| SetRef {
            name: "takes".to_owned(),
            path: dir.path().display().to_string(),
            digest: None,
            origin: Origin::Real,
            held: held.to_vec(),
            reference: Vec::new(),
            sealed: None,
            listing: None,
            conditions: std::collections::BTreeMap::new(),
            folders: crate::data::Folders::default(),
        };
        let (open, holding) = (set_ref(&[]), set_ref(&[1]));
        let sets = [(); 2].map(|()| Set::open(dir.path(), &Silent).unwrap());
        let both = Both { refs: [&open, &holding], sets, known: [Conditions::new(), Conditions::new()] };
        let remark = |episodes| PairRemark {
            sets: ["takes".to_owned(), "takes".to_owned()],
            episodes,
            frames: [0, 0],
            flagged: true,
            text: String::new(),
        };
        assert!(remarked(&both, &remark([1, 0])).is_some(), "both are visible");
        assert!(remarked(&both, &remark([0, 1])).is_none(), "episode 1 of the other is held");
        assert!(remarked(&both, &remark([0, 7])).is_none(), "there is no episode 7");
    }
}
