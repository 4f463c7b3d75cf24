//! What can be typed. Every subcommand has an example in its help.

mod sets;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use super::methods::MethodArguments;

pub use sets::{Audit, Compare, Conditions, LockWord, Network, Twins};

/// Rare-event scenario families, proven on sealed real data.
///
/// Without a subcommand the studio opens.
#[derive(Debug, Parser)]
#[command(name = "worldproof", version, about, long_about, after_help = EXIT_CODES)]
pub struct Arguments {
    /// What to do; the studio opens where it is left out.
    #[command(subcommand)]
    pub command: Option<Command>,
}

const EXIT_CODES: &str = "Exit codes: 0 done, 1 the gate said no (or a check failed), 2 error, 3 inconclusive.\n\
    Results go to standard output, progress and notes to standard error. --json prints one JSON object.";

/// Options that every subcommand takes.
#[derive(Args, Clone, Debug)]
pub struct Common {
    /// The study's folder.
    #[arg(long, value_name = "FOLDER", default_value = ".", global = true)]
    pub study: PathBuf,
    /// Print one JSON object instead of text.
    #[arg(long, global = true)]
    pub json: bool,
    /// No progress on standard error.
    #[arg(long, short, global = true)]
    pub quiet: bool,
    /// Who acts, for the ledger; `WORLDPROOF_ACTOR` or the account's name where left out.
    #[arg(long, value_name = "NAME", global = true)]
    pub actor: Option<String>,
}

