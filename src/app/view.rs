//! What a screen shows, as plain values. The studio fills these from the study; screens read nothing else.
//!
//! Numbers arrive measured; no screen computes one.

mod compare;

use std::sync::Arc;

use eframe::egui::TextureId;

use super::{author::Inspected, command::Command, jobs::JobLine, lab::LabView, stage::StageView};
use crate::base::Rgb;

pub use self::compare::{
    AuditView, Beside, CellLook, CompareView, EvidenceView, LabelsView, LassoView, MapColour, MapLayout, Matching,
    Metric, Peek, RemarkRow, RepeatRow, Scatter, ShadeKey, Shades, SideChoice, SignalLine, Told, TwinsView,
};
pub use super::adapter::Adapter;
pub use super::many::{ContactSheet, Many, Tile};

/// Where pixels come from. Shown on every picture; no setting hides it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Origin {
    /// A recording.
    Real,
    /// Our renderer.
    Synthetic,
    /// Rendered, but standing where real data belongs (examples). The default, because it claims the least.
    #[default]
    StandIn,
}

/// State of a pipeline step, read at a glance.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Glyph {
    /// Nothing yet.
    #[default]
    Idle,
    /// Good.
    Good,
    /// Look at it.
    Attention,
    /// Wrong or rejected.
    Bad,
    /// Sealed.
    Sealed,
}

/// Glyph and words of a workspace tab.
#[derive(Clone, Debug, Default)]
pub struct TabState {
    /// The sign.
    pub glyph: Glyph,
    /// What it means, in one sentence.
    pub text: String,
}

/// What a picture view has to show.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum PictureState {
    /// The texture is current.
    #[default]
    Ready,
    /// A newer one is on its way: what is done, in a few words. The last picture stays.
    Loading(String),
    /// It could not be made: one sentence.
    Failed(String),
    /// There is none yet: what goes here, and the act that brings it.
    Empty(String, Option<Command>),
}

/// A picture.
#[derive(Clone, Debug)]
pub struct Picture {
    /// Texture and its size in pixels.
    pub texture: Option<(TextureId, [u32; 2])>,
    /// Where it comes from.
    pub origin: Origin,
    /// Channel and camera (`"Colour · wrist"`).
    pub channel: String,
    /// What it shows (`"draw 7 · 1.20 s"`).
    pub caption: String,
    /// State.
    pub state: PictureState,
    /// The pixels, for probe and difference.
    pub pixels: Option<Arc<Rgb>>,
}

/// A row of the tree.
#[derive(Clone, Debug)]
pub struct TreeNode {
    /// For [`super::Message::SelectNode`].
    pub id: String,
    /// What it is called.
    pub label: String,
    /// From [`super::icon`].
    pub icon: &'static str,
    /// Quiet text at the right: a count, a state.
    pub detail: String,
    /// Depth in the tree; 0 is a heading.
    pub depth: usize,
    /// Sign.
    pub glyph: Glyph,
    /// Origin, for the colour of the icon.
    pub origin: Option<Origin>,
}

/// What a parameter is to the experiment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParameterRole {
    /// The failure's cause.
    Cause,
    /// Varies, and must not matter.
    Nuisance,
    /// Of the sensor.
    Sensor,
}

/// A parameter and its two distributions.
#[derive(Clone, Debug)]
pub struct Parameter {
    /// Name in the family file.
    pub name: String,
    /// Unit.
    pub unit: String,
    /// What it is to the experiment.
    pub role: ParameterRole,
    /// Value in the shown draw.
    pub value: f64,
    /// Where a reset goes.
    pub nominal_value: f64,
    /// Ends of its support.
    pub range: [f64; 2],
    /// Decimals shown.
    pub decimals: usize,
    /// Density in reality, as points (value, density).
    pub nominal: Arc<[[f64; 2]]>,
    /// Density that draws come from.
    pub proposal: Arc<[[f64; 2]]>,
    /// What it does, in one sentence.
    pub about: String,
    /// What is wrong with it, if anything.
    pub finding: Option<String>,
}

/// Something on the timeline.
#[derive(Clone, Debug)]
pub struct TimelineEvent {
    /// What happens.
    pub label: String,
    /// Start in seconds; 0 where it is not known or did not come.
    pub start_s: f64,
    /// End in seconds; `None` for an instant (a diamond).
    pub end_s: Option<f64>,
    /// True if the person may move it.
    pub movable: bool,
    /// Its index in the family.
    pub index: usize,
    /// The condition that it waits for; its time is then not known before the episode.
    pub when: Option<String>,
    /// Whether it comes in the shown draw.
    pub came: Came,
}

/// Whether an event comes in the shown draw.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Came {
    /// At its start.
    #[default]
    Yes,
    /// Its condition never held, or too late.
    No,
    /// The episode that knows is still being simulated.
    Unknown,
}

/// A touch on the timeline.
#[derive(Clone, Debug, PartialEq)]
pub struct Touch {
    /// What touches (`"left foot"`): touches of one thing stand in one row.
    pub thing: String,
    /// From when to when, in seconds.
    pub span_s: [f64; 2],
}

