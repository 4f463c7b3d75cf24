//! What the subcommands that look at sets take: `twins`, `conditions`, `compare`, `audit`.

use std::path::PathBuf;

use clap::Args;

use super::Common;
use crate::backbone::{Fit, Scale, Tokens};
use crate::run::compare::Measuring;

/// Arguments of `twins`.
#[derive(Args, Debug)]
pub struct Twins {
    /// The set; of a sealed one only the reference half is looked at.
    pub set: String,
    /// The camera by name, by the end of its name, or by number from 0; the first where left out.
    #[arg(long, value_name = "CAMERA")]
    pub camera: Option<String>,
    /// Look at every Nth frame; one a second where left out, and every picture where pictures have no time.
    #[arg(long, value_name = "N")]
    pub every: Option<u32>,
    /// In how many of 64 bits the hashes of twins may differ; 0 to 10.
    #[arg(long, value_name = "BITS", default_value_t = crate::drift::twins::WITHIN, conflicts_with = "backbone")]
    pub within: u32,
    /// The network that tells twins in place of the hash of how pictures look, and how pictures are brought to it.
    #[command(flatten)]
    pub network: Network,
    /// The cosine that the network's features of twins have at least; what is strict depends on the network.
    #[arg(long, value_name = "COSINE", requires = "backbone", default_value_t = 0.98)]
    pub alike: f64,
    /// What every subcommand takes.
    #[command(flatten)]
    pub common: Common,
}

/// A network of the user's, and how pictures are brought to it.
#[derive(Args, Debug)]
pub struct Network {
    /// A network of yours (.onnx) in place of what is built in; its digest stands beside what it tells.
    #[arg(long, value_name = "FILE.onnx")]
    pub backbone: Option<PathBuf>,
    /// Width and height that the network sees, where it leaves them free; 224 where nothing is said.
    #[arg(long, value_name = "PIXELS", requires = "backbone")]
    pub side: Option<u32>,
    /// What of a picture the network sees: `squash` (all of it, squeezed) or `crop` (the largest centred part).
    #[arg(long, value_name = "FIT", requires = "backbone", default_value = "squash")]
    pub fit: Fit,
    /// The scale of colours that it was trained with: `imagenet`, `clip`, `minus-one-to-one`, `zero-to-one` or `codes`.
    #[arg(long, value_name = "SCALE", requires = "backbone")]
    pub scale: Option<Scale>,
    /// The output, or any value inside the network, by name; the first output where nothing is said.
    #[arg(long, value_name = "NAME", requires = "backbone")]
    pub output: Option<String>,
    /// Which tokens of a transformer: `first-token` (where nothing is said) or `mean-of-tokens`.
    #[arg(long, value_name = "TOKENS", requires = "backbone")]
    pub tokens: Option<Tokens>,
}

/// Arguments of `audit`.
#[derive(Args, Debug)]
pub struct Audit {
    /// The set; of a real one only the reference half is looked at.
    pub set: String,
    /// The camera by name, by the end of its name, or by number from 0; the first where left out.
    #[arg(long, value_name = "CAMERA")]
    pub camera: Option<String>,
    /// A declared cause to hold fixed, given once for each; the family's own causes where left out.
    #[arg(long = "cause", value_name = "PARAMETER")]
    pub causes: Vec<String>,
    /// The share of each episode, from its beginning, that pictures are taken from: later the outcome itself may be seen.
    #[arg(long, value_name = "SHARE", default_value_t = 0.25)]
    pub until: f64,
    /// Frames of each episode whose mean is one number of it.
    #[arg(long, default_value_t = 4)]
    pub frames: u32,
    /// The least number of shufflings behind a p-value; many pairs take more.
    #[arg(long, default_value_t = 999)]
    pub permutations: u32,
    /// Instead of looking for cues: simulate and render draws again with this parameter exchanged among them, and tell what moves.
    #[arg(long, value_name = "PARAMETER", conflicts_with_all = ["causes", "permutations", "camera"])]
    pub swap: Option<String>,
    /// How many draws take part in a swap.
    #[arg(long, default_value_t = 24, requires = "swap")]
    pub draws: usize,
    /// What every subcommand takes.
    #[command(flatten)]
    pub common: Common,
}

/// What time is locked by.
#[derive(clap::ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum LockWord {
    /// The share of the episode that has passed.
    Phase,
    /// Seconds since the beginning.
    Seconds,
}

/// Arguments of `conditions`.
#[derive(Args, Debug)]
pub struct Conditions {
    /// The set.
    pub set: String,
    /// What is said of which episodes, like `light=dim:0,3,7-12`; of all where no episodes are named, and behind a value with a colon
    /// (`time=12:00:all`). An empty value takes it back. Without any, what is known is shown.
    #[arg(value_name = "NAME=VALUE[:EPISODES]")]
    pub said: Vec<String>,
    /// Say it of each visible episode by its signals: `yes` where the condition holds, else `no`; in the families' language, with
    /// folds over time such as `peak(x)`, `last(x)`, `time_share(x > 1)`.
    #[arg(long, value_name = "NAME=CONDITION")]
    pub derive: Vec<String>,
    /// What every subcommand takes.
    #[command(flatten)]
    pub common: Common,
}

/// Arguments of `compare`.
#[derive(Args, Debug)]
pub struct Compare {
    /// The set that is the yardstick; of a real one only its reference half is looked at.
    pub reference: String,
    /// The set that is held against it, synthetic or real.
    pub other: String,
    /// The reference's camera by name, by the end of its name, or by number from 0; the first where left out.
    #[arg(long, value_name = "CAMERA")]
    pub camera: Option<String>,
    /// The other set's camera.
    #[arg(long, value_name = "CAMERA")]
    pub other_camera: Option<String>,
    /// Frames taken from each episode, evenly spaced.
    #[arg(long, default_value_t = Measuring::default().frames)]
    pub frames: u32,
    /// Permutations behind the p-value.
    #[arg(long, default_value_t = Measuring::default().permutations)]
    pub permutations: u32,
    /// Fold near twins away: frames that look like an earlier one of the same episode. Episodes that repeat another are always left out.
    #[arg(long)]
    pub fold: bool,
    /// The network that distances are taken on instead of the built-in features.
    #[command(flatten)]
    pub network: Network,
    /// Also write the finding as one page with pairs of pictures, which opens in any browser without a network.
    #[arg(long, value_name = "FILE.html")]
    pub out: Option<PathBuf>,
    /// Also write where each frame lies on the map, on the plane of most variation (PCA) and by neighbourhood (t-SNE), as a table.
    #[arg(long, value_name = "FILE.csv")]
    pub map: Option<PathBuf>,
    /// How the page's pairs are matched: `order`, `nearest` (by looks), or a condition such as `task`, `outcome`, `number`.
    #[arg(long = "match", value_name = "BY", default_value = "order", requires = "out")]
    pub by: String,
    /// What is the same on both sides of a pair: the share of the episode that has passed, or seconds.
    #[arg(long, value_enum, default_value_t = LockWord::Phase, requires = "out")]
    pub lock: LockWord,
    /// Pairs on the page, beside those that were remarked on in the studio.
    #[arg(long, value_name = "N", default_value_t = 12, requires = "out")]
    pub pairs: usize,
    /// What every subcommand takes.
    #[command(flatten)]
    pub common: Common,
}
