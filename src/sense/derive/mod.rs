//! Channels made of others: the control pictures that learned world models ask for. Pure functions, no GPU.
//!
//! Encodings are those of Cosmos Transfer's own control videos, frame by frame; making a video of them is not done here.
//!
//! - `edge`: white lines of one pixel on black, [`canny()`] of the colour picture;
//! - `blur`, `bilateral`: the colour picture without its detail, [`blurred`]; the latter keeps edges, [`bilateral()`];
//! - `depth`: near is bright: the inverse of depth between its smallest and its largest value in the whole episode, the sky black,
//!   three equal channels, [`depth::InverseRange`];
//! - `seg`: one flat colour an instance that stays the same over the episode, black where nothing is labelled, [`flat`].

mod bilateral;
mod blur;
mod canny;
pub mod depth;
mod seg;
#[cfg(test)]
mod tests;

pub use bilateral::{Bilateral, bilateral};
pub use blur::{blurred, smoothed};
pub use canny::canny;
pub use seg::{colours, colours_of, flat};

use crate::base::text::did_you_mean;

/// How much of a control is kept: Cosmos Transfer's presets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Preset {
    /// Most edges; the least blur.
    VeryLow,
    /// Many edges; little blur.
    Low,
    /// Both.
    #[default]
    Medium,
    /// Few edges; much blur.
    High,
    /// The fewest edges; the most blur.
    VeryHigh,
}

impl Preset {
    /// All of them with their names.
    pub const ALL: [(Self, &str); 5] = [
        (Self::VeryLow, "very_low"),
        (Self::Low, "low"),
        (Self::Medium, "medium"),
        (Self::High, "high"),
        (Self::VeryHigh, "very_high"),
    ];

    /// The lower and the upper threshold of [`canny()`].
    pub fn thresholds(self) -> [i32; 2] {
        match self {
            Self::VeryLow => [20, 50],
            Self::Low => [50, 100],
            Self::Medium => [100, 200],
            Self::High => [200, 300],
            Self::VeryHigh => [300, 400],
        }
    }
}

/// How a blur weighs neighbours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// By distance.
    Gaussian,
    /// By distance and by how much their colours differ.
    Bilateral,
}

/// A control picture that is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Control {
    /// Canny edges.
    Edge(Preset),
    /// Blur.
    Blur(Preset),
    /// Blur that keeps edges.
    Bilateral(Preset),
    /// Inverse depth.
    Depth,
    /// Flat colours of instances.
    Seg,
}

impl Control {
    /// The name that folders and files have.
    pub fn name(self) -> &'static str {
        match self {
            Self::Edge(_) => "edge",
            Self::Blur(_) => "blur",
            Self::Bilateral(_) => "bilateral",
            Self::Depth => "depth",
            Self::Seg => "seg",
        }
    }

    /// As it is written: `edge`, `edge:low`, `blur:very_high`, `bilateral:low`, `depth`, `seg`.
    pub fn text(self) -> String {
        match self {
            Self::Edge(preset) | Self::Blur(preset) | Self::Bilateral(preset) => {
                let named = Preset::ALL.into_iter().find(|(known, _)| *known == preset).map_or("", |(_, name)| name);
                format!("{}:{named}", self.name())
            }
            Self::Depth | Self::Seg => self.name().to_owned(),
        }
    }

    /// The control that `text` asks for.
    ///
    /// # Errors
    /// One sentence on what is not understood, and what there is.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (name, preset) = text.split_once(':').map_or((text, None), |(name, preset)| (name, Some(preset)));
        let chosen = match preset {
            None => Preset::default(),
            Some(wanted) => {
                let known = Preset::ALL.into_iter().find(|(_, known)| *known == wanted);
                known.map(|(preset, _)| preset).ok_or_else(|| {
                    let hint = did_you_mean(wanted, Preset::ALL.map(|(_, name)| name));
                    format!("there is no preset `{wanted}`{hint}; there are very_low, low, medium, high, very_high")
                })?
            }
        };
        match (name, preset) {
            ("edge", _) => Ok(Self::Edge(chosen)),
            ("blur", _) => Ok(Self::Blur(chosen)),
            ("bilateral", _) => Ok(Self::Bilateral(chosen)),
            ("depth", None) => Ok(Self::Depth),
            ("seg", None) => Ok(Self::Seg),
            ("depth" | "seg", Some(_)) => Err(format!("the control `{name}` has no presets; write `{name}` alone")),
            _ => {
                let hint = did_you_mean(name, ["edge", "blur", "bilateral", "depth", "seg"]);
                Err(format!("there is no control `{name}`{hint}; there are edge, blur, bilateral, depth, seg"))
            }
        }
    }
}