/// An episode in time.
#[derive(Clone, Debug, Default)]
pub struct Timeline {
    /// Length in seconds.
    pub length_s: f64,
    /// Frames per second.
    pub rate_hz: f64,
    /// Play head in seconds.
    pub now_s: f64,
    /// True while it plays.
    pub playing: bool,
    /// Events in order.
    pub events: Vec<TimelineEvent>,
    /// Touches that tell something of what the episode is about.
    pub contacts: Vec<Touch>,
}

/// Two histograms over the same bins, the reference's first.
#[derive(Clone, Debug, Default)]
pub struct Histogram {
    /// What is measured.
    pub title: String,
    /// Its unit.
    pub unit: String,
    /// What the two sets are called.
    pub words: [String; 2],
    /// Bin edges, one more than bins.
    pub edges: Vec<f64>,
    /// Shares of the items of both.
    pub shares: [Vec<f64>; 2],
}

/// A rule's state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RuleState {
    /// Holds.
    Passed,
    /// Does not hold.
    Failed,
    /// Not measured yet.
    Pending,
    /// Measured, and the data cannot tell.
    Unclear,
}

/// A row of the gate's checklist.
#[derive(Clone, Debug)]
pub struct Rule {
    /// What must hold.
    pub name: String,
    /// State.
    pub state: RuleState,
    /// Measured value with unit.
    pub measured: String,
    /// Threshold with unit.
    pub threshold: String,
    /// What was measured, on what, how.
    pub evidence: String,
}

/// The verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VerdictState {
    /// Not judged.
    Open,
    /// ACCEPT.
    Accept,
    /// REJECT.
    Reject,
    /// INCONCLUSIVE.
    Inconclusive,
}

/// An entry of the ledger.
#[derive(Clone, Debug)]
pub struct LedgerRow {
    /// Number.
    pub seq: u64,
    /// Local time, short.
    pub time: String,
    /// Kind of entry.
    pub kind: String,
    /// One line.
    pub summary: String,
    /// First characters of its hash.
    pub hash: String,
}

/// What an arm is trained on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArmKind {
    /// Real only.
    Real,
    /// Real, resampled to the mixed arm's count.
    Resampled,
    /// Synthetic only.
    Synthetic,
    /// Both.
    Mixed,
}

/// An arm of a trial.
#[derive(Clone, Debug)]
pub struct Arm {
    /// What it is trained on.
    pub kind: ArmKind,
    /// Items it is trained on.
    pub items: u64,
    /// Score on the reference set's rare slice; `None` before it ran.
    pub score: Option<f64>,
    /// Its interval.
    pub interval: [f64; 2],
    /// Points (synthetic share, score, low, high).
    pub curve: Vec<[f64; 4]>,
}

/// A slice's difference between mixed and real-resampled.
#[derive(Clone, Debug)]
pub struct Slice {
    /// Name.
    pub name: String,
    /// Groups it stands on.
    pub groups: u64,
    /// Difference of scores.
    pub difference: f64,
    /// Its interval.
    pub interval: [f64; 2],
}

/// An error or warning across the window.
#[derive(Clone, Debug)]
pub struct Banner {
    /// What happened, to which thing.
    pub text: String,
    /// The cure as a command.
    pub cure: Option<Command>,
}

/// A dialog before an act that cannot be undone.
#[derive(Clone, Debug)]
pub struct Confirm {
    /// What is about to be done.
    pub title: String,
    /// Exactly what will happen, one line each.
    pub lines: Vec<String>,
    /// The word on the button (`"Seal"`).
    pub act: String,
}

