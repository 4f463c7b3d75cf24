//! Frames of two sets for the Compare workspace, decoded beside the window, and signals with them; the newest question wins.
//!
//! Whoever steps or plays through an episode wants the next frame next: it is decoded ahead while nobody asks, in the direction of the
//! last two small steps.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::app::jobs::Wake;
use crate::app::latest::Latest;
use crate::base::Rgb;
use crate::data::{Set, Signal};
use crate::run::annotations::{Annotation, AnnotationReader};

/// One side: which frame of which set, and which of its signals.
#[derive(Clone)]
pub(super) struct SideAsk {
    /// The open set; the window and its jobs share its decoder and its cache.
    pub(super) set: Arc<Set>,
    /// Position of the camera in the set.
    pub(super) camera: usize,
    /// Position of the episode in the set.
    pub(super) episode: usize,
    /// From 0.
    pub(super) frame: u32,
    /// The column of the shown signal.
    pub(super) column: Option<String>,
    /// Whether what is written about the frame is wanted, too.
    pub(super) annotated: bool,
}

impl SideAsk {
    /// Whether it asks for a frame of the same episode through the same camera.
    fn is_frame_of(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.set, &other.set) && (self.camera, self.episode) == (other.camera, other.episode)
    }

    fn is_same_frame(&self, other: &Self) -> bool {
        self.is_frame_of(other) && self.frame == other.frame
    }
}

impl PartialEq for SideAsk {
    fn eq(&self, other: &Self) -> bool {
        self.is_same_frame(other) && self.column == other.column && self.annotated == other.annotated
    }
}

/// Both sides, the reference first.
pub(super) type PairAsk = [Option<SideAsk>; 2];

/// A side's picture with what it is.
#[derive(Clone, Debug)]
pub(super) struct SideShown {
    /// The pixels.
    pub(super) pixels: Arc<Rgb>,
    /// Episode id.
    pub(super) episode: u64,
    /// Frame number.
    pub(super) frame: u32,
    /// Frames in the episode.
    pub(super) n_frames: u32,
    /// Time in seconds.
    pub(super) time_s: f64,
    /// The camera's name.
    pub(super) camera: String,
}

/// A signal over the shown episode, or why there is none.
type SignalShown = Option<Result<Arc<Signal>, String>>;

/// What is written about a frame, or why it cannot be read.
type AnnotationsShown = Result<Arc<[Annotation]>, String>;

/// Both pictures, or why one is missing.
#[derive(Clone)]
pub(super) struct PairShown {
    /// The question it answers.
    pub(super) ask: PairAsk,
    /// What is shown of each side.
    pub(super) sides: [Option<Result<SideShown, String>>; 2],
    /// The signals beside them.
    pub(super) signals: [SignalShown; 2],
    /// What is written about both frames, where it was wanted.
    pub(super) annotations: [Option<AnnotationsShown>; 2],
}

/// The worker.
pub(super) type PairLoader = Latest<PairAsk, PairShown>;

/// Starts the worker.
///
/// # Errors
/// When the system gives no thread.
pub(super) fn pair_loader(wake: Wake) -> Result<PairLoader, String> {
    // A signal is one of a whole episode: read once, not once a frame.
    let mut kept: [Option<(SideAsk, SignalShown)>; 2] = [None, None];
    let mut readers = [AnnotationReader::default(), AnnotationReader::default()];
    let foresight: Arc<Mutex<[Foresight; 2]>> = Arc::default();
    let work = move |ask: PairAsk, stop: &Arc<AtomicBool>| {
        for (foresight, side) in foresight.lock().unwrap_or_else(PoisonError::into_inner).iter_mut().zip(&ask) {
            foresight.asked(side.as_ref());
        }
        let sides = ask.each_ref().map(|side| side.as_ref().map(load));
        let mut signals = [None, None];
        for (side, (kept, shown)) in ask.iter().zip(kept.iter_mut().zip(&mut signals)) {
            let Some(side) = side else { continue };
            *shown = match kept {
                Some((of, signal)) if is_same_signal(of, side) => signal.clone(),
                _ => {
                    let signal = read_signal(side);
                    *kept = Some((side.clone(), signal.clone()));
                    signal
                }
            };
        }
        let annotations = [0, 1].map(|at| {
            let ask = ask[at].as_ref().filter(|ask| ask.annotated)?;
            let found = readers[at].of(&ask.set, (ask.camera, ask.episode, ask.frame));
            Some(found.map(Arc::from).map_err(|err| err.to_string()))
        });
        let wanted = [0, 1].map(|side| {
            let Some(Ok(shown)) = &sides[side] else { return Vec::new() };
            let foresight = foresight.lock().unwrap_or_else(PoisonError::into_inner);
            foresight[side].next(shown.pixels.bytes.len())
        });
        let (stop, foresight) = (Arc::clone(stop), Arc::clone(&foresight));
        let look_ahead = move || read_ahead(&foresight, &wanted, &stop);
        Some((PairShown { ask, sides, signals, annotations }, look_ahead))
    };
    Latest::with_foresight("pairs", wake, work)
        .map_err(|err| format!("the system gave no thread for the pictures: {err}"))
}