/// One job.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make a study with an example family.
    #[command(after_help = "Example:\n  worldproof new my-study --seed 7")]
    New(New),
    /// Check a family file or every family of a study.
    #[command(after_help = "Example:\n  worldproof check my-study/families/tabletop_light_step.ron")]
    Check(Check),
    /// Draw from a family and print the draws with their weights.
    #[command(
        after_help = "Examples:\n  worldproof draw tabletop_light_step --count 20 --study my-study\n  worldproof draw tabletop_light_step --method pairwise --levels 3 --json\n  worldproof draw tabletop_light_step --count 10000000 --parquet draws.parquet\n  worldproof draw tabletop_light_step --method diverse --axis tilt_deg:0:90:9 --axis reach_speed_m_s:0.1:1.2:11"
    )]
    Draw(Draw),
    /// Simulate draws without pictures: parameters, outcomes, signals, poses, contacts and events as Parquet tables.
    #[command(
        after_help = "Examples:\n  worldproof simulate balance_push --count 1000 --out episodes --study my-study\n  worldproof simulate balance_push --from 1000 --count 1000 --out shard-2 --study my-study    # another machine's share"
    )]
    Simulate(Simulate),
    /// Estimate how probable the rare event is in reality, four ways, each with an interval or a refusal.
    #[command(
        after_help = "Examples:\n  worldproof estimate tabletop_light_step --study my-study\n  worldproof estimate tabletop_light_step --event \"tilt_deg > 20\" --method crude --method subset"
    )]
    Estimate(Estimate),
    /// Say which values and combinations draws reach, which are missing, and what one set adds over another.
    #[command(
        after_help = "Examples:\n  worldproof coverage tabletop_light_step --count 200 --study my-study\n  worldproof coverage tabletop_light_step --set light --against g1 --pair reach_speed_m_s=action[0]"
    )]
    Coverage(Coverage),
    /// Simulate and render draws into a synthetic set.
    #[command(
        after_help = "Examples:\n  worldproof generate tabletop_light_step --count 12 --every 6 --name light --study my-study\n  worldproof generate tabletop_light_step --method sobol --count 32 --every 6 --name even --study my-study\n  worldproof generate tabletop_light_step --method diverse --axis tilt_deg:0:90:6 --axis reach_speed_m_s:0.1:1.2:5 --count 30 --every 6 --name kinds --study my-study"
    )]
    Generate(Generate),
    /// Take a real set into the study and split it by episode into reference and held.
    #[command(after_help = "Example:\n  worldproof import ~/data/g1_bottle --name g1 --held 0.34 --study my-study")]
    Import(Import),
    /// Find pictures of a set that are nearly the same through one of its cameras, and what both halves of its split have.
    #[command(
        after_help = "Examples:\n  worldproof twins g1 --study my-study\n  worldproof twins g1 --camera cam_left_wrist --study my-study"
    )]
    Twins(Twins),
    /// Show what is known of a set's episodes that sets can be matched on (task, outcome, light), or say more of them.
    #[command(
        after_help = "Examples:\n  worldproof conditions g1 --study my-study\n  worldproof conditions g1 light=dim:0,3 light=bright:4-9 --study my-study\n  worldproof conditions g1 --derive 'raised = peak(observation_state_kLeftWristPitch) > 0.4' --study my-study"
    )]
    Conditions(Conditions),
    /// Measure how one set differs from another; of real sets only the reference half is looked at.
    #[command(
        after_help = "Examples:\n  worldproof compare g1 light --study my-study\n  worldproof compare g1 light --out page.html --match nearest --study my-study"
    )]
    Compare(Compare),
    /// Look for shortcuts: what gives an outcome away without being its cause. Ends with 1 where one is found and with 3 where nothing
    /// can be judged.
    #[command(
        after_help = "Examples:\n  worldproof audit light --study my-study\n  worldproof audit light --cause canister_mass_kg --cause reach_speed_m_s --study my-study\n  worldproof audit light --swap sun_azimuth_deg --study my-study    # intervene: what does this parameter alone move?"
    )]
    Audit(Audit),
    /// Seal the held half of a real set, or verify a seal.
    #[command(
        after_help = "Examples:\n  worldproof seal g1 --study my-study\n  worldproof seal g1 --verify --study my-study"
    )]
    Seal(Seal),
    /// Fit distributions to a column of a real set's reference half, and take one as a parameter's nominal.
    #[command(
        after_help = "Examples:\n  worldproof fit g1 --study my-study    # which columns there are\n  worldproof fit g1 'observation.state[3]' --unit rad --study my-study\n  worldproof fit g1 'observation.state[3]' --unit rad --family tabletop_light_step --parameter sun_azimuth_deg --take Normal --study my-study"
    )]
    Fit(Fit),
    /// Put a real camera's calibration (OpenCV YAML, ROS `camera_info`, LeRobot `info.json`) into a family's camera.
    #[command(
        after_help = "Examples:\n  worldproof camera left.yaml --family tabletop_light_step --study my-study\n  worldproof camera ~/data/g1/meta/info.json --camera cam_high --family tabletop_light_step    # size only: the file has no more"
    )]
    Camera(Camera),
    /// Match a family's camera to a real picture: pose from points, exposure and white balance from the picture itself.
    #[command(
        after_help = "Examples:\n  worldproof match frame.png --family tabletop_light_step --out overlay.png --study my-study\n  worldproof match frame.png --family tabletop_light_step --pairs pairs.csv --light --save --study my-study\n  worldproof match g1 --episode 3 --frame 40 --family tabletop_light_step --light --json    # a frame of a set of the study\n\nA line of pairs.csv is x_m,y_m,z_m,u_px,v_px: a point of the scene, and where the real picture shows it. The centre of the\nfirst pixel is 0.5, 0.5; OpenCV's pixels are 0.5 less."
    )]
    Match(Match),
    /// Judge a synthetic set.
    #[command(after_help = "Example:\n  worldproof gate g1 light --study my-study    # exit code 3: inconclusive")]
    Gate(Gate),
    /// Write a scenario pack that carries its verdict.
    #[command(after_help = "Example:\n  worldproof export g1 light --name light-pack --study my-study")]
    Export(Export),
    /// Write a pack as a `LeRobot` set: the columns of its family's mapping and its pictures, with its verdict.
    #[command(
        after_help = "Example:\n  worldproof lerobot my-study/packs/light-pack.INCONCLUSIVE.pack --camera front --channels depth,seg --out light-lerobot"
    )]
    Lerobot(Lerobot),
    /// Verify a pack: digests, signature, labels, ledger, and some draws made again: frames and sweeps.
    #[command(after_help = "Example:\n  worldproof verify my-study/packs/light-pack.INCONCLUSIVE.pack --render 3")]
    Verify(Verify),
    /// Write the study's report as one HTML file.
    #[command(after_help = "Example:\n  worldproof report --study my-study")]
    Report(Report),
    /// Run the whole job once: example study, real (or stand-in) set, drift, seal, gate, pack, verification, report.
    #[command(after_help = "Example:\n  worldproof demo --out demo-study --real ~/data/g1_bottle")]
    Demo(Demo),
    /// Open the studio.
    #[command(after_help = "Examples:\n  worldproof studio my-study\n  worldproof studio --profile-startup")]
    Studio(Studio),
}

/// Arguments of `new`.
#[derive(Args, Debug)]
pub struct New {
    /// The folder to make.
    pub folder: PathBuf,
    /// The study's seed: every random number follows from it.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// What every subcommand takes.
    #[command(flatten)]
    pub common: Common,
}