/// What a field takes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum FieldKind {
    /// Any text.
    #[default]
    Text,
    /// A number, in the field's unit.
    Number,
    /// A file or folder; a button beside it opens the system's own dialog.
    Path,
    /// A file: what it is called, and the endings that fit.
    File(&'static str, &'static [&'static str]),
    /// One of these.
    Choice(Vec<String>),
}

/// A field of a form.
#[derive(Clone, Debug, Default)]
pub struct Field {
    /// What it is.
    pub label: String,
    /// What stands in it.
    pub value: String,
    /// Shown while it is empty (`"my-study"`).
    pub hint: String,
    /// Its unit; empty where there is none.
    pub unit: String,
    /// What it takes.
    pub kind: FieldKind,
    /// What must still be written before the act can be done, in a sentence; empty where nothing is missing.
    pub missing: String,
}

/// A dialog that asks for values. [`super::Message::Confirm`] and [`super::Message::Decline`] end it.
#[derive(Clone, Debug, Default)]
pub struct Form {
    /// What is about to be done.
    pub title: String,
    /// What will happen, one line each.
    pub lines: Vec<String>,
    /// The fields, in the order of the tab key.
    pub fields: Vec<Field>,
    /// The word on the button (`"Generate"`).
    pub act: String,
    /// Why it cannot be done with these values; one sentence.
    pub error: Option<String>,
}

/// A card of the welcome screen.
#[derive(Clone, Debug)]
pub struct ExampleCard {
    /// Title.
    pub title: String,
    /// One sentence.
    pub text: String,
    /// Thumbnail.
    pub picture: Option<(TextureId, [u32; 2])>,
}

/// Welcome.
#[derive(Clone, Debug, Default)]
pub struct Welcome {
    /// Example studies.
    pub examples: Vec<ExampleCard>,
    /// Recent studies: name and folder.
    pub recents: Vec<(String, String)>,
}

/// Author workspace.
#[derive(Clone, Debug)]
pub struct AuthorView {
    /// Family's title.
    pub family: String,
    /// The failure mode in one sentence.
    pub about: String,
    /// Preview.
    pub preview: Picture,
    /// Channels that can be shown.
    pub channels: Vec<String>,
    /// Parameters.
    pub parameters: Vec<Parameter>,
    /// Selected parameter.
    pub selected: Option<String>,
    /// Time.
    pub timeline: Timeline,
    /// Draws.
    pub sheet: ContactSheet,
    /// What else is seen of many draws.
    pub many: Many,
    /// What is wrong with the family.
    pub findings: Vec<String>,
    /// What came of the shown draw (`"draw 7 · tipped, 61° · weight 0.31"`).
    pub outcome: String,
    /// Policy card: question and answer.
    pub card: Vec<(String, String)>,
    /// The family as the inspector edits it; `None` where there is none.
    pub inspected: Option<Inspected>,
    /// The stage under the preview.
    pub stage: StageView,
}

/// Lock workspace.
#[derive(Clone, Debug, Default)]
pub struct LockView {
    /// The real set.
    pub set: String,
    /// Groups (episodes): name, items, held?
    pub groups: Vec<(String, u64, bool)>,
    /// Findings on leakage; empty is good.
    pub leaks: Vec<String>,
    /// Root of the seal, short; `None` before sealing.
    pub root: Option<String>,
    /// Name of the key that signed.
    pub signer: String,
    /// Openings so far: time, purpose, by whom.
    pub openings: Vec<(String, String, String)>,
    /// Openings allowed.
    pub budget: u64,
    /// Where the set comes from.
    pub origin: Origin,
    /// What is odd about this set or its split; empty where nothing is.
    pub note: String,
}

/// Trial workspace.
#[derive(Clone, Debug, Default)]
pub struct TrialView {
    /// What was registered before: name and value.
    pub plan: Vec<(String, String)>,
    /// Digest of the plan, short; `None` before registration.
    pub registered: Option<String>,
    /// Arms.
    pub arms: Vec<Arm>,
    /// Name of the score.
    pub score: String,
    /// Slices.
    pub slices: Vec<Slice>,
    /// Smallest difference that matters.
    pub margin: f64,
}

/// Export workspace.
#[derive(Clone, Debug)]
pub struct ExportView {
    /// Verdict.
    pub verdict: VerdictState,
    /// Why, in one sentence.
    pub reason: String,
    /// Checklist.
    pub rules: Vec<Rule>,
    /// What the pack contains: name, what it is for, in this pack?
    pub formats: Vec<(String, String, bool)>,
    /// Pack's facts: name and value.
    pub facts: Vec<(String, String)>,
    /// What it would take to be accepted, one sentence each.
    pub needed: Vec<String>,
    /// Where the judging set comes from.
    pub origin: Origin,
    /// Path of the pack that was written last.
    pub pack: Option<String>,
    /// Path of the LeRobot set that was made of a pack last.
    pub lerobot: Option<String>,
    /// What verifying that pack found: holds?, what, detail.
    pub checks: Vec<(bool, String, String)>,
}

/// The whole window.
#[derive(Clone, Debug)]
pub struct StudioView {
    /// Study's name; `None` shows the welcome screen.
    pub study: Option<String>,
    /// True if edits are not saved.
    pub unsaved: bool,
    /// GPU.
    pub adapter: Adapter,
    /// Jobs.
    pub jobs: Vec<JobLine>,
    /// States of the five tabs.
    pub tabs: [TabState; 5],
    /// Tree.
    pub tree: Vec<TreeNode>,
    /// Selected row.
    pub selected_node: Option<String>,
    /// Ledger, newest last.
    pub ledger: Vec<LedgerRow>,
    /// Study fingerprint, short.
    pub fingerprint: String,
    /// What happens now, in one sentence.
    pub status: String,
    /// Error banner.
    pub banner: Option<Banner>,
    /// Dialog.
    pub confirm: Option<Confirm>,
    /// Dialog with fields.
    pub form: Option<Form>,
    /// Welcome.
    pub welcome: Welcome,
    /// Author.
    pub author: AuthorView,
    /// The pages that ask about the family.
    pub lab: LabView,
    /// Compare.
    pub compare: CompareView,
    /// Lock.
    pub lock: LockView,
    /// Trial.
    pub trial: TrialView,
    /// Export.
    pub export: ExportView,
}