/// Frames that are read ahead at the most; after a longer step nobody knows what comes.
const AHEAD: u32 = 3;
/// Bytes of them: of huge pictures fewer are read ahead, or none.
const AHEAD_BYTES: usize = 16 << 20;

/// What one side will be asked for, and what of it is there.
#[derive(Default)]
struct Foresight {
    /// The last three questions that differ, the newest last.
    asked: [Option<SideAsk>; 3],
    /// Pictures that were read ahead. Not in the set's cache, which peeks and thumbnails use too: a decoder that is past a frame
    /// that got lost there would have to begin anew.
    read: Vec<(SideAsk, Arc<Rgb>)>,
}

impl Foresight {
    /// Takes in a question; a picture that was read ahead for it is shown now.
    fn asked(&mut self, ask: Option<&SideAsk>) {
        let Some(ask) = ask else { return self.asked = Default::default() };
        // The other side alone may move.
        if self.asked[2].as_ref().is_some_and(|last| last.is_same_frame(ask)) {
            return;
        }
        self.asked.rotate_left(1);
        self.asked[2] = Some(ask.clone());
        self.read.retain(|(of, picture)| {
            let is_it = of.is_same_frame(ask);
            if is_it {
                ask.set.keep(ask.camera, ask.episode, ask.frame, picture);
            }
            !is_it
        });
    }

    /// What is asked for next after `now` if the last two small steps are followed by more in their direction; nothing after a jump or
    /// a turn. A picture takes so many bytes.
    fn next(&self, bytes: usize) -> Vec<SideAsk> {
        let [Some(before), Some(last), Some(now)] = &self.asked else { return Vec::new() };
        let step = i64::from(now.frame) - i64::from(last.frame);
        let earlier = i64::from(last.frame) - i64::from(before.frame);
        let is_small = step.abs().max(earlier.abs()) <= i64::from(AHEAD);
        let is_one_episode = before.is_frame_of(now) && last.is_frame_of(now);
        if !(is_one_episode && is_small && step.signum() == earlier.signum()) {
            return Vec::new();
        }
        // In a video whatever the step was: a decoder that ran past a frame that is asked for after all would have to begin anew.
        let by = if now.set.is_video() { step.signum() } else { step };
        let most = i64::from(AHEAD).min((AHEAD_BYTES / bytes.max(1)) as i64);
        let n_frames = now.set.episodes.get(now.episode).map_or(0, |episode| episode.n_frames);
        let frames = (1..=most).map_while(|times| u32::try_from(i64::from(now.frame) + times * by).ok());
        frames.filter(|frame| *frame < n_frames).map(|frame| SideAsk { frame, ..now.clone() }).collect()
    }
}

/// Reads what will be asked for, the nearest first, until somebody asks; what cannot be read is told when it is asked for.
fn read_ahead(sides: &Mutex<[Foresight; 2]>, wanted: &[Vec<SideAsk>; 2], stop: &AtomicBool) {
    let lock = || sides.lock().unwrap_or_else(PoisonError::into_inner);
    for (side, wanted) in lock().iter_mut().zip(wanted) {
        let is_wanted = |of: &SideAsk| wanted.iter().any(|ask| ask.is_same_frame(of));
        side.read.retain(|(of, _)| is_wanted(of));
    }
    let most = wanted.iter().map(Vec::len).max().unwrap_or(0);
    for at in 0..most {
        for (side, wanted) in wanted.iter().enumerate() {
            let Some(ask) = wanted.get(at) else { continue };
            if stop.load(Ordering::Relaxed) {
                return;
            }
            if lock()[side].read.iter().any(|(of, _)| of.is_same_frame(ask)) {
                continue;
            }
            if let Ok(picture) = ask.set.ahead(ask.camera, ask.episode, ask.frame) {
                lock()[side].read.push((ask.clone(), picture));
            }
        }
    }
}

fn is_same_signal(a: &SideAsk, b: &SideAsk) -> bool {
    Arc::ptr_eq(&a.set, &b.set) && a.episode == b.episode && a.column == b.column
}

fn read_signal(ask: &SideAsk) -> SignalShown {
    let column = ask.column.as_ref()?;
    Some(ask.set.signal(ask.episode, column).map(Arc::new).map_err(|err| err.to_string()))
}