/// Arguments of `check`.
#[derive(Args, Debug)]
pub struct Check {
    /// A family file; the study's families and its ledger where left out.
    pub file: Option<PathBuf>,
    /// Recover a ledger that ends in a half-written line: the whole entries stay, the fragment is kept beside it.
    #[arg(long)]
    pub recover: bool,
    /// What every subcommand takes.
    #[command(flatten)]
    pub common: Common,
}

/// Arguments of `draw`.
#[derive(Args, Debug)]
pub struct Draw {
    /// The family's id.
    pub family: String,
    /// How many draws.
    #[arg(long, short = 'n', default_value_t = 10)]
    pub count: u64,
    /// Index of the first.
    #[arg(long, default_value_t = 0)]
    pub from: u64,
    /// How they are placed.
    #[command(flatten)]
    pub placing: MethodArguments,
    /// Write the draws to this Parquet file instead of printing them; any number of them.
    #[arg(long, value_name = "FILE")]
    pub parquet: Option<PathBuf>,
    /// What every subcommand takes.
    #[command(flatten)]
    pub common: Common,
}

/// Arguments of `simulate`.
#[derive(Args, Debug)]
pub struct Simulate {
    /// The family's id.
    pub family: String,
    /// How many draws.
    #[arg(long, short = 'n', default_value_t = 100)]
    pub count: u64,
    /// Index of the first: a draw is the same whichever were asked for beside it.
    #[arg(long, default_value_t = 0)]
    pub from: u64,
    /// How they are placed.
    #[command(flatten)]
    pub placing: MethodArguments,
    /// A real `LeRobot` set, by its name in the study or its folder: the columns of the family's mapping must be those of this
    /// set, name for name, and are described word for word as there.
    #[arg(long, value_name = "SET")]
    pub like: Option<String>,
    /// The new folder for `episodes`, `states`, `poses`, `contacts` and `events`, a Parquet file each, and a `LeRobot` set
    /// `lerobot` where the family has a mapping.
    #[arg(long, value_name = "FOLDER")]
    pub out: PathBuf,
    /// What every subcommand takes.
    #[command(flatten)]
    pub common: Common,
}

/// How a probability is estimated.
#[derive(clap::ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum EstimatorWord {
    /// Counting draws of the nominal.
    Crude,
    /// Weighing draws of the family's proposals.
    Importance,
    /// Learning a proposal first.
    CrossEntropy,
    /// Climbing level by level.
    Subset,
}

/// Arguments of `estimate`.
#[derive(Args, Debug)]
pub struct Estimate {
    /// The family's id.
    pub family: String,
    /// The event as an expression over parameters and measures; the family's rare event where left out.
    #[arg(long, value_name = "EXPRESSION")]
    pub event: Option<String>,
    /// A method; may be given more than once, all four where left out.
    #[arg(long = "method", value_enum)]
    pub methods: Vec<EstimatorWord>,
    /// Most evaluations of each method: 8000 where episodes are simulated, else 100000.
    #[arg(long, value_name = "N")]
    pub budget: Option<u64>,
    /// Share of the nominal among the draws of importance sampling.
    #[arg(long, value_name = "SHARE", default_value_t = crate::run::estimate::DEFENSIVE)]
    pub defensive: f64,
    /// Confidence of the intervals.
    #[arg(long, value_name = "SHARE", default_value_t = 0.95)]
    pub confidence: f64,
    /// Also write the answers to this Parquet file.
    #[arg(long, value_name = "FILE")]
    pub parquet: Option<PathBuf>,
    /// What every subcommand takes.
    #[command(flatten)]
    pub common: Common,
}

/// Arguments of `coverage`.
#[derive(Args, Debug)]
pub struct Coverage {
    /// The family's id.
    pub family: String,
    /// A synthetic set of the study, with its measures; draws of the family where left out.
    #[arg(long, value_name = "SET")]
    pub set: Option<String>,
    /// How many draws, where no set is named.
    #[arg(long, short = 'n', default_value_t = 200)]
    pub count: u64,
    /// Combinations of how many quantities.
    #[arg(long, value_name = "T", default_value_t = 2)]
    pub strength: usize,
    /// Levels of a quantity that has no goal.
    #[arg(long, value_name = "N", default_value_t = crate::run::coverage::LEVELS)]
    pub levels: usize,
    /// A real or another synthetic set: what does each have that the other lacks.
    #[arg(long, value_name = "SET")]
    pub against: Option<String>,
    /// Which column of a real set is which parameter or measure; may be given more than once.
    #[arg(long = "pair", value_name = "PARAMETER=COLUMN")]
    pub pairs: Vec<String>,
    /// How many missing combinations are listed.
    #[arg(long, value_name = "N", default_value_t = 10)]
    pub most: usize,
    /// Also write the buckets to this Parquet file.
    #[arg(long, value_name = "FILE")]
    pub parquet: Option<PathBuf>,
    /// What every subcommand takes.
    #[command(flatten)]
    pub common: Common,
}

