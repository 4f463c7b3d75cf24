//! Frames of two sets for the Compare workspace, decoded beside the window; the newest question wins.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use crate::app::jobs::Wake;
use crate::app::latest::Latest;
use crate::base::Rgb;
use crate::data::Set;

/// One side: which frame of which set.
#[derive(Clone)]
pub(super) struct SideAsk {
    /// The open set; the window and its jobs share its decoder and its cache.
    pub(super) set: Arc<Set>,
    /// Position of the episode in the set.
    pub(super) episode: usize,
    /// How far into the episode, 0 to 1.
    pub(super) share: f64,
}

impl PartialEq for SideAsk {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.set, &other.set) && self.episode == other.episode && self.share == other.share
    }
}

/// Both sides.
#[derive(Clone, PartialEq)]
pub(super) struct PairAsk {
    /// The real side.
    pub(super) real: Option<SideAsk>,
    /// The synthetic side.
    pub(super) synthetic: Option<SideAsk>,
}

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
    /// Frames a second; never 0.
    pub(super) fps: f64,
    /// The camera's name.
    pub(super) camera: String,
}

/// Both pictures, or why one is missing.
#[derive(Clone)]
pub(super) struct PairShown {
    /// The question it answers.
    pub(super) ask: PairAsk,
    /// The real side.
    pub(super) real: Option<Result<SideShown, String>>,
    /// The synthetic side.
    pub(super) synthetic: Option<Result<SideShown, String>>,
}

/// The worker.
pub(super) type PairLoader = Latest<PairAsk, PairShown>;

/// Starts the worker.
///
/// # Errors
/// When the system gives no thread.
pub(super) fn pair_loader(wake: Wake) -> Result<PairLoader, String> {
    let work = move |ask: PairAsk, _: &AtomicBool| {
        let show = |side: &Option<SideAsk>| side.as_ref().map(load);
        Some(PairShown { real: show(&ask.real), synthetic: show(&ask.synthetic), ask })
    };
    Latest::new("pairs", wake, work).map_err(|err| format!("the system gave no thread for the pictures: {err}"))
}

fn load(ask: &SideAsk) -> Result<SideShown, String> {
    let set = &ask.set;
    let episode = set.episodes.get(ask.episode).ok_or("the set has no such episode any more")?;
    if let Some(missing) = &episode.missing {
        return Err(missing.clone());
    }
    let last = episode.n_frames.saturating_sub(1);
    let frame = (ask.share * f64::from(last) + 0.5) as u32;
    let frame = frame.min(last);
    let pixels = set.frame(0, ask.episode, frame).map_err(|err| err.to_string())?;
    let camera = set.cameras.first();
    let fps = camera.map(|camera| camera.fps).filter(|fps| *fps > 0.0).unwrap_or(1.0);
    Ok(SideShown {
        pixels,
        episode: episode.id,
        frame,
        n_frames: episode.n_frames,
        time_s: f64::from(frame) / fps,
        fps,
        camera: camera.map_or_else(String::new, |camera| camera.name.clone()),
    })
}
