//! Frames of two sets for the Compare workspace, decoded beside the window, and signals with them; the newest question wins.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use crate::app::jobs::Wake;
use crate::app::latest::Latest;
use crate::base::Rgb;
use crate::data::{Set, Signal};

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
}

impl PartialEq for SideAsk {
    fn eq(&self, other: &Self) -> bool {
        let of = |side: &Self| (side.camera, side.episode, side.frame);
        Arc::ptr_eq(&self.set, &other.set) && of(self) == of(other) && self.column == other.column
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

/// Both pictures, or why one is missing.
#[derive(Clone)]
pub(super) struct PairShown {
    /// The question it answers.
    pub(super) ask: PairAsk,
    /// What is shown of each side.
    pub(super) sides: [Option<Result<SideShown, String>>; 2],
    /// The signals beside them.
    pub(super) signals: [SignalShown; 2],
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
    let work = move |ask: PairAsk, _: &AtomicBool| {
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
        Some(PairShown { ask, sides, signals })
    };
    Latest::new("pairs", wake, work).map_err(|err| format!("the system gave no thread for the pictures: {err}"))
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
        time_s: f64::from(ask.frame) / crate::run::pairing::rate_hz(set),
        camera: camera.map_or_else(String::new, |camera| camera.name.clone()),
    })
}