/// Arguments of `generate`.
#[derive(Args, Debug)]
pub struct Generate {
    /// The family's id.
    pub family: String,
    /// How many draws.
    #[arg(long, short = 'n', default_value_t = 12)]
    pub count: u64,
    /// Index of the first.
    #[arg(long, default_value_t = 0)]
    pub from: u64,
    /// Keep every Nth frame of an episode.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub every: u32,
    /// Channels that are kept beside colour, depth and instance: class, normal, flow, albedo, linear (radiance before exposure).
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    pub channels: Vec<String>,
    /// Control pictures for world models beside the others: edge, blur, bilateral, depth, seg; edge, blur and bilateral with a preset (`edge:low`)
    /// out of `very_low`, `low`, `medium`, `high`, `very_high`.
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    pub controls: Vec<String>,
    /// How the draws are placed.
    #[command(flatten)]
    pub placing: MethodArguments,
    /// The set's name; the family's id where left out.
    #[arg(long)]
    pub name: Option<String>,
    /// What every subcommand takes.
    #[command(flatten)]
    pub common: Common,
}

/// Arguments of `import`.
#[derive(Args, Debug)]
pub struct Import {
    /// A LeRobot folder, an RLDS (Open X-Embodiment) folder, an image folder, a video file, a recording (MCAP, ROS bag), a
    /// folder of these, or a Worldproof set.
    pub path: PathBuf,
    /// The set's name in the study; the folder's name where left out.
    #[arg(long)]
    pub name: Option<String>,
    /// Share of the episodes to hold back for the seal; 0 to look at them all, so that nothing can be sealed.
    #[arg(long, value_name = "SHARE", default_value_t = 0.34, allow_negative_numbers = true)]
    pub held: f64,
    /// Folders of pictures are classes, not recordings: their names are labels, and each picture stands for itself.
    #[arg(long)]
    pub class_folders: bool,
    /// What every subcommand takes.
    #[command(flatten)]
    pub common: Common,
}

/// Arguments of `seal`.
#[derive(Args, Debug)]
pub struct Seal {
    /// The real set.
    pub real: String,
    /// Verify the seal instead of making it.
    #[arg(long)]
    pub verify: bool,
    /// What every subcommand takes.
    #[command(flatten)]
    pub common: Common,
}

/// Arguments of `fit`.
#[derive(Args, Debug)]
pub struct Fit {
    /// The real set; only its reference half is read.
    pub real: String,
    /// The column by name or label; all columns are listed where left out.
    pub column: Option<String>,
    /// The family of the parameter whose nominal is wanted.
    #[arg(long, value_name = "ID", requires = "parameter", requires = "column")]
    pub family: Option<String>,
    /// The parameter; the values are converted to its unit.
    #[arg(long, value_name = "NAME", requires = "family")]
    pub parameter: Option<String>,
    /// The column's unit, which the set does not say; the parameter's where left out.
    #[arg(long, value_name = "SYMBOL", requires = "column", allow_hyphen_values = true)]
    pub unit: Option<String>,
    /// The fitted distribution that becomes the parameter's nominal, e.g. Normal.
    #[arg(long, value_name = "DISTRIBUTION", requires = "parameter")]
    pub take: Option<String>,
    /// Also write the fits to this Parquet file.
    #[arg(long, value_name = "FILE", requires = "column")]
    pub parquet: Option<PathBuf>,
    /// Refits behind each p-value; at most 200 for distributions that take long.
    #[arg(long, default_value_t = crate::sample::fit::USUAL_REFITS)]
    pub refits: u32,
    /// What every subcommand takes.
    #[command(flatten)]
    pub common: Common,
}

/// Arguments of `camera`.
#[derive(Args, Debug)]
pub struct Camera {
    /// The calibration.
    pub file: PathBuf,
    /// The family whose camera it becomes.
    #[arg(long, value_name = "ID")]
    pub family: String,
    /// Which camera, where the file has several.
    #[arg(long, value_name = "NAME")]
    pub camera: Option<String>,
    /// What every subcommand takes.
    #[command(flatten)]
    pub common: Common,
}