/// Reads the frame that is asked for.
///
/// # Errors
/// With a sentence, where it cannot be read.
pub(super) fn load(ask: &SideAsk) -> Result<SideShown, String> {
    let set = &ask.set;
    let episode = set.episodes.get(ask.episode).ok_or("the set has no such episode any more")?;
    if let Some(missing) = &episode.missing {
        return Err(missing.clone());
    }
    let pixels = set.frame(ask.camera, ask.episode, ask.frame).map_err(|err| err.to_string())?;
    let camera = set.cameras.get(ask.camera);
    Ok(SideShown {
        pixels,
        episode: episode.id,
        frame: ask.frame,
        n_frames: episode.n_frames,
        time_s: f64::from(ask.frame) / crate::run::pairing::episode_rate_hz(set, ask.episode),
        camera: camera.map_or_else(String::new, |camera| camera.name.clone()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{Silent, png};

    fn folder_of(count: u32) -> (tempfile::TempDir, Arc<Set>) {
        let dir = tempfile::tempdir().unwrap();
        for frame in 0..count {
            let picture = png::encode_rgb(&Rgb::black(4, 3)).unwrap();
            std::fs::write(dir.path().join(format!("{frame:02}.png")), picture).unwrap();
        }
        let set = Arc::new(Set::open(dir.path(), &Silent).unwrap());
        (dir, set)
    }

    fn at(set: &Arc<Set>, frame: u32) -> SideAsk {
        SideAsk { set: Arc::clone(set), camera: 0, episode: 0, frame, column: None, annotated: false }
    }

    /// What is read ahead after these frames were asked for, one after the other.
    fn next(set: &Arc<Set>, frames: [u32; 3], bytes: usize) -> Vec<u32> {
        let mut foresight = Foresight::default();
        for frame in frames {
            foresight.asked(Some(&at(set, frame)));
        }
        foresight.next(bytes).iter().map(|ask| ask.frame).collect()
    }

    #[test]
    fn a_walk_goes_on_and_nothing_else_is_foreseen() {
        let (_dir, set) = folder_of(12);
        assert_eq!(next(&set, [2, 3, 4], 36), [5, 6, 7], "on");
        assert_eq!(next(&set, [0, 2, 4], 36), [6, 8, 10], "by two, of pictures that stand alone");
        assert_eq!(next(&set, [5, 3, 2], 36), [1, 0], "back, and not beyond the beginning");
        assert_eq!(next(&set, [8, 9, 10], 36), [11], "nor the end");
        for frames in [[4, 5, 4], [5, 4, 5], [4, 4, 5], [1, 5, 6], [4, 5, 9]] {
            assert_eq!(next(&set, frames, 36), [0; 0], "a turn, a rest or a jump: {frames:?}");
        }
        assert_eq!(next(&set, [2, 3, 4], 1920 * 1080 * 3), [5, 6], "of large pictures fewer");
        assert_eq!(next(&set, [2, 3, 4], 3840 * 2160 * 3), [0; 0], "of huge ones none");
        let mut foresight = Foresight::default();
        for frame in [3, 4, 4, 5, 5] {
            foresight.asked(Some(&at(&set, frame)));
        }
        assert_eq!(foresight.next(36).len(), 3, "while the other side alone moves, it still walks");
        foresight.asked(Some(&SideAsk { camera: 1, ..at(&set, 6) }));
        assert!(foresight.next(36).is_empty(), "another camera is no step");
    }

    #[test]
    fn what_was_read_ahead_is_there_when_it_is_asked_for_and_only_then_in_the_cache() {
        let (dir, set) = folder_of(12);
        let sides: Mutex<[Foresight; 2]> = Mutex::default();
        let wanted = [vec![at(&set, 5), at(&set, 6)], Vec::new()];
        read_ahead(&sides, &wanted, &AtomicBool::new(true));
        assert!(sides.lock().unwrap()[0].read.is_empty(), "somebody asks: nothing is read");
        read_ahead(&sides, &wanted, &AtomicBool::new(false));
        assert_eq!(sides.lock().unwrap()[0].read.len(), 2);
        for frame in ["05", "06", "08"] {
            std::fs::remove_file(dir.path().join(format!("{frame}.png"))).unwrap();
        }
        assert!(load(&at(&set, 5)).is_err(), "whoever looks elsewhere has nothing of it");
        sides.lock().unwrap()[0].asked(Some(&at(&set, 5)));
        assert!(load(&at(&set, 5)).is_ok(), "it was read ahead");
        assert_eq!(sides.lock().unwrap()[0].read.len(), 1, "and is shown now");
        read_ahead(&sides, &[vec![at(&set, 9)], Vec::new()], &AtomicBool::new(false));
        let kept: Vec<u32> = sides.lock().unwrap()[0].read.iter().map(|(of, _)| of.frame).collect();
        assert_eq!(kept, [9], "what is no longer wanted is let go");
        assert!(load(&at(&set, 8)).is_err(), "it was not");
    }
}