/// Arguments of `match`.
#[derive(Args, Debug)]
pub struct Match {
    /// The real picture's file, or with `--episode` the name of a set.
    #[arg(value_name = "PICTURE")]
    pub picture: PathBuf,
    /// The episode of the set, by its id.
    #[arg(long, value_name = "N")]
    pub episode: Option<u64>,
    /// The frame of the episode.
    #[arg(long, value_name = "N", default_value_t = 0, requires = "episode")]
    pub frame: u32,
    /// The camera of the set, by its name or the end of it; the first where left out.
    #[arg(long, value_name = "NAME", requires = "episode")]
    pub camera: Option<String>,
    /// The family whose camera is matched.
    #[arg(long, value_name = "ID")]
    pub family: String,
    /// The draw that the real picture is held against.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub draw: u64,
    /// The moment of the draw, in seconds.
    #[arg(long, value_name = "S", default_value_t = 0.0)]
    pub time: f64,
    /// Points of the scene and their pixels, to fit the pose to.
    #[arg(long, value_name = "FILE")]
    pub pairs: Option<PathBuf>,
    /// Fit exposure and white balance.
    #[arg(long)]
    pub light: bool,
    /// Put the fitted camera into the family; without it nothing is changed.
    #[arg(long)]
    pub save: bool,
    /// Write both pictures laid over each other, as a PNG.
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// What every subcommand takes.
    #[command(flatten)]
    pub common: Common,
}

/// Arguments of `gate`.
#[derive(Args, Debug)]
pub struct Gate {
    /// The real set whose held half is sealed.
    pub real: String,
    /// The synthetic set to judge.
    pub synthetic: String,
    /// What every subcommand takes.
    #[command(flatten)]
    pub common: Common,
}

/// Arguments of `export`.
#[derive(Args, Debug)]
pub struct Export {
    /// The real set that the gate judges on.
    pub real: String,
    /// The synthetic set to export.
    pub synthetic: String,
    /// The pack's name; the set's name where left out.
    #[arg(long)]
    pub name: Option<String>,
    /// What every subcommand takes.
    #[command(flatten)]
    pub common: Common,
}

/// Arguments of `lerobot`.
#[derive(Args, Debug)]
pub struct Lerobot {
    /// The pack's folder.
    pub pack: PathBuf,
    /// What the camera is called: its pictures are `observation.images.<CAMERA>`.
    #[arg(long, value_name = "CAMERA", default_value = "camera")]
    pub camera: String,
    /// What lies beside colour: `depth` in millimetres, `seg`, one flat colour an instance.
    #[arg(long, value_name = "CHANNELS", value_delimiter = ',')]
    pub channels: Vec<String>,
    /// The new folder.
    #[arg(long, value_name = "FOLDER")]
    pub out: PathBuf,
    /// What every subcommand takes.
    #[command(flatten)]
    pub common: Common,
}

/// Arguments of `verify`.
#[derive(Args, Debug)]
pub struct Verify {
    /// The pack's folder.
    pub pack: PathBuf,
    /// How many draws to make again and compare: some of their frames, all of their sweeps; 0 needs no GPU.
    #[arg(long, value_name = "DRAWS", default_value_t = 2)]
    pub render: u64,
    /// What every subcommand takes.
    #[command(flatten)]
    pub common: Common,
}

/// Arguments of `report`.
#[derive(Args, Debug)]
pub struct Report {
    /// Where to write; `report.html` in the study where left out.
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// What every subcommand takes.
    #[command(flatten)]
    pub common: Common,
}

/// Arguments of `demo`.
#[derive(Args, Debug)]
pub struct Demo {
    /// The study's folder to make.
    #[arg(long, value_name = "FOLDER", default_value = "worldproof-demo")]
    pub out: PathBuf,
    /// Your own real set; a stand-in, labelled so, is rendered where left out.
    #[arg(long, value_name = "PATH")]
    pub real: Option<PathBuf>,
    /// How many draws to generate.
    #[arg(long, default_value_t = 16)]
    pub draws: u64,
    /// What every subcommand takes.
    #[command(flatten)]
    pub common: Common,
}

/// Arguments of `studio`.
#[derive(Args, Debug)]
pub struct Studio {
    /// A study to open, or a dataset to take in.
    pub path: Option<PathBuf>,
    /// Print the milliseconds to the first painted frame, then quit.
    #[arg(long)]
    pub profile_startup: bool,
    /// Walk through every workspace, save a picture of each into this folder, then quit.
    #[arg(long, value_name = "FOLDER")]
    pub tour: Option<PathBuf>,
    /// Size of the window in points.
    #[arg(long, value_name = "WxH", default_value = "1440x900")]
    pub size: String,
    /// Begin in the light theme.
    #[arg(long)]
    pub light: bool,
}

impl Studio {
    /// As if nothing had been typed.
    pub fn plain() -> Self {
        Self { path: None, profile_startup: false, tour: None, size: "1440x900".to_owned(), light: false }
    }
}
